"""A re-run ordered for a carton that the line knows to be elsewhere is refused, or a copy would pass as that carton."""

import pytest

from controller.domain.reasons import Role
from controller.domain.sentences import recognised
from controller.line.belt import RingKind
from controller.line.commands import Outcome
from controller.line.custody_events import CustodyEnded, CustodyMoved
from controller.line.events import RerunOrdered
from controller.line.plc_events import PlcLost
from tests.line.departure_story import BOX, Departure
from tests.line.line_story import PROFILE, Story, s10
from tests.line.recheck_story import Bench

A, B = s10(10000001), s10(10000002)


def code_of(outcome: Outcome) -> str:
    """The refusal, which a screen can tell in Chinese."""
    if not outcome.refusals:
        return ""
    (refusal,) = outcome.refusals
    assert recognised(refusal.cause) is not None
    assert recognised(refusal.next_step) is not None
    return refusal.code


def on_the_belt_by_name() -> Story:
    story = Story()
    story.ready(A)
    story.induct(1)
    story.gate(1, PROFILE.scan_zone, A)
    assert story.passage(1).carton
    return story


def goes_to_inspect(story: Story, track: int) -> None:
    """Its label was not read at the verify gate."""
    story.weigh(track, 2000)
    story.gate(track, PROFILE.verify_zone)
    story.decide(track)
    story.answer()
    story.divert(track, 1)


@pytest.mark.parametrize("track", ["", "1:9"])
def test_what_bears_the_number_of_a_carton_on_the_belt_is_no_rerun_of_it(track: str) -> None:
    story = on_the_belt_by_name()
    if track:
        story.induct(9)
        goes_to_inspect(story, 9)
    assert code_of(story.feed(RerunOrdered(A, "inspect", track), Role.OPERATOR)) == "on_belt"
    goes_to_inspect(story, 1)
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "anomaly"
    assert [hold.code for hold in story.state.holds.values()] == ["duplicate"]


def test_where_two_with_its_number_are_on_the_belt_and_the_newer_is_lost_it_is_no_rerun_of_the_older() -> None:
    story = on_the_belt_by_name()
    story.induct(2)
    story.gate(2, PROFILE.scan_zone, A)
    story.ring(RingKind.LOST, 2, 4)
    assert story.passage(2).ended
    assert code_of(story.feed(RerunOrdered(A, "inspect"), Role.OPERATOR)) == "on_belt"
    goes_to_inspect(story, 1)
    assert code_of(story.feed(RerunOrdered(A, "inspect"), Role.OPERATOR)) == ""


def test_what_stands_in_a_lane_before_the_line_is_told_is_ordered_again_afterwards() -> None:
    story = on_the_belt_by_name()
    story.weigh(1, 2000)
    story.gate(1, PROFILE.verify_zone)
    story.decide(1)
    story.answer()
    story.feed(PlcLost("silent", "no reply"))
    assert code_of(story.fetch(A)) == "on_belt"
    story.divert(1, 1)
    story.sync()
    assert code_of(story.fetch(A)) == ""
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "release"
    assert story.passage(2).previous == "1:1"


def test_what_was_taken_off_the_belt_is_ordered_once_the_plc_has_said_so() -> None:
    story = on_the_belt_by_name()
    assert code_of(story.fetch(A)) == "on_belt"
    story.ring(RingKind.REMOVED_BY_HAND, 1, 3)
    assert code_of(story.fetch(A)) == ""
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "release"


def test_what_took_the_release_lane_is_compared() -> None:
    story = Departure()
    story.released(A)
    assert code_of(story.fetch(A)) == "duplicate"
    story.open()
    assert story.scan(A).code == ""
    assert code_of(story.fetch(A)) == "already_loaded"
    assert story.state.facts.reruns == ()


def test_what_has_left_is_no_carton_here() -> None:
    story = Departure()
    story.sealed_with_pass(A)
    story.arrive()
    story.answer_barrier(1)
    story.barrier(1)
    assert story.state.containers[BOX].departed_ms >= 0
    assert code_of(story.fetch(A)) == "already_departed"


def test_what_customs_keeps_is_handed_back_first() -> None:
    story = Departure()
    story.ready(A)
    story.pass_to_decision(1, A, 2600)
    story.answer()
    story.divert(1, 1)
    story.feed(CustodyMoved(A, "C1"), Role.OFFICER)
    assert code_of(story.fetch(A)) == "in_custody"
    story.feed(CustodyEnded(A, "nothing found"), Role.OFFICER)
    assert code_of(story.fetch(A)) == ""


def test_what_lies_open_at_the_bench_may_be_ordered_and_is_held_until_its_recheck_is_closed() -> None:
    story = Bench()
    story.benched(A)
    story.to_inspect(1, A)
    story.opens(A)
    assert code_of(story.fetch(A)) == ""
    story.pass_to_decision(2, A)
    assert "recheck_open" in story.codes(2)


def two_in_inspect() -> Story:
    story = Story()
    story.ready(A, B)
    for track, number in ((1, A), (2, B)):
        story.pass_to_decision(track, number, 2600)
        story.answer()
        story.divert(track, 1)
    return story


def test_a_track_that_bears_another_carton_is_no_way_of_this_one() -> None:
    story = two_in_inspect()
    assert code_of(story.feed(RerunOrdered(A, "inspect", "1:2"), Role.OPERATOR)) == "track_of_another"
    assert story.state.facts.reruns == ()
    assert code_of(story.feed(RerunOrdered(A, "inspect", "1:1"), Role.OPERATOR)) == ""
    story.pass_to_decision(3, A)
    assert (story.last(3).lane, story.passage(3).previous, story.passage(2).rerun_as) == ("release", "1:1", "")


def test_a_track_without_a_name_is_given_when_it_has_its_lane() -> None:
    story = two_in_inspect()
    story.induct(3)
    assert code_of(story.feed(RerunOrdered(A, "inspect", "1:3"), Role.OPERATOR)) == "on_belt"
    story.gate(3, PROFILE.scan_zone)
    goes_to_inspect(story, 3)
    assert code_of(story.feed(RerunOrdered(A, "inspect", "1:3"), Role.OPERATOR)) == ""
    story.pass_to_decision(4, A)
    assert (story.last(4).lane, story.passage(4).previous, story.passage(3).rerun_as) == ("release", "1:3", "1:4")
