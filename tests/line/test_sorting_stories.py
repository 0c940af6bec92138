"""Each way a carton can end on the line, as a story: these papers, these reads, this fault; then this lane."""

import pytest
from msgspec.structs import replace

from controller.domain.declarations import Receipt
from controller.domain.reasons import Role
from controller.line.belt import PlcFlag, Result
from controller.line.commands import Decide, PlcCommand, SetOutputs
from controller.line.events import (
    CodesRead,
    DaemonStarted,
    HoldLifted,
    HoldPlaced,
    InspectionClosed,
    PlcLost,
    PlcStatus,
    PlcStatusChanged,
    ReadText,
    ReceiptArrived,
    RerunOrdered,
    RingEventsLost,
    TableItem,
    TaskBack,
    TaskEnded,
)
from tests.line.line_story import CARRIER, FILE, PROFILE, RUNNING, Story, declared, s10

A, B, C = s10(10000001), s10(10000002), s10(10000003)


def test_a_released_weighed_twice_read_carton_is_released() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A)
    assert story.last(1).lane == "release"
    assert story.last(1).blockers == ()
    story.answer()
    story.divert(1, 3)
    carton = story.state.cartons[f"{CARRIER}/{A}"]
    assert carton.place == "release"
    assert carton.released_ms == story.now_ms
    assert not story.alarms()


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


def test_a_number_on_no_list_goes_to_anomaly() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, B)
    assert story.codes(1) == ("not_declared",)
    assert story.last(1).lane == "anomaly"


def test_two_waybills_on_one_carton() -> None:
    story = Story()
    story.ready(A, B)
    story.pass_to_decision(1, A, 2000, A, B)
    assert "two_waybills" in story.codes(1)


def test_a_wrong_check_digit_identifies_nothing() -> None:
    story = Story()
    story.ready(A)
    wrong = A[:10] + str((int(A[10]) + 1) % 10) + A[11:]
    story.pass_to_decision(1, wrong)
    assert story.codes(1)[0] == "check_digit_wrong"
    assert story.last(1).lane == "anomaly"


def test_a_product_code_beside_the_waybill_is_no_second_waybill() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A, 2000, A, "6901234567892")
    assert story.last(1).lane == "release"


def test_no_read_goes_to_inspect_and_is_released_on_its_rerun() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, "")
    assert "no_read" in story.codes(1)
    story.answer()
    story.divert(1, 1)
    story.feed(RerunOrdered(A, "inspect"), Role.OPERATOR)
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "release"
    assert story.passage(2).previous == "1:1"
    assert story.passage(1).rerun_as == "1:2"


def test_a_number_without_check_digit_needs_a_second_read() -> None:
    story = Story(replace(PROFILE, verify_read=False))
    plain = "JD00123456789"
    story.ready(plain)
    story.pass_to_decision(1, plain, verify="")
    assert story.codes(1) == ("identity_uncertain",)
    story.pass_to_decision(2, plain, verify="", checked=True)
    assert "identity_uncertain" not in story.codes(2)


def test_two_agreeing_reads_confirm_a_number_without_check_digit() -> None:
    story = Story()
    plain = "JD00123456789"
    story.ready(plain)
    story.pass_to_decision(1, plain)
    assert story.last(1).lane == "release"


@pytest.mark.parametrize(("verify", "code"), [("", "verify_missing"), (B, "verify_differs")])
def test_the_verify_read_must_agree(verify: str, code: str) -> None:
    story = Story()
    story.ready(A, B)
    story.pass_to_decision(1, A, verify=verify)
    assert story.codes(1) == (code,)
    assert story.last(1).lane == "inspect"


def test_cartons_exchanged_by_hand_are_both_inspected() -> None:
    story = Story()
    story.ready(A, B)
    story.pass_to_decision(1, A, verify=B)
    story.pass_to_decision(2, B, verify=A)
    assert story.last(1).lane == story.last(2).lane == "inspect"


@pytest.mark.parametrize(("weights", "code"), [((2500,), "weight_differs"), ((), "not_weighed"), ((2000, 900), "not_weighed")])
def test_weight_out_of_tolerance_missing_or_conflicting(weights: tuple[int, ...], code: str) -> None:
    story = Story()
    story.ready(A)
    story.induct(1)
    story.gate(1, 2, A)
    story.weigh(1, *weights)
    story.gate(1, 5, A)
    story.decide(1)
    assert story.codes(1) == (code,)


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


def test_the_same_number_twice_holds_both() -> None:
    story = Story()
    story.ready(A)
    story.induct(1)
    story.gate(1, 2, A)
    story.weigh(1, 2000)
    story.induct(2)
    story.gate(2, 2, A)
    story.weigh(2, 2000)
    story.gate(1, 5, A)
    story.decide(1)
    story.gate(2, 5, A)
    story.decide(2)
    assert "duplicate" in story.codes(1)
    assert "duplicate" in story.codes(2)
    assert any(a.code == "duplicate" for a in story.alarms())


def test_a_copy_of_a_released_carton_is_held_and_the_first_one_too() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A)
    story.answer()
    story.divert(1, 3)
    story.pass_to_decision(2, A)
    assert "duplicate" in story.codes(2)
    assert any(h.code == "duplicate" and h.lifted_ms < 0 for h in story.state.holds.values())


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
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "release"


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
    story.pass_to_decision(2, A)
    assert story.codes(2) == ("officer_hold",)
    story.answer()
    story.divert(2, 1)
    story.feed(HoldLifted("H1", "done"), Role.OFFICER, "zhang")
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


def test_a_release_lane_confirmed_without_a_decision_stops_the_belt_and_holds_the_line() -> None:
    story = Story()
    story.ready(A, B)
    story.pass_to_decision(1, "")
    story.divert(1, 3)
    assert any(isinstance(c, PlcCommand) and c.code == 3 for c in story.commands())
    story.pass_to_decision(2, B)
    assert "released_without_decision" in story.codes(2)


def test_a_release_in_the_table_that_the_journal_lacks_stops_the_belt() -> None:
    story = Story()
    story.ready(A)
    story.sync((TableItem(40, 6, 3, 9),))
    assert any(isinstance(c, PlcCommand) and c.code == 3 for c in story.commands())
    story.pass_to_decision(1, A)
    assert "foreign_release" in story.codes(1)


def test_a_new_epoch_voids_the_belt_and_the_same_id_is_another_carton() -> None:
    story = Story()
    story.ready(A, B)
    story.pass_to_decision(1, A)
    story.answer()
    story.epoch = 2
    story.sync()
    assert story.state.passages["1:1"].ended == "epoch"
    story.induct(1)
    story.decide(1)
    assert story.last(1).lane != "release"
    story.divert(1, 1)
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "release"
    assert story.passage(2).previous == "1:1"


def test_a_used_epoch_that_comes_back_holds_the_line() -> None:
    story = Story()
    story.epoch = 2
    story.sync()
    story.epoch = 1
    story.sync()
    assert any(h.scope == "line" for h in story.state.holds.values())


def test_lost_ring_events_send_everything_on_the_belt_to_inspection() -> None:
    story = Story()
    story.ready(A)
    story.induct(1)
    story.gate(1, 2, A)
    story.feed(RingEventsLost(1, 5, 9))
    story.weigh(1, 2000)
    story.gate(1, 5, A)
    story.decide(1)
    assert story.codes(1) == ("events_lost",)


def test_after_a_restart_an_accepted_release_stands_and_an_undecided_carton_is_inspected() -> None:
    story = Story()
    story.ready(A, B)
    story.pass_to_decision(1, A)
    story.answer()
    seq = story.last(1).seq
    story.induct(2)
    story.gate(2, 2, B)
    story.weigh(2, 2000)
    story.decide(2)
    story.feed(DaemonStarted("b2", "0"))
    story.sync((TableItem(1, 6, 3, seq), TableItem(2, 6, 0, 0)))
    assert [d.lane for d in story.decisions(1)] == ["release"]
    assert "restarted" in story.codes(2)
    story.divert(1, 3)
    assert not any(isinstance(c, PlcCommand) and c.code == 3 for c in story.commands())


def test_a_release_that_the_plc_no_longer_has_after_a_restart_is_not_given_again() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A)
    story.answer()
    story.feed(DaemonStarted("b2", "0"))
    story.sync((TableItem(1, 6, 0, 0),))
    assert [d.lane for d in story.decisions(1)] == ["release", "inspect"]


def test_nothing_is_released_while_the_plc_is_away_or_a_task_is_down() -> None:
    story = Story()
    story.ready(A, B)
    story.feed(TaskEnded("scanner:induct", "ValueError"))
    story.pass_to_decision(1, A)
    assert "task_down" in story.codes(1)
    story.feed(TaskBack("scanner:induct"))
    story.feed(PlcLost("plc_silent", "no reply"))
    story.pass_to_decision(2, B)
    assert not story.decisions(2)
    assert SetOutputs(False, 0, 2) in story.commands()


def test_fail_safe_is_left_by_command_34_and_decides_only_after() -> None:
    story = Story()
    story.ready(A)
    story.sync(flags=int(RUNNING | PlcFlag.FAIL_SAFE))
    asked = [c for c in story.commands() if isinstance(c, PlcCommand) and c.code == 34]
    assert len(asked) == 1
    story.pass_to_decision(1, A)
    assert "plc_fail_safe" in story.codes(1)
    story.feed(PlcStatusChanged(PlcStatus(6, int(RUNNING), 0, 0, 0, 0xFFFF, 500)))
    assert story.last(1).lane == "release"


def test_a_conflict_of_two_hosts_waits_for_a_person() -> None:
    story = Story()
    story.sync(flags=int(RUNNING | PlcFlag.SESSION_CONFLICT | PlcFlag.FAIL_SAFE))
    assert not [c for c in story.commands() if isinstance(c, PlcCommand) and c.code == 34]


def test_a_read_in_two_windows_belongs_to_neither() -> None:
    story = Story()
    story.ready(A, B)
    story.induct(1)
    story.induct(2)
    story.ring(17, 1, 2)
    story.wait(300)
    story.ring(18, 1, 2)
    story.ring(17, 2, 2)
    story.feed(CodesRead("s", "induct", (ReadText(A),), True, story.now_ms))
    story.wait(300)
    story.ring(18, 2, 2)
    story.wait(600)
    for track in (1, 2):
        identity = story.passage(track).scan_identity
        assert identity is not None
        assert identity.problem == "read_ambiguous"


def test_a_repeated_ring_record_is_applied_once() -> None:
    story = Story()
    story.induct(1)
    story.ring_seq -= 1
    story.ring(6, 1)
    assert story.passage(1).ended == ""


def test_a_fault_inside_holds_every_carton_and_replays_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story()
    story.ready(A, B)
    story.pass_to_decision(1, A)
    story.answer()
    from controller.line import tracking

    def broken(*_: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setitem(tracking._RING, 10, broken)
    outcome = story.ring(10, 0)
    assert outcome.core_fault
    assert [d.lane for d in outcome.decisions] == ["inspect"]
    monkeypatch.undo()
    story.pass_to_decision(2, B)
    assert "core_fault" in story.codes(2)


def test_replaying_the_events_gives_the_same_bytes() -> None:
    from controller.line.apply import apply
    from controller.line.commands import encode_outcome
    from controller.line.state import LineState, decode_state, encode_state

    story = Story()
    story.ready(A, B)
    story.pass_to_decision(1, A)
    story.answer()
    story.divert(1, 3)
    middle = decode_state(encode_state(story.state))
    at = len(story.stamped)
    story.pass_to_decision(2, B)
    again = LineState()
    outcomes = [apply(again, stamped) for stamped in story.stamped]
    assert [encode_outcome(o) for o in outcomes] == [encode_outcome(o) for o in story.outcomes]
    assert encode_state(again) == encode_state(story.state)
    for stamped in story.stamped[at:]:
        apply(middle, stamped)
    assert encode_state(middle) == encode_state(story.state)


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


def test_every_nameless_passage_in_a_lane_is_accounted_for_by_the_reruns() -> None:
    story = Story()
    story.ready(A)
    for track in (1, 2, 3):
        story.pass_to_decision(track, A if track == 1 else "", verify="")
        story.answer()
        story.divert(track, 1)
        story.feed(RerunOrdered(A, "inspect"), Role.OPERATOR)
    story.pass_to_decision(4, A)
    nameless = [p.key for p in story.state.passages.values() if not p.carton and not p.rerun_as]
    assert nameless == []
