"""Faults of readers and scale: their frames, their cables, their minds.

The one rule: frame faults strike the next frames of one reader, drawn anew each time.
"""

import asyncio
from typing import TypeVar

import msgspec

from simulators.faults.site import Site
from simulators.scale.toledo import ToledoScaleSim
from simulators.scanner.faults import Fault
from simulators.scanner.line_reader import LineReaderSim
from simulators.world.port import Port

T = TypeVar("T")
# So long a terminal server keeps what nobody has asked for.
KEPT_S = 5.0


def _reader(site: Site) -> LineReaderSim:
    return site.rng.choice((site.world.induct, site.world.verify))


class FrameFault:
    """The next one to three frames of a reader suffer it."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault

    async def __call__(self, site: Site) -> bool:
        _reader(site).faults.once(self._fault, site.rng.randint(1, 3))
        return True


async def reader_silent(site: Site) -> bool:
    reader = _reader(site)
    reader.silent = True
    try:
        await asyncio.sleep(site.rng.uniform(1, 8))
    finally:
        reader.silent = False
    return True


async def reader_stuck(site: Site) -> bool:
    reader = _reader(site)
    reader.stick(site.rng.choice((100.0, 300.0, 900.0)))
    try:
        await asyncio.sleep(site.rng.uniform(0.5, 5))
    finally:
        reader.unstick()
    return True


async def _unplugged(site: Site, port: Port) -> bool:
    if not port.plugged:
        return False
    port.unplug()
    try:
        await asyncio.sleep(site.rng.uniform(0.1, 6))
    finally:
        # Putting a cable back is done at once; only opening it takes time.
        await port.plug()
    return True


async def reader_unplugged(site: Site) -> bool:
    return await _unplugged(site, _reader(site).port)


async def reader_library(site: Site) -> bool:
    """A cable is pulled for a moment, and the library that opens the port again raises what it never should."""
    site.machine.library_fault()
    port = _reader(site).port
    if not port.plugged:
        return False
    port.unplug()
    try:
        await asyncio.sleep(0.2)
    finally:
        await port.plug()
    return True


async def reads_kept(site: Site) -> bool:
    """A terminal server that lost its host for a while hands over, as soon as the port is open again, what it had kept."""
    role = site.rng.choice(("induct", "verify"))
    reader: LineReaderSim = site.world.induct if role == "induct" else site.world.verify
    kept = reader.last_frame
    if not kept or reader.stuck or not reader.port.plugged:
        return False
    reader.port.unplug()
    try:
        await asyncio.sleep(site.rng.uniform(1, 4))
    finally:
        await reader.port.plug()
    loop = asyncio.get_running_loop()
    until_s = loop.time() + KEPT_S
    while not reader.port.send(kept):
        if loop.time() > until_s:
            return False
        await asyncio.sleep(0.002)
    plant = site.floor.plant
    plant.log.note(plant.line_ms, "kept_read", role=role, frame=kept.decode("ascii", "replace"))
    return True


async def scale_unplugged(site: Site) -> bool:
    return await _unplugged(site, site.world.scale.port)


class CameraFault:
    """One of the cameras suffers it for some seconds."""

    def __init__(self, what: str) -> None:
        self._what = what

    async def __call__(self, site: Site) -> bool:
        camera = site.rng.choice(site.world.cameras)
        if getattr(camera, self._what):
            return False
        setattr(camera, self._what, True)
        try:
            await asyncio.sleep(site.rng.uniform(1, 12))
        finally:
            setattr(camera, self._what, False)
        return True


async def seal_scan_lost(site: Site) -> bool:
    """The handheld scanner's next frames do not arrive."""
    site.world.seal_scanner.faults.once(Fault.DROP, site.rng.randint(1, 4))
    return True


# What a scale that streams does in place of what one that is asked does; it has no answer that could be slow or noisy.
STREAMING: dict[str, dict[str, object]] = {
    "silent": {"silent": True}, "garbage_rate": {"garbage_rate": 0.5}, "half_answer_rate": {"cut_rate": 0.5},
    "wrong_unit": {"pounds": True}, "noise_g": {"bad_check_rate": 0.5}, "slow_ms": {"unzeroed": True},
}  # fmt: skip


class ScaleFault:
    """The scale misbehaves in one way for some seconds."""

    def __init__(self, **faults: object) -> None:
        self._faults = faults

    async def __call__(self, site: Site) -> bool:
        scale = site.world.scale
        faults = self._faults
        if isinstance(scale, ToledoScaleSim):
            faults = {name: value for asked in faults for name, value in STREAMING[asked].items()}
        healthy = {name: getattr(scale.faults, name) for name in faults}
        scale.faults = msgspec.structs.replace(scale.faults, **faults)
        try:
            await asyncio.sleep(site.rng.uniform(1, 8))
        finally:
            scale.faults = msgspec.structs.replace(scale.faults, **healthy)
        return True


async def stack_light_dark(site: Site) -> bool:
    """The tower has no power for some seconds."""
    tower = site.world.stack_light
    if tower is None:
        return False
    await tower.unplug()
    try:
        await asyncio.sleep(site.rng.uniform(1, 10))
    finally:
        await tower.plug()
    return True


async def stack_light_mute(site: Site) -> bool:
    """It takes what it is told and answers nothing."""
    tower = site.world.stack_light
    if tower is None or tower.silent:
        return False
    tower.silent = True
    try:
        await asyncio.sleep(site.rng.uniform(1, 10))
    finally:
        tower.silent = False
    return True
