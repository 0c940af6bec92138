"""The oracle over runs of the real daemon on a virtual clock: silent when it is right, loud when it releases everything."""

import asyncio
import json
from pathlib import Path

import pytest

from controller.domain.reasons import Blocker
from controller.line import routing
from controller.line.state import Draft, Passage
from simulators.oracle import Verdict, judge
from simulators.oracle.judging import CHECKERS
from simulators.oracle.run import load_run
from simulators.oracle.walking import found_by
from tests.daemon.test_one_carton import papers, running
from tests.daemon.virtual_line import VirtualLine, virtual_line
from tests.line.line_story import s10

pytestmark = pytest.mark.virtual

A, B, C, D = (s10(10000001 + number) for number in range(4))


def judged(line: VirtualLine) -> Verdict:
    """Write the logs as the simulator process does, then judge the files."""
    home = line.home
    for name, log in (("plant", line.sim.log), ("wire", line.sim.wire_log)):
        (home / f"{name}.jsonl").write_text("".join(json.dumps(fact) + "\n" for fact in log))
    declared = {"1": A, "2": B, "3": C, "4": D}
    cartons = {
        number: {"label": label, "declared": label != B, "ordinary": label in (A, D)} for number, label in declared.items()
    }
    (home / "expected.json").write_text(json.dumps({"cartons": cartons, "scenes": []}))
    return judge(home, home / "journal" / "journal.sqlite")


async def a_short_day(line: VirtualLine) -> None:
    """A good carton, one on no list, one too heavy, a restart of the daemon, and a good carton."""
    await running(line)
    await papers(line, A, C, D)
    line.place(1, A)
    await asyncio.sleep(2)
    line.place(2, B)
    await asyncio.sleep(2)
    line.place(3, C, weight_g=3000)
    await line.emptied()
    await line.stop_daemon()
    await line.start_daemon()
    await running(line)
    line.place(4, D)
    await line.emptied()


async def test_the_real_daemon_breaks_nothing(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await a_short_day(line)
    verdict = judged(line)
    assert verdict.breaches == ()
    assert (verdict.released, verdict.inspected, verdict.anomaly) == (2, 1, 1)
    assert verdict.journal_verified
    assert verdict.journal_events > 50
    assert (verdict.ordinary, verdict.ordinary_to_default) == (2, 0)


async def test_a_daemon_that_releases_everything_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing_blocks(draft: Draft, passage: Passage) -> tuple[Blocker, ...]:
        return ()

    monkeypatch.setattr(routing, "release_blockers", nothing_blocks)
    async with virtual_line(tmp_path) as line:
        await a_short_day(line)
    verdict = judged(line)
    run = load_run(tmp_path, tmp_path / "journal" / "journal.sqlite")
    # All walk through the journal together, and each finds what it finds alone.
    assert found_by(run, CHECKERS)[0] == [breach for check in CHECKERS for breach in found_by(run, [check])[0]]
    assert {breach.carton_no for breach in verdict.breaches} >= {"2", "3"}
    assert {breach.invariant for breach in verdict.breaches} >= {"I1", "I2"}
    assert "1" not in {breach.carton_no for breach in verdict.breaches}


async def test_a_release_that_nobody_decided_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The diverter is stuck in the release position and its feedback lies: the plant does what nobody ordered."""
    async with virtual_line(tmp_path) as line:
        await running(line)
        await papers(line, A)
        diverter = line.sim.plant.diverter
        diverter.blocked, diverter.position, diverter.moving_to = True, 3, 3
        monkeypatch.setattr(line.sim.field, "diverter_at", lambda lane: True)
        line.place(2, B)
        await asyncio.sleep(30)
    verdict = judged(line)
    assert verdict.release_without_decision == 1
    assert [breach.carton_no for breach in verdict.breaches if breach.invariant == "I3"] == ["2"]
