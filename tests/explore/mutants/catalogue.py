"""All mutants in one table, and how one is hunted.

One rule: a mutant is found when a checker says so; a world that breaks down under it (an exception in the rehearsal itself)
proves nothing and is passed over.
"""

from collections.abc import Callable, Iterable

import msgspec
import pytest

from controller.rehearsal.explore import run_options
from controller.rehearsal.swarm import Options, drawn
from tests.explore.mutants import (
    console,
    contrary,
    custody,
    customs,
    deciding,
    departure,
    doors,
    imaging,
    plc_program,
    recheck,
    storage,
    wires,
)
from tests.explore.mutants.aims import AIMS, AS_DRAWN, Aim

MOST_SEEDS = 2000
# The quick ones are hunted on a short day with much wrong with the cartons.
QUICK_DAY_S, QUICK_TROUBLED_SHARE = 30.0, 0.4


class Mutant(msgspec.Struct, frozen=True):
    """`quick`: the first seed that finds it on a short day; it is looked for there in every test run. `aim`: its best day."""

    plant: Callable[[pytest.MonkeyPatch], None]
    quick: int = 0
    aim: Aim = AS_DRAWN

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


def swarm_day(seed: int) -> Options:
    """The day that the search itself would run."""
    return drawn(seed)


def quick_day(seed: int) -> Options:
    return msgspec.structs.replace(drawn(seed).lasting(QUICK_DAY_S), troubled_share=QUICK_TROUBLED_SHARE)


def seeds_until_found(
    mutant: Mutant, seeds: Iterable[int] = range(1, MOST_SEEDS + 1), day: Callable[[int], Options] = swarm_day
) -> Found:
    """The first of these seeds whose verdict is against it."""
    tried = broken = 0
    with pytest.MonkeyPatch.context() as patch:
        mutant.plant(patch)
        for seed in seeds:
            tried += 1
            outcome = run_options(day(seed))
            told = [breach for breach in outcome.breaches if breach.invariant != "WORLD"]
            broken += len(told) < len(outcome.breaches)
            if told:
                return Found(seed, told[0].invariant, told[0].what, tried, broken)
    return Found(0, tried=tried, broken=broken)


def _all() -> Iterable[Callable[[pytest.MonkeyPatch], None]]:
    for room in (storage, deciding, doors, imaging, wires, plc_program, departure, recheck, custody, customs, contrary, console):
        for name, plant in vars(room).items():
            ours = getattr(plant, "__module__", "") == room.__name__
            if callable(plant) and ours and not name.startswith("_"):
                yield plant


QUICK = {
    "state_outside_the_journal": 1,
    "follower_skips_rows": 1,
    "identity_ignored": 1,
    "findings_ignored": 5,
    "neighbour_decided": 5,
    "sequence_starts_again": 1,
    "papers_ignored": 1,
    "told_when_ordered": 4,
    "image_not_needed": 6,
    "plc_keeps_last_lane": 24,
}

MUTANTS = {plant.__name__: Mutant(plant, QUICK.get(plant.__name__, 0), AIMS.get(plant.__name__, AS_DRAWN)) for plant in _all()}
