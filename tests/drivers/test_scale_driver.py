"""What the scale driver promises, in virtual time over a cable in memory."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from drivers.scale.reports import ScaleDown, ScaleReport, ScaleSettings, ScaleUp, StableWeight, WeightUnusable
from drivers.scale.sics_scale import SicsScale
from drivers.scale.values import Reason
from drivers.serial_port.memory_transport import MemoryCable, MemoryTransport
from drivers.serial_port.ports import PortSettings
from simulators.world.loop import VirtualLoop

URL = "memory:scale"
EMPTY = b"S S       0.00 g"


class Bench:
    """A scale that answers each request with `line` after `delay_s`, unless it is silent."""

    def __init__(self) -> None:
        self.cable = MemoryCable(self._asked)
        self.line = EMPTY
        self.delay_s = 0.01
        self.silent = False
        self.agree_readings = 2
        self.reports: list[ScaleReport] = []

    def _asked(self, request: bytes) -> None:
        assert request == b"SI\r\n"
        if not self.silent:
            loop = asyncio.get_running_loop()
            loop.call_later(self.delay_s, self.cable.send, self.line + b"\r\n")

    async def shows(self, line: bytes, for_s: float = 1.0) -> None:
        self.line = line
        await asyncio.sleep(for_s)

    def weights(self) -> list[int]:
        return [report.weight_g for report in self.reports if isinstance(report, StableWeight)]

    def troubles(self) -> list[Reason]:
        return [report.reason for report in self.reports if isinstance(report, WeightUnusable)]

    def play(self, acts: Callable[[], Awaitable[None]]) -> None:
        settings = ScaleSettings(device="weigh", port=PortSettings(URL), agree_readings=self.agree_readings)

        async def run() -> None:
            driver = SicsScale(settings, MemoryTransport({URL: self.cable}), self.reports.append)
            task = asyncio.create_task(driver.run())
            try:
                await acts()
            finally:
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task

        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            runner.run(run())


def test_a_carton_gives_one_weight_however_long_it_lies() -> None:
    bench = Bench()

    async def acts() -> None:
        await bench.shows(EMPTY)
        await bench.shows(b"S D     410.00 g", 0.3)
        await bench.shows(b"S S    1500.40 g", 60)
        await bench.shows(b"S S    1503.00 g", 60)  # within the resolution: the same carton
        await bench.shows(b"S D     300.00 g", 0.3)
        await bench.shows(EMPTY)
        await bench.shows(b"S S    1500.40 g", 1)  # the next carton, as heavy as the first

    bench.play(acts)
    assert bench.weights() == [1500, 1500]
    assert [type(report) for report in bench.reports] == [ScaleUp, StableWeight, StableWeight]
    first = bench.reports[1]
    assert isinstance(first, StableWeight)
    assert first.raw == b"S S    1500.40 g"
    assert first.at_s == pytest.approx(1.5, abs=0.15)


def test_a_second_carton_without_a_gap_is_seen_by_its_weight() -> None:
    bench = Bench()

    async def acts() -> None:
        await bench.shows(b"S S 1500 g")
        await bench.shows(b"S S 1506 g")

    bench.play(acts)
    assert bench.weights() == [1500, 1506]


def test_one_odd_reading_is_no_weight() -> None:
    bench = Bench()

    async def acts() -> None:
        await bench.shows(EMPTY)
        await bench.shows(b"S S 7500 g", 0.1)
        await bench.shows(b"S S 1500 g")

    bench.play(acts)
    assert bench.weights() == [1500]


def test_no_weight_is_told_once_per_reason_and_is_never_zero() -> None:
    bench = Bench()

    async def acts() -> None:
        for line in (b"S +", b"S -", b"S I", b"ES", b"S S -200 g", b"S S 3 lb", b"S +", EMPTY, b"S +"):
            await bench.shows(line)

    bench.play(acts)
    assert bench.weights() == []
    assert bench.troubles() == [
        Reason.OVERLOAD,
        Reason.UNDERLOAD,
        Reason.NOT_POSSIBLE,
        Reason.ERROR,
        Reason.NEGATIVE,
        Reason.UNIT,
        Reason.OVERLOAD,
        Reason.OVERLOAD,
    ]


def test_a_silent_scale_is_down_once_and_back_within_two_seconds_of_its_return() -> None:
    bench = Bench()

    async def acts() -> None:
        await bench.shows(EMPTY)
        bench.silent = True
        await asyncio.sleep(3600)
        assert [type(report) for report in bench.reports] == [ScaleUp, ScaleDown]
        bench.silent = False
        await asyncio.sleep(1.9)
        assert isinstance(bench.reports[-1], ScaleUp)

    bench.play(acts)
    down = bench.reports[1]
    assert isinstance(down, ScaleDown)
    assert down.code == "silent"


def test_a_late_answer_is_never_taken_for_the_next_request() -> None:
    bench = Bench()

    async def acts() -> None:
        await bench.shows(b"S S 1500 g")
        bench.delay_s = 0.35  # later than the time-out: each answer comes when the next request is out
        await bench.shows(b"S S 9999 g", 60)
        bench.delay_s = 0.01
        await bench.shows(EMPTY, 3)

    bench.play(acts)
    assert bench.weights() == [1500]
    assert [type(report) for report in bench.reports] == [ScaleUp, StableWeight, ScaleDown, ScaleUp]


def test_an_answer_that_comes_twice_counts_once() -> None:
    bench = Bench()
    asked: list[int] = []

    def answer_twice(_: bytes) -> None:
        asked.append(1000 + 100 * len(asked))
        for delay_s in (0.01, 0.05):
            asyncio.get_running_loop().call_later(delay_s, bench.cable.send, b"S S %d g\r\n" % asked[-1])

    bench.cable.on_bytes = answer_twice
    bench.agree_readings = 1

    async def acts() -> None:
        await asyncio.sleep(1.03)

    bench.play(acts)
    assert bench.weights() == asked
    assert len(asked) > 8


def test_garbage_is_told_once_and_garbage_alone_gives_the_port_up() -> None:
    bench = Bench()

    async def acts() -> None:
        await bench.shows(EMPTY)
        await bench.shows(b"\x80\x91garbage", 0.1)
        await bench.shows(b"S S 1500 g")
        await bench.shows(b"\x80\x91garbage", 60)
        await bench.shows(b"S S 1500 g", 2)

    bench.play(acts)
    kinds = [type(report) for report in bench.reports]
    assert kinds[:3] == [ScaleUp, WeightUnusable, StableWeight]
    assert kinds.count(ScaleDown) == 1
    assert kinds[-2:] == [ScaleUp, StableWeight]
    assert set(bench.troubles()) == {Reason.GARBLED}
