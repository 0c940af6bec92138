"""The records of seal checks: every look at the doors of a load, and what came of it.

One rule: as in `line_tables`: from journal rows alone; an act that was refused is no look.
"""

import sqlalchemy as sa

from controller.line.commands import decode_outcome
from controller.line.events import decode_event
from controller.line.seal_events import SealCheckStarted, SealNotSeen, SealReported, SealSeen, SecondLook
from controller.records.follower import Handler
from controller.records.rows import JournalRow
from controller.records.tables import METADATA

SEAL_LOOKS = sa.Table(
    "seal_looks",
    METADATA,
    sa.Column("journal_seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("line_ms", sa.BigInteger, nullable=False),
    sa.Column("utc", sa.String(40), nullable=False),
    sa.Column("load_id", sa.String(128), nullable=False, index=True),
    sa.Column("who", sa.String(64), nullable=False),
    sa.Column("result", sa.String(16), nullable=False),
    sa.Column("numbers", sa.Text, nullable=False),
    sa.Column("pictures", sa.Text, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
)


def _look_row(connection: sa.Connection, row: JournalRow) -> None:
    if decode_outcome(row.outcome).refusals:
        return
    stamped = decode_event(row.event)
    event = stamped.event
    result, numbers, pictures, cause = "", "", "", ""
    if isinstance(event, SealCheckStarted):
        result = "begun"
    elif isinstance(event, SealSeen):
        result, numbers, cause = event.condition, ",".join(event.numbers), event.cause
        pictures = ",".join(picture.sha256 for picture in event.pictures)
    elif isinstance(event, SealNotSeen):
        result, cause = "not_seen", f"{event.code}: {event.cause}"
    elif isinstance(event, SealReported):
        result, cause = event.condition, event.cause
    elif isinstance(event, SecondLook):
        result, cause = "accepted" if event.accepted else "confirmed", event.cause
    values = {
        "journal_seq": row.seq, "line_ms": row.line_ms, "utc": row.utc, "load_id": getattr(event, "load_id", "")[:128],
        "who": stamped.actor[:64], "result": result[:16], "numbers": numbers, "pictures": pictures, "cause": cause,
    }  # fmt: skip
    connection.execute(SEAL_LOOKS.insert(), values)


SEAL_HANDLERS: dict[str, Handler] = {
    kind.__name__: _look_row for kind in (SealCheckStarted, SealSeen, SealNotSeen, SealReported, SecondLook)
}
