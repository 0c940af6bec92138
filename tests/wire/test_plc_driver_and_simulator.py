"""Driver and PLC simulator, written apart from the same contract, on a TCP connection of their own."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable

import pytest

from drivers.plc.driver import Cil1Driver
from drivers.plc.reports import (
    CommandResult,
    DecisionResult,
    EpochWanted,
    LinkLost,
    LinkUp,
    PlcReport,
    RingEvents,
    SessionRefused,
    Synced,
)
from drivers.plc.settings import Cil1Settings
from drivers.plc.vocabulary import Command, DivertReason, EventKind, HostFlag, Lane, PlcFlag, Result
from simulators.plant import Carton
from simulators.plc.config import PlcConfig
from simulators.plc.line_simulator import LineSimulator

pytestmark = pytest.mark.wire


class Host:
    """A driver and the least that a daemon does with it: acknowledge, count sequences, become ready."""

    def __init__(self, port: int, seed: int = 3) -> None:
        self.reports: list[PlcReport] = []
        self.driver = Cil1Driver(Cil1Settings(host="127.0.0.1", port=port), random.Random(seed), self._take)
        self.seq = 0
        self.synced: Synced | None = None
        self.task = asyncio.create_task(self.driver.run())

    def _take(self, report: PlcReport) -> None:
        self.reports.append(report)
        if isinstance(report, Synced):
            self.synced = report
            self.seq = max(self.seq, report.last_command_seq, report.last_decision_seq)
        if isinstance(report, RingEvents):
            last = report.records[-1]
            self.driver.acknowledge(last.epoch, last.seq)

    def events(self, kind: EventKind) -> list[tuple[int, int, int]]:
        records = (r for e in self.reports if isinstance(e, RingEvents) for r in e.records)
        return [(r.track_id, r.arg1, r.arg2) for r in records if r.kind == kind]

    async def until(self, condition: Callable[[], object], seconds: float = 10.0) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                assert not self.task.done(), self.task
                await asyncio.sleep(0.02)

    async def sync(self) -> Synced:
        def pictures() -> list[Synced]:
            return [report for report in self.reports if isinstance(report, Synced)]

        known = len(pictures())
        await self.until(lambda: len(pictures()) > known)
        synced = pictures()[-1]
        self.driver.set_ready(True, synced.sync_number)
        self.driver.set_outputs(outputs=HostFlag.LAMP_GREEN, pass_mask=0xFFFF)
        return synced

    async def command(self, code: Command) -> Result:
        assert self.synced is not None
        self.seq += 1
        seq = self.seq
        self.driver.command(code=code, epoch=self.synced.epoch, seq=seq)

        def answers() -> list[Result]:
            return [e.result for e in self.reports if isinstance(e, CommandResult) and e.seq == seq]

        await self.until(answers)
        return answers()[0]

    def decide(self, track_id: int, lane: Lane) -> None:
        assert self.synced is not None
        self.seq += 1
        self.driver.decide(epoch=self.synced.epoch, track_id=track_id, lane=lane, flags=0, ttl_100ms=300, seq=self.seq)

    async def close(self) -> None:
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task


class Line:
    """A simulated line that follows the loop's clock."""

    def __init__(self, config: PlcConfig | None = None) -> None:
        self.sim = LineSimulator(rng=random.Random(5), config=config)
        self.task: asyncio.Task[None] | None = None
        self.port = 0

    async def start(self) -> None:
        self.port = (await self.sim.serve()).port
        self.task = asyncio.create_task(self.sim.run())

    async def close(self) -> None:
        if self.task:
            self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.task
        await self.sim.close()


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    line = Line()
    await line.start()
    yield line
    await line.close()


async def test_a_carton_is_inducted_decided_and_confirmed_in_the_release_lane(line: Line) -> None:
    host = Host(line.port)
    await host.sync()
    assert await host.command(Command.RESUME) is Result.ACCEPTED
    assert await host.command(Command.START) is Result.ACCEPTED
    await host.until(lambda: host.driver.status and PlcFlag.RUNNING in host.driver.status.flags)
    line.sim.plant.place(Carton(carton_no=1, length_mm=400, weight_g=2000), -200)
    await host.until(lambda: host.events(EventKind.INDUCT))
    ((track_id, _, _),) = host.events(EventKind.INDUCT)
    host.decide(track_id, Lane.RELEASE)
    await host.until(lambda: any(isinstance(e, DecisionResult) for e in host.reports))
    result = next(e for e in host.reports if isinstance(e, DecisionResult))
    assert result.result is Result.ACCEPTED
    await host.until(lambda: host.events(EventKind.DIVERTED), 30)
    assert host.events(EventKind.DIVERTED) == [(track_id, Lane.RELEASE, DivertReason.DECISION)]
    assert not any(isinstance(e, LinkLost) for e in host.reports)
    await host.until(lambda: host.driver.status and host.driver.status.evt_ack_echo == host.driver.status.evt_head)
    await host.close()


async def test_a_plc_restart_gives_a_new_epoch_and_a_stop_is_heard(line: Line) -> None:
    host = Host(line.port)
    first = await host.sync()
    began = asyncio.get_running_loop().time()
    line.sim.restart_plc(200)
    second = await host.sync()
    assert asyncio.get_running_loop().time() - began < 5
    assert second.epoch == first.epoch + 1
    assert second.boot_nonce != first.boot_nonce
    assert sum(isinstance(e, LinkUp) for e in host.reports) == 2
    assert await host.command(Command.STOP) is Result.ACCEPTED
    await host.close()


async def test_a_plc_without_memory_gets_an_epoch() -> None:
    line = Line(PlcConfig(retentive=False))
    await line.start()
    host = Host(line.port)
    await host.until(lambda: any(isinstance(e, EpochWanted) for e in host.reports))
    wanted = next(e for e in host.reports if isinstance(e, EpochWanted))
    host.driver.command(code=Command.PROPOSE_EPOCH, epoch=77, arg1=77, arg2=wanted.boot_nonce, seq=1)
    assert (await host.sync()).epoch == 77
    await host.close()
    await line.close()


async def test_a_second_controller_is_refused_and_the_first_keeps_its_session(line: Line) -> None:
    first = Host(line.port)
    session = (await first.sync()).session
    second = Host(line.port, seed=4)
    await second.until(lambda: any(isinstance(e, SessionRefused) for e in second.reports))
    refusal = next(e for e in second.reports if isinstance(e, SessionRefused))
    assert refusal.code == "other_host"
    assert not any(isinstance(e, Synced) for e in second.reports)
    assert (await first.sync()).session == session
    await second.close()
    assert not first.task.done()
    await first.close()
