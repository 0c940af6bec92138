"""The oracle on papers that contradict each other: of which list customs speaks, whose number it is, words that come too late."""

import json
from pathlib import Path
from typing import Any

import pytest

from simulators.oracle import Verdict
from tests.simulators.oracle_run import KEY, SESSION, A, B, C, MadeRun, declared, good_run, noticed, receipt

FROM = KEY + A


def found(verdict: Verdict, invariant: str) -> list[str]:
    return [breach.what for breach in verdict.breaches if breach.invariant == invariant]


def said(run: MadeRun, guid: str, number: str) -> None:
    """A note of the office: this receipt is about that list."""
    run.wire.insert(0, {"line_ms": 0, "fact": "customs_said", "guid": guid, "list_key": KEY + number, "status": "?"})


def under(event: dict[str, Any], guid: str, **names: str) -> dict[str, Any]:
    return {**event, "receipt": {**event["receipt"], "guid": guid, **names}}


# --- of which list a receipt speaks ---


def test_a_release_of_another_list_releases_nothing_whatever_name_it_bears(tmp_path: Path) -> None:
    run = good_run()
    own = run.of("ReceiptArrived")
    own["event"] = under(own["event"], "G1")
    said(run, "G1", B)  # customs spoke of B, and the receipt bears the copNo of A
    told = found(run.judged(tmp_path), "I2")
    assert any(FROM in what and "customs status is missing" in what for what in told), told


def test_an_order_to_inspect_counts_for_its_list_under_other_names_and_before_it_comes(tmp_path: Path) -> None:
    run = good_run()
    order = under(receipt(A, "500", "20261123080000000"), "G5", cop_no="")
    run.before(run.of("ManifestList"), order)
    said(run, "G5", A)
    told = found(run.judged(tmp_path), "I2")
    assert any(FROM in what and "an inspection order is open" in what for what in told), told


def test_a_receipt_of_which_customs_has_no_note_goes_by_its_name(tmp_path: Path) -> None:
    run = good_run()
    own = run.of("ReceiptArrived")
    own["event"] = under(own["event"], "nobody's")
    assert run.judged(tmp_path).breaches == ()


def test_what_another_list_is_released_for_does_not_release_a_carton_of_a_list_under_order(tmp_path: Path) -> None:
    """Papers gave carton 1 to another list from the first on; in truth it is of A, which customs wants inspected."""
    run = good_run()
    run.expected["cartons"]["1"]["list_key"] = KEY + C
    run.before(run.decision_row("1:1"), receipt(C, "500", "20261123100000000"))
    told = found(run.judged(tmp_path), "I2")
    assert any(FROM in what and "its own list: an inspection order is open" in what for what in told), told


# --- whose number ---


@pytest.mark.parametrize(("app_type", "breaks"), [("1", True), ("3", False)])
def test_a_number_that_two_carriers_have_declared_is_not_one_cartons(app_type: str, breaks: bool, tmp_path: Path) -> None:
    run = good_run()
    decided = run.decision_row("1:1")
    other = declared(A, logistics_code="SF", cop_no="CX", app_type=app_type)
    run.before(decided, {"type": "ManifestList", "batch": "x", "index": 0, "declared": other})
    run.before(decided, {"type": "ManifestClosed", "batch": "x", "count": 1})
    told = [what for what in found(run.judged(tmp_path), "I2") if "has its number, too" in what]
    assert bool(told) is breaks


@pytest.mark.parametrize(("again", "breaks"), [("20261123075900", False), ("20261123080200", True)])
def test_a_list_that_was_deleted_stands_again_by_a_newer_word_alone(again: str, breaks: bool, tmp_path: Path) -> None:
    run = good_run()
    decided = run.decision_row("1:1")
    for batch, app_type, time in (("x", "1", "20261123080000"), ("y", "3", "20261123080100"), ("z", "1", again)):
        other = declared(A, logistics_code="SF", cop_no="CX", app_type=app_type, app_time=time, note=batch)
        run.before(decided, {"type": "ManifestList", "batch": batch, "index": 0, "declared": other})
        run.before(decided, {"type": "ManifestClosed", "batch": batch, "count": 1})
    told = [what for what in found(run.judged(tmp_path), "I2") if "has its number, too" in what]
    assert bool(told) is breaks


@pytest.mark.parametrize(
    ("word", "again", "breaks"),
    [
        ("100", "20261123084000", False),
        ("4", "20261123084000", False),
        ("120", "20261123084000", True),
        ("100", "20261123082000", True),
    ],
)
def test_what_is_declared_new_after_a_rejection_stands_and_without_one_both_are_in_conflict(
    word: str, again: str, breaks: bool, tmp_path: Path
) -> None:
    run = good_run()
    first = run.of("ReceiptArrived")
    run.before(first, receipt(A, word, "20261123083000000"))
    for batch, time in (("x", again), ("y", "20261123080000")):
        other = declared(A, app_time=time, note=batch)
        run.before(first, {"type": "ManifestList", "batch": batch, "index": 0, "declared": other})
        run.before(first, {"type": "ManifestClosed", "batch": batch, "count": 1})
    told = [what for what in found(run.judged(tmp_path), "I2") if "papers are in conflict" in what]
    assert bool(told) is breaks


def test_the_release_of_what_was_rejected_is_none_for_what_is_declared_new(tmp_path: Path) -> None:
    run = good_run()
    decided = run.decision_row("1:1")
    run.before(decided, receipt(A, "100", "20261123091000000"))
    other = declared(A, app_time="20261123092000", note="x")
    run.before(decided, {"type": "ManifestList", "batch": "x", "index": 0, "declared": other})
    run.before(decided, {"type": "ManifestClosed", "batch": "x", "count": 1})
    told = found(run.judged(tmp_path), "I2")
    assert any("customs status is missing" in what for what in told), told


@pytest.mark.parametrize(
    ("words", "closed", "breaks"),
    [
        (("500",), False, True), (("501",), False, True), (("501", "2"), False, True), (("977",), False, True),
        (("500",), True, False), (("501",), True, False), (("501", "800"), False, False), (("100",), False, False),
    ],
)  # fmt: skip
def test_a_deleted_list_of_another_carrier_keeps_what_customs_said_of_it(
    words: tuple[str, ...], closed: bool, breaks: bool, tmp_path: Path
) -> None:
    run = good_run()
    decided = run.decision_row("1:1")
    for app_type in ("1", "3"):
        other = declared(A, logistics_code="SF", cop_no="CX", app_type=app_type, app_time=f"2026112311000{app_type}")
        run.before(decided, {"type": "ManifestList", "batch": "x", "index": 0, "declared": other})
        run.before(decided, {"type": "ManifestClosed", "batch": "x", "count": 1})
        for hour, word in enumerate(words if app_type == "1" else ()):
            run.before(decided, under(receipt(A, word, f"202611231{hour}0000000"), "", cop_no="CX"))
    if closed:
        run.before(decided, {"type": "InspectionClosed", "list_key": f"SF/{A}", "cause": "seen"}, "officer")
    told = [what for what in found(run.judged(tmp_path), "I2") if "has its number, too" in what]
    assert bool(told) is breaks


@pytest.mark.parametrize(
    ("again", "breaks"),
    [({}, False), ({"gross_weight_g": 2200}, True), ({"app_time": "20261123085000"}, True), ({"guid": "G"}, True)],
)
def test_a_declaration_beside_the_one_that_stands_is_settled_for_itself_alone(
    again: dict[str, Any], breaks: bool, tmp_path: Path
) -> None:
    run = good_run()
    decided = run.decision_row("1:1")
    beside = {"app_time": "20261123084000", "gross_weight_g": 2100}
    for batch, changes in (("x", {}), ("y", again)):
        run.before(decided, {"type": "ManifestList", "batch": batch, "index": 0, "declared": declared(A, **(beside | changes))})
        run.before(decided, {"type": "ManifestClosed", "batch": batch, "count": 1})
        if batch == "x":
            said = {"subject": f"list:{FROM}", "text": "hold L1 declaration_conflict lifted by zhang"}
            run.before(decided, {"type": "HoldLifted", "hold_id": "L1"}, "officer", findings=[said])
    told = [what for what in found(run.judged(tmp_path), "I2") if "papers are in conflict" in what]
    assert bool(told) is breaks


@pytest.mark.parametrize(("word", "breaks"), [("500", True), ("501", True), ("100", False), ("800", False)])
def test_no_list_takes_a_carton_out_of_a_deleted_one_that_is_stopped(word: str, breaks: bool, tmp_path: Path) -> None:
    """Before the truck is here the carton was noticed for Z; Z is deleted, and then there is a list with its number."""
    run = good_run()
    first = run.of("ManifestList")
    z = {"app_time": "20261123080100"}
    for app in ({"app_type": "1"}, {"app_type": "3", "app_time": "20261123095900"}):
        run.before(first, {"type": "ManifestList", "batch": "z", "index": 0, "declared": declared("Z", cop_no="CZ", **(z | app))})
        run.before(first, {"type": "ManifestClosed", "batch": "z", "count": 1})
        if app["app_type"] == "1":
            run.before(first, {"type": "NoticeCartons", "batch": "z", "index": 0, "cartons": [noticed(A, logistics_no="Z")]})
            told = {"load_id": "L1", "plate": "P1", "seals": ["S1"]}
            run.before(first, {"type": "NoticeClosed", "batch": "z", "parts": 1, "count": 1, **told})
            run.before(first, under(receipt("Z", word), "", cop_no="CZ"))
    against = [what for what in found(run.judged(tmp_path), "I2") if "papers are in conflict" in what]
    assert bool(against) is breaks


@pytest.mark.parametrize(("lifted", "breaks"), [((A,), True), (("Z",), True), ((A, "Z"), False)])
def test_a_contradiction_is_settled_when_both_its_lists_are(lifted: tuple[str, ...], breaks: bool, tmp_path: Path) -> None:
    """Papers moved carton A from its own list to Z and back."""
    run = good_run()
    decided = run.decision_row("1:1")
    run.before(decided, {"type": "ManifestList", "batch": "z", "index": 0, "declared": declared("Z", cop_no="CZ")})
    run.before(decided, {"type": "ManifestClosed", "batch": "z", "count": 1})
    for batch, number in (("1", "Z"), ("2", A)):
        run.before(decided, {"type": "NoticeCartons", "batch": batch, "index": 0, "cartons": [noticed(A, logistics_no=number)]})
        told = {"load_id": "L1", "plate": "P1", "seals": ["S1"]}
        run.before(decided, {"type": "NoticeClosed", "batch": batch, "parts": 1, "count": 1, **told})
    for number in lifted:
        said = {"subject": f"list:{KEY}{number}", "text": "hold L1 declaration_conflict lifted by zhang"}
        run.before(decided, {"type": "HoldLifted", "hold_id": "L1"}, "officer", findings=[said])
    against = [what for what in found(run.judged(tmp_path), "I2") if "papers are in conflict" in what]
    assert bool(against) is breaks


@pytest.mark.parametrize(
    ("looked", "lifted", "breaks"),
    [(True, "", True), (True, "load_plate_differs", True), (True, "load_notice_late", False), (False, "", False)],
)
def test_a_first_notice_behind_a_look_at_the_seals_counts_when_customs_has_compared_it(
    looked: bool, lifted: str, breaks: bool, tmp_path: Path
) -> None:
    run = good_run()
    arrived = run.of("LoadArrived")
    run.rows.remove(arrived)
    run.rows.insert(run.rows.index(run.of("NoticeCartons")), arrived)
    if looked:
        run.before(run.of("NoticeCartons"), {"type": "SealCheckStarted", "load_id": "L1"}, "officer")
    if lifted:
        said = {"subject": "load:L1", "text": f"hold L1 {lifted} lifted by zhang"}
        run.before(run.decision_row("1:1"), {"type": "HoldLifted", "hold_id": "L1"}, "officer", findings=[said])
    against = [what for what in found(run.judged(tmp_path), "I2") if "in conflict over the first notice of load:L1" in what]
    assert bool(against) is breaks


@pytest.mark.parametrize(("lifted", "breaks"), [("", True), (f"carton:{KEY}{A}", True), ("load:L1", False)])
def test_a_load_that_is_booked_anew_is_settled_as_a_load(lifted: str, breaks: bool, tmp_path: Path) -> None:
    """A notice of L9 had named all of L1 before, and no L9 has come."""
    run = good_run()
    decided, first = run.decision_row("1:1"), run.of("NoticeCartons")
    told = {"load_id": "L9", "plate": "P9", "seals": ["S9"]}
    run.before(first, {"type": "NoticeCartons", "batch": "z", "index": 0, "cartons": [noticed(A), noticed(C)]})
    run.before(first, {"type": "NoticeClosed", "batch": "z", "parts": 1, "count": 2, **told})
    if lifted:
        said = {"subject": lifted, "text": "hold L1 carton_in_two_notices lifted by zhang"}
        run.before(decided, {"type": "HoldLifted", "hold_id": "L1"}, "officer", findings=[said])
    against = [what for what in found(run.judged(tmp_path), "I2") if FROM in what and "over two notices of load:L1" in what]
    assert bool(against) is breaks


@pytest.mark.parametrize("settled", [True, False])
def test_no_list_has_arrived_while_papers_are_in_conflict_over_it_and_none_is_forgotten_afterwards(
    settled: bool, tmp_path: Path
) -> None:
    run = good_run()
    told = run.of("TimerFired")
    assert [one["kind"] for one in told["outcome"]["messages"]] == ["arrival"]
    again = {
        "type": "ManifestList",
        "batch": "z",
        "index": 0,
        "declared": declared(A, gross_weight_g=1, app_time="20261123080500"),
    }
    run.before(told, again)
    run.before(told, {"type": "ManifestClosed", "batch": "z", "count": 1})
    if settled:
        lifted = {"subject": f"list:{KEY}{A}", "text": "hold L1 declaration_conflict lifted by zhang"}
        run.before(told, {"type": "HoldLifted", "hold_id": "L1"}, "officer", findings=[lifted])
    against = [what for what in found(run.judged(tmp_path), "I4") if "papers are in conflict over it" in what]
    assert bool(against) is not settled
    told["outcome"]["messages"] = []
    run.row(900_000, {"type": "TimerFired"})
    (tmp_path / "journal.sqlite").unlink()
    forgotten = [what for what in found(run.judged(tmp_path), "L4") if f"all of {KEY}{A} was on the line" in what]
    assert bool(forgotten) is settled


# --- after the departure ---


def departed(run: MadeRun, *, line_s: int) -> None:
    """Carton 1 left, and so many seconds later customs wants its list inspected."""
    run.rows[0]["event"]["profile"] = {**run.rows[0]["event"]["profile"], "forget_after_s": 60}
    told = {"to": "port", "kind": "linked_release", "about": "container:X", "body": json.dumps({"cartons": [FROM]})}
    run.row(100_000, {"type": "TimerFired", "token": "-"}, messages=[told])
    run.row(100_000 + line_s * 1000, receipt(A, "500", "20261123110000000"))


def test_a_word_against_what_left_is_a_recall_as_long_as_it_is_known(tmp_path: Path) -> None:
    run = good_run()
    departed(run, line_s=59)
    assert any("not recalled" in what for what in found(run.judged(tmp_path), "I5"))


@pytest.mark.parametrize("alarmed", [True, False])
def test_a_word_against_what_was_let_go_of_is_an_alarm(alarmed: bool, tmp_path: Path) -> None:
    run = good_run()
    departed(run, line_s=61)
    if alarmed:
        run.rows[-1]["outcome"]["alarms"] = [{"code": "receipt_after_departure", "subject": f"list:{FROM}"}]
    told = [what for what in found(run.judged(tmp_path), "I5") if "not recalled" in what]
    assert bool(told) is not alarmed


# --- the deciding code, and the word of who has a carton in hand ---


def test_an_event_on_which_the_deciding_code_failed_is_a_breach(tmp_path: Path) -> None:
    run = good_run()
    run.of("LoadArrived")["outcome"]["core_fault"] = "LoadArrived: KeyError: 'x'"
    assert any("failed on LoadArrived" in what for what in found(run.judged(tmp_path), "SELF"))


def test_a_number_that_stands_on_the_belt_was_not_taken_from_a_lane(tmp_path: Path) -> None:
    run = good_run()
    decided = run.decision_row("1:1")
    at = run.rows.index(decided) + 1
    word = {"line_ms": decided["line_ms"], "event": {"type": "RerunOrdered", "code": A, "lane": "inspect"}, "role": "operator"}
    run.rows.insert(at, {**word, "outcome": {}})
    assert any(f"takes {A} for re-run" in what for what in found(run.judged(tmp_path), "I14"))


@pytest.mark.parametrize(("told_again", "breaks"), [(False, False), (True, True)])
def test_what_the_line_lost_sight_of_stands_on_the_belt_once_the_plc_tells_of_it_again(
    told_again: bool, breaks: bool, tmp_path: Path
) -> None:
    run = good_run()
    decided = run.decision_row("1:1")
    again = {**decided, "event": {"type": "TimerFired", "token": "x"}}
    word = {"type": "RerunOrdered", "code": A, "lane": "inspect"}
    ring = {"type": "RingEvent", "epoch": 1, "track_id": 1, "kind": 17, "zone": 5}
    rows = [{"type": "PlcSynced", "session": SESSION}, *([ring] if told_again else [])]
    at = run.rows.index(decided) + 1
    run.rows[at:at] = [
        *({"line_ms": decided["line_ms"], "event": event, "role": "line", "outcome": {}} for event in rows),
        again,
        {"line_ms": decided["line_ms"], "event": word, "role": "operator", "outcome": {}},
    ]
    assert any(f"takes {A} for re-run" in what for what in found(run.judged(tmp_path), "I14")) is breaks


def test_a_word_that_is_refused_or_comes_behind_the_lane_is_none(tmp_path: Path) -> None:
    run = good_run()
    run.before(run.decision_row("1:3"), {"type": "RerunOrdered", "code": A, "lane": "inspect"}, "operator")
    decided = run.decision_row("1:1")
    at = run.rows.index(decided) + 1
    word = {"line_ms": decided["line_ms"], "event": {"type": "RerunOrdered", "code": A, "lane": "inspect"}, "role": "operator"}
    run.rows.insert(at, {**word, "outcome": {"refusals": [{"code": "on_belt", "subject": FROM}]}})
    assert found(run.judged(tmp_path), "I14") == []
