"""What the host may never do on the wire, whatever it meant by it.

The one rule: order in the PLC's own log is the proof; limits of time are the contract's, with room for a few polls.
Source: contract CIL-1 block H, "Sessions", "Event ring R", fail-safe rules 6 and 7; reliability notes, I3 and I7.
"""

from bisect import bisect_right

from simulators.oracle.run import Run
from simulators.oracle.verdict import Breach

# Rule 6: 3 polls or 1 s; polls may be slow, and the wire may hold a write back for a while.
FROZEN_KNOWN_AFTER_MS = 3000
# Between a host's look at the PLC and its write lies one poll at the most, and what may hold it back.
UNSEEN_MS = 500
HALF_RANGE = 32_768


def check_wire(run: Run) -> list[Breach]:
    return [*_forbidden(run), *_old_epoch(run), *_permits(run), *_frozen(run), *_sessions(run), *_claims(run)]


def _forbidden(run: Run) -> list[Breach]:
    """Nothing outside block H is ever written (there are the safety outputs), and a doubtful connection is never used again."""
    found = []
    for fact in run.wire.forbidden:
        if fact["fact"] == "reused":
            what = f"at {fact['line_ms']} ms a request came on a connection that had given {fact['after']}"
            found.append(Breach("W1", "", what))
        else:
            where = {name: value for name, value in fact.items() if name not in ("line_ms", "fact")}
            found.append(Breach("SAFE", "", f"at {fact['line_ms']} ms something outside block H was written: {where}"))
    return found


def _old_epoch(run: Run) -> list[Breach]:
    """Once a host has named the new epoch, none of its records is of an older one."""
    found = []
    named: list[tuple[int, int, int]] = []  # (index, session, epoch) as the host named them
    for live in run.wire.lives:
        if live.epoch:
            named.append((live.index, live.session, live.epoch))
    begun = {epoch: index for index, epoch in run.wire.epochs}
    for written in run.wire.written:
        epoch = written.words[0]
        latest = next(((i, s, e) for i, s, e in reversed(named) if i < written.index), None)
        if latest is None or latest[1] != written.session or latest[2] == epoch:
            continue
        if begun.get(latest[2], -1) > begun.get(epoch, -1):
            what = f"a decision of epoch {epoch} was written at {written.line_ms} ms, after the host had named epoch {latest[2]}"
            found.append(Breach("I3", "", what))
    return found


def _permits(run: Run) -> list[Breach]:
    """Ready to decide, and passes, only in a session and epoch that were synced before, by a row of the journal."""
    synced = {(int(row.event.get("session", 0)), int(row.event.get("epoch", 0))): row.seq for row in run.journal.rows
              if row.type == "PlcSynced"}  # fmt: skip
    found = []
    for live in run.wire.lives:
        if live.permits and (live.session, live.epoch) not in synced:
            what = f"at {live.line_ms} ms the host was ready in epoch {live.epoch}, which no row of the journal reconciled"
            found.append(Breach("I3", "", what))
    return found


def _frozen(run: Run) -> list[Breach]:
    """A PLC whose heartbeat stands is not believed: readiness and passes are taken back.

    A host that was away when it came to stand sees it for the first time when it is heard again, and counts from there.
    """
    found = []
    for span in run.wire.frozen:
        for from_ms, to_ms in _stretches(run, span.from_ms, span.to_ms):
            until_ms = from_ms + FROZEN_KNOWN_AFTER_MS
            if to_ms <= until_ms:
                continue
            standing = [live for live in run.wire.lives if live.line_ms <= until_ms]
            later = [live for live in run.wire.lives if until_ms < live.line_ms < to_ms]
            heard = _heard(run, until_ms, to_ms)
            if heard and standing and standing[-1].permits and (not later or any(live.permits for live in later)):
                what = f"the PLC's heartbeat stood from {span.from_ms} to {span.to_ms} ms and the host stayed ready"
                found.append(Breach("I3", "", what))
                break
    return found


def _stretches(run: Run, from_ms: int, to_ms: int) -> list[tuple[int, int]]:
    """The times in between for which the PLC heard a host without a break; as long as it said nothing of it, it heard one."""
    found: list[tuple[int, int]] = []
    since_ms: int | None = from_ms
    for _, line_ms, heard in run.wire.heard:
        if line_ms >= to_ms:
            break
        if heard and since_ms is None:
            since_ms = line_ms
        elif not heard and since_ms is not None:
            found.append((since_ms, line_ms))
            since_ms = None
    if since_ms is not None:
        found.append((since_ms, to_ms))
    return [(max(begin, from_ms), end) for begin, end in found if end > from_ms]


def _heard(run: Run, from_ms: int, to_ms: int) -> bool:
    """Whether the host wrote anything in that time: one that is away can take nothing back."""
    w = run.wire
    times = (
        *(one.line_ms for one in w.lives), *(one.line_ms for one in w.written),
        *(one.line_ms for one in w.commands), *(one.line_ms for one in w.acks),
    )  # fmt: skip
    return any(from_ms < at_ms < to_ms for at_ms in times)


def _sessions(run: Run) -> list[Breach]:
    """Each start of a daemon is a session of its own, inside one epoch: a PLC without memory begins at 0 again in a new one."""
    found: list[Breach] = []
    boot, last = 0, dict[tuple[int, int], int]()
    for row in run.journal.rows:
        boot += row.type == "DaemonStarted"
        if row.type != "PlcSynced":
            continue
        session, epoch = int(row.event.get("session", 0)), int(row.event.get("epoch", 0))
        before = last.setdefault((session, epoch), boot)
        if before != boot:
            found.append(Breach("I7", "", f"row {row.seq}: session {session} of start {before} is used again by start {boot}"))
    return found


def _claims(run: Run) -> list[Breach]:
    """A session is begun only while the PLC hears nobody: who claims must have watched for as long as the PLC waits.

    What a cut cable had kept of the host's own last session may be heard in the very moment of the claim: nobody could see that.
    """
    found = []
    places = [index for index, _, _ in run.wire.heard]
    started = [moment.line_ms for moment in run.plant.moments if moment.what == "power_on"]
    before = 0
    for live in run.wire.lives:
        at = bisect_right(places, live.index)
        _, since_ms, heard = run.wire.heard[at - 1] if at else (0, 0, False)
        # A PLC that has just started hears nobody, and says so nowhere.
        heard = heard and not any(since_ms <= at_ms <= live.line_ms for at_ms in started)
        heard_again = at > 1 and not run.wire.heard[at - 2][2] and live.line_ms - since_ms <= UNSEEN_MS
        if before and live.session not in (0, before) and heard and not heard_again:
            what = f"session {live.session} was written at {live.line_ms} ms, while the PLC heard session {before}"
            found.append(Breach("I3", "", what))
        before = live.session or before
    return found
