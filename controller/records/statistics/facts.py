"""What statistics count: small frozen values, each with the row of the journal that it comes from.

One rule: a fact says what was so at its row; shares, rates and intervals are counted later, in `figures` and its neighbours.
Times named `utc_ms` are the clock's, in milliseconds since 1970, never going back from row to row but at a start with a clock
that was set right; while it is in doubt they go on with the line's own time, `line_ms`.
"""

import msgspec


class Diverted(msgspec.Struct, frozen=True):
    """A carton took a lane, as the PLC confirmed it. `kind`: release, inspect, anomaly. `why`: the PLC's own reason for the lane.

    `codes` are what spoke against release when its lane was last ordered. `chapters` are the first two digits of the goods of its
    list, `+` where items of a long list were not kept; `shipper` is the list's trader 电商企业, the only one that a list names.
    `asked` is why customs wanted a look at it: `selected`, `selection_failed` and the ids of rules. Customs' own: codes, asked,
    selection, image, verdict.
    """

    seq: int
    utc_ms: int
    line_ms: int
    track: str
    carton: str
    list_key: str
    lane: str
    kind: str
    why: str
    codes: tuple[str, ...]
    chapters: tuple[str, ...]
    shipper: str
    load_id: str
    rerun: bool
    asked: tuple[str, ...] = ()
    selection: str = ""
    image: str = ""
    verdict: str = ""
    verdict_by: str = ""


class Judged(msgspec.Struct, frozen=True):
    """An officer's word on one image; `undone` where it takes the own last word back. `took_ms`: since the image came."""

    seq: int
    utc_ms: int
    track: str
    carton: str
    image: str
    officer: str
    verdict: str
    took_ms: int


class Opened(msgspec.Struct, frozen=True):
    """An open-box recheck was closed. `matched`: what was found is what is declared."""

    seq: int
    utc_ms: int
    carton: str
    matched: bool
    outcome: str


class Spell(msgspec.Struct, frozen=True):
    """From here on the line was in this state, until the next spell: working, waiting, slow, stopped, away, off."""

    seq: int
    place: int
    utc_ms: int
    kind: str
    cause: str


class Came(msgspec.Struct, frozen=True):
    """An alarm came, as the core counts it: what follows from a cause that is told already did not come. < 0 = not yet."""

    seq: int
    place: int
    utc_ms: int
    key: str
    code: str
    acked_utc_ms: int = -1
    ended_utc_ms: int = -1


class ShiftBegan(msgspec.Struct, frozen=True):
    seq: int
    utc_ms: int
    lead: str


class EmergencyEntered(msgspec.Struct, frozen=True):
    """An emergency release was entered afterwards: so many cartons, none of them by a decision."""

    seq: int
    utc_ms: int
    count: int


class Reviewed(msgspec.Struct, frozen=True):
    """A second look at a sample; `first` is whose word stood before, as the act said."""

    seq: int
    utc_ms: int
    track: str
    carton: str
    image: str
    officer: str
    verdict: str
    first: str
    cause: str


class Declared(msgspec.Struct, frozen=True):
    """The list of a carton that took a lane, as it was then: what targeting looks at."""

    list_key: str
    declared: bytes


# --- changes of a fact that stands ---------------------------------------------------------------------------------


class Acknowledged(msgspec.Struct, frozen=True):
    """The alarm of this key that stands was seen by a person."""

    key: str
    utc_ms: int


class Ended(msgspec.Struct, frozen=True):
    """Its condition is gone, or it is off the list."""

    key: str
    utc_ms: int


class Explained(msgspec.Struct, frozen=True):
    """Why the line stands became known a moment after it stood."""

    cause: str


Fact = (
    EmergencyEntered
    | Reviewed
    | Diverted
    | Judged
    | Opened
    | Spell
    | Came
    | ShiftBegan
    | Declared
    | Acknowledged
    | Ended
    | Explained
)
