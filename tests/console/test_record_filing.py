"""The paper of an inspection record: made and kept after the approval, given to customs, and checked against the journal."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
import sqlalchemy as sa

from controller.console import story_app
from controller.console.bench import BenchDesk
from controller.console.record_filing import RecordFiling
from controller.console.rework import Rework
from controller.daemon.record_check import ALTERED, NOT_COMPARED, UNKNOWN, VALID, print_record
from controller.line.explain import View
from controller.line.people_events import Exported
from controller.line.record_events import RecordFiled, RecordNotFiled
from controller.line.record_state import RecordContent, code_of, hash_of
from controller.records import inspection_pdf
from controller.records.all_tables import line_follower
from controller.records.recheck_tables import RECHECK_ACTS
from controller.records.record_paper import PaperOrder, embedded, found_in
from tests.browser.bench_story import A, B, closed_carton, record_shown
from tests.console.bench import Bench, bench

KEY = f"EMS001/{A}#1"
WHY = {"reason": "an appeal"}


class Has:
    def __init__(self, on: Bench) -> None:
        self.on = on


@asynccontextmanager
async def approved(home: Path) -> AsyncIterator[Bench]:
    """Two officers closed A, one wrote its record, the section chief has approved it."""
    async with bench(home) as on:
        await closed_carton(Has(on))
        chief = await on.signed_in("ke")
        assert (await chief.act("record-approve", recheck_id=KEY, shown=record_shown(on, KEY), reason="同意"))[0] == 200
        yield on


async def until_told(on: Bench, kind: Any, filing: RecordFiling) -> Any:
    running = asyncio.get_running_loop().create_task(filing.run())
    try:
        async with asyncio.timeout(60):
            while not on.events(kind):
                await asyncio.sleep(0.05)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return on.events(kind)[0].event


def checked(
    on: Bench, capsys: pytest.CaptureFixture[str], file: Path | None = None, code: str = ""
) -> tuple[int, dict[str, Any]]:
    status = print_record(on.home / "journal.sqlite", on.home / "evidence", file, code, as_json=True)
    return status, json.loads(capsys.readouterr().out)


async def test_the_paper_is_made_kept_given_to_customs_alone_and_valid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(story_app, "CATCH_UP_S", 0.0)
    async with approved(tmp_path / "d") as on:
        officer, company, auditor = [await on.signed_in(one) for one in ("zhao", "ban", "shen")]
        path = f"/api/recheck/{KEY.replace('/', '%2F').replace('#', '%23')}/record.pdf"
        assert (await officer.ask("POST", path, WHY)).json()["code"] == "record_not_filed"
        filed = await until_told(on, RecordFiled, on.filing)
        assert isinstance(filed, RecordFiled)
        assert (await company.ask("POST", path, WHY)).status_code == 403
        assert (await auditor.ask("POST", path.replace(A, "RR1"), WHY)).json()["code"] == "records_behind", "they may have it yet"
        recorded(on)
        assert (await auditor.ask("POST", path.replace(A, "RR1"), WHY)).status_code == 404
        assert (await auditor.ask("POST", path, {"reason": ""})).status_code == 422, "whoever takes it says why"
        answer = await auditor.ask("POST", path, WHY)
        (taken,) = on.events(Exported)
        hashed = hashlib.sha256(answer.content).hexdigest()
        assert (taken.actor, taken.event) == ("shen", Exported("record", KEY, f"EMS001/{A}", "an appeal", hashed))
        assert answer.headers["content-type"] == "application/pdf"
        paper = tmp_path / "record.pdf"
        paper.write_bytes(answer.content)
        content = on.core.state.inspection_records[KEY].content
        assert content is not None
        assert embedded(content) in answer.content, "its fields stand in it word for word"
        assert on.core.state.inspection_records[KEY].stage == "filed"

        status, told = checked(on, capsys, paper)
        assert (status, told["ok"], told["record"]["approved by"]) == (VALID, True, "ke"), told
        status, told = checked(on, capsys, code=code_of(filed.sha256).lower())
        assert (status, told["record"]["carton"]) == (VALID, A)
        assert checked(on, capsys, code="AAAA-BBBB-CCCC-DDDD")[0] == UNKNOWN
        altered(on, capsys, paper, content)


def recorded(on: Bench) -> None:
    """The console's records have followed the journal to its end."""
    follower = line_follower(on.home / "journal.sqlite", on.story._records)
    assert follower.catch_up() == on.core.journal_seq
    follower.close()


async def test_the_paper_of_what_the_line_has_let_go_of_comes_from_the_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(story_app, "CATCH_UP_S", 1.0)
    async with approved(tmp_path / "d") as on:
        filed = await until_told(on, RecordFiled, on.filing)
        officer = await on.signed_in("zhao")
        path = f"/api/recheck/{KEY.replace('/', '%2F').replace('#', '%23')}/record.pdf"
        here = (await officer.ask("POST", path, WHY)).content
        del on.core.state.inspection_records[KEY]  # twelve hours after its carton left
        answer = await officer.ask("POST", path, WHY)
        assert (answer.status_code, answer.json()["code"]) == (503, "records_behind"), "not that there is none"
        asked = asyncio.get_running_loop().create_task(officer.ask("POST", path, WHY))
        await asyncio.sleep(0.3)
        recorded(on)
        assert (await asked).content == here, "it waits a moment for records that are on their way"
        assert hashlib.sha256(here).hexdigest() == filed.pdf.sha256
        assert len(on.events(Exported)) == 2, "who took it is recorded each time"


def told_now(on: Bench) -> list[dict[str, Any]]:
    """The rows of the page of records."""
    desk = BenchDesk(on.core.state, Rework(on.core.state))
    desk.take(on.heard[-1][0], *on.heard[-1][1:])
    lists: dict[str, Any] = desk.values(View.CUSTOMS)["bench_lists"]
    return list(lists["records"])


async def test_a_record_that_is_on_paper_is_said_to_be_elsewhere_and_asked_for_no_more(tmp_path: Path) -> None:
    """The page's word goes with it; the recheck stands among those that want nobody; its row and its act are kept."""
    async with bench(tmp_path / "d") as on:
        await closed_carton(Has(on))
        key = on.core.state.cartons[f"EMS001/{B}"].recheck
        officer, lead = await on.signed_in("zhao"), await on.signed_in("ban")
        rows = {row["recheck_id"]: row for row in told_now(on)}
        told = {"recheck_id": key, "where": "档案室 3 号柜", "shown": rows[key]["shown"], "reason": "本关用纸质记录单"}
        assert rows[key]["shown"]
        assert (await lead.act("record-elsewhere", **told))[1]["code"] == "role_not_allowed"
        status, answer = await officer.act("record-elsewhere", **told)
        assert status == 200, answer
        row = {row["recheck_id"]: row for row in told_now(on)}[key]
        assert (row["stage"], row["elsewhere"], row["elsewhere_by"], row["form"]) == ("elsewhere", "档案室 3 号柜", "zhao", None)
        status, answer = await officer.act("record-elsewhere", **told)
        assert (status, answer["code"]) == (409, "changed_since"), "the page is an old one by now"
        got = await officer.ask("POST", f"/api/recheck/{quote(key, safe='')}/record.pdf", WHY)
        assert (got.status_code, got.json()["code"]) == (409, "record_kept_elsewhere")
        assert "档案室 3 号柜" in got.json()["cause"]
        recorded(on)
        with on.story._records.connect() as connection:
            kept = connection.execute(sa.select(RECHECK_ACTS).where(RECHECK_ACTS.c.act == "RecordFiledElsewhere")).one()
        assert (kept.who, "档案室 3 号柜" in kept.detail, key in kept.detail) == ("zhao", True, True)


def altered(on: Bench, capsys: pytest.CaptureFixture[str], paper: Path, content: RecordContent) -> None:
    """Every kind of change is altered, and what differs is named."""
    whole = paper.read_bytes()
    paper.write_bytes(whole.replace(b"/Title", b"/Titel", 1))
    status, told = checked(on, capsys, paper)
    assert (status, told["code"]) == (ALTERED, "record_altered")
    assert "not the one that was filed" in told["cause"]
    other = msgspec.structs.replace(content, new_seal="XYR9999999")
    for forged in (
        whole.replace(content.new_seal.encode(), b"XYR9999999"),  # a seal number in its fields
        whole.replace(embedded(content), embedded(other)),  # fields, hash and code that agree with each other
    ):
        assert forged != whole
        paper.write_bytes(forged)
        status, told = checked(on, capsys, paper)
        assert (status, told["cause"].rpartition(": ")[2]) == (ALTERED, "new_seal"), told
    paper.write_bytes(whole.replace(embedded(content), embedded(msgspec.structs.replace(other, recheck_id="X/1#1"))))
    assert checked(on, capsys, paper)[0] == UNKNOWN
    paper.write_bytes(b"%PDF-1.4 nothing")
    assert checked(on, capsys, paper)[0] == UNKNOWN
    assert checked(on, capsys, paper.with_name("none.pdf"))[0] == NOT_COMPARED


async def test_why_there_is_no_paper_is_told_once_and_it_is_made_later(tmp_path: Path) -> None:
    async with approved(tmp_path / "d") as on:
        said = '{"code":"font_missing","cause":"no font","next_step":"install it"}'
        filing = RecordFiling(on.core, on.identity, on.evidence, ("sh", "-c", f"cat > /dev/null; echo '{said}' >&2; exit 3"))
        event = await until_told(on, RecordNotFiled, filing)
        assert (event.code, event.cause) == ("font_missing", "no font: install it")
        filing.take(0, on.heard[-1][1], on.heard[-1][2])
        await asyncio.sleep(0.2)
        assert len(on.events(RecordNotFiled)) == 1
        assert isinstance(await until_told(on, RecordFiled, on.filing), RecordFiled)


async def test_a_process_that_can_not_start_and_a_full_core_end_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with approved(tmp_path / "d") as on:
        filing = RecordFiling(on.core, on.identity, on.evidence, (str(tmp_path / "none"),))
        running = asyncio.get_running_loop().create_task(filing.run())
        await asyncio.sleep(0.3)
        assert not running.done(), "the console would end with it"
        running.cancel()
        monkeypatch.setattr("controller.daemon.core_loop.INBOX_LIMIT", 0)
        said = '{"code":"font_missing","cause":"no font","next_step":"install it"}'
        filing = RecordFiling(on.core, on.identity, on.evidence, ("sh", "-c", f"cat > /dev/null; echo '{said}' >&2; exit 3"))
        running = asyncio.get_running_loop().create_task(filing.run())
        await asyncio.sleep(0.5)
        assert not running.done()
        running.cancel()


def test_without_a_chinese_font_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection_pdf, "FONT_FILES", (Path("/nowhere/a.ttc"),))
    with pytest.raises(inspection_pdf.PaperError) as caught:
        inspection_pdf.font_file()
    assert caught.value.answer["code"] == "font_missing"
    assert "fonts-noto-cjk" in caught.value.answer["next_step"]


async def test_an_ordinary_record_is_one_page_with_an_embedded_font(tmp_path: Path) -> None:
    async with approved(tmp_path / "d") as on:
        content = on.core.state.inspection_records[KEY].content
        assert content is not None
        photos = tuple(str(on.evidence.path(one.sha256)) for one in content.photos)
        data = inspection_pdf.paper(PaperOrder(content, {"zhang": "张伟"}, photos))
        assert len(photos) == 2
        assert data.count(b"/Type /Page\n") == 1
        assert b"NotoSansCJKSC" in data
        assert b"/FontFile" in data
        found = found_in(data)
        assert found is not None
        assert (found.code, found.sha256) == (code_of(hash_of(content)), hash_of(content))
