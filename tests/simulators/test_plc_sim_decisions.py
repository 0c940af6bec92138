"""Conformance of the reference PLC: decision mailboxes and the divert (contract CIL-1, "Results",
"Replacing", rules 2 and 3).
"""

from collections.abc import Callable

import pytest

from simulators.plant import Carton
from simulators.plc import registers as reg
from simulators.plc.scripted_host import ScriptedLine, checked
from simulators.plc.words import lane_word


@pytest.fixture
def line() -> ScriptedLine:
    return ScriptedLine()


def test_a_release_decided_in_time_takes_the_release_lane(line: ScriptedLine) -> None:
    event = line.wanted()
    slot = line.host.decide_item(event.track_id, reg.LANE_RELEASE)
    line.host.run(100)
    assert line.host.result(slot) == (1, reg.RESULT_ACCEPTED)
    done = line.diverted(event.track_id)
    assert (done.lane, done.arg2) == (reg.LANE_RELEASE, reg.WHY_DECISION)
    assert [fact["lane"] for fact in line.sim.log.of("lane_exit")] == [reg.LANE_RELEASE]


def test_an_anomaly_decision_takes_the_anomaly_lane(line: ScriptedLine) -> None:
    event = line.wanted()
    line.host.decide_item(event.track_id, reg.LANE_ANOMALY)
    assert line.diverted(event.track_id).lane == reg.LANE_ANOMALY


def test_no_decision_by_the_deadline_takes_the_inspect_lane(line: ScriptedLine) -> None:
    done = line.diverted(line.wanted().track_id)
    assert (done.lane, done.arg2) == (reg.LANE_INSPECT, reg.WHY_TIME_OUT)
    assert line.sim.program.totals()[reg.C_TOTALS.index("default_routed")] == 1


def test_a_decision_after_the_deadline_is_too_late(line: ScriptedLine) -> None:
    event = line.wanted()
    line.host.run(4500)
    slot = line.host.decide_item(event.track_id, reg.LANE_RELEASE)
    line.host.run(100)
    assert line.host.result(slot)[1] == reg.RESULT_TOO_LATE
    assert line.diverted(event.track_id).lane == reg.LANE_INSPECT


Spoil = Callable[[list[int]], None]


def spoil(place: int, value: int) -> Spoil:
    def change(record: list[int]) -> None:
        record[place] = value

    return change


@pytest.mark.parametrize(
    ("change", "result"),
    [
        pytest.param(spoil(reg.D_EPOCH, 9), reg.RESULT_OLD_EPOCH, id="another epoch"),
        pytest.param(spoil(reg.D_EPOCH, 0), reg.RESULT_OLD_EPOCH, id="epoch zero"),
        pytest.param(spoil(reg.D_SESSION, 10), reg.RESULT_WRONG_SESSION, id="another session"),
        pytest.param(spoil(reg.D_SESSION, 0), reg.RESULT_WRONG_SESSION, id="session zero"),
        pytest.param(spoil(reg.D_TRACK_ID, 999), reg.RESULT_UNKNOWN_ID, id="unknown id"),
        pytest.param(spoil(reg.D_LANE, 3), reg.RESULT_BAD_ARGUMENT, id="lane without complement"),
        pytest.param(spoil(reg.D_LANE, 0), reg.RESULT_BAD_ARGUMENT, id="lane zero"),
        pytest.param(spoil(reg.D_LANE, lane_word(4)), reg.RESULT_BAD_ARGUMENT, id="a lane that is not there"),
        pytest.param(spoil(reg.D_LANE, lane_word(3) ^ 1), reg.RESULT_BAD_ARGUMENT, id="one wrong bit in the lane"),
        pytest.param(spoil(reg.D_FLAGS_TTL, 0), reg.RESULT_BAD_ARGUMENT, id="release without time to live"),
        pytest.param(spoil(reg.D_FLAGS_TTL, 301), reg.RESULT_BAD_ARGUMENT, id="release living over 30 s"),
    ],
)
def test_a_refused_decision_consumes_the_slot_and_nothing_else(line: ScriptedLine, change: Spoil, result: int) -> None:
    event, host = line.wanted(), line.host
    host.decision_seq = 50
    record = host.decision_record(event.track_id, reg.LANE_RELEASE)
    change(record)
    host.write_decision(0, checked(record, reg.D_CHECK))
    host.run(100)
    assert host.result(0) == (50, result)
    row = line.sim.program.table()[:4]
    assert row[reg.T_TRACK_ID] == event.track_id
    assert row[reg.T_LANE] == row[reg.T_DECISION_SEQ] == 0
    # The item's last sequence has not moved: an earlier one still counts.
    host.decision_seq = 39
    host.decide_item(event.track_id, reg.LANE_RELEASE, slot=1)
    host.run(100)
    assert host.result(1) == (40, reg.RESULT_ACCEPTED)


def test_a_record_with_a_wrong_check_word_stays_pending_until_it_is_whole(line: ScriptedLine) -> None:
    event, host = line.wanted(), line.host
    host.decision_seq = 5
    good = host.decision_record(event.track_id, reg.LANE_RELEASE)
    torn = [*good[: reg.D_CHECK], good[reg.D_CHECK] ^ 1, good[reg.D_SEQ]]
    host.write_decision(0, torn)
    host.run(300)
    assert host.result(0) == (0, reg.RESULT_NONE)
    host.write_decision(0, good)
    host.run(100)
    assert host.result(0) == (5, reg.RESULT_ACCEPTED)


def test_a_half_written_record_is_not_taken(line: ScriptedLine) -> None:
    event, host = line.wanted(), line.host
    host.decide_item(event.track_id, reg.LANE_INSPECT, slot=0)
    host.run(100)
    host.decision_seq += 1
    release = host.decision_record(event.track_id, reg.LANE_RELEASE)
    host.write(reg.H_DECISION, release[:3])
    line.sim.step(10)
    assert host.result(0) == (1, reg.RESULT_ACCEPTED)
    host.write(reg.H_DECISION + 3, release[3:])
    line.sim.step(10)
    assert host.result(0) == (2, reg.RESULT_ACCEPTED)


def test_an_older_sequence_and_the_same_sequence_with_other_words_are_stale(line: ScriptedLine) -> None:
    event, host = line.wanted(), line.host
    host.decision_seq = 99
    host.decide_item(event.track_id, reg.LANE_INSPECT, slot=0)
    host.run(100)
    for seq in (100, 99, 100 - 32767 + 65536):
        host.decision_seq = seq
        host.write_decision(1, host.decision_record(event.track_id, reg.LANE_RELEASE))
        host.run(100)
        assert host.result(1) == (seq, reg.RESULT_STALE)
    assert line.diverted(event.track_id).lane == reg.LANE_INSPECT


def test_sequences_wrap_past_zero(line: ScriptedLine) -> None:
    event, host = line.wanted(), line.host
    host.decision_seq = 65534
    host.decide_item(event.track_id, reg.LANE_INSPECT, slot=0)
    host.run(100)
    host.decision_seq = 0
    host.decide_item(event.track_id, reg.LANE_RELEASE, slot=0)
    host.run(100)
    assert host.result(0) == (1, reg.RESULT_ACCEPTED)


def test_the_same_record_again_changes_nothing_and_answers_the_same_in_any_slot(line: ScriptedLine) -> None:
    event, host = line.wanted(), line.host
    host.decide_item(event.track_id, reg.LANE_RELEASE, slot=0)
    record = host.decision_record(event.track_id, reg.LANE_RELEASE)
    host.run(1000)
    left_ms = line.sim.program.memory.items[0].ttl_ms
    for slot in (0, 5):
        host.write_decision(slot, record)
        host.run(100)
        assert host.result(slot) == (1, reg.RESULT_ACCEPTED)
    assert line.sim.program.memory.items[0].ttl_ms == left_ms - 200


def test_a_hold_replaces_a_release_before_the_divert_is_committed(line: ScriptedLine) -> None:
    event, host = line.wanted(), line.host
    host.decide_item(event.track_id, reg.LANE_RELEASE)
    host.run(500)
    slot = host.decide_item(event.track_id, reg.LANE_INSPECT)
    host.run(100)
    assert host.result(slot)[1] == reg.RESULT_ACCEPTED
    done = line.diverted(event.track_id)
    assert (done.lane, done.arg2) == (reg.LANE_INSPECT, reg.WHY_DECISION)


def test_a_late_copy_of_the_release_cannot_undo_the_hold(line: ScriptedLine) -> None:
    event, host = line.wanted(), line.host
    host.decision_seq = 1
    release = host.decision_record(event.track_id, reg.LANE_RELEASE)
    host.write_decision(0, release)
    host.run(100)
    host.decide_item(event.track_id, reg.LANE_INSPECT, slot=1)
    host.run(100)
    for slot in range(8):
        host.write_decision(slot, release)
        host.run(100)
        assert slot == 0 or host.result(slot)[1] == reg.RESULT_STALE
    assert line.diverted(event.track_id).lane == reg.LANE_INSPECT


def test_a_hold_after_the_divert_is_committed_is_too_late(line: ScriptedLine) -> None:
    event, host = line.wanted(), line.host
    host.decide_item(event.track_id, reg.LANE_RELEASE)
    host.run(4500)
    slot = host.decide_item(event.track_id, reg.LANE_INSPECT)
    host.run(100)
    assert host.result(slot)[1] == reg.RESULT_TOO_LATE
    assert line.diverted(event.track_id).lane == reg.LANE_RELEASE


def test_a_decision_that_outlives_its_time_while_the_belt_runs_is_default(line: ScriptedLine) -> None:
    event, host = line.wanted(), line.host
    host.ttl_ms = 1000
    host.decide_item(event.track_id, reg.LANE_RELEASE)
    done = line.diverted(event.track_id)
    assert (done.lane, done.arg2) == (reg.LANE_INSPECT, reg.WHY_TIME_OUT)


def test_a_belt_stop_of_a_minute_keeps_the_decision(line: ScriptedLine) -> None:
    event, host = line.wanted(), line.host
    host.ttl_ms = 6000
    host.decide_item(event.track_id, reg.LANE_RELEASE)
    host.run(500)
    host.command(reg.CMD_STOP)
    host.run(60_000)
    assert line.sim.plant.on_line()
    host.command(reg.CMD_START)
    done = line.diverted(event.track_id)
    assert (done.lane, done.arg2) == (reg.LANE_RELEASE, reg.WHY_DECISION)


def test_a_full_release_lane_sends_the_carton_to_inspection_with_the_reason(line: ScriptedLine) -> None:
    line.sim.plant.capacity[reg.LANE_RELEASE] = 0
    event = line.wanted()
    line.host.decide_item(event.track_id, reg.LANE_RELEASE)
    done = line.diverted(event.track_id)
    assert (done.lane, done.arg2) == (reg.LANE_INSPECT, reg.WHY_LANE_FULL)
    assert line.host.seen(reg.EVT_LANE_FULL)[0].lane == reg.LANE_RELEASE


def test_a_full_default_lane_stops_the_belt_before_the_divert_and_goes_on_when_there_is_room(line: ScriptedLine) -> None:
    line.sim.plant.lanes[reg.LANE_INSPECT] = [Carton(900 + n, 300, 1) for n in range(3)]
    line.sim.plant.capacity[reg.LANE_INSPECT] = 3
    event = line.wanted()
    line.host.run(20_000)
    assert line.host.s(reg.S_STATE) == reg.STATE_HELD
    assert not line.host.seen(reg.EVT_DIVERTED)
    line.sim.plant.take_from_lane(reg.LANE_INSPECT)
    assert line.diverted(event.track_id).lane == reg.LANE_INSPECT


def test_a_closed_lane_is_refused_and_a_refused_hold_still_ends_the_release(line: ScriptedLine) -> None:
    event, host = line.wanted(), line.host
    host.decide_item(event.track_id, reg.LANE_RELEASE)
    host.run(100)
    line.sim.field.closed_lanes.add(reg.LANE_ANOMALY)
    slot = host.decide_item(event.track_id, reg.LANE_ANOMALY)
    host.run(100)
    assert host.result(slot)[1] == reg.RESULT_LANE_CLOSED
    assert line.diverted(event.track_id).lane == reg.LANE_INSPECT


def test_local_mode_refuses_a_release_and_takes_a_hold(line: ScriptedLine) -> None:
    event, host = line.wanted(), line.host
    line.sim.field.local_switch = True
    release = host.decide_item(event.track_id, reg.LANE_RELEASE)
    host.run(100)
    hold = host.decide_item(event.track_id, reg.LANE_INSPECT)
    host.run(100)
    assert (host.result(release)[1], host.result(hold)[1]) == (reg.RESULT_LOCAL_MODE, reg.RESULT_ACCEPTED)


def test_a_carton_in_the_wrong_lane_is_reported_and_release_without_decision_stops_the_belt(line: ScriptedLine) -> None:
    event = line.wanted()
    line.host.run(3000)
    line.sim.plant.diverter.position = line.sim.plant.diverter.moving_to = reg.LANE_RELEASE
    line.sim.plant.diverter.blocked = True
    line.sim.field.diverter_at = lambda lane: True  # type: ignore[method-assign]  # its feedback lies as well
    done = line.diverted(event.track_id)
    wrong = line.host.seen(reg.EVT_NOT_CONFIRMED)[0]
    assert wrong.arg1 == lane_word(reg.LANE_INSPECT)
    assert wrong.arg2 == lane_word(reg.LANE_RELEASE)
    assert done.lane == reg.LANE_RELEASE
    line.host.run(200)
    assert line.host.s(reg.S_STATE) == reg.STATE_HELD
    line.host.command(reg.CMD_UNHOLD)
    line.host.run(200)
    assert line.host.command_result()[1] == reg.RESULT_NOT_ALLOWED


def test_a_diverter_that_does_not_move_stops_the_belt_before_the_carton(line: ScriptedLine) -> None:
    event = line.wanted()
    line.host.decide_item(event.track_id, reg.LANE_RELEASE)
    line.sim.plant.diverter.blocked = True
    line.host.run(20_000)
    assert not line.host.seen(reg.EVT_DIVERTED)
    assert not line.host.flag(reg.FLAG_RUNNING)
    line.sim.plant.diverter.blocked = False
    assert line.diverted(event.track_id).lane == reg.LANE_RELEASE


def test_decision_is_wanted_again_after_each_belt_start_while_undecided(line: ScriptedLine) -> None:
    event, host = line.wanted(), line.host
    assert (event.arg1, event.arg2) == (2600, 1)
    for _ in range(2):
        host.command(reg.CMD_STOP)
        host.run(500)
        host.command(reg.CMD_START)
        host.run(1300)
    again = host.seen(reg.EVT_DECISION_WANTED, event.track_id)
    assert len(again) == 3
    assert again[0].arg1 > again[1].arg1 > again[2].arg1
    host.decide_item(event.track_id, reg.LANE_RELEASE)
    host.run(100)
    host.command(reg.CMD_STOP)
    host.run(500)
    host.command(reg.CMD_START)
    host.run(1300)
    assert len(host.seen(reg.EVT_DECISION_WANTED)) == 3


def test_default_lane_release_is_refused_and_other_settings_are_range_checked(line: ScriptedLine) -> None:
    host = line.host
    host.write(reg.H_DEADLINE, [10, 60_000, lane_word(reg.LANE_RELEASE)])
    host.run(100)
    in_force = [host.s(reg.S_DEADLINE), host.s(reg.S_HB_LIMIT), host.s(reg.S_DEFAULT_LANE)]
    assert in_force == [500, 2000, lane_word(reg.LANE_INSPECT)]
    assert host.s(reg.S_ALARM0) & 1 << (reg.ALARM_SETTING_REFUSED - 1)
    host.write(reg.H_DEADLINE, [800, 3000, lane_word(reg.LANE_ANOMALY)])
    host.run(100)
    in_force = [host.s(reg.S_DEADLINE), host.s(reg.S_HB_LIMIT), host.s(reg.S_DEFAULT_LANE)]
    assert in_force == [800, 3000, lane_word(reg.LANE_ANOMALY)]
    host.write(reg.H_DEADLINE, [0, 0, 0])
    host.run(100)
    assert host.s(reg.S_DEFAULT_LANE) == lane_word(reg.LANE_INSPECT)


def test_fifty_cartons_at_1800_an_hour_each_take_the_lane_they_were_given(line: ScriptedLine) -> None:
    lanes = {n: (reg.LANE_RELEASE, reg.LANE_INSPECT, reg.LANE_ANOMALY)[n * n % 3] for n in range(1, 51)}
    line.host.decide = lambda event: lanes[event.track_id]
    for n in range(1, 51):
        line.carton(length_mm=250 + 7 * n, at_mm=-10)
        line.host.run(2000)
    line.host.run(20_000)
    exits = {fact["carton_no"]: fact["lane"] for fact in line.sim.log.of("lane_exit")}
    assert exits == lanes
    confirmed = {e.track_id: e.lane for e in line.host.seen(reg.EVT_DIVERTED)}
    assert confirmed == lanes


def test_any_sequence_is_later_for_an_item_that_has_taken_none(line: ScriptedLine) -> None:
    event = line.wanted()
    line.host.decision_seq = 49_999
    slot = line.host.decide_item(event.track_id, reg.LANE_RELEASE)
    line.host.run(100)
    assert line.host.result(slot) == (50_000, reg.RESULT_ACCEPTED)
