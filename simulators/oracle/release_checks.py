"""I1, I3, I14: what took the release lane was decided so, for this very carton, before it was said to the PLC.

The one rule: judged per physical carton, from the lane backwards: exit, the PLC's confirmation, the decision the PLC had in
force, the row of the journal, the code that is truly on the carton.
"""

from simulators.oracle.journal_story import DecisionRow
from simulators.oracle.papers import normal
from simulators.oracle.plant_story import Exit
from simulators.oracle.run import Run, clock_offsets
from simulators.oracle.verdict import Breach
from simulators.oracle.wire_story import DecisionRecord
from simulators.oracle.words import BY_DECISION, RELEASE, WHY_NAMES

# The clocks of plant and daemon are compared only through the events both saw, and the plant may run behind its loop while
# the machine is busy; the order of events is the sharp proof, this catches what has no event in between.
CLOCK_SLACK_MS = 3000


def release_exits(run: Run) -> list[Exit]:
    return [left for left in run.plant.exits if left.lane == RELEASE]


def released_undecided(run: Run) -> list[Breach]:
    """I3: exits by the release lane for which the journal or the PLC had no release decision at all."""
    reasons = [(left, _undecided(run, left)) for left in release_exits(run)]
    return [Breach("I3", left.carton_no, reason) for left, reason in reasons if reason]


def _undecided(run: Run, left: Exit) -> str:
    track = run.track_of(left)
    if not track:
        return f"it was released at {left.line_ms} ms on no known track"
    if not any(d.releases for d in run.journal.of_track(track)):
        return f"track {track} was released, the journal never decided so"
    if run.in_force(left) is None:
        return f"track {track} was released, the PLC had taken no decision"
    return ""


def check_exits(run: Run) -> list[Breach]:
    """I1 and I3 for each exit by the release lane that did have a release decision of some kind."""
    found: list[Breach] = []
    carried: dict[str, str] = {}
    for left in release_exits(run):
        taken = run.in_force(left)
        if taken is None or _undecided(run, left):
            continue
        found += _check_confirmation(run, left, taken)
        rows = [d for d in run.journal.of_track(taken.track) if d.seq == taken.seq]
        if len(rows) != 1:
            what = f"track {taken.track}: {len(rows)} decision rows for sequence {taken.seq} that released it"
            found.append(Breach("I1", left.carton_no, what))
            continue
        found += _check_row(run, left, rows[0])
        other = carried.setdefault(rows[0].carton, left.carton_no)
        if other != left.carton_no:
            found.append(Breach("I1", left.carton_no, f"{rows[0].carton} was released before, as carton {other}"))
    return found


def _check_confirmation(run: Run, left: Exit, taken: DecisionRecord) -> list[Breach]:
    found = []
    if taken.lane != RELEASE:
        what = f"track {taken.track} was released against sequence {taken.seq}, lane {taken.lane}"
        found.append(Breach("I3", left.carton_no, what))
    confirmed = run.confirmations.get(left)
    if confirmed is not None and confirmed.arg2 != BY_DECISION and not run.lost_under_way(left):
        why = WHY_NAMES.get(confirmed.arg2, str(confirmed.arg2))
        found.append(Breach("I3", left.carton_no, f"track {taken.track} was released by {why}, not by its decision"))
    return found


def _check_row(run: Run, left: Exit, row: DecisionRow) -> list[Breach]:
    found = []
    if not row.releases:
        found.append(Breach("I1", left.carton_no, f"row {row.row} decides lane {row.lane_code}, it was released"))
    if row.codes:
        found.append(Breach("I1", left.carton_no, f"row {row.row} releases in spite of {', '.join(row.codes)}"))
    wrong = _wrong_code(run, left, row)
    if wrong:
        found.append(Breach("I14" if left.touched_by_hand else "I1", left.carton_no, f"row {row.row}: {wrong}"))
    return found


def _wrong_code(run: Run, left: Exit, row: DecisionRow) -> str:
    """What is wrong with the carton that the decision names, empty if it is this one."""
    if not row.number:
        return "the decision names no carton"
    if row.number not in {normal(label) for label in left.labels}:
        return f"it names {row.number}, the carton bears {', '.join(left.labels) or 'no label'}"
    expected = run.expected_of(left.carton_no)
    true_label = normal(str(expected.get("label", row.number)))
    if true_label != row.number:
        return f"it names {row.number}, the carton truly is {true_label}"
    if expected.get("declared") is False and _named_before(run, left, row):
        return f"{row.number} was never declared for this carton"
    return ""


def _named_before(run: Run, left: Exit, row: DecisionRow) -> bool:
    """Whether the journal had met this number on another carton, or the number belongs to no carton that was ever seen.

    Of two cartons with one number nobody can know which is the right one before the second is read: the first may leave (both
    are held from then on, and loading meets the hold), the second never.
    """
    others = {p.carton_no for p in run.passages if p.carton_no != left.carton_no}
    twin = any(row.number in {normal(label) for label in run.plant.cartons[other].labels} for other in others)
    earlier = {d.track for d in run.journal.decisions if d.row < row.row and d.number == row.number}
    return not twin or any(p.track in earlier and p.carton_no != left.carton_no for p in run.passages)


def check_written(run: Run) -> list[Breach]:
    """I1: no release reaches the wire before the journal has its row, nor without one."""
    found: list[Breach] = []
    rows = {(d.track, d.seq): d for d in run.journal.decisions if d.releases}
    decided = {(d.track, d.seq) for d in run.journal.decides if d.releases and d.lane_code == RELEASE}
    witnesses, offsets = Witnesses(run), clock_offsets(run)
    for written in run.wire.written:
        if written.lane != RELEASE:
            continue
        row = rows.get((written.track, written.seq))
        name = f"release of track {written.track}, sequence {written.seq},"
        if row is None or (written.track, written.seq) not in decided:
            found.append(Breach("I1", "", f"{name} was written at {written.line_ms} ms and is not in the journal"))
            continue
        witness = witnesses.earliest_row_after(written.index)
        if witness is not None and witness <= row.row:
            what = f"{name} was written before its row {row.row}: row {witness} tells of something that came after it"
            found.append(Breach("I1", "", what))
        elif row.boot in offsets:
            early_ms = row.line_ms + offsets[row.boot] - written.line_ms
            if early_ms > CLOCK_SLACK_MS:
                found.append(Breach("I1", "", f"{name} was written {early_ms} ms before its row {row.row}"))
    for judged in run.wire.judged:
        if judged.taken and judged.lane == RELEASE and (judged.track, judged.seq) not in decided:
            found.append(Breach("I1", "", f"the PLC took a release of track {judged.track} that the journal lacks"))
    return found


class Witnesses:
    """Which row of the journal is the first to tell of something that happened after a place in the wire log.

    What was written at that place and has its row only behind such a witness was written too early, whatever clocks say.
    """

    def __init__(self, run: Run) -> None:
        self._steps: list[tuple[int, int]] = []  # from the end of the log backwards, rows falling
        for event in reversed(run.wire.events):
            row = run.journal.first_row_of.get(event.key) if event.epoch else None
            if row is not None and (not self._steps or row < self._steps[-1][1]):
                self._steps.append((event.index, row))

    def earliest_row_after(self, index: int) -> int | None:
        return next((row for at, row in reversed(self._steps) if at > index), None)
