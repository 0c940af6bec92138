"""Many seeds: the search for a day that breaks an invariant.

One rule: a seed stands alone. Seeds run in processes of their own, in any order, and one whose world dies is a failed seed,
never a lost one.
"""

import gc
import logging
import time
import traceback
from collections.abc import Callable, Iterator

import msgspec

from controller.rehearsal.named_days import SWARM, named_day
from controller.rehearsal.swarm import Options, drawn
from controller.rehearsal.tally import Tally
from controller.rehearsal.workers import in_processes
from controller.rehearsal.world import Outcome, run_seed, traced_seed
from simulators.faults.injector import Struck
from simulators.faults.kinds import Kind
from simulators.oracle import Breach


class Choice(msgspec.Struct, frozen=True):
    """What is to be run. `only` and `without` change what the seed drew; `day_s` is the time with faults, 0 = as drawn.

    With `strikes` nothing is drawn but exactly these faults strike.
    """

    seeds: tuple[int, ...]
    jobs: int = 1
    only: tuple[Kind, ...] = ()
    without: tuple[Kind, ...] = ()
    day_s: float = 0.0
    scenario: str = SWARM.name
    strikes: tuple[Struck, ...] = ()

    def options(self, seed: int) -> Options:
        options = drawn(seed, named_day(self.scenario))
        if self.only:
            options = options.only(*self.only)
        if self.without:
            options = options.without(*self.without)
        if self.day_s:
            options = options.lasting(self.day_s)
        if self.strikes:
            options = options.striking(*self.strikes)
        return options


# One seed with the day that was chosen for it.
Work = tuple[Choice, int]


def explore(choice: Choice, on_outcome: Callable[[Outcome], None]) -> Tally:
    """Run every seed; `on_outcome` is called as each comes in."""
    tally = Tally()
    began_s = time.perf_counter()
    for outcome in outcomes(tuple((choice, seed) for seed in choice.seeds), choice.jobs):
        tally.take(outcome)
        on_outcome(outcome)
    tally.wall_s = time.perf_counter() - began_s
    return tally


def outcomes(work: tuple[Work, ...], jobs: int) -> Iterator[Outcome]:
    """What came of each, in any order."""
    if jobs <= 1:
        yield from map(run_quietly, work)
        return
    yield from in_processes(run_quietly, _died, work, jobs)


def _died(work: Work, exit_code: int) -> Outcome:
    return _nothing_but(work[1], Breach("WORLD", "", f"the process that ran this seed died, exit code {exit_code}"))


def _nothing_but(seed: int, breach: Breach) -> Outcome:
    return Outcome(seed, "", (breach,), 0, 0, 0.0, 0, 0, {}, {}, {}, {})


def run_options(options: Options) -> Outcome:
    """One seed without log lines. A crash of the world itself is a failure of the seed, with its traceback."""
    began_s = time.process_time()
    logging.disable(logging.CRITICAL)
    try:
        outcome = run_seed(options)
    except Exception:
        outcome = _nothing_but(options.seed, Breach("WORLD", "", traceback.format_exc(limit=-6)))
    finally:
        logging.disable(logging.NOTSET)
        # Dead daemons are circles of objects with open files in them.
        gc.collect()
    return msgspec.structs.replace(outcome, cpu_s=time.process_time() - began_s)


def run_quietly(work: Work) -> Outcome:
    choice, seed = work
    return run_options(choice.options(seed))


def story(choice: Choice, seed: int) -> tuple[Outcome, list[str]]:
    logging.disable(logging.CRITICAL)
    try:
        return traced_seed(choice.options(seed))
    finally:
        logging.disable(logging.NOTSET)
