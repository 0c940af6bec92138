"""What a search says: progress, a failure with everything that repeats it, what was covered.

One rule: the first line of a failure carries seed, program, Python, lock file and every drawn option.
Source: reliability notes, section 4 (rules).
"""

import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from controller.rehearsal.explore import Choice
from controller.rehearsal.named_days import SWARM
from controller.rehearsal.provenance import this_program
from controller.rehearsal.sometimes import never
from controller.rehearsal.sometimes_names import NAMES
from controller.rehearsal.tally import Tally
from controller.rehearsal.world import Outcome
from simulators.faults.kinds import Group, kinds_of

SHOWN_BREACHES = 5
SHOWN_RAREST = 20


def repeat_command(choice: Choice, seed: int) -> str:
    """The one command that runs this seed again and tells its story."""
    parts = [f"xiyong explore --seed {seed} --trace"]
    parts += [f"--scenario {choice.scenario}"] if choice.scenario != SWARM.name else []
    parts += [f"--only {','.join(choice.only)}"] if choice.only else []
    parts += [f"--without {','.join(choice.without)}"] if choice.without else []
    parts += [f"--day {choice.day_s:g}"] if choice.day_s else []
    parts += [f"--strikes {','.join(map(str, choice.strikes))}"] if choice.strikes else []
    return " ".join(parts)


def failure_lines(choice: Choice, outcome: Outcome) -> list[str]:
    options = msgspec.json.encode(choice.options(outcome.seed)).decode()
    found = [f"FAILED seed {outcome.seed} {this_program()} options {options}"]
    found += [f"  {b.invariant} carton {b.carton_no or '-'}: {b.what}" for b in outcome.breaches[:SHOWN_BREACHES]]
    more = len(outcome.breaches) - SHOWN_BREACHES
    found += [f"  and {more} more"] if more > 0 else []
    return [*found, f"  again: {repeat_command(choice, outcome.seed)}"]


def outcome_line(outcome: Outcome) -> str:
    crashes, faults = sum(outcome.crashes.values()), sum(outcome.struck.values())
    return (
        f"seed {outcome.seed:>7} {outcome.hash:<16} {'ok' if outcome.ok else 'FAILED':<6} cartons {outcome.cartons:>3}"
        f" released {outcome.released:>3} rows {outcome.journal_rows:>5} crashes {crashes:>2} faults {faults:>3}"
    )


class Progress:
    """How far it is. On a terminal one line that changes; in a file a line now and then."""

    def __init__(self, seeds: int, on_terminal: bool) -> None:
        self._seeds = seeds
        self._every_s = 0.5 if on_terminal else 30.0
        self._began_s = self._told_s = time.perf_counter()
        self._done = self._failed = 0
        self._line_s = 0.0

    def line(self, outcome: Outcome) -> str | None:
        """None if it is not time yet to say something."""
        self._done += 1
        self._failed += not outcome.ok
        self._line_s += outcome.line_s
        now_s = time.perf_counter()
        if now_s - self._told_s < self._every_s and self._done < self._seeds:
            return None
        self._told_s = now_s
        spent_s = max(now_s - self._began_s, 1e-9)
        left_s = spent_s / self._done * (self._seeds - self._done)
        return (
            f"{self._done} of {self._seeds} seeds, {self._failed} failed, {self._line_s / spent_s:.0f} line seconds a second,"
            f" {clock(spent_s)} gone, about {clock(left_s)} left"
        )


def clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"


def tally_lines(tally: Tally) -> Iterable[str]:
    hours, speed = tally.line_s / 3600, tally.line_s / max(tally.wall_s, 1e-9)
    yield (
        f"{tally.seeds} seeds, {len(tally.failed)} failed; {tally.cartons} cartons, {tally.released} released,"
        f" {sum(tally.crashes.values())} crashes, {tally.journal_rows} journal rows,"
        f" {hours:.1f} line hours in {tally.wall_s:.0f} s ({speed:.0f} line seconds a second; {tally.cpu_s:.0f} s of processor,"
        f" {tally.line_s / max(tally.cpu_s, 1e-9):.0f} a second of one)"
    )
    yield "crashes: " + counts(tally.crashes) + "; other ends: " + counts(tally.ended)
    yield "faults, and in how many seeds:"
    for group in Group:
        yield f"  {group:<8} " + ", ".join(f"{k} {tally.struck[k]}/{tally.struck_in[k]}" for k in kinds_of(group))
    yield "never struck: " + (", ".join(tally.never_struck) or "none")
    missing = never(tally.seen)
    yield f"sometimes: {len(NAMES) - len(missing)} of {len(NAMES)} rare states met; never: {', '.join(missing) or 'none'}"
    yield f"{len(tally.seen)} different states seen; rarest, with seeds that show them:"
    for state, seeds, examples in tally.rarest[:SHOWN_RAREST]:
        yield f"  {state:<44} {tally.seen[state]:>6} times in {seeds} seeds: {' '.join(map(str, examples))}"
    yield "slowest seeds: " + (", ".join(f"{slow.seed} ({slow.cpu_s:.1f} s)" for slow in tally.slowest) or "none")
    yield "failed seeds: " + (" ".join(map(str, tally.failed)) or "none")


def counts(found: Counter[str] | Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(found.items())) or "none"


def tally_json(tally: Tally) -> str:
    """One object: everything that was counted, whether nothing failed, and by which program."""
    values = msgspec.to_builtins(tally)
    own = {"ok": not tally.failed, "program": msgspec.to_builtins(this_program())}
    return json.dumps({**own, **values, "never_struck": tally.never_struck, "never_met": never(tally.seen)}, ensure_ascii=False)
