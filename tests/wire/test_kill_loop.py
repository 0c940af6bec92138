"""kill -9 at 25 points of a working line: every carton accounted for, nothing released undecided, nothing acknowledged lost.

Real processes, TCP, ptys and files; the oracle judges from the plant's log, the wire log and the journal alone.
"""

import asyncio
import json
import random
from pathlib import Path

import pytest

from simulators.oracle.judging import judge
from simulators.plant.cartons import Carton
from tests.line.line_story import CARRIER, s10
from tests.wire.line_bench import INSPECT, RELEASE, DaemonProcess, LineBench, line_bench

pytestmark = [pytest.mark.wire, pytest.mark.kill, pytest.mark.fast_clock]

CARTONS = 60
KILLS = 25
SEED = 20261123


class Worker:
    """Puts cartons on the infeed every two seconds, and again whatever came out at inspection, scanned for its re-run."""

    def __init__(self, bench: LineBench, daemon: DaemonProcess, numbers: list[str]) -> None:
        self.bench = bench
        self.daemon = daemon
        self.waiting: list[Carton] = []
        for number, code in enumerate(numbers, start=1):
            carton = bench.carton(number, code)
            self.waiting.append(carton)

    async def work(self) -> None:
        while True:
            inspected = self.bench.sim.plant.lanes[INSPECT]
            if self.waiting and self.bench.sim.plant.free_at(-600, 900):
                self.bench.sim.plant.place(self.waiting.pop(0), -600)
            elif inspected and not self.waiting:
                carton = self.bench.sim.plant.take_from_lane(INSPECT)
                while not (await self.daemon.act("rerun", code=carton.labels[0].text))["ok"]:
                    await asyncio.sleep(1)  # a person scans again when the screen is back
                self.waiting.append(carton)
            await asyncio.sleep(2)


async def kill_again_and_again(bench: LineBench, daemon: DaemonProcess, rng: random.Random) -> None:
    for _ in range(KILLS):
        await asyncio.sleep(rng.uniform(0.5, 9))
        await daemon.kill()
        await asyncio.sleep(rng.uniform(0, 2))
        await daemon.start()
        if rng.random() < 0.7:
            await bench.until(daemon.ready, 60)


async def test_no_kill_releases_loses_or_forges_anything(tmp_path: Path) -> None:
    numbers = [s10(40000000 + n) for n in range(CARTONS)]
    async with line_bench(tmp_path) as bench:
        daemon = bench.daemon()
        await daemon.start()
        await bench.running(daemon)
        await bench.papers(daemon, *numbers)
        worker = Worker(bench, daemon, numbers)
        working = asyncio.create_task(worker.work())
        try:
            await kill_again_and_again(bench, daemon, random.Random(SEED))
            await bench.until(daemon.ready, 60)
            await bench.until(lambda: len(bench.sim.plant.lanes[RELEASE]) == CARTONS, 400)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
        assert await daemon.stop() == 0, daemon.log()
    truth = {
        str(n): {"declared": True, "list_key": f"{CARRIER}/{code}", "status": "800", "ordinary": True, "label": code,
                 "load_id": "L1"}
        for n, code in enumerate(numbers, start=1)
    }  # fmt: skip
    (tmp_path / "expected.json").write_text(json.dumps({"cartons": truth, "scenes": []}))
    verdict = judge(tmp_path, daemon.home / "journal" / "journal.sqlite")
    assert verdict.breaches == ()
    assert verdict.journal_verified
    assert verdict.cartons == CARTONS
    assert verdict.released == CARTONS
    assert verdict.unaccounted == 0
    assert verdict.release_without_decision == 0
