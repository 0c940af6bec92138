"""What has a number that a track on the belt bears now is in nobody's hands: not for a re-run, for custody or for the bench."""

from collections.abc import Callable

import pytest

from controller.domain.reasons import Role
from controller.domain.sentences import in_chinese, recognised
from controller.line.belt import RingKind
from controller.line.commands import Outcome
from controller.line.custody_events import CustodyEnded, CustodyMoved
from controller.line.events import CartonRemoved
from controller.line.plc_events import PlcLost
from tests.line.line_story import PROFILE, s10
from tests.line.recheck_story import CUP, LAMP, Bench

A = s10(10000001)


def code_of(outcome: Outcome) -> str:
    """The refusal, which a screen can tell in Chinese."""
    if not outcome.refusals:
        return ""
    (refusal,) = outcome.refusals
    assert recognised(refusal.cause) is not None
    assert recognised(refusal.next_step) is not None
    return refusal.code


def read_at_verify_alone(story: Bench) -> None:
    story.induct(1)
    story.gate(1, PROFILE.scan_zone)
    story.weigh(1, 2600)
    story.gate(1, PROFILE.verify_zone, A)
    assert not story.passage(1).carton


def the_older_of_two(story: Bench) -> None:
    """Both were named; the line has lost sight of the one behind, and somebody has looked at the two."""
    for track in (1, 2):
        story.induct(track)
        story.gate(track, PROFILE.scan_zone, A)
    story.ring(RingKind.LOST, 2, 4)
    story.lift_all()
    story.weigh(1, 2600)
    story.gate(1, PROFILE.verify_zone, A)


BEARS_IT = pytest.mark.parametrize("bears_it", [read_at_verify_alone, the_older_of_two])
Bears = Callable[[Bench], None]


def begun(bears_it: Bears | None = None) -> Bench:
    story = Bench()
    story.benched(A)
    if bears_it is not None:
        bears_it(story)
    return story


def into_inspect(story: Bench) -> None:
    story.decide(1)
    story.answer()
    story.divert(1, 1)


def fetched(story: Bench) -> Outcome:
    return story.fetch(A)


def opened(story: Bench) -> Outcome:
    return story.opens(A)


def moved(story: Bench) -> Outcome:
    return story.feed(CustodyMoved(A, "C1"), Role.OFFICER, "li")


def ended(story: Bench) -> Outcome:
    return story.feed(CustodyEnded(A, "nothing found"), Role.OFFICER, "wang")


@BEARS_IT
@pytest.mark.parametrize("act", [fetched, moved, opened])
def test_what_bears_the_number_has_its_lane_first(bears_it: Bears, act: Callable[[Bench], Outcome]) -> None:
    story = begun(bears_it)
    assert code_of(act(story)) == "on_belt"
    into_inspect(story)
    assert code_of(act(story)) == "", "taken from there, it is said once more"


def test_a_copy_of_what_the_verify_gate_alone_has_read_is_not_released() -> None:
    story = begun(read_at_verify_alone)
    story.fetch(A)
    moved(story)
    ended(story)
    into_inspect(story)
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "anomaly"
    assert [hold.code for hold in story.state.holds.values()] == ["duplicate"]


def test_whoever_took_it_before_the_line_was_told_says_so_once_more_and_it_is_released() -> None:
    story = begun(read_at_verify_alone)
    story.decide(1)
    story.answer()
    story.feed(PlcLost("silent", "no reply"))
    assert code_of(story.fetch(A)) == "on_belt"
    story.divert(1, 1)
    story.sync()
    assert code_of(story.fetch(A)) == ""
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "release"
    assert not story.alarms()[1:], "the link alone"


@BEARS_IT
def test_what_is_on_the_belt_is_handed_back_when_it_has_its_lane(bears_it: Bears) -> None:
    """Somebody took it from its custody place and put it on the belt, or it is another one."""
    story = begun()
    moved(story)
    bears_it(story)
    assert code_of(ended(story)) == "on_belt"
    into_inspect(story)
    assert code_of(ended(story)) == ""


@BEARS_IT
def test_officers_who_opened_it_wait_for_what_bears_its_number(bears_it: Bears) -> None:
    story = begun()
    story.to_inspect(9, A)
    story.opens(A)
    story.things(CUP, CUP, LAMP)
    story.seals(A)
    bears_it(story)
    story.lift_all()
    story.decides(A, "released")
    assert code_of(story.confirms(A, "released")) == "on_belt"
    into_inspect(story)
    assert code_of(story.confirms(A, "released")) == ""


# --- it is said to be taken off the belt ---


def taken_off(story: Bench) -> Outcome:
    return story.feed(CartonRemoved(A, "shelf 3", "damaged"), Role.OPERATOR)


def test_what_goes_on_when_it_is_said_to_be_taken_off_is_not_released_and_may_be_run_again() -> None:
    story = begun()
    story.induct(1)
    story.gate(1, PROFILE.scan_zone, A)
    outcome = taken_off(story)
    assert not outcome.refusals
    assert in_chinese(outcome.findings[-1].text) == "当时过线号 1:1 仍在线上: 若继续前行, 不予放行"
    story.weigh(1, 2000)
    story.gate(1, PROFILE.verify_zone, A)
    story.decide(1)
    assert (story.last(1).lane, story.codes(1)) == ("inspect", ("unexpected_item",))
    story.answer()
    story.divert(1, 1)
    assert not story.fetch(A).refusals
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "release"


def test_the_release_of_what_is_said_to_be_taken_off_is_taken_back() -> None:
    story = begun()
    story.pass_to_decision(1, A)
    assert story.last(1).lane == "release"
    story.answer()
    taken_off(story)
    assert story.last(1).lane == "inspect"
    story.answer(2)
    story.divert(1, 3)
    assert "recalled" in [hold.code for hold in story.state.holds.values()]


def test_what_was_taken_off_and_said_so_is_released_when_it_is_put_on_again() -> None:
    story = begun()
    story.induct(1)
    story.gate(1, PROFILE.scan_zone, A)
    taken_off(story)
    story.ring(RingKind.REMOVED_BY_HAND, 1, 3)
    assert not story.fetch(A).refusals
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "release"
    assert not story.alarms()


def test_what_was_taken_from_its_lane_before_the_line_was_told_is_held_for_nothing() -> None:
    story = begun()
    story.pass_to_decision(1, A, 2600)
    story.answer()
    story.feed(PlcLost("silent", "no reply"))
    taken_off(story)
    story.divert(1, 1)
    story.sync()
    assert not story.state.holds
    assert not story.fetch(A).refusals
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "release"
