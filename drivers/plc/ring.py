"""Where the host stands in the PLC's event ring: what to read next, what was lost, what may be acknowledged.

One rule: records are given out in order; after a rewind those not yet durable are given out again (the journal knows
their keys), and only a record that stands in the ring as it is now is acknowledged.
Pure state, no I/O. Source: PLC contract CIL-1, "Event ring R".
"""

from __future__ import annotations

from collections import deque

import msgspec

from drivers.plc.codec import RingRecord, Status, Words, decode_ring_record
from drivers.plc.errors import PlcWireError
from drivers.plc.registers import R_WORDS, RING_LAST_SEQ, RING_READ_MAX, RING_RECORDS
from drivers.plc.sequences import ring_next, ring_slot, ring_steps


class Gap(msgspec.Struct, frozen=True):
    """Records from `first_missing` up to the one before `next_seq` cannot be read any more.

    Before 1 of a ring that was lost with the PLC's memory: all that it told from there on, however far it had come.
    `acknowledged`: the last one that somebody told this PLC is durable, although this host never had it; 0 if none was.
    """

    first_missing: int
    next_seq: int
    acknowledged: int = 0


class Span(msgspec.Struct, frozen=True):
    """Records that one request can read: neighbours in the ring's memory."""

    first_seq: int
    count: int


def kept_records(status: Status) -> int:
    """How many records the PLC says it keeps; counters that make no sense are a wire fault."""
    head, tail = status.evt_head, status.evt_tail
    if head == 0:
        return 0
    kept = ring_steps(tail, head) + 1 if tail else RING_RECORDS + 1
    if kept == RING_LAST_SEQ:
        return 0  # TAIL = HEAD + 1: all of it acknowledged and let go
    if head > RING_LAST_SEQ or tail > RING_LAST_SEQ or kept > RING_RECORDS:
        raise PlcWireError(
            "bad_ring_counters",
            f"EVT_HEAD {head} and EVT_TAIL {tail} do not describe at most {RING_RECORDS} records",
            "check the PLC's ring program; the driver reads again",
        )
    return kept


class RingReader:
    """Reads forward, and rewinds to TAIL at a resync."""

    def __init__(self, last_durable: int = 0) -> None:
        """`last_durable` is the last record that an earlier run of this host made durable, 0 if there was none."""
        self._next: int | None = ring_next(last_durable) if last_durable else None
        self._reached: int | None = None  # behind what was read before the rewind
        self._given: deque[RingRecord] = deque(maxlen=2 * RING_RECORDS)
        self._present: dict[int, RingRecord] = {}
        self._durable: deque[RingRecord] = deque(maxlen=2 * RING_RECORDS)
        self._waits = 0
        self._another = False

    def memory_lost(self) -> None:
        """The ring that we look at next is not the one we read, even if its counters fit our place: nothing in it is durable."""
        self._next = self._furthest()
        self._forget()
        self._another = self._next is not None

    @property
    def ack_word(self) -> int:
        """EVT_ACK to write: the durable record if it stands in the ring as it is now, else 0 (acknowledges nothing)."""
        if not self._durable:
            return 0
        last = self._durable[-1]
        return last.seq if self._present.get(last.seq) == last else 0

    def acknowledge(self, epoch: int, seq: int) -> None:
        """Everything given out up to this record is durable. A key that is not waiting for this is ignored."""
        if not any(record.seq == seq and record.epoch == epoch for record in self._given):
            return
        while True:
            record = self._given.popleft()
            self._durable.append(record)
            if record.seq == seq and record.epoch == epoch:
                return

    def observe(self, status: Status) -> tuple[Gap, ...]:
        """What is missing by the PLC's counters and our place; after a gap we stand at the oldest record kept.

        Of a ring that was lost nobody knows how far it had come; what the new one, which began at 1, has overwritten already is
        a gap of its own.
        """
        kept = kept_records(status)
        oldest = status.evt_tail if kept else ring_next(status.evt_head) if status.evt_head else 1
        place = self._furthest()
        if place is None or self._next is None:
            return self._adopt(status, oldest)
        if not self._another and ring_steps(oldest, place) <= kept:
            if ring_steps(oldest, self._next) > kept:
                self._stand_at(oldest)  # what was to be read again is gone, and was read
            return ()
        gaps: tuple[Gap, ...] = (Gap(place, oldest, self._acknowledged_by_others(place, status)),)
        if self._another:
            gaps = (Gap(place, 1), Gap(1, oldest)) if oldest != 1 else (Gap(place, 1),)
        self._forget()
        self._next = oldest
        return gaps

    def rewind(self, status: Status) -> tuple[Gap, ...]:
        """Begin again at TAIL; what is durable is read but not given out again."""
        gaps = self.observe(status)
        if kept_records(status):
            self._reached = self._furthest()
            self._stand_at(status.evt_tail)
        self._present.clear()
        self._waits = 0
        return gaps

    def next_span(self, head: int) -> Span | None:
        """The next request, or None when everything up to `head` has been read."""
        if self._next is None or head == 0:
            return None
        left = ring_steps(self._next, head) + 1
        if left > RING_RECORDS:
            return None
        return Span(self._next, min(left, RING_READ_MAX, RING_RECORDS - ring_slot(self._next)))

    def accept(self, span: Span, words: Words) -> tuple[tuple[RingRecord, ...], bool]:
        """Records of a reply that are not durable yet, and whether the whole span was good; stops at a record not complete."""
        fresh: list[RingRecord] = []
        seq = span.first_seq
        for n in range(span.count):
            record = decode_ring_record(words[n * R_WORDS : (n + 1) * R_WORDS], seq)
            if record is None:
                self._waits += 1
                return tuple(fresh), False
            self._waits = 0
            if record not in self._durable:
                fresh.append(record)
                if record not in self._given:
                    self._given.append(record)
            self._present[seq] = record
            if len(self._present) > RING_RECORDS:
                del self._present[next(iter(self._present))]
            seq = ring_next(seq)
            self._stand_at(seq)
        return tuple(fresh), True

    def skip_stuck(self, head: int, patience: int) -> Gap | None:
        """After `patience` polls at the same unreadable record everything up to `head` counts as lost."""
        if self._waits < patience or self._next is None:
            return None
        gap = Gap(self._next, ring_next(head))
        self._next, self._reached = gap.next_seq, None
        self._waits = 0
        return gap

    def _adopt(self, status: Status, oldest: int) -> tuple[Gap, ...]:
        """First look of a host that knows no record yet: what was overwritten before anybody acknowledged it is a gap, too."""
        self._next = oldest
        acknowledged = status.evt_ack_echo
        if not acknowledged or not status.evt_head:
            return ()
        missed = ring_steps(ring_next(acknowledged), oldest)
        return (Gap(ring_next(acknowledged), oldest),) if 0 < missed < RING_LAST_SEQ // 2 else ()

    @staticmethod
    def _acknowledged_by_others(next_seq: int, status: Status) -> int:
        """We acknowledge nothing that we have not read: what is acknowledged from `next_seq` on, another host did, or a run of
        which our journal knows nothing."""
        word = status.evt_ack_echo
        return word if word and ring_steps(next_seq, word) < RING_LAST_SEQ // 2 else 0

    def _stand_at(self, seq: int) -> None:
        self._next = seq
        if seq == self._reached:
            self._reached = None

    def _furthest(self) -> int | None:
        """The place behind the last record that was read, also while it is read again from TAIL on."""
        if self._next is None or self._reached is None:
            return self._next
        return self._reached

    def _forget(self) -> None:
        self._reached = None
        self._given.clear()
        self._present.clear()
        self._durable.clear()
        self._another = False
