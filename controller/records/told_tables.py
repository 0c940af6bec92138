"""What other organisations were told and what they answered: a row a message, and a row an answer.

One rule: as in `line_tables`: from journal rows alone. A message is known by its row and place, as its receiver knows it.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from controller.line.commands import decode_outcome
from controller.line.customs_events import ArrivalAnswered
from controller.line.events import decode_event
from controller.line.gate_events import MessageAnswered
from controller.records.follower import Handler, RowsHandler
from controller.records.rows import JournalRow
from controller.records.tables import METADATA

HAS_MESSAGES = b'"messages":[{'

MESSAGES = sa.Table(
    "messages",
    METADATA,
    sa.Column("journal_seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("utc", sa.String(40), nullable=False),
    sa.Column("receiver", sa.String(32), nullable=False, index=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("about", sa.String(200), nullable=False, index=True),
    sa.Column("body", sa.Text, nullable=False),
)

MESSAGE_ANSWERS = sa.Table(
    "message_answers",
    METADATA,
    sa.Column("journal_seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("utc", sa.String(40), nullable=False),
    sa.Column("receiver", sa.String(32), nullable=False),
    sa.Column("message_seq", sa.BigInteger, nullable=False, index=True),
    sa.Column("message_place", sa.Integer, nullable=False),
    sa.Column("result", sa.String(16), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)

ARRIVAL_ANSWERS = sa.Table(
    "arrival_answers",
    METADATA,
    sa.Column("journal_seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("cop_no", sa.String(80), nullable=False, index=True),
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("status", sa.String(80), nullable=False),
    sa.Column("return_time", sa.String(17), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)


def _message_rows(connection: sa.Connection, rows: Sequence[JournalRow]) -> None:
    values = [
        {"journal_seq": row.seq, "place": place, "utc": row.utc, "receiver": message.to, "kind": message.kind,
         "about": message.about[:200], "body": message.body}
        for row in rows
        if HAS_MESSAGES in row.outcome
        for place, message in enumerate(decode_outcome(row.outcome).messages)
    ]  # fmt: skip
    if values:
        connection.execute(MESSAGES.insert(), values)


def _answer_row(connection: sa.Connection, row: JournalRow) -> None:
    event = decode_event(row.event).event
    if isinstance(event, MessageAnswered):
        values = {"journal_seq": row.seq, "utc": row.utc, "receiver": event.to, "message_seq": event.at_seq,
                  "message_place": event.index, "result": event.result, "text": event.text}  # fmt: skip
        connection.execute(MESSAGE_ANSWERS.insert(), values)


def _arrival_row(connection: sa.Connection, row: JournalRow) -> None:
    event = decode_event(row.event).event
    if isinstance(event, ArrivalAnswered):
        one = event.receipt
        values = {"journal_seq": row.seq, "cop_no": one.cop_no, "part": one.msg_seq, "status": one.return_status,
                  "return_time": one.return_time, "text": one.return_info}  # fmt: skip
        connection.execute(ARRIVAL_ANSWERS.insert(), values)


TOLD_ROWS: tuple[RowsHandler, ...] = (_message_rows,)
TOLD_HANDLERS: dict[str, Handler] = {"MessageAnswered": _answer_row, "ArrivalAnswered": _arrival_row}
