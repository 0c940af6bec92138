"""The link to customs under a daemon: an office that hangs; folders gone, closed and hanging. Silence releases nothing."""

import json
from functools import partial
from pathlib import Path

import pytest

from controller.customs.writers import ceb603, ceb604
from controller.domain.declarations import Receipt
from tests.line.line_story import CARRIER, declared, s10
from tests.wire.closed_doors import WITHOUT_POWERS, hanging
from tests.wire.line_bench import INSPECT, RELEASE, DaemonProcess, line_bench
from tests.wire.test_customs_wire import close_inspection
from tests.wire.told import Told

pytestmark = [pytest.mark.wire, pytest.mark.fast_clock]

A, B, C = (s10(10000001 + n) for n in range(3))


async def silent(daemon: DaemonProcess) -> bool:
    return "customs_silent" in (await daemon.ask(ask="status")).get("blockers", ())


async def test_an_office_that_hangs_or_is_gone_silences_the_line_until_it_answers(tmp_path: Path) -> None:
    async with line_bench(tmp_path) as bench:
        daemon, office = bench.daemon(), bench.customs
        daemon.settings |= {"customs.customs_silence_limit_s": 20, "customs.timeout_ms": 2000, "customs.retry_s": 2}
        told = Told(daemon)
        await daemon.start()
        await bench.running(daemon)
        await bench.papers(daemon, A, B, C)
        port = int(office.url.split(":")[2].partition("/")[0])
        for number, label, hangs in ((1, A, True), (2, B, False)):
            if hangs:
                office.mood.late_s = 3600  # it takes everything and answers nothing
            else:
                await office.close()
            await bench.until(lambda: silent(daemon), 60)
            assert await bench.passes(number, label) == INSPECT
            assert "customs_silent" in told.against(label)
            await office.close()
            office.mood.late_s = 0
            await office.start(port=port)
            await bench.until(daemon.ready, 30)
            await bench.until(daemon.down_is, 30)
        await bench.flows(3, C)
        assert not office.changed


async def test_folders_of_customs_that_are_gone_closed_or_hang_are_told_and_lose_nothing(tmp_path: Path) -> None:
    async with line_bench(tmp_path) as bench:
        daemon = bench.daemon()
        daemon.settings |= {"customs.office_url": "", "customs.outbox_dir": "told", "customs.customs_silence_limit_s": 0,
                            "customs.retry_s": 1}  # fmt: skip
        told, inbox, outbox = Told(daemon), daemon.home / "inbox", daemon.home / "told"
        await daemon.start(*WITHOUT_POWERS)
        await bench.running(daemon)
        await bench.papers(daemon, A, B)
        ordered = [Receipt(f"C{n}", "", "", "", "E1", "A1", "500", "20201123090000000", "", n) for n in (A, B)]
        daemon.drop("4-ordered.xml", ceb604(ordered, guid="G-4"))
        await bench.until((inbox / "done" / "4-ordered.xml").exists, 20)

        outbox.write_text("a file where the folder was")
        await close_inspection(daemon, A)
        await bench.until(lambda: daemon.down_is("customs"), 20)
        outbox.unlink()
        await bench.until(lambda: len(list(outbox.glob("*.json"))) == 1, 20)
        await bench.until(daemon.down_is, 20)
        outbox.chmod(0)
        await close_inspection(daemon, B)
        await bench.until(lambda: daemon.down_is("customs"), 20)
        outbox.chmod(0o755)
        await bench.until(lambda: len(list(outbox.glob("*.json"))) == 2, 20)
        await bench.until(daemon.down_is, 20)
        keys = [json.loads(path.read_bytes())["body"]["list_key"] for path in sorted(outbox.glob("*.json"))]
        assert keys == [f"{CARRIER}/{A}", f"{CARRIER}/{B}"]

        inbox.rename(tmp_path / "inbox-away")
        await bench.until(lambda: daemon.down_is("inbox"), 20)
        (tmp_path / "inbox-away").rename(inbox)
        await bench.until(daemon.down_is, 20)
        with hanging(inbox / "5-lists.xml", ceb603([declared(C)], guid="G-5")):
            await bench.until(lambda: daemon.down_is("inbox"), 30)
            # A share that hangs holds up nothing else: the PLC hears the daemon, and C is on no list that anybody could read.
            assert await bench.passes(3, C) != RELEASE
            assert "not_declared" in told.against(C)
            assert "plc_not_ready" not in (await daemon.ask(ask="status"))["blockers"]
        await bench.until(daemon.down_is, 30)
        await bench.until((inbox / "done" / "5-lists.xml").exists, 30)
        await bench.until(partial(told.called_down, "inbox", "folder_hangs"), 10)
        await bench.until(lambda: "folder_unreadable" in told.down("inbox"), 10)
        await bench.until(partial(told.called_down, "customs", "outbox_unwritable"), 10)
