"""Statistics for people: the tables are followed beside the console, and a question is answered by one thread, one at a time.

One rule: what an organisation may not count is taken out before anything is counted; every answer says up to which row and time
it counts, and where there are gaps.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
import sqlalchemy as sa

from controller.console.refusals import Refused
from controller.daemon.clock import WallClock
from controller.daemon.core_loop import CoreLoop
from controller.daemon.records_link import teller
from controller.line.explain import View
from controller.records.statistics.alarm_quality import alarm_quality
from controller.records.statistics.figures import (
    by_chapter,
    by_hour,
    by_lane,
    by_officer,
    by_shift,
    by_shipper,
    decision_time,
    totals,
)
from controller.records.statistics.losses import losses, stops
from controller.records.statistics.reading import LONGEST_MS, cursor_of, facts_of
from controller.records.statistics.tables import FILE_NAME, NAME, StatisticsFollower, open_statistics, prepare_statistics
from controller.records.statistics.window import Facts, Window, gaps, seen_by

By = Literal["hour", "shift", "lane", "chapter", "shipper", "officer", "stop", "alarm", "loss"]
Row = dict[str, object]
Question = Callable[[Facts, View], list[Row]]
T = TypeVar("T")
HOUR_MS = 3_600_000
BOARD_MS = HOUR_MS  # what the wall board looks back
BOARD_KEPT_S = 5.0
POLL_S = 1.0
WAITING_MOST = 12  # a week's figures take a second, and who asks holds a thread of everybody's
QUESTIONS: dict[str, Question] = {
    "hour": by_hour, "shift": by_shift, "lane": by_lane, "chapter": by_chapter, "shipper": by_shipper, "officer": by_officer,
    "stop": stops, "alarm": lambda facts, view: [alarm_quality(facts, view)], "loss": losses,
}  # fmt: skip


async def follow(data: Path, journal: Path, core: CoreLoop) -> None:
    """Fill the tables until cancelled. An error that is no row's ends it: whoever supervises it says so and starts it again."""
    executor = ThreadPoolExecutor(1, "statistics-follow")
    engine = open_statistics(data / FILE_NAME)
    follower = StatisticsFollower(journal, engine, teller(core, NAME))
    try:
        await follower.run(POLL_S, executor)
    finally:
        executor.shutdown(wait=True)
        follower.close()
        engine.dispose()


class Asked(msgspec.Struct, frozen=True):
    """A question: which window, by what, for whom. `officer`: this officer's own row alone."""

    by: By
    from_ms: int
    to_ms: int
    view: View
    officer: str = ""


class Statistics:
    """The tables of one line; whoever made it closes it."""

    def __init__(self, data: Path, core: CoreLoop, wall: WallClock) -> None:
        self._core = core
        self._wall = wall
        self._engine = open_statistics(data / FILE_NAME)
        self._asking = ThreadPoolExecutor(1, "statistics-ask")
        self._boards: dict[View, tuple[float, Row]] = {}
        self._waiting = 0

    def close(self) -> None:
        self._asking.shutdown(wait=True, cancel_futures=True)
        self._engine.dispose()

    def now_ms(self) -> int:
        return int(self._wall().timestamp() * 1000)

    async def answer(self, asked: Asked) -> Row:
        return await self.with_tables(lambda connection: self._answer(connection, asked))

    async def table(self, asked: Asked) -> tuple[list[Row], str]:
        """The rows of that answer alone, and the time up to which they count."""

        def rows(connection: sa.Connection) -> tuple[list[Row], str]:
            facts, _ = self._facts(connection, asked)
            return _rows(facts, asked), utc_of(facts.window.cut_ms)

        return await self.with_tables(rows)

    async def board(self, view: View) -> Row:
        """What the wall board shows beside the live stream; the same for all who ask within a few seconds."""
        loop = asyncio.get_running_loop()
        made_s, row = self._boards.get(view, (-BOARD_KEPT_S, {}))
        if loop.time() - made_s >= BOARD_KEPT_S:
            row = await self.with_tables(lambda connection: self._board(connection, view))
            self._boards[view] = (loop.time(), row)
        return row

    async def with_tables(self, do: Callable[[sa.Connection], T]) -> T:
        """Something asked of the tables, in the one thread that does. Raises `Refused` when too many ask at once."""
        if self._waiting >= WAITING_MOST:
            raise Refused("busy")

        def ask() -> T:
            prepare_statistics(self._engine)
            with self._engine.connect() as connection:
                return do(connection)

        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._asking, ask)
        except sa.exc.SQLAlchemyError as error:
            raise Refused("records_away") from error
        finally:
            self._waiting -= 1

    def window(self, connection: sa.Connection, from_ms: int, to_ms: int) -> tuple[Window, int]:
        """The window with its cut-off, and the row it counts up to. Where all was followed, nothing came since."""
        newest = self._core.journal_seq
        seq, cut_ms = cursor_of(connection)
        return Window(from_ms, to_ms, max(cut_ms, self.now_ms()) if seq >= newest else cut_ms), seq

    def _answer(self, connection: sa.Connection, asked: Asked) -> Row:
        facts, seq = self._facts(connection, asked)
        return {"by": asked.by, "totals": totals(facts), "rows": _rows(facts, asked), **_told(facts, seq)}

    def _facts(self, connection: sa.Connection, asked: Asked) -> tuple[Facts, int]:
        window, seq = self.window(connection, asked.from_ms, asked.to_ms)
        return seen_by(facts_of(connection, window), asked.view), seq

    def _board(self, connection: sa.Connection, view: View) -> Row:
        now_ms = self.now_ms()
        window, seq = self.window(connection, now_ms - BOARD_MS, now_ms)
        facts = seen_by(facts_of(connection, window), view)
        shown: Row = {"totals": totals(facts), "stops": stops(facts, view)[:5], **_told(facts, seq)}
        if view is View.CUSTOMS:
            shown["decisions"] = decision_time(facts)
        return shown


def _rows(facts: Facts, asked: Asked) -> list[Row]:
    rows = QUESTIONS[asked.by](facts, asked.view)
    return [row for row in rows if row.get("officer") == asked.officer] if asked.officer else rows


def _told(facts: Facts, seq: int) -> Row:
    window = facts.window
    return {
        "from": utc_of(window.from_ms), "to": utc_of(window.to_ms), "cut_off": {"seq": seq, "utc": utc_of(window.cut_ms)},
        "gaps": [{"from": utc_of(from_ms), "to": utc_of(to_ms)} for from_ms, to_ms in gaps(facts)],
    }  # fmt: skip


def utc_of(utc_ms: int) -> str:
    return datetime.fromtimestamp(utc_ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def window_of(from_text: str, to_text: str, now_ms: int, hours: int = 12) -> tuple[int, int]:
    """The window that was asked for; ValueError says what is wrong with it. Left out: the last hours."""
    to_ms = _ms(to_text) if to_text else now_ms
    from_ms = _ms(from_text) if from_text else to_ms - hours * HOUR_MS
    if not 0 <= from_ms < to_ms <= now_ms + 366 * 24 * HOUR_MS:
        raise ValueError("from must be before to, and neither far away")
    if to_ms - from_ms > LONGEST_MS:
        raise ValueError("ask for a week at most")
    return from_ms, to_ms


def _ms(text: str) -> int:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time wants its zone: 2026-11-26T08:00:00Z")
    return int(at.timestamp() * 1000)
