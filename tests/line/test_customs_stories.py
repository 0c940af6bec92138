"""Lists, loads, receipts and holds as stories: these papers, this word of customs, this officer; then this lane."""

import pytest

from controller.domain.declarations import Receipt
from controller.domain.reasons import Role
from controller.line.belt import Result
from controller.line.commands import Decide, PlcCommand
from controller.line.events import (
    HoldLifted,
    HoldPlaced,
    InspectionClosed,
    ReceiptArrived,
)
from tests.line.line_story import CARRIER, FILE, Story, declared, s10

A, B, C = s10(10000001), s10(10000002), s10(10000003)


@pytest.mark.parametrize(
    ("status", "code"),
    [("500", "customs_inspection"), ("120", "customs_not_released"), ("100", "customs_rejected"), ("501", "customs_detained"),
     ("700", "customs_returned"), ("77", "customs_status_unknown"), ("509", "customs_status_unknown"),
     ("", "customs_status_missing")],
)  # fmt: skip
def test_every_status_but_800_and_899_holds(status: str, code: str) -> None:
    story = Story()
    story.ready(A, status=status)
    story.pass_to_decision(1, A)
    assert code in story.codes(1)
    assert story.last(1).lane != "release"


def test_899_releases_too() -> None:
    story = Story()
    story.ready(A, status="899")
    story.pass_to_decision(1, A)
    assert story.last(1).lane == "release"


def test_a_list_of_two_waits_for_its_second_carton() -> None:
    story = Story()
    story.manifest(declared(A, pack_no=2, gross_g=4000))
    story.receipt(A, "800")
    story.load("L1", (B, A, 1, 2), (C, A, 2, 2))
    story.pass_to_decision(1, B)
    assert story.codes(1) == ("list_incomplete",)
    story.answer()
    story.divert(1, 1)
    story.pass_to_decision(2, C)
    assert story.last(2).lane == "release"
    story.fetch(B)
    story.pass_to_decision(3, B)
    assert story.last(3).lane == "release"


def test_a_load_without_notice_is_held_whole() -> None:
    story = Story()
    story.manifest(declared(A), declared(B))
    story.receipt(A, "800")
    story.receipt(B, "800")
    story.load("L9", notice=False)
    for track, code in ((1, A), (2, B)):
        story.pass_to_decision(track, code)
        assert "load_notice_missing" in story.codes(track)


def test_a_carton_of_another_load_and_a_wrong_plate() -> None:
    story = Story()
    story.ready(A)
    story.manifest(declared(B))
    story.receipt(B, "800")
    story.load("L2", (B, B, 1, 1), plate="渝B9")
    story.pass_to_decision(1, A)
    assert "load_plate_differs" in story.codes(1)
    other = Story()
    other.ready(A)
    other.load("L2")
    other.pass_to_decision(1, A)
    assert "wrong_load" in other.codes(1)


def test_500_after_800_takes_back_a_release_still_on_the_belt() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A)
    story.answer()
    outcome = story.receipt(A, "500", "20261123100000000")
    assert [d.lane for d in outcome.decisions] == ["inspect"]
    assert outcome.commands[-1] == Decide(1, 1, 1, False, 0, story.decisions(1)[-1].seq and outcome.commands[-1].ttl_100ms, 2)  # type: ignore[union-attr]


def test_500_after_800_recalls_a_carton_that_took_the_release_lane() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A)
    story.answer()
    story.divert(1, 3)
    story.receipt(A, "500", "20261123100000000")
    assert [h.code for h in story.state.holds.values()] == ["recalled"]
    assert any(a.code == "recalled" for a in story.alarms())


def test_800_after_500_needs_the_inspection_closed() -> None:
    story = Story()
    story.ready(A, status="500")
    story.receipt(A, "800", "20261123100000000")
    story.pass_to_decision(1, A)
    assert story.codes(1) == ("inspection_open",)
    story.feed(InspectionClosed(f"{CARRIER}/{A}", "nothing found"), Role.OPERATOR)
    assert story.outcomes[-1].refusals[0].code == "role_not_allowed"
    story.feed(InspectionClosed(f"{CARRIER}/{A}", "nothing found"), Role.OFFICER)
    story.answer()
    story.divert(1, 1)
    story.fetch(A)
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "release"


@pytest.mark.parametrize(("second", "opens"), [("20261123090000000", False), ("20261123085900000", True)])
def test_an_order_to_inspect_that_is_told_again_is_no_second_one_and_another_is(second: str, opens: bool) -> None:
    story = Story()
    story.ready(A, status="500")
    story.feed(InspectionClosed(f"{CARRIER}/{A}", "nothing found"), Role.OFFICER)
    story.receipt(A, "800", "20261123100000000")
    story.pass_to_decision(1, A)
    story.answer()
    story.divert(1, 3)
    story.receipt(A, "500", second)
    assert story.state.lists[f"{CARRIER}/{A}"].inspection_open is opens
    assert [h.code for h in story.state.holds.values()] == ["recalled"] * opens


@pytest.mark.parametrize("order", [("800", "500"), ("500", "800")])
def test_receipts_of_one_instant_that_disagree_hold(order: tuple[str, str]) -> None:
    story = Story()
    story.manifest(declared(A))
    for status in order:
        story.receipt(A, status)
    story.load("L1", (A, A, 1, 1))
    story.pass_to_decision(1, A)
    assert story.last(1).lane != "release"


def test_an_older_receipt_does_not_undo_a_newer_one_and_an_error_text_decides_nothing() -> None:
    story = Story()
    story.ready(A)
    story.receipt(A, "120", "20261122000000000")
    story.receipt(A, "-301010", "20261124000000000")
    story.pass_to_decision(1, A)
    assert story.last(1).lane == "release"


def test_a_late_500_from_before_the_800_still_opens_an_inspection() -> None:
    story = Story()
    story.ready(A)
    story.receipt(A, "500", "20261122000000000")
    story.pass_to_decision(1, A)
    assert story.codes(1) == ("inspection_open",)


def test_a_receipt_before_its_list_counts_when_the_list_comes() -> None:
    story = Story()
    story.receipt(A, "800")
    story.manifest(declared(A))
    story.load("L1", (A, A, 1, 1))
    story.pass_to_decision(1, A)
    assert story.last(1).lane == "release"


def test_an_officer_holds_and_only_customs_lifts() -> None:
    story = Story()
    story.ready(A)
    key = f"{CARRIER}/{A}"
    story.pass_to_decision(1, A)
    story.answer()
    held = story.feed(HoldPlaced("H1", "carton", key, "officer_hold", "look"), Role.OFFICER, "zhang")
    assert [d.lane for d in held.decisions] == ["inspect"]
    story.answer()
    story.divert(1, 1)
    refused = story.feed(HoldLifted("H1", "hurry"), Role.SHIFT_LEAD)
    assert refused.refusals[0].code == "role_not_allowed"
    story.fetch(A)
    story.pass_to_decision(2, A)
    assert story.codes(2) == ("officer_hold",)
    story.answer()
    story.divert(2, 1)
    story.feed(HoldLifted("H1", "done"), Role.OFFICER, "zhang")
    story.fetch(A)
    story.pass_to_decision(3, A)
    assert story.last(3).lane == "release"


def test_a_hold_on_a_load_reaches_each_carton() -> None:
    story = Story()
    story.ready(A, B)
    story.feed(HoldPlaced("H1", "load", "L1", "company_hold", "water damage"), Role.SHIFT_LEAD)
    for track, code in ((1, A), (2, B)):
        story.pass_to_decision(track, code)
        assert story.codes(track) == ("company_hold",)


def test_a_hold_too_late_for_the_divert_is_a_recall() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A)
    story.answer()
    story.feed(HoldPlaced("H1", "carton", f"{CARRIER}/{A}", "officer_hold", "look"), Role.OFFICER)
    story.answer(Result.TOO_LATE)
    story.divert(1, 3)
    assert [h.code for h in story.state.holds.values()] == ["officer_hold", "recalled"]
    assert not any(isinstance(c, PlcCommand) and c.code == 3 for c in story.commands())


def receipt_by(story: Story, status: str, time: str, **names: str) -> None:
    values = {"cop_no": "", "pre_no": "", "invt_no": "", "order_no": ""} | names
    story.feed(
        ReceiptArrived(
            Receipt(values["cop_no"], values["pre_no"], values["invt_no"], values["order_no"], "E1", "", status, time, "", ""),
            FILE,
        )
    )


@pytest.mark.parametrize("name", ["order_no", "invt_no", "pre_no"])
def test_an_inspection_order_reaches_its_list_by_whatever_number_it_has(name: str) -> None:
    story = Story()
    story.ready(A)
    # The first receipt with copNo tells which invtNo and preNo customs gave the list.
    receipt_by(story, "800", "20261123091000000", cop_no=f"C{A}", invt_no="I1", pre_no="P1")
    receipt_by(story, "500", "20261123092000000", **{name: {"order_no": f"O{A}", "invt_no": "I1", "pre_no": "P1"}[name]})
    story.pass_to_decision(1, A)
    assert story.codes(1) == ("customs_inspection",)


def test_a_release_that_could_mean_two_lists_releases_none_and_an_order_to_inspect_holds_both() -> None:
    story = Story()
    story.manifest(declared(A, order_no="O1"), declared(B, order_no="O1"))
    story.load("L1", (A, A, 1, 1), (B, B, 1, 1))
    receipt_by(story, "800", "20261123091000000", order_no="O1")
    story.pass_to_decision(1, A)
    assert "customs_status_conflict" in story.codes(1)
    for number in (A, B):
        story.receipt(number, "800", "20261123092000000")
    receipt_by(story, "500", "20261123093000000", order_no="O1")
    for track, number in ((2, A), (3, B)):
        story.pass_to_decision(track, number)
        assert "customs_inspection" in story.codes(track)


def test_numbers_that_contradict_each_other_hold_both_lists() -> None:
    story = Story()
    story.ready(A, B)
    receipt_by(story, "899", "20261123092000000", cop_no=f"C{A}", order_no=f"O{B}")
    for track, number in ((1, A), (2, B)):
        story.pass_to_decision(track, number)
        assert "customs_status_conflict" in story.codes(track)


def test_an_order_to_inspect_that_nobody_can_name_is_an_alarm_and_waits_for_its_list() -> None:
    story = Story()
    receipt_by(story, "500", "20261123070000000", order_no=f"O{A}")
    assert [a.code for a in story.alarms()] == ["receipt_without_list"]
    story.ready(A)
    story.pass_to_decision(1, A)
    assert story.codes(1) == ("inspection_open",)
