"""A morning that the line has behind it when the console opens: for statistics, the wall board and those who lead."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2

from controller.line.event_base import EvidenceNamed
from controller.records.evidence import EvidenceStore
from controller.records.journal import Journal
from controller.records.rows import NewRow
from tests.console.picture_bench import drawn
from tests.records.recorded_day import Day

HOURS = 3
MINUTE_MS = 60_000


def past_day(home: Path, kind: type[Day] = Day) -> Day:
    """Writes the journal of the last three hours there; nobody must have opened it yet."""
    day = kind(datetime.now(UTC).replace(microsecond=0) - timedelta(hours=HOURS))
    store = EvidenceStore(home / "evidence")

    def stored(seed: int) -> EvidenceNamed:
        ok, data = cv2.imencode(".png", drawn(seed))
        assert ok
        reference = store.put(data.tobytes(), "image/png")
        return EvidenceNamed(reference.sha256, reference.size, "x.png")

    day.pictures = lambda track: {"low": stored(2 * track), "high": stored(2 * track + 1)}
    day.wait(20_000)
    day.hand_over("ban")
    verdicts = ("clear", "open", "clear", "", "clear", "undone")
    for n in range(10):
        day.carton((3, 1, 3, 3, 2)[n % 5], verdicts[n % 6], 1 if n % 4 == 3 else 0)
        day.wait(6 * MINUTE_MS)
    day.stands("e_stop", 9 * MINUTE_MS)
    day.device(2 * MINUTE_MS, ack=True)
    day.daemon_off(20 * MINUTE_MS, clean=True)
    day.hand_over("wang")
    day.wait(max((HOURS * 60 - 50) * MINUTE_MS - day.passed_ms(), 0))
    for n in range(6):
        day.carton((3, 3, 1)[n % 3], "clear" if n % 2 else "open")
        day.wait(3 * MINUTE_MS)
    day.stands("commanded_stop", 4 * MINUTE_MS)
    day.wait(max(HOURS * 60 * MINUTE_MS - day.passed_ms() - MINUTE_MS, 0))
    day.says_now()
    home.mkdir(parents=True, exist_ok=True)
    journal = Journal.open(home / "journal.sqlite")
    journal.append([NewRow(r.line_ms, r.utc, r.kind, r.event, r.outcome, r.touched) for r in day.rows()])
    journal.close()
    return day
