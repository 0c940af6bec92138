"""I2 of the line itself, I7 of PLC events, and the record of every divert.

The one rule: what the daemon knew is taken from its own rows, in their order; what happened, from plant and PLC.
Source: reliability notes I2, I7; contract CIL-1 "Event ring R", rules 1 and 6.
"""

from simulators.oracle.journal_story import Row
from simulators.oracle.ring_checks import lost_with_memory, told_lost
from simulators.oracle.run import Run
from simulators.oracle.verdict import Breach
from simulators.oracle.words import FAIL_SAFE, LOST, OLD_EPOCH, RELEASE, SESSION_CONFLICT, SIZE_OR_GAP, UNEXPECTED, lane_told


def check_line(run: Run) -> list[Breach]:
    return [
        *_line_allowed(run), *_vouched_for(run), *_applied_once(run), *_recorded(run), *_answered(run), *_own_checks(run),
        *_core_whole(run),
    ]  # fmt: skip


DOUBTED = {LOST: "lost", UNEXPECTED: "not expected", SIZE_OR_GAP: "of another size or gap"}


def _vouched_for(run: Run) -> list[Breach]:
    """No release of a track that the PLC does not vouch for: lost, not expected, or of a size or gap that cannot be."""
    found: list[Breach] = []
    doubted: dict[str, str] = {}
    for row in run.journal.rows:
        if row.type == "RingEvent" and row.event.get("kind") in DOUBTED:
            doubted.setdefault(f"{row.event.get('epoch')}:{row.event.get('track_id')}", DOUBTED[int(row.event["kind"])])
        for track in _released(row):
            if track in doubted:
                found.append(Breach("I2", "", f"row {row.seq} releases {track}: the PLC had called it {doubted[track]}"))
    return found


def _line_allowed(run: Run) -> list[Breach]:
    """No release is decided while the PLC is away, in fail-safe or in a conflict, or a part of the daemon is down."""
    found: list[Breach] = []
    synced, flags = False, 0
    down: set[str] = set()
    for row in run.journal.rows:
        event = row.event
        if row.type in ("DaemonStarted", "PlcLost", "DaemonStopping"):
            synced = False
            if row.type == "DaemonStarted":
                down.clear()
        elif row.type in ("PlcSynced", "PlcStatusChanged"):
            flags = int((event.get("status") or {}).get("flags", 0))
            synced = synced or row.type == "PlcSynced"
        elif row.type == "TaskEnded":
            down.add(str(event.get("task")))
        elif row.type == "TaskBack":
            down.discard(str(event.get("task")))
        against = _against(synced, flags, down)
        if against:
            found += [Breach("I2", "", f"row {row.seq} releases {track}: {against}") for track in _released(row)]
    return found


def _against(synced: bool, flags: int, down: set[str]) -> str:
    if not synced:
        return "the PLC was not reconciled"
    if flags & FAIL_SAFE:
        return "the PLC was in fail-safe"
    if flags & SESSION_CONFLICT:
        return "two hosts were in conflict"
    return f"{', '.join(sorted(down))} did not run" if down else ""


def _released(row: Row) -> list[str]:
    return [str(d.get("track")) for d in row.outcome_list("decisions") if lane_told(int(d.get("lane_code", 0))) == RELEASE]


def _applied_once(run: Run) -> list[Breach]:
    """A PLC event that is journaled again says nothing new. In epoch 0, which is none yet, each power-up counts from 1."""
    found: list[Breach] = []
    seen: set[tuple[int, ...]] = set()
    rows = {row.seq: row for row in run.journal.rows}
    for ring in run.journal.ring:
        row = rows[ring.row]
        if ring.epoch and ring.key in seen and (row.outcome_list("findings") or row.outcome_list("alarms")):
            found.append(Breach("I7", "", f"row {ring.row}: event {ring.epoch}/{ring.seq} was applied before and acts again"))
        seen.add(ring.key)
    return found


def _recorded(run: Run) -> list[Breach]:
    """Every way into a lane that the PLC confirmed stands in the journal, or is told as lost."""
    return [
        Breach("ACC", left.carton_no, f"the journal has no record of the divert at {left.line_ms} ms, track {event.track}")
        for left, event in run.confirmations.items()
        if event.key not in run.journal.first_row_of and not told_lost(run, event.seq) and not lost_with_memory(run, event)
    ]


def _answered(run: Run) -> list[Breach]:
    """What the journal takes for the PLC's answer to a decision is what the PLC made of that very record."""
    told: dict[tuple[str, int], set[int]] = {}
    for judged in run.wire.judged:
        told.setdefault((judged.track, judged.seq), set()).add(judged.result)
    found = []
    for row in run.journal.rows:
        if row.type != "DecisionAnswered":
            continue
        track, seq, result = (
            f"{row.event.get('epoch')}:{row.event.get('track_id')}",
            int(row.event.get("seq", 0)),
            row.event.get("result"),
        )
        # The driver refuses by itself what is of an epoch that is over.
        if result != OLD_EPOCH and result not in told.get((track, seq), ()):
            truly = ", ".join(map(str, sorted(told.get((track, seq), ())))) or "nothing"
            found.append(
                Breach("I4", "", f"row {row.seq}: decision {seq} of track {track} was answered {result}; the PLC said {truly}")
            )
    return found


def _own_checks(run: Run) -> list[Breach]:
    """What the daemon's own check had to stop is wrong, although it was stopped."""
    return [
        Breach("SELF", "", f"row {row.seq}: the daemon's own check failed, {row.event.get('code')}: {row.event.get('cause')}")
        for row in run.journal.rows
        if row.type == "SelfCheckFailed"
    ]


def _core_whole(run: Run) -> list[Breach]:
    """The deciding code fails on no event, whatever papers, devices and people say; that it then holds the line saves nothing."""
    return [
        Breach("SELF", "", f"row {row.seq}: the deciding code failed on {row.type}: {row.outcome['core_fault']}")
        for row in run.journal.rows
        if row.outcome.get("core_fault")
    ]
