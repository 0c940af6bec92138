"""The oracle finds what a host must never do on the wire, times that lie, records that lag, and recalls that nobody told."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from simulators.oracle import Verdict
from simulators.oracle.journal_story import tell_journal
from simulators.oracle.records_checks import check_records
from simulators.oracle.sources import read_journal
from tests.simulators.oracle_run import DAEMON_BEHIND_MS, KEY, SESSION, A, B, MadeRun, good_run, receipt

READY = 1


def found(verdict: Verdict, invariant: str) -> list[str]:
    return [breach.what for breach in verdict.breaches if breach.invariant == invariant]


def wire(run: MadeRun, line_ms: int, fact: str, **details: Any) -> None:
    """Put a fact into the wire log, in order of time."""
    run.wire.append({"line_ms": line_ms, "fact": fact, **details})
    run.wire.sort(key=lambda one: one["line_ms"])


def live(run: MadeRun, line_ms: int, *, epoch: int = 1, session: int = SESSION, flags: int = READY, pass_mask: int = 1) -> None:
    wire(run, line_ms, "live", session=session, epoch=epoch, flags=flags, pass_mask=pass_mask)


def test_a_good_day_with_live_words_has_no_breach(tmp_path: Path) -> None:
    run = good_run()
    live(run, 2000)
    wire(run, 40_000, "frozen", on=True)
    live(run, 41_500, flags=0, pass_mask=0)
    wire(run, 50_000, "frozen", on=False)
    live(run, 51_000)
    assert run.judged(tmp_path).breaches == ()


# --- safety and connections ---


def test_a_write_outside_block_h(tmp_path: Path) -> None:
    run = good_run()
    wire(run, 5000, "write_outside", offset=-857, count=1)
    assert "outside block H" in found(run.judged(tmp_path), "SAFE")[0]


def test_a_connection_that_gave_no_answer_is_used_again(tmp_path: Path) -> None:
    run = good_run()
    wire(run, 5000, "reused", after="no answer")
    assert "had given no answer" in found(run.judged(tmp_path), "W1")[0]


# --- readiness ---


def test_ready_in_an_epoch_that_nobody_reconciled(tmp_path: Path) -> None:
    run = good_run()
    live(run, 30_000, epoch=2)
    assert "epoch 2, which no row of the journal reconciled" in found(run.judged(tmp_path), "I3")[0]


def test_ready_while_the_plc_is_frozen(tmp_path: Path) -> None:
    run = good_run()
    live(run, 2000)
    wire(run, 70_000, "frozen", on=True)
    wire(run, 79_000, "frozen", on=False)
    assert "stayed ready" in found(run.judged(tmp_path), "I3")[0]


def test_a_host_that_wrote_nothing_could_take_nothing_back(tmp_path: Path) -> None:
    run = good_run()
    live(run, 2000)
    wire(run, 90_000, "frozen", on=True)
    wire(run, 99_000, "frozen", on=False)
    assert run.judged(tmp_path).breaches == ()


AWAY = [(72_300, 75_200, False), (72_300, 75_400, True), (69_900, 73_100, True)]


@pytest.mark.parametrize(("back_ms", "ready_ms", "breach"), AWAY)
def test_a_host_that_was_away_sees_a_frozen_plc_when_it_is_back(
    back_ms: int, ready_ms: int, breach: bool, tmp_path: Path
) -> None:
    run = good_run()
    live(run, 2000, flags=0, pass_mask=0)
    wire(run, 69_000, "link", ok=False)
    wire(run, 70_000, "frozen", on=True)
    live(run, back_ms)
    wire(run, back_ms, "session", session=SESSION)
    live(run, ready_ms)
    live(run, ready_ms + 10, flags=0, pass_mask=0)
    wire(run, 79_000, "frozen", on=False)
    assert bool([what for what in found(run.judged(tmp_path), "I3") if "stayed ready" in what]) is breach


@pytest.mark.parametrize(("taken_back_ms", "breach"), [(72_000, False), (85_000, True)])
def test_a_link_that_is_away_for_a_while_gives_a_host_that_knew_it_no_new_time(
    taken_back_ms: int, breach: bool, tmp_path: Path
) -> None:
    run = good_run()
    live(run, 2000)
    wire(run, 70_000, "frozen", on=True)
    live(run, taken_back_ms, flags=0, pass_mask=0)
    wire(run, 80_000, "link", ok=False)
    wire(run, 82_500, "session", session=SESSION)
    run.ack(76_000)
    run.wire.sort(key=lambda one: one["line_ms"])
    wire(run, 99_000, "frozen", on=False)
    assert bool([what for what in found(run.judged(tmp_path), "I3") if "stayed ready" in what]) is breach


def test_a_decision_of_an_epoch_that_is_over(tmp_path: Path) -> None:
    run = good_run()
    wire(run, 1000, "epoch", epoch=1)
    wire(run, 44_000, "epoch", epoch=2)
    live(run, 44_500, epoch=2, flags=0, pass_mask=0)
    run.record(45_100, 2, 2, 2, result=None)
    run.wire.sort(key=lambda one: one["line_ms"])
    assert any("after the host had named epoch 2" in what for what in found(run.judged(tmp_path), "I3"))


def test_a_session_of_an_earlier_start(tmp_path: Path) -> None:
    run = good_run()
    run.row(95_000, {"type": "DaemonStarted"})
    run.row(96_000, {"type": "PlcSynced", "epoch": 1, "session": SESSION, "table": [], "status": {"flags": 0}})
    assert "session 7 of start 1 is used again by start 2" in found(run.judged(tmp_path), "I7")[0]


@pytest.mark.parametrize(("silent", "session", "breach"), [(True, 9, False), (False, 9, True), (False, SESSION, False)])
def test_a_session_that_is_begun_while_the_plc_hears_another(silent: bool, session: int, breach: bool, tmp_path: Path) -> None:
    run = good_run()
    live(run, 2000, flags=0, pass_mask=0)
    wire(run, 2100, "session", session=SESSION)
    if silent:
        wire(run, 90_000, "link", ok=False)
    live(run, 95_000, session=session, flags=0, pass_mask=0)
    assert any("was written at 95000 ms" in what for what in found(run.judged(tmp_path), "I3")) is breach


@pytest.mark.parametrize(("again_ms", "breach"), [(95_000, False), (94_500, False), (94_000, True)])
def test_what_the_plc_hears_again_in_the_moment_of_a_claim_nobody_saw(again_ms: int, breach: bool, tmp_path: Path) -> None:
    run = good_run()
    live(run, 2000, flags=0, pass_mask=0)
    wire(run, 2100, "session", session=SESSION)
    wire(run, 90_000, "link", ok=False)
    wire(run, again_ms, "link", ok=True)
    live(run, 95_000, session=9, flags=0, pass_mask=0)
    assert any("was written at 95000 ms" in what for what in found(run.judged(tmp_path), "I3")) is breach


def test_a_plc_that_has_just_started_hears_nobody(tmp_path: Path) -> None:
    run = good_run()
    live(run, 2000, flags=0, pass_mask=0)
    wire(run, 2100, "session", session=SESSION)
    run.fact(94_000, "power_on")
    live(run, 95_000, session=9, flags=0, pass_mask=0)
    assert not any("was written at 95000 ms" in what for what in found(run.judged(tmp_path), "I3"))


# --- what is written is what is decided ---


@pytest.mark.parametrize(("track_id", "breach"), [(2, False), (8, True)])
def test_a_sequence_that_is_written_for_another_track(track_id: int, breach: bool, tmp_path: Path) -> None:
    """Carton 2 goes to anomaly by sequence 2; the same words again are no new record."""
    run = good_run()
    run.record(46_000, track_id, 2, 2, result=None)
    run.wire.sort(key=lambda one: one["line_ms"])
    assert (
        any("written for track 1:8, the journal has it for 1:2" in what for what in found(run.judged(tmp_path), "I7")) is breach
    )


@pytest.mark.parametrize(("result", "breach"), [(2, True), (1, False), (4, False)])
def test_an_answer_that_the_plc_never_gave(result: int, breach: bool, tmp_path: Path) -> None:
    """The PLC accepted the decision on carton 1. An old epoch is refused by the driver itself."""
    run = good_run()
    run.of("DecisionAnswered", track_id=1)["event"]["result"] = result
    assert (
        any("decision 1 of track 1:1 was answered 2; the PLC said 1" in what for what in found(run.judged(tmp_path), "I4"))
        is breach
    )


@pytest.mark.parametrize(("again", "seq", "breach"), [(False, 2, True), (True, 2, False), (False, 70, False)])
def test_a_hold_that_the_plc_does_not_have_after_an_outage(again: bool, seq: int, breach: bool, tmp_path: Path) -> None:
    """Track 9 was released by sequence 2 and held by 70 before the link was lost; `seq` is what the PLC shows afterwards."""
    run = good_run()

    def order(at_ms: int, lane: int, number: int) -> None:
        decide = {"type": "Decide", "epoch": 1, "track_id": 9, "lane_code": lane, "releases": lane == 3, "seq": number}
        run.row(at_ms, {"type": "TimerFired"}, commands=[decide])

    order(90_000, 3, 2)
    order(90_500, 1, 70)
    run.row(91_000, {"type": "PlcLost", "code": "time_out"})
    table = [{"track_id": 9, "zone": 6, "lane": 3, "decision_seq": seq}]
    run.row(93_000, {"type": "PlcSynced", "epoch": 1, "session": 8, "table": table, "status": {"flags": 0}})
    if again:
        order(93_400, 1, 71)
    run.row(95_000, {"type": "TimerFired"})
    assert any("was not told again" in what for what in found(run.judged(tmp_path), "I5")) is breach


# --- readers ---


@pytest.mark.parametrize(("role", "late_ms", "breach"), [("induct", 0, True), ("induct", 2000, False), ("verify", 0, False)])
def test_a_read_that_had_been_kept_while_nobody_listened(role: str, late_ms: int, breach: bool, tmp_path: Path) -> None:
    """The frame with carton 2's number is handed over at 34,900 ms."""
    run = good_run()
    run.fact(34_900, "kept_read", role=role, frame=f"{B}\r")
    codes, at_ms = [{"text": B, "symbology": ""}], 34_950 + late_ms
    event = {"type": "CodesRead", "role": "induct", "device": "induct", "codes": codes, "at_ms": at_ms - DAEMON_BEHIND_MS}
    run.row(at_ms, event)
    assert any("had been kept" in what for what in found(run.judged(tmp_path), "I14")) is breach


@pytest.mark.parametrize(("refused", "breach"), [(0, True), (1, False)])
def test_a_stuck_reader_may_say_what_was_refused_as_kept(refused: int, breach: bool, tmp_path: Path) -> None:
    run = good_run()
    run.fact(34_900, "kept_read", role="induct", frame=f"{B}\r")
    at_ms = 34_950 - DAEMON_BEHIND_MS
    for _ in range(refused):
        run.row(34_960, {"type": "FrameRefused", "device": "induct", "cause": "while it was opened", "at_ms": at_ms})
    codes = [{"text": B, "symbology": ""}]
    run.row(35_100, {"type": "CodesRead", "role": "induct", "device": "induct", "codes": codes, "at_ms": at_ms + 150})
    assert any("had been kept" in what for what in found(run.judged(tmp_path), "I14")) is breach


# --- the line itself ---


@pytest.mark.parametrize(
    ("event", "why"),
    [
        ({"type": "PlcLost", "code": "time_out"}, "was not reconciled"),
        ({"type": "PlcStatusChanged", "status": {"flags": 1 << 3}}, "fail-safe"),
        ({"type": "PlcStatusChanged", "status": {"flags": 1 << 14}}, "conflict"),
        ({"type": "TaskEnded", "task": "reader:induct"}, "did not run"),
    ],
)
def test_a_release_that_the_line_did_not_allow(event: dict[str, Any], why: str, tmp_path: Path) -> None:
    run = good_run()
    run.before(run.decision_row("1:1"), event)
    assert why in found(run.judged(tmp_path), "I2")[0]


def test_an_event_that_acts_twice(tmp_path: Path) -> None:
    run = good_run()
    row = run.of("RingEvent", kind=5, track_id=1)
    run.row(100_000, row["event"], findings=[{"subject": "carton:x", "text": "confirmed"}])
    assert "acts again" in found(run.judged(tmp_path), "I7")[0]


def test_in_epoch_0_each_power_up_counts_from_1(tmp_path: Path) -> None:
    run = good_run()
    event = {**run.of("RingEvent", kind=5, track_id=1)["event"], "epoch": 0, "seq": 1}
    for line_ms in (100_000, 110_000):
        run.row(line_ms, event, findings=[{"subject": "line", "text": "record of epoch 0 after it ended"}])
    assert not any("acts again" in what for what in found(run.judged(tmp_path), "I7"))


def test_a_divert_without_a_record(tmp_path: Path) -> None:
    run = good_run()
    run.rows.remove(run.of("RingEvent", kind=5, track_id=2))
    assert any("no record of the divert" in what for what in found(run.judged(tmp_path), "ACC"))


# --- recalls ---


@pytest.mark.parametrize("word", ["500", "733"])
def test_customs_takes_a_release_back_and_nobody_is_told(word: str, tmp_path: Path) -> None:
    run = good_run()
    run.row(90_000, receipt(A, word, "20261123100000000"))
    assert "not recalled" in found(run.judged(tmp_path), "I5")[0]


def test_a_recall_that_is_told(tmp_path: Path) -> None:
    run = good_run()
    alarm = {"code": "recalled", "subject": f"carton:{KEY}{A}"}
    run.row(90_000, receipt(A, "500", "20261123100000000"), alarms=[alarm])
    assert found(run.judged(tmp_path), "I5") == []


TAKEN_OUT = {"type": "CartonRemoved", "code": A, "place": "open_box", "cause": "customs wants to see it"}
OPENED = {"type": "RecheckOpened", "code": A, "bench": "bench"}


@pytest.mark.parametrize("event", [TAKEN_OUT, OPENED], ids=["taken out", "opened"])
@pytest.mark.parametrize(
    ("role", "truly", "told"), [("officer", True, True), ("operator", True, False), ("officer", False, False)]
)
def test_what_customs_has_out_of_its_container_needs_no_recall(
    event: dict[str, str], role: str, truly: bool, told: bool, tmp_path: Path
) -> None:
    run = good_run()
    run.row(80_000, event, role)
    if truly:
        run.fact(80_100, "unloaded", carton_no=1, container_no="CSQU3054383")
    run.row(90_000, receipt(A, "500", "20261123100000000"))
    assert (found(run.judged(tmp_path), "I5") == []) is told


def test_it_left_by_release_after_customs_had_taken_it_back(tmp_path: Path) -> None:
    run = good_run()
    run.before(run.of("RingEvent", kind=5, track_id=1), receipt(A, "500", "20261123100000000"))
    assert any("left by release although" in what for what in found(run.judged(tmp_path), "I5"))


# --- time ---


@pytest.mark.parametrize("leap_ms", [-1000, 1000, 3_600_000, 365 * 86_400_000])
def test_a_wall_clock_that_leapt_is_marked(leap_ms: int, tmp_path: Path) -> None:
    run = good_run()
    for row in run.rows[20:]:
        row["leap_ms"] = leap_ms
    assert "not marked" in found(run.judged(tmp_path), "I12")[0]
    for row in run.rows[20:]:
        row["doubtful"] = True
    (tmp_path / "journal.sqlite").unlink()
    assert run.judged(tmp_path).breaches == ()


def test_line_time_that_follows_another_clock(tmp_path: Path) -> None:
    run = good_run()
    run.of("RingEvent", kind=5, track_id=3)["event"]["read_ms"] += 3_600_000
    assert "within one start" in found(run.judged(tmp_path), "I12")[0]


# --- records ---


def test_records_that_lag_or_differ(tmp_path: Path) -> None:
    run = good_run()
    journal = tell_journal(read_journal(run.write(tmp_path)))
    path = tmp_path / "records.sqlite"
    database = sqlite3.connect(path)
    database.executescript(
        "CREATE TABLE follower_cursors (name TEXT, seq INTEGER); CREATE TABLE journal_index (seq INTEGER);"
        "CREATE TABLE decisions (journal_seq INTEGER); CREATE TABLE alarms (journal_seq INTEGER);"
        "CREATE TABLE diverts (journal_seq INTEGER); CREATE TABLE rows_unwritten (journal_seq INTEGER)"
    )
    last = journal.rows[-1].seq
    database.execute("INSERT INTO follower_cursors VALUES ('records', ?)", (last,))
    database.executemany("INSERT INTO journal_index VALUES (?)", [(row.seq,) for row in journal.rows])
    for table, name in (("decisions", "decisions"), ("alarms", "alarms")):
        rows = [(row.seq,) for row in journal.rows for _ in row.outcome_list(name)]
        database.executemany(f"INSERT INTO {table} VALUES (?)", rows)
    database.executemany("INSERT INTO diverts VALUES (?)", [(ring.row,) for ring in journal.ring if ring.kind == 5])
    database.commit()
    assert check_records(path, journal, last) == []
    assert "stand at row" in check_records(path, journal, last + 1)[0].what
    database.execute("DELETE FROM decisions WHERE journal_seq = (SELECT min(journal_seq) FROM decisions)")
    database.commit()
    assert "table decisions differs" in check_records(path, journal, last)[0].what
    database.execute("INSERT INTO rows_unwritten VALUES (5)")
    database.commit()
    assert "table rows_unwritten differs from the journal at row 5" in check_records(path, journal, last)[1].what
    database.close()


def test_an_answer_to_an_order_that_was_replaced_is_not_the_last_word(tmp_path: Path) -> None:
    run = good_run()
    asked = run.decision_row("1:1")
    first = {"track": "1:1", "carton": KEY + A, "lane_code": 1, "seq": 60, "blockers": [{"code": "plc_fail_safe"}]}
    run.before(asked, {"type": "TimerFired"}, decisions=[first])
    answered = run.of("DecisionAnswered", track_id=1)["event"]
    answered["seq"] = 60  # the answer to the release itself never came
    run.record(14_850, 1, 1, 60)
    run.wire.sort(key=lambda one: one["line_ms"])
    assert found(run.judged(tmp_path), "I4") == []


def _command(run: MadeRun, *words: int) -> None:
    run.wire.append({"line_ms": 9_000, "fact": "written", "record": "command", "slot": -1, "words": list(words)})


def test_a_command_sequence_stands_for_one_command_of_a_session_and_for_any_stop_outside_of_one(tmp_path: Path) -> None:
    run = good_run()
    _command(run, 0, 1, 3, 7, 9, 0, 900)
    _command(run, 0, 1, 3, 8, 2, 0, 900)  # taken by its content
    _command(run, 7, 1, 2, 0, 0, 0, 901)
    _command(run, 7, 1, 3, 0, 0, 0, 901)
    (told,) = found(run.judged(tmp_path), "I7")
    assert "command sequence 901 of session 7" in told
