"""The scanner drivers against the wire simulators, which were written apart from them: both must mean the
same bytes.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from drivers.scanner.line_scanner import LineScanner
from drivers.scanner.profiles import PROFILES, FrameCheck, ReaderProfile
from drivers.scanner.reports import (
    CodeRead,
    NoRead,
    ScannerDown,
    ScannerReport,
    ScannerSettings,
    ScannerUp,
    TriggerRefused,
)
from drivers.scanner.triggered_scanner import DIALECTS, TriggeredScanner
from drivers.serial_port.ports import PortSettings
from drivers.serial_port.stream_transport import StreamTransport
from simulators.scanner import frames
from simulators.scanner.dataman import DataManSim
from simulators.scanner.keyence import KeyenceSim
from simulators.scanner.line_reader import LineReaderSim
from simulators.world.loop import VirtualLoop
from simulators.world.memory_port import MemoryPort


def play(
    profile: ReaderProfile,
    acts: Callable[[MemoryPort, TriggeredScanner | LineScanner, list[ScannerReport]], Awaitable[None]],
) -> list[ScannerReport]:
    reports: list[ScannerReport] = []

    async def run() -> None:
        line = MemoryPort("induct")
        await line.plug()
        transport = StreamTransport(lambda _: line.open())
        settings = ScannerSettings(device="induct", port=PortSettings(line.url), profile=profile)
        dialect = DIALECTS.get(profile.name)
        driver = (
            LineScanner(settings, transport, reports.append)
            if dialect is None
            else TriggeredScanner(settings, transport, reports.append, dialect)
        )
        task = asyncio.create_task(driver.run())
        await asyncio.sleep(1)
        await acts(line, driver, reports)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.1)

    with asyncio.Runner(loop_factory=lambda: VirtualLoop(random.Random(1))) as runner:
        runner.run(run())
    return reports


def texts(reports: list[ScannerReport]) -> list[tuple[str, ...]]:
    return [tuple(code.text for code in report.codes) for report in reports if isinstance(report, CodeRead)]


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (frames.PLAIN_CR, ReaderProfile(name="test", separator=b",")),
        (frames.PLAIN_CRLF, ReaderProfile(name="test", separator=b",")),
        (frames.WITH_AIM, ReaderProfile(name="test", separator=b",")),
        (frames.WITH_HEARTBEAT, ReaderProfile(name="test", separator=b",", heartbeat=b"#HB")),
        (frames.CHECKED, ReaderProfile(name="test", separator=b",", frame_check=FrameCheck.XOR_HEX)),
    ],
)
def test_a_line_reader_is_understood(theirs: frames.ReaderProfile, ours: ReaderProfile) -> None:
    async def acts(line: MemoryPort, _: object, reports: list[ScannerReport]) -> None:
        reader = LineReaderSim(line, theirs)
        reader.start()
        reader.show(["SF1234567890"])
        await asyncio.sleep(2)
        reader.show(["SF1234567890", "SF0000000017"])
        await asyncio.sleep(2)
        reader.no_read()
        await asyncio.sleep(2)
        line.unplug()
        await asyncio.sleep(5)
        await line.plug()
        await asyncio.sleep(2)
        reader.show(["SF0000000024"])
        await asyncio.sleep(1)
        await reader.close()

    reports = play(ours, acts)
    assert texts(reports) == [("SF1234567890",), ("SF1234567890", "SF0000000017"), ("SF0000000024",)]
    checked = theirs.frame_check is frames.FrameCheck.XOR_HEX
    assert all(report.frame_checked is checked for report in reports if isinstance(report, CodeRead))
    kinds = [type(report) for report in reports]
    assert kinds[:4] == [ScannerUp, CodeRead, CodeRead, NoRead]
    assert kinds.count(ScannerDown) == 1 + (kinds[-1] is ScannerDown)
    down = reports[4]
    assert isinstance(down, ScannerDown)
    assert down.code == "unplugged"


def test_a_keyence_reader_is_understood() -> None:
    async def acts(line: MemoryPort, driver: TriggeredScanner | LineScanner, reports: list[ScannerReport]) -> None:
        assert isinstance(driver, TriggeredScanner)
        reader = KeyenceSim(line)
        driver.trigger_on()
        await asyncio.sleep(0.1)
        reader.show(["SF1234567890"])
        await asyncio.sleep(0.5)
        driver.trigger_off()
        await asyncio.sleep(1)
        driver.trigger_on()
        await asyncio.sleep(1)
        driver.trigger_off()  # nothing came by: the reader says so
        await asyncio.sleep(2)
        await reader.close()

    reports = play(PROFILES["keyence_sr"], acts)
    assert texts(reports) == [("SF1234567890",)]
    assert [type(report) for report in reports][:3] == [ScannerUp, CodeRead, NoRead]


def test_a_dataman_reader_is_understood() -> None:
    async def acts(line: MemoryPort, driver: TriggeredScanner | LineScanner, reports: list[ScannerReport]) -> None:
        assert isinstance(driver, TriggeredScanner)
        reader = DataManSim(line)
        for label in ("SF1234567890", "SF1234567891"):
            driver.trigger_on()
            await asyncio.sleep(0.1)
            reader.show([label])
            await asyncio.sleep(0.5)
            driver.trigger_off()
            await asyncio.sleep(1)
        driver.trigger_on()
        await asyncio.sleep(1)
        driver.trigger_off()  # nothing came by: the reader says so
        await asyncio.sleep(2)
        reader.refuse = "104"
        driver.trigger_on()
        await asyncio.sleep(1)
        reader.refuse = ""
        reader.silent = True
        for _ in range(3):
            driver.trigger_on()
            await asyncio.sleep(1)
        await reader.close()

    reports = play(PROFILES["dataman"], acts)
    assert texts(reports) == [("SF1234567890",), ("SF1234567891",)]
    assert [type(report) for report in reports][:6] == [ScannerUp, CodeRead, CodeRead, NoRead, TriggerRefused, ScannerDown]
    refused, down = reports[4], reports[5]
    assert isinstance(refused, TriggerRefused)
    assert (refused.command, refused.error) == ("TRIGGER ON", "104")
    assert isinstance(down, ScannerDown)
    assert down.code == "silent"
