"""I5 on the wire: after a hold is durable no release of its carton is sent, and one already sent is taken back.

The one rule: "after" is proved by order alone. An acknowledgement of a PLC event shows that its row was durable; a PLC event
in the journal shows what had happened by then.
"""

from collections.abc import Iterable

from simulators.oracle.holds import Hold, Holds, reaches
from simulators.oracle.journal_story import DecisionRow
from simulators.oracle.papers import Papers
from simulators.oracle.plant_story import Exit
from simulators.oracle.release_checks import Witnesses, release_exits
from simulators.oracle.run import Run
from simulators.oracle.verdict import Breach
from simulators.oracle.walking import AtRow, Walk, see_nothing
from simulators.oracle.words import RELEASE

FOREVER = 2**62
# From the last moment in which the PLC takes another order until it tells of the lane: 1.3 m of belt, a margin, some polls.
LAST_CHANGE_MS = 4500
CLOCK_SLACK_MS = 1000


def check_holds(run: Run) -> Walk:
    end = yield see_nothing
    return [*_sent_after_hold(run, end), *_left_in_spite(run, end)]


def _sent_after_hold(run: Run, end: AtRow) -> list[Breach]:
    found: list[Breach] = []
    decisions = {(d.track, d.seq): d for d in run.journal.decisions if d.releases}
    witnesses = Witnesses(run)
    for written in run.wire.written:
        decision = decisions.get((written.track, written.seq))
        if written.lane != RELEASE or decision is None:
            continue
        durable = _durable_before(run, written.index)
        behind = witnesses.earliest_row_after(written.index) or FOREVER
        for hold in _holds_on(end.papers, end.holds, decision):
            if decision.row < hold.row <= durable and end.holds.lifted_row.get(hold.hold_id, FOREVER) >= behind:
                what = f"release of track {written.track} was written after hold {hold.hold_id} of row {hold.row}"
                found.append(Breach("I5", "", what))
    return found


def _left_in_spite(run: Run, end: AtRow) -> list[Breach]:
    """Held while its release was on its way: it must be re-routed, or recalled where that came too late.

    Where the PLC was out of reach it can only be recalled: `recall_checks` looks for that.
    """
    found: list[Breach] = []
    for left in release_exits(run):
        track = run.track_of(left)
        taken, confirmed = run.in_force(left), run.journal.diverted(track)
        decision = next((d for d in run.journal.of_track(track) if taken and d.seq == taken.seq), None)
        if decision is None or confirmed is None:
            continue
        for hold in _holds_on(end.papers, end.holds, decision):
            lifted = end.holds.lifted_row.get(hold.hold_id, FOREVER)
            if decision.row < hold.row < confirmed.row < lifted and not _answered(run, left, decision, hold):
                what = f"hold {hold.hold_id} of row {hold.row} changed nothing for track {track}, released in row {confirmed.row}"
                found.append(Breach("I5", left.carton_no, what))
    return found


def _answered(run: Run, left: Exit, decision: DecisionRow, hold: Hold) -> bool:
    track = decision.track
    confirmed = run.journal.diverted(track)
    confirmed_row = confirmed.row if confirmed is not None else FOREVER
    rerouted = any(d.row >= hold.row and not d.releases for d in run.journal.of_track(track))
    away = any(decision.row < row <= confirmed_row for row in run.journal.interruptions)
    subjects = (f"carton:{decision.carton}", f"passage:{track}")
    recalled = any(
        alarm.get("code") == "recalled" and alarm.get("subject") in subjects
        for row in run.journal.rows[hold.row - 1 :]
        for alarm in row.outcome_list("alarms")
    )
    return rerouted or away or (recalled and not _in_time(run, left, hold))


def _in_time(run: Run, left: Exit, hold: Hold) -> bool:
    """The hold came so long before the carton was in its lane, on a belt that ran, that its order could still be changed."""
    confirmed = run.journal.diverted(run.track_of(left))
    if confirmed is None:
        return False
    before_ms = confirmed.line_ms - run.journal.rows[hold.row - 1].line_ms
    from_ms = left.line_ms - before_ms
    stood = any(m.what == "belt_stopped" and from_ms - CLOCK_SLACK_MS <= m.line_ms <= left.line_ms for m in run.plant.moments)
    return before_ms > LAST_CHANGE_MS and not stood


def _holds_on(papers: Papers, holds: Holds, decision: DecisionRow) -> Iterable[Hold]:
    list_key = papers.list_key_of(decision.carton)
    noticed = papers.cartons.get(decision.carton)
    loads = {noticed.load_id} if noticed is not None and noticed.load_id else set()
    return [hold for hold in holds.all.values() if reaches(hold, decision.carton, list_key, loads)]


def _durable_before(run: Run, index: int) -> int:
    """The last row that is proved durable before a place in the wire log: that of the newest acknowledged event."""
    durable = 0
    newest = {}
    for event in run.wire.events:
        if event.index > index:
            break
        newest[event.seq] = event.key
    for ack in run.wire.acks:
        if ack.index > index:
            break
        key = newest.get(ack.seq)
        if key is not None:
            durable = max(durable, run.journal.first_row_of.get(key, 0))
    return durable
