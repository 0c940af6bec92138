"""Files from outside: what counts, what is refused, and that nothing accepted before is lost."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from controller.customs.writers import ceb603, ceb604, load_notice
from controller.daemon.clock import LineClock
from controller.daemon.core_loop import CoreLoop
from controller.daemon.folder_work import FolderWork
from controller.daemon.imports import LOAD_NOTICE, MANIFEST, RECEIPTS, Importer, kind_of
from controller.daemon.inbox import Inbox
from controller.daemon.line_profile import config_event
from controller.daemon.recovery import recover
from controller.domain.declarations import LoadNotice, NoticedCarton, Receipt
from controller.domain.reasons import Role
from controller.line.events import AnyEvent
from controller.records.evidence import EvidenceStore
from controller.records.journal import Journal
from controller.records.writer import JournalWriter
from controller.settings.loading import load
from tests.daemon.test_core_loop import Wire
from tests.daemon.virtual_line import ROOT
from tests.line.line_story import CARRIER, declared, s10

A, B = s10(10000001), s10(10000002)
SAMPLES = Path(os.environ.get("XIYONG_CEB_SAMPLES") or ROOT.parent / "shared" / "data" / "ceb") / "samples-2018"


class Desk:
    def __init__(self, home: Path, core: CoreLoop, importer: Importer) -> None:
        self.home, self.core, self.importer = home, core, importer
        self.heard: list[tuple[str, AnyEvent]] = []
        core.on_outcome.append(lambda seq, stamped, outcome: self.heard.append((stamped.actor, stamped.event)))

    async def take(self, name: str, data: bytes) -> tuple[int, tuple[str, ...]]:
        path = self.home / name
        path.write_bytes(data)
        imported = await self.importer.take(path, "test", Role.SHIFT_LEAD)
        return imported.taken, imported.refused

    def status(self, number: str) -> str:
        return self.core.state.lists[f"{CARRIER}/{number}"].status


@asynccontextmanager
async def desk(home: Path) -> AsyncIterator[Desk]:
    home.mkdir(exist_ok=True)
    journal = Journal.open(home / "journal.sqlite")
    executor, long_work = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
    recovered = recover(journal)
    assert recovered.differs_at == 0
    clock = LineClock(asyncio.get_running_loop(), recovered.state.facts.line_ms)
    wire = Wire()
    core = CoreLoop(recovered.state, JournalWriter(journal, executor), clock, wire, wire)
    core.journal_seq = recovered.seq
    task = asyncio.create_task(core.run())
    try:
        settings = load(ROOT / "config" / "simulation.toml", {"site.data_dir": str(home)})
        await core.submit(config_event(settings, "test"), actor="daemon", role=Role.LINE)
        yield Desk(home, core, Importer(core, EvidenceStore(home / "evidence"), long_work))
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        journal.close()
        executor.shutdown()
        long_work.shutdown()


def answer(number: str, status: str = "800") -> Receipt:
    return Receipt(f"C{number}", "", "", "", "E1", "A1", status, "20201123090000000", "", number)


async def test_lists_receipts_and_notice_become_state_and_survive_a_restart(tmp_path: Path) -> None:
    async with desk(tmp_path / "d") as on:
        assert await on.take("l.xml", ceb603([declared(A), declared(B)], guid="G")) == (2, ())
        assert await on.take("r.xml", ceb604([answer(A), answer(B, "120")], guid="G")) == (2, ())
        notice = LoadNotice("L1", "P1", "", ("S1",), "", (NoticedCarton(A, CARRIER, A, 1, 1),))
        assert await on.take("n.csv", load_notice([notice])) == (1, ())
        assert (on.status(A), on.status(B)) == ("800", "120")
    async with desk(tmp_path / "d") as again:
        assert (again.status(A), again.status(B)) == ("800", "120")
        assert again.core.state.loads["L1"].noticed


def enveloped(inner: bytes) -> bytes:
    return b"<DxpMsg><Data>" + base64.b64encode(inner) + b"</Data></DxpMsg>"


LISTS, ORDER = ceb603([declared(A)], guid="G"), ceb604([answer(A, "500")], guid="H")


@pytest.mark.parametrize(
    "data",
    [LISTS + b" " * 5000 + ORDER, ORDER + LISTS, enveloped(LISTS) + enveloped(ORDER),
     b"<All>" + enveloped(ORDER + LISTS) + b"</All>"],
    ids=["lists first", "receipts first", "envelopes", "one envelope"],
)  # fmt: skip
async def test_messages_of_two_kinds_in_one_file_are_both_read(tmp_path: Path, data: bytes) -> None:
    async with desk(tmp_path / "d") as on:
        assert await on.take("both.xml", data) == (2, ())
        assert on.core.state.lists[f"{CARRIER}/{A}"].inspection_open
        assert not on.core.state.orphan_receipts


async def test_a_message_in_a_file_that_the_line_does_not_read_is_refused_by_itself(tmp_path: Path) -> None:
    async with desk(tmp_path / "d") as on:
        taken, refused = await on.take("both.xml", ORDER.replace(b"CEB604", b"CEB605") + LISTS)
        assert (taken, len(refused)) == (1, 1)
        assert refused[0].startswith("message_unread (the whole file): CEB605Message ")
        taken, refused = await on.take("alone.xml", ORDER.replace(b"CEB604", b"CEB605"))
        assert (taken, len(refused)) == (0, 1)
        assert refused[0].startswith("no_message")


async def test_a_part_that_every_reader_refuses_is_told_once(tmp_path: Path) -> None:
    async with desk(tmp_path / "d") as on:
        taken, refused = await on.take("both.xml", LISTS + ORDER + b"<DxpMsg><Data>!!!</Data></DxpMsg>")
        assert (taken, len(refused)) == (2, 1)


async def test_the_kind_of_a_file_is_what_is_in_it_whatever_its_beginning_looks_like(tmp_path: Path) -> None:
    async with desk(tmp_path / "d") as on:
        assert await on.take("l.xml", LISTS) == (1, ())
        assert await on.take("utf16.xml", ORDER.decode().replace('"UTF-8"', '"UTF-16"').encode("utf-16")) == (1, ())
        assert on.status(A) == "500"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("before", ["", "\r\n" * 90], ids=["at once", "blank lines before it"])
async def test_an_order_to_inspect_is_read_in_every_encoding_of_xml(tmp_path: Path, codec: str, before: str) -> None:
    order = ceb604([replace(answer(A, "500"), return_info="布控查验")], guid="H").decode()
    data = (before + order.replace('"UTF-8"', '"UTF-16"' if "16" in codec else '"UTF-8"')).encode(codec)
    assert kind_of(data) == RECEIPTS
    async with desk(tmp_path / "d") as on:
        await on.take("l.xml", LISTS)
        assert await on.take("order.xml", data) == (1, ())
        assert on.core.state.lists[f"{CARRIER}/{A}"].inspection_open


def test_a_kind_is_told_in_utf_16_too() -> None:
    envelope = "<DxpMsg><TransInfo><MsgType>CEB604Message</MsgType></TransInfo></DxpMsg>"
    assert kind_of(envelope.encode("utf-16")) == RECEIPTS
    assert kind_of(LISTS.decode().replace('"UTF-8"', '"UTF-16"').encode("utf-16")) == MANIFEST
    assert kind_of("load_id,plate\n".encode("utf-16")) == LOAD_NOTICE


async def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path / "d") as on:
        data = ceb603([declared(A)], guid="G")
        await on.take("l.xml", data)
        await on.take("r.xml", ceb604([answer(A)], guid="G"))
        await on.take("again.xml", data)
        assert on.status(A) == "800"
        assert not on.core.state.holds, "it contradicts nothing"


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00\xff garbage", b"<a", b"<?xml version='1.0'?><x/>", b"{", b"[]", b"a,b\n1,2\n",
     b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"],
)  # fmt: skip
async def test_what_is_no_message_is_refused_with_a_next_step_and_kept_as_evidence(tmp_path: Path, data: bytes) -> None:
    async with desk(tmp_path / "d") as on:
        await on.take("l.xml", ceb603([declared(A)], guid="G"))
        taken, refused = await on.take("bad", data)
        assert taken == 0
        assert refused
        assert ";" in refused[0]
        assert f"{CARRIER}/{A}" in on.core.state.lists
        assert len([p for p in (tmp_path / "d" / "evidence").rglob("*") if p.is_file()]) == 2


async def test_the_inbox_takes_files_in_name_order_and_moves_them_aside(tmp_path: Path) -> None:
    async with desk(tmp_path / "d") as on:
        inbox = tmp_path / "inbox"
        inbox.mkdir()
        (inbox / "2.xml").write_bytes(ceb604([answer(A)], guid="G"))
        (inbox / "1.xml").write_bytes(ceb603([declared(A)], guid="G"))
        (inbox / "3.xml").write_bytes(b"<broken")
        (inbox / "4.xml.part").write_bytes(b"half")
        work = FolderWork("inbox")
        watching = asyncio.create_task(Inbox(on.importer, inbox, 0.05, work, on.core.post).run())
        async with asyncio.timeout(10):
            while not (inbox / "refused" / "3.xml").exists():
                await asyncio.sleep(0.02)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        work.close()
        assert sorted(p.name for p in (inbox / "done").iterdir()) == ["1.xml", "2.xml"]
        assert (inbox / "4.xml.part").exists()
        assert on.status(A) == "800"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the official samples are not here")
async def test_the_official_samples_of_2018_are_taken(tmp_path: Path) -> None:
    async with desk(tmp_path / "d") as on:
        lists, refused = await on.take("CEB603.xml", (SAMPLES / "CEB603Message.xml").read_bytes())
        assert (lists, refused) == (10, ())
        receipts, refused = await on.take("CEB604.xml", (SAMPLES / "CEB604Message.xml").read_bytes())
        assert (receipts, refused) == (10, ())
        assert on.core.state.lists
