"""Words of customs with a date that can not be yet: they hold, order nothing, and switch no later word off."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from controller.domain.arrivals import ArrivalReceipt
from controller.domain.reasons import Role
from controller.line.customs_events import ArrivalAnswered
from controller.line.events import DaemonStarted, DeviceUp
from controller.line.holds import lifting
from controller.line.list_state import ConsignmentList
from controller.line.readiness import line_blockers
from controller.line.state import Draft
from tests.line.line_story import CARRIER, FILE, PROFILE, Story, declared, s10

A, B = s10(10000001), s10(10000002)
DATED_AHEAD = "customs_dated_ahead"
SILENT = replace(PROFILE, customs_silence_limit_s=3600)


def at(story: Story, ahead_s: float = 0) -> str:
    """A date so far ahead of the story's clock, in Beijing time."""
    then = story.began + timedelta(hours=8, milliseconds=story.now_ms, seconds=ahead_s)
    return f"{then:%Y%m%d%H%M%S}{then.microsecond // 1000:03d}"


def begun(profile: Any = PROFILE) -> Story:
    story = Story(profile)
    story.feed(DaemonStarted("b1", "0"))
    story.feed(DeviceUp("inbox"))
    story.sync()
    return story


def ready(profile: Any = PROFILE) -> Story:
    story = begun(profile)
    story.ready(A, B)
    return story


def listed(story: Story, number: str = A) -> ConsignmentList:
    return story.state.lists[f"{CARRIER}/{number}"]


def open_holds(story: Story) -> list[tuple[str, str]]:
    return [(one.target, one.code) for one in story.state.holds.values() if one.lifted_ms < 0]


def blocked(story: Story) -> list[str]:
    return [one.code for one in line_blockers(Draft(story.state, story.now_ms))]


def alarmed(story: Story) -> list[str]:
    return [one.subject for outcome in story.outcomes for one in outcome.alarms if one.code == DATED_AHEAD]


@pytest.mark.parametrize("word", ["800", "501", "700", "120", "4", "733"])
@pytest.mark.parametrize("time", ["", "20991231235959999", "20269923090000000", "later"])
def test_a_word_dated_ahead_holds_its_list_and_the_next_one_counts(word: str, time: str) -> None:
    story = ready()
    before = listed(story)
    story.receipt(A, word, time or at(story, 901))
    found = listed(story)
    assert (found.status, found.status_time, found.inspection_open) == (before.status, before.status_time, False)
    assert open_holds(story) == [(found.key, DATED_AHEAD)]
    assert alarmed(story) == [f"list:{found.key}"]
    story.pass_to_decision(1, A)
    assert DATED_AHEAD in story.codes(1)
    story.receipt(A, "501", at(story))
    assert listed(story).status == "501"
    story.receipt(A, "800", at(story, 1))
    assert listed(story).status == "800"
    assert open_holds(story) == [(found.key, DATED_AHEAD)], "no later word lifts it"


@pytest.mark.parametrize("ahead_s", [-36000, 0, 60, 900])
def test_a_word_within_the_limit_is_an_ordinary_one(ahead_s: int) -> None:
    story = ready()
    story.receipt(A, "501", at(story, ahead_s))
    assert (listed(story).status, open_holds(story)) == ("501", [])


def test_an_order_to_inspect_is_an_order_whatever_its_date() -> None:
    story = ready()
    story.receipt(A, "500", "20991231235959999")
    found = listed(story)
    assert (found.inspection_open, found.status) == (True, "800")
    assert open_holds(story) == [(found.key, DATED_AHEAD)]


def test_it_recalls_what_has_taken_the_release_lane() -> None:
    story = ready()
    story.pass_to_decision(1, A)
    assert story.codes(1) == ()
    story.answer()
    story.divert(1, 3)
    outcome = story.receipt(A, "800", "20991231235959999")
    assert "recalled" in [one.code for one in outcome.alarms]


def test_what_customs_has_lifted_is_not_held_for_the_same_word_again() -> None:
    story = ready()
    story.receipt(A, "800", "20991231235959999")
    story.receipt(A, "800", "20991231235959999")
    hold = next(iter(story.state.holds.values()))
    assert story.feed(lifting(hold, "asked customs"), Role.SHIFT_LEAD).refusals
    assert open_holds(story) == [(listed(story).key, DATED_AHEAD)]
    story.feed(lifting(hold, "asked customs"), Role.OFFICER)
    story.receipt(A, "800", "20991231235959999")
    assert open_holds(story) == []
    story.receipt(A, "501", "20991231235959999")
    assert open_holds(story) == [(listed(story).key, DATED_AHEAD)], "another word of that date is no copy"


def test_it_is_no_word_that_ends_a_silence_and_leaves_later_ones_their_voice() -> None:
    story = ready(SILENT)
    story.wait(3_500_000)
    newest = story.state.facts.customs_newest
    story.receipt(B, "800", "20991231235959999")
    assert story.state.facts.customs_newest == newest
    story.wait(200_000)
    assert "customs_silent" in blocked(story)
    story.receipt(A, "800", at(story))
    assert "customs_silent" not in blocked(story)


def test_an_answer_to_an_arrival_is_judged_in_the_same_way() -> None:
    story = ready(SILENT)
    newest = story.state.facts.customs_newest
    story.feed(ArrivalAnswered(ArrivalReceipt("XY1", 1, "", "", "399", "20991231235959999", "", ""), FILE))
    assert story.state.facts.customs_newest == newest
    assert alarmed(story) == ["arrival:XY1"]
    story.wait(3_700_000)
    assert "customs_silent" in blocked(story)


def test_before_its_list_it_waits_alarms_and_puts_no_other_word_aside() -> None:
    story = begun()
    story.receipt(A, "501", at(story, -60))
    story.receipt(A, "800", "20991231235959999")
    assert len(alarmed(story)) == 1
    story.manifest(declared(A))
    assert listed(story).status == "501"
    assert open_holds(story) == [(listed(story).key, DATED_AHEAD)]


def test_an_error_text_decides_nothing_whatever_its_date() -> None:
    story = ready()
    story.receipt(A, "-301001", "20991231235959999")
    assert (open_holds(story), alarmed(story)) == ([], [])


# --- this machine's clock ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("leap", [timedelta(hours=-1), timedelta(days=-365), timedelta(hours=1), timedelta(days=365)])
def test_a_wall_clock_that_leaps_holds_no_ordinary_word(leap: timedelta) -> None:
    story = ready()
    story.wait(7_200_000)
    told, right = at(story), story.began
    story.began += leap
    story.receipt(A, "501", told)
    story.began = right
    assert (listed(story).status, open_holds(story)) == ("501", [])


def test_a_leap_forward_that_was_put_right_leaves_nothing_behind() -> None:
    story = ready()
    story.began += timedelta(days=365)
    story.receipt(A, "501", at(story, -365 * 86_400))
    story.began -= timedelta(days=365)
    story.receipt(B, "501", at(story, 364 * 86_400))
    assert [listed(story, A).status, listed(story, B).status] == ["501", "800"]


def test_a_start_with_a_clock_that_stands_back_goes_by_customs_own_newest_word() -> None:
    story = ready()
    story.receipt(A, "800", at(story))
    right = story.began
    story.began -= timedelta(days=365)
    story.feed(DaemonStarted("b2", "0"))
    story.sync()
    story.began = right
    later = at(story, 600)
    story.began -= timedelta(days=365)
    story.receipt(B, "501", later)
    assert (listed(story, B).status, open_holds(story)) == ("501", [])
    story.receipt(A, "501", at(story, 366 * 86_400))
    assert open_holds(story) == [(listed(story, A).key, DATED_AHEAD)]


def test_the_zone_is_beijing() -> None:
    story = ready()
    story.began = datetime(2026, 11, 23, 20)
    story.receipt(A, "501", "20261124040000000")
    assert (listed(story).status, open_holds(story)) == ("501", [])


# --- dates of declarations -----------------------------------------------------------------------------------------


def test_a_change_dated_ahead_switches_no_later_word_off() -> None:
    story = ready()
    story.manifest(declared(A, gross_g=2001, app_type="2", app_time="20991231235959"))
    assert listed(story).status == ""
    story.receipt(A, "800", at(story, -60))
    assert listed(story).status == "", "a word from before the change is none for it"
    story.wait(60_000)
    story.receipt(A, "800", at(story))
    assert listed(story).status == "800"


def test_a_declaration_behind_one_dated_ahead_counts_and_is_held_until_customs_has_looked() -> None:
    story = begun()
    story.manifest(declared(A, app_time="20991231235959"))
    story.manifest(declared(A, gross_g=2001, app_type="2"))
    assert listed(story).declared.gross_weight_g == 2001
    assert open_holds(story) == [(listed(story).key, "declaration_conflict")]
