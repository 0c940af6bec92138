"""A read and the windows it fits: told of late, repeated, or pushed out, it names no carton that it may not be of."""

import pytest
from msgspec.structs import replace

from controller.domain.reasons import Role
from controller.line.apply import apply
from controller.line.belt import RingKind
from controller.line.events import CodesRead, ReadText, Stamped
from controller.line.label_reads import READS_KEPT
from controller.line.plc_events import PlcLost, RingEvent, TableItem
from controller.line.state import LineState
from tests.line.line_story import PROFILE, Story, s10

A, B = s10(10000001), s10(10000002)


class Gates(Story):
    """Cartons close behind each other at the gates, while records are read when a poll brings them."""

    def told(self, kind: int, track: int, at_ms: int, zone: int = 0, *, backlog: bool = False) -> None:
        """A record of what happened at `at_ms`, read now."""
        self.ring_seq += 1
        self.feed(RingEvent(1, self.ring_seq, kind, zone, track, 0, 0, at_ms % 65536, 0, self.now_ms, backlog))

    def read(self, role: str, *texts: str, device: str = "", at_ms: int = -1) -> None:
        codes = tuple(ReadText(text) for text in texts)
        self.feed(CodesRead(device or role, role, codes, False, at_ms if at_ms >= 0 else self.now_ms))

    def two_close(self, zone: int, role: str, held_up_ms: int, *, again: bool = False) -> None:
        """Track 1 bears no label; track 2 is 200 ms behind it, and its label is read 50 ms before its front is at the gate."""
        began = self.now_ms
        self.told(RingKind.GATE_OPEN, 1, began, zone)
        self.wait(850)
        self.told(RingKind.GATE_CLOSED, 1, began + 800, zone)
        self.wait(100)
        self.read(role, A)
        self.wait(50 + held_up_ms)
        self.told(RingKind.GATE_OPEN, 2, began + 1000, zone)
        if again:
            self.read(role, A)
        self.wait(850 - held_up_ms)
        self.told(RingKind.GATE_CLOSED, 2, began + 1800, zone)
        self.wait(700)

    def two_close_over_a_lost_link(self, zone: int, role: str) -> None:
        began = self.now_ms
        self.told(RingKind.GATE_OPEN, 1, began, zone)
        self.wait(850)
        self.told(RingKind.GATE_CLOSED, 1, began + 800, zone)
        self.wait(100)
        self.read(role, A)
        self.wait(20)
        self.feed(PlcLost("time_out", "no answer"))
        self.wait(900)
        self.told(RingKind.GATE_OPEN, 2, began + 1000, zone, backlog=True)
        self.told(RingKind.GATE_CLOSED, 2, began + 1800, zone, backlog=True)
        self.sync((TableItem(1, zone, 0, 0), TableItem(2, zone, 0, 0)))
        self.wait(700)

    def lane(self, track: int) -> str:
        self.decide(track)
        self.wait(6000)
        ordered = self.passage(track).ordered
        return ordered.lane if ordered is not None else ""


def _two(profile_verifies: bool = True) -> Gates:
    gates = Gates(replace(PROFILE, verify_read=profile_verifies))
    gates.ready(A, B)
    gates.induct(1)
    gates.induct(2)
    return gates


# --- the next carton's window is told of late ----------------------------------------------------------------------


@pytest.mark.parametrize("verifies", [True, False])
@pytest.mark.parametrize("held_up_ms", [50, 300, 420, 600])
@pytest.mark.parametrize("again", [False, True])
def test_the_label_of_the_next_carton_names_none_when_a_slow_poll_tells_of_its_window(
    held_up_ms: int, verifies: bool, again: bool
) -> None:
    gates = _two(verifies)
    gates.two_close(2, "induct", held_up_ms, again=again)
    gates.weigh(1, 2000)
    if verifies:
        gates.two_close(5, "verify", held_up_ms, again=again)
    assert gates.lane(1) == "inspect"


@pytest.mark.parametrize("verifies", [True, False])
def test_the_label_of_the_next_carton_names_none_when_its_window_was_told_of_at_the_sync(verifies: bool) -> None:
    gates = _two(verifies)
    gates.two_close_over_a_lost_link(2, "induct")
    gates.weigh(1, 2000)
    if verifies:
        gates.two_close_over_a_lost_link(5, "verify")
    assert gates.lane(1) == "inspect"


def test_a_window_is_settled_at_the_sync_and_its_carton_has_its_name() -> None:
    gates = _two()
    gates.ring(RingKind.GATE_OPEN, 1, 2)
    gates.wait(400)
    gates.read("induct", A)
    gates.wait(400)
    gates.ring(RingKind.GATE_CLOSED, 1, 2)
    gates.feed(PlcLost("time_out", "no answer"))
    gates.wait(5000)
    assert gates.passage(1).scan_identity is None
    gates.sync((TableItem(1, 3, 0, 0), TableItem(2, 1, 0, 0)))
    assert gates.passage(1).carton.endswith(A)


def test_what_left_the_belt_while_the_link_was_lost_has_its_name_at_the_sync() -> None:
    gates = _two()
    gates.ring(RingKind.GATE_OPEN, 1, 2)
    gates.wait(400)
    gates.read("induct", A)
    gates.wait(400)
    gates.ring(RingKind.GATE_CLOSED, 1, 2)
    gates.feed(PlcLost("time_out", "no answer"))
    gates.wait(5000)
    gates.ring(RingKind.REMOVED_BY_HAND, 1)
    gates.sync((TableItem(2, 1, 0, 0),))
    assert gates.passage(1).carton.endswith(A)
    assert gates.state.cartons[gates.passage(1).carton].place == "removed"


def test_the_carton_before_keeps_its_name_when_the_next_one_comes_in_its_time() -> None:
    gates = _two()
    for zone in (2, 5):
        gates.gate(1, zone, A)
        gates.gate(2, zone, B)
        if zone == 2:
            gates.weigh(1, 2000)
    assert gates.lane(1) == "release"


# --- a read that comes late ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("late_ms", [500, 700, 3000])
@pytest.mark.parametrize(("seen", "lane"), [(B, "anomaly"), (A, "release")])
def test_a_camera_that_answers_late_is_heard_when_it_names_another(late_ms: int, seen: str, lane: str) -> None:
    gates = _two()
    gates.ring(RingKind.GATE_OPEN, 1, 2)
    gates.wait(400)
    frame_ms = gates.now_ms
    gates.read("induct", A)
    gates.wait(400)
    gates.ring(RingKind.GATE_CLOSED, 1, 2)
    gates.wait(late_ms)
    gates.read("induct", seen, device="camera", at_ms=frame_ms)
    gates.wait(600)
    gates.weigh(1, 2000)
    gates.gate(1, 5, A)
    assert gates.lane(1) == lane


def test_what_was_released_before_the_camera_answered_is_recalled() -> None:
    gates = _two()
    gates.pass_to_decision(3, A)
    frame_ms = gates.now_ms - 1000
    gates.answer()
    gates.divert(3, 3)
    gates.read("verify", B, device="camera", at_ms=frame_ms)
    assert [hold.code for hold in gates.state.holds.values()] == ["recalled"]


# --- what is kept --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [10, READS_KEPT + 6])
def test_a_reader_that_repeats_one_label_pushes_no_other_out(count: int) -> None:
    gates = _two()
    gates.ring(RingKind.GATE_OPEN, 1, 2)
    gates.wait(200)
    gates.read("induct", A)
    for _ in range(count):
        gates.wait(50)
        gates.read("induct", B)
    gates.wait(200)
    gates.ring(RingKind.GATE_CLOSED, 1, 2)
    gates.wait(700)
    scan = gates.passage(1).scan_identity
    assert scan is not None
    assert scan.problem == "two_waybills"
    assert len(gates.state.facts.reads) == 2


def test_a_carton_whose_read_was_pushed_out_is_nobodys() -> None:
    gates = _two()
    gates.ring(RingKind.GATE_OPEN, 1, 2)
    gates.read("induct", A)
    for number in range(READS_KEPT):
        gates.wait(10)
        gates.read("induct", f"{number} GARBAGE")
    gates.read("induct", B)
    gates.wait(200)
    gates.ring(RingKind.GATE_CLOSED, 1, 2)
    gates.wait(700)
    assert "read_ambiguous" in gates.passage(1).marks


def _stood(gates: Gates, *frames: tuple[str, ...]) -> None:
    """Track 1 stands in the gate for minutes, and its reader says something every second and a half."""
    gates.ring(RingKind.GATE_OPEN, 1, 2)
    for _ in range(READS_KEPT):
        for frame in frames:
            gates.wait(1500)
            gates.read("induct", *frame)
    gates.wait(200)
    gates.ring(RingKind.GATE_CLOSED, 1, 2)
    gates.wait(700)


@pytest.mark.parametrize("frames", [((A,), (A,)), ((A, "6901234567892"), (A,), ("6901234567892", A))], ids=["same", "in turn"])
def test_a_carton_that_stood_before_its_reader_for_minutes_keeps_its_name(frames: tuple[tuple[str, ...], ...]) -> None:
    gates = _two(profile_verifies=False)
    _stood(gates, *frames)
    gates.weigh(1, 2000)
    assert gates.lane(1) == "release"


def test_a_second_waybill_that_was_read_before_a_carton_stood_for_minutes_is_not_forgotten() -> None:
    gates = _two(profile_verifies=False)
    gates.ring(RingKind.GATE_OPEN, 1, 2)
    gates.read("induct", B)
    for _ in range(READS_KEPT + 1):
        gates.wait(1500)
        gates.read("induct", A)
    gates.ring(RingKind.GATE_CLOSED, 1, 2)
    gates.wait(700)
    gates.weigh(1, 2000)
    assert gates.lane(1) != "release"


def test_reads_that_come_before_any_configuration_are_no_fault() -> None:
    state = LineState()
    for now_ms in (0, 100):
        read = CodesRead("induct", "induct", (ReadText(A),), False, now_ms)
        outcome = apply(state, Stamped(now_ms, "2026-11-30T12:00:00.000Z", False, "test", Role.LINE, read))
        assert not outcome.core_fault


def test_two_agreeing_frames_of_one_reader_still_confirm_a_number() -> None:
    gates = _two()
    plain = "YT8812345678"
    gates.load("L2", (plain, plain, 1, 1))
    gates.ring(RingKind.GATE_OPEN, 1, 2)
    for _ in range(2):
        gates.wait(50)
        gates.read("induct", plain)
    gates.wait(200)
    gates.ring(RingKind.GATE_CLOSED, 1, 2)
    gates.wait(700)
    scan = gates.passage(1).scan_identity
    assert scan is not None
    assert scan.confirmed


# --- what has left the belt ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "lane"), [(1, "inspect"), (2, "anomaly"), (3, "release")])
@pytest.mark.parametrize("told", ["before", "at the sync"])
def test_a_carton_that_took_its_lane_while_the_link_was_lost_stands_there(told: str, code: int, lane: str) -> None:
    gates = _two()
    gates.ring(RingKind.GATE_OPEN, 1, 2)
    gates.wait(400)
    gates.read("induct", A)
    gates.wait(400)
    closed_ms = gates.now_ms
    if told == "before":
        gates.told(RingKind.GATE_CLOSED, 1, closed_ms, 2)
    gates.feed(PlcLost("time_out", "no answer"))
    gates.wait(15_000)
    if told != "before":
        gates.told(RingKind.GATE_CLOSED, 1, closed_ms, 2, backlog=True)
    gates.ring_seq += 1
    gates.feed(RingEvent(1, gates.ring_seq, RingKind.DIVERTED, 7, 1, code, 3, gates.now_ms % 65536, 0, gates.now_ms, True))
    gates.sync((TableItem(2, 1, 0, 0),))
    carton = gates.state.cartons[gates.passage(1).carton]
    assert (carton.place, carton.released_ms >= 0) == (lane, lane == "release")
    assert ("recalled" in [hold.code for hold in gates.state.holds.values()]) == (lane == "release")


@pytest.mark.parametrize("kind", [RingKind.REMOVED_BY_HAND, RingKind.LOST])
def test_what_was_taken_off_the_belt_claims_the_read_of_its_label(kind: RingKind) -> None:
    gates = _two(profile_verifies=False)
    gates.ring(RingKind.GATE_OPEN, 1, 2)
    gates.wait(800)
    gates.ring(RingKind.GATE_CLOSED, 1, 2)
    gates.wait(100)
    gates.read("induct", A)  # the label on the rear face of track 1
    gates.wait(50)
    gates.ring(RingKind.GATE_OPEN, 2, 2)
    gates.wait(800)
    gates.ring(RingKind.GATE_CLOSED, 2, 2)
    gates.ring(kind, 1, 2)
    gates.wait(700)
    gates.weigh(2, 2000)
    assert gates.lane(2) == "inspect"


# --- a belt that stands between two cartons ------------------------------------------------------------------------


@pytest.mark.parametrize("gap_mm", [100, 1000])
@pytest.mark.parametrize("stood_ms", [0, 300, 5000])
def test_a_label_read_while_the_belt_comes_to_stand_between_two_cartons_is_not_of_the_first(stood_ms: int, gap_mm: int) -> None:
    gates = _two(profile_verifies=False)
    gates.ring(RingKind.GATE_OPEN, 1, 2, belt_mm=65_000)
    gates.wait(400)
    if gap_mm == 1000:
        gates.read("induct", A)
    gates.wait(400)
    gates.ring(RingKind.GATE_CLOSED, 1, 2, belt_mm=65_400)
    gates.wait(150)
    gates.read("induct", A)
    gates.wait(gap_mm * 2 - 150 + stood_ms)
    gates.ring(RingKind.GATE_OPEN, 2, 2, belt_mm=(65_400 + gap_mm) % 65_536)
    gates.wait(800)
    gates.ring(RingKind.GATE_CLOSED, 2, 2, belt_mm=(65_800 + gap_mm) % 65_536)
    gates.wait(700)
    gates.weigh(1, 2000)
    assert gates.lane(1) == ("inspect" if gap_mm == 100 else "release")
