"""What took the release lane and lost its basis then or afterwards is recalled, as the belt would have taken the release back."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from controller.domain.reasons import Role
from controller.line.belt import RingKind
from controller.line.events import CodesRead, ConfigLoaded, ReadText
from controller.line.holds import lifting
from controller.line.loading_events import ContainerOpened
from controller.line.plc_events import PlcLost, RingEvent, RingEventsLost
from tests.line.departure_story import BOX, Departure
from tests.line.line_story import PROFILE, Story, declared, s10
from tests.line.recheck_story import BENCHED, CUP, SEAL_NO, WU, Bench, item
from tests.line.xray_story import XrayStory

A, B, L = s10(10000001), s10(10000002), s10(10000009)


def held(story: Story) -> list[str]:
    return [hold.code for hold in story.state.holds.values() if hold.lifted_ms < 0]


def at_the_door(story: Story, code: str) -> str:
    story.feed(ContainerOpened(BOX, "door"), Role.OPERATOR)
    story.wait(100)
    story.feed(CodesRead("door", "loading", (ReadText(code),), False, story.now_ms))
    return story.state.doors["door"].code


# --- its image and its way over the belt -----------------------------------------------------------------------------


def ordered() -> XrayStory:
    story = XrayStory()
    story.ready(A)
    story.whole_way(1, A)
    story.answer()
    assert story.last(1).lane == "release"
    return story


def second_image(story: XrayStory) -> None:
    story.image("1:1", length_mm=400)


def wrong_size(story: XrayStory) -> None:
    story.ring(RingKind.SIZE_OR_GAP_ERROR, 1)


def records_lost(story: XrayStory) -> None:
    story.feed(RingEventsLost(1, 5, 9))


@pytest.mark.parametrize("found", [second_image, wrong_size, records_lost])
def test_what_would_have_taken_the_release_back_recalls_what_left_while_the_plc_was_away(
    found: Callable[[XrayStory], None],
) -> None:
    story = ordered()
    story.feed(PlcLost("silent", "no reply"))
    found(story)
    story.divert(1, 3)
    story.sync()
    assert held(story) == ["recalled"]
    assert at_the_door(story, A) == "recalled"
    beside = ordered()
    found(beside)
    assert beside.last(1).lane == "inspect", "with the link up it is taken back"


def test_a_lost_link_alone_recalls_nothing() -> None:
    story = ordered()
    story.feed(PlcLost("silent", "no reply"))
    story.wait(5000)
    story.divert(1, 3)
    story.sync()
    assert not held(story)
    assert at_the_door(story, A) == ""


def test_a_second_image_behind_the_divert_recalls_what_was_released_on_the_first() -> None:
    story = ordered()
    story.divert(1, 3)
    second_image(story)
    outcome = story.outcomes[-1]
    assert {alarm.code for alarm in outcome.alarms} == {"image_unbound", "recalled"}
    assert at_the_door(story, A) == "recalled"


def test_the_same_image_once_more_recalls_nothing() -> None:
    story = ordered()
    story.divert(1, 3)
    story.image("1:1", length_mm=400, name="picture 1")
    assert not held(story)


def test_an_image_for_what_was_inspected_recalls_nothing() -> None:
    story = ordered()
    story.divert(1, 1)
    second_image(story)
    assert not held(story)


# --- a copy bears its name since ---


def copy_comes(story: Story) -> None:
    story.induct(9)
    story.gate(9, PROFILE.scan_zone, A)


def read_twice_late(story: Story, frame_ms: int) -> None:
    story.feed(CodesRead("camera", "verify", (ReadText(B),), False, frame_ms))


def lift_duplicate(story: Departure) -> None:
    for hold in tuple(story.state.holds.values()):
        if hold.code == "duplicate":
            assert not story.feed(lifting(hold, "the other is the copy"), Role.SHIFT_LEAD, "ban").refusals


def test_a_late_second_number_recalls_what_was_released_though_a_copy_is_on_the_belt() -> None:
    story = Departure()
    story.released(A)
    frame_ms = story.now_ms - 1000
    copy_comes(story)
    assert held(story) == ["duplicate"]
    read_twice_late(story, frame_ms)
    lift_duplicate(story)
    assert held(story) == ["recalled"]
    assert at_the_door(story, A) == "recalled"


def test_so_does_a_second_image() -> None:
    story = ordered()
    story.divert(1, 3)
    copy_comes(story)
    second_image(story)
    assert held(story) == ["duplicate", "recalled"]


def test_a_doubt_of_its_way_to_the_inspect_lane_does_not() -> None:
    story = Departure()
    story.ready(A)
    story.pass_to_decision(1, A)
    frame_ms = story.now_ms - 1000
    story.answer()
    story.divert(1, 1, 1)
    story.fetch(A)
    story.pass_to_decision(2, A)
    story.answer()
    story.divert(2, 3)
    read_twice_late(story, frame_ms)
    assert "two_waybills" in story.passage(1).marks
    assert not held(story)


def test_nor_one_of_what_officers_have_opened_since() -> None:
    story = Bench()
    story.benched(A)
    story.pass_to_decision(1, A)
    frame_ms = story.now_ms - 1000
    story.answer()
    story.divert(1, 3)
    assert not story.matched(A, by_hand=True).refusals
    copy_comes(story)
    read_twice_late(story, frame_ms)
    assert "two_waybills" in story.passage(1).marks
    assert held(story) == ["duplicate"]


# --- its lane is told when its way is over ---


def behind_an_epoch() -> XrayStory:
    """The PLC counts its tracks anew, and what became of the carton before that is not read yet."""
    story = ordered()
    story.feed(PlcLost("silent", "no reply"))
    story.epoch = 2
    story.sync()
    assert story.state.passages["1:1"].ended == "epoch"
    return story


def told_of_its_lane(story: XrayStory, lane: int) -> None:
    kept = RingEvent(1, story.ring_seq + 1, RingKind.DIVERTED, 7, 1, lane, 0, story.now_ms % 65536, 0, story.now_ms, True)
    story.feed(kept)


def test_a_doubt_on_the_image_counts_where_the_way_is_over_and_its_lane_is_told_later() -> None:
    story = behind_an_epoch()
    second_image(story)
    assert not held(story)
    told_of_its_lane(story, 3)
    assert held(story) == ["recalled"]
    assert at_the_door(story, A) == "recalled"


def test_and_where_its_lane_is_told_first() -> None:
    story = behind_an_epoch()
    told_of_its_lane(story, 3)
    assert not held(story)
    second_image(story)
    assert held(story) == ["recalled"]


def test_a_doubt_on_what_was_inspected_or_comes_again_holds_nothing() -> None:
    for lane in (1, 0):
        story = behind_an_epoch()
        second_image(story)
        if lane:
            told_of_its_lane(story, lane)
        assert not held(story)
        story.fetch(A)
        story.whole_way(1, A)
        assert story.last(1).lane == "release", story.codes(1)


# --- the weights of its list -----------------------------------------------------------------------------------------


def of_two(story: Story) -> None:
    story.manifest(declared(L, pack_no=2, gross_g=4000, items=(item(1, CUP, "2"),)))
    story.receipt(L, "800")
    story.load("L1", (A, L, 1, 2), (B, L, 2, 2))


def first_is_released(story: Story) -> None:
    """The second is scanned, but not weighed yet."""
    story.induct(1)
    story.gate(1, PROFILE.scan_zone, A)
    story.weigh(1, 2000)
    story.induct(2)
    story.gate(2, PROFILE.scan_zone, B)
    story.gate(1, PROFILE.verify_zone, A)
    story.decide(1)
    story.answer()
    assert story.last(1).lane == "release"


@pytest.mark.parametrize("weight_g", [9000, 500])
def test_a_carton_that_makes_its_list_weigh_something_else_recalls_the_one_that_is_through(weight_g: int) -> None:
    story = Departure()
    of_two(story)
    first_is_released(story)
    story.divert(1, 3)
    story.weigh(2, weight_g)
    assert held(story) == ["recalled"]
    assert at_the_door(story, A) == "recalled"


def test_one_that_weighs_what_it_should_recalls_nothing() -> None:
    story = Departure()
    of_two(story)
    first_is_released(story)
    story.divert(1, 3)
    story.weigh(2, 2000)
    assert not held(story)


def test_while_the_first_is_on_the_belt_its_release_is_taken_back() -> None:
    story = Departure()
    of_two(story)
    first_is_released(story)
    story.weigh(2, 9000)
    assert story.last(1).lane == "inspect"


def test_and_it_is_recalled_when_the_plc_could_not_be_told() -> None:
    story = Departure()
    of_two(story)
    first_is_released(story)
    story.feed(PlcLost("silent", "no reply"))
    story.weigh(2, 9000)
    story.divert(1, 3)
    assert held(story) == ["recalled"]


def test_a_weight_that_is_known_before_the_name_counts_when_the_name_comes() -> None:
    """Its own list came, and with it the notice that says whose it is."""
    story = Departure()
    story.manifest(declared(L, pack_no=2, gross_g=4000))
    story.receipt(L, "800")
    story.feed(ConfigLoaded(replace(PROFILE, list_incomplete="leave"), "cf" * 32, "test", "c5" * 32))
    story.load("L1", (A, L, 1, 2))
    story.pass_to_decision(1, A)
    story.answer()
    story.divert(1, 3)
    assert story.last(1).lane == "release", story.codes(1)
    story.induct(2)
    story.gate(2, PROFILE.scan_zone, B)
    story.weigh(2, 9000)
    assert not held(story)
    story.load("L1", (A, L, 1, 2), (B, L, 2, 2))
    assert held(story) == ["recalled"]


def test_what_officers_opened_and_let_go_is_not_recalled_for_the_weight_of_another() -> None:
    story = Bench()
    story.feed(ConfigLoaded(BENCHED, "cf" * 32, "test", "c5" * 32))
    of_two(story)
    story.pass_to_decision(1, A)
    story.answer()
    story.divert(1, 1)
    story.induct(2)
    story.gate(2, PROFILE.scan_zone, B)
    story.opens(A)
    story.things(CUP, CUP)
    story.seals(A, SEAL_NO)
    assert not story.decides(A, "released", by_hand=True).refusals
    assert not story.confirms(A, "released", WU).refusals
    assert story.carton(A).released_ms >= 0
    story.weigh(2, 9000)
    assert not held(story)
