"""Rare states that a campaign must have met: each has a name, and none may stay at 0.

One rule: a state is counted from what a run left behind (journal, wire log) or from the daemon at the moment it died; that a
fault struck proves nothing. `NAMES` is the declared list; a name that is counted and not declared is a mistake (test).
Source: reliability notes, T6.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from controller.daemon.service import Daemon
from controller.rehearsal.sometimes_names import FROM_SEEN, NAMES
from drivers.plc.cycle import Phase
from simulators.oracle.departure_story import departing
from simulators.oracle.journal_story import DecisionRow
from simulators.oracle.papers import ORDERS_INSPECTION
from simulators.oracle.run import Run
from simulators.oracle.words import ACCEPTED, BY_DECISION, DIVERTED, INDUCT, RELEASE, UNEXPECTED

PREFIX = "sometimes "
LATE_ACK_MS = 2000
RING_CROWDED, RING_FULL = 48, 64
TOO_LATE = 2
COMMAND_RESUME = 34


def at_death(daemon: Daemon | None) -> list[str]:
    """What a daemon was about when it died or ended, of whatever cause."""
    core = daemon.core if daemon is not None else None
    if core is None:
        return ["died during recovery"]
    facts = core.state.facts
    found = []
    if any(flight.passed for flight in core._flights):
        found.append("died while rows were on their way to the disk")
    if any(not flight.passed for flight in core._flights):
        found.append("died while a checkpoint was written")
    if any(command.permissive for flight in core._flights for passed in flight.passed for command in passed.outcome.commands):
        found.append("died while a permissive command waited for its row")
    if not facts.plc_synced:
        found.append("died before the PLC was reconciled")
    if any(core.state.passages[key].decide_ms >= 0 for key in facts.live):
        found.append("died while a carton was past its decision point")
    driver = core._dispatcher._plc._driver  # type: ignore[attr-defined]
    if driver is not None:
        cycle = driver._cycle
        found += [f"died in phase {cycle.phase.name.lower()}"] if cycle.phase is not Phase.RUN else []
        found += ["died while decisions waited for the PLC"] if cycle.board.pending() else []
        found += ["died while PLC events were not acknowledged"] if cycle.feed.ring._given else []
    return found


def sometimes_in(run: Run, seen: Mapping[str, int], host: Mapping[str, int]) -> dict[str, int]:
    """Counts by name with `PREFIX`. `seen` are the raw states of `seen.py`, `host` what happened to the machine."""
    counts: Counter[str] = Counter(host)
    for name, raw in FROM_SEEN.items():
        counts[name] += sum(seen.get(one, 0) for one in raw)
    for count in (_ring, _acks, _decisions, _links, _wraps, _papers):
        counts.update(count(run))
    return {PREFIX + name: count for name, count in sorted(counts.items()) if count}


def never(seen: Mapping[str, int]) -> list[str]:
    """Declared states that were not met."""
    return [name for name in NAMES if not seen.get(PREFIX + name)]


# --- one group each --------------------------------------------------------------------------------------------------


def _ring(run: Run) -> Iterable[str]:
    acks = [(ack.index, ack.seq) for ack in run.wire.acks]
    waiting: list[int] = []
    at = 0
    for event in run.wire.events:
        while at < len(acks) and acks[at][0] < event.index:
            seq = acks[at][1]
            waiting = waiting[waiting.index(seq) + 1 :] if seq in waiting else waiting
            at += 1
        waiting.append(event.seq)
        if len(waiting) == RING_CROWDED + 1:
            yield "ring so full that induction stopped"
        if len(waiting) == RING_FULL + 1:
            yield "ring overflowed"


def _acks(run: Run) -> Iterable[str]:
    happened: dict[int, int] = {}
    events = iter(run.wire.events)
    event = next(events, None)
    for ack in run.wire.acks:
        while event is not None and event.index < ack.index:
            happened[event.seq] = event.line_ms
            event = next(events, None)
        if ack.line_ms - happened.get(ack.seq, ack.line_ms) > LATE_ACK_MS:
            yield "event acknowledged late"
    rows: dict[tuple[int, ...], int] = {}
    for ring in run.journal.ring:
        if rows.setdefault(ring.key, ring.boot) != ring.boot:
            yield "event read again by the next daemon"
        elif rows[ring.key] == ring.boot and run.journal.first_row_of[ring.key] != ring.row:
            yield "event read twice by one daemon"


def _decisions(run: Run) -> Iterable[str]:
    by_track: dict[str, list[DecisionRow]] = {}
    for decision in run.journal.decisions:
        by_track.setdefault(decision.track, []).append(decision)
    answers = {
        (f"{row.event.get('epoch')}:{row.event.get('track_id')}", int(row.event.get("seq", 0))): int(row.event.get("result", 0))
        for row in run.journal.rows
        if row.type == "DecisionAnswered"
    }
    written = {(one.track, one.seq) for one in run.wire.written}
    last_boot = max((d.boot for d in run.journal.decisions), default=0)
    for track, decisions in by_track.items():
        yield from _one_track(track, decisions, answers)
        for decision in decisions:
            if decision.releases and (track, decision.seq) not in written:
                lost = decision.boot < last_boot
                yield "release durable and never sent: the daemon died" if lost else "release durable and never sent"
    taken = {(one.track, one.seq): one for one in run.wire.judged if one.taken}
    released = {track for (track, _), one in taken.items() if one.lane == RELEASE}
    for event in run.wire.events:
        if event.kind == DIVERTED and event.arg2 != BY_DECISION and event.track in released:
            yield f"release taken, then another lane: {_why(event.arg2)}"


def _one_track(track: str, decisions: Sequence[DecisionRow], answers: Mapping[tuple[str, int], int]) -> Iterable[str]:
    for before, after in pairwise(decisions):
        accepted = answers.get((track, before.seq)) == ACCEPTED
        if before.releases and after.releases:
            yield "release renewed"
        elif before.releases:
            yield "hold after an accepted release" if accepted else "hold before the release was answered"
            if answers.get((track, after.seq)) == TOO_LATE:
                yield "hold too late for the divert"
        elif after.releases:
            yield "release after an inspection order"
    for decision in decisions:
        if (track, decision.seq) not in answers:
            yield "decision never answered"


def _papers(run: Run) -> Iterable[str]:
    list_of = {str(truth["key"]): str(truth["list_key"]) for truth in run.expected["cartons"].values()}
    sent: set[str] = set()
    come: set[str] = set()
    left: set[str] = set()
    for row in run.journal.rows:
        if row.type == "ManifestList":
            declared = row.event["declared"]
            sent.add(f"{declared['logistics_code']}/{declared['logistics_no']}")
        elif row.type == "ManifestClosed":
            come |= sent
        elif row.type == "TimerFired" and str(row.event.get("token")).startswith("forget:"):
            yield "container let go of"
        elif row.type == "ReceiptArrived":
            own = run.wire.meant.get(str(row.event["receipt"]["guid"]), "")
            if own in left:
                yield "word of a list that has left"
            elif own and own not in come:
                ordered = row.event["receipt"]["return_status"] == ORDERS_INSPECTION
                yield "order to inspect before its list" if ordered else "receipt before its list"
        left.update(list_of.get(key, "") for key in departing(row))


def _why(code: int) -> str:
    return {1: "time-out", 2: "lane full", 3: "link lost", 4: "unknown item", 5: "purge"}.get(code, str(code))


def _links(run: Run) -> Iterable[str]:
    inducted: set[str] = set()
    lost = started = False
    session = epoch = 0
    for row in run.journal.rows:
        event = row.event
        if row.type == "RingEvent" and event.get("kind") in (INDUCT, UNEXPECTED):
            inducted.add(f"{event.get('epoch')}:{event.get('track_id')}")
        elif row.type == "PlcLost":
            lost = True
        elif row.type == "DaemonStarted":
            started = True
        elif row.type == "PlcSynced":
            new_session, new_epoch = int(event.get("session", 0)), int(event.get("epoch", 0))
            if lost and not started:
                yield "link back in the same session" if new_session == session else "link back in a new session"
            if started and new_epoch != epoch and epoch:
                yield "epoch changed while no daemon ran"
            elif new_epoch != epoch and epoch and not lost:
                yield "epoch changed while the link stood"
            elif new_epoch != epoch and epoch:
                yield "epoch changed while the link was lost"
            elif not lost and not started:
                yield "synced again in one session and epoch"
            if started and event.get("table"):
                yield "restart with cartons in table T"
            known = {f"{new_epoch}:{item.get('track_id')}" for item in event.get("table") or ()}
            if known - inducted:
                yield "table T had an unknown id"
            if any(item.get("lane") == RELEASE for item in event.get("table") or ()):
                yield "table T bore a release"
            lost, started, session, epoch = False, False, new_session, new_epoch


def _wraps(run: Run) -> Iterable[str]:
    for before, after in pairwise(run.wire.events):
        if after.seq < before.seq:
            yield "ring sequence wrapped"
        if after.t_ms < before.t_ms and after.epoch == before.epoch:
            yield "PLC clock wrapped"
        if after.belt_mm < before.belt_mm and after.epoch == before.epoch:
            yield "belt position wrapped"
        if after.epoch < before.epoch:
            yield "epoch wrapped"
    ids = [event.track_id for event in run.wire.events if event.kind == INDUCT]
    yield from ("track id wrapped" for before, after in pairwise(ids) if after < before and before > 60_000)
    sessions = [live.session for live in run.wire.lives if live.session]
    yield from ("session wrapped" for before, after in pairwise(sessions) if after < before)
