"""Which SQLite connections are open, and where each was opened: Python closes a forgotten one by itself, some time later.

3.13 tells of it, but in whatever test the collector comes in; this tells in the test that left it, in every version.
"""

import sqlite3
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = f"{Path(__file__).parents[1]}/"
OURS = tuple(f"{ROOT}{room}/" for room in ("controller", "drivers", "simulators", "tests"))
PLACES_MOST = 4

_open: dict["_Watched", tuple[str, ...]] = {}


class _Watched(sqlite3.Connection):
    """Stands in the table until it is closed, so that no collector closes it first."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _open[self] = _opened_at(sys._getframe())

    def close(self) -> None:
        super().close()
        _open.pop(self, None)


def _opened_at(frame: FrameType | None) -> tuple[str, ...]:
    """The innermost places in this repository that asked for the connection."""
    places: list[str] = []
    while frame is not None and len(places) < PLACES_MOST:
        file = frame.f_code.co_filename
        if file.startswith(OURS) and file != __file__:
            places.append(f"{file.removeprefix(ROOT)}:{frame.f_lineno}")
        frame = frame.f_back
    return tuple(places)


def watch() -> None:
    """From now on every connection made by `sqlite3.connect` is known, those of SQLAlchemy, too."""
    if sqlite3.connect.__module__ == __name__:
        return  # tests of screens import the conftest that calls this a second time
    real: Callable[..., sqlite3.Connection] = sqlite3.connect

    def connect(*args: Any, **options: Any) -> sqlite3.Connection:
        return real(*args, **{"factory": _Watched, **options})

    for module in (sqlite3, sqlite3.dbapi2):
        setattr(module, "connect", connect)  # noqa: B010


def now_open() -> frozenset["_Watched"]:
    return frozenset(_open)


def left_since(before: frozenset["_Watched"]) -> list[str]:
    """Where each that is open now and was not before was opened; they are closed, so that each is told once."""
    left = [one for one in list(_open) if one not in before]
    places = [" < ".join(_open.pop(one)) for one in left]
    for one in left:
        with suppress(sqlite3.ProgrammingError):  # it belongs to another thread alone
            one.close()
    return places
