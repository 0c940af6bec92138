"""A PLC that comes to have release as its default lane while cartons lie on its belt: nothing of them leaves by it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from controller.domain.sentences import in_chinese
from controller.line.belt import PlcFlag
from controller.line.events import LineCommanded
from simulators.plc import registers as reg
from simulators.plc.host_link import HostLink
from tests.daemon.test_one_carton import papers, running
from tests.daemon.virtual_line import VirtualLine, virtual_line
from tests.line.line_story import s10

pytestmark = pytest.mark.virtual

A, UNDECLARED = s10(10000001), s10(10000002)


def stands(line: VirtualLine) -> bool:
    return not line.state.facts.plc_status.flags & PlcFlag.RUNNING  # type: ignore[union-attr]


async def test_nothing_is_decided_for_it_and_its_belt_is_stopped_as_often_as_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver gives no picture while it is so: with the belt running the undeclared carton went out by release."""
    async with virtual_line(tmp_path) as line:
        await running(line)
        await papers(line, A)
        line.place(1, UNDECLARED)
        await asyncio.sleep(4)
        told: list[Any] = []
        line.core.on_outcome.append(lambda _, stamped, outcome: told.extend(one.detail for one in outcome.alarms))
        with monkeypatch.context() as wrong:
            wrong.setattr(HostLink, "_settings", lambda self: setattr(self._m, "default_lane", reg.LANE_RELEASE))
            await line.until(lambda: stands(line))
            line.sim.press("start")
            await line.until(lambda: not stands(line))
            await line.until(lambda: stands(line))
            await asyncio.sleep(20)
            assert line.lanes() == {}
        assert "the default lane in force releases: the belt is stopped" in told
        assert in_chinese("the default lane in force releases: the belt is stopped") == "PLC 当前默认道为放行道, 已停线"
        await line.until(lambda: line.state.facts.plc_synced)
        await line.act(LineCommanded("start", "test"))
        await line.emptied()
        assert line.lanes() == {1: 2}
