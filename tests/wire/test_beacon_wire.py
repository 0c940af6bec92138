"""The stack light on real sockets: shows what it is told, and comes back by itself from dark, silent and refusing towers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from drivers.beacon.codec import Lamp, Picture
from drivers.beacon.driver import Beacon, BeaconDown, BeaconReport, BeaconSettings
from simulators.beacon.patlite import PatliteSim

pytestmark = pytest.mark.wire

GREEN = Picture(green=Lamp.ON)
CALLS = Picture(red=Lamp.FLASHING, buzzer=1)


@asynccontextmanager
async def shown() -> AsyncIterator[tuple[PatliteSim, Beacon, list[BeaconReport]]]:
    tower, reports = PatliteSim(), list[BeaconReport]()
    await tower.plug()
    settings = BeaconSettings("hall", "127.0.0.1", tower.port, timeout_ms=200, repeat_ms=200, retry_ms=100)
    beacon = Beacon(settings, reports.append)
    task = asyncio.create_task(beacon.run())
    try:
        yield tower, beacon, reports
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await tower.unplug()
        await asyncio.sleep(0.05)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(2):
        while not true():
            await asyncio.sleep(0.01)


def life(reports: list[BeaconReport]) -> list[str]:
    return [report.code if isinstance(report, BeaconDown) else "up" for report in reports]


async def test_it_shows_what_it_is_told_at_once() -> None:
    async with shown() as (tower, beacon, reports):
        beacon.show(GREEN)
        await until(lambda: tower.shows["green"] == 1)
        beacon.show(CALLS)
        await until(lambda: tower.shows["red"] == 2 and tower.shows["green"] == 0 and tower.shows["buzzer"] == 1)
        assert life(reports) == ["up"]


async def test_after_a_power_cut_it_shows_the_same_again() -> None:
    async with shown() as (tower, beacon, reports):
        beacon.show(GREEN)
        await until(lambda: tower.shows["green"] == 1)
        await tower.unplug()
        await until(lambda: len(reports) >= 2)
        await asyncio.sleep(0.3)
        await tower.plug()
        await until(lambda: tower.shows["green"] == 1)
        await until(lambda: len(reports) >= 3)
        assert life(reports)[0] == life(reports)[-1] == "up"
        assert set(life(reports)[1:-1]) <= {"connection_lost", "no_connection"}


async def test_a_lost_picture_heals_with_the_next() -> None:
    async with shown() as (tower, beacon, _):
        beacon.show(GREEN)
        await until(lambda: tower.shows["green"] == 1)
        tower.shows["green"] = 0  # somebody reset it at the tower
        await until(lambda: tower.shows["green"] == 1)


async def test_a_silent_and_a_refusing_tower_are_down_once_and_come_back() -> None:
    async with shown() as (tower, _, reports):
        await until(lambda: life(reports) == ["up"])
        tower.silent = True
        await until(lambda: life(reports)[-1] == "silent")
        tower.silent = False
        await until(lambda: life(reports)[-1] == "up")
        tower.refuse = True
        await until(lambda: life(reports)[-1] == "refused")
        await asyncio.sleep(0.5)
        tower.refuse = False
        await until(lambda: life(reports)[-1] == "up")
        assert life(reports) == ["up", "silent", "up", "refused", "up"]
