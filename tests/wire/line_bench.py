"""A simulated line on real wires (TCP, ptys, files) in the test, and daemons as processes beside it."""

import asyncio
import json
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from controller.customs.writers import ceb603, ceb604, load_notice
from controller.daemon.core_loop import PART_FAILED
from controller.domain.declarations import LoadNotice, NoticedCarton, Receipt
from simulators.camera.camera import CameraSim
from simulators.camera.mjpeg_server import MjpegServer
from simulators.customs_office.front_desk import FrontDesk
from simulators.gate.front_end import GateFrontEnd
from simulators.plant.cartons import Carton, Label
from simulators.plant.dock import Seal
from simulators.plant.log import PlantLog
from simulators.plc.line_simulator import LineSimulator
from simulators.plc.wire_log import WireLog
from simulators.port.system import PortSystem
from simulators.scale.sics import SicsScaleSim
from simulators.scanner.keyence import KeyenceSim
from simulators.scanner.line_reader import LineReaderSim
from simulators.world.pty_port import PtyPort
from simulators.xray.machine import XrayMachine
from tests.daemon.virtual_line import goods
from tests.line.line_story import CARRIER, declared

ROOT = Path(__file__).resolve().parents[2]
RATE = 4
# Waits end a hang and measure nothing: on a busy machine a process may take seconds to start.
PATIENCE = 8
RELEASE, ANOMALY, INSPECT = 3, 2, 1
INDUCT_ZONE, VERIFY_ZONE = 2, 5
RUNS_MOST = 4
Answer = dict[str, Any]


class DaemonProcess:
    """One `xiyong run` with its own data directory."""

    def __init__(self, home: Path, settings: dict[str, object], rate: float = RATE) -> None:
        self.home = home
        self.home.mkdir(parents=True, exist_ok=True)
        self.config = ROOT / "config" / "simulation.toml"
        self.settings = settings
        self._rate = rate
        self.process: asyncio.subprocess.Process | None = None

    async def start(self, *under: str) -> None:
        """`under` is a command that the daemon runs under, such as a tracer."""
        sets = [part for key, value in self.settings.items() for part in ("--set", f"{key}={value}")]
        with (self.home / "daemon.err").open("ab") as errors:
            self.process = await asyncio.create_subprocess_exec(
                *under, sys.executable, "-m", "controller", "run", "--config", str(self.config),
                "--data", str(self.home), "--time-rate", str(self._rate), *sets,
                stdout=asyncio.subprocess.DEVNULL, stderr=errors, stdin=asyncio.subprocess.DEVNULL,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )  # fmt: skip

    async def ends(self) -> int:
        assert self.process is not None
        return await self.process.wait()

    async def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        code = await self.process.wait()
        assert PART_FAILED.partition("%")[0] not in self.log(), self.log()
        return code

    def log(self) -> str:
        return (self.home / "daemon.err").read_text(errors="replace")

    async def ask(self, **request: object) -> Answer:
        """One request over the control socket; an unreachable daemon answers not ok."""
        try:
            reader, writer = await asyncio.open_unix_connection(str(self.home / "control.sock"))
        except OSError:
            return {"ok": False, "code": "daemon_not_reached"}
        try:
            writer.write(json.dumps(request).encode() + b"\n")
            await writer.drain()
            answer: Answer = json.loads(await reader.readline() or b'{"ok": false, "code": "no_answer"}')
            return answer
        except (OSError, ValueError):
            return {"ok": False, "code": "no_answer"}
        finally:
            writer.close()

    async def act(self, name: str, role: str = "operator", **arguments: object) -> Answer:
        return await self.ask(act=name, actor="test", role=role, **arguments)

    async def ready(self) -> bool:
        return bool((await self.ask(ask="status")).get("ready"))

    async def down_is(self, *names: str) -> bool:
        """Whether just these devices are reported down."""
        return set((await self.ask(ask="status")).get("devices_down", ["not reached"])) == set(names)

    def drop(self, name: str, data: bytes) -> None:
        """Put a file into the inbox, as customs does: written aside, then renamed."""
        inbox = self.home / "inbox"
        inbox.mkdir(exist_ok=True)
        aside = inbox / f"{name}.part"
        aside.write_bytes(data)
        aside.rename(inbox / name)

    def waiting(self) -> list[Path]:
        """What the daemon has not imported to its end: a file it has claimed lies in `taking/` until then."""
        inbox = self.home / "inbox"
        return [path for folder in (inbox, inbox / "taking") for path in folder.glob("*.*")]


class LineBench:
    """Plant, PLC, readers and scale. `daemon()` makes a daemon that is configured for them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        (home / "dev").mkdir(parents=True)
        self.ports = {name: PtyPort(home / "dev" / name) for name in ("induct", "verify", "scale", "loading", "seal", "bench")}
        self._plant_file = (home / "plant.jsonl").open("w")
        self._wire_file = (home / "wire.jsonl").open("w")
        self.sim = LineSimulator(
            rng=random.Random(1), log=PlantLog(self._plant_file), wire_log=WireLog(self._wire_file)
        )  # fmt: skip
        self.induct = KeyenceSim(self.ports["induct"], rng=random.Random(2))
        self.readers: dict[int, LineReaderSim] = {
            INDUCT_ZONE: self.induct,
            VERIFY_ZONE: LineReaderSim(self.ports["verify"], rng=random.Random(3)),
        }
        self.scale = SicsScaleSim(self.ports["scale"], rng=random.Random(4))
        self.loading = LineReaderSim(self.ports["loading"], rng=random.Random(5))
        self.seal = LineReaderSim(self.ports["seal"], rng=random.Random(7))
        self.bench = LineReaderSim(self.ports["bench"], rng=random.Random(8))
        self.bench_camera = CameraSim("bench-camera", fps=2)
        self.dock = CameraSim("dock", fps=5)
        self.dock.see_door((Seal("S1"),))
        self.belt_cameras = (CameraSim("induct-camera"), CameraSim("verify-camera"))
        self.labels_seen = False  # else a camera over the belt reads what its scanner misses
        self.streams = tuple(MjpegServer(camera) for camera in (self.dock, self.bench_camera, *self.belt_cameras))
        self.gate = GateFrontEnd(random.Random(6), lambda fact, **details: None)
        self.harbour = PortSystem(lambda fact, **details: None)
        self.customs = FrontDesk(lambda fact, **details: self.sim.wire_log.note(self.sim.line_ms, fact, **details))
        self.sim.plant.capacity[RELEASE] = 1000
        self.sim.on_scan_gate = self._gate
        self.sim.on_weigh = self.scale.set_load
        self.xray = XrayMachine(self.sim.plant, home / "xray", random.Random(7), lambda: self.sim.line_ms)
        self.sim.on_xray_id = self.xray.hand
        self.sim.on_beam = self.xray.look
        self.daemons: list[DaemonProcess] = []
        self._plant: asyncio.Task[None] | None = None

    def _gate(self, zone: int, opened: bool, cartons: tuple[Carton, ...]) -> None:
        """The induct reader is triggered when a carton's front arrives, the verify reader speaks when its rear leaves."""
        if self.labels_seen:
            labels = [(label.text, label.readable) for carton in cartons for label in carton.labels] if opened else []
            self.belt_cameras[zone == VERIFY_ZONE].see_belt(labels)
        if opened is not (zone == INDUCT_ZONE):
            return
        if zone == INDUCT_ZONE:
            self.induct.trigger_input()
        texts = [label.text for carton in cartons for label in carton.labels if label.readable]
        for text in texts:  # one frame a label: the readers' mode is "single"
            self.readers[zone].show((text,))
        if not texts:
            self.readers[zone].no_read()

    async def start(self) -> None:
        for port in self.ports.values():
            await port.plug()
        await self.sim.serve()
        await self.gate.start()
        await self.harbour.start()
        await self.customs.start()
        for stream in self.streams:
            await stream.start()
        self._plant = asyncio.create_task(self.sim.run(), name="plant")

    async def close(self) -> None:
        for daemon in self.daemons:
            if daemon.process is not None and daemon.process.returncode is None:
                await daemon.stop()
        if self._plant is not None:
            self._plant.cancel()
            await asyncio.gather(self._plant, return_exceptions=True)
        for reader in self.readers.values():
            await reader.close()
        for device in (self.scale, self.loading, self.seal, self.bench, self.gate, self.harbour, self.customs):
            await device.close()
        for stream in self.streams:
            await stream.close()
        self.xray.close()
        await self.sim.close()
        self._plant_file.close()
        self._wire_file.close()

    def daemon(self, name: str = "data", rate: float = RATE) -> DaemonProcess:
        assert self.sim.server is not None
        settings: dict[str, object] = {"plc.port": self.sim.server.port}
        settings["xray.xray.drop_dir"] = str(self.xray.folder)
        settings |= {"gates.gate.port": self.gate.port, "port.url": self.harbour.url}
        settings["customs.office_url"] = self.customs.url
        settings |= {f"cameras.{stream.camera.name}.url": stream.url for stream in self.streams}
        for device in ("induct", "verify", "loading", "seal", "bench"):
            settings[f"scanners.{device}.port"] = self.ports[device].url
        settings["scanners.induct.profile"] = "keyence_sr"
        settings["scales.scale.port"] = self.ports["scale"].url
        made = DaemonProcess(self.home / name, settings, rate)
        self.daemons.append(made)
        return made

    async def running(self, daemon: DaemonProcess) -> None:
        """The belt runs and the daemon decides, with whatever a person at the panel must do for it."""
        try:
            await self.until(daemon.ready, 40)
        except TimeoutError:
            raise AssertionError(f"not ready: {await daemon.ask(ask='status')}; {daemon.log()[-4000:]}") from None
        for command in ("start", "clear", "reset", "start"):
            if self.sim.plant.main.motor_on:
                return
            self.sim.press("start")
            await daemon.act("line", command=command, cause="test")
            await asyncio.sleep(1)
        assert self.sim.plant.main.motor_on, daemon.log()

    async def papers(self, daemon: DaemonProcess, *numbers: str, **declares: Any) -> None:
        """As `announced`, and the load's seal is checked and its unloading begun."""
        await self.announced(daemon, *numbers, **declares)
        assert (await daemon.act("seal-check", load_id="L1"))["ok"]
        self.seal.show(("S1",))
        await self.until(lambda: self.sealed(daemon), 10)
        assert (await daemon.act("unload", load_id="L1"))["ok"]

    async def announced(self, daemon: DaemonProcess, *numbers: str, **declares: Any) -> None:
        """List, receipt and load notice for single cartons of 2,000 g, through the inbox; then the load arrives."""
        answers = [Receipt(f"C{n}", "", "", "", "E1", "A1", "800", "20201123090000000", "", n) for n in numbers]
        cartons = tuple(NoticedCarton(n, CARRIER, n, 1, 1) for n in numbers)
        daemon.drop("1-lists.xml", ceb603([declared(n, **declares) for n in numbers], guid="G-1"))
        daemon.drop("2-receipts.xml", ceb604(answers, guid="G-2"))
        daemon.drop("3-notice.csv", load_notice([LoadNotice("L1", "P1", "", ("S1",), "A1", cartons)]))
        await self.until(lambda: not daemon.waiting(), 30)
        assert (await daemon.act("load-arrived", load_id="L1", plate="P1"))["ok"]

    async def sealed(self, daemon: DaemonProcess, *against: str) -> bool:
        """Whether just this stands against the load's seals."""
        return (await daemon.ask(ask="seals")).get("seals") == {"L1": list(against)}

    async def passes(self, number: int, code: str) -> int:
        """A carton goes over the whole belt; the lane it stands in."""
        self.place(number, code)
        await self.until(lambda: number in self.lanes(), 60)
        await asyncio.sleep(1)
        return self.lanes()[number]

    async def flows(self, number: int, code: str, *more_labels: str) -> None:
        """The line releases. On a busy machine a read may come too late: who comes out at inspection is scanned and goes
        on the belt again.
        """
        carton = Carton(number, 400, 2000, tuple(Label(text, True) for text in (code, *more_labels)), goods(2000))
        for _ in range(RUNS_MOST):
            self.sim.plant.place(carton, -600)
            await self.until(lambda: number in self.lanes(), 60)
            await asyncio.sleep(1)
            if self.lanes()[number] == RELEASE:
                return
            self.sim.plant.take_from_lane(self.lanes()[number], carton)
            for daemon in self.daemons:
                await daemon.act("rerun", code=code)
        raise AssertionError(f"{code} was not released in {RUNS_MOST} runs")

    async def until(self, true: Callable[[], Any], within_s: float) -> None:
        async with asyncio.timeout(within_s * PATIENCE):
            while True:
                found = true()
                if asyncio.iscoroutine(found):
                    found = await found
                if found:
                    return
                await asyncio.sleep(0.1)

    async def emptied(self, within_s: float = 60) -> None:
        await self.until(lambda: not self.sim.plant.on_line(), within_s)
        await asyncio.sleep(1)

    async def carton_at(self, number: int, mm: float) -> None:
        def there() -> bool:
            placed = self.sim.plant.find(number)
            return placed is not None and placed.front_mm >= mm

        await self.until(there, 60)

    @staticmethod
    def carton(number: int, code: str) -> Carton:
        return Carton(number, 400, 2000, (Label(code, True),), goods(2000))

    def place(self, number: int, code: str) -> Carton:
        carton = self.carton(number, code)
        self.sim.plant.place(carton, -600)
        return carton

    def lanes(self) -> dict[int, int]:
        return {c.carton_no: lane for lane, stored in self.sim.plant.lanes.items() for c in stored}


@asynccontextmanager
async def line_bench(home: Path) -> AsyncIterator[LineBench]:
    bench = LineBench(home)
    try:
        await bench.start()
        yield bench
    finally:
        await bench.close()
