"""Everything that the records of a line hold: which handler writes which tables.

One rule: a station's tables stand in a module of their own; here they are only put together.
"""

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from controller.records.follower import EVERY_ROW, Handler, RowsHandler
from controller.records.inspection_tables import INSPECTION_HANDLERS
from controller.records.line_tables import HANDLERS, LINE_ROWS
from controller.records.recheck_tables import RECHECK_HANDLERS
from controller.records.seal_tables import SEAL_HANDLERS
from controller.records.story_tables import STORY_HANDLERS, STORY_ROWS
from controller.records.tables import FOLLOWER_CURSORS
from controller.records.told_tables import TOLD_HANDLERS, TOLD_ROWS
from controller.records.unwritten import EnduringFollower, Lacking

FOLLOWER = "records"
BY_KIND: dict[str, Handler] = HANDLERS | SEAL_HANDLERS | INSPECTION_HANDLERS | RECHECK_HANDLERS | TOLD_HANDLERS | STORY_HANDLERS
EVERY: tuple[RowsHandler, ...] = (*EVERY_ROW, *LINE_ROWS, *TOLD_ROWS, *STORY_ROWS)


def reached(connection: sa.Connection) -> int:
    """The last row of the journal that the records have."""
    return connection.execute(sa.select(FOLLOWER_CURSORS.c.seq).where(FOLLOWER_CURSORS.c.name == FOLLOWER)).scalar() or 0


def line_follower(journal: Path, engine: sa.Engine, tell: Callable[[Lacking], bool] = lambda _: True) -> EnduringFollower:
    """The one follower of a line's journal that writes them. `tell` hears of rows that they could not take."""
    return EnduringFollower(FOLLOWER, journal, engine, BY_KIND, every=EVERY, tell=tell)


def follow_to_the_end(journal: Path, engine: sa.Engine) -> int:
    """Where no daemon runs: the records are brought to the journal's end; the row that they stand at."""
    follower = line_follower(journal, engine)
    try:
        return follower.catch_up()
    finally:
        follower.close()
