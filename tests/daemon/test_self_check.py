"""The checks that stay on: what they find, and that nothing permissive leaves then and the line is held."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from controller.daemon import core_loop
from controller.daemon.invariants import SelfCheck, landed
from controller.domain.reasons import CATALOGUE, Blocker, Role
from controller.line.apply import apply
from controller.line.commands import Decide, Decision, Outcome, PlcCommand
from controller.line.events import DaemonStopping, Stamped, TimerFired
from controller.line.state import LineState
from controller.records.errors import JournalDead
from tests.daemon.test_core_loop import bench, turn


def stamped(line_ms: int = 1000) -> Stamped:
    return Stamped(line_ms, "2026-11-23T00:00:00Z", False, "line", Role.LINE, TimerFired("x"))


def release(seq: int, *, track: int = 1, blockers: Sequence[Blocker] = (), decided_seq: int | None = None) -> Outcome:
    decision = Decision("1:1", "c", "release", 3, tuple(blockers), (), seq if decided_seq is None else decided_seq)
    return Outcome((decision,), (Decide(1, track, 3, True, 0, 90, seq),))


def test_what_a_right_core_does_passes() -> None:
    check = SelfCheck()
    assert check.outcome(stamped(), release(65_535)) is None
    assert check.outcome(stamped(), release(1)) is None  # the counter wrapped
    assert check.outcome(stamped(1001), Outcome(commands=(PlcCommand(2, 1, 0, 0, 9), PlcCommand(3, 1, 0, 0, 10)))) is None


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (release(5, blockers=[Blocker("no_read", "passage:1:1")]), "release"),
        (release(5, track=2), "release"),
        (release(5, decided_seq=4), "release"),
        (Outcome(commands=(Decide(1, 1, 3, True, 0, 90, 5),)), "release"),
        (release(3), "sequence"),
        (release(2), "sequence"),
        (Outcome(commands=(PlcCommand(2, 1, 0, 0, 3),)), "sequence"),
    ],
)
def test_what_must_not_be_is_found(outcome: Outcome, code: str) -> None:
    check = SelfCheck()
    check.outcome(stamped(), msgspec.structs.replace(release(3), commands=(PlcCommand(2, 1, 0, 0, 3),)))
    found = check.outcome(stamped(), outcome)
    assert found is not None
    assert found.code == code


def test_line_time_that_goes_back_is_found() -> None:
    check = SelfCheck()
    check.outcome(stamped(1000), Outcome())
    found = check.outcome(stamped(999), Outcome())
    assert found is not None
    assert found.code == "line_time"


def test_rows_that_did_not_land_where_they_belong() -> None:
    assert landed(10, 12, 2) is None
    assert landed(10, 11, 2) is not None
    assert landed(10, 13, 2) is not None


async def test_a_release_that_nothing_allows_never_leaves_and_holds_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def spoiled(state: LineState, event: Stamped) -> Outcome:
        outcome = apply(state, event)
        blocked = (Blocker("no_read", "passage:1:1"),)
        decisions = tuple(msgspec.structs.replace(d, blockers=blocked) if not d.blockers else d for d in outcome.decisions)
        return msgspec.structs.replace(outcome, decisions=decisions)

    monkeypatch.setattr(core_loop, "apply", spoiled)
    async with bench() as on:
        on.carton_waits()
        on.disk.let_through.set()
        on.core.post(on.want_decision())
        await turn(10)
        assert on.wire.decisions() == [False]
        held = [hold.code for hold in on.core.state.holds.values() if hold.scope == "line"]
        assert held == ["self_check_failed"]
        assert [row.kind for row in on.disk.rows] == ["RingEvent", "SelfCheckFailed"]
        assert "self_check_failed" in CATALOGUE


async def test_whoever_waits_for_a_row_that_lies_elsewhere_hears_that_the_journal_is_dead() -> None:
    """Else a daemon that starts on it would wait for ever instead of ending."""
    async with bench() as on:
        on.core.journal_seq = 7
        on.disk.let_through.set()
        with pytest.raises(JournalDead):
            async with asyncio.timeout(5):
                await on.core.submit(DaemonStopping("test"), actor="x", role=Role.LINE)
        assert on.wire.failed_safe
