"""I13 as the oracle judges it: runs of the real daemon on a virtual line, then the same files with one thing made wrong."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from simulators.oracle.departure_checks import check_departures
from simulators.oracle.departure_story import check_word, tell_yard
from simulators.oracle.journal_story import tell_journal
from simulators.oracle.plant_story import tell_plant
from simulators.oracle.run import Run, _join_exits, _join_passages
from simulators.oracle.sources import StoredRow, read_journal
from simulators.oracle.walking import found_by
from simulators.oracle.wire_story import tell_wire
from simulators.plant.yard import Truck
from tests.daemon.test_gate_and_port import BOX, GOOD, PLATE, loaded
from tests.daemon.virtual_line import virtual_line

pytestmark = pytest.mark.virtual

ASKS = {"code": "barrier_unconfirmed", "subject": "gate:gate"}


async def departed(home: Path) -> tuple[list[Any], list[Any], list[StoredRow]]:
    """One carton loaded and let go; its plant facts, wire facts and journal."""
    async with virtual_line(home) as line:
        await loaded(line)
        yard = line.sim.yard
        box = yard.bring(BOX, 2_300_000)
        carton = line.sim.plant.take_from_lane(3)
        yard.load(box, carton)
        yard.seal(box, "SEAL0001")
        line.gate.present(GOOD)
        assert await line.gate.answer(5) == "Y"
        await line.until(lambda: yard.barriers[1].position == 1, 10)
        yard.leave(1, Truck(PLATE, 8_000_000, box))
        await asyncio.sleep(3)
        await line.stop_daemon()
        return list(line.sim.log), list(line.sim.wire_log), read_journal(home / "journal" / "journal.sqlite")


def judged(plant: list[Any], wire: list[Any], stored: list[StoredRow]) -> list[str]:
    numbers = {str(f["carton_no"]): f["labels"][0] for f in plant if f["fact"] == "placed"}
    expected = {"cartons": {n: {"label": text, "declared": True} for n, text in numbers.items()}, "scenes": []}
    run = Run(tell_plant(plant), tell_wire(wire), tell_journal(stored), stored, [], expected, tell_yard(plant))
    _join_exits(run)
    _join_passages(run)
    return [breach.what for breach in found_by(run, [check_departures])[0]]


def changed(stored: list[StoredRow], kind: str, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> list[StoredRow]:
    """The rows with each event of a kind, and its outcome, changed."""
    rows = []
    for row in stored:
        stamped, outcome = json.loads(row.event), json.loads(row.outcome)
        if stamped["event"]["type"] == kind:
            change(stamped["event"], outcome)
        rows.append(msgspec.structs.replace(row, event=json.dumps(stamped).encode(), outcome=json.dumps(outcome).encode()))
    return rows


async def test_a_right_departure_is_no_breach_and_each_wrong_one_is(tmp_path: Path) -> None:
    plant, wire, stored = await departed(tmp_path)
    assert judged(plant, wire, stored) == []
    left = next(fact for fact in plant if fact["fact"] == "truck_left")

    stowaway = [{**f, "cartons": [*f["cartons"], 77]} if f is left else f for f in plant]
    assert any("is not on its list" in what for what in judged(stowaway, wire, stored))

    empty = [{**f, "cartons": []} if f is left else f for f in plant]
    assert any("not in it when it left" in what for what in judged(empty, wire, stored))

    other = [{**f, "container_no": "AKE12345CA"} if f is left else f for f in plant]
    assert any("no order of its own" in what for what in judged(other, wire, stored))

    twice = [*plant, {**left, "line_ms": left["line_ms"] + 1}]
    assert any("no order of its own" in what for what in judged(twice, wire, stored))

    no_command = [f for f in wire if not (f.get("record") == "command" and f["words"][2] == 35)]
    assert any("no command had ordered it" in what for what in judged(plant, no_command, stored))

    unsealed = changed(stored, "ContainerSealed", lambda event, outcome: outcome.update(refusals=[{"subject": "x"}]))
    assert any("not closed, weighed and sealed" in what for what in judged(plant, wire, unsealed))

    by_operator = [
        row if b'"GatePassIssued"' not in row.event else _as_role(row, "operator") for row in stored
    ]  # fmt: skip
    assert any("no pass that stands" in what for what in judged(plant, wire, by_operator))

    recalled = changed(stored, "ReceiptArrived", lambda event, outcome: event["receipt"].update(return_status="500"))
    told = judged(plant, wire, recalled)
    assert any("loads" in what and "inspection" in what for what in told)
    assert any("opens gate" in what and "inspection" in what for what in told)


async def test_who_left_is_known_to_be_gone_or_an_officer_is_asked_and_heard(tmp_path: Path) -> None:
    plant, wire, stored = await departed(tmp_path)
    stayed = [fact for fact in plant if fact["fact"] != "truck_left"]
    assert any("which never left" in what for what in judged(stayed, wire, stored))

    # As if its barrier had opened behind a no, and the daemon had taken that for nothing.
    untold = changed(stored, "RingEvent", lambda event, outcome: outcome.update(messages=[]))
    assert judged(plant, wire, untold) == []  # there is time yet to ask
    left = next(fact for fact in plant if fact["fact"] == "truck_left")
    later = _row(untold[-1], {"type": "TimerFired", "token": "x"}, left["line_ms"] + 40_000)
    assert any("neither knows it nor asks" in what for what in judged(plant, wire, [*untold, later]))
    asked = _row(untold[-1], {"type": "TimerFired", "token": "x"}, left["line_ms"] + 40_000, alarms=[ASKS])
    assert judged(plant, wire, [*untold, asked]) == []

    session = next(json.loads(row.event)["event"]["session_id"] for row in stored if b'"GateArrived"' in row.event)
    word = {"type": "GateChecked", "gate": "gate", "session_id": session, "result": 4, "comment": "I saw it"}
    told = {"to": "port", "kind": "linked_release", "about": f"container:{BOX}", "body": "{}"}
    no, at_ms = [{"code": "gate_check_void", "subject": "gate:gate"}], left["line_ms"] + 20_000
    assert judged(plant, wire, [*untold, _row(untold[-1], word, at_ms, messages=[told])]) == []
    assert any("it is still here" in what for what in judged(plant, wire, [*untold, _row(untold[-1], word, at_ms, refusals=no)]))
    assert judged(plant, wire, [*stored, _row(stored[-1], word, at_ms, refusals=no)]) == []  # it was known already
    assert any("a second time" in what for what in judged(plant, wire, [*stored, _row(stored[-1], word, at_ms, messages=[told])]))
    untrue = judged(stayed, wire, [*untold, _row(untold[-1], word, at_ms, messages=[told])])
    assert any("by an officer's word, and it never left" in what for what in untrue)


async def test_what_is_taken_away_after_the_truck_left_was_another_carton_with_its_number(tmp_path: Path) -> None:
    plant, wire, stored = await departed(tmp_path)
    left = next(fact for fact in plant if fact["fact"] == "truck_left")
    label = next(f["labels"][0] for f in plant if f["fact"] == "placed" and f["carton_no"] == left["cartons"][0])
    later, earlier = (_removed(stored[-1], label, left["line_ms"] + after_ms) for after_ms in (1, -1))
    assert judged(plant, wire, [*stored, later]) == []
    assert any("is not on its list" in what for what in judged(plant, wire, [*stored, earlier]))


def _removed(row: StoredRow, code: str, line_ms: int) -> StoredRow:
    return _row(row, {"type": "CartonRemoved", "code": code, "place": "open_box", "cause": "duplicate"}, line_ms)


def _row(before: StoredRow, event: dict[str, Any], line_ms: int, **outcome: Any) -> StoredRow:
    """A row behind another one."""
    stamped = json.loads(before.event) | {"event": event}
    done = json.loads(before.outcome) | {"refusals": [], "findings": [], "messages": [], "alarms": []} | outcome
    raw, told = json.dumps(stamped).encode(), json.dumps(done).encode()
    return msgspec.structs.replace(before, seq=before.seq + 1, line_ms=line_ms, event=raw, outcome=told)


def _as_role(row: StoredRow, role: str) -> StoredRow:
    stamped = json.loads(row.event)
    stamped["role"] = role
    return msgspec.structs.replace(row, event=json.dumps(stamped).encode())


def test_the_check_word_is_crc_16() -> None:
    assert check_word("123456789") == 0x29B1  # CRC-16/CCITT-FALSE, the published check value
