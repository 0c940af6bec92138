"""Officers and operators at their screens: they press twice, undo, act two at once, pick the wrong carton, are away, and hold a
carton in the very millisecond of its release; and what else befalls a carton in that moment.

The one rule: each has a desk of its own, so that two acts really are under way at once; what they leave open is in `OpenActs`.
Source: fault catalogue of the reliability notes (people); hmi reference 3.2 (undo until the last call, a claimed carton).
"""

import asyncio
import random
import struct
from collections.abc import Callable

from simulators.faults.people_faults import OpenActs
from simulators.faults.plc_faults import estop
from simulators.faults.site import Site
from simulators.people.desk import Answer
from simulators.plant import LANE_RELEASE, Carton, Label
from simulators.plc import registers as reg
from simulators.plc.server import PlcServer
from simulators.plc.words import lane_of
from simulators.traffic.parcels import Parcel

WRITE_MANY, READ = 16, 3
# The front of a carton that will be asked for next, and within about a second.
NEAR_DECISION_MM = (5300, 5890)
RACE_WITHIN_S, STOP_RACE_WITHIN_S = 6.0, 20.0
# Where its front is while the decision on a carton is made and sent.
BEING_DECIDED_MM = (5890, 6400)
# A wire to the PLC takes up to a millisecond, the desk's too: this shifts the hold from just before to just after.
RACE_LAGS_S = (0.0, 0.000_2, 0.000_5, 0.001, 0.002, 0.004)
HOLD_WITHIN_S = 20.0


class DeskFault:
    """What all of these share."""

    def __init__(self, acts: OpenActs) -> None:
        self._acts = acts

    def _parcel(self, site: Site) -> Parcel | None:
        placed = site.one_on_belt()
        return None if placed is None else site.floor.parcel(placed.carton.carton_no)

    async def _hold(self, site: Site, parcel: Parcel, *, second: bool = False, press: str = "") -> str:
        """The number of the hold, empty if there is none; it is lifted by `finish` at the latest."""
        desk, actor = (site.other_desk, "li") if second else (site.floor.desk, "zhang")
        answer = await desk.act(
            "hold", actor, "officer", within_s=HOLD_WITHIN_S, press=press,
            scope="carton", target=parcel.carton_key, code="officer_hold", cause="look",
        )  # fmt: skip
        hold_id = str(answer.get("hold_id", "")) if answer and answer.get("ok") else ""
        if hold_id and hold_id not in self._acts.holds:
            self._acts.holds.append(hold_id)
        return hold_id

    async def _lift(self, site: Site, hold_id: str, *, second: bool = False) -> Answer | None:
        desk, actor = (site.other_desk, "li") if second else (site.floor.desk, "zhang")
        answer = await desk.act("lift", actor, "officer", within_s=HOLD_WITHIN_S, hold_id=hold_id, cause="looked")
        if answer and answer.get("ok") and hold_id in self._acts.holds:
            self._acts.holds.remove(hold_id)
        return answer


class HoldRace(DeskFault):
    """A hold that races its carton's release, some tenths of a millisecond apart: around the instant in which the decision is
    wanted, just before the release goes out with the next poll, or just after it has arrived."""

    async def __call__(self, site: Site) -> bool:
        near = site.on_belt(*NEAR_DECISION_MM)
        server = site.world.sim.server
        if not near or server is None:
            return False
        parcel = site.floor.parcel(near[0].carton.carton_no)
        moment = Moment(site.rng, lambda: _passed(site, parcel), lambda lane: lane == LANE_RELEASE, RACE_WITHIN_S)
        if not await moment.comes(site, server):
            return False
        hold_id = await self._hold(site, parcel, second=True)
        await asyncio.sleep(site.rng.choice((0.5, 5.0, 15.0)))
        if hold_id in self._acts.holds:
            await self._lift(site, hold_id, second=True)
        return bool(hold_id)


async def estop_race(site: Site) -> bool:
    """The emergency stop is pressed in the very millisecond of a decision, whatever its lane is."""
    server = site.world.sim.server
    if server is None:
        return False
    moment = Moment(site.rng, lambda: bool(site.on_belt(*BEING_DECIDED_MM)), lambda lane: lane > 0, STOP_RACE_WITHIN_S)
    return await moment.comes(site, server) and await estop(site)


async def panel_purge(site: Site) -> bool:
    """Somebody empties the belt at the PLC's own panel, soon after a carton was given the release lane."""
    if not await _release_written(site):
        return False
    await asyncio.sleep(site.rng.uniform(0.02, 1.5))
    program = site.world.sim.program
    if program.powered:
        program.machine.purge()
    return program.powered


async def belt_crawls(site: Site) -> bool:
    """The drive is limited just after a carton was given the release lane: it comes there when that no longer counts."""
    if not await _release_written(site):
        return False
    site.floor.plant.drive_at(site.rng.uniform(0.15, 0.5))
    try:
        await asyncio.sleep(site.rng.uniform(4, 15))
    finally:
        site.floor.plant.drive_at(1.0)
    return True


async def _release_written(site: Site) -> bool:
    server = site.world.sim.server
    if server is None:
        return False
    moment = Moment(
        site.rng, lambda: bool(site.on_belt(*BEING_DECIDED_MM)), lambda lane: lane == LANE_RELEASE, STOP_RACE_WITHIN_S
    )  # fmt: skip
    moment.place = "after the write"
    return await moment.comes(site, server)


class Moment:
    """The instant in which a decision is wanted, the one just before the next poll, or the one just after the write."""

    def __init__(self, rng: random.Random, there: Callable[[], bool], of_lane: Callable[[int], bool], within_s: float) -> None:
        self.place = rng.choice(("wanted", "before the write", "after the write"))
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
            if (self._of_lane(_lane_written(request)) if self.place == "after the write" else told) and self._there():
                now.set()

        server.watchers.append(watch)
        try:
            async with asyncio.timeout(self._within_s):
                await now.wait()
        except TimeoutError:
            return False
        finally:
            server.watchers.remove(watch)
        before = self.place == "before the write"
        await asyncio.sleep(max(0.0, poll_s - 2 * self._lag_s) if before else self._lag_s)
        return True


def _reads_status(request: bytes) -> bool:
    """The first read of a poll."""
    return request[0] == READ and struct.unpack_from(">H", request, 1)[0] == reg.BASE_S


def _passed(site: Site, parcel: Parcel) -> bool:
    return site.floor.front_mm(parcel.carton_no) >= NEAR_DECISION_MM[1]


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


class DoubleAct(DeskFault):
    """Somebody presses twice: the second press bears the same number (it is one act) or another (it is two)."""

    async def __call__(self, site: Site) -> bool:
        parcel = self._parcel(site)
        if parcel is None:
            return False
        self._acts.pressed += 1
        press = f"press-{self._acts.pressed}" if site.rng.random() < 0.5 else ""
        first = asyncio.create_task(self._hold(site, parcel, press=press))
        await asyncio.sleep(site.rng.choice((0.0, 0.001, 0.15, 0.4)))
        # The second press goes over the other wire, so that it overtakes the first if it can.
        desk = site.other_desk
        answer = await desk.act(
            "hold", "zhang", "officer", within_s=HOLD_WITHIN_S, press=press,
            scope="carton", target=parcel.carton_key, code="officer_hold", cause="look",
        )  # fmt: skip
        second = str(answer.get("hold_id", "")) if answer and answer.get("ok") else ""
        if second and second not in self._acts.holds:
            self._acts.holds.append(second)
        held = {await first, second} - {""}
        await asyncio.sleep(site.rng.choice((0.5, 4.0)))
        for hold_id in sorted(held):
            # And lifts twice, too: the second time there is nothing to lift any more.
            await asyncio.gather(self._lift(site, hold_id), self._lift(site, hold_id, second=True))
        return bool(held)


class Undone(DeskFault):
    """An officer holds a carton and takes it back at once."""

    async def __call__(self, site: Site) -> bool:
        parcel = self._parcel(site)
        if parcel is None:
            return False
        hold_id = await self._hold(site, parcel)
        await asyncio.sleep(site.rng.choice((0.0, 0.05, 0.3)))
        return bool(hold_id) and await self._lift(site, hold_id) is not None


class TwoOfficers(DeskFault):
    """Two officers have the same carton: both hold it, each lifts the other's, one of them is still at it."""

    async def __call__(self, site: Site) -> bool:
        parcel = self._parcel(site)
        if parcel is None:
            return False
        mine, others = await asyncio.gather(self._hold(site, parcel), self._hold(site, parcel, second=True))
        await asyncio.sleep(site.rng.choice((0.0, 0.2, 2.0)))
        if mine:
            await asyncio.gather(self._lift(site, mine, second=True), self._lift(site, mine))
        await asyncio.sleep(site.rng.choice((0.0, 2.0, 8.0)))
        if others in self._acts.holds:
            await self._lift(site, others)
        return bool(mine and others)


async def wrong_carton(site: Site) -> bool:
    """The operator at the bench scans a carton that is not the one in hand: somebody on the belt, or long released."""
    floor = site.floor
    numbers = sorted({placed.carton.carton_no for placed in site.on_belt()} | set(sorted(floor.released)[-3:]))
    if not numbers:
        return False
    parcel = floor.parcel(site.rng.choice(numbers))
    floor.spoiled.add(parcel.carton_no)
    answer = await floor.desk.act("rerun", "chen", "operator", within_s=5.0, code=parcel.code, lane="inspect")
    return answer is not None


async def absent(site: Site) -> bool:
    """Nobody is at the bench, or nobody comes when the line waits for a person."""
    who = site.rng.choice(("bench", "line people"))
    site.floor.away.add(who)
    try:
        await asyncio.sleep(site.rng.uniform(5, 40))
    finally:
        site.floor.away.discard(who)
    return True


async def label_damaged(site: Site) -> bool:
    """A label is torn or smeared, somewhere on the belt; whoever has the carton in hand later puts a new one on."""
    cartons = [placed.carton for placed in site.on_belt() if any(label.readable for label in placed.carton.labels)]
    if not cartons:
        return False
    carton = site.rng.choice(cartons)
    worn = tuple(Label(label.text, readable=False) for label in carton.labels)
    site.floor.plant.relabel(Carton(carton.carton_no, carton.length_mm, carton.weight_g, worn, carton.contents))
    return True
