"""The open-box bench through the whole daemon: scanner, camera, stills in evidence, the records, the word to customs."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from controller.domain.declarations import NoticedCarton
from controller.domain.reasons import Role
from controller.line.events import LoadArrived, ManifestClosed, ManifestList, NoticeCartons, NoticeClosed
from controller.line.recheck_events import NewSealSet, RecheckConfirmed, RecheckDecided, RecheckOpened
from controller.line.recheck_state import Recheck
from controller.records.evidence import EvidenceRef, EvidenceStore
from tests.daemon.virtual_line import VirtualLine, virtual_line
from tests.line.line_story import CARRIER, FILE, declared, s10
from tests.line.recheck_story import CUP, ITEMS, LAMP, SEAL_NO

pytestmark = pytest.mark.virtual

A = s10(10000001)


async def opened(line: VirtualLine) -> None:
    await line.until(lambda: line.daemon is not None and line.daemon.core is not None)
    await line.act(ManifestList("m", 0, declared(A, items=ITEMS)), Role.LINE)
    await line.act(ManifestClosed("m", 1, 0, FILE), Role.LINE)
    await line.act(NoticeCartons("n", 0, (NoticedCarton(A, CARRIER, A, 1, 1),)), Role.LINE)
    await line.act(NoticeClosed("n", 1, 1, "L1", "P1", "", ("S1",), "", FILE), Role.LINE)
    await line.act(LoadArrived("L1", "P1"))
    await asyncio.sleep(1)  # scanner and camera are connected
    assert "bench" not in line.state.facts.devices_down
    await line.act(RecheckOpened(A, "bench"), Role.OFFICER, "zhou")


def recheck(line: VirtualLine) -> Recheck:
    return line.state.rechecks[line.state.cartons[f"{CARRIER}/{A}"].recheck]


async def scan(line: VirtualLine, *products: str) -> None:
    for place, product in enumerate(products):
        for code in (product, f"TRACE{place:07d}"):
            line.bench.show((code,))
            await asyncio.sleep(0.3)


async def test_scans_and_stills_of_the_bench_become_a_result_with_files_that_open(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await opened(line)
        await scan(line, CUP, LAMP, CUP)
        await line.act(NewSealSet(A, SEAL_NO), Role.OFFICER, "zhou")
        await line.until(lambda: len(recheck(line).stills) == 2)
        await line.act(RecheckDecided(A, "released", False, "", "as declared"), Role.OFFICER, "zhou")
        await line.act(RecheckConfirmed(A, "released"), Role.OFFICER, "wu")
        assert (recheck(line).outcome, recheck(line).officers) == ("released", ("zhou", "wu"))
        store = EvidenceStore(tmp_path / "evidence")
        for one in recheck(line).stills:
            assert store.read(EvidenceRef(one.sha256, one.size, "image/jpeg")).startswith(b"\xff\xd8")

        def rows() -> list[tuple[Any, ...]]:
            with closing(sqlite3.connect(tmp_path / "records.sqlite")) as records:
                return records.execute(
                    "SELECT outcome, matched, things, first_officer, second_officer, stills, differences FROM rechecks"
                ).fetchall()

        await line.until(lambda: bool(rows()))
        outcome, matched, things, first, second, stills, differences = rows()[0]
        assert (outcome, matched, things, first, second) == ("released", 1, 3, "zhou", "wu")
        assert stills.split(",") == [one.sha256 for one in recheck(line).stills]
        assert json.loads(differences) == []


async def test_a_camera_without_a_picture_keeps_it_at_the_bench(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        line.cameras[3].cut = True
        await opened(line)
        await scan(line, CUP, LAMP, CUP)
        await line.act(NewSealSet(A, SEAL_NO), Role.OFFICER, "zhou")
        await line.until(lambda: recheck(line).stills_failed == 2, 20)
        word = RecheckDecided(A, "released", False, "", "as declared")
        refused = await line.core.submit(word, actor="zhou", role=Role.OFFICER)
        assert [one.code for one in refused.outcome.refusals] == ["recheck_no_still"]
        await line.act(RecheckDecided(A, "detained", False, "cage", "no picture can be taken"), Role.OFFICER, "zhou")
        await line.act(RecheckConfirmed(A, "detained"), Role.OFFICER, "wu")
        assert line.state.cartons[f"{CARRIER}/{A}"].custody == "cage"
