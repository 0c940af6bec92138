"""Custody: a carton that is kept goes nowhere, and only customs takes it out."""

import pytest

from controller.domain.reasons import Role
from controller.domain.sentences import in_chinese
from controller.line import custody
from controller.line.commands import Outcome
from controller.line.custody_events import CustodyEnded, CustodyMoved, StockTaken
from tests.line.departure_story import Departure
from tests.line.line_story import CARRIER, s10

A, B = s10(10000001), s10(10000002)
KEY = f"{CARRIER}/{A}"


def codes(outcome: Outcome) -> list[str]:
    return [refusal.code for refusal in outcome.refusals]


def kept(place: str = "cage 1") -> Departure:
    story = Departure()
    story.released(A)
    assert not story.feed(CustodyMoved(A, place), Role.OPERATOR, "wang").refusals
    return story


def test_a_kept_carton_never_counts_as_released() -> None:
    story = kept()
    assert (story.state.cartons[KEY].custody, story.state.cartons[KEY].place) == ("cage 1", "custody cage 1")
    story.open()
    assert story.scan(A).code == "in_custody"
    assert story.state.cartons[KEY].container == ""


def test_a_move_names_place_person_and_origin() -> None:
    story = kept()
    moved = story.feed(CustodyMoved(A, "cage 2"), Role.OFFICER, "zhang")
    assert [f.text for f in moved.findings] == ["moved into custody at cage 2 from cage 1 by zhang"]
    assert not story.feed(CustodyMoved(A, "cage 2"), Role.OFFICER, "zhang").findings  # the same act again


@pytest.mark.parametrize("place", ["on_belt", "expected", "Unidentified", "removed", "departed"])
def test_no_shelf_has_the_name_of_what_the_line_says_of_a_carton(place: str) -> None:
    story = kept()
    assert codes(story.feed(CustodyMoved(A, place), Role.OPERATOR, "wang")) == ["custody_place_wrong"]
    assert story.state.cartons[KEY].custody == "cage 1"


def test_only_customs_takes_it_out_and_that_releases_nothing() -> None:
    story = kept()
    assert codes(story.feed(CustodyEnded(A, "done"), Role.OPERATOR)) == ["role_not_allowed"]
    assert story.state.cartons[KEY].custody == "cage 1"
    assert not story.feed(CustodyEnded(A, "done"), Role.OFFICER).refusals
    assert story.state.cartons[KEY].custody == ""
    assert codes(story.feed(CustodyEnded(A, "done"), Role.OFFICER)) == ["not_in_custody"]
    story.open()
    assert story.scan(A).code == "not_from_release_lane"


def test_a_kept_carton_put_on_the_belt_is_not_released() -> None:
    story = Departure()
    story.ready(A)
    assert not story.feed(CustodyMoved(A, "cage 1"), Role.OPERATOR).refusals
    story.pass_to_decision(1, A)
    ordered = next(iter(story.state.passages.values())).ordered
    assert ordered is not None
    assert not ordered.releases
    assert "in_custody" in ordered.blockers


def test_a_carton_on_the_belt_or_in_a_container_is_not_moved() -> None:
    story = Departure()
    story.ready(A)
    story.pass_to_decision(1, A)
    assert codes(story.feed(CustodyMoved(A, "cage 1"), Role.OPERATOR)) == ["on_belt"]
    story.answer()
    story.divert(1, 3)
    story.open()
    story.scan(A)
    assert codes(story.feed(CustodyMoved(A, "cage 1"), Role.OPERATOR)) == ["already_loaded"]


# --- what was ordered over the belt before it was kept ---


def ordered_and_kept() -> Departure:
    story = Departure()
    story.ready(A)
    story.pass_to_decision(1, A, 2600)
    story.answer()
    story.divert(1, 1)
    assert not story.fetch(A).refusals
    assert not story.feed(CustodyMoved(A, "cage 1"), Role.OFFICER).refusals
    return story


def test_what_comes_by_an_order_from_before_it_was_kept_is_a_copy_also_when_it_is_handed_back() -> None:
    story = ordered_and_kept()
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "anomaly"
    assert [hold.code for hold in story.state.holds.values()] == ["duplicate"]
    assert codes(story.feed(CustodyEnded(A, "nothing found"), Role.OFFICER)) == ["on_belt"]
    story.answer()
    story.divert(2, 2)
    assert not story.feed(CustodyEnded(A, "nothing found"), Role.OFFICER).refusals
    story.pass_to_decision(3, A)
    assert story.last(3).lane == "anomaly", "nobody can say which of the two it is before the hold is lifted"


@pytest.mark.parametrize("again", [False, True])
def test_what_was_kept_and_handed_back_is_released_ordered_once_more_or_not(again: bool) -> None:
    story = ordered_and_kept()
    assert not story.feed(CustodyEnded(A, "nothing found"), Role.OFFICER).refusals
    if again:
        assert not story.fetch(A).refusals
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "release"
    assert not story.alarms()


@pytest.mark.parametrize("place", ["", "  ", "x" * 41])
def test_a_place_needs_a_name(place: str) -> None:
    story = Departure()
    story.ready(A)
    assert codes(story.feed(CustodyMoved(A, place), Role.OPERATOR)) == ["custody_place_wrong"]


def test_an_unknown_label_moves_nothing() -> None:
    assert codes(kept().feed(CustodyMoved(B, "cage 1"), Role.OPERATOR)) == ["not_declared"]


def test_of_too_many_stock_takes_the_place_that_was_looked_at_longest_ago_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custody, "STOCK_PLACES_KEPT", 2)
    story = Departure()
    story.ready(A)
    for place in ("cage 1", "cage 2", "cage 1", "cage 3"):
        story.wait(1000)
        assert not story.feed(StockTaken(place, ()), Role.OPERATOR, "li").refusals
    assert set(story.state.stock_takes) == {"cage 1", "cage 3"}, "cage 1 was first known, and looked at again since"


def test_who_takes_a_carton_out_takes_it_out_of_the_custody_that_was_shown() -> None:
    """It was taken out, and another officer keeps it again in the same place, for another reason."""
    story = kept()
    shown = custody.shown_of(story.state.cartons[KEY])
    story.wait(60_000)
    assert custody.shown_of(story.state.cartons[KEY]) == shown, "time alone changes nothing"
    assert not story.feed(CustodyEnded(A, "looked at it", shown), Role.OFFICER, "zhang").refusals
    story.wait(60_000)
    story.feed(CustodyMoved(A, "cage 1"), Role.OFFICER, "zhao")
    refused = story.feed(CustodyEnded(A, "looked at it", shown), Role.OFFICER, "wang").refusals
    assert [one.code for one in refused] == ["changed_since"]
    assert in_chinese(refused[0].cause) == "此后又重新暂存, 现在 cage 1"
    assert story.state.cartons[KEY].custody == "cage 1"
    now = custody.shown_of(story.state.cartons[KEY])
    assert not story.feed(CustodyEnded(A, "looked at it", now), Role.OFFICER, "wang").refusals
