"""Days of a PLC whose clock is set while the line runs, or runs wrong: some cartons are run again, and the line finds its way."""

import logging
from collections.abc import Iterator

import msgspec
import pytest

from controller.rehearsal.swarm import drawn
from controller.rehearsal.world import run_seed
from simulators.faults.kinds import Kind

pytestmark = pytest.mark.explore


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("seed", [4, 6])
def test_a_clock_that_is_set_is_told_and_known_again(seed: int) -> None:
    outcome = run_seed(msgspec.structs.replace(drawn(seed), mean_s={Kind.PLC_CLOCK_SET: 12.0}, troubled_share=0.0))
    assert outcome.breaches == ()
    assert outcome.seen["alarm plc_clock_set"] > 1
