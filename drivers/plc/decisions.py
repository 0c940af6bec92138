"""Pending decisions and the eight slots they are written to.

One rule: a record stays the same, in the same slot, until its echo shows it; a release never stands in the way of a
restrictive decision (two slots are kept for those, and they are written first). Pure state, no I/O.

A release that is wanted no more and whose connection broke may never have arrived, and then no echo will ever show it: its slot
is free once the next connection shows none. A late copy of it changes nothing, as its item's sequence is later by then, or its
item bears that release alone (tests/models/slots.pml, GIVEN_UP).
Source: PLC contract CIL-1, "Host block H" (DECISION, check, when a slot is free) and "Sequences".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import msgspec

from drivers.plc.codec import DecisionRecord, Status
from drivers.plc.errors import PlcRefusalError
from drivers.plc.registers import DECISION_SLOTS
from drivers.plc.vocabulary import Result

QUEUE_LIMIT = 64
PERMISSIVE_SLOTS = 6


class _Slot(msgspec.Struct):
    record: DecisionRecord
    rewrite: bool = True
    attempted: bool = False
    broken: bool = False


class DecisionBoard:
    """Decisions of one epoch and one session; `clear` at each change of either."""

    def __init__(self) -> None:
        self._slots: list[_Slot | None] = [None] * DECISION_SLOTS
        self._restrictive: deque[DecisionRecord] = deque()
        self._permissive: deque[DecisionRecord] = deque()

    def add(self, decision: DecisionRecord) -> tuple[DecisionRecord, ...]:
        """Queue it; gives back the queued releases of the same carton that it makes void."""
        for known in self.pending():
            if known == decision:
                return ()
            if known.seq == decision.seq:
                raise PlcRefusalError(
                    "sequence_used", f"sequence {decision.seq} is already pending", "take the next journaled sequence"
                )
        void = () if decision.permissive else self._void_releases(decision.track_id)
        if len(self._restrictive) + len(self._permissive) >= QUEUE_LIMIT:
            raise PlcRefusalError(
                "queue_full",
                f"{QUEUE_LIMIT} decisions wait for a slot",
                "the PLC takes none: hold the cartons; they go to the default lane",
            )
        (self._permissive if decision.permissive else self._restrictive).append(decision)
        return void

    def writes(self, *, permissive: bool) -> tuple[tuple[int, DecisionRecord], ...]:
        """(slot, record) to write now, restrictive ones first; gives waiting records a slot."""
        self._fill(self._restrictive, DECISION_SLOTS)
        if permissive:
            self._fill(self._permissive, PERMISSIVE_SLOTS)
        live = [(n, slot.record) for n, slot in enumerate(self._slots) if slot and slot.rewrite]
        wanted = [entry for entry in live if permissive or not entry[1].permissive]
        return tuple(sorted(wanted, key=lambda entry: entry[1].permissive))

    def begin_write(self, slot: int, decision: DecisionRecord) -> bool:
        """Ask right before each write: the caller may have dropped or voided it while another write was answered."""
        held = self._slots[slot]
        if held is None or held.record is not decision or not held.rewrite:
            return False
        held.attempted, held.broken = True, False
        return True

    def connection_broke(self) -> None:
        """Nobody knows of the last writes whether they arrived."""
        for slot in self._slots:
            if slot is not None:
                slot.broken = True

    def settle(self, status: Status) -> tuple[tuple[DecisionRecord, Result], ...]:
        """Records whose echo and result stand in this block S; their slots are free again, and those of what never arrived."""
        done: list[tuple[DecisionRecord, Result]] = []
        for n, slot in enumerate(self._slots):
            if slot is None or (status.epoch, status.session_echo) != (slot.record.epoch, slot.record.session):
                continue
            if status.dec_echo[n] != slot.record.seq:
                if slot.broken and not slot.rewrite:
                    self._slots[n] = None
                continue
            if status.dec_result[n] is not Result.NONE:
                done.append((slot.record, status.dec_result[n]))
                self._slots[n] = None
        return tuple(done)

    def drop_permissive(self) -> tuple[DecisionRecord, ...]:
        """Forget waiting releases and write no written one again; its slot is free only after its echo."""
        dropped = list(self._permissive)
        self._permissive.clear()
        dropped.extend(self._give_up_slots(lambda record: record.permissive))
        return tuple(dropped)

    def clear(self) -> tuple[DecisionRecord, ...]:
        """Forget everything: records of this epoch and session are never written in another."""
        dropped = self.pending()
        self._slots = [None] * DECISION_SLOTS
        self._restrictive.clear()
        self._permissive.clear()
        return dropped

    def pending(self) -> tuple[DecisionRecord, ...]:
        """Written and waiting records that are still wanted."""
        written = (slot.record for slot in self._slots if slot and slot.rewrite)
        return (*written, *self._restrictive, *self._permissive)

    def _void_releases(self, track_id: int) -> tuple[DecisionRecord, ...]:
        void = [d for d in self._permissive if d.track_id == track_id]
        self._permissive = deque(d for d in self._permissive if d.track_id != track_id)
        void.extend(self._give_up_slots(lambda record: record.permissive and record.track_id == track_id))
        return tuple(void)

    def _give_up_slots(self, unwanted: Callable[[DecisionRecord], bool]) -> list[DecisionRecord]:
        """Write these no more. A slot that was never written is free at once, any other after its echo (`settle`)."""
        given_up: list[DecisionRecord] = []
        for n, slot in enumerate(self._slots):
            if slot and slot.rewrite and unwanted(slot.record):
                given_up.append(slot.record)
                slot.rewrite = False
                if not slot.attempted:
                    self._slots[n] = None
        return given_up

    def _fill(self, queue: deque[DecisionRecord], limit: int) -> None:
        """Put waiting records into free slots; releases may hold only `limit` of them."""
        for n, slot in enumerate(self._slots):
            if not queue:
                return
            if slot is None and self._held_by(queue[0].permissive) < limit:
                self._slots[n] = _Slot(queue.popleft())

    def _held_by(self, permissive: bool) -> int:
        return sum(1 for slot in self._slots if slot and slot.record.permissive == permissive)
