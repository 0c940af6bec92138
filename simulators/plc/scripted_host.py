"""The smallest host that keeps its side of the contract, in memory: for showing and testing the PLC simulator without a daemon.

The one rule: it writes words into block H as a Modbus client would and reads only what a client could read; a test may spoil
any word. Source: contract CIL-1, "Host block H" and "Event ring R".
"""

import random
from collections.abc import Callable

import msgspec

from simulators.plant import Carton
from simulators.plc import registers as reg
from simulators.plc.config import PlcConfig, PlcCounters
from simulators.plc.line_simulator import LineSimulator
from simulators.plc.words import check_of, lane_of, lane_word, ring_next

POLL_MS = 100


class SeenEvent(msgspec.Struct, frozen=True):
    seq: int
    epoch: int
    kind: int
    zone: int
    track_id: int
    arg1: int
    arg2: int
    line_ms: int  # when the host read it

    @property
    def lane(self) -> int:
        return lane_of(self.arg1)


class ScriptedHost:
    """`decide` is asked for a lane (0 = no decision) at each event 4."""

    def __init__(self, sim: LineSimulator, session: int = 1) -> None:
        self.sim = sim
        self.session = session
        self.heartbeat = 0
        self.decision_seq = 0
        self.command_seq = 0
        self.flags = reg.HOST_READY
        self.pass_mask = 0xFFFF
        self.alive = True
        self.acknowledges = True
        self.events: list[SeenEvent] = []
        self.decide: Callable[[SeenEvent], int] = lambda event: 0
        self.ttl_ms = 20_000
        self._next_seq = 0
        self._slot = 0
        self._epoch = 0

    # --- time --------------------------------------------------------------------------------------------------
    def run(self, ms: int) -> None:
        for _ in range(0, ms, POLL_MS):
            self.poll()
            self.sim.step(POLL_MS)

    def run_until(self, kind: int, track_id: int = 0, limit_ms: int = 60_000) -> SeenEvent:
        """Let time pass until an event of this kind (and item) has been read that was not there before."""
        known = len(self.events)
        for _ in range(0, limit_ms, POLL_MS):
            for event in self.events[known:]:
                if event.kind == kind and track_id in (0, event.track_id):
                    return event
            self.run(POLL_MS)
        raise AssertionError(f"no event {kind} for item {track_id} within {limit_ms} ms")

    def take_over(self) -> None:
        """Become the believed session, leave fail-safe and start the belt."""
        self.run(300)
        self.command(reg.CMD_RESUME)
        self.run(200)
        self.command(reg.CMD_START)
        self.run(self.sim.program.memory.config.horn_ms + 300)

    # --- polling -----------------------------------------------------------------------------------------------
    def poll(self) -> None:
        if not self.alive or not self.sim.program.powered:
            return
        for event in self._read_ring():
            if event.kind == reg.EVT_DECISION_WANTED:
                lane = self.decide(event)
                if lane:
                    self.decide_item(event.track_id, lane, epoch=event.epoch)
        self.beat()

    def beat(self, *, session: int | None = None, epoch: int | None = None) -> None:
        s = self.sim.program.status()
        self.heartbeat = (self.heartbeat + 1) % 65536
        ack = self.events[-1].seq if self.events and self.acknowledges else 0
        used_epoch = s[reg.S_EPOCH] if epoch is None else epoch
        used_session = self.session if session is None else session
        self.write(0, [self.heartbeat, used_session, used_epoch, ack, self.flags, self.pass_mask])

    def _read_ring(self) -> list[SeenEvent]:
        s = self.sim.program.status()
        head, tail = s[reg.S_EVT_HEAD], s[reg.S_EVT_TAIL]
        fresh: list[SeenEvent] = []
        if head == 0:
            return fresh
        if s[reg.S_EPOCH] != self._epoch:
            self._epoch, self._next_seq = s[reg.S_EPOCH], tail
        for _ in range(reg.RING_RECORDS):
            start = (self._next_seq - 1) % reg.RING_RECORDS * reg.RING_WORDS
            words = self.sim.program.memory.ring.memory[start : start + reg.RING_WORDS]
            if words[0] != self._next_seq or words[8] != self._next_seq:
                break
            kind, zone = divmod(words[2], 256)
            event = SeenEvent(words[0], words[1], kind, zone, words[3], words[4], words[5], self.sim.line_ms)
            if not any((e.epoch, e.seq) == (event.epoch, event.seq) for e in self.events[-128:]):
                fresh.append(event)
            self._next_seq = ring_next(self._next_seq)
        self.events += fresh
        return fresh

    # --- mailboxes ---------------------------------------------------------------------------------------------
    def write(self, offset: int, words: list[int]) -> None:
        self.sim.program.write_host(offset, words)

    def decide_item(self, track_id: int, lane: int, *, epoch: int | None = None, slot: int | None = None) -> int:
        """Write a decision with the next sequence; returns its slot."""
        self.decision_seq += 1
        used = self._slot if slot is None else slot
        self._slot = (self._slot + 1) % reg.H_DECISION_SLOTS
        self.write_decision(used, self.decision_record(track_id, lane, epoch=epoch))
        return used

    def decision_record(self, track_id: int, lane: int, *, epoch: int | None = None) -> list[int]:
        used_epoch = self.sim.program.memory.epoch if epoch is None else epoch
        ttl = self.ttl_ms // reg.D_TTL_UNIT_MS
        record = [used_epoch, track_id, lane_word(lane), ttl, self.session, 0, self.decision_seq]
        return checked(record, reg.D_CHECK)

    def write_decision(self, slot: int, record: list[int]) -> None:
        self.write(reg.H_DECISION + slot * reg.H_DECISION_WORDS, record)

    def command(self, code: int, arg1: int = 0, arg2: int = 0) -> list[int]:
        self.command_seq += 1
        record = [self.session, self.sim.program.memory.epoch, code, arg1, arg2, 0, self.command_seq]
        return self.write_command(checked(record, reg.C_CHECK))

    def write_command(self, record: list[int]) -> list[int]:
        self.write(reg.H_COMMAND, record)
        return record

    # --- looking -----------------------------------------------------------------------------------------------
    def s(self, offset: int) -> int:
        return self.sim.program.status()[offset]

    def flag(self, bit: int) -> bool:
        return bool(self.s(reg.S_FLAGS) & bit)

    def result(self, slot: int) -> tuple[int, int]:
        """(echo, result) of a decision slot."""
        words = self.sim.program.status()
        return words[reg.S_DEC_ECHO + slot], words[reg.S_DEC_RESULT + slot // 4] >> slot % 4 * 4 & 15

    def command_result(self) -> tuple[int, int]:
        return self.s(reg.S_CMD_ECHO), self.s(reg.S_CMD_RESULT)

    def seen(self, kind: int, track_id: int = 0) -> list[SeenEvent]:
        return [e for e in self.events if e.kind == kind and track_id in (0, e.track_id)]


def checked(record: list[int], check_at: int) -> list[int]:
    """The record with its check word set right."""
    return [check_of(record, check_at) if place == check_at else word for place, word in enumerate(record)]


class ScriptedLine:
    """A line and its host, ready to run; cartons are placed in front of the induct eye."""

    def __init__(
        self,
        config: PlcConfig | None = None,
        counters: PlcCounters | None = None,
        *,
        seed: int = 7,
        session: int = 11,
        started: bool = True,
    ) -> None:
        self.sim = LineSimulator(rng=random.Random(seed), config=config, counters=counters)
        self.host = ScriptedHost(self.sim, session=session)
        self._next_no = 1
        if started:
            self.host.take_over()

    def carton(self, length_mm: int = 400, at_mm: float = -50) -> Carton:
        carton = Carton(self._next_no, length_mm, 5000)
        self._next_no += 1
        self.sim.plant.place(carton, at_mm)
        return carton

    def wanted(self) -> SeenEvent:
        """One more carton on the belt, driven to its decision point."""
        self.carton()
        return self.host.run_until(reg.EVT_DECISION_WANTED)

    def diverted(self, track_id: int) -> SeenEvent:
        return self.host.run_until(reg.EVT_DIVERTED, track_id)
