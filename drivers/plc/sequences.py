"""Serial arithmetic of CIL-1: counters that wrap, compared by distance.

One rule: zero is never a sequence; it means "nothing". Source: PLC contract CIL-1, "Sequences" and "Event ring R".
Decisions, commands, sessions and heartbeats count modulo 65536 and skip 0; the ring counts 1..65472.
"""

from __future__ import annotations

from collections.abc import Iterable

from drivers.plc.registers import RING_LAST_SEQ, RING_RECORDS


def is_later(a: int, b: int) -> bool:
    """True if counter `a` is serially later than `b`; anything is later than 0, and 0 is later than nothing."""
    if a == 0:
        return False
    if b == 0:
        return True
    return 0 < (a - b) % 65536 < 32768


def advance(counter: int, steps: int = 1) -> int:
    """Go on by `steps`, skipping 0."""
    value = (counter + steps) % 65536
    return value if value else 1


def latest(counters: Iterable[int]) -> int:
    """The serially latest of some counters that lie within half a turn; 0 if there is none."""
    best = 0
    for counter in counters:
        if is_later(counter, best):
            best = counter
    return best


def ring_next(seq: int) -> int:
    return 1 if seq >= RING_LAST_SEQ else seq + 1


def ring_steps(start: int, end: int) -> int:
    """How many steps lead from ring sequence `start` to `end`, going forward."""
    return (end - start) % RING_LAST_SEQ


def ring_slot(seq: int) -> int:
    return (seq - 1) % RING_RECORDS
