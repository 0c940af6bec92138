"""The PLC driver against a Modbus server that nobody of this project wrote: libmodbus, in C."""

import asyncio
import contextlib
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.plc.driver import Cil1Driver
from drivers.plc.reports import DecisionResult, LinkUp, PlcReport, RingEvents, Synced
from drivers.plc.settings import Cil1Settings
from drivers.plc.vocabulary import Lane, Result
from tests.wire.libmodbus_build import build, needs_libmodbus

pytestmark = pytest.mark.wire

SOURCE = Path(__file__).parent / "libmodbus" / "serve_cil1.c"


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


@needs_libmodbus
async def test_the_driver_syncs_with_a_libmodbus_plc_and_gets_a_release_accepted(tmp_path: Path) -> None:
    program = await asyncio.to_thread(build, SOURCE, tmp_path)
    server = await asyncio.create_subprocess_exec(program, stdout=asyncio.subprocess.PIPE)
    reports: list[PlcReport] = []
    task: asyncio.Task[None] | None = None
    try:
        assert server.stdout is not None
        port = int(await server.stdout.readline())
        driver = Cil1Driver(Cil1Settings(host="127.0.0.1", port=port, poll_ms=20), random.Random(7), reports.append)
        task = asyncio.create_task(driver.run())
        await until(lambda: any(isinstance(report, Synced) for report in reports))
        synced = next(report for report in reports if isinstance(report, Synced))
        assert (synced.epoch, synced.boot_nonce) == (7, 0x0B01)
        assert 101 <= synced.session <= 1100, "serially later than the session echo of 100"
        assert [row.track_id for row in synced.table] == [300]
        assert [r.track_id for e in reports if isinstance(e, RingEvents) for r in e.records] == [300]
        driver.set_ready(True, synced.sync_number)
        driver.acknowledge(7, 1)
        for track_id, seq in ((300, 1), (301, 2)):
            driver.decide(epoch=7, track_id=track_id, lane=Lane.RELEASE, flags=0, ttl_100ms=100, seq=seq)
        await until(lambda: sum(isinstance(report, DecisionResult) for report in reports) == 2)
        results = {e.track_id: e.result for e in reports if isinstance(e, DecisionResult)}
        assert results == {300: Result.ACCEPTED, 301: Result.UNKNOWN_ID}
        await until(lambda: driver.status and driver.status.evt_ack_echo == 1)
        assert sum(isinstance(report, LinkUp) for report in reports) == 1
    finally:
        if task:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        server.kill()
        await server.wait()
