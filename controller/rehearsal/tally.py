"""What a range of seeds came to, added up; tallies of several ranges add up to one.

One rule: a tally holds counts and a few examples, never a list that grows with the seeds.
"""

from collections import Counter

import msgspec

from controller.rehearsal.world import Outcome
from simulators.faults.kinds import ALL_KINDS

SLOWEST_KEPT = 5
EXAMPLES_KEPT = 3


class Slow(msgspec.Struct, frozen=True, order=True):
    cpu_s: float
    seed: int


class Tally(msgspec.Struct):
    """`seen_in` counts seeds, `seen` every time; `examples` names seeds that saw a state; `cpu_s` is of the seeds alone."""

    seeds: int = 0
    failed: list[int] = []
    cartons: int = 0
    released: int = 0
    line_s: float = 0.0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    journal_rows: int = 0
    crashes: Counter[str] = msgspec.field(default_factory=Counter)
    ended: Counter[str] = msgspec.field(default_factory=Counter)
    struck: Counter[str] = msgspec.field(default_factory=Counter)
    struck_in: Counter[str] = msgspec.field(default_factory=Counter)
    seen: Counter[str] = msgspec.field(default_factory=Counter)
    seen_in: Counter[str] = msgspec.field(default_factory=Counter)
    examples: dict[str, list[int]] = {}
    slowest: list[Slow] = []

    def take(self, outcome: Outcome) -> None:
        self.seeds += 1
        self.cartons += outcome.cartons
        self.released += outcome.released
        self.line_s += outcome.line_s
        self.cpu_s += outcome.cpu_s
        self.journal_rows += outcome.journal_rows
        self.crashes.update(outcome.crashes)
        self.ended.update(outcome.ended)
        self.struck.update(outcome.struck)
        self.struck_in.update(kind for kind, count in outcome.struck.items() if count)
        self.seen.update(outcome.seen)
        self.seen_in.update(outcome.seen.keys())
        for state in outcome.seen:
            self._example(state, outcome.seed)
        self._slow(Slow(round(outcome.cpu_s, 3), outcome.seed))
        if not outcome.ok:
            self.failed.append(outcome.seed)

    def add(self, other: "Tally") -> None:
        for name in ("seeds", "cartons", "released", "line_s", "wall_s", "cpu_s", "journal_rows"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("crashes", "ended", "struck", "struck_in", "seen", "seen_in"):
            getattr(self, name).update(getattr(other, name))
        for state, seeds in other.examples.items():
            for seed in seeds:
                self._example(state, seed)
        for slow in other.slowest:
            self._slow(slow)
        self.failed = sorted({*self.failed, *other.failed})

    def _example(self, state: str, seed: int) -> None:
        seeds = self.examples.setdefault(state, [])
        if len(seeds) < EXAMPLES_KEPT and seed not in seeds:
            seeds.append(seed)

    def _slow(self, slow: Slow) -> None:
        self.slowest = sorted([*self.slowest, slow], reverse=True)[:SLOWEST_KEPT]

    @property
    def never_struck(self) -> list[str]:
        return [kind.value for kind in ALL_KINDS if not self.struck[kind.value]]

    @property
    def rarest(self) -> list[tuple[str, int, list[int]]]:
        """States, those first that the fewest seeds saw, with examples."""
        by_rarity = sorted(self.seen_in.items(), key=lambda pair: (pair[1], pair[0]))
        return [(state, count, self.examples.get(state, [])) for state, count in by_rarity]
