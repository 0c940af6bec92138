"""What the core keeps of re-runs 重检 that were ordered and not seen yet."""

import msgspec


class PendingRerun(msgspec.Struct, frozen=True):
    """A carton that a person took from a lane to put it on the induct again."""

    code: str
    previous: str
    at_ms: int
