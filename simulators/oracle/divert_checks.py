"""I4: the record of a lane is what the PLC confirmed and what the plant did; ordered and not taken is an alarm.

The one rule: an alarm is owed only where the daemon knew that the PLC had accepted the other lane.
"""

from simulators.oracle.journal_story import RingRow, Row
from simulators.oracle.run import Run
from simulators.oracle.verdict import Breach
from simulators.oracle.words import ACCEPTED, DIVERTED, LANE_NAMES, lane_of, lane_told


def check_diverts(run: Run) -> list[Breach]:
    return [*_recorded(run), *_alarmed(run)]


def _recorded(run: Run) -> list[Breach]:
    """The PLC's word against the plant, exit by exit."""
    found: list[Breach] = []
    for left, confirmed in run.confirmations.items():
        told = lane_of(confirmed.arg1)
        if told != left.lane:
            names = LANE_NAMES.get(left.lane, left.lane), LANE_NAMES.get(told, told)
            what = f"it went into {names[0]}, the record of track {confirmed.track} says {names[1]}"
            found.append(Breach("I4", left.carton_no, what))
    return found


def _alarmed(run: Run) -> list[Breach]:
    found: list[Breach] = []
    accepted: dict[str, tuple[int, int]] = {}  # track -> (sequence, lane) as the daemon knew it
    ordered: dict[tuple[str, int], int] = {}
    known: set[tuple[int, ...]] = set()
    rings = {ring.row: ring for ring in run.journal.ring}
    carton_of = {event.track: left.carton_no for left, event in run.confirmations.items()}
    for row in run.journal.rows:
        ring = rings.get(row.seq)
        if ring is not None and ring.kind == DIVERTED and ring.key not in known:
            known.add(ring.key)
            breach = _missing_alarm(row, ring, accepted.pop(ring.track, None), carton_of.get(ring.track, ""))
            found += [breach] if breach else []
        _learn(row, accepted, ordered)
    return found


def _learn(row: Row, accepted: dict[str, tuple[int, int]], ordered: dict[tuple[str, int], int]) -> None:
    """What the daemon knows after this row about the PLC's acceptance of its orders."""
    event = row.event
    if row.type == "DecisionAnswered":
        track, seq = f"{event.get('epoch')}:{event.get('track_id')}", int(event.get("seq", 0))
        # An answer to an order that was replaced meanwhile says nothing about the last word.
        if event.get("result") == ACCEPTED and next(reversed([s for t, s in ordered if t == track]), 0) == seq:
            accepted[track] = (seq, ordered[track, seq])
    elif row.type == "PlcSynced":
        table = {f"{event.get('epoch')}:{item.get('track_id')}": item for item in event.get("table") or ()}
        for track in list(accepted):
            item = table.get(track)
            if item is None or int(item.get("decision_seq", 0)) != accepted[track][0] or not item.get("lane"):
                del accepted[track]
    for told in row.outcome_list("decisions"):
        track, seq = str(told.get("track")), int(told.get("seq", 0))
        ordered[track, seq] = lane_told(int(told.get("lane_code", 0)))
        accepted.pop(track, None)  # the last word is not answered yet


def _missing_alarm(row: Row, ring: RingRow, accepted: tuple[int, int] | None, carton_no: str) -> Breach | None:
    lane = lane_told(ring.arg1)
    if accepted is None or accepted[1] == lane or row.outcome_list("alarms"):
        return None
    ordered = LANE_NAMES.get(accepted[1], accepted[1])
    what = f"row {row.seq}: {ordered} was ordered, {LANE_NAMES.get(lane, lane)} was taken, and no alarm was raised"
    return Breach("I4", carton_no, what)
