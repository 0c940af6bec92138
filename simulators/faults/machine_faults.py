"""Faults of the computer, its disk and its clock.

The one rule: one that lasts is undone in a `finally`, so healing is cancelling.
"""

import asyncio

from simulators.faults.site import Site

HOUR_S, YEAR_S = 3600.0, 365 * 86400.0


async def kill(site: Site) -> bool:
    if not site.machine.runs:
        return False
    site.machine.kill()
    return True


async def host_power(site: Site) -> bool:
    if not site.machine.runs:
        return False
    site.machine.power_loss()
    return True


async def power_at_write(site: Site) -> bool:
    if not site.machine.runs:
        return False
    site.machine.power_loss_at_write(site.rng.randint(1, 12))
    return True


async def hang(site: Site) -> bool:
    if not site.machine.runs:
        return False
    site.machine.hang(True)
    try:
        await asyncio.sleep(site.rng.choice((0.1, 0.5, 1.5, 2.5, 6.0, 10.0)))
    finally:
        site.machine.hang(False)
    return True


async def terminate(site: Site) -> bool:
    if not site.machine.runs:
        return False
    site.machine.terminate()
    return True


async def second_daemon(site: Site) -> bool:
    if not site.machine.runs:
        return False
    site.machine.second_daemon()
    return True


async def kill_at_work(site: Site) -> bool:
    """At a moment that chance alone seldom meets: while a row is written, a checkpoint saved, a journal recovered."""
    if site.rng.random() < 0.3 and site.machine.runs:
        site.machine.kill()  # then the next work is the recovery
        site.machine.kill_at_work(site.rng.randint(1, 2), False)
    else:
        site.machine.kill_at_work(site.rng.randint(1, 40), site.rng.random() < 0.4)
    return True


async def wall_clock(site: Site) -> bool:
    jump_s = site.rng.choice((1.0, HOUR_S, YEAR_S)) * site.rng.choice((-1, 1))
    site.machine.wall_jump(jump_s)
    return True


async def disk_slow(site: Site) -> bool:
    site.machine.disk_slow(site.rng.choice((0.1, 0.5, 2.0, 4.0)))
    try:
        await asyncio.sleep(site.rng.uniform(1, 10))
    finally:
        site.machine.disk_slow(0.0)
    return True


async def disk_full(site: Site) -> bool:
    site.machine.disk_full(True)
    try:
        await asyncio.sleep(site.rng.uniform(0.5, 8))
    finally:
        site.machine.disk_full(False)
    return True


async def disk_error(site: Site) -> bool:
    site.machine.disk_error()
    return True
