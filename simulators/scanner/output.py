"""A reader's way out: frames go through the faults and leave in order.

One rule: whatever the faults do to a frame, the ones after it stay behind it; only `LATE` changes
order, and only by putting a frame at the start of the next window, or where the fault ends.

Terminal servers pack and cut by delimiter or force-transmit time: that is `JOIN` and `SPLIT`.
"""

from __future__ import annotations

import asyncio
from collections import deque

from simulators.scanner.faults import Fault, FaultKnobs
from simulators.world.port import PacedOut, Port

SPLIT_GAP_MS = 20.0
JOIN_MS = 60.0
MAX_GARBAGE_BYTES = 24
MAX_LATE_FRAMES = 8


class FrameOut:
    """Bounded: a ninth late frame pushes out the oldest one."""

    def __init__(self, port: Port, knobs: FaultKnobs) -> None:
        self._out = PacedOut(port)
        self._knobs = knobs
        self._late: deque[bytes] = deque(maxlen=MAX_LATE_FRAMES)
        self._joined = bytearray()
        self._join_timer: asyncio.TimerHandle | None = None
        self.silent = False
        self.silenced_frames = 0
        self.last_frame = b""

    def send_late(self) -> None:
        """A new carton is in the gate, or the fault is over: what is late comes now."""
        while self._late:
            self.send_plain(self._late.popleft())

    def send(self, frame: bytes) -> None:
        struck = self._knobs.draw()
        self.last_frame = frame
        if self.silent:
            self.silenced_frames += 1
        elif Fault.DROP in struck:
            self._knobs.counts[Fault.DROP] += 1
        else:
            frame = self._damaged(frame, struck)
            if Fault.LATE in struck:
                self._knobs.counts[Fault.LATE] += 1
                self._late.append(frame)
            else:
                self._emit(frame, struck)

    def send_plain(self, frame: bytes) -> None:
        """Past the faults: command replies, heartbeats, what is late already."""
        if self.silent:
            self.silenced_frames += 1
            return
        self._flush_joined()
        self._out.put(frame)

    def close(self) -> None:
        self._out.clear()
        self._late.clear()
        self._joined.clear()
        if self._join_timer is not None:
            self._join_timer.cancel()
            self._join_timer = None

    def _damaged(self, frame: bytes, struck: frozenset[Fault]) -> bytes:
        if Fault.FLIP_BIT in struck:
            bit = self._knobs.stream(Fault.FLIP_BIT).randrange(len(frame) * 8)
            frame = frame[: bit // 8] + bytes([frame[bit // 8] ^ 1 << bit % 8]) + frame[bit // 8 + 1 :]
            self._knobs.counts[Fault.FLIP_BIT] += 1
        if Fault.LOSE_BYTE in struck:
            gone = self._knobs.stream(Fault.LOSE_BYTE).randrange(len(frame))
            frame = frame[:gone] + frame[gone + 1 :]
            self._knobs.counts[Fault.LOSE_BYTE] += 1
        return frame

    def _emit(self, frame: bytes, struck: frozenset[Fault]) -> None:
        counts = self._knobs.counts
        if Fault.GARBAGE in struck:
            rng = self._knobs.stream(Fault.GARBAGE)
            frame = rng.randbytes(rng.randint(1, MAX_GARBAGE_BYTES)) + frame
            counts[Fault.GARBAGE] += 1
        copies = 1
        if Fault.DUPLICATE in struck:
            copies = 2
            counts[Fault.DUPLICATE] += 1
        for _ in range(copies):
            if Fault.JOIN in struck:
                counts[Fault.JOIN] += 1
                self._hold_to_join(frame)
            elif Fault.SPLIT in struck and len(frame) > 1:
                counts[Fault.SPLIT] += 1
                self._flush_joined()
                self._put_split(frame)
            else:
                self._joined += frame
                self._flush_joined()

    def _put_split(self, frame: bytes) -> None:
        rng = self._knobs.stream(Fault.SPLIT)
        places = range(1, len(frame))
        cuts = sorted(rng.sample(places, rng.randint(1, min(3, len(places)))))
        for n, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(frame)], strict=True)):
            self._out.put(frame[start:end], n * SPLIT_GAP_MS)

    def _hold_to_join(self, frame: bytes) -> None:
        self._joined += frame
        if self._join_timer is None:
            later = asyncio.get_running_loop().call_later
            self._join_timer = later(JOIN_MS / 1000, self._flush_joined)

    def _flush_joined(self) -> None:
        if self._join_timer is not None:
            self._join_timer.cancel()
            self._join_timer = None
        if self._joined:
            held, self._joined = bytes(self._joined), bytearray()
            self._out.put(held)
