"""Loading: what a scan at the door counts for, and what may still change in a container."""

import pytest

from controller.domain.reasons import Role
from controller.line.events import CartonRemoved, HoldLifted, HoldPlaced
from controller.line.loading_events import ContainerReopened
from tests.line.departure_story import BOX, SEAL, Departure
from tests.line.line_story import CARRIER, s10

A, B, C = s10(10000001), s10(10000002), s10(10000003)


def key(number: str) -> str:
    return f"{CARRIER}/{number}"


def test_a_released_carton_counts_once() -> None:
    story = Departure()
    story.released(A)
    story.open()
    door = story.scan(A)
    assert (door.scans, door.carton, door.code) == (1, key(A), "")
    carton = story.state.cartons[key(A)]
    assert (carton.container, carton.place) == (BOX, f"container {BOX}")
    again = story.scan(A)
    assert (again.scans, again.code) == (2, "already_loaded")
    assert not [a for a in story.alarms() if a.code == "loading_refused"]


def test_an_unreleased_carton_is_refused_and_is_an_alarm() -> None:
    story = Departure()
    story.ready(A)
    story.pass_to_decision(1, A, 9000)  # too heavy: it takes the inspect lane
    story.answer()
    story.divert(1, 1)
    story.open()
    assert story.scan(A).code == "not_released"
    assert story.state.cartons[key(A)].container == ""
    assert story.alarms()[-1].code == "loading_refused"


def test_a_hold_placed_after_the_release_is_met_at_the_door() -> None:
    story = Departure()
    story.released(A)
    story.open()
    story.feed(HoldPlaced("H1", "carton", key(A), "officer_hold", "look"), Role.OFFICER)
    assert story.scan(A).code == "officer_hold"
    story.feed(HoldLifted("H1", "looked"), Role.OFFICER)
    assert story.scan(A).code == ""


def test_a_receipt_that_takes_the_release_back_is_met_at_the_door() -> None:
    story = Departure()
    story.released(A)
    story.open()
    story.receipt(A, "500", "20261123100000000")
    assert story.scan(A).code in ("customs_inspection", "recalled")


def test_a_hold_on_the_whole_line_stops_loading() -> None:
    story = Departure()
    story.released(A)
    story.open()
    story.divert(77, 3)  # the release lane without a decision: the line is held
    assert story.scan(A).code == "released_without_decision"


def test_what_took_the_release_lane_without_a_decision_is_not_loaded_when_the_line_is_let_go_on() -> None:
    story = Departure()
    story.ready(A)
    story.pass_to_decision(1, A, 900)  # it does not weigh what is declared
    story.answer()
    story.divert(1, 3)
    hold = next(one for one in story.state.holds.values() if one.scope == "line")
    story.feed(HoldLifted(hold.hold_id, "looked", hold.scope, hold.target, hold.code, hold.cause), Role.OFFICER)
    story.open()
    assert story.scan(A).code == "recalled"


@pytest.mark.parametrize("codes", [(), (A, B)])
def test_a_scan_that_names_no_one_carton_counts_for_none(codes: tuple[str, ...]) -> None:
    story = Departure()
    story.released(A, B)
    story.open()
    assert story.scan(*codes).code in ("no_read", "two_waybills")
    assert not any(c.container for c in story.state.cartons.values())


def test_a_number_without_check_digit_must_be_scanned_twice_in_a_row() -> None:
    story = Departure()
    plain = "WB12345678"
    story.released(plain)
    story.open()
    assert story.state.cartons[key(plain)].place == "release"
    assert story.scan(plain).code == "identity_uncertain"
    assert story.scan(plain).code == ""


def test_without_an_open_container_nothing_is_loaded() -> None:
    story = Departure()
    story.released(A)
    assert story.scan(A).code == "no_container"
    story.open(door="other")
    assert story.scan(A).code == "no_container"


def test_a_loaded_carton_that_comes_over_the_belt_again_is_a_duplicate_and_holds_its_container() -> None:
    story = Departure()
    story.released(A)
    story.open()
    story.scan(A)
    story.pass_to_decision(9, A)
    assert "duplicate" in story.codes(9)
    assert story.close(1).refusals[0].code == "load_held"


def test_a_wrong_container_number_is_not_opened() -> None:
    story = Departure()
    assert story.open("TGHU1234560").refusals[0].code == "container_number_wrong"
    assert story.open("x").refusals[0].code == "container_number_wrong"
    assert not story.open("AKE12345CA").refusals  # an air container has no check digit


def test_one_door_has_one_open_container() -> None:
    story = Departure()
    story.open()
    assert not story.open().refusals  # the same act again
    assert story.open("AKE12345CA").refusals[0].code == "door_taken"
    assert not story.open("AKE12345CA", "other").refusals


def test_closing_needs_the_count_of_people_to_be_that_of_the_scans() -> None:
    story = Departure()
    story.released(A, B)
    story.open()
    story.scan(A)
    story.scan(B)
    assert story.close(3).refusals[0].code == "count_differs"
    assert story.scan(C).code == "not_declared"
    assert not story.close(2).refusals
    assert story.state.containers[BOX].count == 2


def test_nothing_is_added_after_the_closing() -> None:
    story = Departure()
    story.released(A, B)
    story.open()
    story.scan(A)
    story.close(1)
    assert story.scan(B).code == "no_container"
    assert story.state.cartons[key(B)].container == ""


def test_close_weigh_seal_in_this_order() -> None:
    story = Departure()
    story.released(A)
    story.open()
    story.scan(A)
    assert story.weigh_box(2000).refusals[0].code == "container_not_closed"
    assert story.seal().refusals[0].code == "container_not_weighed"
    story.close(1)
    assert story.weigh_box(90_000).refusals[0].code == "container_weight_differs"
    assert story.alarms()[-1].code == "container_weight_differs"
    assert not story.weigh_box(2100).refusals
    assert story.seal("x").refusals[0].code == "seal_number_wrong"
    assert not story.seal().refusals
    assert not story.seal().refusals  # the same seal again
    assert story.seal("SEAL0002").refusals[0].code == "seal_set_already"


def test_an_empty_container_is_not_closed() -> None:
    story = Departure()
    story.open()
    assert story.close(0).refusals[0].code == "load_held"


def test_a_recall_reaches_a_loaded_carton_and_taking_it_out_undoes_closing_and_seal() -> None:
    story = Departure()
    story.sealed_with_pass(A, B)
    story.receipt(A, "500", "20261123100000000")
    assert any(a.code == "recalled" and a.subject == f"carton:{key(A)}" for a in story.alarms())
    story.feed(CartonRemoved(A, "open_box", "recalled"), Role.OFFICER)
    box = story.state.containers[BOX]
    assert (box.closed_ms, box.weighed_ms, box.sealed_ms, box.seal_no) == (-1, -1, -1, "")
    assert story.state.passes["P1"].voided_ms >= 0
    assert story.state.cartons[key(A)].container == ""
    assert story.scan(A).code != ""
    assert not story.close(1).refusals
    assert not story.weigh_box(2000).refusals
    assert not story.seal("SEAL0002").refusals


def test_reopening_undoes_the_seal_and_the_pass_and_scans_count_again() -> None:
    story = Departure()
    story.sealed_with_pass(A)
    story.feed(ContainerReopened(BOX, "one was forgotten"), Role.SHIFT_LEAD)
    assert story.state.containers[BOX].sealed_ms < 0
    assert story.state.passes["P1"].voided_ms >= 0
    assert story.scan(A).code == "already_loaded"


def test_only_those_who_load_may_close() -> None:
    story = Departure()
    story.released(A)
    story.open()
    story.scan(A)
    from controller.line.loading_events import ContainerClosed

    assert story.feed(ContainerClosed(BOX, 1), Role.CUSTOMS_AUDITOR).refusals[0].code == "role_not_allowed"
    assert SEAL not in {c.seal_no for c in story.state.containers.values()}
