"""Every task of the daemon is supervised: its end is an event, it is started again, and its return is one more."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from controller.daemon.supervision import RESTART_S, STEADY_S, FatalEnd, supervise
from controller.line.events import AnyEvent, DeviceDown, DeviceUp, TaskBack, TaskEnded

pytestmark = pytest.mark.virtual


class Part:
    """A task that ends as often as it is told to, then goes on for ever."""

    def __init__(self, ends: Callable[[], None], times: int) -> None:
        self.starts = 0
        self._ends, self._times = ends, times

    async def run(self) -> None:
        self.starts += 1
        if self.starts <= self._times:
            self._ends()
            return
        await asyncio.Event().wait()


@asynccontextmanager
async def supervised(part: Part, *, needed: bool = True) -> AsyncIterator[list[AnyEvent]]:
    told: list[AnyEvent] = []
    task = asyncio.create_task(supervise("part", part.run, told.append, needed=needed))
    try:
        yield told
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def fails() -> None:
    raise ValueError("broken")


def returns() -> None: ...


@pytest.mark.parametrize(("ends", "error"), [(fails, "ValueError: broken"), (returns, "it returned")])
async def test_an_end_is_told_at_once_and_a_return_only_when_it_stands(ends: Callable[[], None], error: str) -> None:
    part = Part(ends, times=1)
    async with supervised(part) as told:
        await asyncio.sleep(RESTART_S / 2)
        assert told == [TaskEnded("part", error)]
        await asyncio.sleep(RESTART_S / 2 + STEADY_S / 2)
        assert (part.starts, len(told)) == (2, 1), "started again, and not yet trusted"
        await asyncio.sleep(STEADY_S)
        assert told == [TaskEnded("part", error), TaskBack("part")]


async def test_a_task_that_keeps_failing_is_told_once_and_tried_more_and_more_rarely() -> None:
    part = Part(fails, times=1000)
    async with supervised(part) as told:
        await asyncio.sleep(60)
        assert told == [TaskEnded("part", "ValueError: broken")]
        assert 10 <= part.starts <= 20


async def test_a_service_that_the_line_works_without_is_a_device_that_is_down() -> None:
    async with supervised(Part(fails, times=1), needed=False) as told:
        await asyncio.sleep(5)
        assert told == [DeviceDown("part", "service_down", "ValueError: broken"), DeviceUp("part")]


async def test_an_order_to_end_the_process_is_passed_on() -> None:
    async def ruled_by_another() -> None:
        raise FatalEnd("session_lost", "session 9 rules", "start again")

    told: list[AnyEvent] = []
    with pytest.raises(FatalEnd, match="session_lost"):
        await supervise("plc", ruled_by_another, told.append)
    assert told == []


async def test_a_part_whose_library_swallows_a_cancel_ends_all_the_same() -> None:
    """As `wait_for` does before Python 3.12 when its answer comes in the very moment of the cancel."""
    swallowed = 0

    async def deaf() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed > 2:
                    raise

    task = asyncio.create_task(supervise("deaf", deaf, lambda event: None))
    await asyncio.sleep(1)
    task.cancel()
    async with asyncio.timeout(10):
        await asyncio.gather(task, return_exceptions=True)
    assert (swallowed, task.cancelled()) == (3, True)
