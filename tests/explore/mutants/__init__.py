"""Deliberate bugs, put in by tests alone: each must be found by a checker within 2,000 seeds.

One rule: a mutant that survives is a hole in faults or checkers, and is mended there. `python -m tests.explore.mutants`
runs them all and prints the table of docs/reliability.md; one module a room of the program that is made wrong.
"""

from tests.explore.mutants.catalogue import MUTANTS, Found, Mutant, quick_day, seeds_until_found

__all__ = ["MUTANTS", "Found", "Mutant", "quick_day", "seeds_until_found"]
