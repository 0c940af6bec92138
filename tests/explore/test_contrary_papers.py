"""Papers contradict each other and customs speaks of what has left: each kind strikes, and nothing breaks."""

import logging
from collections.abc import Iterator

import pytest

from controller.rehearsal.sometimes import PREFIX
from controller.rehearsal.world import run_seed
from simulators.faults.kinds import Kind
from tests.explore.mutants.aims import CLEARED_AND_CHANGED, CONTRARY_PAPERS, OPENED_AND_CHANGED, Aim

pytestmark = pytest.mark.explore


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_each_kind_of_contrary_paper_strikes_and_nothing_breaks() -> None:
    struck: set[str] = set()
    seen: set[str] = set()
    for seed in range(1, 9):
        outcome = run_seed(CONTRARY_PAPERS.day(seed))
        assert outcome.ok, (seed, outcome.breaches)
        struck |= {kind for kind, count in outcome.struck.items() if count}
        seen |= set(outcome.seen)
        if struck == set(CONTRARY_PAPERS.mean_s or ()) and seen >= WANTED:
            break
    assert struck == set(CONTRARY_PAPERS.mean_s or ())
    assert seen >= WANTED, WANTED - seen


@pytest.mark.parametrize(("aim", "met"), [(OPENED_AND_CHANGED, "recheck_outdated"), (CLEARED_AND_CHANGED, "verdict_late")])
def test_lists_are_changed_behind_a_look_and_nothing_breaks(aim: Aim, met: str) -> None:
    seen: set[str] = set()
    for seed in range(1, 6):
        outcome = run_seed(aim.day(seed))
        assert outcome.ok, (seed, outcome.breaches)
        assert outcome.struck[Kind.DECLARED_OTHERWISE]
        seen |= set(outcome.seen)
        if f"decided {met}" in seen:
            return
    pytest.fail(f"nothing was kept for {met}")


WANTED = {PREFIX + name for name in ("receipt before its list", "order to inspect before its list", "container let go of",
                                      "word of a list that has left", "alarm: declaration_conflict")}  # fmt: skip
