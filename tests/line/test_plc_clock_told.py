"""The PLC's millisecond counter runs slow or fast, is set, or its records come late: no carton gets its neighbour's reads."""

from collections.abc import Iterator
from typing import Any

import pytest

from controller.line.belt import RingKind
from controller.line.events import CodesRead, ManifestClosed, ManifestList, ReadText, WeightRead
from controller.line.plc_events import PlcLost, RingEvent, TableItem
from tests.line.line_story import FILE, Story, declared, s10

HEADWAY_MS = 3000


class Belt(Story):
    """Cartons of 2 kg, one behind the other, while the PLC's counter shows what `counter` makes of line time."""

    def __init__(self, count: int, counter: Any = lambda now_ms: now_ms) -> None:
        super().__init__()
        self.numbers = [s10(10000001 + n) for n in range(count)]
        for at in range(0, count, 40):
            self._papers(at, self.numbers[at : at + 40])
        self.began_ms = self.now_ms
        self.counter = counter
        self.held_up_ms = 0
        self.belt_mm = 0

    def _papers(self, at: int, part: list[str]) -> None:
        for index, number in enumerate(part):
            self.feed(ManifestList(f"m{at}", index, declared(number)))
        self.feed(ManifestClosed(f"m{at}", len(part), 0, FILE))
        for number in part:
            self.receipt(number, "800")
        self.load(f"L{at}", *((number, number, 1, 1) for number in part))

    def told(self, kind: int, track: int, zone: int = 0, arg1: int = 0, arg2: int = 0, *, backlog: bool = False) -> None:
        """A record that is read `held_up_ms` after it happened."""
        self.ring_seq = self.ring_seq % 65472 + 1
        t_ms = int(self.counter(self.now_ms - self.began_ms - self.held_up_ms)) % 65536
        self.feed(RingEvent(1, self.ring_seq, kind, zone, track, arg1, arg2, t_ms, self.belt_mm, self.now_ms, backlog))

    def run(self) -> Iterator[int]:
        """Gives each track when the PLC wants a lane for it."""
        for at_ms, step, track in sorted(_plan(len(self.numbers)), key=lambda one: one[0]):
            self.wait(self.began_ms + at_ms - self.now_ms)
            if step in ("induct", "verify"):
                self.feed(CodesRead(step, step, (ReadText(self.numbers[track - 1]),), False, self.now_ms))
            elif step == "scale":
                self.feed(WeightRead("scale", 2000, self.now_ms))
            else:
                kind, zone = RECORDS[step]
                self.told(kind, track, zone, *((2600, 1) if step == "want" else ()))
            if step == "want":
                yield track
                self.told(RingKind.DIVERTED, track, 7, 1, 0)
                self.outcomes.clear()
                self.stamped.clear()


RECORDS = {
    "on": (RingKind.INDUCT, 1), "scan opens": (RingKind.GATE_OPEN, 2), "scan closes": (RingKind.GATE_CLOSED, 2),
    "arrives": (RingKind.ARRIVED, 3), "leaves": (RingKind.LEFT, 3), "verify opens": (RingKind.GATE_OPEN, 5),
    "verify closes": (RingKind.GATE_CLOSED, 5), "want": (RingKind.DECISION_WANTED, 6),
}  # fmt: skip
STEPS = (
    (0, "on"), (200, "scan opens"), (600, "induct"), (1000, "scan closes"), (1200, "arrives"), (1800, "scale"), (2400, "leaves"),
    (6200, "verify opens"), (6600, "verify"), (7000, "verify closes"), (7050, "want"),
)  # fmt: skip


def _plan(count: int) -> list[tuple[int, str, int]]:
    return [(n * HEADWAY_MS + at_ms, step, n + 1) for n in range(count) for at_ms, step in STEPS]


def _name(belt: Belt, track: int) -> str:
    """Right, wrong or none."""
    said = belt.passage(track).carton.rpartition("/")[2]
    return "none" if not said else "right" if said == belt.numbers[track - 1] else "wrong"


@pytest.mark.parametrize("ppm", [-1000, 1000, 3000])
def test_a_counter_that_runs_slow_or_fast_gives_each_carton_its_own_name(ppm: int) -> None:
    count = 1000 if ppm == 1000 else 400
    belt = Belt(count, lambda now_ms: now_ms - now_ms * ppm / 1_000_000)
    assert {_name(belt, track) for track in belt.run()} == {"right"}


@pytest.mark.parametrize("step_ms", [-40_000, -3000, -1500, -700, 1000, 3000, 34_000, 50_000, 63_000, 64_500])
def test_a_counter_that_is_set_gives_no_carton_the_name_of_another(step_ms: int) -> None:
    belt = Belt(20, lambda now_ms: now_ms + (step_ms if now_ms > 30_500 else 0))
    alarms, names = [], []
    for track in belt.run():
        alarms += [one.code for one in belt.alarms()]
        names.append(_name(belt, track))
    assert "wrong" not in names
    assert names[-5:] == ["right"] * 5, "the new clock is known by then"
    assert "plc_clock_set" in alarms


def test_a_window_that_late_records_told_of_is_believed_when_one_in_time_agrees() -> None:
    story = Belt(1)
    number = story.numbers[0]
    story.told(RingKind.INDUCT, 1, 1)
    story.wait(700)
    story.held_up_ms = 600
    story.told(RingKind.GATE_OPEN, 1, 2)
    story.feed(CodesRead("induct", "induct", (ReadText(number),), False, story.now_ms))
    story.wait(600)
    story.told(RingKind.GATE_CLOSED, 1, 2)
    story.wait(300)
    story.held_up_ms = 50
    story.told(RingKind.ARRIVED, 1, 3)
    story.wait(1000)
    scan = story.passage(1).scan_identity
    assert scan is not None
    assert scan.text == number


def test_a_window_that_only_late_records_told_of_is_none() -> None:
    story = Belt(1)
    story.told(RingKind.INDUCT, 1, 1)
    story.wait(700)
    story.held_up_ms = 600
    story.told(RingKind.GATE_OPEN, 1, 2)
    story.feed(CodesRead("induct", "induct", (ReadText(story.numbers[0]),), False, story.now_ms))
    story.wait(600)
    story.told(RingKind.GATE_CLOSED, 1, 2)
    story.wait(300)
    story.told(RingKind.ARRIVED, 1, 3)
    story.wait(8000)
    scan = story.passage(1).scan_identity
    assert scan is not None
    assert scan.problem == "no_read"


@pytest.mark.parametrize("lost", [False, True])
def test_one_slow_poll_does_not_take_the_name_of_a_carton_that_is_alone_on_the_belt(lost: bool) -> None:
    story = Belt(1)
    story.told(RingKind.INDUCT, 1, 1)
    story.wait(700)
    story.told(RingKind.GATE_OPEN, 1, 2)
    story.wait(400)
    story.feed(CodesRead("induct", "induct", (ReadText(story.numbers[0]),), False, story.now_ms))
    story.wait(800)
    story.held_up_ms = 400
    story.told(RingKind.GATE_CLOSED, 1, 2)
    if lost:
        story.feed(PlcLost("time_out", "no answer"))
        story.wait(1200)
        story.sync((TableItem(1, 2, 0, 0),))
    story.wait(2500)
    story.held_up_ms = 0
    story.told(RingKind.ARRIVED, 1, 3)
    story.wait(1000)
    scan = story.passage(1).scan_identity
    assert scan is not None
    assert scan.text == story.numbers[0]


@pytest.mark.parametrize("earlier_ms", [3, 50])
def test_two_eyes_that_are_told_of_in_another_order_than_they_saw_are_no_clock_that_was_set(earlier_ms: int) -> None:
    story = Belt(1)
    story.told(RingKind.INDUCT, 1, 1)
    story.wait(700)
    story.told(RingKind.GATE_OPEN, 1, 2)
    story.wait(400)
    story.feed(CodesRead("induct", "induct", (ReadText(story.numbers[0]),), False, story.now_ms))
    story.wait(400)
    story.told(RingKind.GATE_CLOSED, 1, 2)
    story.held_up_ms = earlier_ms
    story.told(RingKind.LANE_FULL, 0, 7, 1)
    story.wait(1000)
    scan = story.passage(1).scan_identity
    assert scan is not None
    assert scan.text == story.numbers[0]
    assert "plc_clock_set" not in [one.code for one in story.alarms()]


def test_a_record_that_a_new_connection_brings_sooner_than_any_before_has_its_time() -> None:
    story = Belt(1)
    story.held_up_ms = 90
    story.told(RingKind.INDUCT, 1, 1)
    story.wait(700)
    story.told(RingKind.GATE_OPEN, 1, 2)
    story.wait(400)
    story.feed(CodesRead("induct", "induct", (ReadText(story.numbers[0]),), False, story.now_ms))
    story.wait(400)
    story.feed(PlcLost("time_out", "no answer"))
    story.held_up_ms = 10
    story.told(RingKind.GATE_CLOSED, 1, 2, backlog=True)
    story.sync((TableItem(1, 2, 0, 0),))
    story.wait(1000)
    scan = story.passage(1).scan_identity
    assert scan is not None
    assert scan.text == story.numbers[0]


@pytest.mark.parametrize("late_ms", [0, 100, 200])
def test_behind_a_quiet_night_the_label_of_a_close_carton_is_not_of_the_bare_one_before_it(late_ms: int) -> None:
    story = Belt(2)
    story.held_up_ms = late_ms
    story.told(RingKind.INDUCT, 1, 1)
    story.told(RingKind.INDUCT, 2, 1)
    story.told(RingKind.GATE_OPEN, 1, 2)
    story.wait(800)
    story.told(RingKind.GATE_CLOSED, 1, 2)
    story.wait(400 - late_ms - 100)
    story.feed(CodesRead("induct", "induct", (ReadText(story.numbers[1]),), False, story.now_ms))
    story.wait(100 + late_ms)
    story.belt_mm = 200
    story.told(RingKind.GATE_OPEN, 2, 2)
    story.wait(800)
    story.told(RingKind.GATE_CLOSED, 2, 2)
    story.wait(1000)
    assert _name(story, 1) == "none"
