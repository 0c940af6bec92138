"""Two cartons with one number, of which the verify gate alone has read one: both are held, whichever the line can name."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from controller.domain.reasons import Role
from controller.line.belt import RingKind
from controller.line.custody_events import CustodyEnded, CustodyMoved
from controller.line.events import CartonRemoved, CodesRead, ConfigLoaded, ReadText, TimerFired
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


def handed_back(story: Story) -> None:
    story.feed(CartonRemoved(A, "open_box", "to be looked at"), Role.OPERATOR)
    story.feed(CustodyMoved(A, "C1"), Role.OFFICER, actor="li")
    story.feed(CustodyEnded(A, "nothing found"), Role.OFFICER, actor="wang")


def ordered(story: Story) -> None:
    story.fetch(A)


def once_read_at_verify_alone() -> Story:
    story = begun()
    into_inspect(story, 1)
    return story


def once_named() -> Story:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A, 2600)
    story.answer()
    story.divert(1, 1)
    return story


BEGINNINGS = pytest.mark.parametrize("begin", [once_read_at_verify_alone, once_named])
WORDS = pytest.mark.parametrize("word", [ordered, handed_back])


@BEGINNINGS
@WORDS
def test_what_was_taken_from_its_lane_and_said_so_each_time_is_no_copy(
    begin: Callable[[], Story], word: Callable[[Story], None]
) -> None:
    story = begin()
    for track in (2, 3):
        word(story)
        read_at_verify_alone(story, track)
        into_inspect(story, track)
        assert not held(story), "it was not named on its next way either"
    word(story)
    story.pass_to_decision(4, A)
    assert story.last(4).lane == "release"
    assert not story.alarms()


@BEGINNINGS
@WORDS
@pytest.mark.parametrize("second", [named, read_at_verify_alone])
def test_what_was_said_of_the_way_before_says_nothing_of_a_copy_after_it(
    begin: Callable[[], Story], word: Callable[[Story], None], second: Callable[[Story, int], None]
) -> None:
    story = begin()
    word(story)
    read_at_verify_alone(story, 2)
    into_inspect(story, 2)
    second(story, 3)
    assert held(story) == ["duplicate"]
    (hold,) = story.state.holds.values()
    assert hold.cause == "read on track 1:3 and on track 1:2"
    for track in (2, 3):
        assert "duplicate" in story.passage(track).marks


@WORDS
@pytest.mark.parametrize("how", [RingKind.LOST, RingKind.REMOVED_BY_HAND])
def test_one_word_does_not_bring_a_named_carton_over_the_belt_twice(word: Callable[[Story], None], how: RingKind) -> None:
    for again in (False, True):
        story = once_named()
        word(story)
        read_at_verify_alone(story, 2)
        story.ring(how, 2, 5)
        if again:
            story.fetch(A)
        story.pass_to_decision(3, A)
        assert (story.last(3).lane == "release") is again, "it may stand in any lane"
        assert held(story) == ([] if again else ["duplicate"])


def test_a_word_that_came_before_its_first_way_brings_it_once() -> None:
    story = Story()
    story.ready(A)
    story.fetch(A)
    story.pass_to_decision(1, A, 2600)
    story.answer()
    story.divert(1, 1)
    assert story.state.facts.reruns == ()
    named(story, 2)
    assert held(story) == ["duplicate"]


@WORDS
def test_a_first_gate_that_is_told_late_names_the_way_all_the_same(word: Callable[[Story], None]) -> None:
    """The daemon stood, and finds what came meanwhile before it looks at what fell due."""
    story = once_named()
    word(story)
    story.induct(2)
    for zone, role in ((PROFILE.scan_zone, "induct"), (PROFILE.verify_zone, "verify")):
        story.ring(RingKind.GATE_OPEN, 2, zone)
        story.now_ms += 400
        story.feed(CodesRead(role, role, (ReadText(A),), False, story.now_ms))
        story.now_ms += 400
        story.ring(RingKind.GATE_CLOSED, 2, zone)
        story.now_ms += 5000
    story.feed(TimerFired("settle:verify:1:2"))
    assert story.passage(2).carton
    assert not held(story)


def test_a_number_that_no_paper_knew_when_it_was_read_has_its_copy_noticed() -> None:
    story = Story()
    read_at_verify_alone(story, 1)
    into_inspect(story, 1)
    story.ready(A)
    named(story, 2)
    assert held(story) == ["duplicate"]


def test_a_way_whose_track_id_comes_again_is_still_known() -> None:
    story = once_read_at_verify_alone()
    story.induct(1)
    (aside,) = story.state.unnamed.values()
    assert story.state.passages[aside].diverted_lane == "inspect"
    named(story, 2)
    (hold,) = story.state.holds.values()
    assert hold.cause == f"read on track 1:2 and on track {aside}"


def test_the_name_of_a_carton_ends_its_ways_without_one() -> None:
    story = once_read_at_verify_alone()
    story.fetch(A)
    story.pass_to_decision(2, A)
    assert story.state.unnamed == {}
    assert story.last(2).lane == "release"


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
    handed_back(story)
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
