"""I12: a wall clock that jumps changes nothing of the line, and the record says that its times are doubtful.

The one rule: line time and wall time of a row are of one moment, so inside one start they go on side by side; where the one
leaps, the row and all later ones of that start must be marked. Line time itself is judged by the plant's.
"""

import json
from datetime import datetime

from simulators.oracle.run import Run
from simulators.oracle.sources import StoredRow
from simulators.oracle.verdict import Breach

# Smaller steps than this are what a time service may do; the daemon must see everything larger.
LEAP_MS = 900
# The longest that an event may wait in the ring of a PLC that cannot be reached.
LATEST_READ_MS = 300_000


def check_time(run: Run) -> list[Breach]:
    return [*_doubtful(run), *_line_time(run)]


def _doubtful(run: Run) -> list[Breach]:
    apart: int | None = None
    leapt = False
    for stored, row in zip(run.stored, run.journal.rows, strict=True):
        utc_ms = _utc_ms(stored)
        if utc_ms is None:
            return [Breach("I12", "", f"row {row.seq} has no readable time: {stored.utc!r}")]
        if row.type == "DaemonStarted":
            apart, leapt = None, False
        now_apart = utc_ms - stored.line_ms
        leapt = leapt or (apart is not None and abs(now_apart - apart) > LEAP_MS)
        apart = now_apart
        if leapt and not json.loads(stored.event).get("utc_doubtful"):
            return [Breach("I12", "", f"row {row.seq}: the wall clock had leapt, its time is not marked as doubtful")]
    return []


def _utc_ms(stored: StoredRow) -> int | None:
    try:
        return round(datetime.fromisoformat(stored.utc.decode().replace("Z", "+00:00")).timestamp() * 1000)
    except ValueError:
        return None


def _line_time(run: Run) -> list[Breach]:
    """Inside one start line time passes as the plant's does: what lies between both is only how late an event was read."""
    happened = {event.key: event.line_ms for event in run.wire.events}
    late: dict[int, list[tuple[int, int]]] = {}
    for ring in run.journal.ring:
        if ring.key in happened:
            late.setdefault(ring.boot, []).append((ring.read_ms - happened[ring.key], ring.row))
    for delays in late.values():
        least, (most, row) = min(delays)[0], max(delays)
        if most - least > LATEST_READ_MS:
            return [Breach("I12", "", f"row {row}: line time and the plant's time came {most - least} ms apart within one start")]
    return []
