"""Faults of photo-eyes and belts, and hands that touch cartons.

The one rule: hands exchange and put back only in front of the verify gate: behind it nobody reads a label again before the
loading scan (invariant I14), and no controller could tell. A carton that has passed it and is exchanged before it is measured
again, for one of quite another length, the PLC tells by that.
"""

import asyncio
from itertools import pairwise

from simulators.faults.moments import release_written
from simulators.faults.site import Site
from simulators.people.doors import FIRST, OTHER, Again
from simulators.plant import LANE_RELEASE, Placed
from simulators.plant.parts import PhotoEye
from simulators.traffic.parcels import SealTrouble

BEFORE_VERIFY_MM = 5000
HANDS_KEEP_MM = 150
# The whole carton is behind the verify gate, and its front not yet at the eye that measures it once more.
VERIFIED_MM, MEASURED_MM, MEASURES = 5220, 5880, "decision"
# Until its rear has passed that eye nothing else befalls it: of two faults at once one could hide the other.
MEASURED_WITHIN_S = 2.0
# The PLC lets a length differ by 80 mm.
OTHER_LENGTH_MM = 110
HANDS_WAIT_S = 5.0
# A camera takes its pictures of a seal in so much time, one look behind the other.
LOOKS_S = 0.5


def _eye(site: Site) -> PhotoEye:
    plant = site.floor.plant
    eyes = [*plant.eyes.values(), *plant.lane_eyes.values()]
    return site.rng.choice([eye for eye in eyes if not (site.floor.left_alone and eye.name == MEASURES)])


async def eye_missed(site: Site) -> bool:
    eye = _eye(site)
    eye.miss_next += 1
    return True


async def eye_double(site: Site) -> bool:
    _eye(site).double_next += 1
    return True


async def eye_stuck(site: Site) -> bool:
    eye = _eye(site)
    eye.stuck_output = site.rng.random() < 0.5
    try:
        await asyncio.sleep(site.rng.uniform(0.2, 5))
    finally:
        site.floor.plant.let_see(eye)
    return True


async def slip(site: Site) -> bool:
    placed = site.one_on_belt()
    if placed is None:
        return False
    site.floor.plant.slip(placed.carton, site.rng.choice((30, 100, 250, 500)))
    return True


async def tailgate(site: Site) -> bool:
    """A carton slides back until it touches the one behind."""
    cartons = site.on_belt(0, 5000)
    pairs = [(a, b) for a, b in pairwise(cartons) if a.rear_mm - b.front_mm < 1500]
    if not pairs:
        return False
    front, behind = site.rng.choice(pairs)
    site.floor.plant.slip(front.carton, max(0.0, front.rear_mm - behind.front_mm))
    return True


async def removed(site: Site) -> bool:
    """Somebody takes a carton off and sets it on the infeed again later."""
    placed = site.one_on_belt()
    if placed is None:
        return False
    site.floor.plant.remove(placed.carton)
    site.floor.hands.append(placed.carton)
    return True


async def exchanged(site: Site) -> bool:
    cartons = site.on_belt(0, BEFORE_VERIFY_MM)
    if len(cartons) < 2:
        return False
    one, other = site.rng.sample(cartons, 2)
    site.floor.plant.exchange(one.carton, other.carton)
    return True


async def exchanged_late(site: Site) -> bool:
    """Somebody takes a carton that was verified off and sets one of another length down in its place."""

    def pairs() -> list[tuple[Placed, Placed]]:
        verified = [p for p in site.on_belt(VERIFIED_MM, MEASURED_MM) if p.rear_mm > VERIFIED_MM]
        behind = site.on_belt(0, BEFORE_VERIFY_MM)
        return [(a, b) for a in verified for b in behind if abs(a.carton.length_mm - b.carton.length_mm) > OTHER_LENGTH_MM]

    if not await site.floor.until(lambda: bool(pairs()), HANDS_WAIT_S) or site.floor.left_alone or _spoilt(site):
        return False
    one, other = site.rng.choice(pairs())
    new = other.carton.carton_no
    site.floor.plant.exchange(one.carton, other.carton)
    site.floor.left_alone.add(new)
    try:
        await asyncio.sleep(MEASURED_WITHIN_S)
    finally:
        site.floor.left_alone.discard(new)
    return True


def _spoilt(site: Site) -> bool:
    """The eye that would tell the lengths apart is not well itself."""
    eye = site.floor.plant.eyes[MEASURES]
    return bool(eye.miss_next or eye.double_next or eye.flicker_in_ms) or eye.stuck_output is not None


async def carried_over(site: Site) -> bool:
    """The next carton that should be diverted slides on into the rest lane, whatever the diverter says."""
    site.floor.plant.carry_over_next = True
    return True


async def put_back(site: Site) -> bool:
    """Somebody takes a carton off and puts it down elsewhere on the belt."""
    placed = site.one_on_belt()
    if placed is None:
        return False
    carton = placed.carton
    site.floor.plant.remove(carton)
    try:
        await asyncio.sleep(site.rng.uniform(0.2, 4))
    finally:
        plant = site.floor.plant
        at_mm = site.rng.uniform(200 + carton.length_mm, BEFORE_VERIFY_MM)
        if plant.free_at(at_mm + HANDS_KEEP_MM, carton.length_mm + 2 * HANDS_KEEP_MM):
            plant.put_back(carton, at_mm)
        else:
            site.floor.hands.append(carton)
    return True


async def jam(site: Site) -> bool:
    placed = site.one_on_belt()
    if placed is None:
        return False
    number = placed.carton.carton_no
    site.floor.plant.jam(placed.carton)
    try:
        await site.floor.until(lambda: site.floor.seen.find(number) is not placed or not placed.stuck, 30)
    finally:
        site.floor.plant.clear_jam()
    return True


async def lane_full(site: Site) -> bool:
    site.stage.loader.close_lane()
    try:
        await asyncio.sleep(site.rng.uniform(2, 10))
    finally:
        site.stage.loader.open_lane()
    return len(site.floor.seen.lanes[LANE_RELEASE]) > 0


class SealFault:
    """Somebody was at the bolt seal of the next truck on its way here."""

    def __init__(self, trouble: SealTrouble) -> None:
        self._trouble = trouble

    async def __call__(self, site: Site) -> bool:
        site.stage.unloader.doors.on_the_road = self._trouble
        return True


async def seal_again(site: Site) -> bool:
    """The check of the next truck is pressed twice, while the camera still looks; a bolt that was cut is put together for it."""
    doors, rng = site.stage.unloader.doors, site.rng
    if doors.on_the_road is SealTrouble.NONE and rng.random() < 0.7:
        doors.on_the_road = SealTrouble.BROKEN
    again_s = rng.uniform(0, LOOKS_S)
    doors.again = Again(rng.choice((FIRST, OTHER)), again_s, rng.uniform(LOOKS_S, 2 * LOOKS_S) - again_s)
    return True


async def belt_speed(site: Site) -> bool:
    return await _driven(site, (0.8, 1.2), (2, 15))


async def belt_crawls(site: Site) -> bool:
    """The drive is limited just after a carton was given the release lane: it comes there when that no longer counts."""
    return await release_written(site) and await _driven(site, (0.15, 0.5), (4, 15))


async def _driven(site: Site, share: tuple[float, float], lasts_s: tuple[float, float]) -> bool:
    """For a while both belts run at such a share of their speed."""
    site.floor.plant.drive_at(site.rng.uniform(*share))
    try:
        await asyncio.sleep(site.rng.uniform(*lasts_s))
    finally:
        site.floor.plant.drive_at(1.0)
    return True
