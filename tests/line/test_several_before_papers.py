"""Several bodies with one number that no paper knows yet, read at one gate or the other: when papers come, none is alone."""

import pytest
from msgspec.structs import replace

from controller.line.belt import RingKind
from tests.line.images_together import Came, Together
from tests.line.line_story import PROFILE, Story, s10
from tests.line.xray_story import COUNTING

A, B, OTHER = s10(10000001), s10(10000002), s10(10000009)


def held(story: Story) -> list[str]:
    return [hold.code for hold in story.state.holds.values() if hold.lifted_ms < 0]


def other_papers() -> Story:
    story = Story()
    story.ready(OTHER)
    return story


def into_lane(story: Story, track: int, lane: int = 2) -> None:
    story.answer()
    story.divert(track, lane)


def both_read(story: Story, *tracks: int) -> None:
    for track in tracks:
        story.induct(track)
        story.gate(track, PROFILE.scan_zone, A)


def rest(story: Story, track: int, verify: str = A) -> None:
    story.weigh(track, 2000)
    story.gate(track, PROFILE.verify_zone, *([verify] if verify else []))
    story.decide(track)


@pytest.mark.parametrize("decided", [False, True])
def test_where_the_first_gets_its_name_the_one_behind_that_the_verify_gate_alone_read_is_another(decided: bool) -> None:
    story = other_papers()
    story.induct(1)
    story.gate(1, PROFILE.scan_zone, A)
    story.weigh(1, 2000)
    story.induct(2)
    story.gate(2, PROFILE.scan_zone)
    story.weigh(2, 2000)
    story.gate(1, PROFILE.verify_zone, A)
    if decided:
        story.decide(1)
    story.gate(2, PROFILE.verify_zone, A)
    story.ready(A)
    if not decided:
        story.decide(1)
    story.wait(300)
    assert "duplicate" in held(story)
    assert story.last(1).lane == "anomaly"


@pytest.mark.parametrize("papers", ["on_belt", "in_lanes"])
def test_where_the_verify_gate_alone_read_the_first_the_second_is_another(papers: str) -> None:
    story = other_papers()
    story.induct(1)
    story.gate(1, PROFILE.scan_zone)
    story.induct(2)
    story.gate(2, PROFILE.scan_zone, A)
    for track in (1, 2):
        story.weigh(track, 2000)
    for track in (1, 2):
        story.gate(track, PROFILE.verify_zone, A)
    story.decide(1)
    story.wait(3000)
    into_lane(story, 1, 1)
    if papers == "on_belt":
        story.ready(A)
        story.decide(2)
        assert story.last(2).lane == "anomaly"
    else:
        story.decide(2)
        into_lane(story, 2)
        story.ready(A)
        story.fetch(A, "anomaly")
        story.pass_to_decision(3, A)
    assert "duplicate" in held(story)


@pytest.mark.parametrize("kind", [RingKind.LOST, RingKind.REMOVED_BY_HAND])
@pytest.mark.parametrize("third_in_lane", [False, True])
def test_where_the_first_is_out_of_sight_the_second_stands_for_the_number_behind_a_third(
    kind: RingKind, third_in_lane: bool
) -> None:
    story = other_papers()
    both_read(story, 1, 2)
    story.ring(kind, 1, 3)
    rest(story, 2, "")
    into_lane(story, 2)
    if third_in_lane:
        story.pass_to_decision(3, A)
        into_lane(story, 3)
        story.ready(A)
        story.fetch(A, "anomaly")
        story.pass_to_decision(4, A)
    else:
        both_read(story, 3)
        story.ready(A)
        rest(story, 3)
    assert "duplicate" in held(story)


def test_of_two_in_lanes_a_word_before_papers_takes_one() -> None:
    story = other_papers()
    for track in (1, 2):
        story.pass_to_decision(track, A)
        into_lane(story, track)
    story.fetch(A, "anomaly")
    both_read(story, 3)
    story.ready(A)
    rest(story, 3)
    assert "duplicate" in held(story)


def test_an_order_for_another_carton_takes_none_of_these() -> None:
    """It is linked to the oldest way without a name in its lane, for the count alone."""
    story = other_papers()
    both_read(story, 1, 2)
    story.ring(RingKind.LOST, 1, 3)
    rest(story, 2, "")
    into_lane(story, 2)
    story.ready(A, B)
    story.pass_to_decision(3, "")
    into_lane(story, 3)
    assert not story.fetch(B, "anomaly").refusals
    story.pass_to_decision(4, B)
    story.pass_to_decision(5, A)
    assert story.last(5).lane == "anomaly"
    assert "duplicate" in held(story)


@pytest.mark.parametrize("gates", [(A, A), (A, ""), ("", A)])
def test_one_carton_that_comes_again_by_a_word_each_time_is_one(gates: tuple[str, str]) -> None:
    story = other_papers()
    for track in (1, 2, 3):
        story.pass_to_decision(track, gates[0], 2000, gates[1])
        into_lane(story, track, 1 if story.last(track).lane == "inspect" else 2)
        story.fetch(A, story.last(track).lane)
    story.ready(A)
    story.pass_to_decision(4, A)
    assert (story.last(4).lane, held(story)) == ("release", [])


def test_a_count_that_stands_again_wants_no_empty_tunnel_any_more() -> None:
    came = (Came(10 + track, track, 2300 if track == 5 else 300) for track in range(1, 10))
    story = Together(replace(COUNTING, image_late_ms=3000)).go([3000, *[1000] * 7], *came)
    count = story.state.facts.image_count
    assert (count.number, count.wanted_empty_ms) == (19, -1)
