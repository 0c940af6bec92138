"""Line time: the one time the core knows.

One rule: `line_ms` never decreases, over restarts too: it goes on from the journal's last value plus what the
monotonic clock of the loop says. The wall clock is only written beside it, for people.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

# A time service that steps by less than this between two events is believed.
LEAP_S = 0.5

WallClock = Callable[[], datetime]


def system_wall_clock() -> datetime:
    return datetime.now(UTC)


class LineClock:
    """Maps the loop's clock to line milliseconds. `loop` is injected, so a virtual loop gives virtual line time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, last_line_ms: int, wall: WallClock = system_wall_clock) -> None:
        self._loop = loop
        self._base_ms = last_line_ms
        self._start_s = loop.time()
        self._wall = wall
        self._last_ms = last_line_ms
        self._last_utc = wall()
        self._last_s = self._start_s
        self.utc_doubtful = False

    def at(self, loop_s: float) -> int:
        """Line time of an instant of the loop's clock."""
        return self._base_ms + int((loop_s - self._start_s) * 1000)

    def loop_now_s(self) -> float:
        """The loop's clock now; may be asked from any thread."""
        return self._loop.time()

    def now_ms(self) -> int:
        self._last_ms = max(self._last_ms, self.at(self._loop.time()))
        return self._last_ms

    def loop_s(self, line_ms: int) -> float:
        return self._start_s + (line_ms - self._base_ms) / 1000

    def utc(self) -> str:
        """UTC as ISO 8601. A wall clock that leaps, either way, makes every later time doubtful until the restart."""
        now, now_s = self._wall(), self._loop.time()
        leapt_s = (now - self._last_utc).total_seconds() - (now_s - self._last_s)
        if now < self._last_utc or abs(leapt_s) > LEAP_S:
            self.utc_doubtful = True
        self._last_utc, self._last_s = now, now_s
        if now.tzinfo is not UTC:
            now = now.astimezone(UTC)
        return now.isoformat(timespec="milliseconds")[:-6] + "Z"
