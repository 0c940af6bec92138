"""The guard against databases left open tells of each that is, and of no other."""

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from tests import open_databases


def test_what_is_left_open_is_told_once_with_where_it_was_opened(tmp_path: Path) -> None:
    before = open_databases.now_open()
    with sqlite3.connect(tmp_path / "one.sqlite") as forgotten:
        forgotten.execute("SELECT 1")
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'two.sqlite'}")
    with engine.connect():
        pass
    left = open_databases.left_since(before)
    assert len(left) == 2
    assert all(place.startswith("tests/test_open_databases.py:") for place in left), left
    assert open_databases.left_since(before) == []


def test_what_was_closed_is_not_told(tmp_path: Path) -> None:
    before = open_databases.now_open()
    with closing(sqlite3.connect(tmp_path / "one.sqlite")):
        assert len(open_databases.now_open() - before) == 1
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'two.sqlite'}")
    with engine.connect():
        assert len(open_databases.now_open() - before) == 1
    engine.dispose()
    assert open_databases.left_since(before) == []
