"""Many seeds: the search for a day that breaks an invariant, with what it covered and the one command that repeats a failure.

One rule: a seed stands alone. Seeds run in processes of their own, in any order, and a failure is told with everything that
was drawn for it.
"""

import gc
import json
import logging
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import msgspec

from controller.rehearsal.swarm import Options, drawn
from controller.rehearsal.workers import in_processes
from controller.rehearsal.world import Outcome, run_seed, traced_seed
from simulators.faults.kinds import ALL_KINDS, Kind
from simulators.oracle import Breach

SHOWN_BREACHES = 5


class Choice(msgspec.Struct, frozen=True):
    """What is to be run. `only` and `without` change what the seed drew; `day_s` is the time with faults, 0 = as drawn."""

    seeds: tuple[int, ...]
    jobs: int = 1
    only: tuple[Kind, ...] = ()
    without: tuple[Kind, ...] = ()
    day_s: float = 0.0

    def options(self, seed: int) -> Options:
        options = drawn(seed)
        if self.only:
            options = options.only(*self.only)
        if self.without:
            options = options.without(*self.without)
        if self.day_s:
            options = options.lasting(self.day_s)
        return options


class Campaign(msgspec.Struct):
    """What a range of seeds came to."""

    seeds: int = 0
    failed: list[int] = []
    cartons: int = 0
    released: int = 0
    line_s: float = 0.0
    wall_s: float = 0.0
    journal_rows: int = 0
    crashes: Counter[str] = msgspec.field(default_factory=Counter)
    ended: Counter[str] = msgspec.field(default_factory=Counter)
    struck: Counter[str] = msgspec.field(default_factory=Counter)
    seen: Counter[str] = msgspec.field(default_factory=Counter)

    def take(self, outcome: Outcome) -> None:
        self.seeds += 1
        self.cartons += outcome.cartons
        self.released += outcome.released
        self.line_s += outcome.line_s
        self.journal_rows += outcome.journal_rows
        for mine, its in (
            (self.crashes, outcome.crashes), (self.ended, outcome.ended), (self.struck, outcome.struck), (self.seen, outcome.seen)
        ):  # fmt: skip
            mine.update(its)
        if not outcome.ok:
            self.failed.append(outcome.seed)

    @property
    def never_struck(self) -> list[str]:
        return [kind.value for kind in ALL_KINDS if not self.struck[kind.value]]


def repeat_command(choice: Choice, seed: int) -> str:
    """The one command that runs this seed again and tells its story."""
    parts = [f"xiyong explore --seed {seed} --trace"]
    parts += [f"--only {','.join(choice.only)}"] if choice.only else []
    parts += [f"--without {','.join(choice.without)}"] if choice.without else []
    parts += [f"--day {choice.day_s:g}"] if choice.day_s else []
    return " ".join(parts)


def explore(choice: Choice, on_outcome: Callable[[Outcome], None]) -> Campaign:
    """Run every seed; `on_outcome` is called as each comes in."""
    campaign = Campaign()
    began = time.perf_counter()
    for outcome in _outcomes(choice):
        campaign.take(outcome)
        on_outcome(outcome)
    campaign.wall_s = time.perf_counter() - began
    return campaign


def _outcomes(choice: Choice) -> Iterator[Outcome]:
    work = [(choice, seed) for seed in choice.seeds]
    if choice.jobs <= 1:
        yield from map(run_quietly, work)
        return
    yield from in_processes(run_quietly, _died, work, choice.jobs)


def _died(work: tuple[Choice, int], exit_code: int) -> Outcome:
    return _nothing_but(work[1], Breach("WORLD", "", f"the process that ran this seed died, exit code {exit_code}"))


def _nothing_but(seed: int, breach: Breach) -> Outcome:
    return Outcome(seed, "", (breach,), 0, 0, 0.0, 0, 0, {}, {}, {}, {})


def run_quietly(work: tuple[Choice, int]) -> Outcome:
    """One seed without log lines. A crash of the world itself is a failure of the seed, with its traceback."""
    choice, seed = work
    logging.disable(logging.CRITICAL)
    try:
        return run_seed(choice.options(seed))
    except Exception:
        return _nothing_but(seed, Breach("WORLD", "", traceback.format_exc(limit=-6)))
    finally:
        logging.disable(logging.NOTSET)
        # Dead daemons are circles of objects with open files in them.
        gc.collect()


def shrunk(choice: Choice, seed: int, say: Callable[[str], None]) -> Choice:
    """Leave out one fault kind after another while the same invariant still breaks."""
    first = run_quietly((choice, seed))
    broken = {breach.invariant for breach in first.breaches}
    kept = list(choice.options(seed).mean_s)
    for kind in tuple(kept):
        fewer = msgspec.structs.replace(choice, only=tuple(k for k in kept if k is not kind), without=())
        if not fewer.only:
            break
        if broken & {breach.invariant for breach in run_quietly((fewer, seed)).breaches}:
            kept.remove(kind)
            say(f"  not needed: {kind}")
    return msgspec.structs.replace(choice, only=tuple(kept), without=())


def story(choice: Choice, seed: int) -> tuple[Outcome, list[str]]:
    logging.disable(logging.CRITICAL)
    try:
        return traced_seed(choice.options(seed))
    finally:
        logging.disable(logging.NOTSET)


# --- telling ------------------------------------------------------------------------------------------------------------


def failure_lines(choice: Choice, outcome: Outcome) -> list[str]:
    options = choice.options(outcome.seed)
    kinds = ", ".join(f"{kind} {mean:g}" for kind, mean in options.mean_s.items())
    found = [f"FAILED seed {outcome.seed}: {options}".replace(f"{options.mean_s}", "..."), f"  faults: {kinds or 'none'}"]
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


def campaign_lines(campaign: Campaign) -> Iterable[str]:
    hours, speed = campaign.line_s / 3600, campaign.line_s / max(campaign.wall_s, 1e-9)
    yield (
        f"{campaign.seeds} seeds, {len(campaign.failed)} failed; {campaign.cartons} cartons, {campaign.released} released,"
        f" {sum(campaign.crashes.values())} crashes, {campaign.journal_rows} journal rows,"
        f" {hours:.1f} line hours in {campaign.wall_s:.0f} s ({speed:.0f} line seconds a second)"
    )
    yield "crashes: " + _counts(campaign.crashes) + "; other ends: " + _counts(campaign.ended)
    yield "faults: " + _counts(campaign.struck)
    yield "never struck: " + (", ".join(campaign.never_struck) or "none")
    rarest = campaign.seen.most_common()[::-1][:20]
    yield f"{len(campaign.seen)} different states seen; rarest: " + ", ".join(f"{name} {count}" for name, count in rarest)


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"


def campaign_json(campaign: Campaign) -> str:
    values = msgspec.to_builtins(campaign)
    return json.dumps({"ok": not campaign.failed, **values, "never_struck": campaign.never_struck}, ensure_ascii=False)
