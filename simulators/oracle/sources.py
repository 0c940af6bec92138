"""Reading what a run left behind: two JSONL logs, the expectations, the journal file.

The one rule: a file that is missing or is not what it should be is a `SourceError` that names it, never an empty answer:
nothing to judge must not look like nothing wrong. The journal is opened read-only, with the SQLite of the standard library.
"""

import json
import sqlite3
from pathlib import Path
from typing import Any

import msgspec

Fact = dict[str, Any]

_COLUMNS = (
    "seq, line_ms, CAST(utc AS BLOB), CAST(kind AS BLOB), CAST(event AS BLOB), CAST(outcome AS BLOB),"
    " CAST(touched AS BLOB), CAST(prev_hash AS BLOB), CAST(hash AS BLOB)"
)


class SourceError(Exception):
    """A file of the run can not be judged."""

    def __init__(self, code: str, cause: str, next_step: str) -> None:
        super().__init__(f"{code}: {cause}; {next_step}")
        self.code, self.cause, self.next_step = code, cause, next_step


class StoredRow(msgspec.Struct, frozen=True):
    """A row of the journal as it lies in the file."""

    seq: int
    line_ms: int
    utc: bytes
    kind: bytes
    event: bytes
    outcome: bytes
    touched: bytes
    prev_hash: bytes
    hash: bytes


def read_facts(path: Path) -> list[Fact]:
    """All facts of a log. Only a last line without its line end may be broken: its writer was stopped there."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    lines = text.split("\n")
    facts: list[Fact] = []
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            fact = json.loads(line)
            if not isinstance(fact, dict) or not isinstance(fact["line_ms"], int) or not isinstance(fact["fact"], str):
                raise ValueError("no line_ms or no fact")
        except (ValueError, KeyError) as error:
            if number == len(lines):
                break
            raise _unreadable(path, f"line {number}: {error}") from error
        facts.append(fact)
    return facts


def read_expected(path: Path) -> Fact:
    try:
        expected: Fact = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    whole = isinstance(expected, dict) and isinstance(expected.get("cartons"), dict)
    if not whole or not isinstance(expected.get("scenes"), list):
        raise _unreadable(path, "it needs an object `cartons` and a list `scenes`")
    return expected


def read_journal(path: Path) -> list[StoredRow]:
    if not path.is_file():
        raise SourceError("journal_missing", f"{path} does not exist", "name the journal file of the run with --journal")
    try:
        connection = sqlite3.connect(path.resolve().as_uri() + "?mode=ro", uri=True)
        try:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM journal ORDER BY seq").fetchall()
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise SourceError("journal_unreadable", f"{path}: {error}", "take the -wal file along, or check the disk") from error
    return [StoredRow(*row) for row in rows]


def read_anchors(path: Path) -> list[tuple[int, str]]:
    """(seq, hash) of each readable anchor; no file is no anchors. Whether a mark is damaged is for `xiyong verify`."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    anchors: list[tuple[int, str]] = []
    for line in lines:
        try:
            mark = json.loads(line)
            anchors.append((int(mark["seq"]), str(mark["hash"])))
        except (ValueError, KeyError, TypeError):
            continue
    return anchors


def _unreadable(path: Path, error: object) -> SourceError:
    name = path.name.partition(".")[0]
    return SourceError(f"{name}_unreadable", f"{path}: {error}", "let the simulators write it to the end, or name its folder")
