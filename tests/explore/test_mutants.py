"""The fastest mutants in every run: the checkers can find something. All: `python -m tests.explore.mutants`."""

import pytest

from tests.explore.mutants import MUTANTS, Mutant, seeds_until_found

pytestmark = pytest.mark.explore

QUICK = [pytest.param(mutant, id=name) for name, mutant in MUTANTS.items() if mutant.quick]


@pytest.mark.parametrize("mutant", QUICK)
def test_a_planted_bug_is_found_within_its_seeds(mutant: Mutant) -> None:
    seed, found = seeds_until_found(mutant)
    assert seed, f"survived {mutant.within} seeds"
    assert not found.startswith("WORLD"), found


def test_without_a_planted_bug_the_same_seeds_find_nothing() -> None:
    seed, found = seeds_until_found(Mutant(lambda patch: None, within=2))
    assert not seed, found
