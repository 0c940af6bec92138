"""Tracking windows, what readers and the scale said into them, and what is known of the clock that tells when they were."""

import msgspec

from controller.line.events import ReadText


class Window(msgspec.Struct, frozen=True):
    """When a carton stood in front of a reader or on the scale. `closed_ms` < 0 while it still does.

    `claims_ms`: a read since then may be of this carton, -1 = since it opened. `closed_mm`: the belt's counter when it closed.
    `blind`: nobody knows when. `doubtful`: nor is that known, until a record that came in time agrees with the clock.
    """

    open_ms: int
    closed_ms: int = -1
    settled: bool = False
    blind: bool = False
    doubtful: bool = False
    claims_ms: int = -1
    closed_mm: int = 0


class BufferedRead(msgspec.Struct, frozen=True):
    """A reader frame that waits for its tracking window to close; said `count` times, from `at_ms` to `last_ms`."""

    role: str
    device: str
    codes: tuple[ReadText, ...]
    frame_checked: bool
    at_ms: int
    last_ms: int
    count: int = 1


class BufferedWeight(msgspec.Struct, frozen=True):
    device: str
    weight_g: int
    at_ms: int


class PlcClock(msgspec.Struct, frozen=True):
    """How far the PLC's 16-bit millisecond counter is behind line time, as its records tell; all of it modulo 65536.

    `least_ms`: the smallest distance between stamp and reading since `since_ms`, -1 = unknown; `before_ms`: that of the stretch
    before, -1 = there is none. `read_ms`: when the last live record was read. `t_ms`: the stamp of the last record of all.
    `late`: that record came late; `doubted`: such records have made windows, and no other one has come since.
    """

    least_ms: int = -1
    before_ms: int = -1
    since_ms: int = -1
    read_ms: int = -1
    t_ms: int = -1
    late: bool = False
    doubted: bool = False
