"""How often a code was looked up, when first, and the last day on which that was from many places: such a label may be a copy.

One rule: a database of its own beside the journal, one row for each issued code that was looked up and one for all misses; no
address, nothing of who asked.
"""

import sqlite3
from pathlib import Path

import msgspec

CHECKS_NAME = "trace-checks.sqlite"
MISSES = ""


class Checked(msgspec.Struct, frozen=True):
    """`first_utc` is the time of the very first look-up, this one if it is that; `many_on` a day, or empty."""

    first_utc: str
    count: int
    many_on: str = ""


class Checks:
    """Blocks for a moment: it belongs into a thread, one at a time."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for statement in (
            "PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA busy_timeout=2000",
            "CREATE TABLE IF NOT EXISTS checks (code TEXT PRIMARY KEY, first_utc TEXT NOT NULL, count INTEGER NOT NULL, "
            "many_on TEXT NOT NULL) STRICT",
        ):  # fmt: skip
            self._connection.execute(statement).fetchall()

    def look(self, code: str, utc: str, counts: bool, many_on: str = "") -> Checked:
        """Count this look-up (or only look), as one write in any case. A miss is the row `MISSES`. The latest `many_on` stays."""
        row = self._connection.execute(
            "INSERT INTO checks (code, first_utc, count, many_on) VALUES (?, ?, 1, ?) ON CONFLICT (code) DO UPDATE SET "
            "count = count + ?, many_on = max(many_on, excluded.many_on) RETURNING first_utc, count, many_on",
            (code, utc, many_on, int(counts)),
        ).fetchall()[0]
        return Checked(str(row[0]), int(row[1]), str(row[2]))

    def close(self) -> None:
        self._connection.close()
