"""Conformance of the reference PLC: epochs, E-stop, power, local reset and start, proposed epoch (CIL-1, rules 4, 7, 8)."""

import pytest

from simulators.plc import PlcConfig, PlcCounters
from simulators.plc import registers as reg
from simulators.plc.scripted_host import ScriptedLine, checked


@pytest.fixture
def line() -> ScriptedLine:
    return ScriptedLine()


def local_restart(line: ScriptedLine) -> None:
    line.sim.press("reset")
    line.host.run(100)
    line.sim.press("start")
    line.host.run(1500)


@pytest.mark.parametrize("cause", ["estop", "guard", "tracking reset", "power"])
def test_an_epoch_change_zeroes_block_h_and_all_echoes_but_the_session(line: ScriptedLine, cause: str) -> None:
    event, host = line.wanted(), line.host
    host.decide_item(event.track_id, reg.LANE_RELEASE, slot=3)
    host.run(100)
    if cause == "estop":
        line.sim.plant.set_estop(True)
    elif cause == "guard":
        line.sim.plant.set_guards(False)
    elif cause == "tracking reset":
        host.command(reg.CMD_TRACKING_RESET)
    else:
        line.sim.restart_plc()
    line.sim.step(10)
    assert host.s(reg.S_EPOCH) == 2
    assert line.sim.program.memory.host == [0] * reg.H_SIZE
    assert host.s(reg.S_SESSION_ECHO) == 11
    assert host.s(reg.S_HOST_HB_ECHO) == 0
    assert host.result(3) == (0, 0)
    assert line.sim.program.table() == [0] * reg.TABLE_SIZE
    assert line.sim.program.memory.pass_mask == 0
    assert not host.flag(reg.FLAG_RUNNING)
    assert host.flag(reg.FLAG_LOCAL_START_NEEDED)
    if cause != "tracking reset":
        assert host.command_result() == (0, 0)


def test_an_estop_needs_a_local_reset_and_a_local_start(line: ScriptedLine) -> None:
    host = line.host
    line.sim.plant.set_estop(True)
    host.run(300)
    assert host.s(reg.S_STATE) == reg.STATE_ABORTED
    assert host.seen(reg.EVT_ESTOP)
    assert not host.flag(reg.FLAG_ESTOP_HEALTHY)
    host.command(reg.CMD_START)
    host.run(100)
    assert host.command_result()[1] == reg.RESULT_SAFETY_OPEN
    line.sim.press("reset")
    host.run(200)
    assert not host.seen(reg.EVT_RESET_SEEN)
    line.sim.plant.set_estop(False)
    host.run(2000)
    assert host.flag(reg.FLAG_SAFETY_RESET_NEEDED)
    line.sim.press("start")
    host.run(2000)
    assert not host.flag(reg.FLAG_RUNNING)
    line.sim.press("reset")
    host.run(200)
    assert host.seen(reg.EVT_RESET_SEEN)
    host.command(reg.CMD_START)
    host.run(200)
    assert host.command_result()[1] == reg.RESULT_NOT_ALLOWED
    line.sim.press("start")
    host.run(300)
    assert host.flag(reg.FLAG_START_HORN)
    host.run(1500)
    assert host.flag(reg.FLAG_RUNNING)


def test_what_stood_on_the_belt_at_an_estop_is_purged_to_inspect_under_new_ids(line: ScriptedLine) -> None:
    event, host = line.wanted(), line.host
    host.decide_item(event.track_id, reg.LANE_RELEASE)
    line.carton()
    host.run(1500)
    line.sim.plant.set_estop(True)
    host.run(500)
    line.sim.plant.set_estop(False)
    local_restart(line)
    host.decide = lambda event: reg.LANE_RELEASE
    host.run(40_000)
    lanes = {fact["lane"] for fact in line.sim.log.of("lane_exit")}
    assert lanes == {reg.LANE_INSPECT}
    assert {e.arg2 for e in host.seen(reg.EVT_DIVERTED)} == {reg.WHY_PURGE}
    assert all(e.epoch == 2 for e in host.seen(reg.EVT_DIVERTED))
    assert not host.flag(reg.FLAG_PURGE)
    # After the purge the line goes on by itself, with ids from 1 again as far as they are free.
    line.carton()
    assert host.run_until(reg.EVT_INDUCT).epoch == 2


def test_an_old_decision_cannot_reach_the_new_carton_with_the_same_id(line: ScriptedLine) -> None:
    event, host = line.wanted(), line.host
    host.decision_seq = 5
    old = host.decision_record(event.track_id, reg.LANE_RELEASE)
    host.command(reg.CMD_TRACKING_RESET)
    host.run(200)
    line.sim.plant.remove(line.sim.plant.on_line()[0].carton)
    line.sim.press("start")
    host.run(30_000)
    fresh = line.wanted()
    assert (fresh.track_id, fresh.epoch) == (event.track_id, 2)
    host.write_decision(0, old)
    host.run(100)
    assert host.result(0) == (5, reg.RESULT_OLD_EPOCH)
    assert line.diverted(fresh.track_id).lane == reg.LANE_INSPECT


def test_a_stopped_host_command_is_not_queued_across_an_estop(line: ScriptedLine) -> None:
    host = line.host
    start = checked([11, 1, reg.CMD_START, 0, 0, 0, 70], reg.C_CHECK)
    line.sim.plant.set_estop(True)
    host.run(100)
    line.sim.plant.set_estop(False)
    line.sim.press("reset")
    host.run(100)
    host.write_command(start)
    host.run(2000)
    assert host.command_result() == (70, reg.RESULT_OLD_EPOCH)
    assert not host.flag(reg.FLAG_RUNNING)


def test_a_live_host_stays_linked_over_an_estop(line: ScriptedLine) -> None:
    line.sim.plant.set_estop(True)
    line.host.run(3000)
    assert line.host.flag(reg.FLAG_LINK_OK)
    assert not line.host.flag(reg.FLAG_FAIL_SAFE)


def test_a_power_dip_gives_a_new_epoch_and_boot_nonce_and_keeps_the_ring(line: ScriptedLine) -> None:
    host = line.host
    host.acknowledges = False
    line.carton()
    host.run(1000)
    nonce, head, tail = host.s(reg.S_BOOT_NONCE), host.s(reg.S_EVT_HEAD), host.s(reg.S_EVT_TAIL)
    line.sim.restart_plc()
    line.sim.step(10)
    assert host.s(reg.S_BOOT_NONCE) != nonce
    assert host.s(reg.S_EPOCH) == 2
    assert host.flag(reg.FLAG_FAIL_SAFE)
    assert (host.s(reg.S_EVT_TAIL), host.s(reg.S_EVT_HEAD) >= head) == (tail, True)
    assert line.sim.plant.diverter.position == reg.LANE_INSPECT


def test_a_host_that_lived_through_a_short_power_dip_is_linked_again_under_its_session(line: ScriptedLine) -> None:
    line.sim.restart_plc(off_ms=500)
    line.host.run(500)
    assert line.host.flag(reg.FLAG_LINK_OK)
    assert line.host.flag(reg.FLAG_FAIL_SAFE)
    line.host.command(reg.CMD_RESUME)
    line.host.run(100)
    assert line.host.command_result()[1] == reg.RESULT_ACCEPTED


def test_the_epoch_wraps_to_one() -> None:
    line = ScriptedLine(counters=PlcCounters(epoch=65535))
    line.host.command(reg.CMD_TRACKING_RESET)
    line.host.run(100)
    assert line.host.s(reg.S_EPOCH) == 1


# --- PLC without retention -------------------------------------------------------------------------------------
def test_a_plc_without_retention_takes_an_epoch_from_the_host_that_names_its_boot_nonce() -> None:
    line = ScriptedLine(PlcConfig(retentive=False), started=False)
    host = line.host
    host.run(300)
    assert host.s(reg.S_EPOCH) == 0
    assert host.flag(reg.FLAG_FAIL_SAFE)
    assert host.s(reg.S_SESSION_ECHO) == 11
    line.sim.press("reset")
    line.sim.press("start")
    host.run(2000)
    assert not host.flag(reg.FLAG_RUNNING)
    host.command(reg.CMD_RESUME)
    host.run(100)
    assert host.command_result()[1] == reg.RESULT_OLD_EPOCH
    nonce = host.s(reg.S_BOOT_NONCE)
    host.command(reg.CMD_PROPOSE_EPOCH, 40, nonce ^ 1)
    host.run(100)
    assert host.command_result()[1] == reg.RESULT_OLD_EPOCH
    host.command(reg.CMD_PROPOSE_EPOCH, 0, nonce)
    host.run(100)
    assert host.command_result()[1] == reg.RESULT_BAD_ARGUMENT
    host.command(reg.CMD_PROPOSE_EPOCH, 40, nonce)
    host.run(100)
    assert host.s(reg.S_EPOCH) == 40
    assert host.command_result() == (host.command_seq, reg.RESULT_ACCEPTED)
    host.run(100)
    host.command(reg.CMD_RESUME)
    host.run(100)
    assert not host.flag(reg.FLAG_FAIL_SAFE)
    line.sim.press("start")
    host.run(30_000)
    event = line.wanted()
    assert event.epoch == 40
    host.decide_item(event.track_id, reg.LANE_RELEASE)
    assert line.diverted(event.track_id).lane == reg.LANE_RELEASE


def test_a_retried_epoch_proposal_is_refused_after_a_second_power_up() -> None:
    line = ScriptedLine(PlcConfig(retentive=False), started=False)
    host = line.host
    host.run(300)
    proposal = [11, 0, reg.CMD_PROPOSE_EPOCH, 7, host.s(reg.S_BOOT_NONCE), 0, 3]
    line.sim.restart_plc()
    host.run(300)
    host.write_command(checked(proposal, reg.C_CHECK))
    host.run(100)
    assert host.s(reg.S_EPOCH) == 0
    assert host.command_result() == (3, reg.RESULT_OLD_EPOCH)


def test_after_loss_of_memory_the_ring_is_empty_and_starts_again() -> None:
    line = ScriptedLine(PlcConfig(retentive=False), counters=PlcCounters(next_ring_seq=500), started=False)
    line.sim.press("reset")
    line.sim.step(100)
    assert line.host.s(reg.S_EVT_HEAD) >= 500
    line.sim.power_off()
    line.sim.power_on()
    assert (line.host.s(reg.S_EVT_HEAD), line.host.s(reg.S_EVT_TAIL)) == (0, 0)
    line.sim.press("reset")
    line.sim.step(100)
    assert line.host.s(reg.S_EVT_TAIL) == 1
