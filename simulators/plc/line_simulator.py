"""Plant and PLC joined with the default geometry: the line that a daemon, a driver or a scenario talks to.

The one rule: both move together in steps of 10 ms; whoever wants time to pass calls `step` or runs `run()`. Steps in which
nothing can happen are taken together, and only when somebody looks: what stands in `plant` and `program` is always of now,
and a hook is called in its own step's time.
Source: default geometry of the Xiyong line; contract CIL-1.
"""

import asyncio
import random
from collections.abc import Callable

from simulators.plant import STEP_MS, Carton, LineGeometry, Plant, PlantLog
from simulators.plant.geometry import EyeSpec
from simulators.plant.yard import Barrier, Yard
from simulators.plc.config import PlcConfig, PlcCounters
from simulators.plc.modbus import Bases, ModbusFace
from simulators.plc.program import PlcProgram
from simulators.plc.server import PlcServer
from simulators.plc.wire_log import WireLog

CATCH_UP_MS = 200  # at most so much line time in one go, so that the loop stays free for the wires
NAP_STEPS = 50  # at most so many steps wait for somebody to look

ScanGateHook = Callable[[int, bool, tuple[Carton, ...]], None]
WeighHook = Callable[[int, bool], None]


class PlantField:
    """The terminals: what is wired between the plant and the PLC's inputs and outputs."""

    def __init__(
        self, plant: Plant, eye_at: dict[int, int], gate: Callable[[int, bool], None], xray: Callable[[str], None]
    ) -> None:
        self._plant = plant
        # Asked at every scan: the wires themselves.
        self.eye, self.lane_eye, self.lane_full = plant.eye_output, plant.lane_eye_output, plant.lane_full
        self._gate = gate
        self._xray = xray
        self.eye_at = eye_at
        self.closed_lanes: set[int] = set()
        self.local_switch = False
        self.xray_is_ready = True
        self.xray_has_fault = False
        self.barriers: dict[int, Barrier] = {}

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

    def inputs(self) -> tuple[object, ...]:
        """What the plant may change by itself, as the program sees it."""
        plant = self._plant
        return (
            *[eye.output for eye in plant.eyes.values()],
            *[eye.output for eye in plant.lane_eyes.values()],
            *[plant.lane_full(lane) for lane in plant.lanes],
            plant.diverter.position,
            plant.diverter.in_position,
            plant.main_step_mm(),
        )

    def presses(self) -> list[str]:
        return self._plant.take_presses()

    def drive(self, *, infeed: bool, main: bool, divert_to: int) -> None:
        plant = self._plant
        if (plant.infeed.motor_on, plant.main.motor_on, plant.diverter.commanded) != (infeed, main, divert_to):
            plant.infeed.motor_on, plant.main.motor_on, plant.diverter.commanded = infeed, main, divert_to
            plant.disturb()

    def drive_barrier(self, gate: int, to_open: bool) -> None:
        barrier = self.barriers.get(gate)
        if barrier is not None:
            barrier.drive(to_open)

    def barrier_at(self, gate: int) -> int:
        barrier = self.barriers.get(gate)
        return barrier.position if barrier is not None else 0

    def xray_entry(self, scan_id: str) -> None:
        self._xray(scan_id)

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
        self._plant = Plant(geometry, rng=rng, log=log)
        zone_eyes: dict[int, int] = {}
        for eye in config.eyes:
            zone_eyes.setdefault(eye.zone, _at_mm(geometry.eyes, eye.name))
        self._field = PlantField(self._plant, zone_eyes, self._gate, self._xray)
        self._yard = Yard(self._plant.log, lambda: self.line_ms, config.barriers)
        self._field.barriers = self._yard.barriers
        self._program = PlcProgram(self._field, rng=rng, config=config, counters=counters, log=wire_log)
        self._program.on_host_write = self._wake_soon
        self.face = ModbusFace(self._program, bases=bases, read_limit=read_limit, catch_up=self.catch_up)
        self.server: PlcServer | None = None
        self.on_scan_gate: ScanGateHook | None = None
        self.on_weigh: WeighHook | None = None
        self.on_xray_id: Callable[[str], None] | None = None
        self.on_beam: Callable[[], None] | None = None
        self.behind_ms = 0  # how far `run` was behind its loop at the last look
        self._weighed: tuple[int, bool] = (0, False)
        self._in_gate: dict[int, list[Carton]] = {}
        self._stepping = False
        self._done_ms = 0
        self._started: tuple[asyncio.AbstractEventLoop, float] | None = None
        self._ended: asyncio.Future[None] | None = None
        self._inputs = self._field.inputs()
        self._alarm: asyncio.TimerHandle | None = None
        if ready and config.retentive:
            self._program.belt_is_empty()

    # Who takes one of these may change anything in it: line time is brought up to now and nothing foreseen holds any more.
    @property
    def plant(self) -> Plant:
        self._touched()
        return self._plant

    @property
    def program(self) -> PlcProgram:
        self._touched()
        return self._program

    @property
    def field(self) -> PlantField:
        self._touched()
        return self._field

    @property
    def yard(self) -> Yard:
        self._touched()
        return self._yard

    def look_yard(self) -> Yard:
        """The yard as it stands now, to be looked at and left as it is."""
        self.catch_up()
        return self._yard

    def look(self) -> tuple[Plant, PlcProgram]:
        """Both as they stand now, to be looked at and left as they are."""
        self.catch_up()
        return self._plant, self._program

    @property
    def line_ms(self) -> int:
        self.catch_up()
        return self._plant.line_ms

    @property
    def log(self) -> PlantLog:
        return self._plant.log

    @property
    def wire_log(self) -> WireLog:
        return self._program.log

    # --- time --------------------------------------------------------------------------------------
    def step(self, ms: int) -> None:
        """Let so much line time pass, in whole steps of 10 ms."""
        if ms % STEP_MS or ms < 0:
            raise ValueError(f"the line moves in steps of {STEP_MS} ms, not {ms}")
        left = ms // STEP_MS
        self._stepping = True
        try:
            while left > 0:
                left -= self._some_steps(left)
        finally:
            self._stepping = False

    def catch_up(self) -> None:
        """While `run` follows a clock: take the steps that are due by now."""
        if self._started is None or self._stepping:
            return
        loop, started_s = self._started
        due_ms = int((loop.time() - started_s) * 1000 + 1e-3) - self._done_ms
        self.behind_ms = due_ms
        if due_ms < STEP_MS:
            return
        piece_ms = min(due_ms, max(CATCH_UP_MS, NAP_STEPS * STEP_MS)) // STEP_MS * STEP_MS
        self._done_ms += piece_ms
        self.step(piece_ms)
        self._sleep_until_something_happens()

    async def run(self) -> None:
        """Follow the running loop's clock for ever, catching up in bounded pieces; cancel to stop."""
        loop = asyncio.get_running_loop()
        self._started, self._done_ms = (loop, loop.time()), 0
        self._ended = loop.create_future()
        self._set_alarm(1)
        try:
            await self._ended
        finally:
            self._started = None
            if self._alarm is not None:
                self._alarm.cancel()
                self._alarm = None

    def _wake(self) -> None:
        self._alarm = None
        try:
            self.catch_up()
            if self._alarm is None:
                self._set_alarm(1)
        except Exception as error:
            if self._ended is not None and not self._ended.done():
                self._ended.set_exception(error)

    def _some_steps(self, at_most: int) -> int:
        """One step that does everything, or several in which nothing happens; how many it were."""
        plant, program = self._plant, self._program
        steps = min(at_most, self._quiet_steps())
        if steps > 0:
            plant.coast(steps)
            program.coast(steps, STEP_MS)
            return steps
        if plant.quiet_steps() > 0:
            plant.coast(1)
        else:
            plant.step(STEP_MS)
            if self.on_beam is not None:
                self.on_beam()
            inputs = self._field.inputs()
            if inputs != self._inputs:
                self._inputs = inputs
                program.look_again()
            for zone, seen in self._in_gate.items():
                seen += [c for c in plant.in_view(self._field.eye_at[zone]) if c not in seen]
        if self._yard.moves:
            program.look_again()
            self._yard.step(STEP_MS)
        if program.quiet_scans() > 0:
            program.coast(1, STEP_MS)
        else:
            program.scan(STEP_MS)
            program.foresee(plant.main_step_mm(), STEP_MS)
        self._look_at_scale()
        return 1

    def _quiet_steps(self) -> int:
        return 0 if self._yard.moves else min(self._plant.quiet_steps(), self._program.quiet_scans())

    def _touched(self) -> None:
        self.catch_up()
        self._plant.disturb()
        self._program.disturb()
        self._wake_soon()

    def _wake_soon(self) -> None:
        """The next step must not be slept over."""
        if not self._stepping:
            self._set_alarm(1)

    def _sleep_until_something_happens(self) -> None:
        self._set_alarm(1 + min(self._quiet_steps(), NAP_STEPS - 1))

    def _set_alarm(self, steps: int) -> None:
        """Wake in so many steps at the latest."""
        if self._started is None:
            return
        loop, started_s = self._started
        when_s = started_s + (self._done_ms + steps * STEP_MS) / 1000
        if self._alarm is not None:
            if self._alarm.when() <= when_s:
                return
            self._alarm.cancel()
        self._alarm = loop.call_at(when_s, self._wake)

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
        """Everything is dead: belts stand, the diverter rests, barriers fall, connections break, new ones are refused."""
        self.yard.power_lost()
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
            self._in_gate[zone] = list(self._plant.in_view(self._field.eye_at[zone]))
            seen = self._in_gate[zone]
        else:
            seen = self._in_gate.pop(zone, [])
        if self.on_scan_gate is not None:
            self.on_scan_gate(zone, opened, tuple(seen))

    def _xray(self, scan_id: str) -> None:
        if self.on_xray_id is not None:
            self.on_xray_id(scan_id)

    def _look_at_scale(self) -> None:
        weighed = self._plant.load_on_weigh_belt()
        if weighed != self._weighed:
            self._weighed = weighed
            if self.on_weigh is not None:
                self.on_weigh(*weighed)


def _at_mm(eyes: tuple[EyeSpec, ...], name: str) -> int:
    return next(eye.at_mm for eye in eyes if eye.name == name)
