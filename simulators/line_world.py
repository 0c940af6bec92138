"""The whole line in one place: plant, PLC, readers, scale, gate, the port's system, their wires, and the truth they share.

The one rule: devices look at the plant and answer on their wires; nothing here knows what a daemon makes of it. Ports come
from a factory, so the same world stands on ptys or, for tests, in memory. Source: default geometry of the Xiyong line.
"""

import asyncio
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import IO

import msgspec

from simulators.beacon.patlite import PatliteSim
from simulators.camera.camera import CameraSim
from simulators.camera.mjpeg_server import MjpegServer
from simulators.customs_office.front_desk import FrontDesk
from simulators.gate.front_end import GateFrontEnd
from simulators.plant import Carton, PlantLog
from simulators.plant.dock import Dock
from simulators.plc import LineSimulator, PlcConfig, WireLog
from simulators.plc.config import PlcCounters
from simulators.port.system import PortSystem
from simulators.scale.sics import SicsScaleSim
from simulators.scale.toledo import ToledoProfile, ToledoScaleSim
from simulators.scanner.dataman import DataManSim
from simulators.scanner.keyence import KeyenceSim
from simulators.scanner.line_reader import LineReaderSim
from simulators.world.port import Port
from simulators.world.pty_port import PtyPort
from simulators.xray.machine import MachineSettings, XrayMachine

SCAN_ZONE, VERIFY_ZONE = 2, 5
# A label comes into the light a moment after the carton's front has opened the gate.
READ_AFTER_MS = 120
NEXT_LABEL_MS = 80
FACTS_KEPT = 2000
BELT_FPS, DOCK_FPS, BENCH_FPS = 10.0, 5.0, 2.0

PortMaker = Callable[[str], Port]
GoodRead = Callable[[int], None]


def pty_ports(home: Path) -> PortMaker:
    """Each device on a pty, published as DIR/dev/NAME."""
    return lambda name: PtyPort((home / "dev" / name).resolve())


def _scale(makes: "Makes", port: Port, rng: random.Random) -> SicsScaleSim | ToledoScaleSim:
    if makes.scale == "mt-sics":
        return SicsScaleSim(port, rng=rng)
    return ToledoScaleSim(port, ToledoProfile(checked=makes.scale == "toledo-check", every_ms=makes.scale_every_ms), rng)


class Makes(msgspec.Struct, frozen=True):
    """Whose devices stand there. `verify`: `line` or `dataman`; `scale`: `mt-sics`, `toledo` or `toledo-check`, which streams
    each `scale_every_ms`; `stack_light`: a tower on the network beside the lamps at the PLC.
    """

    verify: str = "line"
    scale: str = "mt-sics"
    scale_every_ms: float = 100.0
    stack_light: bool = False


class LineWorld:
    """`start` opens every wire, `close` takes them away. `on_good_read` hears of cartons whose label the induct reader showed."""

    def __init__(
        self, home: Path, rng: random.Random, *, ports: PortMaker | None = None, config: PlcConfig | None = None,
        counters: PlcCounters | None = None, xray: MachineSettings | None = None, makes: Makes | None = None,
        camera_row_steps: tuple[int, int] = (1, 1),
    ) -> None:  # fmt: skip
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        self._files: list[IO[str]] = []
        make = ports or pty_ports(home)
        streams = [random.Random(rng.getrandbits(64)) for _ in range(6)]
        self.sim = LineSimulator(
            rng=streams[0],
            log=PlantLog(self._log_file("plant.jsonl"), keep=FACTS_KEPT),
            wire_log=WireLog(self._log_file("wire.jsonl"), keep=FACTS_KEPT),
            config=config,
            counters=counters,
        )
        self.induct = KeyenceSim(make("scanner-induct"), rng=streams[1])
        self.makes = makes = makes or Makes()
        reader = DataManSim if makes.verify == "dataman" else LineReaderSim
        self.verify: LineReaderSim = reader(make("scanner-verify"), rng=streams[2])
        self.scale = _scale(makes, make("scale"), streams[3])
        self.stack_light = PatliteSim() if makes.stack_light else None
        self.loading = LineReaderSim(make("scanner-loading"), rng=streams[4])
        self.gate = GateFrontEnd(streams[5], self._note_wire)
        self.harbour = PortSystem(self._note_wire)
        self.customs = FrontDesk(self._note_wire)
        self.seal_scanner = LineReaderSim(make("scanner-seal"), rng=random.Random(rng.getrandbits(64)))
        self.bench_scanner = LineReaderSim(make("scanner-bench"), rng=random.Random(rng.getrandbits(64)))
        self.dock = Dock(self.sim.plant.log, lambda: self.sim.line_ms)
        belt_step, dock_step = camera_row_steps
        self.induct_camera = CameraSim("induct-camera", seed=1, fps=BELT_FPS, row_step=belt_step)
        self.verify_camera = CameraSim("verify-camera", seed=2, fps=BELT_FPS, row_step=belt_step)
        self.dock_camera = CameraSim("dock", seed=3, fps=DOCK_FPS, row_step=dock_step)
        self.dock_camera.see_door(())
        self.bench_camera = CameraSim("bench-camera", seed=4, fps=BENCH_FPS, row_step=dock_step)
        self.dock.on_change = self.dock_camera.see_door
        self._streams = [MjpegServer(camera) for camera in self.cameras]
        xray_rng = random.Random(rng.getrandbits(64))
        self.xray = XrayMachine(self.sim.plant, home / "xray", xray_rng, lambda: self.sim.line_ms, xray)
        self.on_good_read: GoodRead | None = None
        self._timers: set[asyncio.TimerHandle] = set()
        self._running: asyncio.Task[None] | None = None
        self.sim.on_scan_gate = self._gate
        self.sim.on_weigh = self.scale.set_load
        self.sim.on_xray_id = self.xray.hand
        self.sim.on_beam = self.xray.look

    # --- life --------------------------------------------------------------------------------------------------
    async def start(
        self, plc_port: int = 0, gate_port: int = 0, harbour_port: int = 0, camera_port: int = 0, customs_port: int = 0, *,
        streams: bool = True,
    ) -> dict[str, object]:  # fmt: skip
        """Open every wire; returns what a daemon must be told to find them. Without `streams` cameras send nothing anywhere."""
        for device in self._serial:
            await device.port.plug()
        server = await self.sim.serve("127.0.0.1", plc_port)
        if isinstance(self.scale, ToledoScaleSim):
            self.scale.start()
        if self.stack_light is not None:
            await self.stack_light.plug()
        self.induct.start()
        self.verify.start()
        self.loading.start()
        self.seal_scanner.start()
        self.bench_scanner.start()
        self._running = asyncio.create_task(self.sim.run(), name="plant")
        ports = {"induct": self.induct.port.url, "verify": self.verify.port.url, "scale": self.scale.port.url}
        ports |= {"loading": self.loading.port.url, "seal": self.seal_scanner.port.url}
        ports["bench"] = self.bench_scanner.port.url
        gate = await self.gate.start(port=gate_port)
        return {
            "plc_port": server.port,
            "ports": ports,
            "cameras": await self._serve_cameras(camera_port) if streams else {},
            "gate_port": gate,
            "xray_dir": str(self.xray.folder.resolve()),
            "port_url": await self.harbour.start(port=harbour_port),
            "office_url": await self.customs.start(port=customs_port),
            "stack_light_port": self.stack_light.port if self.stack_light is not None else 0,
        }

    async def close(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self.xray.close()
        for device in self._serial:
            await device.close()
        for stream in self._streams:
            await stream.close()
        if self.stack_light is not None:
            await self.stack_light.unplug()
        await self.gate.close()
        await self.harbour.close()
        await self.customs.close()
        await self.sim.close()
        for file in self._files:
            file.close()

    @property
    def _serial(self) -> tuple[KeyenceSim | LineReaderSim | SicsScaleSim | ToledoScaleSim, ...]:
        return (self.induct, self.verify, self.scale, self.loading, self.seal_scanner, self.bench_scanner)

    async def _serve_cameras(self, first_port: int) -> dict[str, str]:
        """The address of each camera's stream; one port after another from the first, 0 = any."""
        ports = [first_port + place if first_port else 0 for place in range(len(self._streams))]
        return {one.camera.name: await one.start(port=port) for one, port in zip(self._streams, ports, strict=True)}

    @property
    def cameras(self) -> tuple[CameraSim, ...]:
        return (self.induct_camera, self.verify_camera, self.dock_camera, self.bench_camera)

    def _note_wire(self, fact: str, **details: object) -> None:
        self.sim.wire_log.note(self.sim.line_ms, fact, **details)

    def check(self) -> None:
        """Raise what ended the plant, if it has ended."""
        if self._running is not None and self._running.done():
            self._running.result()

    def _log_file(self, name: str) -> IO[str]:
        file = (self.home / name).open("w", encoding="utf-8")
        self._files.append(file)
        return file

    # --- readers -----------------------------------------------------------------------------------------------
    def _gate(self, zone: int, opened: bool, cartons: tuple[Carton, ...]) -> None:
        self._before_camera(zone, opened, cartons)
        texts = [label.text for carton in cartons for label in carton.labels if label.readable]
        if opened and texts:
            for place, text in enumerate(texts):
                self._later(READ_AFTER_MS + place * NEXT_LABEL_MS, lambda text=text: self._read(zone, text))  # type: ignore[misc]
            if zone == SCAN_ZONE:
                self._good_reads(cartons)
        elif not opened and not texts:
            self._show(zone, ())

    def _before_camera(self, zone: int, opened: bool, cartons: tuple[Carton, ...]) -> None:
        """The camera over the gate sees the labels while the carton is under it."""
        camera = self.induct_camera if zone == SCAN_ZONE else self.verify_camera
        labels = tuple((label.text, label.readable) for carton in cartons for label in carton.labels) if opened else ()
        camera.see_belt(())
        if labels:
            self._later(READ_AFTER_MS, lambda: camera.see_belt(labels))

    def _read(self, zone: int, text: str) -> None:
        self._show(zone, (text,))

    def _show(self, zone: int, codes: tuple[str, ...]) -> None:
        if zone == SCAN_ZONE:
            # The gate's photo-eye is wired to the reader's timing input: no command is needed.
            self.induct.triggered = True
            self.induct.show(codes)
        else:
            if isinstance(self.verify, DataManSim):
                self.verify.triggered = True  # by the gate's photo-eye, as above
            self.verify.show(codes)

    def _good_reads(self, cartons: tuple[Carton, ...]) -> None:
        if self.on_good_read is not None and self.induct.port.plugged:
            for carton in cartons:
                self.on_good_read(carton.carton_no)

    def _later(self, ms: int, act: Callable[[], None]) -> None:
        def fire() -> None:
            self._timers.discard(timer)
            act()

        timer = asyncio.get_running_loop().call_later(ms / 1000, fire)
        self._timers.add(timer)


def write_json(path: Path, value: object) -> None:
    """Whole or not at all: a reader never sees half a file."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")
    fresh.replace(path)
