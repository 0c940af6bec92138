"""What can happen at the seal check. A scan of a seal itself is a `CodesRead` with the role seal.

One rule: an event says what was seen, read or asked for; what that means for the load is decided by `seal_check`.
"""

from controller.line.event_base import Event, EvidenceNamed

INTACT, BROKEN, ABSENT, UNCLEAR = "intact", "broken", "absent", "unclear"


class SealCheckStarted(Event, frozen=True, tag="SealCheckStarted"):
    """A person stands at the doors of this load: what is scanned, and what the seal cameras see, is its seals now."""

    load_id: str


class SealReported(Event, frozen=True, tag="SealReported"):
    """A person says what the matter with a seal is: `condition` is broken or absent."""

    load_id: str
    condition: str
    cause: str


class SealSeen(Event, frozen=True, tag="SealSeen"):
    """What two pictures of a seal camera show. `work_id` is the command's. `condition`: intact, broken, absent, unclear.

    `numbers` as read in the pictures; `agreed`: two engines read each of them. The pictures are in evidence before this event.
    """

    work_id: str
    load_id: str
    camera: str
    condition: str
    numbers: tuple[str, ...]
    agreed: bool
    pictures: tuple[EvidenceNamed, ...]
    cause: str
    at_ms: int


class SealNotSeen(Event, frozen=True, tag="SealNotSeen"):
    """The camera gave no two pictures in time, or they could not be kept."""

    work_id: str
    load_id: str
    camera: str
    code: str
    cause: str


class SecondLook(Event, frozen=True, tag="SecondLook"):
    """Another person looked at what the check found. `accepted`: it no longer speaks against the load; else it stands.

    `shown`: the word for what the person's page showed of it (`seal_check.shown_of`), empty where no page had part in it.
    """

    load_id: str
    accepted: bool
    cause: str
    shown: str = ""


SealEvent = SealCheckStarted | SealReported | SealSeen | SealNotSeen | SecondLook
