"""The scale driver on real ptys and sockets: unplugged, silent, closed; and back by itself."""

import asyncio
import os
import tty
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from drivers.scale.continuous_scale import ContinuousScale
from drivers.scale.reports import ScaleDown, ScaleReport, ScaleSettings, ScaleUp, StableWeight
from drivers.scale.sics_scale import SicsScale
from drivers.serial_port.choice import TRANSPORT_NAMES, transport_named
from drivers.serial_port.ports import PortSettings
from simulators.scale.toledo import ToledoFaults, ToledoProfile, ToledoScaleSim
from simulators.world.pty_port import PtyPort
from simulators.world.tcp_port import TcpPort

pytestmark = pytest.mark.wire


class PtyScale:
    """A scale played by the test: answers whatever it is asked with `line`, unless it is silent."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self.line = b"S S       0.00 g"
        self.silent = False
        self._ends: tuple[int, int] | None = None

    def plug(self) -> None:
        master, slave = os.openpty()
        tty.setraw(master)
        tty.setraw(slave)
        self.link.symlink_to(os.ttyname(slave))
        self._ends = (master, slave)
        asyncio.get_running_loop().add_reader(master, self._answer, master)

    def unplug(self) -> None:
        if self._ends is not None:
            asyncio.get_running_loop().remove_reader(self._ends[0])
            self.link.unlink()
            for end in self._ends:
                os.close(end)
            self._ends = None

    def _answer(self, master: int) -> None:
        asked = os.read(master, 4096)
        if not self.silent:
            os.write(master, (self.line + b"\r\n") * asked.count(b"SI\r\n"))


class Reports(list[ScaleReport]):
    """What the driver said; waiting for more has a limit."""

    def __init__(self) -> None:
        super().__init__()
        self._came = asyncio.Event()

    def say(self, report: ScaleReport) -> None:
        self.append(report)
        self._came.set()

    async def reach(self, count: int, within_s: float = 2.0) -> None:
        async with asyncio.timeout(within_s):
            while len(self) < count:
                self._came.clear()
                await self._came.wait()


@asynccontextmanager
async def running(url: str, transport: str = "serialx") -> AsyncIterator[Reports]:
    reports = Reports()
    settings = ScaleSettings(device="weigh", port=PortSettings(url))
    task = asyncio.create_task(SicsScale(settings, transport_named(transport), reports.say).run())
    try:
        yield reports
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.fixture
async def scale(tmp_path: Path) -> AsyncIterator[PtyScale]:
    scale = PtyScale(tmp_path / "scale")
    scale.plug()
    yield scale
    scale.unplug()


@pytest.mark.parametrize("transport", TRANSPORT_NAMES)
async def test_unplugged_and_back_under_the_same_path(scale: PtyScale, transport: str) -> None:
    async with running(str(scale.link), transport) as reports:
        await reports.reach(1)
        scale.line = b"S S    1500.00 g"
        await reports.reach(2)
        scale.unplug()
        await reports.reach(3)
        await asyncio.sleep(0.7)
        scale.plug()
        await reports.reach(5)
    assert [type(report) for report in reports] == [ScaleUp, StableWeight, ScaleDown, ScaleUp, StableWeight]
    down = reports[2]
    assert isinstance(down, ScaleDown)
    assert down.code == "unplugged"


@pytest.mark.parametrize("transport", TRANSPORT_NAMES)
async def test_a_silent_scale_is_down_and_comes_back(scale: PtyScale, transport: str) -> None:
    async with running(str(scale.link), transport) as reports:
        await reports.reach(1)
        scale.silent = True
        await reports.reach(2)
        await asyncio.sleep(1.5)
        scale.silent = False
        await reports.reach(3)
    assert [type(report) for report in reports] == [ScaleUp, ScaleDown, ScaleUp]
    down = reports[1]
    assert isinstance(down, ScaleDown)
    assert down.code == "silent"


async def test_an_open_port_with_nobody_behind_it_is_never_up(scale: PtyScale) -> None:
    scale.silent = True
    async with running(str(scale.link)) as reports:
        await asyncio.sleep(2.5)
    assert [type(report) for report in reports] == [ScaleDown]


async def test_a_terminal_server_that_closes_and_comes_back() -> None:
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        while await reader.readline():
            writer.write(b"S S    1500.00 g\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with running(f"socket://127.0.0.1:{server.sockets[0].getsockname()[1]}") as reports:
        await reports.reach(2)
        writers[0].close()
        await reports.reach(5)
    server.close()
    await asyncio.sleep(0.05)
    assert [type(report) for report in reports] == [ScaleUp, StableWeight, ScaleDown, ScaleUp, StableWeight]


@pytest.mark.parametrize("transport", TRANSPORT_NAMES)
async def test_a_streaming_scale_on_a_pty_is_unplugged_and_comes_back(tmp_path: Path, transport: str) -> None:
    reports = Reports()
    scale = ToledoScaleSim(PtyPort(tmp_path / "scale"), ToledoProfile(checked=True))
    await scale.port.plug()
    scale.start()
    scale.set_load(1500, True)
    settings = ScaleSettings(device="weigh", port=PortSettings(str(tmp_path / "scale")))
    driver = ContinuousScale(settings, transport_named(transport), reports.say, checked=True)
    task = asyncio.create_task(driver.run())
    try:
        await reports.reach(2, 4)
        scale.port.unplug()
        await reports.reach(3)
        await scale.port.plug()
        await reports.reach(5, 4)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await scale.close()
    assert [type(report) for report in reports[:5]] == [ScaleUp, StableWeight, ScaleDown, ScaleUp, StableWeight]


async def test_a_streaming_scale_behind_a_terminal_server_that_closes_and_falls_silent() -> None:
    """Raw TCP: closed = gone at once; half-open = silent, and the driver opens it anew."""
    reports = Reports()
    port = TcpPort()
    await port.plug()
    scale = ToledoScaleSim(port)
    scale.start()
    settings = ScaleSettings(device="weigh", port=PortSettings(port.url), silence_ms=600)
    task = asyncio.create_task(ContinuousScale(settings, transport_named("serialx"), reports.say).run())
    try:
        await reports.reach(1, 4)
        port.unplug()
        await reports.reach(2)
        await port.plug()
        await reports.reach(3, 4)
        scale.faults = ToledoFaults(silent=True)
        await reports.reach(4, 4)
        scale.faults = ToledoFaults()
        await reports.reach(5, 4)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await scale.close()
    codes = [report.code if isinstance(report, ScaleDown) else "up" for report in reports]
    assert codes[0::2] == ["up", "up", "up"]
    assert codes[3] == "silent"
