"""Followers: the records are what the journal says, each row once, whatever crashes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from controller.records import tables
from controller.records.errors import FollowerError
from controller.records.follower import Follower
from controller.records.journal import Journal
from controller.records.rows import JournalRow, NewRow
from controller.records.tables import FOLLOWER_CURSORS, JOURNAL_INDEX, TOUCHED, open_records, prepare


def new_rows(count: int, start: int = 0) -> list[NewRow]:
    return [
        NewRow(n, "2026-11-23T08:00:00Z", "Odd" if n % 2 else "Even", b"{}", b"{}", (f"carton:{n % 3}", "line:1"))
        for n in range(start, start + count)
    ]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal.open(tmp_path / "journal.db")
    journal.append(new_rows(10))
    yield journal
    journal.close()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    engine = open_records(tmp_path / "records.db")
    yield engine
    engine.dispose()


def seqs(engine: sa.Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.execute(sa.select(JOURNAL_INDEX.c.seq).order_by(JOURNAL_INDEX.c.seq)).scalars())


def test_records_follow_the_journal_and_answer_which_rows_touch_a_subject(journal: Journal, engine: sa.Engine) -> None:
    odd: list[int] = []
    follower = Follower("records", journal.path, engine, {"Odd": lambda _, row: odd.append(row.seq)}, batch_rows=3)
    assert follower.catch_up() == 10
    journal.append(new_rows(2, start=10))
    assert (follower.step(), follower.step(), follower.position()) == (2, 0, 12)
    assert seqs(engine) == list(range(1, 13))
    assert odd == [2, 4, 6, 8, 10, 12]
    with engine.connect() as connection:
        query = sa.select(TOUCHED.c.seq).where(TOUCHED.c.subject == "carton:1").order_by(TOUCHED.c.seq)
        assert list(connection.execute(query).scalars()) == [2, 5, 8, 11]
    follower.close()


def test_a_crash_at_any_row_repeats_nothing_and_skips_nothing(journal: Journal, engine: sa.Engine) -> None:
    for batch_rows in (1, 3, 200):
        for fail_at in range(1, 11):
            prepare(engine, rebuild=True)
            failing = [True]

            def crash(_: sa.Connection, row: JournalRow, fail_at: int = fail_at, failing: list[bool] = failing) -> None:
                if row.seq == fail_at and failing.pop():
                    failing.append(False)
                    raise RuntimeError("crash")

            handlers = {"Odd": crash, "Even": crash}
            follower = Follower("records", journal.path, engine, handlers, batch_rows=batch_rows)
            with pytest.raises(RuntimeError):
                follower.catch_up()
            assert seqs(engine) == list(range(1, follower.position() + 1))
            assert follower.position() < fail_at
            follower.close()
            again = Follower("records", journal.path, engine, {}, batch_rows=batch_rows)
            assert again.catch_up() == 10
            assert seqs(engine) == list(range(1, 11))
            again.close()


def test_records_of_another_release_are_dropped_and_built_again(
    journal: Journal, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE somebody_elses (a)")
    old = sa.MetaData()
    for table in tables.METADATA.sorted_tables:
        table.to_metadata(old)
    sa.Table("cartons", old, sa.Column("code", sa.Text), sa.Column("other", sa.Integer))
    assert prepare(engine, old)
    follower = Follower("records", journal.path, engine, {})
    follower.catch_up()
    assert seqs(engine) == list(range(1, 11))
    names = set(sa.inspect(engine).get_table_names())
    assert "cartons" not in names
    assert "somebody_elses" in names
    assert not prepare(engine)
    monkeypatch.setattr(tables, "HANDLERS_VERSION", tables.HANDLERS_VERSION + 1)
    assert prepare(engine)
    assert seqs(engine) == []
    assert follower.rebuild() == 10
    follower.close()


def test_records_of_a_journal_that_was_cut_or_replaced_are_not_continued(
    journal: Journal, engine: sa.Engine, tmp_path: Path
) -> None:
    (tmp_path / "older").mkdir()
    older = Journal.open(tmp_path / "older" / "journal.db")
    older.append(new_rows(4))
    follower = Follower("records", journal.path, engine, {})
    follower.catch_up()
    follower.close()
    wrong = Follower("records", older.path, engine, {})
    with pytest.raises(FollowerError) as refused:
        wrong.step()
    assert refused.value.code == "records_of_another_journal"
    assert wrong.rebuild() == 4
    wrong.close()
    older.close()


def test_two_followers_have_their_own_cursors(journal: Journal, engine: sa.Engine) -> None:
    seen: list[int] = []
    first = Follower("records", journal.path, engine, {})
    second = Follower("outbox", journal.path, engine, {}, every=(lambda _, rows: seen.extend(row.seq for row in rows),))
    first.catch_up()
    second.catch_up()
    with engine.connect() as connection:
        rows = connection.execute(sa.select(FOLLOWER_CURSORS.c.name, FOLLOWER_CURSORS.c.seq)).all()
    assert {tuple(row) for row in rows} == {("records", 10), ("outbox", 10)}
    assert seen == list(range(1, 11))
    first.close()
    second.close()


async def reached(follower: Follower, executor: ThreadPoolExecutor, seq: int) -> None:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(10):
        while await loop.run_in_executor(executor, follower.position) < seq:
            await asyncio.sleep(0.01)


async def test_it_follows_a_living_journal_and_stops_cleanly(journal: Journal, engine: sa.Engine) -> None:
    follower = Follower("records", journal.path, engine, {}, batch_rows=2)
    with ThreadPoolExecutor(1) as executor:
        running = asyncio.create_task(follower.run(0.01, executor))
        await reached(follower, executor, 10)
        journal.append(new_rows(5, start=10))
        await reached(follower, executor, 15)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    follower.close()
    assert seqs(engine) == list(range(1, 16))


async def test_an_error_ends_it_so_that_its_supervisor_sees_it(journal: Journal, engine: sa.Engine) -> None:
    def broken(_: sa.Connection, row: JournalRow) -> None:
        raise ValueError(row.seq)

    follower = Follower("records", journal.path, engine, {"Odd": broken})
    with ThreadPoolExecutor(1) as executor, pytest.raises(ValueError, match="2"):
        await follower.run(0.01, executor)
    follower.close()


def test_a_reader_of_the_records_cannot_write_them(journal: Journal, engine: sa.Engine, tmp_path: Path) -> None:
    prepare(engine)
    reading = open_records(tmp_path / "records.db", read_only=True)
    with reading.connect() as connection, pytest.raises(sa.exc.OperationalError, match="readonly"):
        connection.execute(TOUCHED.delete())
    reading.dispose()
