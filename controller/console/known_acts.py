"""The acts among the newest rows of the journal, so that one repeated after a restart is the same act.

One rule: only what the journal has counts as done.
"""

from pathlib import Path

from controller.console.act_service import ACTS_KEPT
from controller.line.commands import Outcome, decode_outcome
from controller.line.events import Stamped, decode_event
from controller.records.journal_file import open_reader

ROWS_READ = 5000

Row = tuple[int, Stamped, Outcome]


def newest_acts(journal: Path, upto: int) -> list[Row]:
    """In a thread: rows with an act of a person, the oldest first."""
    reader = open_reader(journal)
    try:
        rows = reader.page(max(1, upto - ROWS_READ + 1), ROWS_READ)
    finally:
        reader.close()
    found = ((row.seq, decode_event(row.event), decode_outcome(row.outcome)) for row in rows if row.seq <= upto)
    return [one for one in found if one[1].act_id][-ACTS_KEPT:]
