"""Whoever lifts a hold says which one: the line counts its own, and a number that moved must lift nothing else."""

import pytest
from msgspec.structs import replace

from controller.domain.reasons import CATALOGUE, CUSTOMS_DECIDES, Role
from controller.domain.sentences import in_chinese
from controller.line.apply import apply
from controller.line.check_events import ReplayDiffered
from controller.line.events import HoldLifted, HoldPlaced, Stamped, encode_event
from controller.line.holds import HELD_FOR_CHARS, held_for, lifting
from controller.line.state import Hold, LineFacts, LineState
from controller.records.rows import EVENT_LIMIT_BYTES
from tests.line.line_story import CARRIER, Story, declared, s10

A, C = s10(10000001), s10(10000003)
KEY_A, KEY_C = f"{CARRIER}/{A}", f"{CARRIER}/{C}"


def two_duplicates() -> Story:
    """A and C each had a lane for their weight, and each came once more: the first hold is on A, the second on C."""
    story = Story()
    story.ready(A, C)
    track = 0
    for number in (A, C):
        for weight_g, lane in ((9000, 1), (2000, 2)):
            track += 1
            story.pass_to_decision(track, number, weight_g)
            story.answer()
            story.divert(track, lane)
            story.wait(3000)
    assert standing(story.state) == {"L1": (KEY_A, "duplicate"), "L2": (KEY_C, "duplicate")}
    return story


def standing(state: LineState) -> dict[str, tuple[str, str]]:
    return {hold.hold_id: (hold.target, hold.code) for hold in state.holds.values() if hold.lifted_ms < 0}


def again(story: Story, holds_made: int) -> LineState:
    """The same journal as a program takes it that made so many holds more."""
    state = LineState(facts=LineFacts(holds_made=holds_made))
    for stamped in story.stamped:
        assert not apply(state, stamped).core_fault
    return state


def of(story: Story, hold_id: str) -> Hold:
    return story.state.holds[hold_id]


def test_a_journaled_word_lifts_no_other_hold_where_the_numbers_moved() -> None:
    story = two_duplicates()
    assert not story.feed(lifting(of(story, "L2"), "looked at both of C"), Role.OFFICER).refusals
    assert standing(story.state) == {"L1": (KEY_A, "duplicate")}
    assert standing(again(story, 0)) == standing(story.state)
    assert standing(again(story, 1)) == {"L2": (KEY_A, "duplicate"), "L3": (KEY_C, "duplicate")}


@pytest.mark.parametrize(
    "other",
    [{"scope": "list"}, {"target": KEY_A}, {"code": "officer_hold"}, {"scope": "", "target": "", "code": "duplicate"},
     {"held_for": "read on track 1:1 and on track 1:2"}],
)  # fmt: skip
def test_a_word_that_means_another_hold_is_refused(other: dict[str, str]) -> None:
    story = two_duplicates()
    (refusal,) = story.feed(replace(lifting(of(story, "L2"), "looked"), **other), Role.OFFICER).refusals
    assert (refusal.code, refusal.subject, refusal.cause) == ("hold_is_another", "L2", f"hold L2 is duplicate on carton:{KEY_C}")
    assert in_chinese(refusal.cause) == f"扣留 L2 为重复箱号, 对象: 箱 {KEY_C}"
    assert in_chinese(refusal.next_step) == "查看未解除的扣留, 再解除所指的一项"
    assert "L2" in standing(story.state)


def test_a_journaled_word_lifts_no_other_hold_on_the_same_thing_for_the_same_reason() -> None:
    """Two declarations beside the one that stands: customs has settled the second of them alone."""
    story = Story()
    story.ready(A)
    for gross_g in (2001, 2002):
        story.manifest(declared(A, gross_g=gross_g))
    assert [(hold.target, hold.code) for hold in story.state.holds.values()] == [(KEY_A, "declaration_conflict")] * 2
    assert not story.feed(lifting(of(story, "L2"), "looked at the second"), Role.OFFICER).refusals
    assert list(standing(again(story, 0))) == ["L1"]
    assert list(standing(again(story, 1))) == ["L2", "L3"]


def test_a_word_that_does_not_say_why_the_hold_was_placed_is_taken_as_it_was_when_it_was_written() -> None:
    story = two_duplicates()
    assert not story.feed(HoldLifted("L2", "looked", "carton", KEY_C, "duplicate"), Role.OFFICER).refusals


@pytest.mark.parametrize("whole", [True, False])
def test_a_hold_for_a_long_cause_is_lifted_by_a_word_that_the_journal_can_keep(whole: bool) -> None:
    """A fault's own words, or the hundreds of lists that bear one number: the line was held for good."""
    story = Story()
    for number, end in enumerate(("one", "other"), start=1):
        story.state.holds[f"L{number}"] = Hold(f"L{number}", "line", "line", "core_fault", "因" * 20_000 + end, "line", "line", 0)
    word = lifting(of(story, "L1"), "x" * 500)
    if whole:  # as rows of before may say it
        word = replace(word, held_for=of(story, "L1").cause)
    else:
        kept = encode_event(Stamped(0, "2026-11-30T12:00:00.000Z", False, "zhang", Role.OFFICER, word))
        assert len(kept) <= EVENT_LIMIT_BYTES
    assert story.feed(replace(word, hold_id="L2"), Role.OFFICER).refusals[0].code == "hold_is_another"
    assert not story.feed(word, Role.OFFICER).refusals
    assert list(standing(story.state)) == ["L2"]


def test_a_cause_is_said_whole_up_to_a_length() -> None:
    short = Hold("L1", "line", "line", "core_fault", "x" * HELD_FOR_CHARS, "line", "line", 0)
    assert held_for(short) == short.cause
    assert len(held_for(replace(short, cause=short.cause + "x"))) < HELD_FOR_CHARS + 20


def test_a_word_of_before_that_names_a_number_alone_lifts_what_a_person_placed_and_nothing_that_the_line_counted() -> None:
    story = two_duplicates()
    story.feed(HoldPlaced("H-1", "carton", KEY_A, "officer_hold", "look"), Role.OFFICER)
    (refusal,) = story.feed(HoldLifted("L2", "looked"), Role.OFFICER).refusals
    assert refusal.code == "hold_is_another"
    assert not story.feed(HoldLifted("H-1", "looked"), Role.OFFICER).refusals
    assert list(standing(story.state)) == ["L1", "L2"]


def test_who_may_not_lift_a_hold_is_told_that_and_not_what_it_is() -> None:
    story = two_duplicates()
    (refusal,) = story.feed(replace(lifting(of(story, "L2"), "x"), target=KEY_A), Role.OPERATOR).refusals
    assert refusal.code == "role_not_allowed"


def test_a_line_whose_replay_differs_is_let_go_by_customs_alone() -> None:
    """Which holds stand is what differs: the company would lift what customs holds."""
    assert CATALOGUE["replay_differs"].lift == CUSTOMS_DECIDES
    story = Story()
    story.ready(A)
    story.feed(ReplayDiffered(7))
    (hold,) = story.state.holds.values()
    (refusal,) = story.feed(lifting(hold, "compared"), Role.SHIFT_LEAD).refusals
    assert refusal.code == "role_not_allowed"
    story.pass_to_decision(1, A)
    assert story.last(1).lane == "inspect"
    assert not story.feed(lifting(hold, "compared"), Role.OFFICER).refusals
    assert story.last(1).lane == "release"
