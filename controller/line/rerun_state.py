"""What the core keeps of re-runs 重检 that were ordered and not seen yet."""

import msgspec


class PendingRerun(msgspec.Struct, frozen=True):
    """A carton that a person took from a lane to put it on the induct again.

    `lapsed`: how long ago it was ordered can not be told any more. `used`: it has been over the belt by this order, on a way that
    the verify gate alone read, or went elsewhere since. `first_ms`: when it was ordered before, and that order still stood when
    this one was given. `away_ms`: for how long the daemon was away since: it is so much older than line time says, and came no
    earlier between what was seen on the belt.
    """

    code: str
    previous: str
    at_ms: int
    lapsed: bool = False
    used: bool = False
    first_ms: int | None = None
    away_ms: int = 0

    def stands(self, now_ms: int, limit_s: int) -> bool:
        """Whether it still says that the next carton with this number is that one."""
        return not (self.lapsed or self.used) and now_ms - self.at_ms + self.away_ms < limit_s * 1000

    def is_of_another(self, came_ms: int, told_ms: int, named_ms: int) -> bool:
        """Whether it was given while the carton that an order before it had brought was between the induct and the moment when
        its name was due: then there are two. It came at the earliest at `came_ms`, and at the latest when the line was told.
        """
        return self.first_ms is not None and self.first_ms <= told_ms and came_ms < self.at_ms <= named_ms
