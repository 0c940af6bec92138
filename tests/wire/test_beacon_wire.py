"""The stack light on real sockets: shows what it is told, and comes back by itself from dark, silent and refusing towers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from drivers.beacon.codec import Lamp, Picture
from drivers.beacon.driver import Beacon, BeaconDown, BeaconReport, BeaconSettings
from simulators.beacon.patlite import PatliteSim
from tests.line.line_story import s10
from tests.wire.line_bench import DaemonProcess, line_bench
from tests.wire.told import Told

pytestmark = pytest.mark.wire

GREEN = Picture(green=Lamp.ON)
CALLS = Picture(red=Lamp.FLASHING, buzzer=1)


@asynccontextmanager
async def speaking(tower: PatliteSim) -> AsyncIterator[tuple[Beacon, list[BeaconReport]]]:
    """A host that is connected to it, or tries to be."""
    reports = list[BeaconReport]()
    settings = BeaconSettings("hall", "127.0.0.1", tower.port, timeout_ms=200, repeat_ms=200, retry_ms=100)
    beacon = Beacon(settings, reports.append)
    task = asyncio.create_task(beacon.run())
    try:
        yield beacon, reports
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def shown() -> AsyncIterator[tuple[PatliteSim, Beacon, list[BeaconReport]]]:
    async with a_tower(PatliteSim()) as tower, speaking(tower) as (beacon, reports):
        yield tower, beacon, reports


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
        await until(lambda: len(reports) >= 3 and life(reports)[-1] == "up")  # its answer comes a moment after the light
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


async def test_a_full_tower_is_told_as_such_and_comes_when_somebody_leaves() -> None:
    async with a_tower(PatliteSim(connections=1)) as tower, AsyncExitStack() as first:
        _, early = await first.enter_async_context(speaking(tower))
        await until(lambda: life(early) == ["up"])
        async with speaking(tower) as (late, reports):
            await until(lambda: life(reports) == ["turned_away"])
            told = reports[0]
            assert isinstance(told, BeaconDown)
            assert "what else is connected" in told.next_step
            await asyncio.sleep(0.3)
            assert (life(early), life(reports)) == (["up"], ["turned_away"]), "whoever is in stays, and it is told once"
            late.show(GREEN)
            await first.aclose()
            await until(lambda: life(reports) == ["turned_away", "up"] and tower.shows["green"] == 1)


async def test_hosts_that_lost_their_power_do_not_keep_the_next_one_out() -> None:
    async with a_tower(PatliteSim(quiet_s=0.4)) as tower:
        dead = [await asyncio.open_connection("127.0.0.1", tower.port) for _ in range(8)]
        await asyncio.sleep(0.05)
        async with speaking(tower) as (_, reports):
            await until(lambda: life(reports) == ["turned_away", "up"])
            await asyncio.sleep(0.5)
            assert life(reports) == ["turned_away", "up"], "whoever speaks is not put out"
        for _, writer in dead:
            writer.close()


@pytest.mark.fast_clock
async def test_a_tower_in_trouble_is_told_holds_nothing_and_shows_what_is_true_when_it_is_back(tmp_path: Path) -> None:
    """It only shows: cartons are released without it, and after the trouble it shows the line as it is now."""
    numbers = [s10(10000001 + n) for n in range(2)]
    async with line_bench(tmp_path / "bench") as bench, a_tower(PatliteSim()) as tower:
        daemon = bench.daemon()
        here = tmp_path / "config"
        here.mkdir()
        (here / "targeting").symlink_to(daemon.config.parent / "targeting")
        light = f'\n[[stack_lights]]\nname = "hall"\nhost = "127.0.0.1"\nport = {tower.port}\n'
        (here / "with-a-tower.toml").write_text(daemon.config.read_text() + light)
        daemon.config = here / "with-a-tower.toml"
        told = Told(daemon)
        await daemon.start()
        await bench.running(daemon)
        await bench.papers(daemon, *numbers)
        await bench.until(lambda: tower.shows["green"] == 1, 10)
        await tower.unplug()
        await bench.until(lambda: daemon.down_is("hall"), 20)
        await bench.flows(0, numbers[0])
        assert bench.sim.server is not None
        bench.sim.server.faults.half_open = True
        await bench.until(lambda: blockers_are(daemon, "plc_not_ready"), 20)
        await tower.plug()
        await bench.until(lambda: tower.shows["white"] == 1 and not tower.shows["green"], 20)
        await bench.until(lambda: not_down(daemon, "hall"), 20)
        tower.silent = True
        await bench.until(lambda: told.down("hall")[-1] == "silent", 20)
        bench.sim.server.faults.half_open = False
        await bench.running(daemon)
        tower.silent = False
        await bench.until(lambda: tower.shows["green"] == 1 and not tower.shows["white"], 20)
        await bench.until(daemon.down_is, 20)
        await bench.flows(1, numbers[1])


@asynccontextmanager
async def a_tower(tower: PatliteSim) -> AsyncIterator[PatliteSim]:
    await tower.plug()
    try:
        yield tower
    finally:
        await tower.unplug()
        await asyncio.sleep(0.05)


async def blockers_are(daemon: DaemonProcess, *codes: str) -> bool:
    return (await daemon.ask(ask="status")).get("blockers") == list(codes)


async def not_down(daemon: DaemonProcess, device: str) -> bool:
    return device not in (await daemon.ask(ask="status")).get("devices_down", [device])
