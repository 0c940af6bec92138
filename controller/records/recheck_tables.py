"""The records of open-box rechecks: every act at the bench, and the result of each that was closed.

One rule: as in `line_tables`: from journal rows alone; an act that was refused is none. Scans and pictures stand in the result.
An inspection record's paper is found here by its recheck for as long as there are records.
"""

import msgspec
import sqlalchemy as sa

from controller.line.commands import decode_outcome
from controller.line.events import decode_event
from controller.line.recheck_events import (
    ItemsCounted,
    NewSealSet,
    PartyPresent,
    RecheckAbandoned,
    RecheckConfirmed,
    RecheckDecided,
    RecheckOpened,
    ScanUndone,
    SecondOfficerCalled,
    WitnessSigned,
)
from controller.line.recheck_state import InspectionResult
from controller.line.record_events import RecordFiled, RecordFiledElsewhere
from controller.records.follower import Handler
from controller.records.rows import JournalRow
from controller.records.tables import METADATA

RECHECK_ACTS = sa.Table(
    "recheck_acts",
    METADATA,
    sa.Column("journal_seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("line_ms", sa.BigInteger, nullable=False),
    sa.Column("utc", sa.String(40), nullable=False),
    sa.Column("code", sa.String(128), nullable=False, index=True),
    sa.Column("who", sa.String(64), nullable=False),
    sa.Column("act", sa.String(32), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
)

RECHECKS = sa.Table(
    "rechecks",
    METADATA,
    sa.Column("journal_seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("line_ms", sa.BigInteger, nullable=False),
    sa.Column("utc", sa.String(40), nullable=False),
    sa.Column("recheck_id", sa.String(160), nullable=False, index=True),
    sa.Column("carton", sa.String(128), nullable=False, index=True),
    sa.Column("list_key", sa.String(128), nullable=False, index=True),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("matched", sa.Boolean, nullable=False),
    sa.Column("things", sa.Integer, nullable=False),
    sa.Column("differences", sa.Text, nullable=False),
    sa.Column("first_officer", sa.String(64), nullable=False),
    sa.Column("second_officer", sa.String(64), nullable=False),
    sa.Column("seal_no", sa.String(40), nullable=False),
    sa.Column("stills", sa.Text, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
)

RECORD_PAPERS = sa.Table(
    "record_papers",
    METADATA,
    sa.Column("journal_seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("line_ms", sa.BigInteger, nullable=False),
    sa.Column("utc", sa.String(40), nullable=False),
    sa.Column("recheck_id", sa.String(160), nullable=False, index=True),
    sa.Column("record_sha256", sa.String(64), nullable=False),
    sa.Column("content_sha256", sa.String(64), nullable=False),
    sa.Column("pdf_sha256", sa.String(64), nullable=False),
)


def paper_of(connection: sa.Connection, recheck_id: str) -> str:
    """The hash of the filed paper of a recheck's inspection record; empty = the records know of none."""
    query = sa.select(RECORD_PAPERS.c.pdf_sha256).where(RECORD_PAPERS.c.recheck_id == recheck_id)
    return connection.execute(query.order_by(RECORD_PAPERS.c.journal_seq.desc()).limit(1)).scalar() or ""


def _paper_row(connection: sa.Connection, row: JournalRow) -> None:
    """A paper that counted: the line has said so of its record."""
    event = decode_event(row.event).event
    if not isinstance(event, RecordFiled) or not decode_outcome(row.outcome).findings:
        return
    values = {
        "journal_seq": row.seq, "line_ms": row.line_ms, "utc": row.utc, "recheck_id": event.recheck_id[:160],
        "record_sha256": event.sha256[:64], "content_sha256": event.content.sha256, "pdf_sha256": event.pdf.sha256,
    }  # fmt: skip
    connection.execute(RECORD_PAPERS.insert(), values)


def _act_row(connection: sa.Connection, row: JournalRow) -> None:
    outcome = decode_outcome(row.outcome)
    if outcome.refusals:
        return
    stamped = decode_event(row.event)
    event = stamped.event
    fields = {name: getattr(event, name) for name in event.__struct_fields__ if name != "code"}
    values = {
        "journal_seq": row.seq, "line_ms": row.line_ms, "utc": row.utc, "code": getattr(event, "code", "")[:128],
        "who": stamped.actor[:64], "act": type(event).__name__[:32], "detail": msgspec.json.encode(fields).decode(),
    }  # fmt: skip
    connection.execute(RECHECK_ACTS.insert(), values)
    for message in outcome.messages:
        if message.kind == "inspection_result":
            _result_row(connection, row, msgspec.json.decode(message.body, type=InspectionResult))


def _result_row(connection: sa.Connection, row: JournalRow, result: InspectionResult) -> None:
    first, second = (*result.officers, "", "")[:2]
    values = {
        "journal_seq": row.seq, "line_ms": row.line_ms, "utc": row.utc, "recheck_id": result.recheck_id[:160],
        "carton": result.carton[:128], "list_key": result.list_key[:128], "outcome": result.outcome[:16],
        "matched": result.matched, "things": len(result.found), "first_officer": first[:64], "second_officer": second[:64],
        "differences": msgspec.json.encode(result.differences).decode(), "seal_no": result.seal_no[:40],
        "stills": ",".join(result.evidence), "cause": result.cause,
    }  # fmt: skip
    connection.execute(RECHECKS.insert(), values)


RECHECK_HANDLERS: dict[str, Handler] = {
    kind.__name__: _act_row
    for kind in (
        RecheckOpened,
        ItemsCounted,
        ScanUndone,
        NewSealSet,
        RecheckDecided,
        RecheckConfirmed,
        RecheckAbandoned,
        SecondOfficerCalled,
        PartyPresent,
        WitnessSigned,
        RecordFiledElsewhere,
    )
}
RECHECK_HANDLERS[RecordFiled.__name__] = _paper_row
