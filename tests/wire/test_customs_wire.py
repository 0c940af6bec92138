"""Customs' system on a real socket, killed and back, and the daemon with it: nothing lost, nothing doubled by key."""

import json
from pathlib import Path

import pytest

from controller.customs.writers import ceb603, ceb604
from controller.domain.declarations import Receipt
from tests.line.line_story import CARRIER, declared, s10
from tests.wire.line_bench import DaemonProcess, line_bench

pytestmark = [pytest.mark.wire, pytest.mark.fast_clock]  # a daemon waits out HB_LIMIT in the time of its PLC

NUMBERS = tuple(s10(10000001 + n) for n in range(4))


async def close_inspection(daemon: DaemonProcess, number: str) -> None:
    answer = await daemon.act("close-inspection", "officer", list_key=f"{CARRIER}/{number}", cause="as declared")
    assert answer["ok"], answer


async def test_killed_offices_and_killed_daemons_tell_every_list_once(tmp_path: Path) -> None:
    async with line_bench(tmp_path / "bench") as bench:
        daemon, office = bench.daemon(), bench.customs
        port = int(office.url.split(":")[2].partition("/")[0])
        await daemon.start()
        await bench.until(daemon.ready, 20)
        daemon.drop("1.xml", ceb603([declared(n) for n in NUMBERS], guid="G-1"))
        ordered = [Receipt(f"C{n}", "", "", "", "E1", "A1", "500", "20201123090000000", "", n) for n in NUMBERS]
        daemon.drop("2.xml", ceb604(ordered, guid="G-2"))
        await bench.until(lambda: len(list((daemon.home / "inbox" / "done").glob("*.xml"))) == 2, 20)
        await close_inspection(daemon, NUMBERS[0])
        await bench.until(lambda: len(office.results) == 1, 10)
        await office.close()
        await close_inspection(daemon, NUMBERS[1])
        await daemon.kill()
        office.mood.lost_answers = 2
        await office.start(port=port)
        await daemon.start()
        await bench.until(lambda: len(office.results) == 2, 20)
        await bench.until(daemon.ready, 20)
        await close_inspection(daemon, NUMBERS[2])
        await daemon.kill()  # it may have sent it or not, and heard the answer or not
        await daemon.start()
        await bench.until(daemon.ready, 20)
        await close_inspection(daemon, NUMBERS[3])
        await bench.until(lambda: len(office.results) == 4, 20)
        assert [told["list_key"] for told in office.results.values()] == [f"{CARRIER}/{n}" for n in NUMBERS]
        assert not office.changed
        last, cursor = max(int(key.split("-")[1]) for key in office.results), daemon.home / "outbox" / "customs.json"
        # The office has a result before the daemon has its answer, and the cursor moves once that is in the journal.
        await bench.until(lambda: json.loads(cursor.read_bytes())["seq"] >= last, 10)
        assert await daemon.stop() == 0
