"""The oracle finds every way in which a carton could leave by the release lane wrongly, and nothing on a good day."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from simulators.oracle import Verdict
from tests.simulators.oracle_run import KEY, SESSION, A, B, C, MadeRun, declared, good_run, lane_word, noticed, receipt


def found(verdict: Verdict, invariant: str) -> list[str]:
    return [breach.what for breach in verdict.breaches if breach.invariant == invariant]


def release_of(run: MadeRun) -> dict[str, Any]:
    decision: dict[str, Any] = run.decision_row("1:1")["outcome"]["decisions"][0]
    return decision


def test_a_good_day_has_no_breach_and_adds_up(tmp_path: Path) -> None:
    verdict = good_run().judged(tmp_path)
    assert verdict.breaches == ()
    assert all(scene.ok for scene in verdict.scenes)
    assert verdict.ok
    assert (verdict.cartons, verdict.released, verdict.inspected, verdict.anomaly) == (3, 1, 1, 1)
    assert (verdict.removed, verdict.on_line, verdict.unaccounted, verdict.release_without_decision) == (0, 0, 0, 0)
    assert (verdict.held, verdict.ordinary, verdict.ordinary_to_default) == (1, 2, 1)
    assert verdict.journal_verified
    assert [(row.carton_no, row.lane, row.reason) for row in verdict.table] == [
        ("1", "release", "nothing speaks against release"),
        ("2", "anomaly", "not_declared"),
        ("3", "inspect", "lane_full"),
    ]


# --- I3 ---


def test_a_release_without_any_decision(tmp_path: Path) -> None:
    run = good_run()
    run.decision_row("1:1")["outcome"] = {}
    run.wire = [f for f in run.wire if f["fact"] not in ("written", "judged") or f["words"][1] != 1]
    verdict = run.judged(tmp_path)
    assert verdict.release_without_decision == 1
    assert found(verdict, "I3")


def test_a_release_whose_decision_the_plc_never_took(tmp_path: Path) -> None:
    run = good_run()
    run.wire = [f for f in run.wire if f["fact"] != "judged" or f["words"][1] != 1]
    verdict = run.judged(tmp_path)
    assert verdict.release_without_decision == 1
    assert "taken no decision" in found(verdict, "I3")[0]


def test_an_anomaly_decision_that_left_by_release(tmp_path: Path) -> None:
    run = good_run()
    next(f for f in run.plant if f["fact"] == "lane_exit" and f["carton_no"] == 2)["lane"] = 3
    verdict = run.judged(tmp_path)
    assert verdict.release_without_decision == 1
    assert found(verdict, "I4")


def test_a_release_for_another_reason_than_its_decision(tmp_path: Path) -> None:
    run = good_run()
    next(f for f in run.wire if f["fact"] == "event" and f["words"][2] >> 8 == 5)["words"][5] = 1
    assert "time_out" in found(run.judged(tmp_path), "I3")[0]


def test_a_release_on_no_track_at_all(tmp_path: Path) -> None:
    run = good_run()
    run.fact(90_000, "placed", carton_no=9, at_mm=8000, weight_g=1, length_mm=400, labels=[A])
    run.fact(91_000, "lane_exit", carton_no=9, lane=3)
    verdict = run.judged(tmp_path)
    assert "no known track" in found(verdict, "I3")[0]
    assert verdict.unaccounted == 1


def test_an_inspect_order_that_left_by_release(tmp_path: Path) -> None:
    """A hold replaced the release, the PLC took it, the carton was released all the same."""
    run = good_run()
    hold = {"track": "1:1", "carton": KEY + A, "lane": "", "lane_code": 1, "seq": 50, "blockers": [{"code": "officer_hold"}]}
    run.before(run.of("RingEvent", kind=5, track_id=1), {"type": "TimerFired"}, decisions=[hold])
    late = next(n for n, f in enumerate(run.wire) if f["fact"] == "event" and f["words"][2] >> 8 == 5)
    words = [1, 1, lane_word(1), 90, SESSION, 0, 50]
    judged = {"line_ms": 18_000, "fact": "judged", "record": "decision", "slot": 0, "words": words, "taken": True, "result": 1}
    run.wire.insert(late, judged)
    verdict = run.judged(tmp_path)
    assert "against sequence 50" in found(verdict, "I3")[0]
    assert found(verdict, "I1")


# --- I1 ---


def test_a_decision_that_came_after_the_write(tmp_path: Path) -> None:
    run = good_run()
    outcome, run.decision_row("1:1")["outcome"] = run.decision_row("1:1")["outcome"], {}
    run.of("RingEvent", kind=5, track_id=1)["outcome"] |= outcome
    assert "was written before its row" in found(run.judged(tmp_path), "I1")[0]


def test_a_decision_that_came_after_the_write_by_the_clock_alone(tmp_path: Path) -> None:
    """The link is quiet, so no event of the PLC proves the order."""
    run = good_run()
    start = run.rows.index(run.decision_row("1:1"))
    for row in run.rows[start:]:
        row["line_ms"] += 5000
    assert "ms before its row" in found(run.judged(tmp_path), "I1")[0]


def test_a_release_on_the_wire_that_the_journal_lacks(tmp_path: Path) -> None:
    run = good_run()
    run.record(95_000, 5, 3, 77)
    verdict = run.judged(tmp_path)
    assert [what for what in found(verdict, "I1") if "not in the journal" in what]
    assert [what for what in found(verdict, "I1") if "journal lacks" in what]


def test_two_rows_for_one_release(tmp_path: Path) -> None:
    run = good_run()
    row = run.decision_row("1:1")
    row["outcome"]["decisions"] *= 2
    assert "2 decision rows" in found(run.judged(tmp_path), "I1")[0]


def test_a_release_that_its_own_row_blocks(tmp_path: Path) -> None:
    run = good_run()
    release_of(run)["blockers"] = [{"code": "weight_differs"}]
    assert "weight_differs" in found(run.judged(tmp_path), "I1")[0]


def test_a_release_that_names_another_carton(tmp_path: Path) -> None:
    run = good_run()
    release_of(run)["carton"] = KEY + B
    assert "the carton bears" in found(run.judged(tmp_path), "I1")[0]


def test_a_release_that_names_no_carton(tmp_path: Path) -> None:
    run = good_run()
    release_of(run)["carton"] = ""
    assert "names no carton" in found(run.judged(tmp_path), "I1")[0]


def test_a_label_on_the_wrong_carton(tmp_path: Path) -> None:
    """The label says A, and so does the decision; in truth it is another carton."""
    run = good_run()
    run.expected["cartons"]["1"] = {"label": B, "declared": True}
    assert "truly is" in found(run.judged(tmp_path), "I1")[0]


def test_a_carton_that_was_never_declared(tmp_path: Path) -> None:
    run = good_run()
    run.expected["cartons"]["1"]["declared"] = False
    assert "never declared" in found(run.judged(tmp_path), "I1")[0]


def test_two_cartons_released_as_one(tmp_path: Path) -> None:
    run = good_run()
    run.placed(3)["labels"] = [A]
    run.expected["cartons"]["3"]["label"] = A
    run.decision_row("1:3")["outcome"]["decisions"][0]["carton"] = KEY + A
    next(f for f in run.plant if f["fact"] == "lane_exit" and f["carton_no"] == 3)["lane"] = 3
    event = next(f for f in run.wire if f["fact"] == "event" and f["words"][2] >> 8 == 5 and f["words"][3] == 3)
    event["words"][4:6] = [lane_word(3), 0]
    assert [what for what in found(run.judged(tmp_path), "I1") if "was released before, as carton 1" in what]


# --- I14 ---

MISPRINTED, SEAL = A[:-3] + "8CN", "XYR0000001"


def relabelled(before: list[str], after: list[str]) -> MadeRun:
    """Carton 1, whose release names A, came with one set of labels and is put on the belt again with another."""
    run = good_run()
    run.placed(1)["labels"] = before
    put_back = {"line_ms": 2500, "fact": "put_back", "carton_no": 1, "at_mm": -500, "labels": after}
    run.plant.insert(run.plant.index(run.placed(1)) + 1, put_back)
    return run


def test_a_carton_whose_misprinted_label_officers_replaced_is_the_one_that_its_new_label_says(tmp_path: Path) -> None:
    assert relabelled([MISPRINTED], [A, SEAL]).judged(tmp_path).breaches == ()


@pytest.mark.parametrize(("before", "after"), [([MISPRINTED], [MISPRINTED]), ([A], [B, SEAL]), ([A], [])])
def test_a_release_that_names_what_the_carton_does_not_bear_any_more_or_not_yet(
    before: list[str], after: list[str], tmp_path: Path
) -> None:
    assert "the carton bears" in found(relabelled(before, after).judged(tmp_path), "I14")[0]


def test_exchanged_cartons_released_on_each_others_decision(tmp_path: Path) -> None:
    run = good_run()
    run.fact(1500, "placed", carton_no=4, at_mm=-1500, weight_g=2000, length_mm=400, labels=[B])
    run.plant.append({"line_ms": 12_000, "fact": "exchanged", "carton_no": 1, "other_no": 4, "at_mm": 1, "other_at_mm": 2})
    next(f for f in run.plant if f["fact"] == "lane_exit" and f["carton_no"] == 1)["carton_no"] = 4
    run.plant.sort(key=lambda fact: fact["line_ms"])
    verdict = run.judged(tmp_path)
    assert [b.carton_no for b in verdict.breaches if b.invariant == "I14"] == ["4"]


# --- I2 ---


def drop(kind: str) -> Any:
    def spoil(run: MadeRun) -> None:
        run.rows.remove(run.of(kind))

    return spoil


def put(event: dict[str, Any], role: str = "line") -> Any:
    def spoil(run: MadeRun) -> None:
        run.before(run.of("PlcSynced"), event, role)

    return spoil


def change(kind: str, **values: Any) -> Any:
    def spoil(run: MadeRun) -> None:
        run.of(kind)["event"].update(values)

    return spoil


def no_read(role: str) -> Any:
    def spoil(run: MadeRun) -> None:
        run.of("CodesRead", role=role)["event"]["codes"] = [{"text": B}]

    return spoil


def never_opened(run: MadeRun) -> None:
    run.rows.remove(run.of("RingEvent", kind=17, zone=5))


def too_heavy(run: MadeRun) -> None:
    run.placed(1)["weight_g"] = 2300


def too_light(run: MadeRun) -> None:
    run.placed(1)["weight_g"] = 1700


def one_of_two(run: MadeRun) -> None:
    for row, changed in ((run.of("ManifestList"), declared(A, pack_no=2)),):
        row["event"]["declared"] = changed
    run.of("NoticeCartons")["event"]["cartons"][0] = noticed(A, n=2)


def counts_differ(run: MadeRun) -> None:
    run.of("NoticeCartons")["event"]["cartons"][0] = noticed(A, n=2)


def changed_list(run: MadeRun, **changes: Any) -> None:
    second = {"type": "ManifestList", "batch": "m2", "index": 0, "declared": declared(A, **changes)}
    put(second)(run)
    put({"type": "ManifestClosed", "batch": "m2", "count": 1})(run)


def declared_twice(lifted_by: str = "") -> Any:
    """Two declarations of one number, and somebody lifts the hold that tells of it."""

    def spoil(run: MadeRun) -> None:
        changed_list(run, gross_weight_g=2001)
        said = {"subject": f"list:{KEY}{A}", "text": "hold L1 declaration_conflict lifted by zhang"}
        if lifted_by:
            run.before(run.of("PlcSynced"), {"type": "HoldLifted", "hold_id": "L1"}, lifted_by, findings=[said])

    return spoil


def noticed_again(run: MadeRun, load_id: str, plate: str = "P1", seals: Sequence[str] = ("S1",), **changes: Any) -> None:
    """Another notice with carton A, while it is on the belt."""
    row, rows = run.decision_row("1:1"), [noticed(A, **changes)]
    run.before(row, {"type": "NoticeCartons", "batch": "n2", "index": 0, "cartons": rows})
    closed = {
        "type": "NoticeClosed",
        "batch": "n2",
        "parts": 1,
        "count": 1,
        "load_id": load_id,
        "plate": plate,
        "seals": [*seals],
    }
    run.before(row, closed)


def later_plate(run: MadeRun) -> None:
    """The truck is not the announced one; then it is announced."""
    change("LoadArrived", plate="P9")(run)
    noticed_again(run, "L1", plate="P9")


def own_number(run: MadeRun) -> None:
    """A list with the number of a carton that is noticed for another list."""
    run.before(run.of("PlcSynced"), {"type": "ManifestList", "batch": "m2", "index": 0, "declared": declared("RR7")})
    put({"type": "ManifestClosed", "batch": "m2", "count": 1})(run)
    change("NoticeCartons", cartons=[noticed(A), noticed(A, carton_no="RR7", k=2)])(run)


def inspection_then_release(run: MadeRun) -> None:
    put(receipt(A, "500", "20261123085900000"))(run)


def inspection_closed_by_nobody(run: MadeRun) -> None:
    inspection_then_release(run)
    put({"type": "InspectionClosed", "list_key": KEY + A}, "operator")(run)


def other_load(run: MadeRun) -> None:
    put({"type": "LoadArrived", "load_id": "L2", "plate": "P2"})(run)
    put({"type": "UnloadingStarted", "load_id": "L2"})(run)


def plate_put_right(run: MadeRun) -> None:
    for plate in ("P9", "P1"):
        put({"type": "LoadArrived", "load_id": "L1", "plate": plate}, "operator")(run)


def second_look(actor: str, role: str, accepted: bool = True, refused: bool = False) -> Any:
    def spoil(run: MadeRun) -> None:
        refusals = [{"code": "same_person", "subject": "L1"}] if refused else []
        row = run.decision_row("1:1")
        run.before(row, {"type": "SealSeen", "load_id": "L1", "condition": "broken"})
        event = {"type": "SecondLook", "load_id": "L1", "accepted": accepted}
        run.before(row, event, role, refusals=refusals)["actor"] = actor

    return spoil


def check_done_over(run: MadeRun) -> None:
    """What hung there in a look before was not looked at again."""
    run.before(run.decision_row("1:1"), {"type": "SealCheckStarted", "load_id": "L1"}, "operator")


def another_seal_in_truth(run: MadeRun) -> None:
    next(f for f in run.plant if f["fact"] == "truck_parked")["seals"][0]["number"] = "S9"


SPOILED = {
    "customs inspects": (put(receipt(A, "500", "20261123100000000")), "customs status is 500"),
    "unknown status": (put(receipt(A, "888", "20261123100000000")), "customs status is 888"),
    "no receipt": (drop("ReceiptArrived"), "customs status is missing"),
    "two receipts of one instant": (put(receipt(A, "3")), "contradict"),
    "inspection never closed": (inspection_then_release, "inspection order is open"),
    "inspection closed by the wrong role": (inspection_closed_by_nobody, "inspection order is open"),
    "list half arrived": (change("ManifestClosed", count=3), "not on a complete list"),
    "list withdrawn": (lambda run: changed_list(run, app_type="3"), "withdrawn"),
    "list declared twice": (declared_twice(), "in conflict over list"),
    "list declared twice and the company settles it": (declared_twice("shift_lead"), "in conflict over list"),
    "a list with the number of another list's carton": (own_number, f"in conflict over list:{KEY}{A}"),
    "moved into another list": (lambda run: noticed_again(run, "L1", logistics_no=C), "in conflict over list"),
    "made to fit the count": (lambda run: noticed_again(run, "L1", n=2), "in conflict over list"),
    "in the notices of two loads": (lambda run: noticed_again(run, "L2"), "in conflict over carton"),
    "list changed after its release": (lambda run: changed_list(run, app_type="2", gross_weight_g=2001), "status is missing"),
    "notice missing": (drop("NoticeClosed"), "no load notice"),
    "notice half arrived": (change("NoticeClosed", parts=2), "no load notice"),
    "other plate": (change("LoadArrived", plate="P9"), "in conflict over load"),
    "other plate said later": (put({"type": "LoadArrived", "load_id": "L1", "plate": "P9"}), "in conflict over load"),
    "other plate, and put right, and nobody lifts it": (plate_put_right, "in conflict over load"),
    "a plate that a later notice names": (later_plate, "in conflict over load"),
    "a notice of another plate": (lambda run: noticed_again(run, "L1", plate="P9"), "in conflict over load"),
    "a notice of other seals": (lambda run: noticed_again(run, "L1", seals=["S9"]), "a notice after the arrival"),
    "seals never checked": (drop("SealCheckStarted"), "nobody checked the seals"),
    "seal never scanned": (change("CodesRead", role="other"), "never scanned"),
    "seals scanned, and their check done over": (check_done_over, "never scanned"),
    "another seal in truth": (another_seal_in_truth, "S9 truly hang"),
    "broken and nobody looked": (put({"type": "SealSeen", "load_id": "L1", "condition": "broken"}), "broken"),
    "broken and the same person looked": (second_look("test", "officer"), "broken"),
    "broken and the company looked": (second_look("sun", "shift_lead"), "broken"),
    "broken and the look was refused": (second_look("zhang", "officer", refused=True), "broken"),
    "broken and confirmed": (second_look("zhang", "officer", accepted=False), "confirmed"),
    "load not unloaded": (drop("UnloadingStarted"), "not being unloaded"),
    "came with another load": (other_load, "noticed for L1"),
    "one of two cartons": (one_of_two, "only 1 of 2"),
    "notice and list disagree": (counts_differ, "disagree"),
    "too heavy": (too_heavy, "it weighs 2300"),
    "too light": (too_light, "it weighs 1700"),
    "no induct read": (no_read("induct"), "no induct reader gave"),
    "no verify read": (no_read("verify"), "the verify reader did not give"),
    "verify gate never opened": (never_opened, "never opened"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_release_without_basis(name: str, tmp_path: Path) -> None:
    spoil, says = SPOILED[name]
    run = good_run()
    spoil(run)
    assert [what for what in found(run.judged(tmp_path), "I2") if says in what]


def test_an_inspection_that_an_officer_closed_is_no_breach(tmp_path: Path) -> None:
    run = good_run()
    inspection_then_release(run)
    put({"type": "InspectionClosed", "list_key": KEY + A}, "officer")(run)
    assert found(run.judged(tmp_path), "I2") == []


@pytest.mark.parametrize(("time", "breach"), [("20261123085900000", False), ("20261123085800000", True)])
def test_an_order_that_is_told_again_behind_its_inspection_is_no_second_order(tmp_path: Path, time: str, breach: bool) -> None:
    run = good_run()
    inspection_then_release(run)
    put({"type": "InspectionClosed", "list_key": KEY + A}, "officer")(run)
    put(receipt(A, "500", time))(run)
    assert any("inspection order is open" in what for what in found(run.judged(tmp_path), "I2")) is breach


def lifted_ahead(run: MadeRun) -> None:
    said = {"subject": f"list:{KEY}{A}", "text": "hold L1 customs_dated_ahead lifted by zhang"}
    run.before(run.decision_row("1:1"), {"type": "HoldLifted", "hold_id": "L1"}, "officer", findings=[said])


def judges_dates(run: MadeRun) -> None:
    for row in run.rows:
        if row["event"]["type"] == "ConfigLoaded":
            row["event"]["profile"]["customs_ahead_limit_s"] = 900


AHEAD, NEAR = "20991123090000000", "20261123200800000"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([("800", AHEAD)], "papers are in conflict over the date of a word on list:"),
        ([("501", AHEAD), lifted_ahead], None),
        ([("501", AHEAD), ("501", AHEAD), lifted_ahead, ("501", AHEAD)], None),
        ([("800", AHEAD), lifted_ahead, ("501", AHEAD)], "papers are in conflict over the date of a word on list:"),
        ([("800", AHEAD), lifted_ahead, ("501", "20261123100000000")], "customs status is 501"),
        ([("500", AHEAD), lifted_ahead], "an inspection order is open"),
        ([("501", NEAR)], "customs status is 501"),
    ],
)
def test_a_word_dated_ahead_holds_its_list_and_orders_nothing(tmp_path: Path, words: list[Any], said: str | None) -> None:
    run = good_run()
    judges_dates(run)
    for one in words:
        if callable(one):
            one(run)
        else:
            run.before(run.decision_row("1:1"), receipt(A, *one))
    breaches = found(run.judged(tmp_path), "I2")
    assert any(said in what for what in breaches) if said else breaches == []


def test_a_contradiction_that_customs_settled_is_no_breach(tmp_path: Path) -> None:
    run = good_run()
    declared_twice("officer")(run)
    noticed_again(run, "L2")
    said = {"subject": f"carton:{KEY}{A}", "text": "hold L2 carton_in_two_notices lifted by zhang"}
    run.before(run.decision_row("1:1"), {"type": "HoldLifted", "hold_id": "L2"}, "officer", findings=[said])
    assert found(run.judged(tmp_path), "I2") == []


def test_the_same_notice_again_is_no_contradiction(tmp_path: Path) -> None:
    run = good_run()
    noticed_again(run, "L1")
    assert run.judged(tmp_path).breaches == ()


def test_tracking_that_is_voided_between_divert_and_confirmation_eye_is_no_release_without_decision(tmp_path: Path) -> None:
    """Found by exploration (seed 1043): the guard opened while a released carton was in the mouth of its lane."""
    run = good_run()
    left = next(f for f in run.plant if f["fact"] == "lane_exit" and f["carton_no"] == 1)
    at_ms = left["line_ms"]
    run.plant.insert(run.plant.index(left), {"line_ms": at_ms - 600, "fact": "lane_enter", "carton_no": 1, "lane": 3})
    confirmed = next(f for f in run.wire if f["fact"] == "event" and f["line_ms"] == at_ms and f["words"][2] >> 8 == 5)
    row = run.of("RingEvent", kind=5, track_id=1)
    run.wire.insert(run.wire.index(confirmed), {"line_ms": at_ms - 300, "fact": "epoch", "epoch": 2, "boot_nonce": 1})
    for words in (confirmed["words"],):
        words[1], words[3], words[5] = 2, 1, 4
    row["event"].update(epoch=2, arg2=4)
    assert not [b for b in run.judged(tmp_path).breaches if b.carton_no == "1"]


@pytest.mark.parametrize(("decided", "breach"), [(3, False), (1, True)])
def test_a_lane_eye_that_is_stuck_confirms_a_carton_elsewhere_and_what_led_it_is_its_own_decision(
    decided: int, breach: bool, tmp_path: Path
) -> None:
    """Found by exploration (seed 1259): the inspect lane's eye stuck while a released carton was in the mouth of its lane."""
    run = good_run()
    left = next(f for f in run.plant if f["fact"] == "lane_exit" and f["carton_no"] == 1)
    at_ms = left["line_ms"]
    run.plant.insert(run.plant.index(left), {"line_ms": at_ms - 600, "fact": "lane_enter", "carton_no": 1, "lane": 3})
    confirmed = next(f for f in run.wire if f["fact"] == "event" and f["line_ms"] == at_ms and f["words"][2] >> 8 == 5)
    elsewhere = {**confirmed, "line_ms": at_ms - 210, "words": [*confirmed["words"][:4], lane_word(1), *confirmed["words"][5:]]}
    run.wire.insert(run.wire.index(confirmed), elsewhere)
    confirmed["words"][3], confirmed["words"][5] = 77, 4
    run.of("RingEvent", kind=5, track_id=1)["event"].update(track_id=77, arg2=4)
    run.decision_row("1:1")["outcome"]["decisions"][0]["lane_code"] = decided
    for told in run.wire:
        if told["fact"] in ("written", "judged") and told["words"][1] == 1:
            told["words"][2] = lane_word(decided)
    assert bool([b for b in run.judged(tmp_path).breaches if b.carton_no == "1" and b.invariant == "I3"]) is breach


def test_a_stranger_in_the_release_lane_without_a_voided_epoch_stays_a_breach(tmp_path: Path) -> None:
    run = good_run()
    left = next(f for f in run.plant if f["fact"] == "lane_exit" and f["carton_no"] == 1)
    confirmed = next(f for f in run.wire if f["fact"] == "event" and f["line_ms"] == left["line_ms"] and f["words"][2] >> 8 == 5)
    confirmed["words"][1], confirmed["words"][5] = 2, 4
    run.of("RingEvent", kind=5, track_id=1)["event"].update(epoch=2, arg2=4)
    assert [b.invariant for b in run.judged(tmp_path).breaches if b.carton_no == "1" and b.invariant == "I3"]


def test_a_read_that_came_before_the_late_events_of_its_own_way_counts(tmp_path: Path) -> None:
    """Found by exploration (seeds 11, 2014): the link was down, readers have wires of their own."""
    run = good_run()
    induct = run.of("RingEvent", kind=1, track_id=1)
    reading = run.of("CodesRead", role="induct")
    run.rows.remove(reading)
    run.rows.insert(run.rows.index(induct), reading)
    late_ms = reading["line_ms"] + 500
    for row in run.rows[run.rows.index(induct) :]:
        row["line_ms"] = max(row["line_ms"], late_ms)
    assert not [b for b in run.judged(tmp_path).breaches if b.carton_no == "1"]


def test_a_read_from_before_its_way_does_not_count(tmp_path: Path) -> None:
    run = good_run()
    induct = run.of("RingEvent", kind=1, track_id=1)
    reading = run.of("CodesRead", role="induct")
    run.rows.remove(reading)
    run.rows.insert(run.rows.index(induct), reading)
    reading["line_ms"] = induct["line_ms"] - 700
    assert "I2" in [b.invariant for b in run.judged(tmp_path).breaches if b.carton_no == "1"]
