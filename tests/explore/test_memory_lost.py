"""Days of a PLC without retention that loses its memory while its ring overflows and daemons die: what is gone is told lost."""

import logging
from collections.abc import Iterator

import msgspec
import pytest

from controller.rehearsal.swarm import drawn
from controller.rehearsal.world import run_seed
from simulators.faults.kinds import Kind

pytestmark = pytest.mark.explore

# A worn button fills a ring within seconds; the daemon must be away, or the ring torn, when the power goes.
EVERY_S = {
    Kind.PLC_POWER: 6.0,
    Kind.KILL: 6.0,
    Kind.LINK_HALF_OPEN: 6.0,
    Kind.LINK_DELAY: 6.0,
    Kind.RING_TORN: 3.0,
    Kind.BUTTON_BOUNCE: 2.0,
}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("seed", [18, 28])
def test_a_plc_that_forgets_what_it_overwrote_leaves_no_hole_that_nobody_told(seed: int) -> None:
    outcome = run_seed(msgspec.structs.replace(drawn(seed), mean_s=EVERY_S, retentive=False))
    assert outcome.breaches == ()
    assert outcome.seen.get("event RingEventsLost", 0) > 1
