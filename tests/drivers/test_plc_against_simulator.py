"""The PLC driver against the simulated PLC in virtual time: what a reply says was true when it was read, not when it came."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import pytest

from drivers.plc.driver import Cil1Driver
from drivers.plc.reports import LinkLost, PlcFrozen, PlcReport, Synced
from drivers.plc.settings import Cil1Settings
from simulators.plc.config import PlcConfig
from simulators.plc.line_simulator import LineSimulator

pytestmark = pytest.mark.virtual

T_report = TypeVar("T_report")


class Bench:
    """A driver that waits long for a reply, on a PLC that counts as slowly as the contract lets it."""

    def __init__(self) -> None:
        self.sim = LineSimulator(rng=random.Random(1), config=PlcConfig(heartbeat_ms=500))
        self.reports: list[PlcReport] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        server = await self.sim.serve()
        settings = Cil1Settings(host="127.0.0.1", port=server.port, poll_ms=100, timeout_ms=2000)
        driver = Cil1Driver(settings, random.Random(2), self.reports.append)
        self._tasks = [asyncio.create_task(self.sim.run()), asyncio.create_task(driver.run())]
        await self.until(lambda: self.all(Synced))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self.sim.close()

    def all(self, kind: type[T_report]) -> list[T_report]:
        return [report for report in self.reports if isinstance(report, kind)]

    async def until(self, true: Callable[[], object], within_s: float = 20) -> None:
        async with asyncio.timeout(within_s):
            while not true():
                await asyncio.sleep(0.005)

    async def counted(self) -> None:
        """Until the PLC has just counted on."""
        before = self.sim.program.memory.heartbeat
        await self.until(lambda: self.sim.program.memory.heartbeat != before)

    def late(self, delay_ms: int) -> None:
        assert self.sim.server is not None
        self.sim.server.faults.delay_ms = delay_ms


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    await bench.start()
    yield bench
    await bench.close()


@pytest.mark.parametrize("delay_ms", [700, 900, 1500])
async def test_a_reply_that_comes_late_does_not_tell_that_a_running_plc_stands(bench: Bench, delay_ms: int) -> None:
    """It was read 0.3 s to 0.5 s after the count had moved, and says nothing of the time that it was on its way."""
    for after_s in (0.25, 0.3, 0.35, 0.4, 0.45):
        await bench.counted()
        await asyncio.sleep(after_s)
        bench.late(delay_ms)
        await asyncio.sleep(0.1)
        bench.late(0)
        await asyncio.sleep(3)
    assert bench.all(PlcFrozen) == []
    assert bench.all(LinkLost) == []


@pytest.mark.parametrize("delay_ms", [0, 200, 450])
async def test_a_plc_that_stands_is_told_however_late_its_replies_are(bench: Bench, delay_ms: int) -> None:
    """A second, a poll that was on its way at its end, and the poll that tells it; a poll asks twice."""
    bench.late(delay_ms)
    await asyncio.sleep(3)
    await bench.counted()
    bench.sim.program.faults.freeze_heartbeat = True
    stood_s = asyncio.get_running_loop().time()
    await bench.until(lambda: bench.all(PlcFrozen))
    told_s = bench.all(PlcFrozen)[0].at_s - stood_s
    poll_s = max(0.1, 2 * delay_ms / 1000)
    assert 1.0 <= told_s <= max(1.0, 3 * poll_s) + 2 * poll_s + 0.1
    assert bench.all(PlcFrozen)[0].unchanged_ms >= 1000
