"""What the scanner drivers promise, in virtual time over cables in memory."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

import pytest

from drivers.scanner.line_scanner import LineScanner
from drivers.scanner.profiles import PROFILES, ReaderProfile
from drivers.scanner.reports import (
    BadFrame,
    CodeRead,
    NoRead,
    ScannerDown,
    ScannerReport,
    ScannerSettings,
    ScannerUp,
    TriggerRefused,
)
from drivers.scanner.session import BAD_FRAMES_PER_S
from drivers.scanner.triggered_scanner import KEYENCE, TriggeredScanner
from drivers.serial_port.memory_transport import MemoryCable, MemoryTransport
from drivers.serial_port.ports import PortSettings
from simulators.world.loop import VirtualLoop

URL = "memory:scanner"


class Bench:
    """A reader's cable, and the reports in the order they came."""

    def __init__(self, *, plugged: bool = True) -> None:
        self.cable = MemoryCable(plugged=plugged)
        self.transport = MemoryTransport({URL: self.cable})
        self.reports: list[ScannerReport] = []

    def settings(
        self,
        profile: ReaderProfile = PROFILES["line"],
        *,
        heartbeat_ms: int = 0,
        dedupe_ms: int = 0,
        replies: bool = True,
    ) -> ScannerSettings:
        return ScannerSettings(
            device="induct",
            port=PortSettings(URL),
            profile=profile,
            heartbeat_ms=heartbeat_ms,
            dedupe_ms=dedupe_ms,
            replies=replies,
        )

    def kinds(self) -> list[type]:
        return [type(report) for report in self.reports]

    def texts(self) -> list[str]:
        return [r.codes[0].text for r in self.reports if isinstance(r, CodeRead)]


def story(play: Callable[[], Coroutine[None, None, None]]) -> None:
    """Play a story on a virtual clock."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(play())


async def driven(driver: LineScanner | TriggeredScanner, acts: Callable[[], Awaitable[None]]) -> None:
    task = asyncio.create_task(driver.run())
    try:
        await acts()
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def line_story(bench: Bench, settings: ScannerSettings, acts: Callable[[], Awaitable[None]]) -> None:
    async def play() -> None:
        await driven(LineScanner(settings, bench.transport, bench.reports.append), acts)
        await asyncio.sleep(0.01)
        assert not bench.cable.opened

    story(play)


def test_a_read_is_reported_with_the_time_it_was_complete() -> None:
    bench = Bench()

    async def acts() -> None:
        await asyncio.sleep(1)
        bench.cable.send(b"C0000")
        await asyncio.sleep(0.2)
        bench.cable.send(b"06\r\n")
        await asyncio.sleep(1)

    line_story(bench, bench.settings(), acts)
    assert bench.kinds() == [ScannerUp, CodeRead]
    read = bench.reports[1]
    assert isinstance(read, CodeRead)
    assert (read.device, read.raw, read.frame_checked) == ("induct", b"C000006\r", False)
    assert read.at_s == pytest.approx(1.2, abs=0.01)


def test_the_port_is_tried_for_ever_and_reported_down_once_and_up_once() -> None:
    bench = Bench(plugged=False)

    async def acts() -> None:
        await asyncio.sleep(3600)
        assert bench.kinds() == [ScannerDown]
        bench.cable.plug()
        await asyncio.sleep(1.9)
        assert bench.kinds() == [ScannerDown, ScannerUp]
        bench.cable.send(b"C000006\r")
        await asyncio.sleep(0.1)
        bench.cable.unplug()
        await asyncio.sleep(3600)

    line_story(bench, bench.settings(), acts)
    assert bench.kinds() == [ScannerDown, ScannerUp, CodeRead, ScannerDown]
    first, last = bench.reports[0], bench.reports[-1]
    assert isinstance(first, ScannerDown)
    assert isinstance(last, ScannerDown)
    assert (first.code, last.code) == ("missing", "unplugged")
    assert first.next_step


def test_what_comes_while_the_port_opens_is_never_a_read() -> None:
    bench = Bench()

    async def acts() -> None:
        await asyncio.sleep(0.02)
        assert bench.cable.opened
        bench.cable.send(b"OLD0001\rCUT0")
        await asyncio.sleep(0.15)  # up meanwhile, and in the middle of a frame
        bench.cable.send(b"002\rC000003\r")
        await asyncio.sleep(1)

    line_story(bench, bench.settings(), acts)
    assert bench.texts() == ["C000003"]
    assert bench.kinds() == [BadFrame, ScannerUp, BadFrame, CodeRead]


def test_half_a_frame_is_given_up_and_does_not_join_the_next_carton() -> None:
    bench = Bench()

    async def acts() -> None:
        await asyncio.sleep(1)
        bench.cable.send(b"SF123")
        await asyncio.sleep(2.5)
        bench.cable.send(b"SF456\r")
        await asyncio.sleep(1)

    line_story(bench, bench.settings(), acts)
    assert bench.texts() == ["SF456"]
    assert bench.kinds() == [ScannerUp, BadFrame, CodeRead]


def test_the_rest_of_a_frame_that_stalled_is_no_read_of_its_own() -> None:
    """A terminal server sends one label in two packets, longer apart than a frame may stall: digits alone are a number."""
    bench = Bench()

    async def acts() -> None:
        await asyncio.sleep(1)
        bench.cable.send(b"YT887512")
        await asyncio.sleep(1)
        bench.cable.send(b"12345678\rSF456\r")
        await asyncio.sleep(1)
        bench.cable.send(b"SF789")
        await asyncio.sleep(1)
        bench.cable.send(b"\rSF790\r")
        await asyncio.sleep(1)

    line_story(bench, bench.settings(), acts)
    assert bench.texts() == ["SF456", "SF790"]
    assert bench.kinds() == [ScannerUp, BadFrame, BadFrame, CodeRead, BadFrame, CodeRead]


def test_a_spoiled_frame_of_a_reader_without_suffix_takes_one_read_along_and_not_each_one_behind_it() -> None:
    """The port was opened in mid label, and a label came each second from then on: none was read until the belt had a gap."""
    bench = Bench()

    async def acts() -> None:
        await asyncio.sleep(bench.settings().settle_ms / 1000 - 0.01)
        bench.cable.send(b"C00")
        await asyncio.sleep(0.03)
        bench.cable.send(b"0005")
        for number in (6, 7, 8):
            await asyncio.sleep(1)
            bench.cable.send(b"C00000%d" % number)
        await asyncio.sleep(1)

    line_story(bench, bench.settings(PROFILES["no_suffix"]), acts)
    assert bench.texts() == ["C000007", "C000008"]
    assert bench.kinds() == [ScannerUp, BadFrame, BadFrame, CodeRead, CodeRead]


def test_a_reader_without_suffix_ends_its_read_by_silence() -> None:
    bench = Bench()

    async def acts() -> None:
        await asyncio.sleep(1)
        bench.cable.send(b"C000006")
        await asyncio.sleep(0.1)
        bench.cable.send(b"C000007")
        await asyncio.sleep(1)

    line_story(bench, bench.settings(PROFILES["no_suffix"]), acts)
    assert bench.texts() == ["C000006", "C000007"]


def test_repeats_are_reported_unless_the_site_asks_otherwise() -> None:
    for dedupe_ms, expected in ((0, 3), (300, 2)):
        bench = Bench()

        async def acts(bench: Bench = bench) -> None:
            for pause_s in (1.0, 0.1, 0.5):
                await asyncio.sleep(pause_s)
                bench.cable.send(b"C000006\r")
            await asyncio.sleep(1)

        line_story(bench, bench.settings(dedupe_ms=dedupe_ms), acts)
        assert len(bench.texts()) == expected


def test_a_reader_that_promised_heartbeats_and_falls_silent_is_down() -> None:
    bench = Bench()
    profile = ReaderProfile(name="beating", heartbeat=b"HB")

    async def acts() -> None:
        for _ in range(20):
            bench.cable.send(b"HB\r")
            await asyncio.sleep(0.5)
        assert ScannerDown not in bench.kinds()
        await asyncio.sleep(60)

    line_story(bench, bench.settings(profile, heartbeat_ms=2000), acts)
    downs = [report for report in bench.reports if isinstance(report, ScannerDown)]
    assert downs
    assert downs[0].code == "silent"
    assert CodeRead not in bench.kinds()


def test_a_line_of_noise_is_reported_in_bounded_number() -> None:
    bench = Bench()

    async def acts() -> None:
        await asyncio.sleep(1)
        for _ in range(100):
            bench.cable.send(b"\x80\r" * 100)
            await asyncio.sleep(0.02)
        await asyncio.sleep(1)
        bench.cable.send(b"\x80\rC000006\r")
        await asyncio.sleep(1)

    line_story(bench, bench.settings(), acts)
    bad = [report for report in bench.reports if isinstance(report, BadFrame)]
    assert len(bad) <= 4 * BAD_FRAMES_PER_S
    assert "more not reported" in bad[-1].cause
    assert bench.texts() == ["C000006"]


def keyence_story(bench: Bench, acts: Callable[[TriggeredScanner], Awaitable[None]], *, replies: bool = True) -> None:
    settings = bench.settings(PROFILES["keyence_sr"], replies=replies)

    async def play() -> None:
        scanner = TriggeredScanner(settings, bench.transport, bench.reports.append, KEYENCE)
        assert not scanner.trigger_on()  # nothing is open yet
        await driven(scanner, lambda: acts(scanner))

    story(play)


def test_a_triggered_read_needs_no_stop_and_an_unfinished_one_gets_it() -> None:
    bench = Bench()

    async def acts(scanner: TriggeredScanner) -> None:
        await asyncio.sleep(1)
        assert scanner.trigger_on()
        await asyncio.sleep(0.05)
        bench.cable.send(b"OK,LON\r")
        await asyncio.sleep(0.05)
        bench.cable.send(b"SF1234567890\r")
        await asyncio.sleep(0.05)
        assert scanner.trigger_off()  # it has stopped by itself: LOFF would be an error
        assert list(bench.cable.written) == [b"LON\r"]
        scanner.trigger_on()
        await asyncio.sleep(0.05)
        bench.cable.send(b"OK,LON\r")
        await asyncio.sleep(0.05)
        assert scanner.trigger_off()
        await asyncio.sleep(0.05)
        bench.cable.send(b"OK,LOFF\rERROR\r")
        await asyncio.sleep(5)

    keyence_story(bench, acts)
    assert list(bench.cable.written) == [b"LON\r", b"LON\r", b"LOFF\r"]
    assert bench.kinds() == [ScannerUp, CodeRead, NoRead]


def test_a_refused_trigger_is_reported_with_its_number() -> None:
    bench = Bench()

    async def acts(scanner: TriggeredScanner) -> None:
        await asyncio.sleep(1)
        scanner.trigger_on()
        bench.cable.send(b"ER,LON,05\r")
        await asyncio.sleep(5)

    keyence_story(bench, acts)
    refused = bench.reports[1]
    assert isinstance(refused, TriggerRefused)
    assert (refused.command, refused.error) == ("LON", "05")


def test_three_commands_without_reply_give_the_port_up_and_it_comes_back() -> None:
    bench = Bench()

    async def acts(scanner: TriggeredScanner) -> None:
        for _ in range(3):
            await asyncio.sleep(1)
            assert scanner.trigger_on()
        await asyncio.sleep(5)
        scanner.trigger_on()
        bench.cable.send(b"OK,LON\rSF1\r")
        await asyncio.sleep(5)

    keyence_story(bench, acts)
    assert bench.kinds() == [ScannerUp, ScannerDown, ScannerUp, CodeRead]
    down = bench.reports[1]
    assert isinstance(down, ScannerDown)
    assert down.code == "silent"


def test_a_reader_set_to_reply_nothing_is_not_called_silent() -> None:
    bench = Bench()

    async def acts(scanner: TriggeredScanner) -> None:
        for _ in range(20):
            await asyncio.sleep(1)
            scanner.trigger_on()

    keyence_story(bench, acts, replies=False)
    assert bench.kinds() == [ScannerUp]


def test_more_commands_than_can_wait_are_counted_as_silence() -> None:
    bench = Bench()

    async def acts(scanner: TriggeredScanner) -> None:
        await asyncio.sleep(1)
        for _ in range(11):
            scanner.trigger_on()
        await asyncio.sleep(0.2)

    keyence_story(bench, acts)
    assert bench.kinds() == [ScannerUp, ScannerDown]
