"""I8: whatever was acknowledged to the PLC is in the journal, and the journal tells of no PLC event that never was.

The one rule: an acknowledgement covers every record up to its number; those that the PLC overwrote before they were read
must be named by a row that says so. What a PLC had not been rid of when it lost its memory is lost with it.
"""

from collections.abc import Iterator

from simulators.oracle.run import Run
from simulators.oracle.verdict import Breach
from simulators.oracle.wire_story import Ack, WireEvent
from simulators.oracle.words import DIVERTED, lane_of, lane_told

FOREVER = 2**62


def check_ring(run: Run) -> list[Breach]:
    return [*_acknowledged(run), *_ahead(run), *_invented(run)]


def _acknowledged(run: Run) -> list[Breach]:
    found: list[Breach] = []
    for ack, events in covered(run):
        if events is None:
            found.append(Breach("I8", "", f"event {ack.seq} was acknowledged at {ack.line_ms} ms and never was"))
            continue
        for event in events:
            if event.key not in run.journal.first_row_of and not told_lost(run, event.seq):
                what = f"event {event.epoch}/{event.seq} was acknowledged at {ack.line_ms} ms and is not in the journal"
                found.append(Breach("I8", "", what))
    return found


def _ahead(run: Run) -> list[Breach]:
    """The daemon itself found that the PLC had been told more than its journal has. No day of ours restores an old journal."""
    return [
        Breach("I8", "", f"row {row.seq}: events up to {row.event['acknowledged']} were acknowledged and lost")
        for row in run.journal.rows
        if row.type == "RingEventsLost" and row.event.get("acknowledged")
    ]


def covered(run: Run) -> Iterator[tuple[Ack, list[WireEvent] | None]]:
    """Each acknowledgement with the events that it is the first to cover; None = it names none that ever was."""
    events = run.wire.events
    places: dict[int, list[int]] = {}
    for place, event in enumerate(events):
        places.setdefault(event.seq, []).append(place)
    done = 0
    for ack in run.wire.acks:
        named = [place for place in places.get(ack.seq, ()) if events[place].index < ack.index]
        upto = named[-1] if named else None
        if upto is None:
            yield ack, None
            continue
        lost = max((index for index in run.wire.memory_losses.values() if index < ack.index), default=-1)
        yield ack, [event for event in events[done : upto + 1] if event.index >= lost]
        done = max(done, upto + 1)


def told_lost(run: Run, seq: int, by_row: int = FOREVER) -> bool:
    """A row, up to this one, says that the ring was overwritten around this number."""
    for row in run.journal.rows:
        if row.type == "RingEventsLost" and row.seq <= by_row:
            first, following = int(row.event.get("first_missing_seq", 0)), int(row.event.get("next_seq", 0))
            if first <= seq < following or (following < first and (seq >= first or seq < following)):
                return True
    return False


def lost_with_memory(run: Run, event: WireEvent) -> bool:
    """The PLC lost its memory before anybody had read this event, and what the journal has from the PLC next begins with a row
    that says so: of a second loss on the heels of the first one the row can only name numbers that the daemon knew.
    """
    losses = [index for index in run.wire.memory_losses.values() if index > event.index]
    if not losses:
        return False
    rows = run.journal.first_row_of
    # Numbers of epoch 0 come twice and say nothing here.
    if any(e.epoch and e.key in rows for e in run.wire.events if event.index < e.index < min(losses)):
        return False  # what came behind it was read: this one was passed over, not lost
    before = max((rows[e.key] for e in run.wire.events if e.key in rows and e.index < event.index), default=0)
    after = min((rows[e.key] for e in run.wire.events if e.key in rows and e.index > min(losses)), default=0)
    return any(before < row.seq < after for row in run.journal.rows if row.type == "RingEventsLost")


def _invented(run: Run) -> list[Breach]:
    happened = {event.key: event for event in run.wire.events}
    found: list[Breach] = []
    for ring in run.journal.ring:
        event = happened.get(ring.key)
        if event is None:
            found.append(Breach("I8", "", f"row {ring.row} tells event {ring.epoch}/{ring.seq}, which the PLC never made"))
        elif ring.kind == DIVERTED and lane_told(ring.arg1) != lane_of(event.arg1):
            what = f"row {ring.row} tells lane {ring.arg1}, the PLC said {lane_of(event.arg1)}"
            found.append(Breach("I4", "", what))
    return found
