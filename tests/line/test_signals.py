"""Lamps and sounder: green only when the line may release; the sounder calls only for what waits for a person."""

import asyncio
from datetime import UTC, datetime

import pytest

from controller.daemon.clock import LineClock
from controller.daemon.dispatching import Dispatch, Signal
from controller.daemon.plc_link import PlcLink
from controller.daemon.stack_lights import picture_of
from controller.domain.reasons import CATALOGUE, Blocker, Role
from controller.line.check_events import ReplayDiffered
from controller.line.commands import SetOutputs
from controller.line.events import LineCommanded, TaskEnded
from controller.line.signals import Lamps, calls_for, lamps_for
from drivers.beacon.codec import Lamp, Picture
from tests.line.line_story import Story


def blockers(*codes: str) -> tuple[Blocker, ...]:
    return tuple(Blocker(code, "line") for code in codes)


@pytest.mark.parametrize(
    ("codes", "lamps"),
    [
        ((), Lamps.GREEN),
        (("task_down",), Lamps.AMBER),
        (("plc_not_ready",), Lamps.WHITE),
        (("plc_fail_safe",), Lamps.BLUE),
        (("session_conflict",), Lamps.WHITE | Lamps.RED),
        (("core_fault",), Lamps.RED),
        (("plc_fail_safe", "foreign_release"), Lamps.BLUE | Lamps.RED),
    ],
)
def test_each_state_of_the_line_has_its_lamps(codes: tuple[str, ...], lamps: Lamps) -> None:
    assert lamps_for(blockers(*codes)) == lamps


@pytest.mark.parametrize("code", CATALOGUE)
def test_green_means_that_nothing_speaks_against_releasing(code: str) -> None:
    assert Lamps.GREEN not in lamps_for(blockers(code))


def test_what_comes_back_by_itself_calls_nobody() -> None:
    assert not calls_for(blockers("plc_not_ready", "plc_fail_safe", "task_down", "not_configured"))
    assert calls_for((Blocker("core_fault", "line", "KeyError"),)) == ("core_fault: KeyError",)


def test_the_sounder_is_muted_by_a_person_until_a_new_cause() -> None:
    story = Story()

    def shown() -> tuple[Lamps, bool]:
        last = [c for c in story.commands() if isinstance(c, SetOutputs)][-1]
        return Lamps(last.lamps), last.sounder

    assert shown() == (Lamps.GREEN, False)
    story.feed(ReplayDiffered(17))
    assert shown() == (Lamps.RED, True)
    story.feed(LineCommanded("mute", "seen"), Role.OPERATOR, "wang")
    assert shown() == (Lamps.RED, False)
    story.feed(TaskEnded("inbox", "disk"))
    assert not shown()[1]
    story.feed(ReplayDiffered(18))
    assert shown() == (Lamps.RED, True)
    assert not story.feed(LineCommanded("mute", "no"), Role.CUSTOMS_AUDITOR, "li").commands
    assert shown()[1]


@pytest.mark.virtual
async def test_a_stack_light_shows_what_the_core_wants_and_red_when_the_journal_is_dead() -> None:
    seen: list[Signal] = []
    dispatch = Dispatch(PlcLink(LineClock(asyncio.get_running_loop(), 0, lambda: datetime(2026, 1, 1, tzinfo=UTC))))
    dispatch.signals.append(seen.append)
    dispatch.outputs(SetOutputs(True, 0xFFFF, int(Lamps.GREEN)))
    dispatch.fail_safe()
    assert seen == [Signal(Lamps.GREEN, False), Signal(Lamps.RED, True)]
    assert picture_of(seen[1]) == Picture(red=Lamp.FLASHING, buzzer=1)
    assert picture_of(seen[0]) == Picture(green=Lamp.ON)
