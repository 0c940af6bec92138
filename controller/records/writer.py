"""The journal's way out of the event loop: one executor thread, many callers, one transaction.

Rule: when the answer of `append` comes, the rows are on the disk; when it raises, nothing was promised. Callers that
come while a transaction is being synced share the next one. Cancelling a caller does not cancel its rows:
whoever asks again must use the same command sequence, not assume that nothing happened.

The queue is bounded. When it is full, `append` refuses with `JournalBacklog` and takes none of that
call's rows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Executor
from typing import Any, TypeVar

from controller.records.errors import JournalBacklog, JournalDead, RecordsError, RowRefused
from controller.records.journal import Checkpoint, Journal
from controller.records.rows import NewRow

PENDING_ROWS_LIMIT = 10_000
TRANSACTION_ROWS_LIMIT = 2_000

T = TypeVar("T")
_Waiting = tuple[Sequence[NewRow], "asyncio.Future[int]"]


class JournalWriter:
    """Give it a journal and an executor of its own with one thread."""

    def __init__(self, journal: Journal, executor: Executor, *, pending_rows_limit: int = PENDING_ROWS_LIMIT) -> None:
        self._journal = journal
        self._executor = executor
        self._limit = pending_rows_limit
        self._waiting: list[_Waiting] = []
        self._waiting_rows = 0
        self._drain: asyncio.Task[None] | None = None
        self._closing = False

    @property
    def pending_rows(self) -> int:
        return self._waiting_rows

    def append(self, rows: Sequence[NewRow]) -> Coroutine[Any, Any, int]:
        """The place of the last of these rows, once they are on the disk.

        They have their place in the order of these calls, whichever answer is waited for first.
        """
        durable: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        durable.add_done_callback(_retrieve)
        try:
            self._take_in(rows, durable)
        except RecordsError as error:
            durable.set_exception(error)
        return self._answer(durable)

    def _take_in(self, rows: Sequence[NewRow], durable: asyncio.Future[int]) -> None:
        self._require_open()
        if self._waiting_rows + len(rows) > self._limit:
            raise JournalBacklog(
                "journal_backlog",
                f"{self._waiting_rows} rows wait for the disk, the limit is {self._limit}",
                "hold what is not urgent and look at the disk",
            )
        self._waiting.append((tuple(rows), durable))
        self._waiting_rows += len(rows)
        if self._drain is None or self._drain.done():
            self._drain = asyncio.create_task(self._write_out(), name="journal-writer")

    @staticmethod
    async def _answer(durable: asyncio.Future[int]) -> int:
        # No shield: the rows belong to the one who writes them out, and an answer that nobody waits for any more is dropped.
        return await durable

    async def save_checkpoint(self, seq: int, state: bytes) -> Checkpoint:
        self._require_open()
        return await self._on_executor(lambda: self._journal.save_checkpoint(seq, state))

    async def ping(self) -> None:
        """Passes through the executor and back, for the watchdog: raises when the journal is dead."""
        self._require_open()
        await self._on_executor(self._journal.require_alive)

    async def close(self) -> None:
        """Takes no more rows, waits for those it has, and closes the journal."""
        self._closing = True
        if self._drain is not None:
            await asyncio.wait({self._drain})
        await self._on_executor(self._journal.close)

    def _require_open(self) -> None:
        if self._closing:
            raise JournalDead("journal_closed", "the journal writer is closed", "open it again")
        self._journal.require_alive()

    async def _on_executor(self, work: Callable[[], T]) -> T:
        try:
            future = asyncio.get_running_loop().run_in_executor(self._executor, work)
        except RuntimeError as error:
            raise _dead(f"the journal's executor is gone: {error}") from error
        future.add_done_callback(_retrieve)
        return await asyncio.shield(future)

    async def _write_out(self) -> None:
        while self._waiting:
            batch = self._take()
            try:
                groups = [rows for rows, _ in batch]
                answers = await self._on_executor(lambda groups=groups: self._journal.append_groups(groups))  # type: ignore[misc]
            except asyncio.CancelledError:
                self._closing = True
                self._fail(batch, _dead("the journal writer was cancelled; what reached the disk is unknown"))
                raise
            except JournalDead as dead:
                self._fail(batch, dead)
                return
            except Exception as error:  # any other way out of the executor is as unknown as a disk error
                self._closing = True
                self._fail(batch, _dead(f"{type(error).__name__}: {error}"))
                return
            for (_, durable), answer in zip(batch, answers, strict=True):
                _settle(durable, answer)

    def _take(self) -> list[_Waiting]:
        """Whole calls, oldest first, up to the size of a transaction; at least one."""
        count = rows = 0
        for waiting, _ in self._waiting:
            if count and rows + len(waiting) > TRANSACTION_ROWS_LIMIT:
                break
            count, rows = count + 1, rows + len(waiting)
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        self._waiting_rows -= rows
        return batch

    def _fail(self, batch: Sequence[_Waiting], dead: JournalDead) -> None:
        for _, durable in (*batch, *self._waiting):
            if not durable.done():
                # Each waiter its own exception: a shared one would collect all their tracebacks.
                durable.set_exception(JournalDead(dead.code, dead.cause, dead.next_step))
        self._waiting, self._waiting_rows = [], 0


def _settle(durable: asyncio.Future[int], answer: int | RowRefused) -> None:
    if durable.done():
        return
    if isinstance(answer, RowRefused):
        durable.set_exception(answer)
    else:
        durable.set_result(answer)


def _retrieve(future: asyncio.Future[T]) -> None:
    """A caller may have been cancelled; its answer is then nobody's, and that is no warning."""
    if not future.cancelled():
        future.exception()


def _dead(cause: str) -> JournalDead:
    return JournalDead("journal_dead", cause, "stop deciding, repair the disk, and restart the daemon")
