"""No seed breaks a promise: the failing seeds of the past first, then a fixed budget of new ones, on both processors."""

import os
from pathlib import Path

import pytest

from controller.rehearsal.explore import Campaign, Choice, explore, failure_lines
from controller.rehearsal.world import Outcome

pytestmark = pytest.mark.explore

NEW_SEEDS = range(1, 21)
JOBS = min(2, os.cpu_count() or 1)


def past_seeds() -> tuple[int, ...]:
    lines = (Path(__file__).parent / "seeds.txt").read_text(encoding="utf-8").splitlines()
    return tuple(int(line.split()[0]) for line in lines if line and not line.startswith("#"))


def searched(choice: Choice) -> Campaign:
    told: list[str] = []

    def note(outcome: Outcome) -> None:
        if not outcome.ok:
            told.extend(failure_lines(choice, outcome))

    campaign = explore(choice, note)
    assert not campaign.failed, "\n".join(told)
    return campaign


def test_no_seed_of_the_past_and_no_new_one_breaks_a_promise() -> None:
    campaign = searched(Choice((*past_seeds(), *NEW_SEEDS), JOBS))
    assert campaign.cartons > 300
    assert campaign.released > 150
    assert sum(campaign.crashes.values()) > 20
    # Swarm: a seed has few kinds, all seeds together have nearly all of them.
    assert len(campaign.never_struck) <= 5, campaign.never_struck
    for state in ("event RingEventsLost", "why link_lost", "why purge", "alarm tracking_lost", "decided plc_fail_safe"):
        assert campaign.seen[state], f"never seen: {state}"
