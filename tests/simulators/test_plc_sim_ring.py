"""Conformance of the reference PLC: the event ring (contract CIL-1 "Event ring R", fail-safe rule 5)."""

import pytest

from drivers.plc.codec import Status, decode_status
from drivers.plc.ring import Gap, RingReader
from simulators.plc import PlcCounters
from simulators.plc import registers as reg
from simulators.plc.ring import EventRing
from simulators.plc.scripted_host import ScriptedLine

BODY = (1, 0x0101, 7, 0, 0, 10, 20)


def seen(line: ScriptedLine) -> Status:
    status = decode_status([line.host.s(at) for at in range(reg.S_SIZE)], 1)
    assert isinstance(status, Status)
    return status


def press_reset(line: ScriptedLine, times: int) -> None:
    for _ in range(times):
        line.sim.press("reset")
        line.sim.step(100)


def filled(count: int, next_seq: int = 1) -> EventRing:
    ring = EventRing(next_seq)
    for _ in range(count):
        ring.append(BODY)
    return ring


def test_a_record_stands_in_its_slot_between_two_equal_sequence_words() -> None:
    ring = filled(3)
    start = 2 * reg.RING_WORDS
    assert ring.memory[start : start + 9] == [3, *BODY, 3]
    assert (ring.tail, ring.head) == (1, 3)


def test_the_sequence_wraps_from_65472_to_1_and_the_slots_go_on() -> None:
    ring = filled(3, next_seq=65_471)
    assert (ring.tail, ring.head) == (65_471, 1)
    assert ring.memory[62 * 9] == 65_471
    assert ring.memory[63 * 9] == 65_472
    assert ring.memory[0] == 1
    assert ring.acknowledge(1)
    assert ring.unacknowledged == 0


@pytest.mark.parametrize(("next_seq", "counters"), [(1, (0, 0, 0)), (65_440, (65_440, 65_439, 65_439))])
def test_a_ring_whose_sequence_stands_further_on_has_told_what_was_before(next_seq: int, counters: tuple[int, ...]) -> None:
    ring = EventRing(next_seq)
    assert (ring.tail, ring.head, ring.ack) == counters
    assert not ring.acknowledge(next_seq)
    ring.append(BODY)
    assert (ring.tail, ring.head, ring.unacknowledged) == (next_seq, next_seq, 1)


@pytest.mark.parametrize("began", [1, 65_440])
def test_only_what_was_overwritten_is_lost_to_a_host_that_saw_the_ring_before_its_first_record(began: int) -> None:
    line = ScriptedLine(counters=PlcCounters(next_ring_seq=began), started=False)
    reader = RingReader()
    assert reader.rewind(seen(line)) == ()
    press_reset(line, 2)
    assert reader.observe(seen(line)) == ()
    press_reset(line, 40)
    assert reader.observe(seen(line)) == (Gap(began, line.host.s(reg.S_EVT_TAIL)),)


@pytest.mark.parametrize("seq", [0, 9, 11 + 65_472 - 3, 16, 65_472, 65_500])
def test_an_acknowledgement_outside_tail_minus_1_to_head_is_ignored(seq: int) -> None:
    ring = filled(5, next_seq=11)
    assert not ring.acknowledge(seq)
    assert (ring.tail, ring.head, ring.ack) == (11, 15, 10)


def test_an_acknowledgement_moves_the_tail_and_never_back() -> None:
    ring = filled(5)
    assert ring.acknowledge(3)
    assert (ring.tail, ring.ack) == (4, 3)
    assert not ring.acknowledge(3)
    assert not ring.acknowledge(2)
    assert ring.acknowledge(5)
    assert (ring.tail, ring.head, ring.unacknowledged) == (5, 5, 0)
    ring.append(BODY)
    assert (ring.tail, ring.head) == (6, 6)


def test_the_oldest_is_overwritten_and_counted_when_64_are_waiting() -> None:
    ring = filled(70)
    assert (ring.tail, ring.head, ring.lost, ring.overflow) == (7, 70, 6, True)
    assert ring.memory[5 * 9] == 70
    assert ring.acknowledge(70)
    assert not ring.overflow


def test_the_count_of_lost_records_wraps() -> None:
    ring = EventRing(1, lost=65_535)
    for _ in range(66):
        ring.append(BODY)
    assert ring.lost == 1


def test_a_torn_record_cannot_be_taken_for_a_whole_one() -> None:
    ring = filled(64)
    ring.tear_next_ms = 50
    ring.append(BODY)
    assert ring.head == 65
    assert ring.memory[0] == 0
    assert ring.memory[8] == 1
    ring.scan(40)
    assert ring.memory[0] == 0
    ring.scan(10)
    assert ring.memory[0:9] == [65, *BODY, 65]


def test_more_than_48_unacknowledged_events_stop_induction_until_they_are_acknowledged() -> None:
    line = ScriptedLine()
    host = line.host
    host.acknowledges = False
    for _ in range(12):
        if line.sim.plant.free_at(-50, 500):
            line.carton()
        host.run(1500)
    inducted = len(host.seen(reg.EVT_INDUCT))
    assert line.sim.program.memory.ring.unacknowledged > 48
    assert host.flag(reg.FLAG_RUNNING)
    assert not line.sim.plant.infeed.motor_on
    host.run(5000)
    assert len(host.seen(reg.EVT_INDUCT)) == inducted
    host.acknowledges = True
    host.run_until(reg.EVT_INDUCT)


def test_an_acknowledgement_of_another_epoch_or_session_is_ignored() -> None:
    line = ScriptedLine()
    host = line.host
    line.carton()
    host.acknowledges = False
    host.run(1000)
    before = host.s(reg.S_EVT_ACK_ECHO)
    host.acknowledges = True
    host.beat(epoch=9)
    line.sim.step(10)
    assert host.s(reg.S_EVT_ACK_ECHO) == before
    host.beat(session=10)
    line.sim.step(10)
    assert host.s(reg.S_EVT_ACK_ECHO) == before
    host.beat()
    line.sim.step(10)
    assert host.s(reg.S_EVT_ACK_ECHO) == host.s(reg.S_EVT_HEAD)


def test_overflow_is_counted_and_flagged_while_the_host_is_away() -> None:
    line = ScriptedLine()
    line.host.alive = False
    line.sim.step(3000)
    for _ in range(80):
        line.sim.press("acknowledge")
        line.sim.step(100)
    assert line.host.s(reg.S_EVT_LOST) > 0
    assert line.host.flag(reg.FLAG_RING_OVERFLOW)


def test_unacknowledged_events_of_the_old_epoch_stay_and_the_sequence_goes_on() -> None:
    line = ScriptedLine()
    host = line.host
    line.carton()
    host.acknowledges = False
    host.run(1500)
    head = host.s(reg.S_EVT_HEAD)
    line.sim.plant.set_estop(True)
    host.run(200)
    assert host.s(reg.S_EVT_TAIL) <= head < host.s(reg.S_EVT_HEAD)
    epochs = [event.epoch for event in host.events]
    assert epochs == sorted(epochs)
    assert set(epochs) == {1, 2}
    assert len({(e.epoch, e.seq) for e in host.events}) == len(host.events)


def test_every_counter_may_start_near_its_wrap() -> None:
    counters = PlcCounters(
        epoch=65_535, session_echo=65_530, next_track_id=65_533, next_ring_seq=65_470, heartbeat=65_534,
        t_ms=65_000, belt_mm=65_000, events_lost=65_535, totals=65_535,
    )  # fmt: skip
    line = ScriptedLine(counters=counters, session=3)
    line.host.decide = lambda event: reg.LANE_RELEASE
    for _ in range(5):
        line.carton()
        line.host.run(2000)
    line.host.run(25_000)
    ids = [e.track_id for e in line.host.seen(reg.EVT_INDUCT)]
    assert ids == [65_533, 65_534, 1, 2, 3]
    assert [e.lane for e in line.host.seen(reg.EVT_DIVERTED)] == [reg.LANE_RELEASE] * 5
    assert line.sim.program.totals()[:2] == [4, 4]
