"""The very millisecond of a decision: faults and people strike just before it, in it, or just after it was written.

The one rule: the moment is told by what passes on the wire to the PLC, never by what the daemon says of itself.
"""

import asyncio
import random
import struct
from collections.abc import Callable

from simulators.faults.site import Site
from simulators.plant import LANE_RELEASE
from simulators.plc import registers as reg
from simulators.plc.server import PlcServer
from simulators.plc.words import lane_of

WRITE_MANY, READ = 16, 3
# Where its front is while the decision on a carton is made and sent.
BEING_DECIDED_MM = (5890, 6400)
IN_THIS_MOMENT_S = 20.0
# A wire to the PLC takes up to a millisecond, the desk's too: this shifts the strike from just before to just after.
RACE_LAGS_S = (0.0, 0.000_2, 0.000_5, 0.001, 0.002, 0.004)
PLACES = WANTED, BEFORE, AFTER = "wanted", "before the write", "after the write"


async def release_written(site: Site) -> bool:
    """Returns just after a carton was given the release lane; False if none is for a while."""
    server = site.world.sim.server
    if server is None:
        return False
    moment = Moment(
        site.rng, lambda: bool(site.on_belt(*BEING_DECIDED_MM)), lambda lane: lane == LANE_RELEASE, IN_THIS_MOMENT_S, AFTER
    )  # fmt: skip
    return await moment.comes(site, server)


class Moment:
    """The instant in which a decision is wanted, the one just before the next poll, or the one just after the write.

    `there`: whether the carton that is meant is there; `of_lane`: which lanes count, just after the write; `place`: one of
    `PLACES`, drawn where none is given.
    """

    def __init__(
        self, rng: random.Random, there: Callable[[], bool], of_lane: Callable[[int], bool], within_s: float, place: str = ""
    ) -> None:
        drawn = rng.choice(PLACES)
        self._place = place or drawn
        self._lag_s = rng.choice(RACE_LAGS_S)
        self._there = there
        self._of_lane = of_lane
        self._within_s = within_s

    async def comes(self, site: Site, server: PlcServer) -> bool:
        """Returns in that instant; False if it never comes."""
        loop, now = asyncio.get_running_loop(), asyncio.Event()
        polled_s, poll_s = loop.time(), 0.0

        def watch(request: bytes, answer: bytes) -> None:
            nonlocal polled_s, poll_s
            if now.is_set():
                return
            if _reads_status(request):
                polled_s, poll_s = loop.time(), loop.time() - polled_s
            told = _tells_decision_wanted(site, request)
            if (self._of_lane(_lane_written(request)) if self._place == AFTER else told) and self._there():
                now.set()

        server.watchers.append(watch)
        try:
            async with asyncio.timeout(self._within_s):
                await now.wait()
        except TimeoutError:
            return False
        finally:
            server.watchers.remove(watch)
        before = self._place == BEFORE
        await asyncio.sleep(max(0.0, poll_s - 2 * self._lag_s) if before else self._lag_s)
        return True


def _reads_status(request: bytes) -> bool:
    """The first read of a poll."""
    return request[0] == READ and struct.unpack_from(">H", request, 1)[0] == reg.BASE_S


def _tells_decision_wanted(site: Site, request: bytes) -> bool:
    """The PLC has just answered a read of the ring, in which something was still to be acknowledged."""
    if request[0] != READ:
        return False
    address, _ = struct.unpack_from(">HH", request, 1)
    return bool(reg.BASE_R <= address < reg.BASE_R + reg.RING_SIZE and site.world.sim.program.memory.ring.unacknowledged)


def _lane_written(request: bytes) -> int:
    """The lane of the decision that has just arrived in one of the PLC's slots; 0 for any other request."""
    if request[0] != WRITE_MANY:
        return 0
    address, count = struct.unpack_from(">HH", request, 1)
    place = address - reg.BASE_H - reg.H_DECISION
    whole = place >= 0 and place % reg.H_DECISION_WORDS == 0 and count >= reg.H_DECISION_WORDS
    if not whole or place >= reg.H_DECISION_SLOTS * reg.H_DECISION_WORDS:
        return 0
    words = struct.unpack_from(f">{reg.H_DECISION_WORDS}H", request, 6)
    return lane_of(words[reg.D_LANE])
