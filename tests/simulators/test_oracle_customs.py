"""What the oracle says of customs: a run of the real daemon on a virtual line, then its records with one thing made wrong."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from simulators.oracle.customs_checks import check_customs, never_told
from simulators.oracle.journal_story import tell_journal
from simulators.oracle.plant_story import tell_plant
from simulators.oracle.run import Run
from simulators.oracle.sources import StoredRow, read_journal
from simulators.oracle.walking import found_by
from simulators.oracle.wire_story import tell_wire
from tests.daemon.test_customs_link import FAST, scanned_in
from tests.daemon.virtual_line import virtual_line
from tests.simulators.test_oracle_departures import changed

pytestmark = pytest.mark.virtual


async def told(home: Path) -> tuple[list[Any], list[StoredRow]]:
    """One carton scanned in and released, its arrival told."""
    async with virtual_line(home, **FAST) as line:
        await scanned_in(line)
        await line.until(lambda: line.customs.arrivals, 30)
        await asyncio.sleep(60)
        await line.stop_daemon()
        facts = [{"fact": fact, "line_ms": 0, **details} for fact, details in line.noted if fact.startswith("customs")]
        return facts, read_journal(home / "journal" / "journal.sqlite")


def judged(wire: list[Any], stored: list[StoredRow]) -> list[str]:
    run = Run(tell_plant([]), tell_wire(wire), tell_journal(stored), stored, [], {"cartons": {}, "scenes": []})
    return [breach.what for breach in (*found_by(run, [check_customs])[0], *never_told(run, stored[-1].line_ms))]


async def test_a_right_run_is_no_breach_and_each_wrong_one_is(tmp_path: Path) -> None:
    wire, stored = await told(tmp_path)
    assert judged(wire, stored) == []
    one = next(fact for fact in wire if fact["fact"] == "customs_told")

    def spoilt(**changes: Any) -> list[str]:
        return judged([{**fact, **changes} if fact is one else fact for fact in wire], stored)

    assert any("no row of the journal" in what for what in spoilt(key="1-99999-0"))
    assert any("its row says otherwise" in what for what in spoilt(lists=["EMS001/OTHER"]))
    assert any("other bytes" in what for what in spoilt(same=False))
    assert any("twice" in what for what in judged([*wire, one], stored))
    assert any("never told" in what for what in judged([fact for fact in wire if fact is not one], stored))
    assert any("signs of life" in what for what in judged([one], stored))

    def without(name: str) -> list[StoredRow]:
        return [row for row in stored if json.loads(row.event)["event"]["type"] != name]

    unread = judged(wire, without("CodesRead"))
    assert any("0 of its cartons were read" in what for what in unread)
    words = (b'"ReceiptArrived"', b'"MessageAnswered"')
    silent = judged(wire, [row for row in without("CustomsHeard") if not any(word in row.event for word in words)])
    assert any("lets something out" in what for what in silent)

    def forget(event: dict[str, Any], outcome: dict[str, Any]) -> None:
        outcome["messages"] = []

    untold = judged([], changed(without("CustomsHeard"), "TimerFired", forget))
    assert any("no row tells customs" in what for what in untold)
