"""Plant and PLC joined with the default geometry: the line that a daemon, a driver or a scenario talks to.

The one rule: both move together in steps of 10 ms; whoever wants time to pass calls `step` or runs `run()`.
Source: default geometry of the Xiyong line; contract CIL-1.
"""

import asyncio
import random
from collections.abc import Callable

from simulators.plant import STEP_MS, Carton, LineGeometry, Plant, PlantLog
from simulators.plant.geometry import EyeSpec
from simulators.plc.config import PlcConfig, PlcCounters
from simulators.plc.modbus import Bases, ModbusFace
from simulators.plc.program import PlcProgram
from simulators.plc.server import PlcServer
from simulators.plc.wire_log import WireLog

CATCH_UP_MS = 200  # at most so much line time in one go, so that the loop stays free for the wires

ScanGateHook = Callable[[int, bool, tuple[Carton, ...]], None]
WeighHook = Callable[[int, bool], None]


class PlantField:
    """The terminals: what is wired between the plant and the PLC's inputs and outputs."""

    def __init__(self, plant: Plant, eye_at: dict[int, int], gate: Callable[[int, bool], None]) -> None:
        self._plant = plant
        self._gate = gate
        self.eye_at = eye_at
        self.closed_lanes: set[int] = set()
        self.local_switch = False
        self.xray_is_ready = True
        self.xray_has_fault = False

    def eye(self, name: str) -> bool:
        return self._plant.eye_output(name)

    def lane_eye(self, lane: int) -> bool:
        return self._plant.lane_eye_output(lane)

    def lane_full(self, lane: int) -> bool:
        return self._plant.lane_full(lane)

    def lane_available(self, lane: int) -> bool:
        return lane not in self.closed_lanes

    def belt_mm(self) -> float:
        return self._plant.main.travel_mm

    def diverter_at(self, lane: int) -> bool:
        return self._plant.diverter.in_position and self._plant.diverter.position == lane

    def estop_healthy(self) -> bool:
        return self._plant.estop_healthy

    def guards_closed(self) -> bool:
        return self._plant.guards_closed

    def air_ok(self) -> bool:
        return self._plant.air_ok

    def local_mode(self) -> bool:
        return self.local_switch

    def xray_ready(self) -> bool:
        return self.xray_is_ready

    def xray_fault(self) -> bool:
        return self.xray_has_fault

    def presses(self) -> list[str]:
        return self._plant.take_presses()

    def drive(self, *, infeed: bool, main: bool, divert_to: int) -> None:
        self._plant.infeed.motor_on = infeed
        self._plant.main.motor_on = main
        self._plant.diverter.commanded = divert_to

    def scan_gate(self, zone: int, opened: bool) -> None:
        self._gate(zone, opened)


class LineSimulator:
    """`ready` = commissioned with an empty belt: the host may start it. Otherwise as after power-up."""

    def __init__(
        self,
        *,
        rng: random.Random,
        log: PlantLog | None = None,
        wire_log: WireLog | None = None,
        geometry: LineGeometry | None = None,
        config: PlcConfig | None = None,
        counters: PlcCounters | None = None,
        bases: Bases | None = None,
        read_limit: int = 100,
        ready: bool = True,
    ) -> None:
        config = config or PlcConfig()
        geometry = geometry or LineGeometry()
        self.plant = Plant(geometry, rng=rng, log=log)
        zone_eyes: dict[int, int] = {}
        for eye in config.eyes:
            zone_eyes.setdefault(eye.zone, _at_mm(geometry.eyes, eye.name))
        self.field = PlantField(self.plant, zone_eyes, self._gate)
        self.program = PlcProgram(self.field, rng=rng, config=config, counters=counters, log=wire_log)
        self.face = ModbusFace(self.program, bases=bases, read_limit=read_limit)
        self.server: PlcServer | None = None
        self.on_scan_gate: ScanGateHook | None = None
        self.on_weigh: WeighHook | None = None
        self.behind_ms = 0  # how far `run` was behind its loop at the last look
        self._weighed: tuple[int, bool] = (0, False)
        self._in_gate: dict[int, list[Carton]] = {}
        if ready and config.retentive:
            self.program.belt_is_empty()

    @property
    def line_ms(self) -> int:
        return self.plant.line_ms

    @property
    def log(self) -> PlantLog:
        return self.plant.log

    @property
    def wire_log(self) -> WireLog:
        return self.program.log

    # --- time --------------------------------------------------------------------------------------
    def step(self, ms: int) -> None:
        """Let so much line time pass, in whole steps of 10 ms."""
        if ms % STEP_MS or ms < 0:
            raise ValueError(f"the line moves in steps of {STEP_MS} ms, not {ms}")
        for _ in range(ms // STEP_MS):
            self.plant.step(STEP_MS)
            self.program.scan(STEP_MS)
            for zone, seen in self._in_gate.items():
                seen += [c for c in self.plant.in_view(self.field.eye_at[zone]) if c not in seen]
            self._look_at_scale()

    async def run(self) -> None:
        """Follow the running loop's clock for ever, catching up in bounded pieces; cancel to stop."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        done_ms = 0
        while True:
            due_ms = int((loop.time() - started) * 1000 + 1e-3) - done_ms
            self.behind_ms = due_ms
            piece_ms = min(due_ms, CATCH_UP_MS) // STEP_MS * STEP_MS
            self.step(piece_ms)
            done_ms += piece_ms
            behind = due_ms - piece_ms >= STEP_MS
            wait_s = 0.0 if behind else started + (done_ms + STEP_MS) / 1000 - loop.time()
            await asyncio.sleep(max(0.0, wait_s))

    # --- wire --------------------------------------------------------------------------------------
    async def serve(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        max_connections: int = 4,
        unit_ids: frozenset[int] | None = None,
        close_older: bool = True,
    ) -> PlcServer:
        self.server = PlcServer(self.face, max_connections=max_connections, unit_ids=unit_ids, close_older=close_older)
        await self.server.start(host, port)
        return self.server

    async def close(self) -> None:
        if self.server is not None:
            await self.server.close()
            self.server = None

    # --- hands -------------------------------------------------------------------------------------
    def press(self, button: str) -> None:
        """start, stop, reset, acknowledge, recheck_good or recheck_bad."""
        self.plant.press(button)

    def power_off(self) -> None:
        """Everything is dead: belts stand, the diverter rests, connections break, new ones are refused."""
        self.plant.set_power(False)
        self.program.power_down()
        if self.server is not None:
            self.server.faults.refuse_connections = True
            self.server.drop_connections()

    def power_on(self) -> None:
        self.plant.set_power(True)
        self.program.power_up()
        if self.server is not None:
            self.server.faults.refuse_connections = False

    def restart_plc(self, off_ms: int = 1000) -> None:
        """A power dip of so much line time: new EPOCH, new BOOT_NONCE, connections lost."""
        self.power_off()
        self.step(off_ms)
        self.power_on()

    # --- hooks -------------------------------------------------------------------------------------
    def _gate(self, zone: int, opened: bool) -> None:
        if opened:
            self._in_gate[zone] = list(self.plant.in_view(self.field.eye_at[zone]))
            seen = self._in_gate[zone]
        else:
            seen = self._in_gate.pop(zone, [])
        if self.on_scan_gate is not None:
            self.on_scan_gate(zone, opened, tuple(seen))

    def _look_at_scale(self) -> None:
        weighed = self.plant.load_on_weigh_belt()
        if weighed != self._weighed:
            self._weighed = weighed
            if self.on_weigh is not None:
                self.on_weigh(*weighed)


def _at_mm(eyes: tuple[EyeSpec, ...], name: str) -> int:
    return next(eye.at_mm for eye in eyes if eye.name == name)
