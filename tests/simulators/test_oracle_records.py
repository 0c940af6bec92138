"""The oracle finds what is wrong with holds, sequences, acknowledgements, the journal, the accounts and the scenes."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulators.oracle import SourceError, Verdict, judge
from simulators.oracle.__main__ import main
from tests.simulators.oracle_run import KEY, A, MadeRun, good_run


def found(verdict: Verdict, invariant: str) -> list[str]:
    return [breach.what for breach in verdict.breaches if breach.invariant == invariant]


def hold(hold_id: str = "H1", scope: str = "carton", target: str = KEY + A) -> dict[str, Any]:
    return {"type": "HoldPlaced", "hold_id": hold_id, "scope": scope, "target": target, "code": "officer_hold"}


def lift(hold_id: str = "H1") -> dict[str, Any]:
    return {"type": "HoldLifted", "hold_id": hold_id}


# --- I5 ---


@pytest.mark.parametrize(("scope", "target"), [("carton", KEY + A), ("list", KEY + A), ("load", "L1")])
def test_a_release_while_a_hold_is_open(scope: str, target: str, tmp_path: Path) -> None:
    run = good_run()
    run.before(run.decision_row("1:1"), hold(scope=scope, target=target), "officer")
    verdict = run.judged(tmp_path)
    assert "hold H1 (officer_hold)" in found(verdict, "I5")[0]
    assert verdict.held == (3 if scope == "load" else 2)


def test_a_hold_that_was_lifted_or_refused_is_no_breach(tmp_path: Path) -> None:
    run = good_run()
    decided = run.decision_row("1:1")
    run.before(decided, hold(), "officer")
    run.before(decided, lift(), "officer")
    run.before(decided, hold("H2"), "operator", refusals=[{"code": "role_not_allowed", "subject": "H2"}])
    assert run.judged(tmp_path).breaches == ()


def test_a_hold_lifted_by_somebody_who_may_not(tmp_path: Path) -> None:
    run = good_run()
    decided = run.decision_row("1:1")
    run.before(decided, hold(), "officer")
    run.before(decided, lift(), "shift_lead")
    said = found(run.judged(tmp_path), "I5")
    assert [what for what in said if "lifted by shift_lead" in what]
    assert [what for what in said if "is open" in what]


def test_a_hold_of_the_line_itself_counts(tmp_path: Path) -> None:
    run = good_run()
    finding = {"subject": f"carton:{KEY}{A}", "text": "hold L1 duplicate by line: read twice"}
    alarm = {"code": "duplicate", "subject": f"carton:{KEY}{A}"}
    run.before(run.decision_row("1:1"), {"type": "TimerFired"}, findings=[finding], alarms=[alarm])
    assert "hold L1 (duplicate)" in found(run.judged(tmp_path), "I5")[0]


def test_a_hold_of_the_line_that_can_not_be_read_is_no_silence(tmp_path: Path) -> None:
    run = good_run()
    run.before(run.decision_row("1:1"), {"type": "TimerFired"}, alarms=[{"code": "core_fault", "subject": "line"}])
    assert "no hold that can be read" in found(run.judged(tmp_path), "I5")[0]


def test_a_hold_after_the_release_that_changed_nothing(tmp_path: Path) -> None:
    run = good_run()
    run.before(run.of("RingEvent", kind=5, track_id=1), hold(), "officer")
    assert "changed nothing" in found(run.judged(tmp_path), "I5")[0]


@pytest.mark.parametrize("answer", ["rerouted", "recalled", "link lost"])
def test_a_hold_after_the_release_that_was_answered(answer: str, tmp_path: Path) -> None:
    run = good_run()
    diverted = run.of("RingEvent", kind=5, track_id=1)
    held = run.before(diverted, hold(), "officer")
    if answer == "rerouted":
        decision = {"track": "1:1", "carton": KEY + A, "lane_code": 1, "seq": 60, "blockers": [{"code": "officer_hold"}]}
        held["outcome"]["decisions"] = [decision]
        diverted["outcome"]["alarms"] = [{"code": "divert_differs", "subject": "passage:1:1"}]
    elif answer == "recalled":
        diverted["outcome"]["alarms"] = [{"code": "recalled", "subject": f"carton:{KEY}{A}"}]
    else:
        run.before(held, {"type": "PlcLost", "code": "silent", "cause": ""})
        finding = {"subject": f"carton:{KEY}{A}", "text": "hold L1 recalled by line: the PLC could not be told"}
        diverted["outcome"]["findings"] = [finding]
    assert found(run.judged(tmp_path), "I5") == []


@pytest.mark.parametrize(("seconds_before", "stood", "breach"), [(5.0, False, True), (5.0, True, False), (3.0, False, False)])
def test_a_hold_that_came_in_time_is_more_than_recalled(seconds_before: float, stood: bool, breach: bool, tmp_path: Path) -> None:
    run = good_run()
    diverted = run.of("RingEvent", kind=5, track_id=1)
    run.before(run.of("RingEvent", kind=5, track_id=1), hold(), "officer")["line_ms"] -= int(seconds_before * 1000)
    diverted["outcome"]["alarms"] = [{"code": "recalled", "subject": f"carton:{KEY}{A}"}]
    if stood:
        run.fact(18_000, "belt_stopped", belt="main")
    assert any("changed nothing" in one for one in found(run.judged(tmp_path), "I5")) is breach


def test_a_release_written_after_the_hold_was_durable(tmp_path: Path) -> None:
    run = good_run()
    run.before(run.of("DecisionAnswered", track_id=1), hold(), "officer")
    shown = next(n for n, f in enumerate(run.wire) if f["fact"] == "event" and f["words"][2] >> 8 == 5)
    run.wire[shown + 1 : shown + 2] = []  # its acknowledgement comes later
    ack = {"line_ms": 20_700, "fact": "ack", "seq": run.wire[shown]["words"][0]}
    again = {**next(f for f in run.wire if f["fact"] == "written"), "line_ms": 20_800}
    run.wire[shown + 1 : shown + 1] = [ack, again]
    assert [what for what in found(run.judged(tmp_path), "I5") if "written after hold H1" in what]


# --- I4 ---


def test_a_lane_that_the_journal_tells_otherwise(tmp_path: Path) -> None:
    run = good_run()
    run.of("RingEvent", kind=5, track_id=2)["event"]["arg1"] = 1
    assert [what for what in found(run.judged(tmp_path), "I4") if "the PLC said 2" in what]


def test_a_lane_that_the_plc_tells_otherwise(tmp_path: Path) -> None:
    run = good_run()
    next(f for f in run.plant if f["fact"] == "lane_exit" and f["carton_no"] == 2)["lane"] = 1
    assert "it went into inspect" in found(run.judged(tmp_path), "I4")[0]


def test_another_lane_than_ordered_without_an_alarm(tmp_path: Path) -> None:
    run = good_run()
    run.of("RingEvent", kind=5, track_id=3)["outcome"] = {}
    assert "no alarm" in found(run.judged(tmp_path), "I4")[0]


# --- I7 ---


def test_a_decision_sequence_for_two_records(tmp_path: Path) -> None:
    run = good_run()
    run.record(96_000, 3, 1, 2, result=6)
    assert "two different records" in found(run.judged(tmp_path), "I7")[0]


def test_a_command_sequence_for_two_records(tmp_path: Path) -> None:
    run = good_run()
    for line_ms, code in ((500, 3), (600, 2)):
        words = [7, 1, code, 0, 0, 0, 4]
        run.wire.insert(0, {"line_ms": line_ms, "fact": "written", "record": "command", "slot": -1, "words": words})
    assert "command sequence 4" in found(run.judged(tmp_path), "I7")[0]


def test_the_same_record_written_again_is_no_breach(tmp_path: Path) -> None:
    run = good_run()
    run.wire.append({**next(f for f in run.wire if f["fact"] == "written" and f["words"][1] == 2), "line_ms": 96_000})
    assert run.judged(tmp_path).breaches == ()


def test_a_decision_sequence_used_twice_in_the_journal(tmp_path: Path) -> None:
    run = good_run()
    again = {"track": "1:2", "carton": "", "lane_code": 1, "seq": 2, "blockers": [{"code": "not_declared"}]}
    run.before(run.of("RingEvent", kind=5, track_id=2), {"type": "TimerFired"}, decisions=[again])
    assert "uses decision sequence 2 again" in found(run.judged(tmp_path), "I7")[0]


def test_an_event_number_with_two_contents(tmp_path: Path) -> None:
    run = good_run()
    first = run.of("RingEvent", kind=5, track_id=2)
    run.before(first, {**first["event"], "track_id": 1})
    assert "with other words" in found(run.judged(tmp_path), "I7")[0]


# --- I8 ---


def test_an_acknowledged_event_that_is_not_in_the_journal(tmp_path: Path) -> None:
    run = good_run()
    run.rows.remove(run.of("RingEvent", kind=18, track_id=2))
    assert "is not in the journal" in found(run.judged(tmp_path), "I8")[0]


def test_events_that_the_plc_overwrote_are_excused_by_name(tmp_path: Path) -> None:
    run = good_run()
    gone = run.of("RingEvent", kind=18, track_id=2)
    seq = gone["event"]["seq"]
    run.before(gone, {"type": "RingEventsLost", "epoch": 1, "first_missing_seq": seq, "next_seq": seq + 1})
    run.rows.remove(gone)
    assert found(run.judged(tmp_path), "I8") == []


def test_an_acknowledgement_of_an_event_that_never_was(tmp_path: Path) -> None:
    run = good_run()
    run.wire.append({"line_ms": 96_000, "fact": "ack", "seq": 999})
    assert "never was" in found(run.judged(tmp_path), "I8")[0]


def test_a_forged_event_of_the_plc(tmp_path: Path) -> None:
    """A row with a right hash, telling of something that the PLC never said."""
    run = good_run()
    event = run.of("RingEvent", kind=5, track_id=2)["event"]
    run.rows.append({"line_ms": 99_000, "role": "line", "outcome": {}, "event": {**event, "seq": 900, "track_id": 40}})
    assert "the PLC never made" in found(run.judged(tmp_path), "I8")[0]


# --- I9 ---


TAMPERINGS = {
    "changed": ("UPDATE journal SET event = replace(event, 'P1', 'P9') WHERE seq = 9", "row 9 was changed"),
    "changed time": ("UPDATE journal SET line_ms = line_ms + 1 WHERE seq = 12", "row 12 was changed"),
    "changed outcome": ("UPDATE journal SET outcome = '{ }' WHERE seq = 11", "row 11 was changed"),
    "changed words beside": ("UPDATE journal SET touched = '[1]' WHERE seq = 4", "row 4 was changed"),
    "removed": ("DELETE FROM journal WHERE seq = 14", "row 14 is missing"),
    "removed and closed up": (
        "DELETE FROM journal WHERE seq = 14; UPDATE journal SET seq = -seq WHERE seq > 14;"
        " UPDATE journal SET seq = -seq - 1 WHERE seq < 0", "row 14 does not follow"),
    "swapped": ("UPDATE journal SET seq = -1 WHERE seq = 5; UPDATE journal SET seq = 5 WHERE seq = 6;"
                " UPDATE journal SET seq = 6 WHERE seq = -1", "row 5 does not follow"),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_journal_that_was_tampered_with(name: str, tmp_path: Path) -> None:
    sql, says = TAMPERINGS[name]
    path = good_run().write(tmp_path)
    connection = sqlite3.connect(path)
    connection.executescript(sql)
    connection.commit()
    connection.close()
    verdict = judge(tmp_path, path)
    assert says in found(verdict, "I9")[0]
    assert not verdict.journal_verified


@pytest.mark.parametrize(("place", "says"), [(999, "is gone"), (5, "another hash")])
def test_anchors_find_a_journal_that_was_cut_or_written_anew(place: int, says: str, tmp_path: Path) -> None:
    run = good_run()
    run.anchors = [{"seq": place, "hash": "00" * 32}]
    assert says in found(run.judged(tmp_path), "I9")[0]


# --- accounts ---


def test_a_carton_that_was_never_placed(tmp_path: Path) -> None:
    run = good_run()
    run.plant.remove(run.placed(2))
    verdict = run.judged(tmp_path)
    assert verdict.unaccounted == 1
    assert "never placed" in found(verdict, "ACC")[0]


def test_a_carton_in_a_lane_that_the_journal_never_heard_of(tmp_path: Path) -> None:
    run = good_run()
    run.rows = [r for r in run.rows if r["event"].get("track_id") != 2]
    run.wire = [f for f in run.wire if f["fact"] != "ack"]
    verdict = run.judged(tmp_path)
    assert verdict.unaccounted == 1
    assert not verdict.ok


@pytest.mark.parametrize("told", [True, False])
def test_a_stranger_in_another_lane_whose_record_the_plc_overwrote_is_told_with_the_lost_ones(told: bool, tmp_path: Path) -> None:
    run = good_run()
    diverted = run.of("RingEvent", kind=5, track_id=2)["event"]["seq"]
    first = run.of("RingEvent", kind=1, track_id=2)
    if told:
        lost = {"type": "RingEventsLost", "epoch": 1, "first_missing_seq": first["event"]["seq"], "next_seq": diverted + 1}
        run.before(first, lost)
    run.rows = [r for r in run.rows if r["event"].get("track_id") != 2]
    run.wire = [f for f in run.wire if f["fact"] != "ack"]
    assert run.judged(tmp_path).unaccounted == (0 if told else 1)


@pytest.mark.parametrize(("from_later", "told"), [(0, True), (1, False)])
def test_one_that_no_eye_told_from_its_neighbour_is_told_with_the_lost_ones_if_its_whole_way_is(
    from_later: int, told: bool, tmp_path: Path
) -> None:
    """Found by exploration (seed 404): all records of its way were overwritten, and it left in touch with the one before it."""
    run = good_run()
    last = run.of("RingEvent", kind=5, track_id=2)["event"]["seq"]
    first = run.of("RingEvent", kind=1, track_id=2)
    first_seq = first["event"]["seq"] + from_later
    run.before(first, {"type": "RingEventsLost", "epoch": 1, "first_missing_seq": first_seq, "next_seq": last + 1})
    run.rows = [r for r in run.rows if r["event"].get("track_id") != 2]
    run.wire = [f for f in run.wire if f["fact"] != "ack" and not (f["fact"] == "event" and f["words"][0] == last)]
    assert run.judged(tmp_path).unaccounted == (0 if told else 1)


def test_places_of_the_end(tmp_path: Path) -> None:
    run = good_run()
    for number, at_ms in ((11, 80_000), (12, 81_000)):
        run.fact(at_ms, "placed", carton_no=number, at_mm=-500, weight_g=1, length_mm=400, labels=[])
    run.fact(82_000, "removed", carton_no=12, at_mm=100)
    run.fact(82_000, "lane_taken", carton_no=3, lane=1)
    verdict = run.judged(tmp_path)
    assert (verdict.on_line, verdict.removed, verdict.inspected, verdict.cartons) == (1, 1, 1, 5)
    assert verdict.released + verdict.inspected + verdict.anomaly + verdict.removed + verdict.on_line == verdict.cartons


# --- scenes ---


@pytest.mark.parametrize(
    "expect", [{"lanes": ["inspect"]}, {"codes_any": ["two_waybills"]}, {"finally": "released"}, {"finally": "recalled"}]
)
def test_a_scene_that_ended_otherwise(expect: dict[str, Any], tmp_path: Path) -> None:
    run = good_run()
    run.expected["scenes"] = [{"name": "s", "cartons": [2], "expect": expect}]
    verdict = run.judged(tmp_path)
    assert not verdict.scenes[0].ok
    assert not verdict.ok
    assert verdict.breaches == ()


@pytest.mark.parametrize("cartons", [[], [77]])
def test_a_scene_in_which_nothing_happened_has_failed(cartons: list[int], tmp_path: Path) -> None:
    run = good_run()
    run.expected["scenes"] = [{"name": "s", "cartons": cartons, "expect": {}}]
    assert not run.judged(tmp_path).scenes[0].ok


def test_held_recalled_and_removed_are_ends_too(tmp_path: Path) -> None:
    run = good_run()
    run.row(90_000, hold("H5"), "officer", alarms=[{"code": "recalled", "subject": f"carton:{KEY}{A}"}])
    run.row(90_100, {"type": "CartonRemoved", "code": A, "place": "custody", "cause": ""}, "operator")
    ends = [{"name": end, "cartons": [1], "expect": {"finally": end}} for end in ("held", "recalled", "removed", "released")]
    run.expected["scenes"] = ends
    assert [scene.ok for scene in run.judged(tmp_path).scenes] == [True, True, True, True]


def test_what_was_refused_to_be_taken_away_was_not_taken_away(tmp_path: Path) -> None:
    run = good_run()
    refusal = {"code": "place_not_by_hand", "subject": f"carton:{KEY}{A}"}
    run.row(90_100, {"type": "CartonRemoved", "code": A, "place": "release", "cause": ""}, "operator", refusals=[refusal])
    run.expected["scenes"] = [{"name": "s", "cartons": [1], "expect": {"finally": "removed"}}]
    assert not run.judged(tmp_path).scenes[0].ok


# --- the command ---


def command(home: Path, *more: str) -> list[str]:
    return ["--dir", str(home), "--journal", str(home / "journal.sqlite"), *more]


def test_the_command_prints_one_line_of_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good_run().write(tmp_path)
    assert main(command(tmp_path, "--json")) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["released"] + said["inspected"] + said["anomaly"] + said["removed"] + said["on_line"] == said["cartons"]
    assert said["ok"] is True
    assert "table" not in said
    assert main(command(tmp_path, "--json", "--table")) == 0
    assert len(json.loads(capsys.readouterr().out)["table"]) == 3
    assert main(command(tmp_path)) == 0
    assert "nothing speaks against release" in capsys.readouterr().out


def test_the_command_fails_on_a_breach_and_on_a_scene(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = good_run()
    run.placed(1)["weight_g"] = 9000
    run.write(tmp_path)
    assert main(command(tmp_path)) == 1
    assert "BREACH I2" in capsys.readouterr().out


def remove(name: str) -> Callable[[Path], None]:
    return lambda home: (home / name).unlink()


def write(name: str, text: str) -> Callable[[Path], None]:
    def act(home: Path) -> None:
        (home / name).write_text(text)

    return act


@pytest.mark.parametrize(
    "spoil",
    [
        remove("plant.jsonl"), remove("wire.jsonl"), remove("expected.json"), remove("journal.sqlite"),
        write("expected.json", "[]"), write("plant.jsonl", "no json\n{}\n"), write("journal.sqlite", "no database" * 99),
        write("wire.jsonl", '{"line_ms": 1, "fact": "event", "words": [1, 2]}\n'),
        write("plant.jsonl", '{"line_ms": 1, "fact": "placed", "carton_no": 1}\n'),
    ],
)  # fmt: skip
def test_files_that_can_not_be_judged_are_not_a_good_run(
    spoil: Callable[[Path], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good_run().write(tmp_path)
    spoil(tmp_path)
    assert main(command(tmp_path, "--json")) == 2
    assert capsys.readouterr().err
    with pytest.raises(SourceError):
        judge(tmp_path, tmp_path / "journal.sqlite")


def test_a_torn_last_line_is_where_the_simulator_was_stopped(tmp_path: Path) -> None:
    run: MadeRun = good_run()
    journal = run.write(tmp_path)
    with (tmp_path / "wire.jsonl").open("a") as wire:
        wire.write('{"line_ms": 97000, "fa')
    assert judge(tmp_path, journal).ok
