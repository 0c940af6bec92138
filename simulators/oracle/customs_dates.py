"""Which dates of customs can not be yet, by the journal's own times.

The one rule: a date is judged by the latest of the clocks that may be right: the row's, that of the last start and the line time
since, and the newest word of customs before it that could be. Source: dates of receipts are Beijing time to the millisecond.
"""

import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulators.oracle.journal_story import Row

BEIJING_H = 8


@dataclass(slots=True)
class CustomsDates:
    """Feed it every row in order with `take`; what it then says holds in that row."""

    newest: str = ""
    limit_s: int | None = None
    _start: tuple[str, int] = ("", 0)
    _row: Row | None = None

    def take(self, row: Row) -> bool:
        """Whether the row is a word of customs that is newer than all before it."""
        self._row = row
        if row.type == "ConfigLoaded":
            limit_s = (row.event.get("profile") or {}).get("customs_ahead_limit_s")
            self.limit_s = int(limit_s) if limit_s is not None else None
        elif row.type == "DaemonStarted":
            self._start = (row.utc, row.line_ms)
        time = date_of(row)
        if not time > self.newest or self.is_ahead(time):
            return False
        self.newest = time
        return True

    def is_ahead(self, time: str) -> bool:
        """Journals that name no limit judge no date."""
        if self.limit_s is None or self._row is None:
            return False
        latest = max(self._clocks(self._row), default="")
        try:
            at = datetime.strptime(time + "000", "%Y%m%d%H%M%S%f")
        except ValueError:
            return True
        return bool(latest) and _digits(at - timedelta(seconds=self.limit_s)) > latest

    def _clocks(self, row: Row) -> list[str]:
        utc, line_ms = self._start
        ours = [(row.utc, 0), (utc, row.line_ms - line_ms)]
        here = timedelta(hours=BEIJING_H)
        told = [self.newest] if self.newest else []
        for text, since_ms in ours:
            with contextlib.suppress(ValueError):  # a row without a time that can be read
                at = datetime.fromisoformat(text).replace(tzinfo=None)
                told.append(_digits(at + here + timedelta(milliseconds=since_ms)))
        return told


def date_of(row: Row) -> str:
    if row.type not in ("ReceiptArrived", "ArrivalAnswered"):
        return ""
    return str((row.event.get("receipt") or {}).get("return_time", ""))


def _digits(at: datetime) -> str:
    return at.strftime("%Y%m%d%H%M%S%f")[:17]
