"""What the core keeps of the shift that runs and of what the one before left: plain frozen values.

One rule: a handover stores what was counted at that moment; everything that still changes is asked of the state.
"""

import msgspec


class ShiftCounts(msgspec.Struct, frozen=True):
    """What a shift did, and what it leaves: open holds and alarms, and those that are put aside or out of service (by key)."""

    from_ms: int
    inducted: int
    release: int
    inspect: int
    anomaly: int
    loaded: int
    departed: int
    holds: int
    alarms: int
    shelved: tuple[str, ...]
    out_of_service: tuple[str, ...] = ()


class Shift(msgspec.Struct, frozen=True):
    """The shift that runs. `before` is what the one before left."""

    since_ms: int
    lead: str
    taken_from: str
    notes: str
    before: ShiftCounts
