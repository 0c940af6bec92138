"""The records of a line follow its journal, and the core hears of rows that they, or the statistics, could not take.

One rule: nothing that the records lack is passed over in silence: where the core has no room for the word, it is said later.
"""

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from controller.daemon.core_loop import CoreLoop, InboxFullError
from controller.line.events import RECORDS, RecordsIncomplete
from controller.records.all_tables import line_follower
from controller.records.unwritten import EnduringFollower, Lacking


def records_follower(journal: Path, engine: sa.Engine, core: CoreLoop) -> EnduringFollower:
    """The follower of this line's records."""
    return line_follower(journal, engine, teller(core, RECORDS))


def teller(core: CoreLoop, where: str) -> Callable[[Lacking], bool]:
    """Tells the core what is lacking there; whether it has taken the word."""

    def tell(lacking: Lacking) -> bool:
        try:
            core.post(RecordsIncomplete(lacking.seqs, lacking.error, lacking.count, where), actor="daemon")
        except InboxFullError:
            return False
        return True

    return tell
