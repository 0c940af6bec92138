"""Loading, gate and port over their wires: a carton from the release lane to the port's system."""

import asyncio
import json
from pathlib import Path

import pytest

from controller.domain.reasons import Role
from controller.line.events import CartonRemoved, HoldPlaced
from controller.line.gate_events import GateChecked, GatePassIssued
from controller.line.loading_events import ContainerClosed, ContainerOpened, ContainerReopened, ContainerSealed, ContainerWeighed
from controller.records.evidence import EvidenceRef, EvidenceStore
from controller.records.journal_file import open_reader
from simulators.gate.front_end import Reading
from tests.daemon.test_one_carton import papers, running
from tests.daemon.virtual_line import VirtualLine, virtual_line
from tests.line.line_story import CARRIER, s10

pytestmark = pytest.mark.virtual

A = s10(10000001)
BOX, PLATE, SEAL = "TGHU1234567", "渝B12345", "SEAL0001"
GOOD = Reading(PLATE, BOX, SEAL, 12_000)


def events(line: VirtualLine, kind: str) -> list[dict[str, object]]:
    reader = open_reader(line.home / "journal" / "journal.sqlite")
    try:
        return [json.loads(row.event)["event"] for row in reader.rows(1) if row.kind == kind]
    finally:
        reader.close()


def answered(line: VirtualLine, to: str = "port") -> list[dict[str, object]]:
    return [event for event in events(line, "MessageAnswered") if event["to"] == to]


async def loaded(line: VirtualLine, *more: str) -> None:
    """One released carton in a sealed container with a pass; papers for `more`."""
    await running(line)
    await papers(line, A, *more)
    line.place(1, A)
    await line.until(lambda: line.lanes().get(1) == 3, 60)
    await asyncio.sleep(1)
    await line.act(ContainerOpened(BOX, "loading"))
    line.loading.show((A,))
    await line.until(lambda: line.state.doors.get("loading") is not None)
    assert line.state.doors["loading"].code == ""
    await line.act(ContainerClosed(BOX, 1))
    await line.act(ContainerWeighed(BOX, 2_302_000, 2_300_000))
    await line.act(ContainerSealed(BOX, SEAL))
    await line.act(GatePassIssued("P1", BOX, PLATE, 0), Role.OFFICER)


async def test_a_good_truck_leaves_and_the_port_is_told_once(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await loaded(line)
        session = line.gate.present(GOOD)
        assert await line.gate.answer(5) == "Y"
        barrier = line.sim.yard.barriers[1]
        await line.until(lambda: barrier.position == 1, 10)
        await line.until(lambda: line.harbour.released, 10)
        assert line.harbour.released[0]["cartons"] == [f"{CARRIER}/{A}"]
        await line.until(lambda: answered(line), 5)
        assert line.gate.answers[0] == (session, "Y")
        line.gate.drive_off()
        await line.until(lambda: barrier.position == 2, 10)
        assert line.harbour.repeats == 0
        await line.stop_daemon()
        store = EvidenceStore(tmp_path / "evidence")
        for kind in ("GateArrived", "GateAnswerSent"):
            evidence = events(line, kind)[0]["evidence"]
            assert isinstance(evidence, dict)
            raw = store.read(EvidenceRef(evidence["sha256"], evidence["size"], "application/octet-stream"))
            assert raw[:4] == bytes.fromhex("E25C4B89")
            assert session.encode() in raw


async def test_a_wrong_seal_is_a_no_and_the_barrier_stays(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await loaded(line)
        line.gate.present(Reading(PLATE, BOX, "SEAL9999", 12_000))
        assert await line.gate.answer(5) == "N"
        line.gate.manual_check(1, "guan-1", "let it go")
        await asyncio.sleep(10)
        assert line.sim.yard.barriers[1].position == 2
        assert not line.harbour.released


async def test_an_officer_at_the_console_lets_an_unread_plate_go(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await loaded(line)
        line.gate.present(Reading("", BOX, SEAL, 12_000))
        assert await line.gate.answer(5) == "M"
        line.gate.manual_check(1, "guan-1", "plate is dirty, it is the right truck")
        assert await line.gate.answer(5, other_than="M") == "Y"
        await line.until(lambda: line.harbour.released, 20)
        checked = events(line, "GateChecked")
        assert checked[0]["result"] == 1


async def test_a_console_that_is_not_trusted_decides_nothing(tmp_path: Path) -> None:
    async with virtual_line(tmp_path, **{"gates.gate.manual_check": False}) as line:
        await loaded(line)
        line.gate.present(Reading("", BOX, SEAL, 12_000))
        assert await line.gate.answer(5) == "M"
        line.gate.manual_check(1, "guan-1", "let it go")
        await line.until(lambda: events(line, "GateFrameRefused"), 5)
        assert not events(line, "GateChecked")
        assert line.sim.yard.barriers[1].position == 2


async def test_the_gate_is_unplugged_floods_and_comes_back(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await loaded(line)
        line.gate.faults.mute = True
        line.gate.present(GOOD)
        assert await line.gate.answer(3) == ""
        line.gate.drop_connections()
        await asyncio.sleep(0.5)
        line.gate.faults.mute = False
        line.gate.faults.garbage = b"\x00garbage\xe2\x5c"
        line.gate.faults.split = True
        line.gate.faults.double = 2
        assert await line.gate.answer(10) == "Y"
        await line.until(lambda: line.harbour.released, 20)
        assert {r for _, r in line.gate.answers} == {"Y"}
        orders = [f for f in line.sim.wire_log.of("judged") if f["record"] == "command" and f["words"][2] == 35]  # type: ignore[index]
        assert len(orders) == 1


@pytest.mark.parametrize("mood", ["dead", "lost", "broken", "late"])
async def test_the_port_hears_of_it_whatever_its_mood_and_counts_it_once(tmp_path: Path, mood: str) -> None:
    async with virtual_line(tmp_path) as line:
        await loaded(line)
        harbour = line.harbour.mood
        harbour.dead, harbour.late_s = mood == "dead", 8.0 if mood == "late" else 0.0
        harbour.lost_answers, harbour.broken_answers = 2 * (mood == "lost"), 2 * (mood == "broken")
        line.gate.present(GOOD)
        assert await line.gate.answer(5) == "Y"
        await asyncio.sleep(20)
        assert not answered(line) or mood in ("lost", "broken")
        harbour.dead, harbour.late_s = False, 0.0
        await line.until(lambda: answered(line), 60)
        assert len(line.harbour.released) == 1
        assert (line.harbour.repeats > 0) == (mood != "dead")
        assert "port" not in line.state.facts.devices_down


async def test_a_restart_sends_what_was_not_answered_and_nothing_that_was(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await loaded(line)
        line.harbour.mood.dead = True
        line.gate.present(GOOD)
        assert await line.gate.answer(5) == "Y"
        await asyncio.sleep(6)
        line.gate.drive_off()
        await line.stop_daemon()
        line.harbour.mood.dead = False
        await line.start_daemon()
        await line.until(lambda: line.harbour.released, 30)
        await asyncio.sleep(2)
        await line.stop_daemon()
        await line.start_daemon()
        await asyncio.sleep(5)
        assert (len(line.harbour.released), line.harbour.repeats) == (1, 0)


async def test_a_port_that_says_no_is_an_alarm_and_not_asked_again(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await loaded(line)
        line.harbour.mood.refuse = True
        line.gate.present(GOOD)
        await line.until(lambda: answered(line), 20)
        assert answered(line)[0]["result"] == "refused"
        await asyncio.sleep(20)
        assert line.harbour.repeats == 0


async def test_a_barrier_that_sticks_leaves_the_truck_inside_until_it_was_seen(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await loaded(line)
        line.sim.yard.barriers[1].stuck = True
        line.gate.present(GOOD)
        assert await line.gate.answer(5) == "Y"
        await asyncio.sleep(10)
        assert line.state.visits["gate"].state == "unsure"
        assert not line.harbour.released
        line.sim.yard.barriers[1].stuck = False
        line.gate.manual_check(1, "guan-1", "mended")
        await line.until(lambda: line.harbour.released, 20)


async def test_a_hold_that_comes_while_the_disk_still_writes_keeps_the_barrier_shut(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await loaded(line)
        line.gate.present(Reading("", BOX, SEAL, 12_000))
        assert await line.gate.answer(5) == "M"
        session = line.gate.session_id
        # Both in one batch: applied before either is on the disk.
        line.core.post(GateChecked("gate", session, 1, "go"), actor="guan-1", role=Role.OFFICER)
        line.core.post(HoldPlaced("H1", "carton", f"{CARRIER}/{A}", "officer_hold", "look"), actor="guan-2", role=Role.OFFICER)
        await asyncio.sleep(10)
        assert line.sim.yard.barriers[1].position == 2
        assert line.gate.answers[-1][1] == "N"
        await line.act(CartonRemoved(A, "open_box", "held"), Role.OFFICER)
        assert line.state.containers[BOX].sealed_ms < 0


async def told_no_too_late(line: VirtualLine) -> str:
    """A hold comes when the PLC has the order already: the truck is told no, and the barrier opens all the same."""
    await loaded(line)
    session = line.gate.present(GOOD)
    assert await line.gate.answer(5) == "Y"
    barrier = line.sim.yard.barriers[1]
    await line.until(lambda: barrier.moves, 5)
    line.core.post(HoldPlaced("H1", "carton", f"{CARRIER}/{A}", "officer_hold", "look"), actor="guan-2", role=Role.OFFICER)
    assert await line.gate.answer(5, other_than="Y") == "N"
    await line.until(lambda: barrier.position == 1, 5)
    await line.until(lambda: line.state.visits["gate"].state == "unsure", 5)
    await asyncio.sleep(12)  # through its timer, and the barrier is down again
    assert barrier.position == 2
    assert not line.harbour.released
    return session


async def test_who_left_behind_a_no_is_told_to_the_port_when_an_officer_has_said_so_even_after_a_restart(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        session = await told_no_too_late(line)
        await line.stop_daemon()
        await line.start_daemon()
        await asyncio.sleep(5)
        assert not line.harbour.released
        await line.act(GateChecked("gate", session, 4, "I saw it leave"), Role.OFFICER)
        await line.until(lambda: line.harbour.released, 20)
        assert line.harbour.released[0]["cartons"] == [f"{CARRIER}/{A}"]
        assert line.harbour.repeats == 0


async def test_who_stayed_behind_a_no_is_told_to_nobody_and_can_be_opened_again(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        session = await told_no_too_late(line)
        await line.act(GateChecked("gate", session, 3, "it stands here"), Role.OFFICER)
        assert await line.gate.answer(5, other_than="M") == "N"
        await line.act(ContainerReopened(BOX, "sent back"))
        assert line.state.containers[BOX].is_open
        await asyncio.sleep(10)
        assert not line.harbour.released


async def test_the_answer_to_who_waits_behind_names_that_truck_and_not_the_one_before_it(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await told_no_too_late(line)
        line.gate.drive_off()
        session = line.gate.present(Reading("渝C00007", "AKE12345CA", "", 9_000))
        assert await line.gate.answer(5) == "M"
        await line.stop_daemon()
        sent = next(event for event in events(line, "GateAnswerSent") if event["session_id"] == session)
        evidence = sent["evidence"]
        assert isinstance(evidence, dict)
        ref = EvidenceRef(evidence["sha256"], evidence["size"], "application/octet-stream")
        raw = EvidenceStore(tmp_path / "evidence").read(ref).decode(errors="replace")
        assert "渝C00007" in raw
        assert PLATE not in raw
        assert BOX not in raw
