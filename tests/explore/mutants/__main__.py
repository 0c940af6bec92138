"""`python -m tests.explore.mutants [--seeds N] [--from N] [--aimed] [NAME ...]`: hunt them and print the table of
docs/reliability.md. `--aimed` hunts each on the day of `aims.py`. The seed that found one is run once more without it.
"""

import argparse
import sys
import time

from tests.explore.mutants.catalogue import MOST_SEEDS, MUTANTS, Mutant, seeds_until_found, swarm_day


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.explore.mutants")
    parser.add_argument("--seeds", type=int, default=MOST_SEEDS)
    parser.add_argument("--from", type=int, default=1, dest="first")
    parser.add_argument("--aimed", action="store_true")
    parser.add_argument("names", nargs="*", default=list(MUTANTS))
    chosen = parser.parse_args()
    _say("| Mutant | What is wrong | Seed | Seeds run | Found by | CPU s |\n|---|---|---|---|---|---|")
    for name in chosen.names:
        mutant, began_s = MUTANTS[name], time.process_time()
        day = mutant.aim.day if chosen.aimed else swarm_day
        found = seeds_until_found(mutant, range(chosen.first, chosen.first + chosen.seeds), day)
        cpu_s = time.process_time() - began_s
        meaning = " ".join((mutant.plant.__doc__ or "").split()).rstrip(".")
        where, by = (str(found.seed), found.checker) if found.seed else ("survived", "-")
        _say(f"| `{name}` | {meaning} | {where} | {found.tried} | {by} | {cpu_s:.0f} |")
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
