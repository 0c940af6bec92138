"""Conformance of the reference PLC: heartbeats, sessions, conflict, fail-safe, pass mask (CIL-1 "Sessions", rules 1 and 7)."""

import pytest

from simulators.plc import PlcConfig
from simulators.plc import registers as reg
from simulators.plc.scripted_host import ScriptedHost, ScriptedLine, checked


@pytest.fixture
def line() -> ScriptedLine:
    return ScriptedLine()


def second_host(line: ScriptedLine, session: int) -> ScriptedHost:
    other = ScriptedHost(line.sim, session=session)
    other.heartbeat = 40_000
    return other


# --- link ------------------------------------------------------------------------------------------------------
def test_plc_heartbeat_moves_and_the_hosts_is_echoed(line: ScriptedLine) -> None:
    before = line.host.s(reg.S_PLC_HEARTBEAT)
    line.host.run(1000)
    assert 2 <= line.host.s(reg.S_PLC_HEARTBEAT) - before <= 10
    assert line.host.s(reg.S_HOST_HB_ECHO) == line.host.heartbeat
    assert line.host.s(reg.S_PLC_HEARTBEAT) == line.host.s(reg.S_PLC_HEARTBEAT_TAIL)


def test_a_silent_host_is_lost_after_hb_limit_and_not_before(line: ScriptedLine) -> None:
    line.host.poll()
    line.sim.step(1900)
    assert line.host.flag(reg.FLAG_LINK_OK)
    line.sim.step(200)
    assert not line.host.flag(reg.FLAG_LINK_OK)
    assert line.host.flag(reg.FLAG_FAIL_SAFE)
    assert line.sim.program.lamps()["blue"]


def test_link_lost_sends_undecided_to_inspect_and_honours_what_was_decided(line: ScriptedLine) -> None:
    first = line.wanted()
    line.host.decide_item(first.track_id, reg.LANE_RELEASE)
    line.carton()
    line.host.run(500)
    line.host.alive = False
    line.sim.step(30_000)
    line.host.alive = True
    line.host.run(1000)
    lanes = {e.track_id: (e.lane, e.arg2) for e in line.host.seen(reg.EVT_DIVERTED)}
    assert lanes[1] == (reg.LANE_RELEASE, reg.WHY_DECISION)
    assert lanes[2] == (reg.LANE_INSPECT, reg.WHY_LINK_LOST)


def test_link_lost_stops_induction_until_the_host_resumes(line: ScriptedLine) -> None:
    line.host.alive = False
    line.sim.step(3000)
    line.carton()
    line.host.alive = True
    line.host.run(2000)
    assert line.host.flag(reg.FLAG_LINK_OK)
    assert line.host.flag(reg.FLAG_FAIL_SAFE)
    assert not line.host.seen(reg.EVT_INDUCT)
    line.host.command(reg.CMD_RESUME)
    line.host.run(1000)
    assert line.host.seen(reg.EVT_INDUCT)


def test_in_fail_safe_permissive_is_refused_and_restrictive_taken(line: ScriptedLine) -> None:
    event, host = line.wanted(), line.host
    host.alive = False
    line.sim.step(2500)
    host.alive = True
    host.run(300)
    release = host.decide_item(event.track_id, reg.LANE_RELEASE)
    host.run(100)
    hold = host.decide_item(event.track_id, reg.LANE_ANOMALY)
    host.run(100)
    assert (host.result(release)[1], host.result(hold)[1]) == (reg.RESULT_NOT_ALLOWED, reg.RESULT_ACCEPTED)
    host.command(reg.CMD_START)
    host.run(100)
    assert host.command_result()[1] == reg.RESULT_NOT_ALLOWED
    host.command(reg.CMD_RESUME)
    host.run(100)
    assert host.command_result()[1] == reg.RESULT_ACCEPTED
    assert not host.flag(reg.FLAG_FAIL_SAFE)
    assert line.diverted(event.track_id).lane == reg.LANE_ANOMALY


def test_a_belt_start_while_the_link_is_lost_voids_accepted_releases(line: ScriptedLine) -> None:
    event, host = line.wanted(), line.host
    host.decide_item(event.track_id, reg.LANE_RELEASE)
    host.command(reg.CMD_STOP)
    host.run(200)
    host.alive = False
    line.sim.step(3000)
    line.sim.press("start")
    line.sim.step(15_000)
    host.alive = True
    host.run(500)
    done = host.seen(reg.EVT_DIVERTED)[0]
    assert (done.lane, done.arg2) == (reg.LANE_INSPECT, reg.WHY_LINK_LOST)


def test_an_older_heartbeat_changes_nothing(line: ScriptedLine) -> None:
    host = line.host
    late = [host.heartbeat, host.session, 1, 0, 0, 0]
    host.run(1000)
    host.write(0, late)
    line.sim.step(50)
    assert line.sim.program.memory.pass_mask == 0xFFFF
    assert host.s(reg.S_HOST_HB_ECHO) == host.heartbeat
    # Nor does it keep the link alive.
    line.sim.step(2000)
    assert not host.flag(reg.FLAG_LINK_OK)


def test_the_heartbeat_may_wrap(line: ScriptedLine) -> None:
    line.host.heartbeat = 30_000
    line.host.run(100)
    line.host.heartbeat = 62_000
    line.host.run(100)
    line.host.heartbeat = 65_530
    line.host.run(3000)
    assert line.host.s(reg.S_HOST_HB_ECHO) < 100
    assert line.host.flag(reg.FLAG_LINK_OK)


# --- pass mask -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("wrong", ["session", "epoch"])
def test_the_pass_mask_counts_as_zero_from_another_session_or_epoch(line: ScriptedLine, wrong: str) -> None:
    host = line.host
    assert line.sim.program.memory.pass_mask == 0xFFFF
    if wrong == "session":
        host.beat(session=9)
    else:
        host.beat(epoch=77)
    line.sim.step(50)
    assert line.sim.program.memory.pass_mask == 0


def test_without_the_pass_bit_of_the_induction_nothing_comes_in(line: ScriptedLine) -> None:
    line.host.pass_mask = 0xFFFE
    line.host.run(100)
    line.carton()
    line.host.run(3000)
    assert line.host.s(reg.S_ZONE_HELD) == 1
    assert not line.host.seen(reg.EVT_INDUCT)
    line.host.pass_mask = 1
    assert line.host.run_until(reg.EVT_INDUCT).track_id == 1


def test_an_item_stops_at_a_held_station_and_only_that_item_can_be_passed() -> None:
    line = ScriptedLine(PlcConfig(hold_stations=(6,)))
    host = line.host
    host.pass_mask = 0xFFFF & ~(1 << 5)
    host.run(200)
    event = line.wanted()
    host.run(1000)
    assert host.s(reg.S_ZONE_HELD) == 1 << 5
    assert not host.flag(reg.FLAG_RUNNING)
    line.carton()
    host.command(reg.CMD_PASS_ITEM, 6, 999)
    host.run(100)
    assert host.command_result()[1] == reg.RESULT_UNKNOWN_ID
    host.command(reg.CMD_PASS_ITEM, 5, event.track_id)
    host.run(100)
    assert host.command_result()[1] == reg.RESULT_BAD_ARGUMENT
    host.command(reg.CMD_PASS_ITEM, 6, event.track_id)
    host.run(100)
    assert host.command_result()[1] == reg.RESULT_ACCEPTED
    assert line.diverted(event.track_id).lane == reg.LANE_INSPECT
    host.command(reg.CMD_PASS_ITEM, 6, 2)
    host.run(100)
    assert host.command_result()[1] == reg.RESULT_NOT_ALLOWED


def test_drain_stops_induction(line: ScriptedLine) -> None:
    line.host.flags = reg.HOST_READY | reg.HOST_DRAIN
    line.host.run(200)
    line.carton()
    line.host.run(2000)
    assert not line.host.seen(reg.EVT_INDUCT)
    assert line.host.flag(reg.FLAG_RUNNING)


# --- sessions --------------------------------------------------------------------------------------------------
def test_a_new_session_is_taken_after_the_old_one_was_silent_and_echoes_are_zeroed(line: ScriptedLine) -> None:
    event, host = line.wanted(), line.host
    host.decide_item(event.track_id, reg.LANE_INSPECT, slot=0)
    host.run(100)
    assert host.result(0) == (1, 1)
    line.sim.step(2500)
    new = second_host(line, session=400)
    new.run(100)
    assert new.s(reg.S_SESSION_ECHO) == 400
    assert new.result(0) == (0, 0)
    assert new.command_result() == (0, 0)
    assert new.flag(reg.FLAG_FAIL_SAFE)
    # The last-taken sequences are still there: an older one of the new session is stale.
    new.command(reg.CMD_RESUME)
    new.run(100)
    assert new.command_result()[1] == reg.RESULT_STALE
    new.decision_seq = 0
    slot = new.decide_item(event.track_id, reg.LANE_INSPECT)
    new.run(100)
    assert new.result(slot)[1] == reg.RESULT_STALE


@pytest.mark.parametrize("session", [10, 11 - 30_000 + 65536, 11 + 32768])
def test_only_a_serially_later_session_is_taken(line: ScriptedLine, session: int) -> None:
    line.sim.step(2500)
    second_host(line, session).run(3000)
    assert line.host.s(reg.S_SESSION_ECHO) == 11
    assert not line.host.flag(reg.FLAG_LINK_OK)


def test_two_hosts_at_once_are_a_conflict_that_voids_releases_and_takes_holds_from_either(
    line: ScriptedLine,
) -> None:
    event, host = line.wanted(), line.host
    host.decide_item(event.track_id, reg.LANE_RELEASE)
    host.run(100)
    other = second_host(line, session=500)
    other.poll()
    line.sim.step(20)
    assert host.flag(reg.FLAG_SESSION_CONFLICT)
    assert host.flag(reg.FLAG_FAIL_SAFE)
    assert line.sim.program.table()[reg.T_LANE] == 0
    assert host.s(reg.S_SESSION_ECHO) == 11
    again = host.decide_item(event.track_id, reg.LANE_RELEASE)
    host.run(100)
    assert host.result(again)[1] == reg.RESULT_NOT_ALLOWED
    other.decision_seq = 200
    foreign = other.decide_item(event.track_id, reg.LANE_RELEASE, slot=6)
    other.run(100)
    assert other.result(foreign)[1] == reg.RESULT_WRONG_SESSION
    hold = other.decide_item(event.track_id, reg.LANE_ANOMALY, slot=7)
    other.run(100)
    assert other.result(hold)[1] == reg.RESULT_ACCEPTED
    assert line.diverted(event.track_id).lane == reg.LANE_ANOMALY


def test_a_conflict_is_left_by_command_34_after_the_other_was_silent_for_hb_limit(line: ScriptedLine) -> None:
    host = line.host
    second_host(line, session=500).poll()
    line.sim.step(20)
    host.run(500)
    host.command(reg.CMD_RESUME)
    host.run(100)
    assert host.command_result()[1] == reg.RESULT_NOT_ALLOWED
    host.run(2000)
    assert host.flag(reg.FLAG_SESSION_CONFLICT)
    host.command(reg.CMD_RESUME)
    host.run(100)
    assert host.command_result()[1] == reg.RESULT_ACCEPTED
    assert not host.flag(reg.FLAG_SESSION_CONFLICT)


def test_the_newer_host_of_a_conflict_takes_over_when_the_older_one_falls_silent(line: ScriptedLine) -> None:
    other = second_host(line, session=500)
    other.command_seq = 100
    other.run(1500)
    assert other.s(reg.S_SESSION_ECHO) == 11
    other.run(1500)
    assert other.s(reg.S_SESSION_ECHO) == 500
    assert other.flag(reg.FLAG_SESSION_CONFLICT)
    other.command(reg.CMD_RESUME)
    other.run(100)
    assert other.command_result()[1] == reg.RESULT_ACCEPTED
    assert not other.flag(reg.FLAG_SESSION_CONFLICT)


@pytest.mark.parametrize("beats_ms", [100, 1500])
def test_a_session_taken_up_late_is_heard_for_hb_limit_from_its_last_heartbeat(line: ScriptedLine, beats_ms: int) -> None:
    line.host.poll()
    line.sim.step(500)
    other = second_host(line, session=500)
    other.run(beats_ms)  # then both say nothing more
    line.sim.step(1600 - beats_ms)
    assert (other.s(reg.S_SESSION_ECHO), other.flag(reg.FLAG_LINK_OK)) == (500, True)
    line.sim.step(200 + beats_ms)
    assert other.flag(reg.FLAG_LINK_OK)
    line.sim.step(300)
    assert (other.s(reg.S_SESSION_ECHO), other.flag(reg.FLAG_LINK_OK)) == (500, False)


def test_going_to_zero_and_back_to_the_same_session_is_no_conflict(line: ScriptedLine) -> None:
    line.host.write(0, [0, 0, 0, 0, 0, 0])
    line.sim.step(100)
    line.host.run(300)
    assert not line.host.flag(reg.FLAG_SESSION_CONFLICT)
    assert line.host.flag(reg.FLAG_LINK_OK)


# --- commands --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("code", sorted(reg.STOP_COMMANDS))
def test_a_stop_is_taken_in_any_epoch_session_and_sequence(line: ScriptedLine, code: int) -> None:
    host = line.host
    last = host.command_seq
    stop = checked([9999, 777, code, 0, 0, 0, 1], reg.C_CHECK)
    host.write_command(stop)
    line.sim.step(20)
    assert not host.flag(reg.FLAG_RUNNING)
    assert host.command_result() == (1, reg.RESULT_ACCEPTED)
    # It has not lowered the last-taken sequence.
    host.command_seq = last - 1
    host.command(reg.CMD_START)
    host.run(100)
    assert host.command_result()[1] == reg.RESULT_STALE


def test_the_same_stop_record_stops_only_once(line: ScriptedLine) -> None:
    host = line.host
    stop = host.command(reg.CMD_STOP)
    host.run(100)
    line.sim.press("start")
    host.run(200)
    host.write_command(stop)
    host.run(1500)
    assert host.flag(reg.FLAG_RUNNING)


def test_a_start_sent_before_a_stop_and_landing_after_it_is_stale(line: ScriptedLine) -> None:
    host = line.host
    host.command_seq += 1
    late_start = checked([host.session, 1, reg.CMD_START, 0, 0, 0, host.command_seq], reg.C_CHECK)
    host.command(reg.CMD_STOP)
    host.run(100)
    host.write_command(late_start)
    host.run(1500)
    assert host.command_result()[1] == reg.RESULT_STALE
    assert not host.flag(reg.FLAG_RUNNING)


def test_a_stop_with_a_wrong_check_word_is_not_taken(line: ScriptedLine) -> None:
    line.host.write_command([11, 1, reg.CMD_STOP, 0, 0, 0x1234, 90])
    line.host.run(300)
    assert line.host.flag(reg.FLAG_RUNNING)


@pytest.mark.parametrize(
    ("words", "result"),
    [
        pytest.param([11, 2, reg.CMD_START, 0, 0], reg.RESULT_OLD_EPOCH, id="another epoch"),
        pytest.param([12, 1, reg.CMD_START, 0, 0], reg.RESULT_WRONG_SESSION, id="another session"),
        pytest.param([11, 1, 29, 0, 0], reg.RESULT_BAD_ARGUMENT, id="no such command"),
        pytest.param([11, 1, reg.CMD_MODE, 9, 0], reg.RESULT_BAD_ARGUMENT, id="no such mode"),
        pytest.param([11, 1, reg.CMD_ITEM_REMOVED, 55, 0], reg.RESULT_UNKNOWN_ID, id="unknown item"),
        pytest.param([11, 1, reg.CMD_OPEN_BARRIER, 1, 0], reg.RESULT_BAD_ARGUMENT, id="barrier without pass"),
        pytest.param([11, 1, reg.CMD_PROPOSE_EPOCH, 5, 1], reg.RESULT_OLD_EPOCH, id="another boot nonce"),
    ],
)
def test_a_refused_command_consumes_the_mailbox_and_nothing_else(line: ScriptedLine, words: list[int], result: int) -> None:
    host = line.host
    host.write_command(checked([*words, 0, 60], reg.C_CHECK))
    host.run(100)
    assert host.command_result() == (60, result)
    host.command_seq = 9
    host.command(reg.CMD_RESUME)
    host.run(100)
    assert host.command_result() == (10, reg.RESULT_ACCEPTED)


def test_an_epoch_cannot_be_proposed_to_a_plc_that_has_one(line: ScriptedLine) -> None:
    line.host.command(reg.CMD_PROPOSE_EPOCH, 5, line.host.s(reg.S_BOOT_NONCE))
    line.host.run(100)
    assert line.host.command_result()[1] == reg.RESULT_NOT_ALLOWED
    assert line.host.s(reg.S_EPOCH) == 1


def test_a_barrier_opens_once_for_a_limited_time_and_its_position_is_confirmed(line: ScriptedLine) -> None:
    record = line.host.command(reg.CMD_OPEN_BARRIER, 2, 0xBEEF)
    for _ in range(80):
        line.host.write_command(record)
        line.host.run(100)
    assert [(e.arg1, e.arg2) for e in line.host.seen(reg.EVT_BARRIER)] == [(1, 2), (2, 2)]


def test_maintenance_mode_is_local_mode_and_needs_a_standing_belt(line: ScriptedLine) -> None:
    host = line.host
    host.command(reg.CMD_MODE, reg.MODE_MAINTENANCE)
    host.run(100)
    assert host.command_result()[1] == reg.RESULT_NOT_ALLOWED
    host.command(reg.CMD_STOP)
    host.run(100)
    host.command(reg.CMD_MODE, reg.MODE_MAINTENANCE)
    host.run(100)
    assert host.flag(reg.FLAG_LOCAL_MODE)
    host.command(reg.CMD_START)
    host.run(100)
    assert host.command_result()[1] == reg.RESULT_LOCAL_MODE


def test_a_removed_item_is_reported_and_forgotten(line: ScriptedLine) -> None:
    carton = line.carton()
    line.host.run(2000)
    line.sim.plant.remove(carton)
    line.host.command(reg.CMD_ITEM_REMOVED, 1)
    line.host.run(30_000)
    assert [e.track_id for e in line.host.seen(reg.EVT_REMOVED)] == [1]
    assert not line.host.seen(reg.EVT_LOST)


def test_a_purge_sends_everything_to_the_default_lane_and_ends(line: ScriptedLine) -> None:
    event, host = line.wanted(), line.host
    host.decide_item(event.track_id, reg.LANE_RELEASE)
    host.run(100)
    host.command(reg.CMD_PURGE)
    done = line.diverted(event.track_id)
    assert (done.lane, done.arg2) == (reg.LANE_INSPECT, reg.WHY_PURGE)
    host.run(300)
    assert host.seen(reg.EVT_PURGE_BEGIN)
    assert host.seen(reg.EVT_PURGE_END)
    assert not host.flag(reg.FLAG_PURGE)
