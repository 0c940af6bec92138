"""Emergency release entered afterwards 补录: two of customs, a mark for ever, and never a release that counts."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from controller.domain.reasons import Role
from controller.line.afterwards_events import EmergencyReleaseEntered, SampleReviewed
from controller.line.commands import Decide, PlcCommand
from controller.line.explain import View, why
from controller.line.reconciliation import accounts
from controller.line.state import decode_state, encode_state
from tests.line.line_story import Story, s10

A, B = s10(40000001), s10(40000002)


def entered(**changes: Any) -> EmergencyReleaseEntered:
    values: dict[str, Any] = {
        "began_utc": "2026-11-25T20:00:00Z", "ended_utc": "2026-11-25T21:30:00Z", "count": 3, "codes": (A,), "cause": "power cut",
        "second": "ke", "second_role": "section_chief",
    }  # fmt: skip
    return EmergencyReleaseEntered(**(values | changes))


def enter(line: Story, event: EmergencyReleaseEntered, role: Role = Role.OFFICER) -> list[str]:
    return [one.code for one in line.feed(event, role=role, actor="zhang").refusals]


def test_it_moves_nothing_and_a_carton_with_its_number_is_inspected() -> None:
    line = Story()
    line.ready(A, B)
    assert enter(line, entered()) == []
    assert not [one for one in line.outcomes[-1].commands if isinstance(one, Decide | PlcCommand)]
    assert line.outcomes[-1].decisions == ()
    line.wait(6000)
    line.pass_to_decision(1, A)
    assert line.last(1).lane == "inspect"
    assert "emergency_released" in line.codes(1)
    line.pass_to_decision(2, B)
    assert line.last(2).lane == "release", "a carton that nobody entered goes its way"


def test_the_mark_stands_in_why_for_both_and_who_it_was_for_customs_alone() -> None:
    line = Story()
    line.ready(A)
    enter(line, entered())
    for view in View:
        (told,) = why(line.state, A, view)
        assert any("应急放行补录" in fact.text for fact in told.facts)
        assert "zhang" not in str(msgspec.to_builtins(told))
        assert told.place == "emergency release"
    line.pass_to_decision(1, A)
    (told,) = why(line.state, A, View.COMPANY)
    assert any("应急放行补录" in fact.text for fact in told.facts), "also after it was on the belt"
    assert line.state.facts.emergency_released == 3, "also those whose label nobody wrote down"
    assert [(one.released, one.held) for one in accounts(line.state)] == [(0, 1)]
    again = decode_state(encode_state(line.state))
    assert again.cartons == line.state.cartons


def done(line: Story) -> None:
    line.pass_to_decision(1, A)
    line.answer()
    line.divert(1, 3)


@pytest.mark.parametrize(
    ("changes", "role", "before", "code"),
    [
        ({}, Role.SHIFT_LEAD, None, "role_not_allowed"),
        ({"second_role": "operator"}, Role.OFFICER, None, "role_not_allowed"),
        ({"second": ""}, Role.OFFICER, None, "second_person_missing"),
        ({"second": "zhang"}, Role.OFFICER, None, "second_person_missing"),
        ({"count": 0}, Role.OFFICER, None, "emergency_not_valid"),
        ({"count": 1, "codes": (A, B)}, Role.OFFICER, None, "emergency_not_valid"),
        ({"cause": ""}, Role.OFFICER, None, "emergency_not_valid"),
        ({}, Role.OFFICER, done, "emergency_not_needed"),
    ],
)  # fmt: skip
def test_what_is_not_right_is_not_entered_at_all(
    changes: dict[str, Any], role: Role, before: Callable[[Story], None] | None, code: str
) -> None:
    line = Story()
    line.ready(A, B)
    line.wait(6000)
    if before is not None:
        before(line)
    held = len(line.state.holds)
    assert enter(line, entered(**changes), role) == [code]
    assert (line.state.facts.emergency_released, len(line.state.holds)) == (0, held)


def test_a_second_look_is_another_persons_and_changes_nothing() -> None:
    line = Story()
    line.ready(A)
    key = next(iter(line.state.cartons))
    before = encode_state(line.state)

    def look(first: str, role: Role = Role.OFFICER) -> list[str]:
        outcome = line.feed(SampleReviewed("1:1", "aa", key, "open", "a knife", first), role=role, actor="zhao")
        return [one.code for one in outcome.refusals]

    assert look("zhang") == []
    assert "second look by zhao: open" in line.outcomes[-1].findings[0].text
    assert encode_state(line.state) == before
    assert look("zhao") == ["same_officer"]
    assert look("zhang", Role.CUSTOMS_AUDITOR) == ["role_not_allowed"]
