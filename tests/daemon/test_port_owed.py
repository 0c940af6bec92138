"""A port that does not take one message, whatever it answers to the others."""

import asyncio
from pathlib import Path

import pytest

from controller.daemon import outbox
from controller.domain.reasons import Role
from controller.line.gate_events import GatePassIssued
from controller.line.loading_events import ContainerClosed, ContainerOpened, ContainerSealed, ContainerWeighed
from simulators.gate.front_end import Reading
from tests.daemon.test_gate_and_port import BOX, GOOD, answered, loaded
from tests.daemon.virtual_line import VirtualLine, virtual_line
from tests.line.line_story import s10

pytestmark = pytest.mark.virtual

B = s10(10000002)
NEXT = Reading("渝B54321", "AKE12345CA", "SEAL0002", 12_000)


async def first_left(line: VirtualLine) -> None:
    await loaded(line, B)
    line.harbour.mood.unwelcome = BOX
    line.gate.present(GOOD)
    assert await line.gate.answer(5) == "Y"
    await line.until(lambda: line.sim.yard.barriers[1].position == 1, 10)
    line.gate.drive_off()
    await line.until(lambda: line.sim.yard.barriers[1].position == 2, 10)


async def second_left(line: VirtualLine) -> None:
    line.place(2, B)
    await line.until(lambda: line.lanes().get(2) == 3, 60)
    await asyncio.sleep(1)
    await line.act(ContainerOpened(NEXT.container_no, "loading"))
    line.loading.show((B,))
    await line.until(lambda: line.state.doors["loading"].carton.endswith(B))
    await line.act(ContainerClosed(NEXT.container_no, 1))
    await line.act(ContainerWeighed(NEXT.container_no, 2_302_000, 2_300_000))
    await line.act(ContainerSealed(NEXT.container_no, NEXT.seal_no))
    await line.act(GatePassIssued("P2", NEXT.container_no, NEXT.plate, 0), Role.OFFICER)
    line.gate.present(NEXT)
    assert await line.gate.answer(5) == "Y"


def told(line: VirtualLine) -> list[object]:
    return [one["container_no"] for one in line.harbour.released]


async def test_what_the_port_does_not_take_is_told_stays_owed_and_keeps_no_other_container_back(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await first_left(line)
        await second_left(line)
        await line.until(lambda: told(line) == [NEXT.container_no], 120)
        (alarm,) = [one for one in line.state.alarms.values() if one.code == "message_refused"]
        assert (alarm.subject, "status 422" in alarm.detail) == (f"container:{BOX}", True)
        assert "port" not in line.state.facts.devices_down, "it is there, and takes others"
        await line.until(lambda: len(answered(line)) == 2, 10)
        await line.stop_daemon()
        await line.start_daemon()
        await asyncio.sleep(2 * outbox.OWED_AGAIN_S)
        assert told(line) == [NEXT.container_no]
        line.harbour.mood.unwelcome = ""
        await line.until(lambda: told(line) == [NEXT.container_no, BOX], outbox.OWED_AGAIN_S + 60)
        await line.until(lambda: len(answered(line)) == 3, 10)
        assert [one["result"] for one in answered(line)] == ["refused", "accepted", "accepted"]
        turned_away = line.harbour.turned_away
        await asyncio.sleep(2 * outbox.OWED_AGAIN_S)
        assert (line.harbour.repeats, line.harbour.turned_away) == (0, turned_away), "owed no more"


async def test_without_room_for_what_is_owed_the_others_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "OWED_MOST", 0)
    async with virtual_line(tmp_path) as line:
        await first_left(line)
        await asyncio.sleep(120)
        assert "port" in line.state.facts.devices_down
        line.harbour.mood.unwelcome = ""
        await line.until(lambda: told(line) == [BOX], 60)
        assert "port" not in line.state.facts.devices_down
