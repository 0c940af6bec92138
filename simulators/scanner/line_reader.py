"""A free-running reader: whatever label passes its gate goes out as one line, unasked.

One rule: it knows labels and bytes, never cartons: the plant says what is in the gate.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

from simulators.scanner.faults import FaultKnobs
from simulators.scanner.frames import PLAIN_CR, ReaderProfile, heartbeat_frame, no_read_frame, read_frame
from simulators.scanner.output import FrameOut
from simulators.world.port import Port

STUCK_MS = 300.0


class LineReaderSim:
    """`show` and `no_read` once a carton; `start` and `close` around them."""

    def __init__(self, port: Port, profile: ReaderProfile = PLAIN_CR, rng: random.Random | None = None) -> None:
        self.port = port
        self.profile = profile
        self.faults = FaultKnobs(rng or random.Random(0))
        self.stuck_repeats = 0
        self._out = FrameOut(port, self.faults)
        self._heartbeat_timer: asyncio.TimerHandle | None = None
        self._stuck_timer: asyncio.TimerHandle | None = None

    @property
    def silent(self) -> bool:
        """Powered, connected, says nothing."""
        return self._out.silent

    @silent.setter
    def silent(self, silent: bool) -> None:
        self._out.silent = silent

    @property
    def stuck(self) -> bool:
        return self._stuck_timer is not None

    @property
    def last_frame(self) -> bytes:
        """What was to go out last, whatever became of it; empty before the first."""
        return self._out.last_frame

    def heal(self) -> None:
        """No fault strikes any more, and what one had made late comes now: the next carton may be long in coming."""
        self.faults.clear()
        self._out.send_late()

    def start(self) -> None:
        """Begin heartbeats, if the profile has them."""
        if self.profile.heartbeat_ms > 0 and self._heartbeat_timer is None:
            self._arm_heartbeat()

    async def close(self) -> None:
        self.unstick()
        if self._heartbeat_timer is not None:
            self._heartbeat_timer.cancel()
            self._heartbeat_timer = None
        self._out.close()
        await self.port.close()

    def show(self, codes: Sequence[str]) -> None:
        """These labels were seen in this gate, as one frame."""
        self._out.send_late()
        self._report(codes)

    def no_read(self) -> None:
        """A carton passed and nothing could be read."""
        self.show(())

    def stick(self, every_ms: float = STUCK_MS) -> None:
        """From now on the last frame again and again, whatever passes."""
        self.unstick()
        self._arm_stuck(every_ms / 1000)

    def unstick(self) -> None:
        if self._stuck_timer is not None:
            self._stuck_timer.cancel()
            self._stuck_timer = None

    def _report(self, codes: Sequence[str]) -> None:
        if self.stuck:
            return
        frame = read_frame(self.profile, codes) if codes else no_read_frame(self.profile)
        if frame:
            self._out.send(frame)

    def _arm_heartbeat(self) -> None:
        later = asyncio.get_running_loop().call_later
        self._heartbeat_timer = later(self.profile.heartbeat_ms / 1000, self._beat)

    def _beat(self) -> None:
        self._out.send_plain(heartbeat_frame(self.profile))
        self._arm_heartbeat()

    def _arm_stuck(self, every_s: float) -> None:
        self._stuck_timer = asyncio.get_running_loop().call_later(every_s, self._repeat, every_s)

    def _repeat(self, every_s: float) -> None:
        if self._out.last_frame:
            self.stuck_repeats += 1
            self._out.send_plain(self._out.last_frame)
        self._arm_stuck(every_s)
