"""The records: tables for people and reports, all of them derived from the journal.

Rule: nothing is kept here that cannot be built again from the journal. The schema carries a version;
where the version found is not the version of this release, the tables are dropped and built anew, never
migrated in place. A power cut may therefore cost the last rows here (`synchronous=NORMAL`): the cursor
goes back with them, and they are written again.

A module that adds tables puts them into `METADATA` and is imported before `prepare`; adding or changing a
table changes the version by itself. Where a handler starts to write something else into the same tables,
raise `HANDLERS_VERSION`.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.schema import CreateTable

from controller.records.errors import FollowerError

HANDLERS_VERSION = 3

METADATA = sa.MetaData()

RECORDS_SCHEMA = sa.Table(
    "records_schema",
    METADATA,
    sa.Column("version", sa.String(80), primary_key=True),
    # The names of the tables of that version, as JSON: what to drop when it is another release's.
    sa.Column("tables", sa.Text, nullable=False),
)

FOLLOWER_CURSORS = sa.Table(
    "follower_cursors",
    METADATA,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    # The hash of the row the cursor stands on: a cursor of another journal is noticed.
    sa.Column("row_hash", sa.String(64), nullable=False),
)

JOURNAL_INDEX = sa.Table(
    "journal_index",
    METADATA,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("line_ms", sa.BigInteger, nullable=False),
    sa.Column("utc", sa.String(128), nullable=False),
    sa.Column("kind", sa.String(128), nullable=False, index=True),
)

TOUCHED = sa.Table(
    "touched",
    METADATA,
    sa.Column("subject", sa.String(255), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
)


def open_records(path: Path | str, *, read_only: bool = False) -> sa.Engine:
    """The SQLite records of one line; a site with PostgreSQL makes its own engine."""
    # Errors are told to the company, too; what was to be written may be customs' own.
    engine = sa.create_engine(f"sqlite:///{Path(path)}", hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:
        # The driver must not begin transactions by itself: then tables are created inside ours, too.
        connection.isolation_level = None
        settings = ("query_only=ON",) if read_only else ("journal_mode=WAL", "synchronous=NORMAL")
        for setting in ("busy_timeout=5000", *settings):
            connection.execute(f"PRAGMA {setting}").fetchall()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def schema_version(metadata: sa.MetaData = METADATA) -> str:
    """A number raised by hand and a fingerprint of all tables."""
    return f"{HANDLERS_VERSION}-{_fingerprint(metadata)}"


@cache
def _fingerprint(metadata: sa.MetaData) -> str:
    """Once a process: tables are declared where they are imported and never change."""
    statements = "\n".join(str(CreateTable(table)) for table in _tables(metadata))
    return hashlib.sha256(statements.encode()).hexdigest()[:32]


def prepare(engine: sa.Engine, metadata: sa.MetaData = METADATA, *, rebuild: bool = False) -> bool:
    """Makes the tables of this release, dropping those of another. True: they are empty now."""
    version = schema_version(metadata)
    with engine.begin() as connection:
        found = _found(connection)
        if found is not None and found[0] == version and not rebuild:
            return False
        if found is not None:
            _drop(connection, found[1])
        metadata.create_all(connection, checkfirst=False)
        names = msgspec.json.encode([str(table.name) for table in _tables(metadata)]).decode()
        connection.execute(RECORDS_SCHEMA.insert().values(version=version, tables=names))
    return True


def _tables(metadata: sa.MetaData) -> list[sa.Table]:
    return list(metadata.sorted_tables)


def _found(connection: sa.Connection) -> tuple[str, list[str]] | None:
    if not sa.inspect(connection).has_table(RECORDS_SCHEMA.name):
        return None
    rows = connection.execute(sa.select(RECORDS_SCHEMA.c.version, RECORDS_SCHEMA.c.tables)).all()
    if len(rows) != 1:
        raise FollowerError(
            "records_schema_unclear",
            f"the records name {len(rows)} schema versions",
            "move the records database away; it is built again from the journal",
        )
    version, names = rows[0]
    return str(version), msgspec.json.decode(names, type=list[str])


def _drop(connection: sa.Connection, names: list[str]) -> None:
    """Drops our own tables alone: the database may be shared."""
    present = set(sa.inspect(connection).get_table_names())
    old = sa.MetaData()
    old.reflect(connection, only=[name for name in names if name in present])
    old.drop_all(connection, tables=[table for table in old.sorted_tables if table.name in names])
