"""The oracle knows what is kept in custody, and who may take it out."""

from pathlib import Path
from typing import Any

import pytest

from tests.simulators.oracle_run import A, MadeRun, good_run


def kept(run: MadeRun, *, refused: bool = False) -> None:
    """Carton 1 was scanned onto a shelf before its way over the belt."""
    refusals = [{"code": "on_belt", "subject": "carton:x"}] if refused else []
    event = {"type": "CustodyMoved", "code": A, "place": "shelf A"}
    run.before(run.of("PlcSynced"), event, "operator", refusals=refusals)


def ended(run: MadeRun, role: str, **outcome: Any) -> None:
    run.before(run.of("PlcSynced"), {"type": "CustodyEnded", "code": A, "cause": "it may go on"}, role, **outcome)


def told(run: MadeRun, home: Path) -> list[str]:
    return [f"{breach.invariant} {breach.what}" for breach in run.judged(home).breaches]


def test_what_is_kept_is_released_by_nobody(tmp_path: Path) -> None:
    run = good_run()
    kept(run)
    assert [one for one in told(run, tmp_path) if one.startswith("I2") and "in custody at shelf A" in one]


@pytest.mark.parametrize("role", ["officer", "section_chief"])
def test_what_customs_took_out_may_go_on(role: str, tmp_path: Path) -> None:
    run = good_run()
    kept(run)
    ended(run, role)
    assert told(run, tmp_path) == []


def test_a_move_that_was_refused_keeps_nothing(tmp_path: Path) -> None:
    run = good_run()
    kept(run, refused=True)
    assert told(run, tmp_path) == []


def test_the_company_takes_nothing_out(tmp_path: Path) -> None:
    run = good_run()
    kept(run)
    ended(run, "operator")
    assert [one for one in told(run, tmp_path) if one.startswith("I5") and "out of custody" in one]


def test_an_end_that_was_refused_ends_nothing(tmp_path: Path) -> None:
    run = good_run()
    kept(run)
    ended(run, "operator", refusals=[{"code": "role_not_allowed", "subject": A}])
    found = told(run, tmp_path)
    assert not [one for one in found if one.startswith("I5")]
    assert [one for one in found if "in custody at shelf A" in one]
