"""I5 after an outage: where the PLC still shows a release that is not the last word any more, the last word is said again.

The one rule: the table of a sync is what the PLC has; the journal's last order for that track is what it should have. What ends
the passage, or the link, before anything could be said excuses.
"""

from simulators.oracle.run import Run
from simulators.oracle.verdict import Breach
from simulators.oracle.words import DIVERTED, LOST, NOT_CONFIRMED, RELEASE, REMOVED_BY_HAND, lane_told

# The core looks at the whole belt at each sync; a poll or two of the wire have nothing to do with it.
SAID_WITHIN_MS = 1000
ENDS = (DIVERTED, LOST, REMOVED_BY_HAND, NOT_CONFIRMED)
INTERRUPTS = ("PlcLost", "DaemonStarted", "DaemonStopping", "EpochWanted")


def check_syncs(run: Run) -> list[Breach]:
    found: list[Breach] = []
    by_row: dict[int, list[tuple[str, int, int]]] = {}
    for decide in run.journal.decides:
        by_row.setdefault(decide.row, []).append((decide.track, decide.lane_code, decide.seq))
    last: dict[str, tuple[int, int]] = {}  # track -> (lane, sequence) of the last order
    owed: dict[str, tuple[int, int]] = {}  # track -> (row, line_ms) of the sync after which it must be said again
    for row in run.journal.rows:
        event = row.event
        if row.type in INTERRUPTS:
            owed.clear()
        elif row.type == "RingEvent" and event.get("kind") in ENDS:
            owed.pop(f"{event.get('epoch')}:{event.get('track_id')}", None)
        elif row.type == "PlcSynced":
            owed.clear()
            for item in event.get("table") or ():
                track, seq = f"{event.get('epoch')}:{item.get('track_id')}", int(item.get("decision_seq", 0))
                ordered = last.get(track)
                if ordered and lane_told(int(item.get("lane", 0))) == RELEASE and ordered[0] != RELEASE and ordered[1] != seq:
                    owed[track] = (row.seq, row.line_ms)
        for track, lane, seq in by_row.get(row.seq, ()):
            last[track] = (lane, seq)
            owed.pop(track, None)
        for track in [track for track, (_, since_ms) in owed.items() if row.line_ms - since_ms > SAID_WITHIN_MS]:
            place, _ = owed.pop(track)
            what = f"row {place}: the PLC still had a release of track {track} that had been replaced, and it was not told again"
            found.append(Breach("I5", "", what))
    return found
