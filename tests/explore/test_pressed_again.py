"""The check of a truck's seals is pressed again while the camera looks, and a cut bolt is put together: what it saw counts."""

import logging
from collections.abc import Iterator

import pytest

from controller.rehearsal.world import run_seed
from simulators.faults.kinds import Kind
from tests.explore.mutants import MUTANTS, seeds_until_found
from tests.explore.mutants.aims import PRESSED_AGAIN

pytestmark = pytest.mark.explore


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_a_check_that_forgets_what_it_saw_is_found_and_without_that_nothing_is() -> None:
    found = seeds_until_found(MUTANTS["seal_check_over_forgets"], range(1, 11), PRESSED_AGAIN.day)
    assert found.seed, "it survived ten days"
    outcome = run_seed(PRESSED_AGAIN.day(found.seed))
    assert outcome.ok, outcome.breaches
    assert outcome.struck[Kind.SEAL_AGAIN]
