"""The writer: many callers, one thread, one transaction; what returns is on the disk."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from controller.records.errors import JournalBacklog, JournalDead, RowRefused
from controller.records.journal import Journal
from controller.records.journal_file import open_reader
from controller.records.rows import NewRow
from controller.records.writer import JournalWriter


class HeldExecutor(Executor):
    """One thread, which waits at a gate before each piece of work: a slow disk."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(1)
        self.gate = threading.Event()
        self.gate.set()
        self.works = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.works += 1

        def gated() -> Any:
            assert self.gate.wait(10)
            return fn(*args, **kwargs)

        return self.pool.submit(gated)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self.gate.set()
        self.pool.shutdown(wait, cancel_futures=cancel_futures)


class Bench:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal = Journal.open(path)
        self.executor = HeldExecutor()
        self.writer = JournalWriter(self.journal, self.executor, pending_rows_limit=50)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path / "journal.db")
    yield bench
    bench.executor.gate.set()
    bench.executor.shutdown()
    bench.journal.close()


def row(line_ms: int = 0) -> NewRow:
    return NewRow(line_ms, "u", "k", b"{}", b"{}")


async def test_what_returns_is_readable_by_others(bench: Bench) -> None:
    assert await bench.writer.append([row(), row()]) == 2
    reader = open_reader(bench.path)
    assert reader.last_seq() == 2
    reader.close()
    await bench.writer.ping()
    await bench.writer.save_checkpoint(2, b"state")
    await bench.writer.close()
    with pytest.raises(JournalDead):
        await bench.writer.append([row()])


async def test_callers_that_wait_together_share_one_transaction_in_their_order(bench: Bench) -> None:
    bench.executor.gate.clear()
    first = asyncio.create_task(bench.writer.append([row(1)]))
    await asyncio.sleep(0)
    others = [asyncio.create_task(bench.writer.append([row(n), row(n)])) for n in range(2, 12)]
    await asyncio.sleep(0)
    bench.executor.gate.set()
    assert await first == 1
    assert await asyncio.gather(*others) == list(range(3, 22, 2))
    assert bench.executor.works == 2


async def test_rows_lie_in_the_order_in_which_they_were_handed_in_whoever_is_waited_for_first(bench: Bench) -> None:
    first, second = bench.writer.append([row(1)]), bench.writer.append([row(2)])
    assert (await second, await first) == (2, 1)


async def test_a_refused_caller_does_not_hurt_the_others(bench: Bench) -> None:
    results = await asyncio.gather(
        bench.writer.append([row(5)]),
        bench.writer.append([row(6), row(4)]),
        bench.writer.append([row(5)]),
        return_exceptions=True,
    )
    assert results[0] == 1
    assert isinstance(results[1], RowRefused)
    assert results[2] == 2


async def test_a_cancelled_caller_does_not_take_its_rows_back(bench: Bench) -> None:
    bench.executor.gate.clear()
    caller = asyncio.create_task(bench.writer.append([row()]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    bench.executor.gate.set()
    assert await bench.writer.append([row()]) == 2


async def test_a_full_queue_refuses_and_takes_nothing(bench: Bench) -> None:
    bench.executor.gate.clear()
    first = asyncio.create_task(bench.writer.append([row()]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting = asyncio.create_task(bench.writer.append([row()] * 50))
    await asyncio.sleep(0)
    with pytest.raises(JournalBacklog):
        await bench.writer.append([row()])
    bench.executor.gate.set()
    assert (await first, await waiting, bench.writer.pending_rows) == (1, 51, 0)


async def test_a_dead_disk_fails_every_waiting_caller_and_all_that_come_later(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(bench.journal, "_recycle_wal", broken)
    bench.executor.gate.clear()
    callers = [asyncio.create_task(bench.writer.append([row()])) for _ in range(3)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    callers.append(asyncio.create_task(bench.writer.append([row()])))
    await asyncio.sleep(0)
    bench.executor.gate.set()
    results = await asyncio.gather(*callers, return_exceptions=True)
    assert [type(result) for result in results] == [JournalDead] * 4
    for call in (bench.writer.append([row()]), bench.writer.ping()):
        with pytest.raises(JournalDead):
            await call
    await bench.writer.close()


async def test_an_executor_that_is_gone_is_a_dead_journal(bench: Bench) -> None:
    bench.executor.shutdown()
    with pytest.raises(JournalDead):
        await bench.writer.append([row()])


async def test_closing_waits_for_the_rows_it_has(bench: Bench) -> None:
    bench.executor.gate.clear()
    callers = [asyncio.create_task(bench.writer.append([row()])) for _ in range(5)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(bench.writer.close())
    await asyncio.sleep(0)
    bench.executor.gate.set()
    await closing
    assert await asyncio.gather(*callers) == [1, 2, 3, 4, 5]
    Journal.open(bench.path).close()
