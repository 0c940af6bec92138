"""I2 and I5 in the journal: every release decision worked out again from the events before it, and no hold ignored.

The one rule: `release_blockers` of the daemon is not asked. Papers, holds and reads come from the journal's events, weight and
identity of the carton from the plant; a release that anything speaks against is a breach, whether it left or not.
"""

from dataclasses import dataclass, field

from simulators.oracle.journal_story import DecisionRow
from simulators.oracle.papers import Papers
from simulators.oracle.run import Run, clock_offsets
from simulators.oracle.verdict import Breach
from simulators.oracle.walking import AtRow, Walk
from simulators.oracle.words import GATE_OPEN, INDUCT, UNEXPECTED

# A scale shows whole grams of its own resolution and a little noise; a planted error is far outside.
SCALE_SLACK_G = 20
# Clocks of plant and daemon are compared to this.
EYE_TO_READER_MS = 100
FAR_MS = 2**40


@dataclass(slots=True)
class Carriers:
    """Which physical carton is on a track, and what the journal saw of the track."""

    carton_of: dict[str, str] = field(default_factory=dict)
    inducted_row: dict[str, int] = field(default_factory=dict)
    inducted_load: dict[str, str] = field(default_factory=dict)
    verify_open_row: dict[str, int] = field(default_factory=dict)


def check_basis(run: Run) -> Walk:
    """Each release decision of the journal against what was known at its row."""
    found: list[Breach] = []
    carriers = Carriers(carton_of=carton_of_track(run))
    inducted = _rows_before_induction(run)
    decisions: dict[int, list[DecisionRow]] = {}
    for decision in run.journal.decisions:
        decisions.setdefault(decision.row, []).append(decision)

    def look(at: AtRow) -> None:
        _note_track(carriers, at, inducted)
        for decision in decisions.get(at.row.seq, ()):
            if decision.releases:
                found.extend(_check_one(run, at, carriers, decision))

    end = yield look
    return [*found, *end.holds.breaches, *end.custody.breaches]


def _rows_before_induction(run: Run) -> dict[int, int]:
    """Row of an induct event -> the last row from before it truly happened.

    After an outage of the link the PLC's events come late and in a bunch; readers have their own wires and were heard in
    time, so a read of this very way may stand in front of the event that began it.
    """
    happened = {event.key: event.line_ms for event in run.wire.events}
    offsets, boot, times = clock_offsets(run), 0, [0]
    for row in run.journal.rows:
        boot += row.type == "DaemonStarted"
        times.append(row.line_ms + offsets.get(boot, FAR_MS))
    found: dict[int, int] = {}
    for ring in run.journal.ring:
        if ring.kind in (INDUCT, UNEXPECTED) and ring.key in happened:
            since = ring.row
            while since > 1 and times[since - 1] >= happened[ring.key] - EYE_TO_READER_MS and times[since - 1] < FAR_MS:
                since -= 1
            found[ring.row] = since - 1 if since < ring.row else since
    return found


def _note_track(carriers: Carriers, at: AtRow, inducted: dict[int, int]) -> None:
    event = at.row.event
    if at.row.type != "RingEvent":
        return
    track = f"{event.get('epoch')}:{event.get('track_id')}"
    if event.get("kind") in (INDUCT, UNEXPECTED):
        carriers.inducted_row.setdefault(track, inducted.get(at.row.seq, at.row.seq))
        carriers.inducted_load.setdefault(track, at.papers.current_load)
    elif event.get("kind") == GATE_OPEN and event.get("zone") == at.papers.profile.get("verify_zone", 5):
        carriers.verify_open_row.setdefault(track, at.row.seq)


def _check_one(run: Run, at: AtRow, carriers: Carriers, decision: DecisionRow) -> list[Breach]:
    carton_no = carriers.carton_of.get(decision.track, "") if decision.track not in run.taken_over else ""
    loads = _loads(run, carriers, carton_no)
    against = [("I2", one) for one in at.papers.blockers(decision.carton)]
    against += [("I2", one) for one in _read_blockers(at.papers, carriers, decision)]
    if not _weight_answered(at, carriers, decision):
        against += [("I2", one) for one in _weight_blockers(run, at.papers, decision, carton_no)]
    against += [("I2", one) for one in (*_recheck_blockers(at, carriers, decision), *at.custody.against(decision.carton))]
    noticed = at.papers.cartons.get(decision.carton)
    if noticed is not None:
        if loads and noticed.load_id and noticed.load_id not in loads:
            against.append(("I2", f"it came with load {', '.join(sorted(loads))}, noticed for {noticed.load_id}"))
        loads.add(noticed.load_id)
        against += [("I2", one) for one in at.seals.against(noticed.load_id)]
        against += [("I2", one) for one in at.seals.truly_against(noticed.load_id, run.plant.trucks.get(noticed.load_id))]
    against += [("I2", f"its own list: {one}") for one in _own_list(run, at.papers, decision.carton, carton_no)]
    reaching = at.holds.reaching(decision.carton, at.papers.list_key_of(decision.carton), loads)
    against += [("I5", f"hold {hold.hold_id} ({hold.code}) on {hold.scope} {hold.target} is open") for hold in reaching]
    return [
        Breach(invariant, carton_no, f"row {decision.row} releases {decision.carton or decision.track}: {what}")
        for invariant, what in against
    ]


def _own_list(run: Run, papers: Papers, key: str, carton_no: str) -> list[str]:
    """What customs says of the list that is truly this carton's, where the line takes it for another's."""
    truth = run.expected_of(carton_no)
    own = str(truth.get("list_key", "")) if truth.get("declared") else ""
    if own not in papers.lists or own == papers.list_key_of(key):
        return []
    return papers.customs_against(own)


def _read_blockers(papers: Papers, carriers: Carriers, decision: DecisionRow) -> list[str]:
    """Its number must have been read on this way: after induct, and again after the verify gate opened for it."""
    since = carriers.inducted_row.get(decision.track)
    if since is None:
        return [f"track {decision.track} was never inducted"]
    if not _read_since(papers, "induct", decision.number, since):
        return [f"no induct reader gave {decision.number or 'any number'} since row {since}"]
    if not papers.profile.get("verify_read", True):
        return []
    # The reader may be faster than the poll that brings the gate's event: the row before it is early enough.
    opened = carriers.verify_open_row.get(decision.track)
    if opened is None:
        return ["the verify gate never opened for it"]
    return [] if _read_since(papers, "verify", decision.number, since) else [f"the verify reader did not give {decision.number}"]


def _recheck_blockers(at: AtRow, carriers: Carriers, decision: DecisionRow) -> list[str]:
    """Its last recheck let it go as it is declared now, and the seal label that was put on then was read on this way."""
    against = [*at.rechecks.against(decision.carton), *at.declared.against(decision.carton, at.rechecks)]
    released = at.rechecks.released(decision.carton)
    since = carriers.inducted_row.get(decision.track)
    if released is None or since is None:
        return against
    if since < released.closed_row:
        return [*against, "it was put on the belt before its recheck was closed"]
    shown = _read_since(at.papers, "induct", released.seal_no, since)
    return against if shown else [*against, f"its new seal {released.seal_no} was not read"]


def _weight_answered(at: AtRow, carriers: Carriers, decision: DecisionRow) -> bool:
    """Officers looked into the box: what it weighs was explained before this way over the belt."""
    released = at.rechecks.released(decision.carton)
    return released is not None and carriers.inducted_row.get(decision.track, 0) >= released.closed_row


def _read_since(papers: Papers, role: str, number: str, row: int) -> bool:
    return any(seq > row for seq in papers.read_at.get((role, number), ()))


def _weight_blockers(run: Run, papers: Papers, decision: DecisionRow, carton_no: str) -> list[str]:
    """The true weight against the declaration: one carton exactly, one of several at most the whole list's."""
    found = papers.lists.get(papers.list_key_of(decision.carton))
    if found is None or not carton_no or not papers.profile.get("weight_required", True):
        return []
    declared_g = int(found.declared.get("gross_weight_g", 0))
    permille = int(papers.profile.get("weight_tolerance_permille", 30))
    allowed_g = max(int(papers.profile.get("weight_tolerance_g", 50)), declared_g * permille // 1000) + SCALE_SLACK_G
    weight_g = _weight_on(run, decision.track, carton_no)
    alone = int(found.declared.get("pack_no", 1)) <= 1
    too_light = alone and declared_g - weight_g > allowed_g
    if weight_g - declared_g > allowed_g or too_light:
        return [f"it weighs {weight_g} g, declared are {declared_g} g"]
    return []


def _weight_on(run: Run, track: str, carton_no: str) -> int:
    """What the carton truly weighed on this way; it may have been mended since."""
    left = next((left for left, event in run.confirmations.items() if event.track == track), None)
    return left.weight_g if left is not None else run.plant.cartons[carton_no].weight_g


def carton_of_track(run: Run) -> dict[str, str]:
    """The physical carton a track had at its end: what was exchanged in between counts as exchanged."""
    owners = {passage.track: passage.carton_no for passage in run.passages}
    owners |= {event.track: left.carton_no for left, event in run.confirmations.items()}
    return owners


def _loads(run: Run, carriers: Carriers, carton_no: str) -> set[str]:
    """The load it truly came with; where nobody knows, the one that was unloaded when it came in first.

    On a re-run another load may be under way, and hands or missed edges may have given it another carton's track.
    """
    if true_load := str(run.expected_of(carton_no).get("load_id", "")):
        return {true_load}
    tracks = run.tracks_of(carton_no) if carton_no else ()
    return set([load for track in tracks if (load := carriers.inducted_load.get(track, ""))][:1])
