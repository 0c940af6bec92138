"""Two cartons with one number, of which the verify gate alone has read one: both are held, whichever the line can name."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from controller.domain.reasons import Role
from controller.line.belt import RingKind
from controller.line.custody_events import CustodyEnded, CustodyMoved
from controller.line.events import CartonRemoved, ConfigLoaded
from tests.line.line_story import PROFILE, Story, s10

A = s10(10000001)
LIMIT_S = 600


def read_at_verify_alone(story: Story, track: int) -> None:
    """Nobody saw its label at the induct; it is on the belt behind the verify gate."""
    story.induct(track)
    story.gate(track, PROFILE.scan_zone, "")
    story.weigh(track, 2000)
    story.gate(track, PROFILE.verify_zone, A)


def named(story: Story, track: int) -> None:
    story.induct(track)
    story.gate(track, PROFILE.scan_zone, A)


def into_inspect(story: Story, track: int) -> None:
    story.decide(track)
    story.answer()
    story.divert(track, 1)


def begun() -> Story:
    story = Story()
    story.feed(ConfigLoaded(replace(PROFILE, rerun_limit_s=LIMIT_S), "cf" * 32, "test", "c5" * 32))
    story.ready(A)
    read_at_verify_alone(story, 1)
    return story


def held(story: Story) -> list[str]:
    return [hold.code for hold in story.state.holds.values() if hold.lifted_ms < 0]


@pytest.mark.parametrize("second", [named, read_at_verify_alone])
def test_a_number_that_comes_while_another_with_it_is_behind_the_verify_gate_holds_both(
    second: Callable[[Story, int], None],
) -> None:
    story = begun()
    second(story, 2)
    assert held(story) == ["duplicate"]
    (hold,) = story.state.holds.values()
    assert hold.cause == "read on track 1:2 and on track 1:1"
    for track in (1, 2):
        into_inspect(story, track)
        assert "duplicate" in story.codes(track)
    story.fetch(A)
    story.fetch(A)
    story.pass_to_decision(3, A)
    assert story.last(3).lane != "release", "nobody can say which of the two was fetched"


def test_both_are_held_whatever_was_ordered_before() -> None:
    story = begun()
    into_inspect(story, 1)
    story.fetch(A)
    story.wait(LIMIT_S * 1000 - 20_000)
    read_at_verify_alone(story, 2)
    story.wait(30_000)
    named(story, 3)
    assert held(story) == ["duplicate"], "it is no late re-run: two are on the belt at once"


@pytest.mark.parametrize("second", [named, read_at_verify_alone])
def test_a_number_that_comes_while_another_with_it_stands_in_a_lane_is_a_copy(second: Callable[[Story, int], None]) -> None:
    story = begun()
    into_inspect(story, 1)
    second(story, 2)
    assert held(story) == ["duplicate"]


def test_what_was_taken_from_its_lane_and_said_so_is_no_copy() -> None:
    story = begun()
    into_inspect(story, 1)
    story.fetch(A)
    read_at_verify_alone(story, 2)
    into_inspect(story, 2)
    assert not held(story), "it was not named on its second way either"
    story.pass_to_decision(3, A)
    assert story.last(3).lane == "release"
    assert not story.alarms()


def test_what_was_ordered_too_long_ago_is_held_for_that() -> None:
    story = begun()
    into_inspect(story, 1)
    story.fetch(A)
    story.wait(LIMIT_S * 1000)
    named(story, 2)
    assert held(story) == ["rerun_expired"]


@pytest.mark.parametrize("how", [RingKind.LOST, RingKind.REMOVED_BY_HAND])
def test_what_was_lost_sight_of_may_be_this_very_carton(how: RingKind) -> None:
    story = begun()
    story.ring(how, 1, 5)
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "release"
    assert not held(story)


def test_what_customs_handed_back_is_no_copy_of_its_own_way_before() -> None:
    story = begun()
    into_inspect(story, 1)
    story.feed(CartonRemoved(A, "open_box", "to be looked at"), Role.OPERATOR)
    story.feed(CustodyMoved(A, "C1"), Role.OFFICER, actor="li")
    story.feed(CustodyEnded(A, "nothing found"), Role.OFFICER, actor="wang")
    story.pass_to_decision(2, A)
    assert not held(story)


def test_another_number_behind_the_verify_gate_says_nothing_of_this_one() -> None:
    other = s10(10000002)
    story = Story()
    story.ready(A, other)
    read_at_verify_alone(story, 1)
    story.induct(2)
    story.gate(2, PROFILE.scan_zone, other)
    assert not held(story)
