"""`python -m tests.explore.mutants [--seeds N] [--from N] [NAME ...]`: hunt them and print the table of docs/reliability.md."""

import argparse
import sys
import time

from tests.explore.mutants.catalogue import MOST_SEEDS, MUTANTS, seeds_until_found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.explore.mutants")
    parser.add_argument("--seeds", type=int, default=MOST_SEEDS)
    parser.add_argument("--from", type=int, default=1, dest="first")
    parser.add_argument("names", nargs="*", default=list(MUTANTS))
    chosen = parser.parse_args()
    _say("| Mutant | What is wrong | Seed | Seeds run | Found by | CPU s |\n|---|---|---|---|---|---|")
    for name in chosen.names:
        mutant, began_s = MUTANTS[name], time.process_time()
        found = seeds_until_found(mutant, range(chosen.first, chosen.first + chosen.seeds))
        cpu_s = time.process_time() - began_s
        meaning = " ".join((mutant.plant.__doc__ or "").split()).rstrip(".")
        where, by = (str(found.seed), found.checker) if found.seed else ("survived", "-")
        _say(f"| `{name}` | {meaning} | {where} | {found.tried} | {by} | {cpu_s:.0f} |")
        if found.seed:
            _say(f"<!-- {name}: {found.what[:170]} -->")
        elif found.broken:
            _say(f"<!-- {name}: {found.broken} seeds broke the rehearsal itself -->")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
