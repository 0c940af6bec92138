"""Mistakes at the loading door and at the gate, and what the gate's wire, the barrier and the port's system can do.

The one rule: a mistake is made by a person or a device on this side; what it leads to is seen by the oracle alone.
"""

import asyncio

from simulators.faults.desk_faults import DeskFault
from simulators.faults.people_faults import TroubledOffice
from simulators.faults.site import Site
from simulators.plant import LANE_ANOMALY, LANE_INSPECT

TRUCK_WITHIN_S = 60.0
# The order is with the PLC within 0.2 s, and a barrier takes 1.5 s.
BEHIND_YES_S = (0.0, 0.1, 0.3, 1.0)


async def scan_wrong(site: Site) -> bool:
    """A carton that was not released is shown at the door, and loaded if the screen takes it."""
    plant, loader = site.floor.seen, site.stage.loader
    cartons = [(lane, carton) for lane in (LANE_INSPECT, LANE_ANOMALY) for carton in plant.lanes[lane]]
    if not cartons or loader.at_door.locked():
        return False
    lane, carton = site.rng.choice(cartons)
    async with loader.at_door:
        if await loader.show(carton) == "" and carton in site.floor.seen.lanes[lane]:
            site.floor.plant.take_from_lane(lane, carton)
            loader.load(carton)
    return True


async def scan_double(site: Site) -> bool:
    site.stage.loader.double += 1
    return True


async def scan_forgotten(site: Site) -> bool:
    """The next carton goes into the container without a scan."""
    site.stage.loader.forget += 1
    return True


async def gate_seal(site: Site) -> bool:
    site.stage.shipping.mistakes.wrong_seal = True
    return True


async def gate_plate(site: Site) -> bool:
    site.stage.shipping.mistakes.wrong_plate = True
    return True


async def gate_unread(site: Site) -> bool:
    site.stage.shipping.mistakes.unread = True
    return True


class GateRecall(DeskFault):
    """A carton that stands at the gate, or is loaded, may not leave after all: customs takes its release back, or an officer
    holds it when its truck was just told to go, so that the barrier opens before or behind the no."""

    async def __call__(self, site: Site) -> bool:
        return await (self._just_told_to_go(site) if site.rng.random() < 0.5 else self._release_taken_back(site))

    async def _just_told_to_go(self, site: Site) -> bool:
        shipping, gate = site.stage.shipping, site.world.gate
        if not await site.floor.until(lambda: shipping.at_gate is not None and gate.result == "Y", TRUCK_WITHIN_S):
            return False
        await asyncio.sleep(site.rng.choice(BEHIND_YES_S))
        box = shipping.at_gate
        if box is None or not box.cartons:
            return False
        hold_id = await self._hold(site, site.floor.parcel(site.rng.choice(box.cartons).carton_no), second=True)
        await asyncio.sleep(site.rng.choice((0.5, 5.0, 15.0)))
        if hold_id in self._acts.holds:
            await self._lift(site, hold_id, second=True)
        return bool(hold_id)

    async def _release_taken_back(self, site: Site) -> bool:
        box, office = site.stage.shipping.at_gate or site.stage.loader.box, site.stage.office
        if box is None or not box.cartons or not isinstance(office, TroubledOffice):
            return False
        parcel = site.floor.parcel(site.rng.choice(box.cartons).carton_no)
        lists = {one.key: one for load in site.floor.day.loads for one in load.consignments}
        if parcel.list_key not in lists:
            return False
        site.floor.recalled.add(parcel.carton_no)
        office.send_receipt(lists[parcel.list_key], "500", office.next_instant())
        return True


async def gate_cut(site: Site) -> bool:
    """The gate's cable is out for a while."""
    gate = site.world.gate
    gate.faults.mute = True
    gate.drop_connections()
    try:
        await asyncio.sleep(site.rng.uniform(0.2, 10))
    finally:
        gate.faults.mute = False
    return True


async def gate_frames(site: Site) -> bool:
    """Its frames come doubled, in pieces, and behind rubbish."""
    faults = site.world.gate.faults
    faults.double, faults.split = site.rng.randint(0, 2), site.rng.random() < 0.5
    faults.garbage = site.rng.choice((b"", b"\xe2\x5c\x4b\x89\xff", site.rng.randbytes(40)))
    try:
        await asyncio.sleep(site.rng.uniform(2, 15))
    finally:
        faults.double, faults.split, faults.garbage = 0, False, b""
    return True


async def barrier_stuck(site: Site) -> bool:
    barrier = site.world.sim.yard.barriers[1]
    barrier.stuck = True
    try:
        await asyncio.sleep(site.rng.uniform(1, 15))
    finally:
        site.world.sim.yard.barriers[1].stuck = False
    return True


async def port_dead(site: Site) -> bool:
    mood = site.world.harbour.mood
    mood.dead = True
    try:
        await asyncio.sleep(site.rng.uniform(2, 30))
    finally:
        mood.dead = False
    return True


async def port_late(site: Site) -> bool:
    mood = site.world.harbour.mood
    mood.late_s = site.rng.choice((1.0, 4.0, 8.0))
    try:
        await asyncio.sleep(site.rng.uniform(5, 30))
    finally:
        mood.late_s = 0.0
    return True


async def port_answers_lost(site: Site) -> bool:
    """It takes the message and its answer never arrives, so it hears it again."""
    site.world.harbour.mood.lost_answers += site.rng.randint(1, 3)
    return True
