"""What the line finds must be held: an alarm without its hold is found, and the same thing again needs no second hold."""

import hashlib
from typing import Any

import pytest

from simulators.oracle.holds import Holds
from simulators.oracle.journal_story import Row

CAUSE = "track 1:28 bears a release that the journal does not have"


def found_again(code: str = "foreign_release", cause: str = CAUSE, subject: str = "line") -> Row:
    return Row(3, 3000, "PlcSynced", {}, "plc", {"alarms": [{"code": code, "subject": subject, "detail": cause}]})


def held(scope: str = "line:line", cause: str = CAUSE) -> Row:
    finding = {"subject": scope, "text": f"hold L7 foreign_release by line: {cause}"}
    alarm = {"code": "foreign_release", "subject": "line", "detail": cause}
    return Row(1, 1000, "PlcSynced", {}, "plc", {"alarms": [alarm], "findings": [finding]})


def lifted(**other: str) -> Row:
    meant = {"scope": "line", "target": "line", "code": "foreign_release"} | other
    return Row(2, 2000, "HoldLifted", {"hold_id": "L7", **meant}, "officer", {})


def said(*rows: Row) -> list[str]:
    holds = Holds()
    for row in rows:
        holds.take(row)
    return [breach.what for breach in holds.breaches]


def test_the_same_thing_again_needs_no_second_hold_while_the_first_is_open() -> None:
    assert said(held(), found_again()) == []


def test_a_word_that_names_the_hold_it_lifts_is_no_breach() -> None:
    assert said(held(), lifted()) == []


@pytest.mark.parametrize(
    "other",
    [
        {"scope": "carton"},
        {"target": "EMS/1"},
        {"code": "core_fault"},
        {"scope": "", "target": "", "code": ""},
        {"held_for": "another cause"},
    ],
)
def test_a_hold_lifted_by_a_word_that_meant_another_is_found(other: dict[str, str]) -> None:
    (what,) = said(held(), lifted(**other))
    assert what == "row 2: hold L7 (foreign_release on line) was lifted by a word that did not mean it"


def test_of_a_long_cause_a_lift_says_how_it_begins_and_a_mark_of_the_whole() -> None:
    long = CAUSE * 20
    mark = hashlib.sha256(long.encode()).hexdigest()[:12]
    assert said(held(cause=long), lifted(held_for=f"{long[:500]} ({mark})")) == []
    assert said(held(cause=long + "!"), lifted(held_for=f"{long[:500]} ({mark})")) != []
    assert said(held(), lifted(held_for=CAUSE[:30])) != []


@pytest.mark.parametrize(
    "rows",
    [
        (found_again(),),
        (held(), lifted(), found_again()),
        (held(), found_again(cause="track 1:29 bears a release that the journal does not have")),
        (held(), found_again(code="core_fault")),
        (held(), found_again(subject="carton:EMS/1")),
        (held(scope="carton:EMS/1"), found_again()),
    ],
)
def test_an_alarm_that_no_open_hold_of_the_line_stands_for_is_found(rows: tuple[Any, ...]) -> None:
    (what,) = said(*rows)
    assert what.startswith("row 3 raises")
