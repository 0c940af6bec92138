"""How long the daemon was away, as its start tells the core: what line time does not count."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from controller.daemon.recovery import away_ms
from controller.domain.reasons import Role
from controller.line.events import DaemonStopping, Stamped, encode_event
from controller.records.journal import Journal
from controller.records.rows import JournalRow, NewRow

LAST = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Rows:
    """A journal whose last row was stamped at `LAST`."""

    def __init__(self, doubtful: bool = False, event: bytes = b"") -> None:
        event = event or encode_event(
            Stamped(9000, "2026-11-23T12:00:00.000Z", doubtful, "daemon", Role.LINE, DaemonStopping("x"))
        )
        self._row = JournalRow(7, 9000, "2026-11-23T12:00:00.000Z", "DaemonStopping", event, b"{}", (), b"", b"")

    def rows(self, from_seq: int = 1) -> Iterable[JournalRow]:
        return [self._row] if from_seq <= 7 else []

    def load_checkpoint(self) -> None:
        return None


@pytest.mark.parametrize(
    ("later", "doubtful", "away"),
    [
        (timedelta(seconds=3), False, 3000),
        (timedelta(days=31), False, 31 * 86_400_000),
        (timedelta(seconds=3), True, -1),
        (timedelta(seconds=-3), False, -1),
        (timedelta(days=-20_000), False, -1),
    ],
)
def test_what_the_wall_clock_can_tell_and_what_it_can_not(later: timedelta, doubtful: bool, away: int) -> None:
    assert away_ms(Rows(doubtful), 7, LAST + later) == away


def test_a_row_that_this_version_can_not_read_tells_nothing() -> None:
    assert away_ms(Rows(event=b"{}"), 7, LAST) == -1


def test_a_new_line_was_never_away(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal.db")
    assert away_ms(journal, 0, LAST) == -1
    event = encode_event(Stamped(5, "2026-11-23T12:00:00.000Z", False, "daemon", Role.LINE, DaemonStopping("x")))
    journal.append([NewRow(5, "2026-11-23T12:00:00.000Z", "DaemonStopping", event, b"{}", ())])
    assert away_ms(journal, journal.last_seq, LAST + timedelta(minutes=1)) == 60_000
    journal.close()
