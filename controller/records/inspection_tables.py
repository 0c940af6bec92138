"""Records of inline inspection: images, what was asked of people, and what officers said.

One rule: customs' own tables; whoever shows them to the company leaves them out.
"""

import sqlalchemy as sa

from controller.line.commands import decode_outcome
from controller.line.events import decode_event
from controller.line.inspection_events import ImageRefused, ImageTaken, VerdictGiven, VerdictUndone
from controller.records.follower import Handler
from controller.records.rows import JournalRow
from controller.records.tables import METADATA

UNDONE = "undone"  # a verdict that its officer took back is a row of its own

IMAGES = sa.Table(
    "images",
    METADATA,
    sa.Column("journal_seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("line_ms", sa.BigInteger, nullable=False),
    sa.Column("device", sa.String(64), nullable=False),
    sa.Column("scan_id", sa.String(40), nullable=False, index=True),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("refused", sa.String(64), nullable=False),
    sa.Column("low_sha256", sa.String(64), nullable=False, index=True),
    sa.Column("high_sha256", sa.String(64), nullable=False),
    sa.Column("length_mm", sa.Integer, nullable=False),
)

VERDICTS = sa.Table(
    "verdicts",
    METADATA,
    sa.Column("journal_seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("line_ms", sa.BigInteger, nullable=False),
    sa.Column("track", sa.String(24), nullable=False, index=True),
    sa.Column("image_sha256", sa.String(64), nullable=False),
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("actor", sa.String(64), nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
)


def _image_row(connection: sa.Connection, row: JournalRow) -> None:
    event = decode_event(row.event).event
    if isinstance(event, ImageTaken):
        values = {"refused": "", "low_sha256": event.low.sha256, "high_sha256": event.high.sha256, "length_mm": event.length_mm}
    elif isinstance(event, ImageRefused):
        raw = event.evidence[0].sha256 if event.evidence else ""
        values = {"refused": event.code, "low_sha256": raw, "high_sha256": "", "length_mm": -1}
    else:
        return
    told = {"device": event.device, "scan_id": event.scan_id, "number": event.number}
    connection.execute(IMAGES.insert(), {"journal_seq": row.seq, "line_ms": row.line_ms, **told, **values})


def _verdict_row(connection: sa.Connection, row: JournalRow) -> None:
    stamped = decode_event(row.event)
    event = stamped.event
    if not isinstance(event, VerdictGiven | VerdictUndone) or decode_outcome(row.outcome).refusals:
        return
    verdict = event.verdict if isinstance(event, VerdictGiven) else UNDONE
    values = {
        "journal_seq": row.seq, "line_ms": row.line_ms, "track": event.track[:24], "image_sha256": event.image[:64],
        "verdict": verdict, "actor": stamped.actor, "cause": event.cause,
    }  # fmt: skip
    connection.execute(VERDICTS.insert(), values)


INSPECTION_HANDLERS: dict[str, Handler] = {
    "ImageTaken": _image_row,
    "ImageRefused": _image_row,
    "VerdictGiven": _verdict_row,
    "VerdictUndone": _verdict_row,
}
