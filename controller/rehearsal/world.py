"""One seed: the whole line with its daemon, people and faults in one process on a virtual clock, and the verdict on it.

One rule: nothing of the run is taken from the wall: the same seed and options give the same trace hash, in any process.
Faults strike for `faults_s`, then all of them end and people finish; then the oracle judges, and liveness is checked.
"""

import asyncio
import contextlib
import hashlib
import random
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from controller.daemon.service import CONTROL_NAME, JOURNAL_NAME
from controller.rehearsal.bounds import BoundsWatch, leftovers
from controller.rehearsal.camera_port import rehearsed
from controller.rehearsal.console_checks import check_console
from controller.rehearsal.console_desk import RehearsedConsole, sit_down
from controller.rehearsal.durable import DurableWatch
from controller.rehearsal.ends import check_ends
from controller.rehearsal.flow_checks import check_needless, check_probes, probes_among, windows_of
from controller.rehearsal.garbage import collect, garbage_kept
from controller.rehearsal.host import Host, customs_clock
from controller.rehearsal.liveness import (
    beyond_knowledge,
    check_flow,
    check_ready,
    check_rest,
    check_stack_light,
    check_still_ready,
    check_told,
)
from controller.rehearsal.replaying import check_pure
from controller.rehearsal.seen import seen_in
from controller.rehearsal.serial_lines import RehearsedLines
from controller.rehearsal.sometimes import sometimes_in
from controller.rehearsal.swarm import Options, plans
from controller.rehearsal.targeting_files import RULES_NAME, SECRET_NAME, write_targeting
from controller.rehearsal.trace import story_lines
from controller.settings.loading import load
from controller.settings.model import Settings, StackLight
from controller.settings.shipped import shipped
from simulators.faults.injector import Injector, Struck
from simulators.faults.people_faults import TroubledOffice
from simulators.faults.site import Site
from simulators.line_world import LineWorld
from simulators.oracle import Breach
from simulators.oracle.customs_checks import never_told
from simulators.oracle.judging import judge_run
from simulators.oracle.records_checks import check_records
from simulators.oracle.run import load_run
from simulators.oracle.sources import StoredRow, read_facts, read_journal
from simulators.people.console_officers import ConsoleOfficer, Pressed
from simulators.people.desk import SocketDesk
from simulators.people.floor import Floor
from simulators.plc.config import PlcConfig, PlcCounters
from simulators.plc.registers import H_HOST_HEARTBEAT
from simulators.scenarios.stage import Stage, StageError
from simulators.traffic.day import DayMaker
from simulators.traffic.parcels import Load
from simulators.world.disk import CrashDisk
from simulators.world.memory_port import MemoryPort
from simulators.world.seeded_loop import SeededLoop
from simulators.xray.machine import MachineSettings

ANCHORS_NAME = "anchors.jsonl"
RECORDS_NAME = "records.sqlite"
DATA = "data"
NEAR_WRAP = PlcCounters(
    epoch=65_533, session_echo=64_900, next_track_id=65_520, next_ring_seq=65_440, heartbeat=65_400, t_ms=60_000, belt_mm=60_000
)
# What an earlier host left in block H and the PLC echoes: the daemon counts on from there.
HOST_HEARTBEAT_NEAR_WRAP = 65_300
# After this much healing nothing is put on the belt any more, so that it can come to rest.
LAST_INDUCTION_S = 25.0
# A line that is ready within 10 s has its belt, its people and its next truck in full flow so long after the healing.
FULL_FLOW_AFTER_S = 25.0
# From the last induction until every belt is empty.
TO_REST_S = 35.0
# L2: some ordinary cartons come when the line has had its time.
PROBES_AFTER_S, PROBES = 15.0, 4
RECORDS_WITHIN_S = 3.0
MEMORY_DISK = Path("/dev/shm")
PAPERS_WITHIN_S = 10.0
LOAD_GAP_S = 3.0
CARTONS_A_CONTAINER = 5
# Cameras of fewer rows: every reader of pictures has the same to do with them, in less time. A seal is told by its shape as well.
BELT_ROW_STEP, DOCK_ROW_STEP = 4, 2
TAKEN_BACK_SHARE = 0.08


class Outcome(msgspec.Struct, frozen=True):
    """What a seed came to."""

    seed: int
    hash: str
    breaches: tuple[Breach, ...]
    cartons: int
    released: int
    line_s: float
    steps: int
    journal_rows: int
    crashes: dict[str, int]
    ended: dict[str, int]
    struck: dict[str, int]
    seen: dict[str, int]
    strikes: tuple[Struck, ...] = ()
    cpu_s: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.breaches


class World:
    """Runs one seed in `home`, a folder of its own."""

    def __init__(self, options: Options, home: Path) -> None:
        self.options = options
        self.home = home
        self.story: list[tuple[float, str]] = []
        self.breaches: list[Breach] = []
        self.pressed: list[Pressed] = []
        self._seed = options.seed
        self._flowing: frozenset[int] = frozenset()
        self._not_there: tuple[str, ...] = ()
        self._healed_s = 0.0
        self._probes: tuple[int, ...] = ()
        self._records_due = 0

    def _rng(self, purpose: str) -> random.Random:
        return random.Random(f"{self._seed}/{purpose}")

    def run(self) -> Outcome:
        loop = SeededLoop(self._rng("order"), self._rng("wire"))
        disk = CrashDisk(self._rng("disk"))
        try:
            # The settings go into the journal with all names in them, so the data folder must have the same name each time.
            with contextlib.chdir(self.home), garbage_kept():
                return loop.run_until_complete(self._run(loop, disk))
        finally:
            loop.close()
            disk.close()

    def tell(self, what: str) -> None:
        # Where the files of a run lie is drawn by the system, not by the seed.
        self.story.append((asyncio.get_running_loop().time(), what.replace(str(self.home), "HOME")))

    # --- one run -----------------------------------------------------------------------------------------------
    async def _run(self, loop: SeededLoop, disk: CrashDisk) -> Outcome:
        ports: dict[str, MemoryPort] = {}
        counters = NEAR_WRAP if self.options.near_wrap else None
        world = LineWorld(
            self.home, self._rng("line"), ports=lambda n: ports.setdefault(n, MemoryPort(n)), counters=counters,
            config=PlcConfig(retentive=self.options.retentive),
            xray=MachineSettings(pixel_mm=10, takes_ids=self.options.xray_join == "scan_id", first_number=4_294_000_000),
            makes=self.options.makes, camera_row_steps=(BELT_ROW_STEP, DOCK_ROW_STEP),
        )  # fmt: skip
        for camera in () if self.options.belt_cameras else (world.induct_camera, world.verify_camera):
            camera.cut = True
            self._not_there += (camera.name,)
        if self.options.near_wrap:
            plc = world.sim.program.memory
            plc.host[H_HOST_HEARTBEAT] = plc.hb_echo = HOST_HEARTBEAT_NEAR_WRAP
        wires = await world.start(streams=False)
        settings = self._settings(wires)
        host: Host

        def cable(url: str) -> MemoryPort:
            host.opening()
            return ports[url]

        transport = RehearsedLines(cable)
        console = RehearsedConsole(self.home, self._seed) if self.options.console else None
        companions = (console,) if console is not None else ()
        host = Host(loop, settings, disk, transport, rehearsed(world.cameras), self._seed, self.tell, companions)
        desk = SocketDesk(Path(settings.site.data_dir) / CONTROL_NAME, "w")
        other_desk = SocketDesk(Path(settings.site.data_dir) / CONTROL_NAME, "o")
        stage = self._stage(world, settings, desk, console)
        floor = stage.floor
        self._flowing = frozenset(parcel.carton_no for truck in stage.day.loads[self.options.loads :] for parcel in truck.parcels)
        injector = Injector(
            lambda rng: Site(world, floor, other_desk, stage, host, loop.network, rng, self.tell),
            str(self._seed),
            self.options.mean_s,
            self.options.strikes,
        )
        self._durable = DurableWatch(host)
        world.sim.wire_log.heard = self._durable.heard
        bounds = BoundsWatch(host, self.home / DATA)
        watching = asyncio.create_task(bounds.run(), name="bounds")
        collecting = asyncio.create_task(collect(), name="garbage")
        try:
            host.start()
            await self._shift(stage, host, injector)
            self.tell("end of the shift")
            bounds.look()
            watching.cancel()
            collecting.cancel()
            self.breaches += bounds.breaches
            self.breaches += _leftovers(host, floor)
            await injector.close()
            await stage.close()
            await host.stop()
        finally:
            await injector.close()
            await stage.close()
            await other_desk.close()
            await world.close()
            if console is not None:
                console.close()
        outcome = self._judged(loop, settings, host, injector, stage)
        await host.clear_away()
        return outcome

    def _settings(self, wires: Mapping[str, object]) -> Settings:
        """The shipped simulation's line on these wires, with what this seed has in place of it."""
        overrides: dict[str, object] = {
            "plc.port": wires["plc_port"], "site.data_dir": DATA, "scanners.induct.port": "scanner-induct",
            "scanners.verify.port": "scanner-verify", "scales.scale.port": "scale", "customs.office_url": wires["office_url"],
            "scanners.verify.profile": self.options.makes.verify, "scales.scale.profile": self.options.makes.scale,
            "plc.poll_ms": self.options.plc_poll_ms, "scales.scale.poll_ms": self.options.scale_poll_ms,
            "scanners.loading.port": "scanner-loading", "scanners.seal.port": "scanner-seal",
            "gates.gate.port": wires["gate_port"], "port.url": wires["port_url"], "customs.selection_secret_file": SECRET_NAME,
            "customs.customs_silence_limit_s": self.options.silence_limit_s, "scanners.bench.port": "scanner-bench",
            "xray.xray.drop_dir": "../xray", "xray.xray.join": self.options.xray_join,
            "customs.rules_file": RULES_NAME, "xray.xray.image_late_ms": self.options.image_late_ms,
        }  # fmt: skip
        write_targeting(Path(DATA), f"seed {self._seed}", self.options.draw_permille)
        settings = load(shipped("simulation.toml"), overrides)
        settings = replace(settings, departure=replace(settings.departure, forget_after_s=self.options.forget_after_s))
        if self.options.makes.stack_light:
            tower = StackLight(name="tower", host="127.0.0.1", port=int(str(wires["stack_light_port"])))
            settings = replace(settings, stack_lights=(tower,))
        return settings

    def _stage(self, world: LineWorld, settings: Settings, desk: SocketDesk, console: RehearsedConsole | None) -> Stage:
        """Everybody on the floor, and the office."""
        floor = Floor(world, desk, DayMaker(self._rng("day")).make(plans(self.options)), self._rng("people"))
        inbox = Path(settings.customs.inbox_dir)
        stage = Stage(floor, inbox, customs_clock(), say=lambda message: None, most_reruns=3)
        stage.office = TroubledOffice(inbox, customs_clock())
        stage.office.sit_at(world.customs)
        stage.operator.patience_s = self.options.patience_s
        stage.image_officer.takes_back = TAKEN_BACK_SHARE
        if console is not None:
            stage.image_officer = sit_down(floor, console, self._rng)
        return stage

    async def _shift(self, stage: Stage, host: Host, injector: Injector) -> None:
        try:
            await stage.open()
        except StageError as error:
            self.breaches.append(Breach("L1", "", f"before any fault: {error}"))
            return
        stage.ship_at(CARTONS_A_CONTAINER)
        stage.inspect()
        injector.start()
        trucks = stage.day.loads[: self.options.loads]
        loads = asyncio.create_task(self._loads(stage, trucks), name="loads")
        await asyncio.sleep(self.options.faults_s)
        await injector.heal()
        self.tell("all is healed")
        loads.cancel()
        await asyncio.gather(loads, return_exceptions=True)
        healed_s = asyncio.get_running_loop().time()
        on_truck = stage.unloader.end_of_truck()
        self.breaches += await check_ready(host)
        await injector.finish()
        await self._until(healed_s + PROBES_AFTER_S)
        await stage.unloader.doors.note_open()
        probes = () if self.options.liveness else probes_among(stage.floor, on_truck)[:PROBES]
        stage.unloader.take_more(probes)
        if self.options.liveness:
            await self._until(healed_s + FULL_FLOW_AFTER_S + self.options.count_again_s)
            self.tell("the truck that must flow")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(healed_s + self.options.healing_s - TO_REST_S):
                    await self._loads(stage, stage.day.loads[self.options.loads :])
            stage.unloader.end_of_truck()
        await self._until(healed_s + LAST_INDUCTION_S)
        # Probes that a count without beginning sent to be run again have their turn when it has begun behind an empty tunnel.
        stage.unloader.close(once_more=probes if self.options.count_again_s else ())
        await self._until(healed_s + self.options.healing_s - RECORDS_WITHIN_S)
        self._records_due = host.daemon.core.journal_seq if host.runs and host.daemon and host.daemon.core else 0
        await self._until(healed_s + self.options.healing_s)
        # A line whose image count had to begin anew has held its infeed back meanwhile: what waited there comes last.
        time, rest_by_s = asyncio.get_running_loop().time, self._healed_by(healed_s)
        while (stage.floor.plant.on_line() or stage.unloader.owes()) and time() < rest_by_s:  # noqa: ASYNC110
            await asyncio.sleep(0.5)
        self._healed_s = healed_s
        stage.check()
        self.breaches += check_still_ready(host, self._not_there)
        self.breaches += check_rest(stage.floor)
        self.breaches += check_stack_light(stage.world)
        self.breaches += check_told(host, stage.world.harbour.released)
        self._probes = probes

    def _healed_by(self, healed_s: float) -> float:
        return healed_s + self.options.healing_s + (0.0 if self.options.liveness else self.options.count_again_s)

    async def _until(self, at_s: float) -> None:
        await asyncio.sleep(max(0.0, at_s - asyncio.get_running_loop().time()))

    async def _loads(self, stage: Stage, trucks: Sequence[Load]) -> None:
        """Truck after truck, whether the papers came in time or not."""
        for truck in trucks:
            papers = stage.office.send_papers(truck)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PAPERS_WITHIN_S):
                    await stage.office.taken(papers)
            if self.options.hasty and truck is stage.day.loads[0]:
                stage.unloader.begin(truck)  # before anybody has reported it
                await asyncio.sleep(4.0)
                await stage.unloader.report(truck)
            elif await stage.unloader.report(truck):
                stage.unloader.begin(truck)
            while not stage.unloader.truck_is_empty:  # noqa: ASYNC110  (a truck has no event)
                await asyncio.sleep(0.5)
            await asyncio.sleep(LOAD_GAP_S)

    # --- verdict -----------------------------------------------------------------------------------------------
    def _judged(self, loop: SeededLoop, settings: Settings, host: Host, injector: Injector, stage: Stage) -> Outcome:
        journal = Path(settings.journal.dir) / JOURNAL_NAME
        anchors = Path(settings.journal.anchor_dir) / ANCHORS_NAME
        if anchors.exists():
            shutil.copy(anchors, journal.parent)
        run = load_run(self.home, journal)
        verdict, rows = judge_run(run), run.stored
        self.breaches += self._durable.check(run)
        if isinstance(stage.image_officer, ConsoleOfficer):
            self.pressed = stage.image_officer.pressed
            self.breaches += check_console(run, self.pressed)
        if self._healed_s:
            self.breaches += check_probes(run, stage.floor, self._probes)
            self.breaches += check_needless(run, stage.floor, windows_of(self.story, self._healed_s))
            self.breaches += never_told(run, rows[-1].line_ms)
            self.breaches += check_records(self.home / DATA / RECORDS_NAME, run.journal, self._records_due)
        self.breaches += check_ends(host.unplanned, host.failed_parts, run.journal.rows)
        if host.two_owners:
            self.breaches.append(
                Breach("I9", "", f"{host.two_owners} times a second process was given the running daemon's journal")
            )
        if host.daemon is not None and host.daemon.core is not None and host.stopped_well:
            self.breaches += check_pure(host.daemon.core.state, rows)
        breaches = (*self.breaches, *(b for b in verdict.breaches if not beyond_knowledge(b)))
        if self.options.liveness:
            breaches += tuple(check_flow(read_facts(self.home / "plant.jsonl"), self._flowing))
        seen = seen_in(run.journal.rows)
        seen.update(sometimes_in(run, seen, host.sometimes))
        return Outcome(
            self._seed, self._hash(loop, rows), breaches, verdict.cartons, verdict.released, loop.time(), loop.steps,
            len(rows), dict(host.crashed), dict(host.ended), {str(k): n for k, n in sorted(injector.struck.items())},
            dict(sorted(seen.items())), tuple(injector.list),
        )  # fmt: skip

    def _hash(self, loop: SeededLoop, rows: Sequence[StoredRow]) -> str:
        """Over everything that left a trace: plant, wire, journal, faults, and how many steps it took."""
        total = hashlib.sha256()
        for name in ("plant.jsonl", "wire.jsonl"):
            total.update((self.home / name).read_bytes())
        total.update(rows[-1].hash if rows else b"")
        for at_s, what in self.story:
            total.update(f"{at_s:.6f} {what}\n".encode())
        total.update(f"{loop.steps} {loop.time():.6f}".encode())
        return total.hexdigest()[:16]


def _leftovers(host: Host, floor: Floor) -> list[Breach]:
    if not host.runs or host.daemon is None or host.daemon.core is None or floor.plant.on_line():
        return []
    return leftovers(host.daemon.core.state)


@contextlib.contextmanager
def a_home() -> Iterator[Path]:
    """A folder for one seed, in memory where the system has it: syncing costs nothing there."""
    where = MEMORY_DISK if MEMORY_DISK.is_dir() else None
    home = Path(tempfile.mkdtemp(prefix="xiyong-seed-", dir=where))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def run_seed(options: Options) -> Outcome:
    """Run one seed and clear up behind it."""
    with a_home() as home:
        return World(options, home).run()


def traced_seed(options: Options) -> tuple[Outcome, list[str]]:
    """Run one seed and tell its story."""
    with a_home() as home:
        world = World(options, home)
        outcome = world.run()
        return outcome, story_lines(home, world.story, read_journal(home / DATA / "journal" / JOURNAL_NAME))
