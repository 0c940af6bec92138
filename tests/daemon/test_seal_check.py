"""The seal check through the whole daemon: scanner and camera, pictures in evidence, a second look, the records of it."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from controller.domain.declarations import NoticedCarton
from controller.domain.reasons import Role
from controller.line.events import LoadArrived, NoticeCartons, NoticeClosed
from controller.line.seal_check import standing
from controller.line.seal_events import SealCheckStarted, SecondLook
from controller.line.state import Draft
from controller.records.evidence import EvidenceRef, EvidenceStore
from simulators.plant.dock import Condition, Seal
from tests.daemon.virtual_line import VirtualLine, virtual_line
from tests.line.line_story import CARRIER, FILE, s10

pytestmark = pytest.mark.virtual

A = s10(10000001)
LIMIT_S = 12


async def arrived(line: VirtualLine) -> None:
    await line.until(lambda: line.daemon is not None and line.daemon.core is not None)
    await line.act(NoticeCartons("n", 0, (NoticedCarton(A, CARRIER, A, 1, 1),)), Role.LINE)
    await line.act(NoticeClosed("n", 1, 1, "L1", "P1", "", ("S1",), "", FILE), Role.LINE)
    await line.act(LoadArrived("L1", "P1"))
    await asyncio.sleep(1)  # scanner and camera are connected
    assert not {"dock", "seal"}.intersection(line.state.facts.devices_down)


def against(line: VirtualLine) -> list[str]:
    return [code for code, _ in standing(Draft(line.state, line.state.facts.line_ms), line.state.loads["L1"])]


async def begin(line: VirtualLine, *scanned: str) -> None:
    await line.act(SealCheckStarted("L1"))
    for text in scanned:
        line.seal.show((text,))


async def test_a_whole_and_announced_seal_opens_the_load_and_its_pictures_open(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await arrived(line)
        await begin(line, "S1")
        await line.until(lambda: not against(line))
        pictures = line.state.seal_checks["L1"].cameras[0].pictures
        store = EvidenceStore(tmp_path / "evidence")
        assert len(pictures) == 2
        for one in pictures:
            assert store.read(EvidenceRef(one.sha256, one.size, "image/jpeg")).startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    ("seal", "scanned", "code"),
    [
        (Seal("S1", Condition.BROKEN), "S1", "seal_broken"),
        (Seal("S1", Condition.ABSENT), "S1", "seal_absent"),
        (Seal("S1", dirty=True), "S1", "seal_unread"),
        (Seal("S9"), "S1", "seal_differs"),
        (Seal("S1"), "S9", "seal_differs"),
    ],
)
async def test_what_camera_or_scanner_find_holds_the_load(tmp_path: Path, seal: Seal, scanned: str, code: str) -> None:
    async with virtual_line(tmp_path) as line:
        line.cameras[2].see_door((seal,))
        await arrived(line)
        await begin(line, scanned)
        await line.until(lambda: against(line) == [code], within_s=LIMIT_S + 10)


@pytest.mark.parametrize("trouble", ["stalled", "frozen", "black", "cut"])
async def test_a_camera_in_trouble_leaves_the_seal_unread(tmp_path: Path, trouble: str) -> None:
    async with virtual_line(tmp_path) as line:
        await arrived(line)
        setattr(line.cameras[2], trouble, True)
        await line.until(lambda: "dock" in line.state.facts.devices_down)
        await begin(line, "S1")
        await line.until(lambda: against(line) == ["seal_unread"], within_s=LIMIT_S + 10)
        line.cameras[2].heal()
        await line.until(lambda: "dock" not in line.state.facts.devices_down, within_s=3)
        await begin(line, "S1")
        await line.until(lambda: not against(line))


async def test_a_truck_that_comes_while_the_check_begins_is_not_taken_for_the_one_before(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        line.cameras[2].see_door((Seal("OLD"),))
        await arrived(line)
        line.cameras[2].see_door((Seal("S1"),))
        await begin(line, "S1")
        await line.until(lambda: not against(line))
        assert line.state.seal_checks["L1"].cameras[0].numbers == ("S1",)


async def test_the_second_look_and_all_that_came_before_are_in_the_records(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        line.cameras[2].see_door((Seal("S1", Condition.BROKEN),))
        await arrived(line)
        await begin(line, "S1")
        await line.until(lambda: against(line) == ["seal_broken"])
        refused = await line.core.submit(SecondLook("L1", True, "fine"), actor="test", role=Role.OFFICER)
        assert refused.outcome.refusals[0].code == "same_person"
        applied = await line.core.submit(SecondLook("L1", True, "old cut, sealed again"), actor="zhang", role=Role.OFFICER)
        assert not applied.outcome.refusals
        assert against(line) == []

        def looks() -> list[tuple[str, str]]:
            with closing(sqlite3.connect(tmp_path / "records.sqlite")) as records:
                return records.execute("SELECT who, result FROM seal_looks ORDER BY journal_seq").fetchall()

        await line.until(lambda: len(looks()) == 3)
        assert looks() == [("test", "begun"), ("dock", "broken"), ("zhang", "accepted")]
