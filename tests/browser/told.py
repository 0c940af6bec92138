"""A story of the line told to the real core behind the console: for screens that need cartons with papers and numbers."""

from typing import Any

from controller.domain.reasons import Role
from controller.line.belt import PlcFlag, RingKind
from controller.line.events import TimerFired
from controller.line.plc_events import PlcStatus, PlcStatusChanged
from tests.console.bench import Bench
from tests.line.line_story import PROFILE, RUNNING, Story, s10

A, B, C = (s10(10000001 + n) for n in range(3))
STOPPED, EXECUTE, HELD = 2, 6, 11


class Told(Story):
    """What is fed goes to the core when `tell` is called, in order, each durable before the next; the line's clock is set
    forward to the story's.
    """

    def __init__(self, on: Bench) -> None:
        self._on = on
        self._told = 0
        super().__init__()
        self.now_ms = on.core.now_ms()

    async def tell(self) -> None:
        for stamped in self.stamped[self._told :]:
            self._forward_to(stamped.line_ms)
            await self._on.core.submit(stamped.event, actor=stamped.actor, role=stamped.role)
        self._told = len(self.stamped)
        await self._on.settled()
        self.now_ms = max(self.now_ms, self._on.core.now_ms())

    async def passes(self, ms: int) -> None:
        """So much time goes by: every timer that is due fires."""
        self._forward_to(self._on.core.now_ms() + ms)
        due = [token for token, at_ms in self._on.core.state.timers.items() if at_ms <= self._on.core.now_ms()]
        for token in due:
            await self._on.core.submit(TimerFired(token), actor="clock", role=Role.LINE)
        self.now_ms = self._on.core.now_ms()

    def _forward_to(self, line_ms: int) -> None:
        clock: Any = self._on.core._clock
        clock._base_ms += max(0, line_ms - self._on.core.now_ms())

    def says(self, flags: int = int(RUNNING), state: int = EXECUTE, lane_full: int = 0) -> None:
        """The PLC's status word."""
        speed = PROFILE.speed_mm_s if flags & PlcFlag.RUNNING else 0
        self.feed(PlcStatusChanged(PlcStatus(state, flags, 0, 0, lane_full, 0xFFFF, speed)))

    def on_belt(self, *numbers: str) -> None:
        """Declared, answered and scanned in; on the belt as tracks 1, 2 and on."""
        self.ready(*numbers)
        self.wait(6000)  # what comes within 5 s of a PLC that is back counts as part of its absence
        for track, number in enumerate(numbers, 1):
            self.pass_to_decision(track, number)

    def loses(self, *tracks: int) -> None:
        for track in tracks:
            self.ring(RingKind.LOST, track, 5)
