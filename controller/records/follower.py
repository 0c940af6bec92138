"""Followers: they read the journal behind a durable cursor and write what they derive from it.

Rule: the cursor and everything derived from the rows before it are committed in one transaction, so a
crash anywhere repeats nothing and skips nothing. A follower never writes the journal and decides nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import NoReturn

import msgspec
import sqlalchemy as sa

from controller.records.errors import FollowerError
from controller.records.journal_file import Reader, open_reader
from controller.records.rows import JournalRow
from controller.records.tables import FOLLOWER_CURSORS, JOURNAL_INDEX, METADATA, TOUCHED, prepare

BATCH_ROWS = 200

Handler = Callable[[sa.Connection, JournalRow], None]
RowsHandler = Callable[[sa.Connection, Sequence[JournalRow]], None]

# Built once: making a statement costs more than running it.
INSERT_INDEX, INSERT_TOUCHED, INSERT_CURSOR = JOURNAL_INDEX.insert(), TOUCHED.insert(), FOLLOWER_CURSORS.insert()
READ_CURSOR = sa.select(FOLLOWER_CURSORS.c.seq, FOLLOWER_CURSORS.c.row_hash).where(FOLLOWER_CURSORS.c.name == sa.bindparam("who"))
MOVE_CURSOR = (
    FOLLOWER_CURSORS.update()
    .where(FOLLOWER_CURSORS.c.name == sa.bindparam("who"), FOLLOWER_CURSORS.c.seq == sa.bindparam("here"))
    .values(seq=sa.bindparam("to"), row_hash=sa.bindparam("its_hash"))
)


class Cursor(msgspec.Struct, frozen=True):
    seq: int = 0
    row_hash: str = ""


def index_rows(connection: sa.Connection, rows: Sequence[JournalRow]) -> None:
    values = [{"seq": row.seq, "line_ms": row.line_ms, "utc": row.utc, "kind": row.kind} for row in rows]
    connection.execute(INSERT_INDEX, values)


def index_touched(connection: sa.Connection, rows: Sequence[JournalRow]) -> None:
    """Which rows concern a subject: the way from a carton to its history."""
    # A row may name a subject twice; sorted, so that every build writes the same.
    values = [{"subject": subject, "seq": row.seq} for row in rows for subject in sorted(set(row.touched))]
    if values:
        connection.execute(INSERT_TOUCHED, values)


EVERY_ROW: tuple[RowsHandler, ...] = (index_rows, index_touched)


class Follower:
    """One named reader of the journal. Two followers of one database write different tables."""

    rest_s = 0.0  # between two full batches, for what is busier than the records and may be later

    def __init__(
        self,
        name: str,
        journal_path: Path | str,
        engine: sa.Engine,
        handlers: Mapping[str, Handler],
        *,
        every: Sequence[RowsHandler] = EVERY_ROW,
        batch_rows: int = BATCH_ROWS,
        metadata: sa.MetaData = METADATA,
    ) -> None:
        self.name = name
        self._journal_path = Path(journal_path)
        self._engine = engine
        self._handlers = dict(handlers)
        self._every = tuple(every)
        self._batch_rows = batch_rows
        self._metadata = metadata
        self._reader: Reader | None = None
        self._prepared = False
        # Where the last step ended. While the journal has nothing behind it the database is not asked, and who moves the
        # cursor from any other place than this is told so by the database.
        self._stands_at: Cursor | None = None

    def step(self) -> int:
        """One batch in one transaction; how many rows it took. 0: the end of the journal is reached."""
        reader = self._open()
        cursor, self._stands_at = self._stands_at, None  # until the transaction is whole nothing is known
        if cursor is None:
            with self._engine.begin() as connection:
                cursor = self._cursor(connection)
            self._check_place(reader, cursor)
        rows = reader.page(cursor.seq + 1, self._batch_rows)
        if rows:
            self._write(cursor, rows)
            cursor = Cursor(rows[-1].seq, rows[-1].hash.hex())
        self._stands_at = cursor
        return len(rows)

    def _write(self, cursor: Cursor, rows: Sequence[JournalRow]) -> None:
        """All of the batch and the cursor, in one transaction."""
        with self._engine.begin() as connection:
            self._take(connection, rows)
            self._move(connection, cursor, rows[-1])

    def _take(self, connection: sa.Connection, rows: Sequence[JournalRow]) -> None:
        for handle in self._every:
            handle(connection, rows)
        for row in rows:
            by_kind = self._handlers.get(row.kind)
            if by_kind is not None:
                by_kind(connection, row)

    def catch_up(self) -> int:
        """Follows to the end of the journal; the place reached."""
        while self.step():
            pass
        return self.position()

    def position(self) -> int:
        """The last row that the records contain."""
        self._open()
        with self._engine.begin() as connection:
            return self._cursor(connection).seq

    def rebuild(self) -> int:
        """Drops the records, of every follower of this database, and builds this follower's again."""
        prepare(self._engine, self._metadata, rebuild=True)
        self._prepared, self._stands_at = True, None
        return self.catch_up()

    async def run(self, poll_s: float, executor: Executor) -> NoReturn:
        """Follows for ever. An error ends it: whoever supervises it says so and starts it again."""
        loop = asyncio.get_running_loop()
        while True:
            step = loop.run_in_executor(executor, self.step)
            try:
                taken = await asyncio.shield(step)
            except asyncio.CancelledError:
                # A transaction that has begun is finished before the caller may close what it uses.
                await asyncio.wait({step})
                if not step.cancelled():
                    step.exception()
                raise
            self._stepped()
            if taken < self._batch_rows:
                # Many small transactions would say the same half a second earlier, at many times the price.
                await asyncio.sleep(poll_s)
            elif self.rest_s:
                await asyncio.sleep(self.rest_s)

    def _stepped(self) -> None:
        """On the loop, behind each step of `run`."""

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _open(self) -> Reader:
        if not self._prepared:
            prepare(self._engine, self._metadata)
            self._prepared = True
        if self._reader is None:
            self._reader = open_reader(self._journal_path)
        return self._reader

    def _cursor(self, connection: sa.Connection) -> Cursor:
        found = connection.execute(READ_CURSOR, {"who": self.name}).one_or_none()
        return Cursor() if found is None else Cursor(found.seq, found.row_hash)

    def _check_place(self, reader: Reader, cursor: Cursor) -> None:
        if cursor.seq == 0:
            return
        row = reader.row(cursor.seq)
        if row is None or row.hash.hex() != cursor.row_hash:
            raise FollowerError(
                "records_of_another_journal",
                f"the records stand on row {cursor.seq}, which this journal "
                + ("does not have" if row is None else "has with another hash"),
                "run verify first: the journal may have been cut or replaced; then rebuild the records",
            )

    def _move(self, connection: sa.Connection, cursor: Cursor, row: JournalRow) -> None:
        row_hash = row.hash.hex()
        if cursor.seq == 0:
            connection.execute(INSERT_CURSOR, {"name": self.name, "seq": row.seq, "row_hash": row_hash})
            return
        values = {"who": self.name, "here": cursor.seq, "to": row.seq, "its_hash": row_hash}
        if connection.execute(MOVE_CURSOR, values).rowcount != 1:
            raise FollowerError("follower_twice", f"another process moves the cursor of {self.name}", "run only one of a name")
