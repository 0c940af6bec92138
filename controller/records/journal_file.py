"""The SQLite file of the journal: its settings, its two tables, and reading in bounded pages.

Rule: a setting that matters for durability is set, read back, and compared; a file that does not hold
exactly our tables is no journal. Readers open the file read-only, so they can neither write nor move the
write-ahead log: SQLite up to 3.51.2 could corrupt a file when two connections did (sqlite.org/wal.html,
"the WAL-reset bug").
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw
import msgspec

from controller.records.errors import JournalRefused
from controller.records.rows import JournalRow, StoredRow

APPLICATION_ID = 0x58594A4C  # "XYJL" in the file's header
FORMAT_VERSION = 1
PAGE_ROWS = 200
_SETTLED_AT_ONCE_BYTES = 64 * 1024  # SQLite writes at most 128 KiB at once
WAL_RESET_FIXED = (3, 51, 3)

# (pragma, value set, value that must be read back)
WRITER_SETTINGS: tuple[tuple[str, str, object], ...] = (
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", 2),
    # Checkpoints of the log are made by Journal itself: SQLite's automatic ones swallow I/O errors.
    ("wal_autocheckpoint", "0", 0),
    ("locking_mode", "NORMAL", "normal"),
    ("trusted_schema", "OFF", 0),
    ("cell_size_check", "ON", 1),
    ("mmap_size", "0", 0),
    ("busy_timeout", "1000", 1000),
    ("journal_size_limit", str(64 * 1024 * 1024), 64 * 1024 * 1024),
)
READER_SETTINGS: tuple[tuple[str, str, object], ...] = (
    ("query_only", "ON", 1),
    ("wal_autocheckpoint", "0", 0),
    ("trusted_schema", "OFF", 0),
    ("cell_size_check", "ON", 1),
    ("mmap_size", "0", 0),
    ("busy_timeout", "1000", 1000),
)

SCHEMA: dict[str, str] = {
    "journal": (
        "CREATE TABLE journal (seq INTEGER PRIMARY KEY, line_ms INTEGER NOT NULL, utc TEXT NOT NULL,"
        " kind TEXT NOT NULL, event TEXT NOT NULL, outcome TEXT NOT NULL, touched TEXT NOT NULL,"
        " prev_hash BLOB NOT NULL, hash BLOB NOT NULL) STRICT"
    ),
    "checkpoints": (
        "CREATE TABLE checkpoints (seq INTEGER PRIMARY KEY, chain_hash BLOB NOT NULL,"
        " state BLOB NOT NULL, state_hash BLOB NOT NULL) STRICT"
    ),
}

# Texts are read as bytes, so that even a text that is no longer UTF-8 can be judged.
_ROW_COLUMNS = (
    "seq, line_ms, CAST(utc AS BLOB), CAST(kind AS BLOB), CAST(event AS BLOB), CAST(outcome AS BLOB),"
    " CAST(touched AS BLOB), prev_hash, hash"
)


class StoredCheckpoint(msgspec.Struct, frozen=True):
    seq: int
    chain_hash: bytes
    state: bytes
    state_hash: bytes


def apply_settings(connection: apsw.Connection, settings: tuple[tuple[str, str, object], ...]) -> None:
    for pragma, value, wanted in settings:
        connection.execute(f"PRAGMA {pragma}={value}").fetchall()
        found = connection.execute(f"PRAGMA {pragma}").get
        if found != wanted:
            raise JournalRefused(
                "journal_setting_not_in_force",
                f"{pragma} is {found!r} instead of {wanted!r}",
                "put the journal on a local disk whose file system SQLite fully supports",
            )


def connect_writer(path: Path, vfs: str | None) -> apsw.Connection:
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    connection = apsw.Connection(str(path), flags=flags, vfs=vfs)
    try:
        connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
        # Until it is known to be ours and whole, closing must leave the file and its log as they were found.
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        if not is_blank(connection):
            check_schema(connection)
        apply_settings(connection, WRITER_SETTINGS)
    except BaseException:
        connection.close(True)
        raise
    return connection


def settle_log(path: Path, vfs: str | None) -> None:
    """Writes again and syncs what stands in the write-ahead log; only the owner, before it writes anything.

    A process that was killed, or whose sync failed, may have left rows that are read back from memory and are not on the
    disk (after a failed sync Linux even calls those pages clean). Whoever trusts what it reads syncs it first: else a mark
    could be published, or a command sent, for a row that the next power cut takes away.
    """
    log = path.with_name(path.name + "-wal")
    if not log.exists():
        return
    file = apsw.VFSFile(vfs or "", str(log), [apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_READWRITE, 0])
    try:
        size = file.xFileSize()
        for offset in range(0, size, _SETTLED_AT_ONCE_BYTES):
            file.xWrite(file.xRead(min(_SETTLED_AT_ONCE_BYTES, size - offset), offset), offset)
        if size:
            file.xSync(apsw.SQLITE_SYNC_FULL)
    finally:
        file.xClose()


def connect_reader(path: Path, immutable: bool = False) -> apsw.Connection:
    """`immutable` reads a file that nobody writes without leaving anything beside it."""
    if not path.is_file():
        raise JournalRefused("journal_missing", f"{path} does not exist", "check the path, or start the daemon once")
    uri = path.resolve().as_uri() + "?mode=ro" + ("&immutable=1" if immutable else "")
    connection = apsw.Connection(uri, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    try:
        # The last one to close a journal that nobody owns would try to move its log into the file.
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        apply_settings(connection, READER_SETTINGS)
    except BaseException:
        connection.close(True)
        raise
    return connection


def create_schema(connection: apsw.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE").fetchall()
    for statement in SCHEMA.values():
        connection.execute(statement).fetchall()
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}").fetchall()
    connection.execute(f"PRAGMA user_version={FORMAT_VERSION}").fetchall()
    connection.execute("COMMIT").fetchall()


def is_blank(connection: apsw.Connection) -> bool:
    return bool(connection.execute("SELECT count(*) FROM sqlite_schema").get == 0)


def check_schema(connection: apsw.Connection) -> None:
    """Our tables, all of them, and nothing else: a trigger or a view could change what is written or read."""
    objects = connection.execute("SELECT name, sql FROM sqlite_schema").fetchall()
    found = {str(name): sql for name, sql in objects}
    identity = (
        connection.execute("PRAGMA application_id").get,
        connection.execute("PRAGMA user_version").get,
    )
    if found != SCHEMA or identity != (APPLICATION_ID, FORMAT_VERSION):
        raise JournalRefused(
            "not_a_journal",
            f"the file has identity {identity} and holds {sorted(found)}",
            "check the path; a journal of another format needs the release that wrote it",
        )


def insert_row(cursor: apsw.Cursor, row: StoredRow) -> None:
    cursor.execute(
        "INSERT INTO journal VALUES (?,?,?,?,?,?,?,?,?)",
        (
            row.seq,
            row.line_ms,
            row.utc.decode(),
            row.kind.decode(),
            row.event.decode(),
            row.outcome.decode(),
            row.touched.decode(),
            row.prev_hash,
            row.hash,
        ),
    )


def read_page(connection: apsw.Connection, from_seq: int, limit: int = PAGE_ROWS) -> list[StoredRow]:
    """At most `limit` rows from `from_seq` on."""
    query = f"SELECT {_ROW_COLUMNS} FROM journal WHERE seq >= ? ORDER BY seq LIMIT ?"
    return _stored(connection.execute(query, (from_seq, limit)))


def read_where(connection: apsw.Connection, column: str, value: int | bytes) -> StoredRow | None:
    rows = read_all_where(connection, column, value, limit=1)
    return rows[0] if rows else None


def read_all_where(connection: apsw.Connection, column: str, value: int | bytes, limit: int = PAGE_ROWS) -> list[StoredRow]:
    query = f"SELECT {_ROW_COLUMNS} FROM journal WHERE {column} = ? ORDER BY seq LIMIT ?"
    return _stored(connection.execute(query, (value, limit)))


def last_row(connection: apsw.Connection) -> StoredRow | None:
    rows = _stored(connection.execute(f"SELECT {_ROW_COLUMNS} FROM journal ORDER BY seq DESC LIMIT 1"))
    return rows[0] if rows else None


def _stored(cursor: apsw.Cursor) -> list[StoredRow]:
    """The tables are STRICT, so SQLite itself vouches for the types."""
    rows: list[Any] = cursor.fetchall()
    return [StoredRow(*row) for row in rows]


def read_checkpoints(connection: apsw.Connection) -> Iterator[StoredCheckpoint]:
    """Newest first, one in memory at a time."""
    seqs = connection.execute("SELECT seq FROM checkpoints ORDER BY seq DESC").fetchall()
    for (seq,) in seqs:
        query = "SELECT seq, chain_hash, state, state_hash FROM checkpoints WHERE seq = ?"
        rows: list[Any] = connection.execute(query, (seq,)).fetchall()
        for row in rows:
            yield StoredCheckpoint(*row)


class Reader:
    """A look at the journal that can never change it; works while the daemon runs and when it is dead."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def page(self, from_seq: int, limit: int = PAGE_ROWS) -> list[JournalRow]:
        return [row.opened() for row in read_page(self._connection, from_seq, limit)]

    def rows(self, from_seq: int = 1, page_rows: int = PAGE_ROWS) -> Iterator[JournalRow]:
        """All rows from `from_seq` on. No read transaction stays open between pages."""
        while page := self.page(from_seq, page_rows):
            yield from page
            from_seq = page[-1].seq + 1

    def newest_of(self, before: int, floor: int, kinds: Sequence[str], without: str, limit: int) -> list[JournalRow]:
        """Newest first, at most `limit` rows of `floor` <= seq < `before`: of these kinds, or whose outcome has no `without`."""
        marks = ",".join("?" * len(kinds))
        query = (
            f"SELECT {_ROW_COLUMNS} FROM journal WHERE seq < ? AND seq >= ? AND (kind IN ({marks}) OR instr(outcome, ?) = 0) "
            "ORDER BY seq DESC LIMIT ?"
        )
        found = _stored(self._connection.execute(query, (before, floor, *kinds, without, limit)))
        return [row.opened() for row in found]

    def row(self, seq: int) -> JournalRow | None:
        found = read_where(self._connection, "seq", seq)
        return found.opened() if found else None

    def load_checkpoint(self) -> StoredCheckpoint | None:
        """The newest checkpoint that proves true; the rows after it lead to the present."""
        return next(self.checkpoints(), None)

    def checkpoints(self, upto: int | None = None) -> Iterator[StoredCheckpoint]:
        """Those that prove true, newest first; none behind row `upto`."""
        for checkpoint in read_checkpoints(self._connection):
            if upto is not None and checkpoint.seq > upto:
                continue
            row = read_where(self._connection, "seq", checkpoint.seq)
            sound = hashlib.sha256(checkpoint.state).digest() == checkpoint.state_hash
            if row is not None and row.hash == checkpoint.chain_hash and sound:
                yield checkpoint

    def last_seq(self) -> int:
        found = last_row(self._connection)
        return found.seq if found else 0

    def close(self) -> None:
        self._connection.close(True)


def open_reader(path: Path | str) -> Reader:
    path = Path(path)
    try:
        connection = connect_reader(path)
        try:
            check_schema(connection)
        except BaseException:
            connection.close(True)
            raise
    except apsw.Error as error:
        raise JournalRefused("journal_unreadable", f"{path}: {error}", "run verify on a copy of the file and its -wal") from error
    return Reader(connection)
