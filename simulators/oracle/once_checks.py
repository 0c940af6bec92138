"""I7: a command sequence acts once; one sequence never stands for two records, and one PLC event is never two.

The one rule: sequences are compared within one session, and a number may come again only after half its range. A stop outside
of any session (0) stands apart: the PLC takes it by its content, whatever sequence it bears, and keeps no sequence of it.
"""

from bisect import bisect_right
from collections.abc import Iterable

from simulators.oracle.run import Run
from simulators.oracle.verdict import Breach
from simulators.oracle.wire_story import CommandRecord, DecisionRecord

HALF_RANGE = 32_768
STOPS = (3, 4, 8)  # stop, hold, abort


def check_once(run: Run) -> list[Breach]:
    return [
        *_reused("decision", run.wire.written),
        *_reused("command", [one for one in run.wire.commands if one.session or one.code not in STOPS]),
        *_as_journaled(run),
        *_two_decisions(run),
        *_two_events(run),
    ]


def _reused(name: str, records: Iterable[DecisionRecord | CommandRecord]) -> list[Breach]:
    found: list[Breach] = []
    last: dict[tuple[int, int], tuple[int, tuple[int, ...]]] = {}
    count = 0
    for record in records:
        key = (record.session, record.seq)
        before = last.get(key)
        if before is None or before[1] != record.words:
            count += 1
            if before is not None and count - before[0] < HALF_RANGE:
                what = f"{name} sequence {record.seq} of session {record.session} was written with two different records"
                found.append(Breach("I7", "", what))
        last[key] = (count, record.words)
    return found


def _as_journaled(run: Run) -> list[Breach]:
    """A sequence of the journal is written for the very track that its row decides: restrictive ones, too.

    What was said at once and lost its row in a crash has none of its session; the next start says its own.
    """
    synced = [(row.seq, int(row.event.get("session", 0))) for row in run.journal.rows if row.type == "PlcSynced"]
    rows = [seq for seq, _ in synced]
    told: dict[tuple[int, int], set[str]] = {}
    for decide in run.journal.decides:
        at = bisect_right(rows, decide.row)
        if at:
            told.setdefault((synced[at - 1][1], decide.seq), set()).add(decide.track)
    found = []
    for written in run.wire.written:
        tracks = told.get((written.session, written.seq))
        if tracks and written.track not in tracks:
            what = f"decision {written.seq} of session {written.session} was written for track {written.track}"
            found.append(Breach("I7", "", f"{what}, the journal has it for {', '.join(sorted(tracks))}"))
    return found


def _two_decisions(run: Run) -> list[Breach]:
    """The journal's own counter: one sequence, one decision."""
    found: list[Breach] = []
    last: dict[int, int] = {}
    for count, decision in enumerate(run.journal.decisions):
        before = last.get(decision.seq)
        if before is not None and count - before < HALF_RANGE:
            found.append(Breach("I7", "", f"row {decision.row} uses decision sequence {decision.seq} again"))
        last[decision.seq] = count
    return found


def _two_events(run: Run) -> list[Breach]:
    """Records of the ring are known by epoch and sequence: the same key with other words is another event.

    Not so in epoch 0, which is none yet: a PLC that lost its memory begins it at each power-up.
    """
    found: list[Breach] = []
    last: dict[tuple[int, int], tuple[int, tuple[int, ...]]] = {}
    for count, ring in enumerate(run.journal.ring):
        key = (ring.epoch, ring.seq)
        before = last.get(key)
        if ring.epoch and before is not None and before[1] != ring.key and count - before[0] < HALF_RANGE:
            found.append(Breach("I7", "", f"row {ring.row} tells event {ring.epoch}/{ring.seq} with other words than before"))
        last[key] = (count, ring.key)
    return found
