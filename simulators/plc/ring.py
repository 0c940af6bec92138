"""The event ring: 64 records of 9 words, kept until the host has acknowledged them.

The one rule: a reader can never take a half-written record for a whole one (word 0 = 0, body, word 8, word 0).
TAIL is the oldest record not acknowledged, or the newest one when all are (HEAD + 1 where that is not kept; HEAD = TAIL = 0 in
a ring that never told anything). When 64 are waiting the oldest is overwritten and counted.
Source: contract CIL-1 "Event ring R" and fail-safe rule 5.
"""

from collections.abc import Sequence

from simulators.plc import registers as reg
from simulators.plc.words import ring_distance, ring_next


class EventRing:
    def __init__(self, next_seq: int = 1, lost: int = 0) -> None:
        self.memory = [0] * reg.RING_SIZE
        # A ring whose sequence stands further on has told all before it, and that was acknowledged.
        self.head = self.ack = next_seq - 1
        self.tail = next_seq if self.head else 0
        self.lost = lost % 65536
        self.unacknowledged = 0
        self.overflow = False
        self.tear_next_ms = 0  # wire fault: the next record stays half written for so long
        self._next_seq = next_seq
        self._torn: tuple[int, list[int]] | None = None
        self._torn_ms = 0

    def append(self, body: Sequence[int]) -> list[int]:
        """`body` is the seven words between the two sequence words. Returns the whole record."""
        seq = self._next_seq
        self._next_seq = ring_next(seq)
        if self.unacknowledged == reg.RING_RECORDS:
            self.tail = ring_next(self.tail)
            self.lost = (self.lost + 1) % 65536
            self.unacknowledged -= 1
            self.overflow = True
        record = [seq, *(word & 0xFFFF for word in body), seq]
        self._write(seq, record)
        self.head = seq
        if self.unacknowledged == 0:
            self.tail = seq
        self.unacknowledged += 1
        return record

    def acknowledge(self, seq: int) -> bool:
        """True if it was taken: inside TAIL-1..HEAD and further than before."""
        if self.head == 0 or not 1 <= seq <= reg.RING_LAST_SEQ:
            return False
        behind = ring_distance(self.head, seq)
        # TAIL-1 is what was acknowledged last, so only what is nearer to HEAD says anything new.
        if behind >= self.unacknowledged:
            return False
        self.ack = seq
        self.unacknowledged = behind
        self.tail = ring_next(seq) if behind else self.head
        self.overflow = False
        return True

    @property
    def torn(self) -> bool:
        return self._torn is not None

    def scan(self, dt_ms: int) -> None:
        if self._torn is None:
            return
        self._torn_ms -= dt_ms
        if self._torn_ms <= 0:
            self._finish()

    def _write(self, seq: int, record: list[int]) -> None:
        self._finish()
        start = (seq - 1) % reg.RING_RECORDS * reg.RING_WORDS
        if self.tear_next_ms:
            self._torn, self._torn_ms = (start, record), self.tear_next_ms
            self.tear_next_ms = 0
            self.memory[start] = 0
            self.memory[start + 1 : start + 4] = record[1:4]
            return
        self.memory[start : start + reg.RING_WORDS] = record

    def _finish(self) -> None:
        if self._torn is not None:
            start, record = self._torn
            self.memory[start : start + reg.RING_WORDS] = record
            self._torn = None
