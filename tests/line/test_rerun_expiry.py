"""How long a re-run that was ordered stands: what comes later may be another carton with the same number."""

import pytest
from msgspec.structs import replace

from controller.domain.reasons import Role
from controller.line.events import CartonRemoved, ConfigLoaded, DaemonStarted
from controller.line.holds import lifting
from tests.line.line_story import PROFILE, Story, s10

A, B = s10(10000001), s10(10000002)
LIMIT_S = 600
LIMIT_MS = LIMIT_S * 1000
MINUTE_MS = 60_000


def ordered() -> Story:
    """A carton stood in the inspect lane, a person took it out and said so."""
    story = Story()
    story.feed(ConfigLoaded(replace(PROFILE, rerun_limit_s=LIMIT_S), "cf" * 32, "test", "c5" * 32))
    story.ready(A, B)
    story.pass_to_decision(1, A, 2600)
    story.answer()
    story.divert(1, 1)
    story.fetch(A)
    return story


def restarted(story: Story, away_ms: int) -> None:
    story.feed(DaemonStarted("b2", "test", away_ms))
    story.sync()


def comes(story: Story, track: int = 2) -> str:
    story.pass_to_decision(track, A)
    return story.last(track).lane


def expired(story: Story, track: int = 2) -> bool:
    """Held for that alone, in the same words on both its ways, with an alarm."""
    open_holds = [hold.code for hold in story.state.holds.values() if hold.lifted_ms < 0]
    told = any(alarm.code == "rerun_expired" for alarm in story.alarms())
    assert ("rerun_expired" in open_holds) == told == ("rerun_expired" in story.codes(track))
    assert "duplicate" not in open_holds
    return told


def test_in_its_time_it_is_the_carton_that_was_taken() -> None:
    story = ordered()
    story.wait(LIMIT_MS - MINUTE_MS)
    assert comes(story) == "release"
    assert not expired(story)


def test_what_comes_later_is_held_as_if_nobody_had_ordered_it() -> None:
    story = ordered()
    story.wait(LIMIT_MS)
    assert comes(story) == "anomaly"
    assert expired(story)


def test_an_order_is_used_up_by_what_came_too_late_and_a_new_one_counts_once_a_person_has_compared_it() -> None:
    story = ordered()
    story.wait(LIMIT_MS)
    comes(story)
    story.answer()
    story.divert(2, 2)
    assert story.state.facts.reruns == ()
    (hold,) = story.state.holds.values()
    assert story.feed(lifting(hold, "mine"), Role.OPERATOR).refusals[0].code == "role_not_allowed"
    story.feed(lifting(hold, "it is the one that was taken"), Role.SHIFT_LEAD)
    story.fetch(A, "anomaly")
    assert comes(story, 3) == "release"


def test_what_a_person_took_elsewhere_since_is_not_what_comes_next() -> None:
    story = ordered()
    story.feed(CartonRemoved(A, "open_box", "to be looked at"), Role.OPERATOR)
    assert comes(story) == "anomaly"
    assert [hold.code for hold in story.state.holds.values()] == ["duplicate"]


def test_what_went_over_the_belt_by_another_name_is_not_what_comes_next() -> None:
    """The induct reader told of another's number, the verify reader of its own; a person who takes it says so once more."""
    story = ordered()
    story.pass_to_decision(2, B, verify=A)
    assert story.last(2).lane == "inspect"
    story.answer()
    story.divert(2, 1)
    assert comes(story, 3) == "anomaly"
    assert "duplicate" in [hold.code for hold in story.state.holds.values()]


def test_whoever_takes_it_by_another_name_orders_it_once_more() -> None:
    story = ordered()
    story.pass_to_decision(2, B, verify=A)
    story.answer()
    story.divert(2, 1)
    story.fetch(A)
    assert comes(story, 3) == "release"


def test_ordering_it_again_begins_the_time_anew() -> None:
    story = ordered()
    story.wait(LIMIT_MS - MINUTE_MS)
    story.fetch(A)
    story.wait(LIMIT_MS - MINUTE_MS)
    assert comes(story) == "release"


def test_two_on_the_belt_at_once_are_a_duplicate_whatever_was_ordered() -> None:
    story = ordered()
    story.wait(LIMIT_MS - MINUTE_MS)
    story.induct(2)
    story.gate(2, PROFILE.scan_zone, A)
    story.wait(2 * MINUTE_MS)
    story.induct(3)
    story.gate(3, PROFILE.scan_zone, A)
    assert [hold.code for hold in story.state.holds.values()] == ["duplicate"]


def test_a_copy_that_the_verify_gate_alone_reads_after_the_time_is_held() -> None:
    story = ordered()
    story.wait(LIMIT_MS)
    story.pass_to_decision(2, "", verify=A)
    assert [hold.code for hold in story.state.holds.values()] == ["rerun_expired"]


@pytest.mark.parametrize(
    ("before_ms", "away_ms", "late"),
    [
        (0, 1000, False),
        (LIMIT_MS // 2, LIMIT_MS // 4, False),
        (LIMIT_MS // 2, LIMIT_MS // 2, True),  # line time stood for half of it
        (0, 30 * 24 * 60 * MINUTE_MS, True),
        (0, -1, True),  # for how long nobody can tell
    ],
)
def test_a_restart_neither_ends_an_order_nor_makes_it_younger(before_ms: int, away_ms: int, late: bool) -> None:
    story = ordered()
    story.wait(before_ms)
    restarted(story, away_ms)
    assert (comes(story) != "release") is late
    assert expired(story) is late


def test_several_restarts_add_up_and_what_was_not_known_once_stays_so() -> None:
    story = ordered()
    for _ in range(3):
        restarted(story, LIMIT_MS // 3)
    assert comes(story) != "release"
    story = ordered()
    restarted(story, -1)
    restarted(story, 0)
    assert comes(story) != "release"
    assert expired(story)
