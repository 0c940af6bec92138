"""One row that the records can not take: the rows behind it are followed, and people hear which one it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from controller.domain.reasons import Role
from controller.line.commands import Message, Outcome, encode_outcome
from controller.line.events import Stamped, encode_event
from controller.line.recheck_events import RecheckConfirmed
from controller.line.recheck_state import InspectionResult
from controller.records.all_tables import line_follower
from controller.records.follower import EVERY_ROW
from controller.records.journal import Journal
from controller.records.recheck_tables import RECHECKS
from controller.records.rows import JournalRow, NewRow
from controller.records.tables import JOURNAL_INDEX, TOUCHED, open_records
from controller.records.unwritten import OWN_KIND, UNWRITTEN, EnduringFollower, Lacking, story_lacks

CARTON = "EMS001/RR100000017CN"
NOTES = sa.Table("notes_of_this_test", sa.MetaData(), sa.Column("seq", sa.Integer), sa.Column("text", sa.Text, unique=True))


def row(n: int, kind: str = "Odd") -> NewRow:
    return NewRow(n, "2026-11-23T08:00:00Z", kind, b"{}", b"{}", (f"carton:{n}",))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal.open(tmp_path / "journal.db")
    yield journal
    journal.close()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    engine = open_records(tmp_path / "records.db")
    yield engine
    engine.dispose()


def note(connection: sa.Connection, row: JournalRow) -> None:
    """Writes, and then falls over what stands in some rows: what it wrote of those must not stay."""
    connection.execute(NOTES.insert(), {"seq": row.seq, "text": str(row.seq)})
    if row.seq % 5 == 0:
        raise ValueError("a number that nobody thought of: 4711")
    if row.seq == 7:
        connection.execute(NOTES.insert(), {"seq": row.seq, "text": "6"})


def follower(journal: Journal, engine: sa.Engine, told: list[Lacking], **options: object) -> EnduringFollower:
    def tell(lacking: Lacking) -> bool:
        told.append(lacking)
        return True

    NOTES.create(engine, checkfirst=True)
    return EnduringFollower("records", journal.path, engine, {"Odd": note}, tell=tell, **options)


def column(engine: sa.Engine, wanted: sa.Column[int]) -> list[int]:
    with engine.connect() as connection:
        return list(connection.execute(sa.select(wanted).order_by(wanted)).scalars())


@pytest.mark.parametrize("batch_rows", [1, 3, 200])
def test_what_one_row_breaks_stands_under_its_number_and_the_rows_behind_it_are_written(
    journal: Journal, engine: sa.Engine, batch_rows: int
) -> None:
    journal.append([row(n) for n in range(1, 13)])
    one = follower(journal, engine, [], batch_rows=batch_rows)
    assert one.catch_up() == 12
    assert column(engine, JOURNAL_INDEX.c.seq) == column(engine, TOUCHED.c.seq) == list(range(1, 13))
    assert column(engine, NOTES.c.seq) == [1, 2, 3, 4, 6, 8, 9, 11, 12], "of a row that failed nothing stays half written"
    with engine.connect() as connection:
        rows = connection.execute(sa.select(UNWRITTEN).order_by(UNWRITTEN.c.journal_seq)).all()
        assert story_lacks(connection) == 0, "searches and stories have all of it"
    assert [(one.journal_seq, one.part, one.kind, one.error) for one in rows] == [
        (5, "test_unwritten_rows", "Odd", "ValueError"),
        (7, "test_unwritten_rows", "Odd", "IntegrityError"),
        (10, "test_unwritten_rows", "Odd", "ValueError"),
    ]
    one.close()


def test_a_row_that_the_index_itself_can_not_take_is_known_to_be_missing_in_stories(journal: Journal, engine: sa.Engine) -> None:
    def index(connection: sa.Connection, rows: Sequence[JournalRow]) -> None:
        if any(each.seq == 3 for each in rows):
            raise UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")
        EVERY_ROW[1](connection, rows)

    index.__module__ = "controller.records.follower"
    journal.append([row(n, "Even") for n in range(1, 7)])
    one = follower(journal, engine, [], every=(EVERY_ROW[0], index))
    assert one.catch_up() == 6
    assert column(engine, TOUCHED.c.seq) == [1, 2, 4, 5, 6]
    with engine.connect() as connection:
        assert story_lacks(connection) == 3
    one.close()


async def told_within(one: EnduringFollower, told: list[Lacking], count: int) -> None:
    with ThreadPoolExecutor(1) as executor:
        running = asyncio.create_task(one.run(0.01, executor))
        try:
            async with asyncio.timeout(10):
                while len(told) < count:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.05)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_people_hear_of_it_at_once_by_number_and_again_at_each_start(journal: Journal, engine: sa.Engine) -> None:
    told: list[Lacking] = []
    journal.append([row(n) for n in range(1, 9)])
    one = follower(journal, engine, told)
    await told_within(one, told, 1)
    assert told == [Lacking((5, 7), "IntegrityError", 2)]
    one.close()
    again = follower(journal, engine, told)
    await told_within(again, told, 2)
    assert told[1:] == told[:1], "whoever was killed before saying it says it"
    again.close()


async def test_the_word_of_it_makes_no_word_of_its_own_and_what_nobody_heard_is_said_again(
    journal: Journal, engine: sa.Engine
) -> None:
    def broken(connection: sa.Connection, rows: Sequence[JournalRow]) -> None:
        raise ValueError(rows[0].seq)

    tried: list[Lacking] = []

    def full(lacking: Lacking) -> bool:
        tried.append(lacking)
        if len(tried) == 3:
            journal.append([row(9, OWN_KIND)])
        return len(tried) > 2

    journal.append([row(1)])
    one = EnduringFollower("records", journal.path, engine, {}, every=(broken,), tell=full)
    await told_within(one, tried, 3)
    assert tried == [Lacking((1,), "ValueError", 1)] * 3
    assert one.position() == 2
    assert column(engine, UNWRITTEN.c.journal_seq) == [1, 2]
    one.close()


@pytest.mark.parametrize("error", [sa.exc.OperationalError("INSERT", {}, OSError("disk full")), OSError(28, "no space")])
def test_what_is_no_fault_of_a_row_ends_it_as_before(journal: Journal, engine: sa.Engine, error: Exception) -> None:
    def broken(connection: sa.Connection, row: JournalRow) -> None:
        raise error

    journal.append([row(1)])
    one = EnduringFollower("records", journal.path, engine, {"Odd": broken})
    with pytest.raises(type(error)):
        one.catch_up()
    assert one.position() == 0
    one.close()


def test_a_recheck_that_bears_the_name_of_another_is_a_row_like_any(journal: Journal, engine: sa.Engine) -> None:
    """Journals that were written before names of rechecks were made to differ have such rows."""
    result = InspectionResult(
        f"{CARTON}#1", CARTON, "RR100000017CN", "EMS001/L1", "C1", "", "", "released", True, (), (), (), ("zhou", "wu"), "X1", (),
        "", 0, 0,
    )  # fmt: skip
    outcome = Outcome(messages=(Message("customs", "inspection_result", "list:L1", msgspec.json.encode(result).decode()),))
    stamped = Stamped(1, "2026-11-23T08:00:00Z", False, "wu", Role.OFFICER, RecheckConfirmed(CARTON, "released"))
    one = NewRow(1, stamped.utc, "RecheckConfirmed", encode_event(stamped), encode_outcome(outcome), (f"carton:{CARTON}",))
    journal.append([one, one])
    records = line_follower(journal.path, engine)
    assert records.catch_up() == 2
    assert column(engine, RECHECKS.c.journal_seq) == [1, 2]
    assert column(engine, UNWRITTEN.c.journal_seq) == []
    records.close()


def test_what_the_database_says_of_an_error_has_no_value_of_the_row_in_it(engine: sa.Engine) -> None:
    NOTES.create(engine)
    with pytest.raises(sa.exc.IntegrityError) as caught, engine.begin() as connection:
        connection.execute(NOTES.insert(), [{"seq": 1, "text": "customs' own"}, {"seq": 2, "text": "customs' own"}])
    assert "notes_of_this_test" in str(caught.value)
    assert "customs' own" not in str(caught.value), "the company reads it in the alarm"
