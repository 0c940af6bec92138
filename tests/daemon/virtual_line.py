"""The whole daemon and the whole simulated line in one process on a virtual clock, for tests."""

import asyncio
import random
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from controller.daemon.companions import Companion
from controller.daemon.core_loop import CoreLoop
from controller.daemon.ports import Surroundings
from controller.daemon.service import Daemon
from controller.domain.reasons import Role
from controller.line.events import AnyEvent
from controller.line.seal_check import standing
from controller.line.seal_events import SealCheckStarted
from controller.line.state import Draft, LineState
from controller.rehearsal.camera_port import rehearsed
from controller.settings.loading import load
from drivers.serial_port.stream_transport import StreamTransport
from simulators.camera.camera import CameraSim
from simulators.customs_office.front_desk import FrontDesk
from simulators.gate.front_end import GateFrontEnd
from simulators.plant.cartons import Carton, Content, Label
from simulators.plant.dock import Seal
from simulators.plc.config import PlcConfig
from simulators.plc.line_simulator import LineSimulator
from simulators.port.system import PortSystem
from simulators.scale.sics import SicsScaleSim
from simulators.scanner.line_reader import LineReaderSim
from simulators.world.memory_port import MemoryPort
from simulators.xray.machine import MachineSettings, XrayMachine

ROOT = Path(__file__).resolve().parents[2]
INDUCT_ZONE, VERIFY_ZONE = 2, 5


class VirtualLine:
    """A daemon on a simulated line. Time is the virtual loop's; `settle` lets some of it pass."""

    def __init__(self, home: Path, seed: int = 1, retentive: bool = True, **settings: Any) -> None:
        self.home = home
        self.seed = seed
        self.ports = {name: MemoryPort(name) for name in ("induct", "verify", "scale", "loading", "seal", "bench")}
        self.sim = LineSimulator(rng=random.Random(seed), config=PlcConfig(retentive=retentive))
        self.readers = {
            INDUCT_ZONE: LineReaderSim(self.ports["induct"], rng=random.Random(seed + 1)),
            VERIFY_ZONE: LineReaderSim(self.ports["verify"], rng=random.Random(seed + 2)),
        }
        self.scale = SicsScaleSim(self.ports["scale"], rng=random.Random(seed + 3))
        self.loading = LineReaderSim(self.ports["loading"], rng=random.Random(seed + 5))
        self.seal = LineReaderSim(self.ports["seal"], rng=random.Random(seed + 7))
        self.bench = LineReaderSim(self.ports["bench"], rng=random.Random(seed + 8))
        self.cameras = tuple(CameraSim(name, fps=10) for name in ("induct-camera", "verify-camera", "dock", "bench-camera"))
        self.cameras[2].see_door((Seal("S1"),))
        self.gate = GateFrontEnd(random.Random(seed + 6), self._note)
        self.harbour = PortSystem(self._note)
        self.customs = FrontDesk(self._note)
        self.noted: list[tuple[str, dict[str, object]]] = []
        self.sim.on_scan_gate = self._gate
        self.sim.on_weigh = self.scale.set_load
        machine = MachineSettings(pixel_mm=10, takes_ids=settings.get("xray.xray.join") != "counting")
        self.xray = XrayMachine(self.sim.plant, home / "xray", random.Random(seed + 7), lambda: self.sim.line_ms, machine)
        self.sim.on_xray_id = self.xray.hand
        self.sim.on_beam = self.xray.look
        self._settings = settings
        self._tasks: list[asyncio.Task[Any]] = []
        self.daemon: Daemon | None = None
        self.companions: tuple[Companion, ...] = ()
        self._served: asyncio.Task[int] | None = None

    def _note(self, fact: str, **details: object) -> None:
        self.noted.append((fact, details))
        self.sim.wire_log.note(self.sim.line_ms, fact, **details)

    def _gate(self, zone: int, opened: bool, cartons: tuple[Carton, ...]) -> None:
        if opened:
            return
        texts = [label.text for carton in cartons for label in carton.labels if label.readable]
        if texts:
            self.readers[zone].show(texts)
        else:
            self.readers[zone].no_read()

    async def start(self) -> None:
        for port in self.ports.values():
            await port.plug()
        await self.sim.serve()
        await self.gate.start()
        await self.harbour.start()
        await self.customs.start()
        self._tasks.append(asyncio.create_task(self.sim.run(), name="plant"))
        await self.start_daemon()

    async def start_daemon(self) -> None:
        assert self.sim.server is not None
        overrides: dict[str, object] = {
            "plc.port": self.sim.server.port, "site.data_dir": str(self.home),
            "scanners.induct.port": "induct", "scanners.verify.port": "verify", "scales.scale.port": "scale",
            "scanners.induct.profile": "line", "scanners.verify.profile": "line",
            "scanners.loading.port": "loading", "scanners.seal.port": "seal", "scanners.bench.port": "bench",
            "gates.gate.port": self.gate.port, "port.url": self.harbour.url, "customs.office_url": self.customs.url,
            **self._settings,
        }  # fmt: skip
        settings = load(ROOT / "config" / "simulation.toml", overrides)
        loop = asyncio.get_running_loop()
        zero = datetime(2026, 11, 23, 12, tzinfo=UTC)  # evening in Beijing
        numbers = count(1)
        around = Surroundings(
            "test", lambda: zero + timedelta(seconds=loop.time()), random.Random(self.seed + 4),
            lambda: f"id{next(numbers)}", StreamTransport(lambda url: self.ports[url].open()), serve_control=False,
            capture=rehearsed(self.cameras),
            analyser_pool=lambda: ThreadPoolExecutor(1),
            companions=self.companions,
        )  # fmt: skip
        self.daemon = Daemon(settings, "simulation.toml", around)
        self._served = asyncio.create_task(self.daemon.serve(), name="daemon")

    async def stop_daemon(self) -> int:
        assert self.daemon is not None
        assert self._served is not None
        self.daemon.stop()
        return await self._served

    async def close(self) -> None:
        if self._served is not None and not self._served.done():
            await self.stop_daemon()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for reader in self.readers.values():
            await reader.close()
        await self.scale.close()
        await self.loading.close()
        await self.seal.close()
        await self.bench.close()
        await self.gate.close()
        await self.harbour.close()
        await self.customs.close()
        self.xray.close()
        await self.sim.close()

    @property
    def core(self) -> CoreLoop:
        assert self.daemon is not None
        assert self.daemon.core is not None
        return self.daemon.core

    @property
    def state(self) -> LineState:
        return self.core.state

    async def check_seal(self, load_id: str = "L1", *scanned: str) -> None:
        """The first look at the doors, with the handheld scanner; the camera sees what stands before it."""
        await self.act(SealCheckStarted(load_id))
        for text in scanned or ("S1",):
            self.seal.show((text,))
            await asyncio.sleep(0.5)
        await self.until(lambda: not standing(Draft(self.state, self.state.facts.line_ms), self.state.loads[load_id]))

    async def until(self, true: Any, within_s: float = 30) -> None:
        async with asyncio.timeout(within_s):
            while not true():
                await asyncio.sleep(0.05)

    async def act(self, event: AnyEvent, role: Role = Role.OPERATOR, actor: str = "test") -> None:
        applied = await self.core.submit(event, actor=actor, role=role)
        assert not applied.outcome.refusals, applied.outcome.refusals

    def lanes(self) -> dict[int, int]:
        """Which lane each carton stands in, by carton number: the physical truth."""
        return {carton.carton_no: lane for lane, stored in self.sim.plant.lanes.items() for carton in stored}

    async def emptied(self, within_s: float = 60) -> None:
        """Until the belts are empty and the last event has been read."""
        await self.until(lambda: not self.sim.plant.on_line(), within_s)
        await asyncio.sleep(1)

    def place(self, number: int, code: str, weight_g: int = 2000, readable: bool = True) -> Carton:
        carton = Carton(number, 400, weight_g, (Label(code, readable),), goods(weight_g))
        self.sim.plant.place(carton, -600)
        return carton


def goods(weight_g: int) -> tuple[Content, ...]:
    """Textiles that make a carton of 400 mm weigh so much, with its walls."""
    return (Content("T-shirts", "textile", weight_g - 225, 20, 0, 360, 300),)


@asynccontextmanager
async def virtual_line(home: Path, **settings: Any) -> AsyncIterator[VirtualLine]:
    line = VirtualLine(home, **settings)
    try:
        await line.start()
        yield line
    finally:
        await line.close()
