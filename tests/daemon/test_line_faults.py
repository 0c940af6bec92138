"""Faults on the line, through the unchanged daemon on a virtual clock: what was not certain goes to inspection."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from controller.domain.reasons import Role
from controller.line.belt import PlcFlag
from controller.line.events import HoldPlaced, LineCommanded, RerunOrdered
from controller.line.readiness import line_blockers
from controller.line.state import Draft
from controller.records.journal_file import open_reader
from tests.daemon.test_one_carton import papers, running
from tests.daemon.virtual_line import VirtualLine, virtual_line
from tests.line.line_story import CARRIER, s10

pytestmark = pytest.mark.virtual

A, B, C = s10(10000001), s10(10000002), s10(10000003)
RELEASE, ANOMALY, INSPECT = 3, 2, 1


def flags(line: VirtualLine) -> int:
    status = line.state.facts.plc_status
    return status.flags if status is not None else 0


async def ready_again(line: VirtualLine) -> None:
    await line.until(lambda: not line_blockers(Draft(line.state, 0)), 30)


async def carton_at(line: VirtualLine, number: int, mm: float) -> None:
    def there() -> bool:
        placed = line.sim.plant.find(number)
        return placed is not None and placed.front_mm >= mm

    await line.until(there, 60)


async def test_a_carton_with_an_accepted_release_waits_out_a_belt_stop(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await running(line)
        await papers(line, A)
        line.place(1, A)
        await carton_at(line, 1, 6600)
        await line.act(LineCommanded("stop", "tea"))
        await asyncio.sleep(60)
        assert line.lanes() == {}
        await restart_belt(line)
        await line.emptied()
        assert line.lanes() == {1: RELEASE}


async def restart_belt(line: VirtualLine) -> None:
    """What an operator does until the belt runs: reset and start at the panel, then by the screen."""
    for command in ("clear", "reset", "start"):
        if flags(line) & PlcFlag.RUNNING:
            break
        line.sim.press("reset")
        await asyncio.sleep(0.5)
        line.sim.press("start")
        await asyncio.sleep(1)
        if flags(line) & PlcFlag.RUNNING:
            break
        await line.act(LineCommanded(command, "again"))
        await asyncio.sleep(1.5)
    await line.until(lambda: flags(line) & PlcFlag.RUNNING, 30)
    await ready_again(line)


async def test_an_e_stop_voids_the_belt_and_the_carton_is_released_on_its_rerun(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await running(line)
        await papers(line, A)
        carton = line.place(1, A)
        await carton_at(line, 1, 6600)
        epoch = line.state.facts.epoch
        line.sim.plant.set_estop(True)
        await asyncio.sleep(3)
        assert line.state.facts.epoch != epoch
        line.sim.plant.set_estop(False)
        await restart_belt(line)
        await line.emptied()
        assert line.lanes() == {1: INSPECT}
        line.sim.plant.take_from_lane(INSPECT, carton)
        await line.act(RerunOrdered(A, "inspect"))
        line.sim.plant.place(carton, -600)
        await line.emptied()
        assert line.lanes() == {1: RELEASE}


async def test_a_plc_restart_is_a_new_epoch_and_the_daemon_comes_back_by_itself(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await running(line)
        await papers(line, A, B)
        line.place(1, A)
        await carton_at(line, 1, 3000)
        line.sim.power_off()
        await asyncio.sleep(1.5)
        line.sim.power_on()
        await asyncio.sleep(5)
        await restart_belt(line)
        await line.emptied()
        assert line.lanes() == {1: INSPECT}
        line.place(2, B)
        await line.emptied()
        assert line.lanes() == {1: INSPECT, 2: RELEASE}


async def test_a_silent_plc_link_releases_nothing_new_and_heals(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await running(line)
        await papers(line, A, B)
        assert line.sim.server is not None
        line.place(1, A)
        await carton_at(line, 1, 5000)
        line.sim.server.faults.half_open = True
        await asyncio.sleep(12)
        line.sim.server.faults.half_open = False
        await line.emptied()
        assert line.lanes() == {1: INSPECT}
        await ready_again(line)
        line.place(2, B)
        await line.emptied()
        assert line.lanes() == {1: INSPECT, 2: RELEASE}


async def test_cartons_exchanged_by_hand_are_inspected(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await running(line)
        await papers(line, A, B)
        one = line.place(1, A)
        await asyncio.sleep(2)
        two = line.place(2, B)
        await carton_at(line, 2, 3000)
        line.sim.plant.exchange(one, two)
        await line.emptied()
        assert line.lanes() == {1: INSPECT, 2: INSPECT}


async def test_a_full_release_lane_sends_the_next_to_inspection(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await running(line)
        await papers(line, A, B)
        line.sim.plant.capacity[RELEASE] = 1
        line.place(1, A)
        await asyncio.sleep(3)
        line.place(2, B)
        await line.emptied()
        assert line.lanes() == {1: RELEASE, 2: INSPECT}
        assert line.state.cartons[f"{CARRIER}/{B}"].place == "inspect"


async def test_a_jam_voids_the_cartons_in_it(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await running(line)
        await papers(line, A, B)
        one = line.place(1, A)
        await carton_at(line, 1, 4400)  # it covers the X-ray exit photo-eye
        line.sim.plant.jam(one)
        await line.until(lambda: flags(line) & PlcFlag.JAM, 40)
        line.sim.plant.clear_jam()
        await restart_belt(line)
        await line.emptied()
        assert line.lanes()[1] == INSPECT


async def test_an_officers_hold_reaches_a_released_carton_on_the_belt(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await running(line)
        await papers(line, A)
        line.place(1, A)
        await carton_at(line, 1, 6600)
        await line.act(HoldPlaced("H1", "carton", f"{CARRIER}/{A}", "officer_hold", "look"), Role.OFFICER)
        await line.emptied()
        assert line.lanes() == {1: INSPECT}


async def test_a_release_that_happened_while_the_daemon_was_away_is_no_recall(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await running(line)
        await papers(line, A)
        line.place(1, A)
        await carton_at(line, 1, 6600)
        await line.stop_daemon()
        await line.emptied()
        assert line.lanes() == {1: RELEASE}
        await line.start_daemon()
        await running(line)
        assert line.state.cartons[f"{CARRIER}/{A}"].place == "release"
        assert not line.state.holds


def told(line: VirtualLine, kind: str) -> list[dict[str, int]]:
    """The events of this kind in the journal."""
    reader = open_reader(line.home / "journal" / "journal.sqlite")
    rows = [msgspec.json.decode(row.event)["event"] for row in reader.rows() if row.kind == kind]
    reader.close()
    return rows


async def test_a_new_daemon_tells_what_a_plc_without_memory_told_nobody(tmp_path: Path) -> None:
    """A carton came into its lane between two daemons, and then the PLC forgot: only the journal knows where reading ended."""
    async with virtual_line(tmp_path, retentive=False) as line:
        await line.until(lambda: line.daemon and line.daemon.core and line.state.facts.plc_synced)
        await restart_belt(line)
        assert told(line, "RingEventsLost") == []
        line.place(1, A)
        await carton_at(line, 1, 6600)
        await line.stop_daemon()
        last = told(line, "RingEvent")[-1]["seq"]
        await line.emptied()
        assert line.lanes() == {1: ANOMALY}
        line.sim.power_off()
        await asyncio.sleep(1)
        line.sim.power_on()
        await line.start_daemon()
        await line.until(lambda: line.daemon and line.daemon.core and line.state.facts.plc_synced)
        (lost,) = told(line, "RingEventsLost")
        assert (lost["first_missing_seq"], lost["next_seq"]) == (last + 1, 1)


def gaps(line: VirtualLine) -> list[tuple[int, int]]:
    return [(lost["first_missing_seq"], lost["next_seq"]) for lost in told(line, "RingEventsLost")]


async def button_pressed(line: VirtualLine, times: int) -> None:
    """Each time is a record of the ring."""
    for _ in range(times):
        line.sim.press("acknowledge")
        await asyncio.sleep(0.05)


async def test_what_a_plc_without_memory_told_and_overwrote_before_anybody_looked_is_told(tmp_path: Path) -> None:
    """Its new ring has come further than the old one was read: each of its numbers that is gone is named."""
    async with virtual_line(tmp_path, retentive=False) as line:
        await line.until(lambda: line.daemon and line.daemon.core and line.state.facts.plc_synced)
        await restart_belt(line)
        await line.stop_daemon()
        last = told(line, "RingEvent")[-1]["seq"]
        line.sim.power_off()
        await asyncio.sleep(1)
        line.sim.power_on()
        await button_pressed(line, 80)
        head = line.sim.program.memory.ring.head
        assert head - 64 > last
        await line.start_daemon()
        await line.until(lambda: line.daemon and line.daemon.core and line.state.facts.plc_synced)
        seqs = [event["seq"] for event in told(line, "RingEvent") if event["epoch"] == 0]
        assert gaps(line) == [(last + 1, 1), (1, head - 63)]
        assert set(range(head - 63, head + 1)) <= set(seqs)


async def test_a_daemon_that_dies_when_the_plc_has_its_epoch_leaves_the_loss_to_be_told(tmp_path: Path) -> None:
    """The next one finds an epoch, and counters that fit where reading ended: that the ring is another one the journal knows."""
    async with virtual_line(tmp_path, retentive=False) as line:
        await line.until(lambda: line.daemon and line.daemon.core and line.state.facts.plc_synced)
        assert line.sim.server is not None
        await button_pressed(line, 2)
        await asyncio.sleep(1)
        last = told(line, "RingEvent")[-1]["seq"]
        line.sim.power_off()
        await asyncio.sleep(1)
        line.sim.power_on()
        while not line.sim.program.memory.epoch:
            await asyncio.sleep(0.001)
        line.sim.server.faults.half_open = True
        await line.stop_daemon()
        assert len(told(line, "EpochWanted")) == 2
        assert told(line, "RingEventsLost") == []
        line.sim.server.faults.half_open = False
        await button_pressed(line, 12)
        assert last < line.sim.program.memory.ring.head <= 64
        await line.start_daemon()
        await line.until(lambda: line.daemon and line.daemon.core and line.state.facts.plc_synced)
        assert gaps(line) == [(last + 1, 1)]


async def test_a_new_daemon_that_finds_the_ring_whole_tells_of_no_loss(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await running(line)
        line.place(1, A)
        await carton_at(line, 1, 6600)
        await line.stop_daemon()
        await line.emptied()
        await line.start_daemon()
        await line.until(lambda: line.daemon and line.daemon.core and line.state.facts.plc_synced)
        assert told(line, "RingEventsLost") == []
        seqs = [event["seq"] for event in told(line, "RingEvent")]
        assert sorted(set(seqs)) == list(range(1, max(seqs) + 1))
