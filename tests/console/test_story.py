"""One carton's story at the console: found by any code, each organisation's own view, its files, proof and export."""

import asyncio
import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from controller.console import story_app
from controller.console.pages import UI
from controller.console.refusals import Refused
from controller.console.story_work import story_desk
from controller.line.events import AnyEvent
from controller.line.explain import NEUTRAL_EVENT, View
from controller.line.people_events import Exported
from controller.records import story_process
from controller.records.errors import JournalDead
from controller.records.site_keys import load_key
from controller.records.story import story
from controller.records.tables import FOLLOWER_CURSORS, open_records, prepare
from controller.records.unwritten import STORY_PARTS, UNWRITTEN
from controller.records.verify_export import proven
from controller.settings.loading import load
from tests.console.bench import bench
from tests.console.story_bench import CARTON, METAL, A, B, a_day, journaled, recorded, told_at
from tests.daemon.virtual_line import ROOT
from tests.line.line_story import s10
from tests.line.xray_story import XrayStory
from tests.records.test_carton_export import CUSTOMS_OWN

PATH = f"/api/story/{A}"
LATIN = re.compile(r"[A-Za-z][\w'-]*(?:[ ,;:]+[A-Za-z][\w'-]*){3,}")


async def test_whoever_reads_stories_takes_no_thread_of_the_line(tmp_path: Path) -> None:
    settings = load(ROOT / "config" / "simulation.toml", {"site.data_dir": str(tmp_path)})
    line, own = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
    line.shutdown()  # whoever hands it something hears of it
    aboard: Any = SimpleNamespace(settings=settings, journal=tmp_path / "none", data=tmp_path, executor=line, wall=None)
    desk = story_desk(aboard, own)
    try:
        with pytest.raises(Refused) as refused:
            await desk.look("X1", "", View.COMPANY)
        assert refused.value.code == "records_away"
    finally:
        own.shutdown()
        desk.close()


async def test_any_code_leads_to_the_carton_and_several_are_offered(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        told_at(on, a_day(on.evidence))
        page = await on.signed_in("shen")
        for code in (A, A.lower(), f" {A}", f"C{A}", f"O{A}", "1:1", "480020260001234567"):
            answer = (await page.ask("GET", f"/api/story/{code}")).json()
            assert [one["carton"] for one in answer["found"]] == [CARTON], code
            assert answer["story"]["carton"] == CARTON
        for code in ("L1", "S1", "渝A1"):
            answer = (await page.ask("GET", f"/api/story/{code}")).json()
            assert {one["carton"] for one in answer["found"]} == {CARTON, f"EMS001/{B}"}, code
            assert answer["story"] is None
            named = (await page.ask("GET", f"/api/story/{code}", params={"carton": CARTON})).json()
            assert named["story"]["carton"] == CARTON
        assert (await page.ask("GET", "/api/story/nothing")).json()["found"] == []
        assert (await page.ask("GET", "/api/story/S1", params={"carton": "EMS001/other"})).json()["story"] is None


async def test_customs_sees_everything_and_the_company_its_own(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story = a_day(on.evidence)
        told_at(on, story)
        texts = {}
        for account in ("shen", "ban"):
            page = await on.signed_in(account)
            texts[account] = (await page.ask("GET", PATH)).text
        for word in ("metal", "zhang", "VerdictGiven", "ImageAnalysed", "X-ray low"):
            assert word in texts["shen"]
            assert word not in texts["ban"]
        for word in ("seal-1.png", "company_hold", "li", "scanned in as track 1:1", "zone 4"):
            assert word in texts["shen"]
            assert word in texts["ban"]
        told, seen = json.loads(texts["ban"]), json.loads(texts["shen"])
        assert told["names"] == {"li": "Li", "ban": "Ban", "ji": "Ji"}, "names of the own organisation alone"
        assert "li" not in seen["names"]
        assert {row["hash"] for row in told["story"]["rows"]} == {""}, "nothing can be tried out against the chain"
        clocks = {row["clock"] for row in seen["story"]["rows"]}
        assert clocks == {"plc", "device", "host"}
        every = [row["seq"] for row in seen["story"]["rows"]]
        concerned = [
            seq for seq, outcome in enumerate(story.outcomes, start=1)
            if {one.subject for one in outcome.findings} & set(seen["story"]["subjects"])
        ]  # fmt: skip
        assert set(concerned) <= set(every), "no row that says something of it is left out"


@pytest.mark.parametrize("of_whom", ["the analyser", "an officer", "a receipt"])
def test_what_customs_said_looks_the_same_whoever_said_it(tmp_path: Path, of_whom: str) -> None:
    """Else the company could tell a carton that customs had picked and cleared from one that nobody picked."""
    line = XrayStory()
    line.ready(A, status="300" if of_whom == "a receipt" else "800")
    line.before_tunnel(1, A)
    line.through(1)
    if of_whom != "the analyser":
        line.analysed(1, *((METAL,) if of_whom == "an officer" else ()))
    line.after_tunnel(1, A)
    if of_whom == "the analyser":
        line.analysed(1)
    if of_whom == "an officer":
        line.verdict(1, "clear")
    if of_whom == "a receipt":
        line.receipt(A, "800", "20261123100000000")
    assert line.last(1).lane == "release"
    journal = journaled(line, tmp_path)
    records = recorded(journal, tmp_path)
    try:
        rows = story(records, journal, CARTON, View.COMPANY).rows
    finally:
        records.dispose()
    neutral = [row for row in rows if row.kind == NEUTRAL_EVENT]
    assert len(neutral) == 1, "what let it go"
    assert {(row.actor, row.role, row.organisation, row.device, row.clock) for row in neutral} == {
        ("customs", "", "customs", "", "host")
    }
    assert {row.organisation for row in rows if row.kind != NEUTRAL_EVENT} == {"", "company"}


async def test_the_chinese_page_has_no_latin_sentence(tmp_path: Path) -> None:
    """What people typed here is two words at most; everything else that is told has Chinese words of its own."""
    async with bench(tmp_path / "d") as on:
        told_at(on, a_day(on.evidence))
        counted = []
        for account in ("shen", "ban"):
            page = await on.signed_in(account)
            shown = list(_texts((await page.ask("GET", PATH)).json()["story"]))
            assert [one["zh"] for one in shown if LATIN.search(one["zh"])] == []
            assert all(one["en"] for one in shown)
            assert any(LATIN.search(one["en"]) for one in shown)
            counted.append(len(shown))
        assert counted[0] > counted[1] > 20


def _texts(value: object) -> Iterator[dict[str, str]]:
    """Everything of an answer that comes in both languages."""
    if isinstance(value, dict):
        if set(value) == {"zh", "en"}:
            yield value
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


async def test_a_file_opens_only_where_the_story_of_that_view_names_it(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        told_at(on, a_day(on.evidence))
        customs, company = await on.signed_in("shen"), await on.signed_in("ban")
        rows = (await customs.ask("GET", PATH)).json()["story"]["rows"]
        files = {one["name"]: one["sha256"] for row in rows for one in row["files"]}
        seal = await company.ask("GET", f"{PATH}/files/{files['seal-1.png']}")
        assert (seal.status_code, seal.content, seal.headers["content-type"]) == (200, b"\x89PNG seal of load L1", "image/png")
        assert (await customs.ask("GET", f"{PATH}/files/{files['X-ray low']}")).content == b"low picture"
        assert (await company.ask("GET", f"{PATH}/files/{files['X-ray low']}")).status_code == 404
        other = on.evidence.put(b"of another carton", "text/plain")
        assert (await customs.ask("GET", f"{PATH}/files/{other.sha256}")).status_code == 404


async def test_the_chain_is_proven_and_a_changed_row_is_named(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        story = a_day(on.evidence)
        told_at(on, story)
        page = await on.signed_in("ban")
        answer = (await page.ask("POST", "/api/story/check")).json()
        assert (answer["whole"], answer["rows"], answer["unanchored_rows"]) == (True, len(story.stamped), 0)
        with sqlite3.connect(on.story._journal) as raw:
            raw.execute("UPDATE journal SET event = replace(event, 'S1', 'S2') WHERE seq = 13")
        raw.close()
        broken = (await page.ask("POST", "/api/story/check")).json()
        assert (broken["whole"], broken["first_bad_seq"], broken["fault"]) == (False, 13, "changed")
        refused = await page.ask("POST", f"{PATH}/export", {"reason": "a claim"})
        assert (refused.status_code, refused.json()["code"]) == (409, "export_failed")
        assert "row 13" in refused.json()["cause"]


async def test_each_organisation_exports_its_own_view_and_an_operator_none(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        told_at(on, a_day(on.evidence))
        public = load_key(on.home / "told" / "site.key").public
        for account, view in (("shen", View.CUSTOMS), ("ban", View.COMPANY)):
            page = await on.signed_in(account)
            assert (await page.ask("POST", f"{PATH}/export", {"reason": ""})).status_code == 422
            answer = await page.ask("POST", f"{PATH}/export", {"reason": "a claim of the trader"})
            taken = on.events(Exported)[-1]
            hashed = hashlib.sha256(answer.content).hexdigest()
            assert (taken.actor, taken.event) == (account, Exported("story", str(view), CARTON, "a claim of the trader", hashed))
            assert answer.headers["content-disposition"] == f'attachment; filename="carton-EMS001-{A}-{view}.zip"'
            found = proven(answer.content, public)
            assert (found.carton, found.organisation, found.line) == (CARTON, str(view), "XY-TEST")
        assert not any(word in answer.content for word in CUSTOMS_OWN if word not in (b"verdict",))
        operator = await on.signed_in("li")
        assert (await operator.ask("POST", f"{PATH}/export", {"reason": "x"})).status_code == 403
        notes = [one.text for _, _, outcome in on.heard for one in outcome.findings if one.subject == f"carton:{CARTON}"]
        assert notes == [
            "customs look: story exported by shen: a claim of the trader",
            "story exported by ban: a claim of the trader",
        ], "the company's story has nothing of what customs exports"


async def test_an_export_without_the_newest_rows_is_refused_in_both_languages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(story_process, "LOOKS_MOST", 2)
    async with bench(tmp_path / "d") as on:
        told_at(on, a_day(on.evidence))
        with on.story._records.begin() as connection:
            connection.execute(FOLLOWER_CURSORS.update().values(seq=FOLLOWER_CURSORS.c.seq - 1))
        page = await on.signed_in("shen")
        answer = await page.ask("POST", f"{PATH}/export", {"reason": "a claim"})
        assert (answer.status_code, answer.json()["code"]) == (503, "records_behind")
        assert answer.json()["zh"]["cause"] == "记录库尚未跟上日志"
        assert not on.events(Exported)


async def test_a_carton_whose_first_row_the_records_have_not_reached_is_not_said_to_be_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench(tmp_path / "d") as on:
        told_at(on, a_day(on.evidence))
        whole, on.story._records = on.story._records, open_records(tmp_path / "begun.sqlite")
        prepare(on.story._records)
        page = await on.signed_in("shen")
        monkeypatch.setattr(story_app, "CATCH_UP_S", 0.2)
        answer = await page.ask("POST", f"{PATH}/export", {"reason": "a claim"})
        assert (answer.status_code, answer.json()["code"]) == (503, "records_behind"), "not that there is none"
        monkeypatch.setattr(story_app, "CATCH_UP_S", 10.0)
        asked = asyncio.get_running_loop().create_task(page.ask("POST", f"{PATH}/export", {"reason": "a claim"}))
        await asyncio.sleep(0.3)
        begun, on.story._records = on.story._records, whole
        assert (await asked).status_code == 200, "it waits a moment for records that are on their way"
        nobody = await page.ask("POST", f"/api/story/{s10(77777777)}/export", {"reason": "a claim"})
        assert (nobody.status_code, nobody.json()["code"]) == (404, "not_found")
        with whole.begin() as connection:
            values = {"journal_seq": 3, "part": STORY_PARTS[1], "kind": "Odd", "error": "ValueError", "cause": ""}
            connection.execute(UNWRITTEN.insert(), values)
        nobody = await page.ask("POST", f"/api/story/{s10(77777777)}/export", {"reason": "a claim"})
        assert (nobody.status_code, nobody.json()["code"]) == (409, "records_lack_rows"), "its rows may be those"
        assert "row 3 " in nobody.json()["cause"]
        begun.dispose()


async def test_nothing_is_given_that_can_not_be_recorded(tmp_path: Path) -> None:
    async with bench(tmp_path / "d") as on:
        told_at(on, a_day(on.evidence))
        page, integrator = await on.signed_in("shen"), await on.signed_in("ji")

        async def dead(*_: object, **more: object) -> None:
            raise JournalDead("disk_full", "no space", "make room")

        on.core.submit = dead  # type: ignore[method-assign,assignment]  # a journal that takes nothing
        refused = await page.ask("POST", f"{PATH}/export", {"reason": "a claim"})
        assert (refused.status_code, refused.json()["code"]) == (503, "journal_dead")
        assert (await integrator.ask("POST", "/api/diagnostics", {"reason": "a dead journal"})).status_code == 200
        assert (await on.page().ask("GET", PATH)).status_code == 401


def test_the_page_has_words_for_what_happens_to_a_carton() -> None:
    """A kind without words is told as another event, with its name."""
    known = set(re.findall(r'"event\.(\w+)"', (UI / "words" / "story.js").read_text("utf-8")))
    assert {type(stamped.event).__name__ for stamped in a_day().stamped} <= known
    assert known - {kind.__name__ for kind in get_args(AnyEvent)} <= {"customs_check", "other", "TraceCodeIssued"}
