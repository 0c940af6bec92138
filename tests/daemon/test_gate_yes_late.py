"""A slow disk and the gate: a yes that waited for its row is not said behind a no."""

import asyncio
from collections.abc import Callable

from controller.daemon.clock import LineClock
from controller.daemon.core_loop import CoreLoop
from controller.domain.reasons import Role
from controller.line.commands import AnswerGate, CommandCode, PlcCommand
from controller.line.events import AnyEvent, HoldPlaced
from controller.line.gate_events import GateArrived
from controller.line.plc_events import PlcLost
from tests.daemon.test_core_loop import SlowDisk, Wire, turn
from tests.line.departure_story import BOX, PLATE, SEAL, Departure
from tests.line.line_story import CARRIER, FILE, s10

A = s10(10000001)


async def said(meanwhile: Callable[[], AnyEvent] | None) -> tuple[list[str], bool]:
    """What the gate is told of a truck whose row the disk keeps waiting, and whether its barrier is ordered."""
    story = Departure()
    story.sealed_with_pass(A)
    disk, wire = SlowDisk(), Wire()
    clock = LineClock(asyncio.get_running_loop(), story.now_ms)
    core = CoreLoop(story.state, disk, clock, wire, wire)
    task = asyncio.create_task(core.run())
    try:
        core.post(GateArrived("gate", "S1", "E", "A", PLATE, BOX, SEAL, -1, "", True, True, FILE))
        await turn()
        if meanwhile is not None:
            core.post(meanwhile(), actor="zhang", role=Role.OFFICER)
            await turn()
        disk.let_through.set()
        await turn(20)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    answers = [one.result for one in wire.sent if isinstance(one, AnswerGate)]
    return answers, any(isinstance(one, PlcCommand) and one.code == CommandCode.OPEN_BARRIER for one in wire.sent)


async def test_a_yes_that_was_taken_back_while_it_waited_for_the_disk_is_not_said() -> None:
    assert await said(lambda: HoldPlaced("H1", "carton", f"{CARRIER}/{A}", "officer_hold", "look")) == (["N"], False)


async def test_nor_behind_a_word_to_wait() -> None:
    assert await said(lambda: PlcLost("plc_lost", "cable")) == (["M"], False)


async def test_else_it_is_said_when_its_row_is_kept() -> None:
    assert await said(None) == (["Y"], True)
