"""What excuses a carton that went to inspection although nothing was wrong with it: only what a fault had to do with."""

from pathlib import Path
from typing import Any

import pytest

from controller.rehearsal.flow_checks import Window, is_stranger, kept_for_people
from simulators.oracle.journal_story import Row
from simulators.oracle.run import load_run
from tests.simulators.oracle_run import good_run

KEY = "50010001/EE353436935CN"
FAULT = Window(100.0, 120.0)


class Journal:
    """Rows as the checker wants them."""

    def __init__(self, *rows: Row) -> None:
        self.rows = rows
        self.journal = self


def verdict(at_s: float, word: str) -> Row:
    outcome: dict[str, Any] = {"findings": [{"subject": f"carton:{KEY}", "text": f"customs look: {word} by liu: as it shows"}]}
    return Row(1, int(at_s * 1000), "VerdictGiven", {"track": "1:353", "verdict": word}, "officer", outcome)


def read_twice(at_s: float) -> Row:
    alarm = {"code": "duplicate", "subject": f"carton:{KEY}"}
    return Row(1, int(at_s * 1000), "TimerFired", {}, "line", {"alarms": [alarm]})


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        (verdict(110.0, "open"), True),
        (verdict(110.0, "anomaly"), True),
        (verdict(110.0, "clear"), False),
        (verdict(150.0, "open"), False),
        (read_twice(110.0), True),
        (read_twice(150.0), False),
    ],
)
def test_a_word_that_keeps_a_carton_excuses_it_only_when_a_fault_was_at_work(row: Row, kept: bool) -> None:
    found = kept_for_people(Journal(row), [FAULT])  # type: ignore[arg-type]
    assert found == ({KEY} if kept else set())


@pytest.mark.parametrize(
    ("code", "begun_late", "stranger"),
    [("load_unknown", True, True), ("load_unknown", False, False), ("not_declared", True, False), ("wrong_load", False, True)],
)
def test_a_carton_of_a_truck_that_nobody_had_begun_to_unload_is_a_stranger(
    code: str, begun_late: bool, stranger: bool, tmp_path: Path
) -> None:
    run = good_run()
    (decision,) = run.decision_row("1:2")["outcome"]["decisions"]
    decision["blockers"] = [{"code": code, "subject": ""}]
    if begun_late:
        unloading = run.of("UnloadingStarted")
        run.rows.remove(unloading)
        run.rows.insert(run.rows.index(run.decision_row("1:2")), unloading)
    assert is_stranger(load_run(tmp_path, run.write(tmp_path)), "1:2") is stranger
