"""Where a copy ends says nothing of the carton whose number it bears, where that one is known to be elsewhere."""

from collections.abc import Callable

import pytest

from controller.domain.reasons import Role
from controller.line.belt import RingKind
from controller.line.custody_events import CustodyMoved
from controller.line.recheck_standing import BY_HAND
from tests.line.line_story import CARRIER, s10
from tests.line.recheck_story import SEAL_NO, Bench

A = s10(10000001)
KEY = f"{CARRIER}/{A}"


def in_a_container(story: Bench) -> None:
    story.released(A)
    story.open()
    assert not story.scan(A).code


def in_custody(story: Bench) -> None:
    story.benched(A)
    story.to_inspect(1, A)
    assert not story.feed(CustodyMoved(A, "cage 1"), Role.OPERATOR).refusals


def released_by_hand(story: Bench) -> None:
    story.benched(A)
    story.to_inspect(1, A)
    assert not story.matched(A, by_hand=True).refusals


def in_the_release_lane(story: Bench) -> None:
    story.benched(A)
    story.pass_to_decision(1, A)
    story.answer()
    story.divert(1, 3)


def into_anomaly(story: Bench) -> None:
    story.decide(9)
    story.answer()
    story.divert(9, 2)


def lost(story: Bench) -> None:
    story.ring(RingKind.LOST, 9, 3)


def taken_off(story: Bench) -> None:
    story.ring(RingKind.REMOVED_BY_HAND, 9, 3)


def copy_comes(story: Bench, ends: Callable[[Bench], None]) -> None:
    story.induct(9)
    story.gate(9, 2, A)
    ends(story)


@pytest.mark.parametrize("ends", [into_anomaly, lost, taken_off])
@pytest.mark.parametrize(
    ("stands", "place"),
    [(in_a_container, "container TGHU1234567"), (in_custody, "custody cage 1"), (released_by_hand, BY_HAND)],
)
def test_it_stays_where_it_is_known_to_be(stands: Callable[[Bench], None], place: str, ends: Callable[[Bench], None]) -> None:
    story = Bench()
    stands(story)
    copy_comes(story, ends)
    assert story.state.cartons[KEY].place == place
    assert "duplicate" in [hold.code for hold in story.state.holds.values()]


@pytest.mark.parametrize("ends", [into_anomaly, lost, taken_off])
def test_what_officers_released_by_hand_is_loaded_with_its_seal_once_its_copy_is_seen_to(ends: Callable[[Bench], None]) -> None:
    story = Bench()
    released_by_hand(story)
    copy_comes(story, ends)
    story.open()
    assert story.scan(A, SEAL_NO).code == "duplicate"
    story.lift_all()
    assert story.scan(A).code == "new_seal_unread"
    assert story.scan(A, SEAL_NO).code == ""


@pytest.mark.parametrize("ends", [into_anomaly, lost, taken_off])
def test_at_a_door_nobody_can_tell_a_copy_from_what_stands_in_the_release_lane(ends: Callable[[Bench], None]) -> None:
    """Not by a shift lead's word alone: officers open it, and it is loaded with the seal that they put on."""
    story = Bench()
    in_the_release_lane(story)
    copy_comes(story, ends)
    story.lift_all()
    story.open()
    assert story.scan(A).code == "not_from_release_lane"
    assert not story.matched(A, by_hand=True).refusals
    assert story.scan(A, SEAL_NO).code == ""
