"""One carton through the unchanged daemon, drivers and simulators on a virtual clock."""

import asyncio
from pathlib import Path

import pytest

from controller.domain.declarations import NoticedCarton, Receipt
from controller.domain.reasons import Role
from controller.line.belt import PlcFlag
from controller.line.events import (
    LineCommanded,
    LoadArrived,
    ManifestClosed,
    ManifestList,
    NoticeCartons,
    NoticeClosed,
    ReceiptArrived,
    UnloadingStarted,
)
from controller.line.readiness import line_blockers
from controller.line.state import Draft
from tests.daemon.virtual_line import VirtualLine, virtual_line
from tests.line.line_story import CARRIER, FILE, declared, s10

pytestmark = pytest.mark.virtual

A, B = s10(10000001), s10(10000002)


async def papers(line: VirtualLine, *numbers: str) -> None:
    for index, number in enumerate(numbers):
        await line.act(ManifestList("m", index, declared(number)), Role.LINE)
    await line.act(ManifestClosed("m", len(numbers), 0, FILE), Role.LINE)
    for number in numbers:
        receipt = Receipt(f"C{number}", "", "", "", "E1", "", "800", "20261123090000000", "", "")
        await line.act(ReceiptArrived(receipt, FILE), Role.LINE)
    cartons = tuple(NoticedCarton(number, CARRIER, number, 1, 1) for number in numbers)
    await line.act(NoticeCartons("n", 0, cartons), Role.LINE)
    await line.act(NoticeClosed("n", 1, len(numbers), "L1", "P1", "", ("S1",), "", FILE), Role.LINE)
    await line.act(LoadArrived("L1", "P1"))
    await line.check_seal("L1")
    await line.act(UnloadingStarted("L1"))


async def running(line: VirtualLine) -> None:
    await line.until(lambda: line.daemon and line.daemon.core and line.state.facts.plc_synced)
    if not line.state.facts.plc_status.flags & PlcFlag.RUNNING:  # type: ignore[union-attr]
        await line.act(LineCommanded("start", "test"))
    await line.until(lambda: line.state.facts.plc_status.flags & PlcFlag.RUNNING)  # type: ignore[union-attr]
    await line.until(lambda: not line_blockers(Draft(line.state, 0)))


async def test_a_good_carton_is_released_and_an_undeclared_one_is_not(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await running(line)
        await papers(line, A)
        line.place(1, A)
        await asyncio.sleep(2)
        line.place(2, B)
        await line.emptied()
        assert line.lanes() == {1: 3, 2: 2}
        assert line.state.cartons[f"{CARRIER}/{A}"].place == "release"
        assert not line.state.holds
        assert await line.stop_daemon() == 0


async def test_nothing_is_released_when_the_verify_reader_is_unplugged(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await running(line)
        await papers(line, A)
        line.ports["verify"].unplug()
        line.place(1, A)
        await line.emptied()
        assert line.lanes() == {1: 1}


async def test_after_a_restart_the_state_is_the_same_and_the_next_carton_is_released(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await running(line)
        await papers(line, A)
        assert await line.stop_daemon() == 0
        await asyncio.sleep(5)
        await line.start_daemon()
        await running(line)
        line.place(1, A)
        await line.emptied()
        assert line.lanes() == {1: 3}
