"""Verdicts and their undoing: taking a word back never leaves a carton better off than if nobody had looked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from controller.domain.reasons import Role
from controller.line.apply import apply
from controller.line.commands import Decide, Outcome
from controller.line.events import AnyEvent, HoldLifted, HoldPlaced, decode_event, encode_event
from controller.line.inspection_events import ImageFinding, VerdictGiven
from controller.line.plc_events import DecisionAnswered, PlcLost, TableItem
from controller.line.state import Hold, LineState, encode_state
from tests.line.line_story import CARRIER, s10
from tests.line.xray_story import XrayStory

A = s10(10000001)
KEY = f"{CARRIER}/{A}"
FOUND = ImageFinding("metal_high", "41 % of its mass is metal")


def looked_at(*findings: ImageFinding, code: str = A, story: XrayStory | None = None, track: int = 1) -> XrayStory:
    """A carton at the decision point, whose image the analyser has looked at."""
    if story is None:
        story = XrayStory()
        story.ready(code)
    story.before_tunnel(track, code)
    story.through(track)
    story.analysed(track, *findings)
    story.after_tunnel(track, code)
    return story


def open_holds(story: XrayStory) -> list[Hold]:
    return [hold for hold in story.state.holds.values() if hold.lifted_ms < 0]


def test_a_clear_that_is_taken_back_takes_the_release_back_at_once() -> None:
    story = looked_at(FOUND)
    story.verdict(1, "clear")
    story.answer()
    assert story.last(1).lane == "release"
    outcome = story.undo(1)
    assert not outcome.refusals
    orders = [command for command in outcome.commands if isinstance(command, Decide)]
    assert [(one.lane_code, one.permissive) for one in orders] == [(1, False)], "inspect, and restrictive leaves at once"
    assert story.codes(1) == ("analyser_finding", "verdict_pending")
    story.wait(10_000)
    story.answer()
    assert story.last(1).lane == "inspect"


def test_whoever_takes_it_back_in_time_may_judge_anew() -> None:
    story = looked_at(FOUND)
    story.verdict(1, "open")
    story.undo(1)
    story.verdict(1, "clear")
    assert story.last(1).lane == "release"
    assert not open_holds(story)


@pytest.mark.parametrize("verdict", ["clear", "open", "anomaly"])
def test_after_the_last_call_nothing_is_taken_back(verdict: str) -> None:
    story = looked_at(FOUND)
    story.verdict(1, verdict)
    held = open_holds(story)
    story.wait(10_000)
    (refusal,) = story.undo(1).refusals
    assert refusal.code == "undo_too_late"
    assert story.inspection(1).verdict == verdict
    assert open_holds(story) == held


@pytest.mark.parametrize("verdict", ["clear", "open", "anomaly"])
def test_only_the_own_word_is_taken_back(verdict: str) -> None:
    story = looked_at(FOUND)
    story.verdict(1, verdict, by="zhang")
    assert story.undo(1, by="zhao").refusals[0].code == "verdict_of_another"
    assert story.undo(1, role=Role.SHIFT_LEAD).refusals[0].code == "role_not_allowed"
    assert story.undo(1, image="ab" * 32).refusals[0].code == "image_unknown"
    assert story.inspection(1).verdict == verdict


def test_nothing_to_take_back_is_said() -> None:
    assert looked_at(FOUND).undo(1).refusals[0].code == "verdict_none"


@pytest.mark.parametrize(("verdict", "code"), [("open", "verdict_open"), ("anomaly", "verdict_anomaly")])
def test_the_hold_that_the_verdict_made_goes_with_it_and_says_why(verdict: str, code: str) -> None:
    story = looked_at(FOUND)
    story.verdict(1, verdict)
    (hold,) = open_holds(story)
    story.undo(1)
    assert not open_holds(story)
    lifted = story.state.holds[hold.hold_id]
    assert (lifted.code, lifted.lifted_by, lifted.lift_cause) == (code, "zhang", "verdict taken back: slip")


def test_both_holds_of_one_officer_who_changed_the_mind_go_together() -> None:
    story = looked_at(FOUND)
    story.verdict(1, "open")
    story.verdict(1, "anomaly")
    assert len(open_holds(story)) == 2
    story.undo(1)
    assert not open_holds(story)


def test_what_another_officer_said_of_this_image_stays() -> None:
    story = looked_at(FOUND)
    story.verdict(1, "open", by="zhang")
    story.verdict(1, "open", by="zhao")  # leans on the hold that zhang's word made
    story.undo(1, by="zhao")
    assert [hold.actor for hold in open_holds(story)] == ["zhang"]
    assert story.undo(1, by="zhang").refusals, "zhang's word is no longer the last"
    assert "verdict_open" in story.codes(1)


def test_another_officers_word_on_another_way_over_the_belt_keeps_the_hold() -> None:
    """The number stands on two tracks at once: the second officer's `open` made no hold of its own, so the first's must stay."""
    story = looked_at(FOUND)
    story.verdict(1, "open", by="zhang")
    looked_at(FOUND, story=story, track=2)
    again = story.passage(2)
    assert again.carton == story.passage(1).carton
    story.verdict(2, "open", by="zhao")
    one = story.passage(1)
    story.state.passages[one.key] = replace(one, last_call_ms=-1)  # the belt stands: its last call is not near
    story.undo(1, by="zhang")
    assert "verdict_open" in {hold.code for hold in open_holds(story)}


def test_holds_that_people_placed_are_never_lifted_by_it() -> None:
    story = looked_at(FOUND)
    story.feed(HoldPlaced("H-1", "carton", KEY, "officer_hold", "ivory?"), Role.OFFICER, "zhang")
    story.verdict(1, "open")
    story.undo(1)
    assert [hold.hold_id for hold in open_holds(story)] == ["H-1"]


def test_a_recall_that_a_verdict_caused_stays_when_the_verdict_goes() -> None:
    """Somebody may be on the way to fetch the carton."""
    story = looked_at()
    story.answer()
    story.divert(1, 3)
    looked_at(FOUND, story=story, track=2)
    story.verdict(2, "open")
    assert {hold.code for hold in open_holds(story)} == {"duplicate", "verdict_open", "recalled"}
    story.undo(2)
    assert {hold.code for hold in open_holds(story)} == {"duplicate", "recalled"}


def test_old_rows_without_how_it_was_looked_at_are_read_and_replayed() -> None:
    story = looked_at(FOUND)
    story.verdict(1, "clear")
    row = encode_event(story.stamped[-1])
    old = row.replace(b',"dwell_ms":-1', b"").replace(b',"tools":""', b"").replace(b',"first_pixel_ms":-1', b"")
    old = old.replace(b'"dwell_ms":-1,', b"").replace(b'"tools":"",', b"").replace(b'"first_pixel_ms":-1,', b"")
    assert b"dwell_ms" not in old
    assert b"first_pixel_ms" not in old
    assert decode_event(old) == story.stamped[-1]
    told = VerdictGiven("1:1", "ab", "clear", "x", 4200, "invert", 80)
    assert (told.dwell_ms, told.tools, told.first_pixel_ms) == (4200, "invert", 80)


# --- a word on an image that has come into doubt ---


def in_doubt() -> XrayStory:
    """While an officer looks at its image a second one with its id comes: it is run again."""
    story = XrayStory()
    story.ready(A)
    story.before_tunnel(1, A)
    story.through(1)
    story.analysed(1)
    story.image("1:1", length_mm=400)
    assert story.inspection(1).problem == "image_ambiguous"
    return story


@pytest.mark.parametrize(("verdict", "lane"), [("open", "inspect"), ("anomaly", "anomaly")])
def test_what_an_officer_saw_in_an_image_counts_whatever_came_of_the_image_since(verdict: str, lane: str) -> None:
    story = in_doubt()
    assert not story.verdict(1, verdict).refusals
    assert [(hold.code, hold.target) for hold in open_holds(story)] == [(f"verdict_{verdict}", KEY)]
    story.after_tunnel(1, A)
    assert story.last(1).lane == lane
    story.answer()
    story.divert(1, story.last(1).lane_code)
    story.fetch(A)
    story.whole_way(2, A)
    assert story.codes(2) == (f"verdict_{verdict}",), "and on its re-run"


def test_a_clear_on_an_image_that_may_be_anothers_is_refused_in_its_own_words() -> None:
    story = in_doubt()
    (refusal,) = story.verdict(1, "clear").refusals
    assert (refusal.code, story.inspection(1).verdict) == ("image_doubtful", "")
    assert story.verdict(1, "open", image="ab" * 32).refusals[0].code == "image_unknown"


def test_a_word_on_an_image_in_doubt_is_taken_back_like_any_other() -> None:
    story = in_doubt()
    story.verdict(1, "open")
    assert not story.undo(1).refusals
    assert not open_holds(story)
    story.after_tunnel(1, A)
    assert story.codes(1) == ("image_ambiguous",)


# --- whatever they say in whatever order ---------------------------------------------------------------------------

PEOPLE = st.sampled_from(("zhang", "zhao"))
WORDS = st.sampled_from(("clear", "open", "anomaly"))
SAID = st.lists(
    st.one_of(
        st.tuples(st.just("say"), PEOPLE, WORDS),
        st.tuples(st.just("say"), PEOPLE, WORDS),
        st.tuples(st.just("undo"), PEOPLE),
        st.tuples(st.just("undo"), PEOPLE),
        st.tuples(st.just("hold"), PEOPLE),
        st.tuples(st.just("lift"), PEOPLE),
        st.tuples(st.just("answer"), st.sampled_from((1, 1, 1, 7))),
        st.tuples(st.just("wait"), st.sampled_from((50, 400, 2000))),
    ),
    max_size=14,
)


class Judged:
    """What people would say must hold, worked out from their words alone: the last word, and whose it is."""

    def __init__(self, story: XrayStory) -> None:
        self.story = story
        self.word = self.by = ""
        self.officer_holds: set[str] = set()
        self.number = 0

    def step(self, name: str, who: str | int, word: str = "") -> None:
        story = self.story
        if name == "say":
            if not self.fed(VerdictGiven("1:1", story.sha(1), word, "looked"), str(who)).refusals:
                self.word, self.by = word, str(who)
        elif name == "undo":
            before = self.standing()
            outcome = self.story.undo(1, by=str(who))
            self.judge(outcome)
            if outcome.refusals:
                assert self.standing() == before
            else:
                assert self.by == who, "only the own word"
                self.word = self.by = ""
                lifted = before - self.standing()
                assert all(story.state.holds[one].actor == who for one in lifted), "no hold of anybody else"
                assert not lifted & self.officer_holds, "no hold that was placed as a hold"
        elif name == "hold":
            self.number += 1
            self.officer_holds.add(f"H{self.number}")
            self.fed(HoldPlaced(f"H{self.number}", "carton", KEY, "officer_hold", "x"), str(who))
        elif name == "lift" and self.officer_holds:
            self.fed(HoldLifted(min(self.officer_holds), "x"), str(who))
        elif name == "answer" and story.decisions(1):
            self.judge(story.answer(int(who)))
        elif name == "wait":
            story.wait(int(who))

    def fed(self, event: AnyEvent, by: str) -> Outcome:
        outcome = self.story.feed(event, Role.OFFICER, by)
        self.judge(outcome)
        return outcome

    def standing(self) -> set[str]:
        return {hold.hold_id for hold in open_holds(self.story)}

    def judge(self, outcome: Outcome) -> None:
        assert outcome.core_fault == ""

    def released(self) -> bool:
        ordered = self.story.passage(1).ordered
        return ordered is not None and ordered.releases and ordered.result in (-1, 1)


@settings(max_examples=150, deadline=None)
@given(said=SAID, finding=st.booleans())
def test_no_order_of_verdicts_and_undos_releases_a_carton_that_needs_a_look(said: list[tuple[str, ...]], finding: bool) -> None:
    story = looked_at(*((FOUND,) if finding else ()))
    judged = Judged(story)
    for name, *arguments in said:
        judged.step(name, *arguments)
        if judged.released():
            assert judged.word == "clear" or (not finding and not judged.word), said
            assert not judged.standing(), said
    replayed = LineState()
    for stamped in story.stamped:
        apply(replayed, stamped)
    assert encode_state(replayed) == encode_state(story.state)


# --- what became of it while the link was away ---


def released_by_a_clear() -> tuple[XrayStory, int]:
    story = looked_at(FOUND)
    story.verdict(1, "clear")
    story.answer()
    assert story.last(1).lane == "release"
    return story, story.last(1).seq


def shown(lane: int, seq: int) -> tuple[TableItem, ...]:
    return (TableItem(1, 6, lane, seq),)


def test_a_clear_that_was_taken_back_takes_back_at_the_sync_the_release_that_the_plc_still_shows() -> None:
    story, release = released_by_a_clear()
    story.undo(1)
    lost = story.last(1).seq
    story.feed(PlcLost("silent", "no reply"))
    outcome = story.sync(shown(3, release))
    (said,) = (c for c in outcome.commands if isinstance(c, Decide))
    assert not said.releases
    assert said.seq not in (release, lost)
    assert story.now_ms < story.passage(1).last_call_ms
    story.answer()
    story.verdict(1, "clear")
    assert story.last(1).lane == "release", "and there is time to say clear once more"


def test_and_so_it_does_when_it_was_taken_back_while_the_link_was_away() -> None:
    story, release = released_by_a_clear()
    story.feed(PlcLost("silent", "no reply"))
    story.undo(1)
    outcome = story.sync(shown(3, release))
    (said,) = (c for c in outcome.commands if isinstance(c, Decide))
    assert not said.releases


def test_what_the_plc_does_not_show_waits_for_the_word_that_may_still_come() -> None:
    story, _ = released_by_a_clear()
    story.undo(1)
    story.feed(PlcLost("silent", "no reply"))
    outcome = story.sync(shown(0, 0))
    assert not [c for c in outcome.commands if isinstance(c, Decide)]
    story.verdict(1, "clear")
    assert story.last(1).lane == "release"


def test_a_release_that_was_taken_back_unseen_and_taken_after_all_is_overruled_at_once() -> None:
    """The link falls behind the order, the officer takes the clear back, the PLC's table does not show the release: it arrived
    late, and only its answer says so."""
    story = looked_at(FOUND)
    story.verdict(1, "clear")
    seq = story.passage(1).ordered.seq  # type: ignore[union-attr]
    story.feed(PlcLost("time_out", "no answer"))
    story.undo(1)
    story.sync((TableItem(1, 6, 0, 0),))
    assert story.passage(1).ordered is None
    told = story.feed(DecisionAnswered(1, 1, seq, 1))
    (word,) = [c for c in told.commands if isinstance(c, Decide)]
    assert (word.track_id, word.releases) == (1, False)
    assert word.seq > seq
