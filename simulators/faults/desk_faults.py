"""Officers and operators at their screens: they press twice, undo, act two at once, pick the wrong carton, are away, and hold a
carton in the very millisecond of its release, or when the PLC has just stopped to hear.

The one rule: each has a desk of its own, so that two acts really are under way at once; what they leave open is in `OpenActs`.
Source: fault catalogue of the reliability notes (people); hmi reference 3.2 (undo until the last call, a claimed carton).
"""

import asyncio

from simulators.faults.moments import BEING_DECIDED_MM, IN_THIS_MOMENT_S, Moment, release_written
from simulators.faults.people_faults import HOLD_WITHIN_S, OpenActs
from simulators.faults.plc_faults import estop
from simulators.faults.site import Site
from simulators.people.desk import Answer
from simulators.plant import LANE_RELEASE, Carton, Label
from simulators.traffic.parcels import Parcel

# The front of a carton that will be asked for next, and within about a second.
NEAR_DECISION_MM = (5300, 5890)
RACE_WITHIN_S = 6.0
# Longer than the PLC waits for its host: what the host still had to say is said by nobody any more.
UNHEARD_S = (2.2, 2.5, 3.0)


class DeskFault:
    """What all of these share."""

    def __init__(self, acts: OpenActs) -> None:
        self._acts = acts

    def _parcel(self, site: Site) -> Parcel | None:
        placed = site.one_on_belt()
        return None if placed is None else site.floor.parcel(placed.carton.carton_no)

    async def _hold(self, site: Site, parcel: Parcel, *, second: bool = False, press: str = "") -> str:
        desk, actor = (site.other_desk, "li") if second else (site.floor.desk, "zhang")
        return await self._acts.hold(desk, actor, parcel.carton_key, press=press)

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


class HoldUnheard(DeskFault):
    """A hold that never gets to the PLC: its network card falls asleep when it has just taken the carton's release, and wakes up
    when the host's session is over. Somebody may have stopped the belt."""

    async def __call__(self, site: Site) -> bool:
        if not await release_written(site):
            return False
        server, near = site.world.sim.server, site.on_belt(*BEING_DECIDED_MM)
        if not near or server is None:
            return False
        if site.rng.random() < 0.5:
            site.world.sim.press("stop")
        server.faults.half_open = True
        try:
            hold_id = await self._hold(site, site.floor.parcel(near[0].carton.carton_no), second=True)
            await asyncio.sleep(site.rng.choice(UNHEARD_S))
        finally:
            server.faults.half_open = False
        await asyncio.sleep(site.rng.choice((2.0, 5.0, 15.0)))
        if hold_id in self._acts.holds:
            await self._lift(site, hold_id, second=True)
        return bool(hold_id)


async def estop_race(site: Site) -> bool:
    """The emergency stop is pressed in the very millisecond of a decision, whatever its lane is."""
    server = site.world.sim.server
    if server is None:
        return False
    moment = Moment(site.rng, lambda: bool(site.on_belt(*BEING_DECIDED_MM)), lambda lane: lane > 0, IN_THIS_MOMENT_S)
    return await moment.comes(site, server) and await estop(site)


def _passed(site: Site, parcel: Parcel) -> bool:
    return site.floor.front_mm(parcel.carton_no) >= NEAR_DECISION_MM[1]


class DoubleAct(DeskFault):
    """Somebody presses twice: the second press bears the same number (it is one act) or another (it is two)."""

    async def __call__(self, site: Site) -> bool:
        parcel = self._parcel(site)
        if parcel is None:
            return False
        self._acts.pressed += 1
        press = f"press-{self._acts.pressed}" if site.rng.random() < 0.5 else ""
        first = asyncio.create_task(self._hold(site, parcel, press=press))
        try:
            await asyncio.sleep(site.rng.choice((0.0, 0.001, 0.15, 0.4)))
            # The second press goes over the other wire, so that it overtakes the first if it can.
            second = await self._acts.hold(site.other_desk, "zhang", parcel.carton_key, press=press)
            held = {await first, second} - {""}
        finally:
            first.cancel()  # where the healing ends the one, the other presses no more either
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
