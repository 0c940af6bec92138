"""What a copy weighs is not what the carton of its number weighs: the list of that carton is judged without it."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from controller.line.belt import RingKind
from controller.line.events import ConfigLoaded
from tests.line.departure_story import Departure
from tests.line.line_story import CARRIER, PROFILE, Story, declared, s10

A, B = s10(10000001), s10(10000002)
LIMIT_S = 600
Copy = Callable[[Story, int, int], None]


def of_two(gross_g: int = 4000) -> Departure:
    """A list of two cartons that may leave one by one."""
    story = Departure()
    profile = replace(PROFILE, list_incomplete="leave", rerun_limit_s=LIMIT_S)
    story.feed(ConfigLoaded(profile, "cf" * 32, "test", "c5" * 32))
    story.manifest(declared(A, pack_no=2, gross_g=gross_g))
    story.receipt(A, "800")
    story.load("L1", (A, A, 1, 2), (B, A, 2, 2))
    return story


def into(story: Story, track: int, lane: int) -> None:
    story.answer()
    story.divert(track, lane)


def copy_weighed_after_its_name(story: Story, track: int, weight_g: int) -> None:
    story.pass_to_decision(track, A, weight_g)
    into(story, track, 2)


def copy_weighed_before_its_name(story: Story, track: int, weight_g: int) -> None:
    """The scale stands before the reader here."""
    story.induct(track)
    story.weigh(track, weight_g)
    story.gate(track, PROFILE.scan_zone, A)
    story.gate(track, PROFILE.verify_zone, A)
    story.decide(track)
    into(story, track, 2)


def held(story: Story) -> list[tuple[str, str]]:
    return [(hold.target, hold.code) for hold in story.state.holds.values() if hold.lifted_ms < 0]


def key(number: str) -> str:
    return f"{CARRIER}/{number}"


@pytest.mark.parametrize("copy", [copy_weighed_after_its_name, copy_weighed_before_its_name])
@pytest.mark.parametrize(("verify", "lane"), [(A, 3), ("", 1)])
def test_a_light_copy_lets_no_list_pass_that_weighs_too_much(copy: Copy, verify: str, lane: int) -> None:
    story = of_two()
    story.pass_to_decision(1, A, 2000, verify)
    into(story, 1, lane)
    copy(story, 2, 500)
    assert story.state.cartons[key(A)].weight_g == 2000
    story.pass_to_decision(3, B, 3500)
    assert "weight_differs" in story.codes(3)
    assert ((key(A), "recalled") in held(story)) == (lane == 3)


def test_the_weight_of_the_next_carton_recalls_what_is_through_whatever_a_copy_of_that_weighed() -> None:
    """The newest way under the first one's number is the copy's; asked is what the carton weighs."""
    story = of_two()
    story.pass_to_decision(1, A)
    into(story, 1, 3)
    copy_weighed_after_its_name(story, 2, 500)
    story.induct(3)
    story.gate(3, PROFILE.scan_zone, B)
    story.weigh(3, 3500)
    assert (key(A), "recalled") in held(story)


@pytest.mark.parametrize("weight_g", [6000, 500])
def test_what_is_through_is_not_recalled_for_the_weight_of_a_copy(weight_g: int) -> None:
    story = of_two()
    for track, number in ((1, A), (3, B)):
        story.pass_to_decision(track, number)
        into(story, track, 3)
    assert not held(story)
    copy_weighed_after_its_name(story, 4, weight_g)
    assert held(story) == [(key(A), "duplicate")]


def test_what_comes_too_late_for_its_re_run_may_be_a_copy_and_is_weighed_once_more() -> None:
    story = of_two()
    story.pass_to_decision(1, A, 2000, "")
    into(story, 1, 1)
    story.fetch(A)
    story.wait(LIMIT_S * 1000)
    story.pass_to_decision(2, A, 500)
    assert "rerun_expired" in story.codes(2)
    assert story.state.cartons[key(A)].weight_g == 2000


def test_its_own_re_run_is_weighed_anew() -> None:
    story = of_two()
    story.pass_to_decision(1, A, 2000, "")
    into(story, 1, 1)
    copy_weighed_after_its_name(story, 2, 500)
    story.lift_all()
    story.fetch(A)
    story.pass_to_decision(3, A, 1900)
    assert story.last(3).lane == "release", story.codes(3)
    assert story.state.cartons[key(A)].weight_g == 1900


def test_a_carton_that_nobody_weighed_has_the_weight_of_the_way_that_has_one() -> None:
    """Lost before the scale, it comes again and nobody says so: most often it is this very carton."""
    story = of_two()
    story.induct(1)
    story.gate(1, PROFILE.scan_zone, A)
    story.ring(RingKind.LOST, 1, 3)
    story.pass_to_decision(2, A, 1900)
    assert held(story) == [(key(A), "duplicate")]
    assert story.state.cartons[key(A)].weight_g == 1900


def test_a_container_is_weighed_against_the_carton_in_it() -> None:
    story = Departure()
    story.released(A)
    story.open()
    assert not story.scan(A).code
    story.pass_to_decision(9, A, 9000)
    into(story, 9, 2)
    story.lift_all()
    assert not story.close(1).refusals
    assert [one.code for one in story.weigh_box(9000).refusals] == ["container_weight_differs"]
    assert not story.weigh_box(2000).refusals
