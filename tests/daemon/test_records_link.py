"""A row that the records can not take, through the whole daemon: the alarm names it, and the records go on."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from controller.line.events import LoadArrived
from controller.records import all_tables
from controller.records.rows import JournalRow
from tests.daemon.virtual_line import virtual_line

pytestmark = pytest.mark.virtual


async def test_an_alarm_names_the_row_and_what_comes_behind_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(connection: sa.Connection, row: JournalRow) -> None:
        raise KeyError("customs' own word")

    monkeypatch.setitem(all_tables.BY_KIND, "LoadArrived", fails)
    async with virtual_line(tmp_path) as line:
        await line.until(lambda: line.daemon is not None and line.daemon.core is not None)
        await line.act(LoadArrived("L7", "P7"))
        seq = line.core.journal_seq
        await asyncio.sleep(3)
        alarm = line.state.alarms["records_incomplete:records"]
        assert (alarm.detail, alarm.times) == (f"journal rows {seq}: KeyError; 1 in all", 1)
        assert "records" not in line.state.facts.devices_down, "the follower has not ended"
        await asyncio.sleep(2)
        records = next(tmp_path.rglob("records.sqlite"))
        with closing(sqlite3.connect(records)) as connection:
            (reached,) = connection.execute("SELECT MAX(seq) FROM journal_index").fetchone()
        assert reached > seq
