"""What can happen at the open-box bench 开箱复验. A scan of a thing in the carton is a `CodesRead` with the role bench.

One rule: an event says what a person did or a camera gave; whether it counts is decided by `recheck`. Who did it is the
event's actor: two different officers are needed, so no event names a second person.
Source: architecture, station 4; reliability rule I6.
"""

from controller.line.event_base import Event, EvidenceNamed


class RecheckOpened(Event, frozen=True, tag="RecheckOpened"):
    """An officer opens the carton whose label says `code` at the bench with this reader; what is scanned there is in it."""

    code: str
    bench: str


class ItemsCounted(Event, frozen=True, tag="ItemsCounted"):
    """So many pieces of declared line `gnum` bear no readable code; 0 = things that nobody declared."""

    code: str
    gnum: int
    count: int


class ScanUndone(Event, frozen=True, tag="ScanUndone"):
    """The last thing scanned into the recheck of this carton was a slip."""

    code: str


class StillWanted(Event, frozen=True, tag="StillWanted"):
    """A person wants a picture of what lies on the bench now."""

    code: str


class StillTaken(Event, frozen=True, tag="StillTaken"):
    """The answer to `TakeStill`: a picture that evidence already keeps."""

    work_id: str
    recheck_id: str
    camera: str
    picture: EvidenceNamed
    at_ms: int


class StillNotTaken(Event, frozen=True, tag="StillNotTaken"):
    """The camera gave no believable picture in time, or it could not be kept."""

    work_id: str
    recheck_id: str
    camera: str
    code: str
    cause: str


class NewSealSet(Event, frozen=True, tag="NewSealSet"):
    """The carton is closed again under a new seal label with this number."""

    code: str
    seal_no: str


class RecheckDecided(Event, frozen=True, tag="RecheckDecided"):
    """The officer who opened it says what becomes of it; nothing comes of that before `RecheckConfirmed`.

    `outcome` is released, detained, returned or transferred. `by_hand`: a released carton goes to loading by hand, not over
    the belt. `place` is the custody place of a detained one.
    """

    code: str
    outcome: str
    by_hand: bool
    place: str
    cause: str


class RecheckConfirmed(Event, frozen=True, tag="RecheckConfirmed"):
    """Another officer says the same: the recheck is closed. Its result is the outcome's message `inspection_result`.

    `way` (belt or hand), `place` and `shown` (the word for what lies open, `recheck_closing.shown_of`) are what the second
    officer's screen showed; all empty where no screen had part in it.
    """

    code: str
    outcome: str
    way: str = ""
    place: str = ""
    shown: str = ""


class RecheckAbandoned(Event, frozen=True, tag="RecheckAbandoned"):
    """The recheck ends without an outcome (a person fell ill, the bench is needed): the carton waits for another one."""

    code: str
    cause: str


class SecondOfficerCalled(Event, frozen=True, tag="SecondOfficerCalled"):
    """No second officer is there: the carton is kept at the bench as in custody, and one is called."""

    code: str


class PartyPresent(Event, frozen=True, tag="PartyPresent"):
    """Whose goods they are, at the bench. `kind`: present (signs the printed record), refused (does not sign), absent.

    `name` is of the party or the agent, empty when absent.
    """

    code: str
    kind: str
    name: str


class WitnessSigned(Event, frozen=True, tag="WitnessSigned"):
    """The keeper of the site saw the carton opened: the actor is the witness that the law wants without a party who signs."""

    code: str


RecheckEvent = (
    RecheckOpened
    | SecondOfficerCalled
    | PartyPresent
    | WitnessSigned
    | ItemsCounted
    | ScanUndone
    | StillWanted
    | StillTaken
    | StillNotTaken
    | NewSealSet
    | RecheckDecided
    | RecheckConfirmed
    | RecheckAbandoned
)
