"""Rows of the journal of which the records, or the statistics, could not take everything.

One rule: a row that no table takes stops nothing: what it could not be written into is kept here by its number, people are told,
and the rows behind it are followed. What is the matter with the whole database (no disk, no connection, another schema) is no
row's fault: it ends the follower as before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from controller.line.events import RecordsIncomplete
from controller.records.errors import RecordsError
from controller.records.follower import Cursor, Follower
from controller.records.rows import JournalRow
from controller.records.tables import METADATA

CAUSE_MOST = 300
NAMED_MOST = 8
TELL_AGAIN_S = 60.0
# Behind a row that failed rows are taken one by one at once: a batch that fails again is work done twice, and for the statistics
# the state of the line made anew.
ALONE_ROWS = 1000
# Of the event that tells of such rows nothing is told: else each would make the next.
OWN_KIND = RecordsIncomplete.__name__
log = logging.getLogger("xiyong.records")

UNWRITTEN = sa.Table(
    "rows_unwritten",
    METADATA,
    sa.Column("journal_seq", sa.BigInteger, primary_key=True, autoincrement=False),
    # Whose tables lack it: the module of the handler that failed.
    sa.Column("part", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(128), nullable=False),
    sa.Column("error", sa.String(64), nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
)
# The parts without which the story of a carton is not whole: which rows concern it, and what leads to it.
STORY_PARTS = ("follower", "story_tables")


class Lacking(msgspec.Struct, frozen=True):
    """What the records lack: the newest such rows, what went wrong with the last of them, and how many there are."""

    seqs: tuple[int, ...]
    error: str
    count: int


def is_of_one_row(error: Exception) -> bool:
    """Whether a handler fell over what stands in a row, and not over the database or the machine."""
    if isinstance(error, RecordsError | OSError | MemoryError):
        return False
    if isinstance(error, sa.exc.DBAPIError):
        return isinstance(error, sa.exc.IntegrityError | sa.exc.DataError) and not error.connection_invalidated
    # A value that could not be bound is a StatementError; every other error of the library itself is of the connection.
    return isinstance(error, sa.exc.StatementError) or not isinstance(error, sa.exc.SQLAlchemyError)


def cause_of(error: Exception) -> str:
    """What the database or the program said, without the row's values: who may read those reads them in the journal."""
    said = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    return said[:CAUSE_MOST].encode("utf-8", "backslashreplace").decode()


def lacking(connection: sa.Connection) -> Lacking | None:
    """What the records lack."""
    here = UNWRITTEN.c.kind != OWN_KIND
    count = connection.execute(sa.select(sa.func.count(UNWRITTEN.c.journal_seq.distinct())).where(here)).scalar_one()
    if not count:
        return None
    newest = sa.select(UNWRITTEN.c.journal_seq, UNWRITTEN.c.error).where(here).order_by(UNWRITTEN.c.journal_seq.desc())
    rows = connection.execute(newest.limit(NAMED_MOST)).all()
    return Lacking(tuple(sorted({int(row.journal_seq) for row in rows})), str(rows[0].error), int(count))


def story_lacks(connection: sa.Connection) -> int:
    """The first row that stories may lack; 0 = none."""
    query = sa.select(sa.func.min(UNWRITTEN.c.journal_seq)).where(UNWRITTEN.c.part.in_(STORY_PARTS))
    return int(connection.execute(query).scalar() or 0)


class EnduringFollower(Follower):
    """A follower that no single row stops. `tell` is told of rows that were passed over, and of all of them at each start; it
    says whether it has taken it.
    """

    def __init__(self, *arguments: Any, tell: Callable[[Lacking], bool] = lambda _: True, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._tell = tell
        self._lacks: Lacking | None = None
        self._look = True
        self._told_s: float | None = None
        self._alone_upto = 0

    def step(self) -> int:
        taken = super().step()
        if self._look:
            with self._engine.begin() as connection:
                self._lacks = lacking(connection)
            self._look = False
        return taken

    def _write(self, cursor: Cursor, rows: Sequence[JournalRow]) -> None:
        if rows[0].seq > self._alone_upto:
            try:
                super()._write(cursor, rows)
                return
            except Exception as error:
                if not is_of_one_row(error):
                    raise
                self._alone_upto = rows[-1].seq + ALONE_ROWS
        with self._engine.begin() as connection:
            for row in rows:
                self._keep(connection, row, self._take_alone(connection, row))
            self._move(connection, cursor, rows[-1])

    def _take_alone(self, connection: sa.Connection, row: JournalRow) -> dict[str, Exception]:
        """Every table that can take this row takes it; the parts that could not, with what went wrong."""
        lacks: dict[str, Exception] = {}
        for every in self._every:
            attempt(connection, every, (row,), lacks)
        by_kind = self._handlers.get(row.kind)
        if by_kind is not None:
            attempt(connection, by_kind, row, lacks)
        return lacks

    def _keep(self, connection: sa.Connection, row: JournalRow, lacks: Mapping[str, Exception]) -> None:
        """By its number, once a part."""
        for part, error in lacks.items():
            connection.execute(UNWRITTEN.delete().where(UNWRITTEN.c.journal_seq == row.seq, UNWRITTEN.c.part == part))
            values = {
                "journal_seq": row.seq, "part": part, "kind": row.kind[:128], "error": type(error).__name__[:64],
                "cause": cause_of(error),
            }  # fmt: skip
            connection.execute(UNWRITTEN.insert(), values)
            self._look = True
            log.error("journal row %s could not be written into %s: %s", row.seq, part, type(error).__name__)

    def _stepped(self) -> None:
        now_s = asyncio.get_running_loop().time()
        if self._lacks is None or (self._told_s is not None and now_s < self._told_s + TELL_AGAIN_S):
            return
        if self._tell(self._lacks):
            self._lacks, self._told_s = None, now_s


def attempt(
    connection: sa.Connection, handle: Callable[[sa.Connection, Any], None], taken: Any, lacks: dict[str, Exception]
) -> None:
    """One handler and what it writes, whole or not at all; what went wrong stands in `lacks` under its part."""
    try:
        with connection.begin_nested():
            handle(connection, taken)
    except Exception as error:
        if not is_of_one_row(error):
            raise
        lacks.setdefault(handle.__module__.rpartition(".")[2], error)
