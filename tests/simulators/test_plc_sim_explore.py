"""Seeded disorder on one line: whatever happens, a carton leaves by the release lane only on its own accepted release.

Judged from the plant's log and the wire log alone. Exchanging cartons by hand is left out: a PLC cannot see it.
"""

import random

import pytest

from simulators.plant import Carton
from simulators.plc import registers as reg
from simulators.plc.scripted_host import ScriptedHost, ScriptedLine
from simulators.plc.words import lane_of

SECONDS = 150


class Disorder:
    """Draws what happens next; every kind can be off for a whole seed, so that the others get their turn."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.line = ScriptedLine(seed=seed)
        self.host = self.line.host
        kinds = [self.estop, self.power, self.remove, self.slip, self.put, self.eye, self.jam, self.silence, self.second,
                 self.stop, self.full, self.late_copy, self.noise]  # fmt: skip
        self.kinds = [kind for kind in kinds if self.rng.random() < 0.6]
        self.old: list[tuple[int, list[int]]] = []
        self.happened: set[str] = set()
        self.host.decide = lambda event: self.rng.choice((0, 1, 2, 3, 3, 3))

    def run(self) -> None:
        wait_ms = 0
        for _ in range(SECONDS * 10):
            wait_ms -= 100
            if wait_ms <= 0 and self.line.sim.plant.free_at(-50, 600):
                self.line.carton(length_mm=self.rng.randint(250, 600))
                wait_ms = self.rng.randint(1300, 3000)
            if self.kinds and self.rng.random() < 0.02:
                kind = self.rng.choice(self.kinds)
                self.happened.add(kind.__name__)
                kind()
            if self.rng.random() < 0.03:
                self.people()
            self.host.run(100)
            self.remember()

    def people(self) -> None:
        """What operators do all day: clear, reset, start, and the host resumes."""
        sim = self.line.sim
        if not sim.plant.powered:
            sim.power_on()
        sim.plant.set_estop(False)
        sim.plant.clear_jam()
        sim.press("reset")
        sim.press("start")
        self.host.alive = True
        self.host.command(reg.CMD_RESUME)

    def remember(self) -> None:
        host = self.line.sim.program.memory.host
        slot = self.rng.randrange(8)
        start = reg.H_DECISION + slot * reg.H_DECISION_WORDS
        if host[start + reg.D_SEQ]:
            self.old = [*self.old[-20:], (slot, host[start : start + reg.H_DECISION_WORDS])]

    def _any(self) -> Carton | None:
        on_line = [p.carton for p in self.line.sim.plant.on_line() if p.lane == 0]
        return self.rng.choice(on_line) if on_line else None

    def estop(self) -> None:
        self.line.sim.plant.set_estop(True)

    def power(self) -> None:
        self.line.sim.restart_plc(off_ms=self.rng.choice((100, 1000, 5000)))

    def remove(self) -> None:
        if carton := self._any():
            self.line.sim.plant.remove(carton)

    def slip(self) -> None:
        if carton := self._any():
            self.line.sim.plant.slip(carton, self.rng.randint(10, 600))

    def put(self) -> None:
        at_mm = self.rng.randint(0, 8000)
        if self.line.sim.plant.free_at(at_mm, 600):
            self.line.carton(at_mm=at_mm)

    def eye(self) -> None:
        eye = self.line.sim.plant.eyes[self.rng.choice(sorted(self.line.sim.plant.eyes))]
        if self.rng.random() < 0.5:
            eye.miss_next = 1
        else:
            eye.double_next = 1

    def jam(self) -> None:
        if carton := self._any():
            self.line.sim.plant.jam(carton)

    def silence(self) -> None:
        self.host.alive = False

    def second(self) -> None:
        other = ScriptedHost(self.line.sim, session=self.host.session + self.rng.randint(-3, 300))
        other.heartbeat = self.rng.randrange(65536)
        other.poll()
        self.line.sim.step(50)

    def stop(self) -> None:
        self.host.command(self.rng.choice((reg.CMD_STOP, reg.CMD_HOLD, reg.CMD_PURGE)))

    def full(self) -> None:
        lane = self.rng.choice(reg.LANES)
        capacity = self.line.sim.plant.capacity
        capacity[lane] = len(self.line.sim.plant.lanes[lane]) if capacity[lane] == 1000 else 1000

    def late_copy(self) -> None:
        for slot, record in self.old:
            self.host.write_decision(slot, record)
            self.line.sim.step(10)

    def noise(self) -> None:
        words = [self.rng.randrange(65536) for _ in range(7)]
        self.host.write_decision(self.rng.randrange(8), words)


def own_ids(line: ScriptedLine) -> dict[int, tuple[int, int]]:
    """carton -> (epoch, id) given at the induct eye, matched by the moment."""
    inducts = {int(str(f["line_ms"])): f["words"] for f in line.sim.wire_log.of("event") if words(f)[2] >> 8 == reg.EVT_INDUCT}
    ids: dict[int, tuple[int, int]] = {}
    for fact in line.sim.log.of("induct_eye"):
        record = inducts.get(int(str(fact["line_ms"])))
        if isinstance(record, list):
            ids[int(str(fact["carton_no"]))] = (record[1], record[3])
    return ids


def words(fact: dict[str, object]) -> list[int]:
    found = fact["words"]
    assert isinstance(found, list | tuple)
    return list(found)


@pytest.mark.parametrize("seed", range(12))
def test_release_only_on_its_own_release(seed: int) -> None:
    disorder = Disorder(seed)
    disorder.run()
    line = disorder.line
    ids = own_ids(line)
    last_lane: dict[tuple[int, int], int] = {}
    for fact in line.sim.wire_log.of("judged"):
        record = words(fact)
        if fact["record"] == "decision" and fact["taken"]:
            last_lane[record[reg.D_EPOCH], record[reg.D_TRACK_ID]] = lane_of(record[reg.D_LANE])
    for fact in line.sim.log.of("lane_exit"):
        if fact["lane"] == reg.LANE_RELEASE:
            number = int(str(fact["carton_no"]))
            assert last_lane.get(ids.get(number, (0, 0))) == reg.LANE_RELEASE, (seed, fact, sorted(disorder.happened))
