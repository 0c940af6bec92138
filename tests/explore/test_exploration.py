"""No seed breaks a promise: those that once failed first, then a fixed budget of new ones, then one of this very program."""

import os
from pathlib import Path

import pytest

from controller.rehearsal.explore import Choice, Work, outcomes
from controller.rehearsal.explore_command import Wishes
from controller.rehearsal.provenance import this_program
from controller.rehearsal.shrinking import Shrinker
from controller.rehearsal.tally import Tally
from controller.rehearsal.telling import failure_lines, repeat_command

pytestmark = pytest.mark.explore

# The budget: 2 line minutes with faults and 60 s of healing each. 300 in 6 minutes on 2 cores is the aim; a seed takes 2.8 s of a
# core (make bench-rehearsal).
NEW_SEEDS = range(1, 32)
JOBS = min(2, os.cpu_count() or 1)
SHRINK_RUNS = 20
# A test that takes longer than faulthandler_timeout is taken for one that hangs.
A_BATCH = 20


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


def batches() -> dict[str, tuple[Work, ...]]:
    """The seeds of the past, the program's own, and the new ones, so many at once that a batch ends in minutes."""
    past = past_work()
    fresh = tuple(
        (Choice((seed,)), seed) for seed in (seed_of_this_program(), *NEW_SEEDS) if seed not in {old for _, old in past}
    )
    work = (*past, *fresh)
    found = (work[start : start + A_BATCH] for start in range(0, len(work), A_BATCH))
    return {f"{some[0][1]}-{some[-1][1]}": some for some in found}


BATCHES = batches()


@pytest.fixture(scope="module")
def total() -> Tally:
    """What all batches came to."""
    return Tally()


@pytest.mark.parametrize("name", BATCHES)
def test_no_seed_breaks_a_promise(name: str, total: Tally) -> None:
    told: list[str] = []
    failed: list[Work] = []
    choices = {seed: choice for choice, seed in BATCHES[name]}
    for outcome in outcomes(BATCHES[name], JOBS):
        total.take(outcome)
        if not outcome.ok:
            failed.append((choices[outcome.seed], outcome.seed))
            told += failure_lines(choices[outcome.seed], outcome)
    if failed:
        choice, seed = failed[0]
        smaller, _ = Shrinker(choice, seed, told.append, SHRINK_RUNS).smallest()
        told.append(f"smallest: {repeat_command(smaller, seed)}")
    assert not failed, "\n".join(told)


def test_together_they_had_cartons_crashes_and_nearly_every_kind_of_fault(total: Tally) -> None:
    if total.seeds < len(NEW_SEEDS):
        pytest.skip("only with all batches")
    assert total.cartons > 15 * len(NEW_SEEDS)
    assert total.released > 7 * len(NEW_SEEDS)
    assert sum(total.crashes.values()) > len(NEW_SEEDS)
    # Swarm: a seed has few kinds, all seeds together have nearly all of them.
    assert len(total.never_struck) <= 5, total.never_struck
    for state in ("event RingEventsLost", "why link_lost", "why purge", "alarm tracking_lost", "decided plc_fail_safe"):
        assert total.seen[state], f"never seen: {state}"
