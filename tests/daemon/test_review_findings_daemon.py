"""What the daemon promises in corners that a review found open: poison input, slow disks, broken neighbours, logs."""

import asyncio
import logging
import os
import random
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from controller.customs.writers import ceb603, ceb604, load_notice
from controller.daemon import core_loop
from controller.daemon.acts import hold_number
from controller.daemon.clock import LineClock
from controller.daemon.control import Control
from controller.daemon.event_log import event_log
from controller.daemon.folder_work import FolderWork
from controller.daemon.inbox import Inbox
from controller.daemon.plc_link import PlcLink
from controller.domain.declarations import LoadNotice, NoticedCarton, Receipt
from controller.domain.reasons import Role
from controller.line import waiting_receipts
from controller.line.commands import PlcCommand
from controller.line.events import AnyEvent, HoldPlaced, LineCommanded, LoadArrived, ReceiptArrived
from controller.line.plc_events import PlcStatus, PlcStatusChanged
from controller.line.readiness import line_blockers
from controller.line.state import Draft
from controller.records.errors import RecordsError
from controller.records.journal_file import open_reader
from drivers.plc.codec import Status
from drivers.plc.reports import StatusChanged
from drivers.plc.vocabulary import PlcFlag, Result
from tests.daemon.test_core_loop import bench, turn
from tests.daemon.test_imports import desk
from tests.daemon.test_one_carton import running
from tests.daemon.virtual_line import virtual_line
from tests.line.line_story import CARRIER, FILE, declared, s10

A = s10(10000001)


@pytest.mark.virtual
async def test_a_file_with_a_name_in_another_encoding_is_imported_or_refused_and_the_line_stays_ready(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await running(line)
        inbox = tmp_path / "inbox"
        name = os.fsdecode(os.fsencode(str(inbox)) + b"/" + "\u6e05\u5355.csv".encode("gbk"))
        Path(name).write_bytes(b"nothing")
        await asyncio.sleep(10)
        assert line._served is not None
        assert not line._served.done()
        assert not line_blockers(Draft(line.state, 0))


@pytest.mark.virtual
async def test_an_inbox_that_can_not_be_emptied_does_not_stop_the_line(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await running(line)
        shutil.rmtree(tmp_path / "inbox" / "refused")
        (tmp_path / "inbox" / "refused").write_text("a file, not a folder")
        (tmp_path / "inbox" / "x.csv").write_bytes(b"nothing")
        await asyncio.sleep(20)
        rows = line.core.journal_seq
        await asyncio.sleep(60)
        assert not line_blockers(Draft(line.state, 0))
        assert line.core.journal_seq - rows < 60


@pytest.mark.virtual
async def test_a_records_database_that_is_away_does_not_stop_the_line(tmp_path: Path) -> None:
    async with virtual_line(tmp_path, **{"records.url": f"sqlite:///{tmp_path}/nowhere/records.sqlite"}) as line:
        await running(line)
        await asyncio.sleep(20)
        assert not line_blockers(Draft(line.state, 0))


@pytest.mark.parametrize("load_id", ["x" * 300, "x\0y", "x" * 20_000])
async def test_input_that_the_journal_can_not_keep_is_refused_and_the_core_goes_on(load_id: str) -> None:
    async with bench() as on:
        on.disk.let_through.set()
        try:
            applied = await on.core.submit(LoadArrived(load_id, "P1"), actor="li", role=Role.OPERATOR)
            assert applied.outcome.refusals
        except RecordsError:
            pass
        assert on.core.dead is None
        assert load_id not in on.core.state.loads


async def test_a_stop_does_not_wait_for_a_transaction_that_hangs() -> None:
    async with bench() as on:
        on.core.post(HoldPlaced("H1", "carton", f"{CARRIER}/{A}", "officer_hold", "look"), role=Role.OFFICER)
        await turn()
        assert on.disk.waiting == 1
        on.core.post(LineCommanded("stop", "smoke"), role=Role.OPERATOR)
        await turn()
        assert [c.code for c in on.wire.sent if isinstance(c, PlcCommand)] == [3]


async def test_a_start_on_its_way_to_the_disk_never_leaves_after_a_stop() -> None:
    async with bench() as on:
        on.core.post(LineCommanded("start", ""), role=Role.OPERATOR)
        await turn()
        on.core.post(LineCommanded("stop", ""), role=Role.OPERATOR)
        await turn()
        on.disk.let_through.set()
        await turn(20)
        assert [c.code for c in on.wire.sent if isinstance(c, PlcCommand)] == [3]


async def test_a_start_before_a_stop_never_leaves_where_the_sequence_wraps() -> None:
    async with bench() as on:
        on.core.state.facts = replace(on.core.state.facts, command_seq=65534)
        on.core.post(LineCommanded("start", ""), role=Role.OPERATOR)
        on.core.post(LineCommanded("stop", ""), role=Role.OPERATOR)
        on.disk.let_through.set()
        await turn()
        assert [c.code for c in on.wire.sent if isinstance(c, PlcCommand)] == [3]


async def test_the_log_of_the_company_does_not_say_what_customs_ordered(caplog: pytest.LogCaptureFixture) -> None:
    async with bench() as on:
        on.story.pass_to_decision(1, A)
        on.story.answer()
        on.story.divert(1, 3)
        on.clock._last_ms = on.story.now_ms
        on.disk.let_through.set()
        on.core.on_outcome.append(event_log("XY-1", "b00t"))
        with caplog.at_level(logging.INFO):
            receipt = Receipt(f"C{A}", "", "", "", "E1", "", "500", "20261123100000000", "", "")
            applied = await on.core.submit(ReceiptArrived(receipt, FILE), actor="x", role=Role.LINE)
        assert any(a.code == "recalled" for a in applied.outcome.alarms)
        assert "recalled" in caplog.text
        assert "500" not in caplog.text


STATUS = Status(
    heartbeat=1, host_hb_echo=0, session_echo=7, epoch=1, unit_mode=1, state=6, flags=PlcFlag(0), fault_first=0,
    alarm0=0, alarm1=0, zone_occ=0, zone_held=0, lane_full=0, lane_avail=7, speed_mm_s=500, belt_mm=0, in_track=0,
    evt_head=0, evt_tail=0, evt_ack_echo=0, evt_lost=0, cmd_echo=0, cmd_result=Result.NONE, dec_echo=(0,) * 8,
    dec_result=(Result.NONE,) * 8, deadline_mm=500, hb_limit_ms=2000, default_lane=1, boot_nonce=1,
)  # fmt: skip


async def test_a_belt_whose_measured_speed_trembles_fills_no_journal() -> None:
    posted: list[AnyEvent] = []
    link = PlcLink(LineClock(asyncio.get_running_loop(), 0))

    def post(event: AnyEvent, *, actor: str, on_durable: object = None) -> None:
        posted.append(event)

    link.attach(post, None)  # type: ignore[arg-type]
    for speed in (500, 501, 498, 503, 500, 499):
        link.report(StatusChanged(at_s=0.0, status=replace(STATUS, speed_mm_s=speed)))
    assert len(posted) == 1
    for speed in (300, 0):
        link.report(StatusChanged(at_s=0.0, status=replace(STATUS, speed_mm_s=speed)))
    assert len(posted) == 3


@pytest.mark.virtual
async def test_a_start_first_forgets_the_old_link_and_only_then_takes_new_rules(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await running(line)
        first = line.core.journal_seq
        assert await line.stop_daemon() == 0
        await line.start_daemon()
        await running(line)
        assert await line.stop_daemon() == 0
        reader = open_reader(tmp_path / "journal" / "journal.sqlite")
        kinds = [row.kind for row in reader.rows(first + 1)]
        reader.close()
        assert kinds.index("DaemonStarted") < kinds.index("ConfigLoaded")


async def test_a_notice_that_is_still_being_copied_is_left_alone_until_it_is_whole(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        inbox = tmp_path / "inbox"
        inbox.mkdir()
        work = FolderWork("inbox")
        task = asyncio.create_task(Inbox(on.importer, inbox, 0.2, work, on.core.post).run())
        await asyncio.sleep(0.05)
        cartons = tuple(NoticedCarton(s10(10000000 + n), CARRIER, s10(10000000 + n), 1, 1) for n in range(20))
        lines = load_notice([LoadNotice("L1", "P1", "", (), "", cartons)]).splitlines(keepends=True)
        with (inbox / "notice.csv").open("wb", buffering=0) as file:
            for row in lines:
                file.write(row)
                await asyncio.sleep(0.05)
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        work.close()
        assert on.core.state.loads["L1"].count == 20
        assert [p.name for p in (inbox / "done").iterdir()] == ["notice.csv"]


async def test_a_refusal_does_not_tell_the_company_whose_hold_it_is(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        control = Control(on.core, on.importer, "simulation", lambda: "a1")
        await on.take("m.xml", ceb603([declared(A)], guid="G"))
        hold = {"act": "hold", "target": A, "cause": "drugs", "actor": "zhang", "role": "officer", "id": "1"}
        assert (await control._act(hold))["ok"]
        lift = {"act": "lift", "hold_id": hold_number("1"), "cause": "x", "actor": "li", "role": "shift_lead", "id": "2"}
        company = await control._act(lift)
        assert "customs_check" in company["cause"]
        assert "officer_hold" not in str(company)
        holds = control._ask("holds")["holds"]
        assert "drugs" not in str(holds)
        assert "officer_hold" not in str(holds)


async def test_a_stop_leaves_even_when_the_disk_has_hung_for_so_long_that_nothing_is_applied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(core_loop, "FLYING_ROWS_LIMIT", 3)
    async with bench() as on:
        for flags in range(6):
            on.core.post(PlcStatusChanged(PlcStatus(6, flags, 0, 0, 0, 0, 500)))
            await turn()
        on.core.post(LineCommanded("stop", "smoke"), role=Role.OPERATOR)
        await turn()
        assert on.wire.stops == 1


async def test_every_receipt_that_the_core_refuses_is_named_to_who_brought_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting_receipts, "RECEIPTS_KEPT", 0)
    async with desk(tmp_path) as on:
        await on.take("m.xml", ceb603([declared(A)], guid="G"))
        receipts = [
            Receipt(f"C{number}", "", "", "", "E1", "", "800", "20261123090000000", "", "")
            for number in (s10(10000008), s10(10000009), A)
        ]
        _, refused = await on.take("r.xml", ceb604(receipts, guid="G"))
        assert len(refused) == 2


class Mailbox:
    """What a driver is told to stop with."""

    def __init__(self) -> None:
        self.stops: list[tuple[int, int]] = []

    def stop(self, seq: int, mark: int = 0) -> None:
        self.stops.append((seq, mark))

    def drop_permissive(self) -> None: ...

    def set_outputs(self, **outputs: object) -> None: ...

    def set_ready(self, ready: bool, sync_number: int = 0) -> None: ...


async def test_stops_of_two_starts_with_a_dead_journal_never_have_the_same_words() -> None:
    """The PLC takes a stop once for each content of its mailbox: the second start's stop would not be heard."""
    mailbox, chance = Mailbox(), random.Random(7)
    for _ in range(2):
        link = PlcLink(LineClock(asyncio.get_running_loop(), 0), epoch=3, command_seq=40, rng=chance)
        link.attach(lambda event, **more: None, mailbox)  # type: ignore[arg-type]
        link.fail_safe()
        link.stop_now()
        link.stop_now()
    assert [seq for seq, _ in mailbox.stops] == [41, 42, 41, 42], "counted from the journal's own number"
    assert len({mark for _, mark in mailbox.stops}) == 4
    assert all(mailbox.stops[i][1] for i in range(4))
