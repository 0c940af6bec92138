"""The records of a line follow its journal, and the core hears of rows that they could not take.

One rule: nothing that the records lack is passed over in silence: where the core has no room for the word, it is said later.
"""

from pathlib import Path

import sqlalchemy as sa

from controller.daemon.core_loop import CoreLoop, InboxFullError
from controller.line.events import RecordsIncomplete
from controller.records.all_tables import line_follower
from controller.records.unwritten import EnduringFollower, Lacking


def records_follower(journal: Path, engine: sa.Engine, core: CoreLoop) -> EnduringFollower:
    """The follower of this line's records."""

    def tell(lacking: Lacking) -> bool:
        try:
            core.post(RecordsIncomplete(lacking.seqs, lacking.error, lacking.count), actor="daemon")
        except InboxFullError:
            return False
        return True

    return line_follower(journal, engine, tell)
