"""What goes wrong with a reader's frames, each fault by itself and from its own seeded stream.

One rule: a fault that is off leaves no trace: not on the wire and not in what the other faults draw.

Kinds after the fault catalogue of the project: lost, double, late (into the next carton's window), changed or
missing bytes, joined and split frames, garbage.
"""

from __future__ import annotations

import enum
import random
from collections import Counter


class Fault(enum.StrEnum):
    DROP = "drop"
    DUPLICATE = "duplicate"
    LATE = "late"
    FLIP_BIT = "flip_bit"
    LOSE_BYTE = "lose_byte"
    JOIN = "join"
    SPLIT = "split"
    GARBAGE = "garbage"


class FaultKnobs:
    """Three knobs a fault: by chance (`rates`, 0..1), each n-th frame (`every`), and `once`.

    `counts` says how often each one really changed the wire.
    """

    def __init__(self, rng: random.Random) -> None:
        self.rates: dict[Fault, float] = {}
        self.every: dict[Fault, int] = {}
        self.counts: Counter[Fault] = Counter()
        self._streams = {fault: random.Random(rng.getrandbits(64)) for fault in Fault}
        self._planned: Counter[Fault] = Counter()
        self._frames = 0

    def once(self, fault: Fault, times: int = 1) -> None:
        """The next frame (or the next `times` frames) suffers it."""
        self._planned[fault] += times

    def clear(self) -> None:
        """All off; counts stay."""
        self.rates.clear()
        self.every.clear()
        self._planned.clear()

    def draw(self) -> frozenset[Fault]:
        """The faults that the next frame shall suffer."""
        self._frames += 1
        return frozenset(fault for fault in Fault if self._strikes(fault))

    def stream(self, fault: Fault) -> random.Random:
        """For the details of one fault: which bit, where to cut."""
        return self._streams[fault]

    def _strikes(self, fault: Fault) -> bool:
        if self._planned[fault] > 0:
            self._planned[fault] -= 1
            return True
        nth = self.every.get(fault, 0)
        if nth > 0 and self._frames % nth == 0:
            return True
        rate = self.rates.get(fault, 0.0)
        return rate > 0 and self._streams[fault].random() < rate
