"""Conformance of the reference PLC: tracking, lost and unexpected items, jam, buttons (CIL-1 rules 2 to 4, event types)."""

import pytest

from simulators.plc import registers as reg
from simulators.plc.scripted_host import ScriptedLine


@pytest.fixture
def line() -> ScriptedLine:
    line = ScriptedLine()
    line.host.decide = lambda event: reg.LANE_RELEASE
    return line


def lanes(line: ScriptedLine) -> dict[int, int]:
    return {int(str(f["carton_no"])): int(str(f["lane"])) for f in line.sim.log.of("lane_exit")}


def test_an_undisturbed_carton_makes_its_events_in_order(line: ScriptedLine) -> None:
    line.carton()
    line.diverted(1)
    kinds = [(e.kind, e.zone) for e in line.host.events if e.track_id == 1]
    assert kinds == [
        (reg.EVT_INDUCT, 1),
        (reg.EVT_GATE_OPEN, 2),
        (reg.EVT_GATE_CLOSED, 2),
        (reg.EVT_ARRIVED, 3),
        (reg.EVT_LEFT, 3),
        (reg.EVT_XRAY_ENTRY, 4),
        (reg.EVT_XRAY_EXIT, 4),
        (reg.EVT_GATE_OPEN, 5),
        (reg.EVT_GATE_CLOSED, 5),
        (reg.EVT_DECISION_WANTED, 6),
        (reg.EVT_DIVERTED, 7),
    ]


def test_a_carton_taken_off_by_hand_is_lost_and_its_id_never_diverted(line: ScriptedLine) -> None:
    carton = line.carton()
    line.host.run(4000)
    line.sim.plant.remove(carton)
    line.host.run(20_000)
    assert [e.track_id for e in line.host.seen(reg.EVT_LOST)] == [1]
    assert not line.host.seen(reg.EVT_DIVERTED)
    assert line.sim.program.totals()[reg.C_TOTALS.index("lost")] == 1


def test_a_carton_put_on_the_belt_is_unexpected_gets_an_id_and_is_inspected(line: ScriptedLine) -> None:
    line.carton(at_mm=3500)
    event = line.host.run_until(reg.EVT_UNEXPECTED)
    assert event.track_id == 1
    done = line.diverted(event.track_id)
    assert (done.lane, done.arg2) == (reg.LANE_INSPECT, reg.WHY_UNKNOWN_ITEM)
    assert not line.host.seen(reg.EVT_DECISION_WANTED)


def test_an_unexpected_item_cannot_be_released(line: ScriptedLine) -> None:
    line.carton(at_mm=3500)
    event = line.host.run_until(reg.EVT_UNEXPECTED)
    slot = line.host.decide_item(event.track_id, reg.LANE_RELEASE)
    line.host.run(100)
    assert line.host.result(slot)[1] == reg.RESULT_NOT_ALLOWED


def test_a_carton_moved_on_the_belt_is_lost_and_comes_back_as_unknown(line: ScriptedLine) -> None:
    carton = line.carton()
    line.host.run(4000)
    line.sim.plant.slip(carton, 300)
    line.host.run(20_000)
    assert [e.track_id for e in line.host.seen(reg.EVT_LOST)] == [1]
    assert [e.track_id for e in line.host.seen(reg.EVT_UNEXPECTED)] == [2]
    assert lanes(line) == {1: reg.LANE_INSPECT}


def test_a_small_slip_inside_the_window_is_tracked_on(line: ScriptedLine) -> None:
    carton = line.carton()
    line.host.run(4000)
    line.sim.plant.slip(carton, 60)
    line.host.run(20_000)
    assert lanes(line) == {1: reg.LANE_RELEASE}


@pytest.mark.parametrize("eye", ["scan_gate", "weigh_in", "xray_out", "decision", "divert"])
def test_a_carton_that_one_eye_missed_is_never_released(line: ScriptedLine, eye: str) -> None:
    line.sim.plant.eyes[eye].miss_next = 1
    line.carton()
    line.host.run(2000)
    line.carton()
    line.host.run(30_000)
    assert lanes(line) == {1: reg.LANE_INSPECT, 2: reg.LANE_RELEASE}


@pytest.mark.parametrize("eye", ["induct", "scan_gate", "xray_in", "decision", "divert"])
def test_a_carton_that_flickers_at_an_eye_is_doubtful_and_never_released(line: ScriptedLine, eye: str) -> None:
    line.sim.plant.eyes[eye].double_next = 1
    line.carton()
    line.host.run(2000)
    line.carton()
    line.host.run(30_000)
    assert lanes(line) == {1: reg.LANE_INSPECT, 2: reg.LANE_RELEASE}
    assert line.host.seen(reg.EVT_SIZE_GAP, 1)


def test_two_touching_cartons_are_one_too_long_item_and_both_are_inspected(line: ScriptedLine) -> None:
    line.carton(length_mm=500, at_mm=-50)
    line.carton(length_mm=500, at_mm=-550)
    line.host.run(30_000)
    assert line.host.seen(reg.EVT_SIZE_GAP)
    assert lanes(line) == {1: reg.LANE_INSPECT, 2: reg.LANE_INSPECT}


def test_two_cartons_too_close_are_both_inspected(line: ScriptedLine) -> None:
    line.carton(length_mm=400, at_mm=-50)
    line.carton(length_mm=400, at_mm=-530)
    line.host.run(30_000)
    assert lanes(line) == {1: reg.LANE_INSPECT, 2: reg.LANE_INSPECT}


def test_a_jam_loses_only_the_ids_between_the_undisturbed_eyes_and_stops_the_belt(line: ScriptedLine) -> None:
    cartons = []
    for _ in range(6):
        cartons.append(line.carton())
        line.host.run(2000)
    jammed = next(p.carton for p in line.sim.plant.on_line() if p.covers(4300) or 3500 < p.front_mm < 4300)
    while not any(p.covers(4300) and p.carton is jammed for p in line.sim.plant.on_line()):
        line.sim.step(10)
    line.sim.plant.jam(jammed)
    jam = line.host.run_until(reg.EVT_JAM)
    line.host.run(300)
    assert line.host.flag(reg.FLAG_JAM)
    assert line.host.s(reg.S_STATE) == reg.STATE_HELD
    assert line.host.s(reg.S_EPOCH) == 1
    assert jam.zone == 4
    lost = {e.track_id for e in line.host.seen(reg.EVT_LOST)}
    assert lost
    assert jammed.carton_no in lost
    # A start needs a person at the line.
    line.host.command(reg.CMD_START)
    line.host.run(200)
    assert line.host.command_result()[1] == reg.RESULT_NOT_ALLOWED
    line.sim.plant.clear_jam()
    line.sim.press("reset")
    line.host.run(200)
    assert not line.host.flag(reg.FLAG_JAM)
    line.host.command(reg.CMD_START)
    line.host.run(40_000)
    ended = lanes(line)
    assert set(ended) == {c.carton_no for c in cartons}
    for number, lane in ended.items():
        assert lane == (reg.LANE_INSPECT if number in lost else reg.LANE_RELEASE)
    assert any(lane == reg.LANE_RELEASE for lane in ended.values())


def test_exchanged_cartons_are_not_seen_by_the_plc_which_is_why_there_is_a_verify_read(line: ScriptedLine) -> None:
    first = line.carton()
    line.host.run(2000)
    second = line.carton()
    line.host.run(2000)
    line.sim.plant.exchange(first, second)
    line.host.decide = lambda event: reg.LANE_RELEASE if event.track_id == 1 else reg.LANE_INSPECT
    line.host.run(30_000)
    assert lanes(line) == {1: reg.LANE_INSPECT, 2: reg.LANE_RELEASE}
    assert not line.host.seen(reg.EVT_LOST)


def test_a_stranger_seen_in_the_release_lane_stops_the_belt(line: ScriptedLine) -> None:
    line.sim.plant.diverter.position = line.sim.plant.diverter.moving_to = reg.LANE_RELEASE
    line.sim.plant.diverter.blocked = True
    line.carton(at_mm=8400)
    line.host.run(2000)
    assert line.host.seen(reg.EVT_UNEXPECTED)
    assert line.host.s(reg.S_STATE) == reg.STATE_HELD


def test_a_carton_gone_between_divert_and_lane_eye_is_not_confirmed(line: ScriptedLine) -> None:
    carton = line.carton()
    while not any(p.front_mm > 8600 for p in line.sim.plant.on_line()):
        line.host.run(100)
    line.sim.plant.remove(carton)
    line.host.run(2000)
    assert [e.track_id for e in line.host.seen(reg.EVT_NOT_CONFIRMED)] == [1]
    assert not line.host.seen(reg.EVT_DIVERTED)


def test_the_table_shows_each_item_its_zone_lane_and_sequence(line: ScriptedLine) -> None:
    event = line.wanted()
    line.host.run(200)
    row = line.sim.program.table()[:4]
    assert row == [event.track_id, 6 << 8 | reg.ROW_DECIDED, 3 << 8 | 252, 1]
    assert line.sim.program.table()[4:] == [0] * 124
    assert line.host.s(reg.S_IN_TRACK) == 1
    assert line.host.s(reg.S_ZONE_OCC) & 1 << 5


def test_buttons_are_events_and_a_local_stop_needs_a_local_start(line: ScriptedLine) -> None:
    line.sim.press("recheck_good")
    line.sim.press("stop")
    line.host.run(200)
    assert [e.arg1 for e in line.host.seen(reg.EVT_BUTTON)] == [5, 2]
    assert line.host.s(reg.S_STATE) == reg.STATE_STOPPED
    line.host.command(reg.CMD_START)
    line.host.run(200)
    assert line.host.command_result()[1] == reg.RESULT_NOT_ALLOWED
    line.sim.press("start")
    line.host.run(1500)
    assert line.host.flag(reg.FLAG_RUNNING)


def test_scan_gates_and_scale_are_offered_to_device_simulators(line: ScriptedLine) -> None:
    gates: list[tuple[int, bool, tuple[int, ...]]] = []
    weights: list[tuple[int, bool]] = []
    line.sim.on_scan_gate = lambda zone, opened, seen: gates.append((zone, opened, tuple(c.carton_no for c in seen)))
    line.sim.on_weigh = lambda weight_g, settled: weights.append((weight_g, settled))
    line.carton()
    line.diverted(1)
    assert gates == [(2, True, (1,)), (2, False, (1,)), (5, True, (1,)), (5, False, (1,))]
    assert weights[-4:] == [(5000, False), (5000, True), (0, False), (0, True)]


def test_the_same_seed_gives_the_same_run() -> None:
    def run() -> list[object]:
        line = ScriptedLine(seed=3)
        line.sim.plant.speed_noise = 0.1
        line.host.decide = lambda event: reg.LANES[event.track_id % 3]
        for _ in range(8):
            line.carton()
            line.host.run(2000)
        return [list(line.sim.log), list(line.sim.wire_log)]

    assert run() == run()


def test_an_id_that_is_still_on_the_line_is_not_given_again(line: ScriptedLine) -> None:
    line.carton()
    line.host.run(2000)
    line.sim.program.memory.next_track_id = 1
    line.carton()
    line.host.run(1000)
    assert [e.track_id for e in line.host.seen(reg.EVT_INDUCT)] == [1, 2]
