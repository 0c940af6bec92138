"""The facts of statistics in a file of their own, `statistics.sqlite`, filled by a follower of the journal.

One rule: as everywhere in this room: built from the journal alone, dropped and built anew by another release; the cursor moves in
the transaction of what it stands for; a row of which a fact can not be made or written stops nothing (`unwritten`). The state of
the line that rows are applied to is made again from a checkpoint of the journal.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import sqlalchemy as sa

from controller.line.state import LineState, decode_state
from controller.records.journal_file import open_reader
from controller.records.rows import JournalRow
from controller.records.statistics.facts import (
    Acknowledged,
    Came,
    Declared,
    Diverted,
    EmergencyEntered,
    Ended,
    Explained,
    Fact,
    Judged,
    Opened,
    Reviewed,
    ShiftBegan,
    Spell,
)
from controller.records.statistics.gathering import Gatherer
from controller.records.tables import FOLLOWER_CURSORS, RECORDS_SCHEMA, open_records, prepare
from controller.records.unwritten import UNWRITTEN, EnduringFollower, Lacking, attempt, is_of_one_row

NAME = "statistics"
FILE_NAME = "statistics.sqlite"
PART = "tables"
BATCH_ROWS = 100  # a row is applied again, so a batch holds the interpreter longer than one of the records does

STATISTICS = sa.MetaData()
for _shared in (RECORDS_SCHEMA, FOLLOWER_CURSORS, UNWRITTEN):
    _shared.to_metadata(STATISTICS)


def _table(name: str, key: tuple[str, ...], *columns: sa.Column[object]) -> sa.Table:
    keys = [sa.Column(one, sa.BigInteger, primary_key=True, autoincrement=False) for one in key]
    return sa.Table(name, STATISTICS, *keys, *columns)


def _number(name: str, *, index: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.BigInteger, nullable=False, index=index)


def _text(name: str, *, index: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.Text, nullable=False, index=index)


DIVERTED = _table(
    "diverted_v1", ("seq",), _number("utc_ms", index=True), _number("line_ms"), _text("track"), _text("carton", index=True),
    _text("list_key"), _text("lane"), _text("kind"), _text("why"), _text("codes"), _text("chapters"), _text("shipper"),
    _text("load_id"), sa.Column("rerun", sa.Boolean, nullable=False), _text("asked"), _text("selection"), _text("image"),
    _text("verdict"), _text("verdict_by"),
)  # fmt: skip
JUDGED = _table(
    "judged_v1", ("seq",), _number("utc_ms", index=True), _text("track"), _text("carton", index=True), _text("image"),
    _text("officer"), _text("verdict"), _number("took_ms"),
)  # fmt: skip
OPENED = _table(
    "opened_v1", ("seq",), _number("utc_ms", index=True), _text("carton", index=True),
    sa.Column("matched", sa.Boolean, nullable=False), _text("outcome"),
)  # fmt: skip
SPELLS = _table("spells_v1", ("seq", "place"), _number("utc_ms", index=True), _text("kind"), _text("cause"))
CAME = _table(
    "came_v1", ("seq", "place"), _number("utc_ms", index=True), _text("key", index=True), _text("code"),
    _number("acked_utc_ms"), _number("ended_utc_ms"),
)  # fmt: skip
EMERGENCIES = _table("emergencies_v1", ("seq",), _number("utc_ms", index=True), _number("count"))
REVIEWS = _table(
    "reviews_v1", ("seq",), _number("utc_ms", index=True), _text("track"), _text("carton"), _text("image", index=True),
    _text("officer"), _text("verdict"), _text("first"), _text("cause"),
)  # fmt: skip
SHIFTS = _table("shifts_v1", ("seq",), _number("utc_ms"), _text("lead"))
REACHED = _table("reached_v1", ("seq",), _number("utc_ms"))  # the last row taken, and its clock
DECLARED = sa.Table(
    "declared_v1", STATISTICS, sa.Column("list_key", sa.String(128), primary_key=True), sa.Column("declared", sa.LargeBinary)
)
ROWS: dict[type, sa.Table] = {
    Diverted: DIVERTED, Judged: JUDGED, Opened: OPENED, Spell: SPELLS, Came: CAME, ShiftBegan: SHIFTS,
    EmergencyEntered: EMERGENCIES, Reviewed: REVIEWS,
}  # fmt: skip
LISTS = ("codes", "chapters", "asked")


class StatisticsFollower(EnduringFollower):
    """Fills the tables. What an error left half done is done again from the last whole batch, row by row where it was a row's."""

    rest_s = 0.05  # a long backlog must not keep the interpreter from the line

    def __init__(
        self, journal_path: Path | str, engine: sa.Engine, tell: Callable[[Lacking], bool] = lambda _: True,
        batch_rows: int = BATCH_ROWS,
    ) -> None:  # fmt: skip
        super().__init__(
            NAME, journal_path, engine, {}, every=(self._rows,), batch_rows=batch_rows, metadata=STATISTICS, tell=tell
        )
        self._journal = Path(journal_path)
        self._gatherer: Gatherer | None = None
        self._stands_on = -1

    def _rows(self, connection: sa.Connection, rows: Sequence[JournalRow]) -> None:
        gatherer = self._standing_on(connection, rows[0].seq - 1)
        for row in rows:
            for fact in gatherer.take(row):
                write(connection, fact)
        self._reach(connection, rows[-1], gatherer)

    def _take_alone(self, connection: sa.Connection, row: JournalRow) -> dict[str, Exception]:
        """Each fact of this row that can be made and written."""
        gatherer, lacks = self._standing_on(connection, row.seq - 1), dict[str, Exception]()
        parts: list[Callable[[], list[Fact]]] = []
        attempt(connection, lambda _, row: parts.extend(gatherer.parts(row)), row, lacks)
        facts: list[Fact] = []
        for part in parts:
            attempt(connection, lambda _, make: facts.extend(make()), part, lacks)
        for fact in facts:
            attempt(connection, write, fact, lacks)
        self._reach(connection, row, gatherer)
        return lacks

    def _standing_on(self, connection: sa.Connection, seq: int) -> Gatherer:
        """The gatherer as it was after row `seq`; nobody else's until `_reach`."""
        gatherer = self._gatherer
        if gatherer is None or self._stands_on != seq:
            gatherer = self._gatherer = self._made_again(connection, seq)
        self._stands_on = -1
        return gatherer

    def _reach(self, connection: sa.Connection, row: JournalRow, gatherer: Gatherer) -> None:
        connection.execute(REACHED.delete())
        connection.execute(REACHED.insert().values(seq=row.seq, utc_ms=gatherer.utc_ms))
        self._stands_on = row.seq

    def _made_again(self, connection: sa.Connection, upto: int) -> Gatherer:
        """The gatherer as it was after row `upto`."""
        last = connection.execute(sa.select(SPELLS).order_by(SPELLS.c.seq.desc(), SPELLS.c.place.desc()).limit(1)).one_or_none()
        reached = connection.execute(REACHED.select()).one_or_none()
        utc_ms = reached.utc_ms if reached is not None else 0
        spell = (last.kind, last.cause) if last is not None else ("", "")
        reader = open_reader(self._journal)
        try:
            state, seq = LineState(), 0
            for checkpoint in reader.checkpoints(upto):
                try:
                    state, seq = decode_state(checkpoint.state), checkpoint.seq
                except msgspec.DecodeError:
                    continue  # another release's
                break
            gatherer = Gatherer(state, utc_ms, spell)
            for row in reader.rows(seq + 1):
                if row.seq > upto:
                    break
                try:
                    gatherer.pass_over(row)
                except Exception as error:
                    if not is_of_one_row(error):
                        raise
                    self._keep(connection, row, {PART: error})
            return gatherer
        finally:
            reader.close()


def open_statistics(path: Path | str, *, read_only: bool = False) -> sa.Engine:
    return open_records(path, read_only=read_only)


def prepare_statistics(engine: sa.Engine) -> None:
    """The tables of this release, also where nothing was followed yet."""
    prepare(engine, STATISTICS)


def write(connection: sa.Connection, fact: Fact) -> None:
    """One fact into its table, or a change of one that stands."""
    if isinstance(fact, Acknowledged):
        open_ones = CAME.update().where(CAME.c.key == fact.key, CAME.c.acked_utc_ms < 0)
        connection.execute(open_ones.values(acked_utc_ms=fact.utc_ms))
    elif isinstance(fact, Ended):
        connection.execute(CAME.update().where(CAME.c.key == fact.key, CAME.c.ended_utc_ms < 0).values(ended_utc_ms=fact.utc_ms))
    elif isinstance(fact, Explained):
        newest = sa.select(SPELLS.c.seq).order_by(SPELLS.c.seq.desc()).limit(1).scalar_subquery()
        connection.execute(SPELLS.update().where(SPELLS.c.seq == newest, SPELLS.c.kind == "stopped").values(cause=fact.cause))
    elif isinstance(fact, Declared):
        connection.execute(DECLARED.delete().where(DECLARED.c.list_key == fact.list_key[:128]))
        connection.execute(DECLARED.insert().values(list_key=fact.list_key[:128], declared=fact.declared))
    else:
        values = msgspec.structs.asdict(fact)
        values |= {name: msgspec.json.encode(values[name]).decode() for name in LISTS if name in values}
        connection.execute(ROWS[type(fact)].insert().values(values))
