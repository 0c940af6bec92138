"""A carton is scanned into a custody place, and somebody takes it from there without asking customs.

The one rule: customs takes it out in the end, unless the day ends before; until then it is the line that has to say no.
"""

import asyncio

from simulators.faults.site import Site
from simulators.people.bench import STILL_ON_BELT
from simulators.plant import LANE_INSPECT, LANE_RELEASE, Carton

PLACES = ("shelf A", "cage")
KEPT_S = (0.5, 4.0)
FOUND_OUT_S = (15.0, 30.0)
HANDS_WAIT_S = 6.0
SAY_AGAIN_S = 2.0
SAID_MOST = 15
# Of what is left on the belt: without a word of it the line takes the carton for a copy of the one in custody. Said before it was
# kept, the word is used up by that; said afterwards, it is refused.
ORDERED_SHARE = 0.6


async def left(site: Site) -> bool:
    """It is put on the belt again; some had been ordered over it before they were kept, or are while they are."""
    floor = site.floor
    cartons = [
        c for c in floor.seen.lanes[LANE_INSPECT] if floor.parcel(c.carton_no).declared and c.carton_no not in floor.settled
    ]
    if not cartons:
        return False
    carton = site.rng.choice(cartons)
    floor.settled.add(carton.carton_no)
    floor.plant.take_from_lane(LANE_INSPECT, carton)
    floor.shelved.add(carton.carton_no)
    said, before = site.rng.random() < ORDERED_SHARE, site.rng.random() < 0.5
    ordered = said and before and await _ordered(site, carton)
    # What was ordered and could not be kept comes over the belt like any other.
    if not await _kept(site, carton) and not ordered:
        return False
    await asyncio.sleep(site.rng.uniform(*KEPT_S))
    if said and not before:
        await _ordered(site, carton)
    floor.settled.discard(carton.carton_no)
    floor.hands.append(carton)
    await _taken_out(site, carton)
    return True


async def door(site: Site) -> bool:
    """It was released, is kept all the same, and is shown at the loading door; the loader takes it if the screen does."""
    floor, loader = site.floor, site.stage.loader
    # The loader is quick: hands that want one wait for it.
    if not await floor.until(lambda: bool(floor.seen.lanes[LANE_RELEASE]) and not loader.at_door.locked(), HANDS_WAIT_S):
        return False
    carton = site.rng.choice(floor.seen.lanes[LANE_RELEASE])
    async with loader.at_door:
        if carton not in floor.seen.lanes[LANE_RELEASE]:
            return False
        floor.plant.take_from_lane(LANE_RELEASE, carton)
        floor.released.add(carton.carton_no)
        floor.shelved.add(carton.carton_no)
        if await _kept(site, carton) and await loader.show(carton) == "":
            loader.load(carton)
        else:
            loader.aside.append(carton)
    await _taken_out(site, carton)
    return True


async def _ordered(site: Site, carton: Carton) -> bool:
    code = site.floor.parcel(carton.carton_no).code
    answer = await site.floor.desk.act("rerun", "chen", "operator", within_s=20.0, code=code, lane="inspect")
    return bool(answer and answer.get("ok"))


async def _kept(site: Site, carton: Carton) -> bool:
    code, place = site.floor.parcel(carton.carton_no).code, site.rng.choice(PLACES)
    answer = await site.floor.desk.act("custody", "chen", "operator", within_s=20.0, code=code, place=place)
    return bool(answer and answer.get("ok"))


async def _taken_out(site: Site, carton: Carton) -> None:
    """Customs hears of it and takes it out; what bears its number on the belt has its lane first."""
    await asyncio.sleep(site.rng.uniform(*FOUND_OUT_S))
    code = site.floor.parcel(carton.carton_no).code
    for _ in range(SAID_MOST):
        answer = await site.floor.desk.act("end-custody", "zhang", "officer", within_s=20.0, code=code, cause="it may go on")
        if not answer or answer.get("code") != STILL_ON_BELT:
            return
        await asyncio.sleep(SAY_AGAIN_S)
