"""No seed breaks a promise: those that once failed first, then a fixed budget of new ones, then one of this very program."""

import itertools
import math
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from controller.rehearsal.explore import Choice, Work, outcomes
from controller.rehearsal.explore_command import Wishes
from controller.rehearsal.provenance import this_program
from controller.rehearsal.shrinking import Shrinker
from controller.rehearsal.tally import Tally
from controller.rehearsal.telling import failure_lines, repeat_command

pytestmark = pytest.mark.explore

# The budget: 2 line minutes with faults and 60 s of healing each, within 6 minutes on 2 cores (docs/reliability.md, "Speed").
NEW_SEEDS = range(1, 301)
JOBS = min(2, os.cpu_count() or 1)
SHRINK_RUNS = 20
# A test that takes longer than faulthandler_timeout is taken for one that hangs.
A_SHARE = 25


def past_work() -> tuple[Work, ...]:
    """Each line of seeds.txt: a seed, options of the command if it needed any, and behind a bar what it found."""
    lines = (Path(__file__).parent / "seeds.txt").read_text(encoding="utf-8").splitlines()
    return tuple(_work(line.partition("|")[0].split()) for line in lines if line and not line.startswith("#"))


def _work(words: list[str]) -> Work:
    options = dict(zip(words[1::2], words[2::2], strict=True))
    wishes = Wishes(
        seed=int(words[0]), scenario=options.get("--scenario", "swarm"), only=options.get("--only", ""),
        without=options.get("--without", ""), strikes=options.get("--strikes", ""), day_s=float(options.get("--day", 0)),
    )  # fmt: skip
    return wishes.choice(), int(words[0])


def seed_of_this_program() -> int:
    """Each version of the program has one seed that no version before it had: a failure repeats from the commit alone."""
    return 1_000_000 + int(this_program().code, 16) % 1_000_000_000


def budget() -> tuple[Work, ...]:
    """The seeds of the past, the program's own, and the new ones."""
    past = past_work()
    fresh = tuple(
        (Choice((seed,)), seed) for seed in (seed_of_this_program(), *NEW_SEEDS) if seed not in {old for _, old in past}
    )
    return (*past, *fresh)


BUDGET = budget()
SHARES = range(1, math.ceil(len(BUDGET) / A_SHARE) + 1)


class Search:
    """One search over the whole budget, of which each test takes its share: the processes stay from share to share."""

    def __init__(self) -> None:
        self.total = Tally()
        self._choices = {seed: choice for choice, seed in BUDGET}
        self._coming = outcomes(BUDGET, JOBS)

    def share(self) -> tuple[list[Work], list[str]]:
        """The next outcomes, whichever they are: what failed, and what is to be said of it."""
        failed: list[Work] = []
        told: list[str] = []
        for outcome in itertools.islice(self._coming, A_SHARE):
            self.total.take(outcome)
            if not outcome.ok:
                failed.append((self._choices[outcome.seed], outcome.seed))
                told += failure_lines(self._choices[outcome.seed], outcome)
        return failed, told

    def end(self) -> None:
        if isinstance(self._coming, Generator):
            self._coming.close()


@pytest.fixture(scope="module")
def search() -> Iterator[Search]:
    one = Search()
    yield one
    one.end()


@pytest.mark.parametrize("share", SHARES, ids=lambda share: f"{share}-of-{len(SHARES)}")
def test_no_seed_breaks_a_promise(share: int, search: Search) -> None:
    failed, told = search.share()
    if failed:
        choice, seed = failed[0]
        smaller, _ = Shrinker(choice, seed, told.append, SHRINK_RUNS).smallest()
        told.append(f"smallest: {repeat_command(smaller, seed)}")
    assert not failed, "\n".join(told)


def test_together_they_had_cartons_crashes_and_nearly_every_kind_of_fault(search: Search) -> None:
    total = search.total
    if total.seeds < len(BUDGET):
        pytest.skip("only behind all shares")
    assert total.cartons > 15 * len(NEW_SEEDS)
    assert total.released > 7 * len(NEW_SEEDS)
    assert sum(total.crashes.values()) > len(NEW_SEEDS)
    # Swarm: a seed has few kinds, all seeds together have nearly all of them.
    assert len(total.never_struck) <= 5, total.never_struck
    for state in ("event RingEventsLost", "why link_lost", "why purge", "alarm tracking_lost", "decided plc_fail_safe"):
        assert total.seen[state], f"never seen: {state}"
