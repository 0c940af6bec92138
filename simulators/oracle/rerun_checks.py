"""I14: what stands on the belt under its number was not taken from a lane: whoever says so has another carton in hand.

The one rule: a number is on the belt from the row that decides about its track until a row tells of that track's end; where the
line was out of touch with the PLC in between, nobody knows, until the PLC tells of that track again.
"""

from simulators.oracle.papers import normal
from simulators.oracle.run import Run
from simulators.oracle.verdict import Breach
from simulators.oracle.words import DIVERTED, LOST, NOT_CONFIRMED, REMOVED_BY_HAND

ENDS = frozenset({DIVERTED, LOST, REMOVED_BY_HAND, NOT_CONFIRMED})
OUT_OF_TOUCH = frozenset({"DaemonStarted", "PlcLost", "PlcSynced", "EpochWanted", "RingEventsLost"})


def check_reruns(run: Run) -> list[Breach]:
    found: list[Breach] = []
    on_belt: dict[str, str] = {}
    told_of: set[str] = set()
    for row in run.journal.rows:
        if row.type == "RerunOrdered" and not row.event.get("track") and not row.outcome_list("refusals"):
            number = normal(str(row.event.get("code"))).rpartition("/")[2]
            tracks = [track for track, named in on_belt.items() if named == number]
            found += [Breach("I14", "", f"row {row.seq} takes {number} for re-run, and track {track} bears it on the belt")
                      for track in tracks]  # fmt: skip
        elif row.type in OUT_OF_TOUCH:
            on_belt.clear()
            told_of.clear()
        elif row.type == "RingEvent":
            track = f"{row.event.get('epoch')}:{row.event.get('track_id')}"
            told_of.add(track)
            if row.event.get("kind") in ENDS:
                on_belt.pop(track, None)
        for decision in row.outcome_list("decisions"):
            if str(decision.get("track")) in told_of:
                on_belt[str(decision.get("track"))] = str(decision.get("carton") or "").partition("/")[2]
    return found
