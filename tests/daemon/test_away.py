"""How long the daemon was away, as its start tells the core: what line time does not count."""

import contextlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from controller.daemon.clock import system_wall_clock
from controller.daemon.recovery import away_ms
from controller.daemon.running import wall_beside
from controller.daemon.scaled_loop import ScaledLoop
from controller.domain.reasons import Role
from controller.line.events import DaemonStopping, Stamped, encode_event
from controller.records.journal import Journal
from controller.records.journal_file import open_reader
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


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_simulated_clock_that_ran_ahead_goes_on_from_there(ahead: timedelta, tmp_path: Path) -> None:
    """A daemon whose seconds pass faster stamps times to come; started again, it was away and not back in time."""
    path, now = tmp_path / "journal.db", system_wall_clock()
    stamp = (now + ahead).isoformat(timespec="milliseconds")[:-6] + "Z"
    event = encode_event(Stamped(5, stamp, False, "daemon", Role.LINE, DaemonStopping("x")))
    with contextlib.closing(Journal.open(path)) as journal:
        journal.append([NewRow(5, stamp, "DaemonStopping", event, b"{}", ())])
    with contextlib.closing(ScaledLoop(4)) as loop, contextlib.closing(open_reader(path)) as reader:
        begun = wall_beside(loop, path)()
        assert begun >= max(now, now + ahead) - timedelta(milliseconds=1)
        assert away_ms(reader, 1, begun) >= 0


def test_without_a_journal_a_simulated_clock_begins_now(tmp_path: Path) -> None:
    with contextlib.closing(ScaledLoop(4)) as loop:
        assert abs(wall_beside(loop, tmp_path / "none.db")() - system_wall_clock()) < timedelta(seconds=5)
