"""The line's own records: decisions, their reasons, holds, and where cartons were confirmed.

One rule: filled by a follower from journal rows alone, so it can be dropped and built again (see `tables`).
"""

import json
from collections.abc import Sequence

import sqlalchemy as sa

from controller.line.commands import decode_outcome
from controller.line.events import HoldLifted, decode_event
from controller.line.plc_events import DecisionAnswered, RingEvent
from controller.records.follower import Handler, RowsHandler
from controller.records.rows import JournalRow
from controller.records.tables import METADATA

DECISIONS = sa.Table(
    "decisions",
    METADATA,
    sa.Column("journal_seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("decision_seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("line_ms", sa.BigInteger, nullable=False),
    sa.Column("utc", sa.String(40), nullable=False),
    sa.Column("track", sa.String(24), nullable=False, index=True),
    sa.Column("carton", sa.String(128), nullable=False, index=True),
    sa.Column("lane", sa.String(32), nullable=False),
    sa.Column("reasons", sa.Text, nullable=False),
)

ANSWERS = sa.Table(
    "decision_answers",
    METADATA,
    sa.Column("journal_seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("track", sa.String(24), nullable=False, index=True),
    sa.Column("decision_seq", sa.Integer, nullable=False),
    sa.Column("result", sa.Integer, nullable=False),
)

DIVERTS = sa.Table(
    "diverts",
    METADATA,
    sa.Column("journal_seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("line_ms", sa.BigInteger, nullable=False),
    sa.Column("track", sa.String(24), nullable=False, index=True),
    sa.Column("lane_code", sa.Integer, nullable=False),
    sa.Column("why", sa.Integer, nullable=False),
)

ALARMS = sa.Table(
    "alarms",
    METADATA,
    sa.Column("journal_seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("line_ms", sa.BigInteger, nullable=False),
    sa.Column("code", sa.String(64), nullable=False, index=True),
    sa.Column("subject", sa.String(160), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
)

HOLD_ACTS = sa.Table(
    "hold_acts",
    METADATA,
    sa.Column("journal_seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hold_id", sa.String(64), nullable=False, index=True),
    sa.Column("act", sa.String(8), nullable=False),
    sa.Column("target", sa.String(160), nullable=False),
    sa.Column("actor", sa.String(64), nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
)

DEPARTURES = sa.Table(
    "departures",
    METADATA,
    sa.Column("journal_seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("utc", sa.String(40), nullable=False),
    sa.Column("container_no", sa.String(32), nullable=False, index=True),
    sa.Column("pass_id", sa.String(64), nullable=False),
    sa.Column("plate", sa.String(32), nullable=False),
    sa.Column("seal_no", sa.String(64), nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("net_g", sa.BigInteger, nullable=False),
)

DIVERTED = 5

INSERT_DECISION, INSERT_ALARM, INSERT_DEPARTURE = DECISIONS.insert(), ALARMS.insert(), DEPARTURES.insert()
INSERT_DIVERT, INSERT_ANSWER, INSERT_HOLD_ACT = DIVERTS.insert(), ANSWERS.insert(), HOLD_ACTS.insert()


def _outcome_rows(connection: sa.Connection, rows: Sequence[JournalRow]) -> None:
    decisions: list[dict[str, object]] = []
    alarms: list[dict[str, object]] = []
    departures: list[dict[str, object]] = []
    for row in rows:
        outcome = decode_outcome(row.outcome)
        decisions += [
            {
                "journal_seq": row.seq, "decision_seq": decision.seq, "line_ms": row.line_ms, "utc": row.utc,
                "track": decision.track, "carton": decision.carton, "lane": decision.lane,
                "reasons": ",".join(blocker.code for blocker in decision.blockers),
            }
            for decision in outcome.decisions
        ]  # fmt: skip
        alarms += [
            {"journal_seq": row.seq, "place": place, "line_ms": row.line_ms, "code": alarm.code,
             "subject": alarm.subject[:160], "detail": alarm.detail}
            for place, alarm in enumerate(outcome.alarms)
        ]  # fmt: skip
        departures += [
            _departure(row, message.body) for message in outcome.messages if message.kind == "linked_release"
        ]  # fmt: skip
    for statement, values in ((INSERT_DECISION, decisions), (INSERT_ALARM, alarms), (INSERT_DEPARTURE, departures)):
        if values:
            connection.execute(statement, values)


def _departure(row: JournalRow, body: str) -> dict[str, object]:
    told = json.loads(body)
    names = ("container_no", "pass_id", "plate", "seal_no", "count", "net_g")
    return {"journal_seq": row.seq, "utc": row.utc, **{name: told[name] for name in names}}


def _ring_row(connection: sa.Connection, row: JournalRow) -> None:
    event = decode_event(row.event).event
    if isinstance(event, RingEvent) and event.kind == DIVERTED:
        values = {"journal_seq": row.seq, "line_ms": row.line_ms, "track": f"{event.epoch}:{event.track_id}",
                  "lane_code": event.arg1, "why": event.arg2}  # fmt: skip
        connection.execute(INSERT_DIVERT, values)


def _answer_row(connection: sa.Connection, row: JournalRow) -> None:
    event = decode_event(row.event).event
    if isinstance(event, DecisionAnswered):
        values = {"journal_seq": row.seq, "track": f"{event.epoch}:{event.track_id}", "decision_seq": event.seq,
                  "result": event.result}  # fmt: skip
        connection.execute(INSERT_ANSWER, values)


def _hold_row(connection: sa.Connection, row: JournalRow) -> None:
    if decode_outcome(row.outcome).refusals:
        return
    stamped = decode_event(row.event)
    event = stamped.event
    lifted = isinstance(event, HoldLifted)
    values = {
        "journal_seq": row.seq, "hold_id": getattr(event, "hold_id", ""), "act": "lifted" if lifted else "placed",
        "target": "" if lifted else f"{getattr(event, 'scope', '')}:{getattr(event, 'target', '')}",
        "actor": stamped.actor, "cause": getattr(event, "cause", ""),
    }  # fmt: skip
    connection.execute(INSERT_HOLD_ACT, values)


LINE_ROWS: tuple[RowsHandler, ...] = (_outcome_rows,)
HANDLERS: dict[str, Handler] = {
    "RingEvent": _ring_row,
    "DecisionAnswered": _answer_row,
    "HoldPlaced": _hold_row,
    "HoldLifted": _hold_row,
}
