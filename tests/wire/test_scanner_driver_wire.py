"""The scanner drivers on real ptys and sockets: unplugged, cut, stolen, closed; and back by themselves."""

import asyncio
import gc
import os
import tty
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from drivers.scanner.line_scanner import LineScanner
from drivers.scanner.profiles import PROFILES
from drivers.scanner.reports import (
    BadFrame,
    CodeRead,
    ScannerDown,
    ScannerReport,
    ScannerSettings,
    ScannerUp,
)
from drivers.scanner.triggered_scanner import KEYENCE, TriggeredScanner
from drivers.serial_port.choice import TRANSPORT_NAMES, transport_named
from drivers.serial_port.losses import PortLost
from drivers.serial_port.ports import PortSettings

pytestmark = pytest.mark.wire


class PtyDevice:
    """The far end of a cable, played by the test, under one path however often it is plugged in."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self._ends: tuple[int, int] | None = None

    def plug(self) -> None:
        master, slave = os.openpty()
        tty.setraw(master)
        tty.setraw(slave)
        os.set_blocking(master, False)
        self.link.symlink_to(os.ttyname(slave))
        self._ends = (master, slave)

    def unplug(self) -> None:
        if self._ends is not None:
            self.link.unlink()
            for end in self._ends:
                os.close(end)
            self._ends = None

    def send(self, data: bytes) -> None:
        assert self._ends is not None
        os.write(self._ends[0], data)

    def heard(self) -> bytes:
        assert self._ends is not None
        try:
            return os.read(self._ends[0], 4096)
        except BlockingIOError:
            return b""


class Reports(list[ScannerReport]):
    """What the driver said; waiting for more has a limit."""

    def kinds(self) -> list[type]:
        return [type(report) for report in self]

    def __init__(self) -> None:
        super().__init__()
        self._came = asyncio.Event()

    def say(self, report: ScannerReport) -> None:
        self.append(report)
        self._came.set()

    async def reach(self, count: int, within_s: float = 2.0) -> None:
        async with asyncio.timeout(within_s):
            while len(self) < count:
                await self._next()

    async def reach_kind(self, kind: type, within_s: float = 2.0) -> None:
        async with asyncio.timeout(within_s):
            while kind not in self.kinds():
                await self._next()

    async def _next(self) -> None:
        self._came.clear()
        await self._came.wait()


@pytest.fixture
def device(tmp_path: Path) -> Iterator[PtyDevice]:
    device = PtyDevice(tmp_path / "scanner")
    device.plug()
    yield device
    device.unplug()


@asynccontextmanager
async def running(url: str, transport: str = "serialx", profile: str = "line") -> AsyncIterator[Reports]:
    reports = Reports()
    settings = ScannerSettings(device="induct", port=PortSettings(url), profile=PROFILES[profile])
    driver = LineScanner(settings, transport_named(transport), reports.say)
    task = asyncio.create_task(driver.run())
    try:
        yield reports
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("transport", TRANSPORT_NAMES)
async def test_unplugged_and_back_under_the_same_path(device: PtyDevice, transport: str) -> None:
    async with running(str(device.link), transport) as reports:
        await reports.reach(1)
        device.send(b"C000006\r\n")
        await reports.reach(2)
        device.unplug()
        await reports.reach(3)
        down = reports[2]
        assert isinstance(down, ScannerDown)
        assert down.code == "unplugged"
        await asyncio.sleep(1.2)  # several tries fail meanwhile and are not reported
        device.plug()
        await reports.reach(4, within_s=2.0)
        device.send(b"C000007\r\n")
        await reports.reach(5)
    assert reports.kinds() == [ScannerUp, CodeRead, ScannerDown, ScannerUp, CodeRead]


@pytest.mark.parametrize("transport", TRANSPORT_NAMES)
async def test_half_a_frame_and_gone_is_no_read_then_or_later(device: PtyDevice, transport: str) -> None:
    async with running(str(device.link), transport) as reports:
        await reports.reach(1)
        device.send(b"C0000")
        await asyncio.sleep(0.05)
        device.unplug()
        await reports.reach(2)
        device.plug()
        await reports.reach(3)
        device.send(b"06\r\nC000007\r\n")
        await reports.reach(5)
    texts = [report.codes[0].text for report in reports if isinstance(report, CodeRead)]
    assert "C000006" not in texts
    assert texts[-1] == "C000007"


async def test_garbage_is_bad_frames_and_the_next_read_counts(device: PtyDevice) -> None:
    async with running(str(device.link), profile="line_xor") as reports:
        await reports.reach(1)
        for _ in range(20):
            device.send(bytes(range(256)))
            await asyncio.sleep(0.005)
        device.send(b"\r\nC00000645\r\n")
        await reports.reach_kind(CodeRead)
    reads = [report for report in reports if isinstance(report, CodeRead)]
    assert [(read.codes[0].text, read.frame_checked) for read in reads] == [("C000006", True)]
    assert BadFrame in reports.kinds()


@pytest.mark.parametrize("first", TRANSPORT_NAMES)
@pytest.mark.parametrize("second", TRANSPORT_NAMES)
async def test_a_port_in_use_is_refused_and_taken_once_it_is_free(device: PtyDevice, first: str, second: str) -> None:
    holder = await transport_named(first).open(PortSettings(str(device.link)))
    async with running(str(device.link), second) as reports:
        await reports.reach(1)
        down = reports[0]
        assert isinstance(down, ScannerDown)
        assert down.code == "busy"
        await holder.close()
        await reports.reach(2, within_s=2.0)
    assert reports.kinds() == [ScannerDown, ScannerUp]


@pytest.mark.parametrize("transport", TRANSPORT_NAMES)
async def test_a_lost_port_never_closes_a_descriptor_that_is_somebody_elses(device: PtyDevice, transport: str) -> None:
    port = await transport_named(transport).open(PortSettings(str(device.link)))
    before = open_descriptors()
    device.unplug()
    with pytest.raises(PortLost):
        await port.read(1)
    await port.close()
    del port
    strangers = [os.open("/dev/null", os.O_RDONLY) for _ in range(before + 5)]  # they take the freed numbers
    gc.collect()
    await asyncio.sleep(0.05)
    for stranger in strangers:
        os.close(stranger)  # raises if anybody has closed it already


@pytest.mark.parametrize("transport", TRANSPORT_NAMES)
async def test_trying_again_leaks_no_descriptor(device: PtyDevice, transport: str) -> None:
    opener, settings = transport_named(transport), PortSettings(str(device.link))
    await (await opener.open(settings)).close()  # what a first use leaves for good is not a leak
    holder = await opener.open(settings)
    before = open_descriptors()
    for _ in range(20):
        with pytest.raises(PortLost):
            await opener.open(settings)
    await holder.close()
    for _ in range(20):
        await (await opener.open(settings)).close()
    assert open_descriptors() < before


async def terminal_server(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], None], port: int = 0
) -> tuple[asyncio.Server, int]:
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    return server, server.sockets[0].getsockname()[1]


async def test_a_terminal_server_that_closes_and_restarts() -> None:
    writers: list[asyncio.StreamWriter] = []
    server, port = await terminal_server(lambda _, writer: writers.append(writer))
    async with running(f"socket://127.0.0.1:{port}") as reports:
        await reports.reach(1)
        writers[0].write(b"C000006\r\n")
        await reports.reach(2)
        server.close()
        writers[0].close()
        await reports.reach(3)
        await asyncio.sleep(0.8)  # refused meanwhile
        server, port = await terminal_server(lambda _, writer: writers.append(writer), port)
        await reports.reach(4)
        writers[-1].write(b"C000007\r\n")
        await reports.reach(5)
    down = reports[2]
    assert isinstance(down, ScannerDown)
    assert down.code == "closed_by_peer"
    assert reports.kinds() == [ScannerUp, CodeRead, ScannerDown, ScannerUp, CodeRead]
    server.close()
    for writer in writers:
        writer.close()


async def test_a_terminal_server_that_hangs_up_on_us_each_time_is_down_once() -> None:
    server, port = await terminal_server(lambda _, writer: writer.close())
    async with running(f"socket://127.0.0.1:{port}") as reports:
        await asyncio.sleep(1.8)
    assert reports.kinds() == [ScannerDown]
    server.close()


@pytest.mark.parametrize("transport", TRANSPORT_NAMES)
async def test_a_keyence_reader_is_triggered_over_the_wire(device: PtyDevice, transport: str) -> None:
    reports = Reports()
    settings = ScannerSettings(device="induct", port=PortSettings(str(device.link)), profile=PROFILES["keyence_sr"])
    scanner = TriggeredScanner(settings, transport_named(transport), reports.say, KEYENCE)
    task = asyncio.create_task(scanner.run())
    await reports.reach(1)
    assert scanner.trigger_on()
    heard = b""
    async with asyncio.timeout(2):
        while heard != b"LON\r":
            await asyncio.sleep(0.01)
            heard += device.heard()
    device.send(b"OK,L")
    await asyncio.sleep(0.02)
    device.send(b"ON\rSF1234567890\r")
    await reports.reach(2)
    assert isinstance(reports[1], CodeRead)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def tcp_table() -> list[str]:
    return Path("/proc/net/tcp").read_text().splitlines()[1:]


async def test_a_dead_terminal_server_would_be_noticed() -> None:
    """A half-open connection never ends by itself; the kernel's own table shows that it is being probed."""
    writers: list[asyncio.StreamWriter] = []
    server, number = await terminal_server(lambda _, writer: writers.append(writer))
    async with running(f"socket://127.0.0.1:{number}") as reports:
        await reports.reach(1)
        rows = [row.split() for row in tcp_table()]
        ours = [row for row in rows if row[2].endswith(f":{number:04X}") and row[3] == "01"]
        assert [row[5][:2] for row in ours] == ["02"]  # its timer is the keep-alive timer
    server.close()
    for writer in writers:
        writer.close()
