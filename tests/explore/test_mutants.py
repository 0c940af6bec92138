"""The fastest mutants in every run, from the seed on that found it: the checkers can find something. All of them:
`python -m tests.explore.mutants`.
"""

import re
from pathlib import Path

import pytest

from tests.explore.mutants import MUTANTS, Mutant, quick_day, seeds_until_found

pytestmark = pytest.mark.explore

QUICK = [pytest.param(mutant, id=name) for name, mutant in MUTANTS.items() if mutant.quick]


@pytest.mark.parametrize("mutant", QUICK)
def test_a_planted_bug_is_found_by_a_checker(mutant: Mutant) -> None:
    # A day changes with the program; where the one seed has become a tame day, the next two are tried.
    found = seeds_until_found(mutant, range(mutant.quick, mutant.quick + 3), quick_day)
    assert found.seed, f"{mutant.name} survived seeds from {mutant.quick} on"


def test_ten_mutants_are_quick_and_there_are_enough_of_all() -> None:
    assert len(QUICK) == 10
    assert len(MUTANTS) >= 28


def test_each_stands_in_the_table_of_the_docs_as_found_and_nothing_else_does() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reliability.md").read_text()
    table = page.partition("## Mutants")[2].partition("### What the checkers found")[0]
    told = re.findall(r"^\| `(\w+)` \| .* \| (\d+)[ +]* \| \w+ \| (?:yes)? ?\|$", table, re.MULTILINE)
    assert sorted(name for name, _ in told) == sorted(MUTANTS)


def test_without_a_planted_bug_the_same_seeds_find_nothing() -> None:
    seeds = sorted({mutant.quick for mutant in MUTANTS.values() if mutant.quick})
    found = seeds_until_found(Mutant(lambda patch: None), seeds, quick_day)
    assert not found.seed, found
    assert not found.broken
