"""How a daemon and its tasks ended is judged: what nobody planted is told, although a supervisor started it again."""

import asyncio
from typing import Any

import pytest

from controller.daemon.clock import LineClock
from controller.daemon.plc_link import PlcLink
from controller.daemon.supervision import FatalEnd
from controller.domain.device_codes import DEVICE_CODES
from controller.records.errors import JournalDead
from controller.rehearsal.ends import PLANTED, check_ends, planned
from simulators.oracle.journal_story import Row


def row(kind: str, **event: Any) -> Row:
    return Row(7, 1000, kind, event, "line", {})


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (row("TaskEnded", task="reader:verify", error=f"RuntimeError: {PLANTED}"), False),
        (row("TaskEnded", task="reader:verify", error="KeyError: 'code'"), True),
        (row("TaskEnded", task="plc", error="it returned"), True),
        (row("DeviceDown", device="records", code="service_down", cause="ValueError: no number"), True),
        (row("DeviceDown", device="dock", code="stalled", cause="no frame for 1500 ms"), False),
    ],
)
def test_a_task_that_ends_by_what_nobody_planted_is_told(one: Row, told: bool) -> None:
    assert [breach.invariant for breach in check_ends([], [], [one])] == ["END"] * told


class Ruled:
    """A driver whose PLC another session rules."""

    async def run(self) -> None: ...


async def test_the_end_by_another_session_is_planned_by_whatever_code_it_is_told() -> None:
    link = PlcLink(LineClock(asyncio.get_running_loop(), 0))
    link.attach(lambda event, **more: None, Ruled())  # type: ignore[arg-type]
    with pytest.raises(FatalEnd) as end:
        await link.run()
    assert planned(end.value)
    assert end.value.code in DEVICE_CODES


def test_an_end_of_the_daemon_that_nobody_planned_is_told() -> None:
    assert planned(None)
    assert planned(JournalDead("journal_dead", "the disk", "repair it"))
    assert not planned(TimeoutError())
    assert not planned(FatalEnd("core_failed", "KeyError('code')", "it starts again"))
    assert not planned(FatalEnd("other_host", "session 9 is writing its heartbeat to this PLC", "stop the other one"))
    assert "TimeoutError" in check_ends(["TimeoutError: "], [], [])[0].what
