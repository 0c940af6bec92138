"""All mutants in one table, and how one is hunted.

One rule: a mutant is found when a checker says so; a world that breaks down under it (an exception in the rehearsal itself)
proves nothing and is passed over.
"""

from collections.abc import Callable, Iterable

import msgspec
import pytest

from controller.rehearsal.explore import Choice, run_quietly
from tests.explore.mutants import deciding, departure, doors, plc_program, storage, wires

MOST_SEEDS = 2000


class Mutant(msgspec.Struct, frozen=True):
    """`quick`: the first seed that finds it; it is looked for there in every test run."""

    plant: Callable[[pytest.MonkeyPatch], None]
    quick: int = 0

    @property
    def name(self) -> str:
        return self.plant.__name__


class Found(msgspec.Struct, frozen=True):
    """`seed` 0 = nobody found it. `tried` seeds were run, of which `broken` broke the rehearsal itself."""

    seed: int
    checker: str = ""
    what: str = ""
    tried: int = 0
    broken: int = 0


def seeds_until_found(mutant: Mutant, seeds: Iterable[int] = range(1, MOST_SEEDS + 1)) -> Found:
    """The first of these seeds whose verdict is against it."""
    tried = broken = 0
    with pytest.MonkeyPatch.context() as patch:
        mutant.plant(patch)
        for seed in seeds:
            tried += 1
            outcome = run_quietly((Choice((seed,)), seed))
            told = [breach for breach in outcome.breaches if breach.invariant != "WORLD"]
            broken += len(told) < len(outcome.breaches)
            if told:
                return Found(seed, told[0].invariant, told[0].what, tried, broken)
    return Found(0, tried=tried, broken=broken)


def _all() -> Iterable[Callable[[pytest.MonkeyPatch], None]]:
    for room in (storage, deciding, doors, wires, plc_program, departure):
        for name, plant in vars(room).items():
            ours = getattr(plant, "__module__", "") == room.__name__
            if callable(plant) and ours and not name.startswith("_"):
                yield plant


QUICK = {
    "act_before_sync": 1,
    "ack_before_durable": 3,
    "state_outside_the_journal": 1,
    "follower_skips_rows": 1,
    "neighbour_decided": 1,
    "sequence_starts_again": 1,
    "identity_ignored": 1,
    "papers_ignored": 1,
    "told_when_ordered": 1,
}

MUTANTS = {plant.__name__: Mutant(plant, QUICK.get(plant.__name__, 0)) for plant in _all()}
