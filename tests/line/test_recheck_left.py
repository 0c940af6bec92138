"""A recheck that found what nobody declared and ended without an outcome: it is nobody's no longer."""

import json

from controller.domain.reasons import Role
from controller.line.commands import Outcome
from controller.line.recheck_closing import shown_of
from controller.line.recheck_events import NewSealSet, RecheckAbandoned
from controller.line.state import Draft
from tests.line.line_story import s10
from tests.line.recheck_story import CUP, LAMP, MA, SEAL_NO, STRANGE, WU, ZHENG, ZHOU, Bench

A = s10(10000001)


def left(*things: str) -> tuple[Bench, Outcome]:
    """An officer opens it, scans these, and ends it without an outcome."""
    story = Bench()
    story.benched(A)
    story.to_inspect(1, A)
    story.opens(A)
    story.things(*things)
    return story, story.feed(RecheckAbandoned(A, "scanner trouble"), Role.OFFICER, ZHOU)


def test_what_nobody_declared_is_told_and_whoever_found_it_opens_it_no_more() -> None:
    story, ended = left(CUP, CUP, LAMP, STRANGE)
    assert [(alarm.code, alarm.subject) for alarm in ended.alarms] == [("recheck_found_and_left", f"carton:EMS001/{A}")]
    assert STRANGE in ended.alarms[0].detail
    assert story.opens(A).refusals[0].code == "same_officer"
    assert not story.opens(A, WU).refusals


def test_nor_does_he_confirm_what_another_found_after_him_and_customs_hears_of_both() -> None:
    story, _ = left(CUP, CUP, LAMP, LAMP)
    story.opens(A, ZHENG)
    story.things(CUP, CUP, LAMP)
    story.feed(NewSealSet(A, SEAL_NO), Role.OFFICER, ZHENG)
    story.still(A)
    assert not story.decides(A, "released", ZHENG).refusals
    assert story.confirms(A, "released", ZHOU).refusals[0].code == "same_officer"
    closed = story.confirms(A, "released", MA)
    assert not closed.refusals
    (told,) = [json.loads(one.body) for one in closed.messages if one.kind == "inspection_result"]
    assert told["matched"]
    assert [(one["kind"], one["found"]) for one in told["found_before"]] == [("over", 2)]


def test_the_word_for_what_lies_open_is_another_one_behind_such_a_recheck() -> None:
    words = []
    for things in ((CUP,), (CUP, STRANGE)):
        story, _ = left(*things)
        story.opens(A, ZHENG)
        words.append(shown_of(Draft(story.state, story.now_ms), story.recheck(A)))
    assert words[0] != words[1]


def test_a_recheck_that_was_only_not_finished_bars_nobody_and_is_no_alarm() -> None:
    story, ended = left(CUP)
    assert not ended.alarms
    assert not story.matched(A).refusals
    told = json.loads([one.body for one in story.messages() if one.kind == "inspection_result"][-1])
    assert told["found_before"] == []
