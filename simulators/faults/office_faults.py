"""What customs' own system can do to what it is told: be dead, late, forget its answer, refuse, shuffle and contradict itself.

The one rule: a fault of the office changes no truth of the day; what the line makes of it is seen by the oracle alone.
"""

import asyncio

from simulators.faults.people_faults import TroubledOffice
from simulators.faults.site import Site

WAYS_WITHIN_S = (10, 40)


def _office(site: Site) -> TroubledOffice:
    office = site.stage.office
    assert isinstance(office, TroubledOffice)
    return office


async def office_dead(site: Site) -> bool:
    mood = site.world.customs.mood
    mood.dead = True
    try:
        await asyncio.sleep(site.rng.choice((2.0, 10.0, 30.0, 60.0)))
    finally:
        mood.dead = False
    return True


async def office_late(site: Site) -> bool:
    mood = site.world.customs.mood
    mood.late_s = site.rng.choice((1.0, 4.0, 8.0))
    try:
        await asyncio.sleep(site.rng.uniform(5, 30))
    finally:
        mood.late_s = 0.0
    return True


async def office_answers_lost(site: Site) -> bool:
    """It takes a message and its answer never arrives, or half of it does, so it hears it again."""
    mood, count = site.world.customs.mood, site.rng.randint(1, 3)
    if site.rng.random() < 0.5:
        mood.lost_answers += count
    else:
        mood.broken_answers += count
    return True


async def office_refuses(site: Site) -> bool:
    """It does not take what it is told, at the door, or it takes an arrival and rejects it later."""
    if site.rng.random() < 0.5:
        return await _in_a_way(site, "refuse")
    mood = site.world.customs.mood
    mood.refuse = True
    try:
        await asyncio.sleep(site.rng.uniform(5, 20))
    finally:
        mood.refuse = False
    return True


async def office_shuffled(site: Site) -> bool:
    """Its answers come late, twice, and the older one after the newer."""
    office = _office(site)
    found = await _in_a_way(site, "shuffle")
    site.rng.shuffle(office.shuffled)
    office.send_shuffled()
    return found


async def office_contrary(site: Site) -> bool:
    """Two answers of one instant say the opposite."""
    return await _in_a_way(site, "contrary")


async def _in_a_way(site: Site, way: str) -> bool:
    """The next answers are given in this way, if there is anything to answer within some time."""
    office = _office(site)
    count = site.rng.randint(1, 3)
    office.ways += [way] * count
    await asyncio.sleep(site.rng.uniform(*WAYS_WITHIN_S))
    left = office.ways.count(way)
    office.ways = [one for one in office.ways if one != way]
    return left < count
