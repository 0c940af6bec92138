"""Who deletes a list deletes what was declared, not what customs said of it: declared elsewhere its carton is not free."""

import pytest
from msgspec.structs import replace

from controller.domain.reasons import Role
from controller.line.events import CartonRemoved, HoldPlaced, InspectionClosed, LoadArrived, UnloadingStarted
from tests.line.line_story import CARRIER, Story, declared, s10
from tests.line.test_contradictory_papers import held, lifts, notice
from tests.line.test_second_carrier import OTHER, OWN, begun, deleted, stood_in_anomaly, wrong_carrier

A, LA, LB, X = s10(10000001), s10(10000001), s10(10000002), s10(10000003)
STOPS = ("500", "501", "502", "503", "599", "700", "977")


# --- declared anew under another carrier ---------------------------------------------------------------------------


@pytest.mark.parametrize("word", STOPS)
@pytest.mark.parametrize("seen", [False, True])
def test_what_customs_stopped_is_not_released_under_another_carrier(word: str, seen: bool) -> None:
    story = begun()
    story.receipt(A, word, "20261123100000000")
    if seen:
        story.pass_to_decision(1, A)
        story.answer()
        story.divert(1, 1)
    wrong_carrier(story)
    if seen:
        story.fetch(A)
    story.pass_to_decision(2, A)
    assert "carrier_ambiguous" in story.codes(2)
    assert story.last(2).lane != "release"


@pytest.mark.parametrize("word", STOPS)
def test_it_goes_on_when_an_officer_has_closed_what_customs_ordered_for_the_deleted_list(word: str) -> None:
    story = begun()
    story.receipt(A, word, "20261123100000000")
    wrong_carrier(story)
    assert [r.code for r in story.feed(InspectionClosed(OWN, "x"), Role.OPERATOR).refusals] == ["role_not_allowed"]
    assert not story.feed(InspectionClosed(OWN, "looked into it"), Role.OFFICER).refusals
    assert [r.code for r in story.feed(InspectionClosed(OWN, "again"), Role.OFFICER).refusals] == ["target_unknown"]
    story.pass_to_decision(1, A)
    assert (story.last(1).carton, story.codes(1)) == (OTHER, ())


def test_a_list_that_customs_released_after_its_stop_is_as_any_other_when_it_is_deleted() -> None:
    for before in (True, False):
        story = begun()
        story.receipt(A, "501", "20261123100000000")
        if before:
            story.receipt(A, "800", "20261123110000000")
        wrong_carrier(story)
        if not before:
            story.receipt(A, "800", "20261123140000000")
        story.pass_to_decision(1, A)
        assert (story.last(1).carton, story.codes(1)) == (OTHER, ())


@pytest.mark.parametrize("word", ["1", "120", "4", "100", "800"])
def test_a_list_that_only_waits_or_was_rejected_stops_nothing_when_it_is_deleted(word: str) -> None:
    story = begun()
    story.receipt(A, word, "20261123100000000")
    wrong_carrier(story)
    story.pass_to_decision(1, A)
    assert (story.last(1).carton, story.codes(1)) == (OTHER, ())


@pytest.mark.parametrize("between", ["changed", "received", "rejected"])
def test_neither_a_change_nor_a_word_on_the_message_that_deletes_it_takes_a_stop_away(between: str) -> None:
    story = begun()
    story.receipt(A, "501", "20261123100000000")
    if between == "changed":
        story.manifest(declared(A, app_type="2", app_time="20261123110000", gross_g=2001))
    else:
        story.receipt(A, "2" if between == "received" else "100", "20261123110000000")
    wrong_carrier(story)
    story.pass_to_decision(1, A)
    assert story.codes(1) == ("carrier_ambiguous",)


def test_a_stop_that_comes_after_the_deletion_counts_also_with_an_older_time() -> None:
    for time in ("20261123100000000", "20261123140000000"):
        story = begun()
        wrong_carrier(story)
        story.receipt(A, "501", time)
        story.pass_to_decision(1, A)
        assert story.codes(1) == ("carrier_ambiguous",)


def test_what_the_draw_selected_is_not_drawn_again_under_another_key() -> None:
    story = stood_in_anomaly()
    story.state.cartons[OWN] = replace(story.state.cartons[OWN], selection="selected")
    wrong_carrier(story)
    story.fetch(A, "anomaly")
    story.pass_to_decision(2, A)
    assert story.codes(2) == ("carrier_ambiguous",)


@pytest.mark.parametrize("typed", ["declared anew as nothing", " Declared ANEW as x", "Taken out of custody y", "released at z"])
def test_nobody_types_that_a_carton_is_another_by_now(typed: str) -> None:
    story = stood_in_anomaly()
    wrong_carrier(story)
    assert [r.code for r in story.feed(CartonRemoved(OWN, typed, "x"), Role.OPERATOR).refusals] == ["place_not_by_hand"]
    story.pass_to_decision(2, A)
    assert "carrier_ambiguous" in story.codes(2)


# --- moved into another list before it is here ---------------------------------------------------------------------


def noticed(story: Story) -> None:
    story.manifest(declared(LA))
    notice(story, "L1", (X, LA, 1, 1))
    story.receipt(LA, "800", "20261123085000000")


def moved(story: Story) -> None:
    """The sender deletes the list; before the truck is here another notice says that its carton is of a released list."""
    story.manifest(deleted(declared(LA)), declared(LB))
    story.receipt(LB, "800", "20261123130000000")
    notice(story, "L1", (X, LB, 1, 1), batch="n2")


def arrived(story: Story) -> None:
    story.feed(LoadArrived("L1", "渝A1"))
    story.check_seal("L1", "S1")
    story.feed(UnloadingStarted("L1"))
    story.pass_to_decision(1, X)


CONFLICT = {("declaration_conflict", "list", f"{CARRIER}/{LA}"), ("declaration_conflict", "list", f"{CARRIER}/{LB}")}


@pytest.mark.parametrize("stopped", [*STOPS, "officer_hold", "company_hold"])
def test_a_notice_takes_no_carton_out_of_a_deleted_list_that_is_stopped(stopped: str) -> None:
    story = Story()
    noticed(story)
    if stopped.isdecimal():
        story.receipt(LA, stopped)
    else:
        assert not story.feed(HoldPlaced("H1", "list", f"{CARRIER}/{LA}", stopped, "look"), Role.OFFICER).refusals
    moved(story)
    assert {*held(story)} >= CONFLICT
    arrived(story)
    assert "declaration_conflict" in story.codes(1)
    assert story.last(1).lane != "release"
    lifts(story)
    assert story.last(1).lane == "release", "customs has settled it: it is of the list that the newest notice names"


def test_a_list_with_the_number_of_a_carton_of_a_stopped_list_takes_nothing_from_it() -> None:
    story = Story()
    story.manifest(declared(LA))
    notice(story, "L1", (X, LA, 1, 1))
    story.receipt(LA, "501")
    story.manifest(deleted(declared(LA)), declared(X))
    assert {target for _, _, target in held(story)} == {f"{CARRIER}/{LA}", f"{CARRIER}/{X}"}


def test_a_notice_may_name_the_right_list_where_the_deleted_one_stops_nothing() -> None:
    story = Story()
    noticed(story)
    moved(story)
    assert not held(story)
    arrived(story)
    assert story.last(1).lane == "release"
