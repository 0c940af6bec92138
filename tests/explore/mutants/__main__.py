"""`python -m tests.explore.mutants [--seeds N] [--from N] [--swarm | --aimed] [NAME ...]`: hunt them and print the table of
docs/reliability.md.

Each is looked for on the first days that the search itself would run; who survives those, on the days of `aims.py`: few faults,
those that must meet. `--swarm` and `--aimed` stay with the one kind of day. The day that found one is run once more without it.
"""

import argparse
import sys
import time
from collections.abc import Callable

from controller.rehearsal.swarm import Options
from tests.explore.mutants.catalogue import MOST_SEEDS, MUTANTS, Found, Mutant, seeds_until_found, swarm_day

FIRST_SWARM_SEEDS, AIMED_SEEDS = 4, 100
HEADER = "| Mutant | What is wrong | Day | Seed | Seeds run | Found by | CPU s |\n|---|---|---|---:|---:|---|---:|"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.explore.mutants")
    parser.add_argument("--seeds", type=int, default=0)
    parser.add_argument("--from", type=int, default=1, dest="first")
    parser.add_argument("--swarm", action="store_true")
    parser.add_argument("--aimed", action="store_true")
    parser.add_argument("names", nargs="*", default=list(MUTANTS))
    chosen = parser.parse_args()
    _say(HEADER)
    for name in chosen.names:
        mutant, began_s, tried = MUTANTS[name], time.process_time(), 0
        found, kind = Found(0), ""
        day: Callable[[int], Options] = swarm_day
        for kind, day, count in _days(mutant, swarm=chosen.swarm, aimed=chosen.aimed):  # noqa: B007  (told below)
            found = seeds_until_found(mutant, range(chosen.first, chosen.first + (chosen.seeds or count)), day)
            tried += found.tried
            if found.seed:
                break
        cpu_s = time.process_time() - began_s
        meaning = " ".join((mutant.plant.__doc__ or "").split()).rstrip(".")
        where, by = (str(found.seed), found.checker) if found.seed else ("survived", "-")
        _say(f"| `{name}` | {meaning} | {kind} | {where} | {tried} | {by} | {cpu_s:.0f} |")
        _tell_more(name, found, day)


def _days(mutant: Mutant, *, swarm: bool, aimed: bool) -> list[tuple[str, Callable[[int], Options], int]]:
    """Which days, in turn, and how many seeds of each."""
    if swarm or aimed:
        return [("aimed", mutant.aim.day, MOST_SEEDS) if aimed else ("swarm", swarm_day, MOST_SEEDS)]
    return [("swarm", swarm_day, FIRST_SWARM_SEEDS), ("aimed", mutant.aim.day, AIMED_SEEDS)]


def _tell_more(name: str, found: Found, day: Callable[[int], Options]) -> None:
    if found.seed:
        _say(f"<!-- {name}: {found.what[:170]} -->")
        clean = seeds_until_found(Mutant(lambda patch: None), (found.seed,), day)
        if clean.seed:
            _say(f"<!-- {name}: WITHOUT IT seed {clean.seed} finds {clean.checker}: {clean.what[:170]} -->")
    elif found.broken:
        _say(f"<!-- {name}: {found.broken} seeds broke the rehearsal itself -->")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
