"""The watchdog is fed while PLC cycle, journal and loop are alive, and not a moment longer."""

import asyncio
import time

import pytest

from controller.daemon.watchdog import START_MORE_S, Watchdog, feed_every_s, while_starting

virtual = pytest.mark.virtual


class Parts:
    """What the watchdog looks at: a PLC that is due in time, a journal that answers, until told otherwise."""

    def __init__(self) -> None:
        self.fed: list[float] = []
        self.plc_stands_at_s: float | None = None
        self.journal_hangs = False
        self.journal_error: Exception | None = None

    def notify(self, state: str) -> None:
        assert state == "WATCHDOG=1"
        self.fed.append(asyncio.get_running_loop().time())

    def plc_due_s(self) -> float:
        return asyncio.get_running_loop().time() if self.plc_stands_at_s is None else self.plc_stands_at_s

    async def ask_journal(self) -> None:
        if self.journal_error is not None:
            raise self.journal_error
        if self.journal_hangs:
            await asyncio.Event().wait()


async def fed_in_the_last(parts: Parts, seconds: float, dog: Watchdog) -> int:
    task = asyncio.create_task(dog.run())
    await asyncio.sleep(seconds)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return len(parts.fed)


def watchdog(parts: Parts) -> Watchdog:
    return Watchdog(parts.notify, parts.plc_due_s, parts.ask_journal, 1.0)


@virtual
async def test_it_is_fed_each_second_while_all_is_well() -> None:
    parts = Parts()
    dog = watchdog(parts)
    assert await fed_in_the_last(parts, 10.5, dog) == 10
    assert not dog.unfit


@virtual
async def test_a_plc_cycle_that_stands_starves_it_within_two_seconds() -> None:
    parts = Parts()
    parts.plc_stands_at_s = asyncio.get_running_loop().time()
    dog = watchdog(parts)
    assert await fed_in_the_last(parts, 20, dog) <= 1
    assert "PLC" in dog.unfit


@virtual
async def test_a_journal_that_hangs_starves_it_and_is_asked_once() -> None:
    parts = Parts()
    parts.journal_hangs = True
    dog = watchdog(parts)
    assert await fed_in_the_last(parts, 20, dog) <= 2
    assert "journal" in dog.unfit


@virtual
async def test_a_dead_journal_starves_it() -> None:
    parts = Parts()
    parts.journal_error = RuntimeError("dead")
    dog = watchdog(parts)
    assert await fed_in_the_last(parts, 20, dog) <= 2
    assert "journal" in dog.unfit


@virtual
async def test_it_is_fed_again_when_the_part_is_back() -> None:
    parts = Parts()
    parts.journal_hangs = True
    dog = watchdog(parts)
    task = asyncio.create_task(dog.run())
    await asyncio.sleep(6)
    starved = len(parts.fed)
    parts.journal_hangs = False
    assert dog._asked is not None
    dog._asked.cancel()  # the disk gave the old question up
    await asyncio.sleep(4)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert len(parts.fed) >= starved + 3


def test_it_is_fed_three_times_within_the_managers_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "900000")
    assert feed_every_s() == pytest.approx(0.3)
    monkeypatch.setenv("WATCHDOG_USEC", "5000000")
    assert feed_every_s() == 1.0
    monkeypatch.setenv("WATCHDOG_USEC", "nonsense")
    assert feed_every_s() == 1.0
    monkeypatch.delenv("WATCHDOG_USEC")
    assert feed_every_s() == 1.0


async def test_a_late_loop_starves_it() -> None:
    parts = Parts()
    dog = Watchdog(parts.notify, parts.plc_due_s, parts.ask_journal, 0.1)
    task = asyncio.create_task(dog.run())
    await asyncio.sleep(0.05)
    time.sleep(0.8)  # noqa: ASYNC251  (the fault)
    await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    assert "late" in dog.unfit
    assert not parts.fed
    await asyncio.sleep(0.25)
    assert parts.fed
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@virtual
async def test_a_start_that_takes_long_asks_the_manager_for_more_time_until_it_is_done() -> None:
    told: list[str] = []

    async def replay() -> str:
        await asyncio.sleep(10 * START_MORE_S)
        return "recovered"

    assert await while_starting(told.append, replay()) == "recovered"
    assert set(told) == {"EXTEND_TIMEOUT_USEC=60000000"}
    asked = len(told)
    assert asked >= 20  # well before the time that it asked for is over
    await asyncio.sleep(10 * START_MORE_S)
    assert len(told) == asked
    assert await while_starting(None, replay()) == "recovered"
