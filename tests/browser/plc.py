"""What a PLC would say, said to the core by hand: for screens whose belt need not be a whole simulated plant."""

from controller.line.belt import PlcFlag, RingKind
from controller.line.plc_events import PlcLost, PlcStatus, PlcStatusChanged, PlcSynced, RingEvent
from tests.console.bench import Bench

# Nothing stands against it: chain and guards closed, air there, X-ray ready.
HEALTHY = (
    PlcFlag.E_STOP_HEALTHY | PlcFlag.HOST_LINK_OK | PlcFlag.GUARDS_CLOSED | PlcFlag.AIR_OK | PlcFlag.XRAY_READY
)  # fmt: skip
STOPPED, EXECUTE, ABORTED, HELD = 2, 6, 9, 11
SPEED_MM_S = 500
INDUCT_ZONE = 1


class Plc:
    """One epoch of one PLC. Every method is a word of it, durable when it returns."""

    def __init__(self, on: Bench) -> None:
        self._on = on
        self._seq = 0

    async def synced(self, flags: int = HEALTHY, state: int = STOPPED) -> None:
        await self._say(PlcSynced(7, 5, 1, self._status(flags, state, 0), (), 0, 0))

    async def says(self, flags: int = HEALTHY, state: int = STOPPED, lane_full: int = 0) -> None:
        await self._say(PlcStatusChanged(self._status(flags, state, lane_full)))

    async def runs(self) -> None:
        await self.says(HEALTHY | PlcFlag.RUNNING, EXECUTE)

    async def is_lost(self) -> None:
        await self._say(PlcLost("plc_timeout", "no answer"))

    async def inducts(self, track: int) -> None:
        """A carton passes the first photo-eye at this moment."""
        self._seq += 1
        now_ms = self._on.core.now_ms()
        t_ms, belt_mm = now_ms % 65536, now_ms * SPEED_MM_S // 1000 % 65536
        await self._say(RingEvent(7, self._seq, RingKind.INDUCT, INDUCT_ZONE, track, 0, 0, t_ms, belt_mm, now_ms))

    def _status(self, flags: int, state: int, lane_full: int) -> PlcStatus:
        speed = SPEED_MM_S if flags & PlcFlag.RUNNING else 0
        return PlcStatus(state, flags, 0, 0, lane_full, 0xFFFF, speed)

    async def _say(self, event: PlcSynced | PlcStatusChanged | PlcLost | RingEvent) -> None:
        self._on.core.post(event)
        await self._on.settled()
