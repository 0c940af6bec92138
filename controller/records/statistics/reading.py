"""What the tables of statistics have for a window, as facts again.

One rule: bounded: a window is at most a week, so that nobody's question fills the memory of the daemon.
"""

from typing import TypeVar

import msgspec
import sqlalchemy as sa

from controller.domain.declarations import DeclaredList
from controller.records.statistics.facts import Came, Diverted, EmergencyEntered, Judged, Opened, Reviewed, ShiftBegan, Spell
from controller.records.statistics.tables import (
    CAME,
    DECLARED,
    DIVERTED,
    EMERGENCIES,
    JUDGED,
    LISTS,
    OPENED,
    REACHED,
    REVIEWS,
    ROWS,
    SHIFTS,
    SPELLS,
)
from controller.records.statistics.window import Facts, Window

LONGEST_MS = 7 * 86_400_000
BEHIND_MS = 30 * 86_400_000  # a box is opened within a month of its image, or it counts for no officer
F = TypeVar("F")


def facts_of(connection: sa.Connection, window: Window) -> Facts:
    """Everything that figures of this window rest on."""
    from_ms, to_ms = window.from_ms, window.to_ms

    def inside(table: sa.Table, kind: type[F], until_ms: int = to_ms) -> tuple[F, ...]:
        return _all(connection, table.select().where(table.c.utc_ms >= from_ms, table.c.utc_ms < until_ms), kind)

    before = SPELLS.select().where(SPELLS.c.utc_ms < from_ms)
    newest = before.order_by(SPELLS.c.utc_ms.desc(), SPELLS.c.seq.desc(), SPELLS.c.place.desc()).limit(1)
    over = sa.or_(CAME.c.utc_ms >= from_ms, CAME.c.ended_utc_ms < 0, CAME.c.ended_utc_ms >= from_ms)
    return Facts(
        window, inside(DIVERTED, Diverted), inside(JUDGED, Judged), inside(OPENED, Opened, to_ms + BEHIND_MS),
        (*_all(connection, newest, Spell), *inside(SPELLS, Spell)),
        _all(connection, CAME.select().where(CAME.c.utc_ms < to_ms, over), Came),
        _all(connection, SHIFTS.select().where(SHIFTS.c.utc_ms < to_ms), ShiftBegan),
        inside(EMERGENCIES, EmergencyEntered), inside(REVIEWS, Reviewed, to_ms + BEHIND_MS),
    )  # fmt: skip


def cursor_of(connection: sa.Connection) -> tuple[int, int]:
    """(row, clock) that the tables have followed to; (0, 0) before the first."""
    found = connection.execute(REACHED.select()).one_or_none()
    return (found.seq, found.utc_ms) if found is not None else (0, 0)


def declared_of(connection: sa.Connection, list_keys: tuple[str, ...]) -> dict[str, DeclaredList]:
    """The lists of these keys, as they were when a carton of theirs last took a lane."""
    found: dict[str, DeclaredList] = {}
    for start in range(0, len(list_keys), 500):
        keys = [key[:128] for key in list_keys[start : start + 500]]
        for row in connection.execute(DECLARED.select().where(DECLARED.c.list_key.in_(keys))):
            found[row.list_key] = msgspec.json.decode(row.declared, type=DeclaredList)
    return found


def _all(connection: sa.Connection, query: sa.Select[tuple[object, ...]], kind: type[F]) -> tuple[F, ...]:
    names = [column.name for column in ROWS[kind].columns if column.name in LISTS]
    found = []
    for row in connection.execute(query).mappings():
        values = dict(row)
        for name in names:
            values[name] = tuple(msgspec.json.decode(values[name]))
        found.append(kind(**values))
    return tuple(found)
