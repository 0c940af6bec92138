"""The X-ray machine at fault, and the officer before its screen.

The one rule: one strike spoils the next image or two, or the machine for some seconds; what it truly saw stays in the log.
"""

import asyncio

from simulators.faults.site import Site
from simulators.people.image_officer import PLACE
from simulators.xray.drop import BAD_KINDS


class ImageFault:
    """The next images have this fault."""

    def __init__(self, fault: str) -> None:
        self._fault = fault

    async def __call__(self, site: Site) -> bool:
        site.world.xray.faults.extend([self._fault] * site.rng.choice((1, 1, 2)))
        return True


async def bad_image(site: Site) -> bool:
    """What comes is no usable image at all."""
    site.world.xray.faults.append(site.rng.choice(BAD_KINDS))
    return True


async def machine_dead(site: Site) -> bool:
    """No image comes for some seconds."""
    xray = site.world.xray
    xray.works = False
    try:
        await asyncio.sleep(site.rng.uniform(2, 15))
    finally:
        xray.works = True
    return True


async def officer_slow(site: Site) -> bool:
    """The officer takes long, or is not there at all."""
    officer = site.stage.image_officer
    if site.rng.random() < 0.4:
        site.floor.away.add(PLACE)
    else:
        officer.slow_s = site.rng.uniform(1, 9)
    try:
        await asyncio.sleep(site.rng.uniform(5, 30))
    finally:
        site.floor.away.discard(PLACE)
        officer.slow_s = 0.0
    return True


async def officer_wrong(site: Site) -> bool:
    """The officer's next verdict is given for another carton than the one in the picture."""
    site.stage.image_officer.wrong += 1
    return True


async def officer_suspects(site: Site) -> bool:
    """The officer sees something in the next picture that is not there, and wants that carton opened."""
    site.stage.image_officer.suspects += 1
    return True
