"""What became of alarms, the newest first: begun, gone, acknowledged, put aside, taken out of service, by whom. From the journal.

One rule: it says what journal rows say and nothing beside: what only follows from several rows (a line that waits for customs'
word, say) is on the list while it stands and not in here. Each organisation reads its own view: of customs' own alarms the
company has no row, and of what customs did no name.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
from fastapi import Depends, FastAPI, Query

from controller.console.alarms import who_did
from controller.console.identity import Identity
from controller.console.live import view_of
from controller.console.sessions import Session
from controller.console.views import Value
from controller.console.web import Door
from controller.domain.alarms import hidden, kind_of
from controller.domain.sentences import both
from controller.line.alarming import FLAGS, OF_THE_XRAY
from controller.line.belt import PlcFlag
from controller.line.commands import decode_outcome
from controller.line.events import DeviceDown, DeviceUp, LineCommanded, Stamped, decode_event
from controller.line.explain import View, company_text
from controller.line.people_events import (
    AlarmAcknowledged,
    AlarmPutBack,
    AlarmShelved,
    AlarmTakenOut,
    AlarmUnshelved,
    ScreenAlive,
    ScreenSilent,
)
from controller.line.plc_events import PlcStatus, PlcStatusChanged, PlcSynced
from controller.records.journal_file import Reader, open_reader
from controller.records.rows import JournalRow
from controller.settings.model import Settings

ROWS_MOST = 100
CONTEXT_ROWS = 200  # before those that are told, so that what they say of a device or the PLC is a change
SCANNED_ROWS = 20_000
NO_ALARMS = '"alarms":[]'
ACTS = {
    AlarmAcknowledged: "acknowledged", AlarmShelved: "shelved", AlarmUnshelved: "unshelved", AlarmTakenOut: "taken_out",
    AlarmPutBack: "put_back",
}  # fmt: skip
KINDS = tuple(
    one.__name__ for one in (*ACTS, LineCommanded, DeviceUp, DeviceDown, ScreenAlive, ScreenSilent, PlcStatusChanged, PlcSynced)
)
ALL_FLAGS = (*FLAGS, ("jam", PlcFlag.JAM, True))

Where = Callable[[str], Value]


class Happened(msgspec.Struct, frozen=True):
    """One thing that became of one alarm. `what`: begun, gone, silenced, or one of ACTS. Silencing has no `code`."""

    seq: int
    utc: str
    line_ms: int
    what: str
    code: str = ""
    subject: str = ""
    detail: str = ""
    by: str = ""
    role: str = ""
    cause: str = ""


class _Before(msgspec.Struct):
    """What rows before said: without it a word of a device or of the PLC tells no change."""

    down: dict[str, bool]
    status: PlcStatus | None = None


def happened(rows: Sequence[JournalRow], line: Settings) -> list[Happened]:
    """Of rows in the order of the journal."""
    before = _Before({})
    found: list[Happened] = []
    for row in rows:
        stamped = decode_event(row.event)
        told = [
            Happened(row.seq, row.utc, row.line_ms, "begun", alarm.code, alarm.subject, alarm.detail)
            for alarm in decode_outcome(row.outcome).alarms
        ]
        ended = _of_machines(row, stamped, before, line)
        known = {(one.code, one.what) for one in told}
        found += [*told, *(one for one in ended if (one.code, one.what) not in known), *_of_people(row, stamped)]
    return found


def _of_machines(row: JournalRow, stamped: Stamped, before: _Before, line: Settings) -> list[Happened]:
    event = stamped.event
    if isinstance(event, DeviceUp | DeviceDown | ScreenAlive | ScreenSilent):
        of_screen = isinstance(event, ScreenAlive | ScreenSilent)
        subject = f"screen:{event.screen}" if isinstance(event, ScreenAlive | ScreenSilent) else event.device
        was_down, now_down = before.down.get(subject), isinstance(event, DeviceDown | ScreenSilent)
        before.down[subject] = now_down
        code = "screen_dead" if of_screen else "device_down"
        return [Happened(row.seq, row.utc, row.line_ms, "gone", code, subject)] if was_down and not now_down else []
    if not isinstance(event, PlcStatusChanged | PlcSynced):
        return []
    last, before.status = before.status, event.status
    if last is None:
        return []
    was, now = _conditions(last, line), _conditions(event.status, line)
    changes = [("gone", one) for one in was if one not in now] + [("begun", one) for one in now if one not in was]
    return [Happened(row.seq, row.utc, row.line_ms, what, *one) for what, one in changes]


def _conditions(status: PlcStatus, line: Settings) -> list[tuple[str, str]]:
    """What stands by the PLC's own word."""
    found = [
        (code, "line") for code, flag, means in ALL_FLAGS
        if bool(status.flags & flag) is means and (line.rules.image_required or code not in OF_THE_XRAY)
    ]  # fmt: skip
    return found + [("lane_full", f"lane:{name}") for name, lane in line.lanes.items() if status.lane_full & 1 << (lane.code - 1)]


def _of_people(row: JournalRow, stamped: Stamped) -> list[Happened]:
    event = stamped.event
    if isinstance(event, LineCommanded):
        mute = event.command == "mute" and not decode_outcome(row.outcome).refusals
        return [Happened(row.seq, row.utc, row.line_ms, "silenced", by=stamped.actor, role=stamped.role)] if mute else []
    what = ACTS.get(type(event), "")
    if not isinstance(event, AlarmAcknowledged | AlarmShelved | AlarmUnshelved | AlarmTakenOut | AlarmPutBack):
        return []
    if decode_outcome(row.outcome).refusals:
        return []
    code, _, subject = event.alarm.partition(":")
    cause = event.cause if isinstance(event, AlarmShelved | AlarmTakenOut) else ""
    return [Happened(row.seq, row.utc, row.line_ms, what, code, subject, "", stamped.actor, stamped.role, cause)]


def shown(one: Happened, view: View, where: Where) -> Value | None:
    """As this view may see it; nothing of customs' own for the company."""
    if view is View.COMPANY and hidden(one.code):
        return None
    by = who_did(one.by, one.role, view)
    return {
        "seq": one.seq, "utc": one.utc, "line_ms": one.line_ms, "what": one.what, "code": one.code,
        "priority": kind_of(one.code).priority if one.code else None, "where": where(one.subject) if one.subject else None,
        "detail": msgspec.to_builtins(both(one.detail if view is View.CUSTOMS else company_text(one.detail))), "by": by,
        "cause": one.cause if by == one.by else "",
    }  # fmt: skip


class AlarmHistory:
    """Pages of the journal at `journal`; `where` gives a subject its name."""

    def __init__(self, journal: Path, where: Where, newest: Callable[[], int], line: Settings) -> None:
        self._journal = journal
        self._where = where
        self._newest = newest
        self._line = line

    def page(self, view: View, before: int, limit: int) -> Value:
        """In a thread: what happened before this row, newest first. `before` of the answer asks for the next; null: no more.

        It is the number of the last row that is shown, or one that follows from what was asked: a page that ended at a row which
        this view has nothing of would tell that it is there.
        """
        before = before if before > 0 else self._newest() + 1
        floor = max(1, before - SCANNED_ROWS)
        listed: list[tuple[int, Value]] = []
        at = before
        reader = open_reader(self._journal)
        try:
            while at > floor and len(listed) < limit:
                at, found = self._older(reader, at, floor)
                listed += [(one.seq, row) for one in found if (row := shown(one, view, self._where)) is not None]
        finally:
            reader.close()
        first = listed[limit - 1][0] if len(listed) >= limit else floor
        return {"rows": [row for seq, row in listed if seq >= first], "before": first if first > 1 else None}

    def _older(self, reader: Reader, before: int, floor: int) -> tuple[int, list[Happened]]:
        """What happened in the next rows, newest first, and from which row on."""
        rows = reader.newest_of(before, floor, KINDS, NO_ALARMS, 2 * CONTEXT_ROWS)
        first = rows[CONTEXT_ROWS - 1].seq if len(rows) > CONTEXT_ROWS else floor
        return first, [one for one in reversed(happened(rows[::-1], self._line)) if one.seq >= first]


def add_alarm_history(app: FastAPI, identity: Identity, history: AlarmHistory) -> None:
    """Put the route on the application of the first port."""
    door = Door(identity)

    @app.get("/api/alarms/history")
    async def page(
        session: Annotated[Session, Depends(door.reading)],
        before: Annotated[int, Query(ge=0, le=2**53)] = 0,
        limit: Annotated[int, Query(ge=1, le=ROWS_MOST)] = 50,
    ) -> dict[str, object]:
        """What became of alarms, newest first. `before`: what the page before answered; 0 begins with the newest."""
        return {"ok": True, **await identity.files(history.page, view_of(session), before, limit)}
