"""A number that the induct alone read before any paper knew it is on a carton that stands somewhere when they come."""

from collections.abc import Callable

import pytest

from controller.line.belt import RingKind
from controller.line.events import CodesRead, ReadText
from tests.line.line_story import PROFILE, Story, s10
from tests.line.test_copies_at_verify import epoch_ends, named, read_at_verify_alone

A, B = s10(10000001), s10(10000002)


def held(story: Story) -> list[str]:
    return [hold.code for hold in story.state.holds.values() if hold.lifted_ms < 0]


def read_at_induct_alone(story: Story, track: int = 1) -> None:
    story.pass_to_decision(track, A, 2000, "")


def into_anomaly(story: Story, track: int = 1) -> None:
    story.answer()
    story.divert(track, 2)


def before_papers(ends: Callable[[Story], None] = into_anomaly) -> Story:
    story = Story()
    read_at_induct_alone(story)
    ends(story)
    story.ready(A)
    return story


@pytest.mark.parametrize("second", [named, read_at_verify_alone])
@pytest.mark.parametrize("ends", [into_anomaly, epoch_ends])
def test_what_comes_next_without_a_word_is_a_copy(second: Callable[[Story, int], None], ends: Callable[[Story], None]) -> None:
    story = before_papers(ends)
    second(story, 2)
    assert held(story) == ["duplicate"]


def test_a_word_for_it_brings_it_once() -> None:
    story = before_papers()
    story.fetch(A, "anomaly")
    story.pass_to_decision(2, A)
    assert (story.last(2).lane, held(story)) == ("release", [])


def test_a_word_from_before_that_way_says_nothing_of_a_copy_after_it() -> None:
    story = Story()
    story.fetch(A)
    read_at_induct_alone(story)
    into_anomaly(story)
    story.ready(A)
    named(story, 2)
    assert held(story) == ["duplicate"]


def test_papers_that_come_while_it_is_on_the_belt_name_it() -> None:
    story = Story()
    story.ready(B)
    story.induct(1)
    story.gate(1, PROFILE.scan_zone, A)
    story.fetch(A)
    story.manifest()  # of other lists, which says nothing of it
    assert not story.state.facts.reruns[0].used
    story.ready(A)
    assert not story.state.unnamed
    story.weigh(1, 2000)
    story.gate(1, PROFILE.verify_zone, A)
    story.decide(1)
    assert (story.last(1).lane, held(story)) == ("release", [])


def test_papers_that_come_between_its_lane_and_its_verify_read_make_it_no_copy_of_itself() -> None:
    story = Story()
    story.induct(1)
    story.gate(1, PROFILE.scan_zone, A)
    story.ring(RingKind.GATE_OPEN, 1, PROFILE.verify_zone)
    story.feed(CodesRead("verify", "verify", (ReadText(A),), False, story.now_ms))
    story.wait(100)
    story.ring(RingKind.GATE_CLOSED, 1, PROFILE.verify_zone)
    story.decide(1)
    story.divert(1, 2, 1)
    story.ready(A)
    story.wait(600)
    assert not held(story)


def test_two_on_the_belt_when_papers_come_are_both_held() -> None:
    story = Story()
    for track in (1, 2):
        named(story, track)
    story.ready(A)
    assert set(held(story)) == {"duplicate"}
    assert all("duplicate" in story.passage(track).marks for track in (1, 2))


def test_what_was_lost_sight_of_may_be_this_very_carton() -> None:
    story = Story()
    named(story, 1)
    story.ring(RingKind.LOST, 1, 3)
    story.ready(A, B)
    story.pass_to_decision(2, A)
    assert (story.last(2).lane, held(story)) == ("release", [])


def test_a_way_whose_track_id_comes_again_is_still_known() -> None:
    story = before_papers()
    before = story.passage(1)
    story.induct(1)
    named(story, 2)
    (hold,) = story.state.holds.values()
    assert hold.cause == f"read on track 1:2 and on track 1:1~{before.inducted_ms}"


@pytest.mark.parametrize("verify", ["", A])
@pytest.mark.parametrize("papers", ["on_belt", "behind_verify"])
def test_of_two_that_came_before_papers_the_second_is_the_copy_of_the_first(papers: str, verify: str) -> None:
    """The first stands in its lane, and nobody has said that it was taken."""
    story = Story()
    story.pass_to_decision(1, A, 2000, verify)
    into_anomaly(story)
    story.induct(2)
    story.gate(2, PROFILE.scan_zone, A)
    if papers == "on_belt":
        story.ready(A)
    story.weigh(2, 2000)
    story.gate(2, PROFILE.verify_zone, A)
    if papers != "on_belt":
        story.ready(A)
    story.decide(2)
    assert "duplicate" in held(story)
    assert story.last(2).lane == "anomaly"


@pytest.mark.parametrize("end", [RingKind.LOST, RingKind.REMOVED_BY_HAND, RingKind.DIVERT_NOT_CONFIRMED])
@pytest.mark.parametrize("verify", ["", A])
def test_where_the_first_is_out_of_sight_the_second_in_its_lane_still_stands_for_the_number(end: RingKind, verify: str) -> None:
    story = Story()
    for track in (1, 2):
        story.induct(track)
        story.gate(track, PROFILE.scan_zone, A)
    story.weigh(2, 2000)
    story.gate(2, PROFILE.verify_zone, verify)
    story.decide(2)
    story.ring(end, 1, 3)
    into_anomaly(story, 2)
    story.ready(A)
    story.pass_to_decision(3, A)
    assert story.last(3).lane == "anomaly"
    assert "duplicate" in held(story)


def test_of_two_in_lanes_one_word_takes_one() -> None:
    story = Story()
    for track in (1, 2):
        story.pass_to_decision(track, A, 2000)
        into_anomaly(story, track)
    story.ready(A)
    assert not story.fetch(A, "anomaly").refusals
    story.pass_to_decision(3, A)
    assert "duplicate" in held(story)


def test_what_was_run_again_by_a_word_each_time_is_one_carton() -> None:
    story = Story()
    for track in (1, 2):
        story.pass_to_decision(track, A, 2000)
        into_anomaly(story, track)
        story.fetch(A, "anomaly")
    story.ready(A)
    story.pass_to_decision(3, A)
    assert (story.last(3).lane, held(story)) == ("release", [])
