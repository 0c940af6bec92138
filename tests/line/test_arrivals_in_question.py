"""Customs is told that a list has arrived when it is known which cartons it has: not while papers contradict each other."""

import msgspec
import pytest

from controller.domain.arrivals import Arrival
from controller.domain.reasons import Role
from controller.line.holds import lifting
from tests.line.line_story import PROFILE, Story, declared, s10
from tests.line.test_contradictory_papers import held, key, lifts, notice

A, B, L = s10(10000001), s10(10000002), s10(10000009)


def told(story: Story) -> list[str]:
    """The lists that customs was told of."""
    bodies = [m.body for o in story.outcomes for m in o.messages if m.kind == "arrival"]
    return [one.logistics_no for body in bodies for one in msgspec.json.decode(body, type=Arrival).lists]


def scans(story: Story, track: int, code: str) -> None:
    story.induct(track)
    story.gate(track, PROFILE.scan_zone, code)


def lift(story: Story, list_no: str, role: Role = Role.OFFICER) -> None:
    hold = next(one for one in story.state.holds.values() if one.target == key(list_no) and one.lifted_ms < 0)
    story.feed(lifting(hold, "settled"), role, "zhang")


@pytest.mark.parametrize("when", ["before the scan", "while it waits to be told"])
def test_a_list_under_a_contradiction_is_told_when_customs_has_settled_it_and_once(when: str) -> None:
    story = Story()
    story.ready(A)
    if when == "before the scan":
        story.manifest(declared(A, gross_g=2001))
    scans(story, 1, A)
    story.manifest(declared(A, gross_g=2001))
    story.wait(200_000)
    assert held(story) == [("declaration_conflict", "list", key(A))]
    assert told(story) == []
    lift(story, A, Role.SHIFT_LEAD)
    story.wait(200_000)
    assert told(story) == []
    lift(story, A)
    story.wait(200_000)
    assert told(story) == [A]
    story.manifest(declared(A, gross_g=2002))
    lifts(story)
    story.wait(200_000)
    assert told(story) == [A]


def test_of_two_lists_with_one_carton_that_which_it_is_of_is_told_when_both_are_settled() -> None:
    story = Story()
    story.manifest(declared(L))
    story.load("L1", (A, L, 1, 1))
    story.manifest(declared(A))
    scans(story, 1, A)
    story.wait(200_000)
    assert {one[2] for one in held(story)} == {key(A), key(L)}
    for first in (L, A):
        assert told(story) == []
        lift(story, first)
        story.wait(200_000)
    assert told(story) == [L]


def test_a_list_that_is_whole_no_more_when_its_time_comes_is_told_when_it_is() -> None:
    story = Story()
    story.ready(A)
    scans(story, 1, A)
    story.manifest(declared(A, pack_no=2, app_type="2", app_time="20261123090000"))
    story.wait(200_000)
    assert told(story) == []
    story.manifest(declared(A, pack_no=1, app_type="2", app_time="20261123091000"))
    story.wait(200_000)
    assert told(story) == [A]


def test_a_list_that_was_deleted_while_it_waited_and_is_declared_again_is_told() -> None:
    story = Story()
    story.ready(A)
    scans(story, 1, A)
    story.manifest(declared(A, app_type="3", app_time="20261123090000"))
    story.wait(200_000)
    assert told(story) == []
    story.manifest(declared(A, app_type="1", app_time="20261123091000"))
    story.wait(200_000)
    assert told(story) == [A]
    assert not notice(story, "L1", (A, A, 1, 1)).messages
