"""Papers and weight: a container that was not read, a pass issued again, another paper shown, a second weighing."""

from typing import Any

import msgspec
import pytest

from controller.console.gate_desk import gates_told
from controller.domain.reasons import Role
from controller.domain.sentences import recognised
from controller.line.events import HoldPlaced
from controller.line.gate_events import GateArrived, GatePassIssued, GatePassVoided
from tests.line.departure_story import BOX, PLATE, SEAL, Departure
from tests.line.line_story import FILE, s10

A = s10(10000001)


def with_pass(gross_g: int = 0) -> Departure:
    story = Departure()
    story.sealed_with_pass(A, gross_g=gross_g)
    return story


# --- to inspection -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("box", ["", "MSKU0000006"])
def test_to_inspection_holds_the_container_of_the_plates_pass_where_none_was_read(box: str) -> None:
    story = with_pass()
    story.arrive(box=box)
    assert not story.check(2).refusals
    assert [(hold.scope, hold.target) for hold in story.state.holds.values()] == [("container", BOX)]
    story.arrive()  # it turns, and is read this time
    assert (story.answers()[-1].result, "officer_hold" in story.answers()[-1].codes) == ("N", True)


def test_to_inspection_asks_for_the_number_where_nothing_leads_to_a_container() -> None:
    story = with_pass()
    story.arrive(box="", plate="")
    (refusal,) = story.check(2).refusals
    assert refusal.code == "container_unknown"
    assert recognised(refusal.cause) is not None
    assert recognised(refusal.next_step) is not None
    assert (story.answers()[-1].result, story.visit.checked_by) == ("N", "")  # it stays, and somebody is still wanted
    story.arrive(again=True)  # read after all: his word stands until one of customs speaks again
    assert (story.answers()[-1].result, story.openings()) == ("N", [])
    assert not story.feed(HoldPlaced("H1", "container", BOX, "officer_hold", "look"), Role.OFFICER).refusals
    assert not story.check(2).refusals


# --- the pass ------------------------------------------------------------------------------------------------------


def test_a_pass_that_is_issued_again_with_another_weight_is_another_act() -> None:
    story = with_pass()
    assert not story.issue().refusals  # the same act again
    assert [refusal.code for refusal in story.issue(gross_g=12_000_000).refusals] == ["pass_known"]


def shows(story: Departure, form_id: str) -> tuple[str, tuple[str, ...]]:
    story.session += 1
    story.feed(GateArrived("gate", f"S{story.session}", "E", "A", PLATE, BOX, SEAL, -1, form_id, True, True, FILE))
    return story.answers()[-1].result, story.answers()[-1].codes


def test_a_truck_that_shows_another_paper_than_its_pass_waits_for_an_officer() -> None:
    story = with_pass()
    story.feed(GatePassVoided("P1", "stolen form"), Role.OFFICER)
    assert not story.feed(GatePassIssued("P2", BOX, PLATE, 0), Role.OFFICER).refusals
    assert shows(story, "P1") == ("M", ("gate_form_differs",))
    shown = msgspec.convert(gates_told(story.state)[0], dict[str, Any])["truck"]
    assert (shown["form_id"], shown["pass"]["pass_id"]) == ("P1", "P2")
    assert not story.check(1).refusals
    assert story.answers()[-1].result == "Y"


@pytest.mark.parametrize("form_id", ["", "P1", " p1 "])
def test_a_gate_that_tells_of_no_paper_or_of_the_pass_itself_changes_nothing(form_id: str) -> None:
    assert shows(with_pass(), form_id) == ("Y", ())


# --- the weight ----------------------------------------------------------------------------------------------------


def test_a_weight_that_contradicts_the_list_undoes_the_one_before_and_voids_the_pass() -> None:
    story = with_pass()
    assert [refusal.code for refusal in story.weigh_box(502_000).refusals] == ["container_weight_differs"]
    box = story.state.containers[BOX]
    assert (box.weighed_ms, box.seal_no) == (-1, SEAL)
    assert story.state.passes["P1"].voided_ms >= 0
    story.arrive()
    assert (story.answers()[-1].result, story.openings()) == ("N", [])
    assert [refusal.code for refusal in story.issue().refusals] == ["pass_known"]
    assert [r.code for r in story.feed(GatePassIssued("P2", BOX, PLATE, 0), Role.OFFICER).refusals] == ["load_held"]
    assert not story.weigh_box(2000).refusals
    assert not story.feed(GatePassIssued("P2", BOX, PLATE, 0), Role.OFFICER).refusals
    story.arrive()
    assert story.answers()[-1].result == "Y"


def test_a_contradicting_weight_takes_back_an_order_and_what_left_all_the_same_is_told_as_it_was_weighed() -> None:
    story = with_pass()
    story.arrive()
    story.weigh_box(502_000)
    assert story.answers()[-1].result == "N"
    story.barrier(1)
    assert not story.check(4).refusals
    assert '"net_g":2000' in story.messages()[0].body
    assert f'"against":["container:{BOX} container_not_weighed","pass:P1 pass_voided"]' in story.messages()[0].body
