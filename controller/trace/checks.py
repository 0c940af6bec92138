"""How often a code was looked up, and when first: a carton that was "first checked" by somebody else may be a copy of its label.

One rule: a database of its own beside the journal, one row for each issued code that was looked up and one for all misses; no
address, nothing of who asked.
"""

import sqlite3
from pathlib import Path

import msgspec

CHECKS_NAME = "trace-checks.sqlite"
MISSES = ""


class Checked(msgspec.Struct, frozen=True):
    """`first_utc` is the time of the very first look-up, this one if it is that."""

    first_utc: str
    count: int


class Checks:
    """Blocks for a moment: it belongs into a thread, one at a time."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for statement in (
            "PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA busy_timeout=2000",
            "CREATE TABLE IF NOT EXISTS checks (code TEXT PRIMARY KEY, first_utc TEXT NOT NULL, count INTEGER NOT NULL) STRICT",
        ):  # fmt: skip
            self._connection.execute(statement).fetchall()

    def look(self, code: str, utc: str, counts: bool) -> Checked:
        """Count this look-up (or only look), as one write in any case. A miss is the row `MISSES`."""
        row = self._connection.execute(
            "INSERT INTO checks VALUES (?, ?, 1) ON CONFLICT (code) DO UPDATE SET count = count + ? RETURNING first_utc, count",
            (code, utc, int(counts)),
        ).fetchall()[0]
        return Checked(str(row[0]), int(row[1]))

    def close(self) -> None:
        self._connection.close()
