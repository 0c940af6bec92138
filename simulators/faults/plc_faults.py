"""Faults of the PLC, the safety circuit and the wire between PLC and daemon.

The one rule: safety is only ever opened and closed again; who resets and starts are the people.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from simulators.faults.moments import release_written
from simulators.faults.site import Site
from simulators.plc.server import WireFaults


def _wire(site: Site) -> WireFaults:
    server = site.world.sim.server
    assert server is not None
    return server.faults


async def plc_power(site: Site) -> bool:
    sim = site.world.sim
    if not sim.program.powered:
        return False
    sim.power_off()
    site.floor.spoil_belt()
    try:
        await asyncio.sleep(site.rng.uniform(0.2, 5))
    finally:
        sim.power_on()
    return True


async def plc_frozen(site: Site) -> bool:
    site.world.sim.program.faults.freeze_heartbeat = True
    try:
        await asyncio.sleep(site.rng.uniform(0.3, 4))
    finally:
        site.world.sim.program.faults.freeze_heartbeat = False
    return True


async def plc_torn(site: Site) -> bool:
    site.world.sim.program.faults.torn_reads += site.rng.randint(1, 6)
    return True


async def ring_torn(site: Site) -> bool:
    """The next event stays half written for a while."""
    site.world.sim.program.memory.ring.tear_next_ms = site.rng.choice((20, 100, 400, 1500))
    return True


async def write_torn(site: Site) -> bool:
    site.world.sim.program.faults.torn_writes += site.rng.randint(1, 4)
    return True


async def plc_clock_set(site: Site) -> bool:
    """A person or a time server sets the clock that stamps the records."""
    program = site.world.sim.program
    if not program.powered:
        return False
    program.disturb()
    program.memory.t_ms += site.rng.choice((-5000, -3000, -2000, -1000, -500, 500, 1000, 3000, 35_000, 60_000))
    return True


async def plc_clock_rate(site: Site) -> bool:
    """Made of scan ticks, it runs slow or fast."""
    faults = site.world.sim.program.faults
    faults.clock_ppm = site.rng.choice((-20_000, -5000, -1000, 1000, 5000))
    try:
        await asyncio.sleep(site.rng.uniform(20, 90))
    finally:
        faults.clock_ppm = 0
    return True


async def button_bounce(site: Site) -> bool:
    """A worn button makes an event a scan: the ring fills faster than it is read."""
    presses = site.rng.choice((10, 40, 90))
    for _ in range(presses):
        site.world.sim.press("acknowledge")
        await asyncio.sleep(site.rng.choice((0.01, 0.02)))
    return True


async def estop(site: Site) -> bool:
    if not site.floor.seen.estop_healthy:
        return False
    site.floor.plant.set_estop(True)
    site.floor.spoil_belt()
    try:
        await asyncio.sleep(site.rng.uniform(0.2, 4))
    finally:
        site.floor.plant.set_estop(False)
    return True


async def guard(site: Site) -> bool:
    if not site.floor.seen.guards_closed:
        return False
    site.floor.plant.set_guards(False)
    site.floor.spoil_belt()
    try:
        await asyncio.sleep(site.rng.uniform(0.2, 4))
    finally:
        site.floor.plant.set_guards(True)
    return True


async def stop_button(site: Site) -> bool:
    site.world.sim.press("stop")
    return True


async def diverter_stuck(site: Site) -> bool:
    site.floor.plant.diverter.blocked = True
    try:
        await asyncio.sleep(site.rng.uniform(1, 6))
    finally:
        site.floor.plant.diverter.blocked = False
    return True


async def panel_purge(site: Site) -> bool:
    """Somebody empties the belt at the PLC's own panel, soon after a carton was given the release lane."""
    if not await release_written(site):
        return False
    await asyncio.sleep(site.rng.uniform(0.02, 1.5))
    program = site.world.sim.program
    if program.powered:
        program.machine.purge()
    return program.powered


async def other_host(site: Site) -> bool:
    """Somebody's laptop with another program writes its own heartbeat and session over those of the daemon."""
    program = site.world.sim.program
    believed = program.memory.session_echo
    if not program.powered or not believed:
        return False
    session = (believed + site.rng.randint(1, 65_534)) % 65_536 or 1
    for _ in range(site.rng.choice((1, 1, 3))):
        site.world.sim.program.write_elsewhere(site.rng.randint(1, 65_535), session)
        await asyncio.sleep(site.rng.choice((0.02, 0.2)))
    return True


async def link_half_open(site: Site) -> bool:
    """The PLC's own network card sleeps: connections stay, nothing is read or answered."""
    faults = _wire(site)
    faults.half_open = True
    try:
        await asyncio.sleep(site.rng.choice((0.3, 1.0, 2.5, 6.0)))
    finally:
        faults.half_open = False
    return True


async def link_cut(site: Site) -> bool:
    """A cable is pulled: what was sent arrives when it is back."""
    server = site.world.sim.server
    assert server is not None
    site.network.cut(server.port)
    try:
        await asyncio.sleep(site.rng.choice((0.2, 0.8, 2.0, 5.0)))
    finally:
        site.network.heal(server.port)
    return True


async def link_reset(site: Site) -> bool:
    server = site.world.sim.server
    assert server is not None
    server.drop_connections()
    return True


async def link_delay(site: Site) -> bool:
    faults = _wire(site)
    faults.delay_ms = site.rng.choice((30, 150, 400, 900))
    try:
        await asyncio.sleep(site.rng.uniform(0.5, 5))
    finally:
        faults.delay_ms = 0
    return True


async def link_refused(site: Site) -> bool:
    server = site.world.sim.server
    assert server is not None
    server.faults.refuse_connections = True
    server.drop_connections()
    try:
        await asyncio.sleep(site.rng.uniform(0.2, 4))
    finally:
        server.faults.refuse_connections = not site.world.sim.program.powered
    return True


def _counted(name: str, most: int) -> Callable[[Site], Coroutine[Any, Any, bool]]:
    async def strike(site: Site) -> bool:
        faults = _wire(site)
        setattr(faults, name, getattr(faults, name) + site.rng.randint(1, most))
        return True

    return strike


link_lost_reply = _counted("drop_replies", 3)
link_repeated_reply = _counted("repeat_replies", 3)
link_wrong_reply = _counted("wrong_transaction_ids", 2)
link_short_reply = _counted("short_replies", 2)
