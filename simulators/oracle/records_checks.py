"""L4: a minute after everything is well the records have caught up with the journal, and say the same.

The one rule: the records are a SQLite file with the tables of docs/records.md; each of their rows has its row in the journal, and
each row of the journal up to their cursor has its rows there, once.
"""

import sqlite3
from collections import Counter
from pathlib import Path

from simulators.oracle.journal_story import JournalStory
from simulators.oracle.sources import SourceError
from simulators.oracle.verdict import Breach
from simulators.oracle.words import DIVERTED

COUNTED = {
    "journal_index": "SELECT seq FROM journal_index WHERE seq <= ?",
    "decisions": "SELECT journal_seq FROM decisions WHERE journal_seq <= ?",
    "alarms": "SELECT journal_seq FROM alarms WHERE journal_seq <= ?",
    "diverts": "SELECT journal_seq FROM diverts WHERE journal_seq <= ?",
    # Rows that some table could not take: none, whatever the day was like.
    "rows_unwritten": "SELECT journal_seq FROM rows_unwritten WHERE journal_seq <= ?",
}


def check_records(path: Path, journal: JournalStory, due: int) -> list[Breach]:
    """`due` is the row that the records must have reached. Raises `SourceError` if the file can not be read."""
    try:
        connection = sqlite3.connect(path.resolve().as_uri() + "?mode=ro", uri=True)
        try:
            found = connection.execute("SELECT seq FROM follower_cursors WHERE name = 'records'").fetchone()
            cursor = int(found[0]) if found else 0
            told = {name: Counter(row[0] for row in connection.execute(query, (cursor,))) for name, query in COUNTED.items()}
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise SourceError("records_unreadable", f"{path}: {error}", "look at the records database") from error
    if cursor < due:
        return [Breach("L4", "", f"the records stand at row {cursor}, a minute after all was well row {due} was due")]
    wanted = _wanted(journal, cursor)
    return [
        Breach("L4", "", f"the records' table {name} differs from the journal at row {_first(told[name], wanted[name])}")
        for name in COUNTED
        if told[name] != wanted[name]
    ]


def _wanted(journal: JournalStory, upto: int) -> dict[str, Counter[int]]:
    rows = [row for row in journal.rows if row.seq <= upto]
    return {
        "journal_index": Counter(row.seq for row in rows),
        "decisions": Counter(row.seq for row in rows for _ in row.outcome_list("decisions")),
        "alarms": Counter(row.seq for row in rows for _ in row.outcome_list("alarms")),
        "diverts": Counter(ring.row for ring in journal.ring if ring.kind == DIVERTED and ring.row <= upto),
        "rows_unwritten": Counter(),
    }


def _first(told: Counter[int], wanted: Counter[int]) -> int:
    return min((told - wanted) | (wanted - told))
