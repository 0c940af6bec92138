"""I13: a truck leaves only with a closed, sealed list whose every carton is released and unrecalled when the barrier is ordered.

The one rule: judged from both ends: from each truck that truly passed back to its order, and from each order in the journal to
what was known at its row; and nothing is loaded by a scan at which papers or holds spoke against it. What left behind a no is
known to be gone as soon as an officer said so, and till then an officer is asked for; what stayed is told to nobody.
"""

from simulators.oracle.departure_story import DeparturePapers, PassOnPaper, TruckOut, check_word, orders
from simulators.oracle.holds import Hold
from simulators.oracle.journal_story import Json, Row
from simulators.oracle.papers import normal
from simulators.oracle.rechecks import Rechecks
from simulators.oracle.run import Run
from simulators.oracle.verdict import Breach
from simulators.oracle.walking import AtRow, Walk
from simulators.oracle.wire_story import CommandRecord
from simulators.oracle.words import DIVERTED, RELEASE, lane_told

OPEN_BARRIER = 35
BARRIER_WITHIN_MS = 30_000
# An order that nothing confirms is a person's after 8 s, or at the next start of the daemon.
ASKED_WITHIN_MS = 30_000
SEEN_LEAVING = 4
CLOCK_SLACK_MS = 5_000


def check_departures(run: Run) -> Walk:
    """All of I13 for one run."""
    papers = DeparturePapers({truck.container_no: truck.line_ms for truck in run.yard.out})
    released: set[str] = set()
    found: list[Breach] = []
    ordered: dict[tuple[int, int], tuple[int, str]] = {}  # (sequence, check word) -> row, container

    def look(at: AtRow) -> None:
        papers.take(at.row)
        _note_released(run, at, released)
        for box, key in papers.loaded:
            against = [*_against(at, key, released, box), *_unsealed(at, key)]
            found.extend(Breach("I13", "", f"row {at.row.seq} loads {key} into {box}: {one}") for one in against)
        for gate, word, seq in orders(at.row):
            container, against = _order_basis(at, papers, released, word)
            ordered[(seq, word)] = (at.row.seq, container)
            found.extend(Breach("I13", "", f"row {at.row.seq} opens gate {gate} for {container}: {one}") for one in against)

    end = yield look
    return [*found, *_written(run, ordered), *_trucks(run, papers, end.rechecks, ordered), *_told(run), *_seen(run)]


def _note_released(run: Run, at: AtRow, released: set[str]) -> None:
    """Cartons whose release lane the PLC confirmed, as far as the journal had read it."""
    event = at.row.event
    if at.row.type in ("RecheckOpened", "RecheckConfirmed") and not at.row.outcome_list("refusals"):
        # What was opened has taken no release lane any more; what officers let go by hand has, in effect.
        for key in at.papers.keys_of(str(event.get("code"))):
            released.add(key) if at.rechecks.by_hand(key) else released.discard(key)
    if at.row.type == "RingEvent" and event.get("kind") == DIVERTED and lane_told(int(event.get("arg1", 0))) == RELEASE:
        track = f"{event.get('epoch')}:{event.get('track_id')}"
        released.update(d.carton for d in run.journal.of_track(track) if d.carton)


def _against(at: AtRow, key: str, released: set[str], box: str) -> list[str]:
    against = [] if key in released else ["it never took the release lane"]
    against += at.papers.blockers(key)
    against += [*at.rechecks.against(key), *at.declared.against(key, at.rechecks), *at.custody.against(key)]
    noticed = at.papers.cartons.get(key)
    loads = {noticed.load_id} if noticed is not None and noticed.load_id else set()
    reaching = [*at.holds.reaching(key, at.papers.list_key_of(key), loads), *_on_box(at, box)]
    return [*against, *(f"hold {hold.hold_id} ({hold.code}) on {hold.scope} {hold.target} is open" for hold in reaching)]


def _unsealed(at: AtRow, key: str) -> list[str]:
    """A carton that officers let go by hand shows the seal label they put on, at the door."""
    opened = at.rechecks.released(key)
    if opened is None or not opened.by_hand:
        return []
    shown = any(seq > opened.closed_row for seq in at.papers.read_at.get(("loading", opened.seal_no), ()))
    return [] if shown else [f"its new seal {opened.seal_no} was not read at the door"]


def _on_box(at: AtRow, box: str) -> list[Hold]:
    return [hold for hold in at.holds.open.values() if hold.scope == "container" and hold.target == box]


def _order_basis(at: AtRow, papers: DeparturePapers, released: set[str], word: int) -> tuple[str, list[str]]:
    """The container an order is for, and what speaks against it at its row."""
    named = {pass_id: one for pass_id, one in papers.passes.items() if check_word(pass_id) == word and not one.void}
    if not named:
        return "", [f"no pass that stands has the check word {word}"]
    gate_pass: PassOnPaper = list(named.values())[-1]
    box = papers.boxes.get(gate_pass.container_no)
    against = []
    if box is None or not box.closed or not box.weighed or not box.seal_no:
        against.append("its container is not closed, weighed and sealed")
    if box is None or not box.numbers:
        return gate_pass.container_no, [*against, "its list is empty"]
    if box.seal_no != gate_pass.seal_no:
        against.append(f"the pass names seal {gate_pass.seal_no}, the container has {box.seal_no}")
    for key in box.numbers:
        against += [f"{key}: {one}" for one in _against(at, key, released, gate_pass.container_no)]
    return gate_pass.container_no, against


def _written(run: Run, ordered: dict[tuple[int, int], tuple[int, str]]) -> list[Breach]:
    """Every barrier command on the wire has its row, and the PLC takes each once."""
    found: list[Breach] = []
    for record in run.wire.commands:
        if record.words[2] == OPEN_BARRIER and (record.seq, record.words[4]) not in ordered:
            found.append(Breach("I13", "", f"a barrier was ordered on the wire with sequence {record.seq} and no row for it"))
    taken: set[tuple[int, int]] = set()
    for record in run.wire.commands_taken:
        if record.words[2] == OPEN_BARRIER:
            key = (record.seq, record.words[4])
            if key in taken:
                found.append(Breach("I13", "", f"the PLC opened twice for sequence {record.seq}"))
            taken.add(key)
    return found


def _trucks(
    run: Run, papers: DeparturePapers, rechecks: Rechecks, ordered: dict[tuple[int, int], tuple[int, str]]
) -> list[Breach]:
    """Every truck that truly left: an order for its very container, and in it exactly what its list says."""
    found: list[Breach] = []
    used: set[tuple[int, int]] = set()
    for truck in run.yard.out:
        order = _order_of(run, truck, ordered)
        if order is None or (order.seq, order.words[4]) in used:
            found.append(
                Breach("I13", "", f"truck {truck.plate} left with {truck.container_no} and no order of its own opened for it")
            )
            continue
        used.add((order.seq, order.words[4]))
        found += _contents(run, truck, papers, rechecks)
        found += _forgotten(run, truck, ordered[(order.seq, order.words[4])][0])
    opened = [ms for ms, _ in run.yard.barrier_opened]
    for at_ms in opened:
        if not any(0 <= at_ms - r.line_ms <= BARRIER_WITHIN_MS for r in run.wire.commands_taken if r.words[2] == OPEN_BARRIER):
            found.append(Breach("I13", "", f"a barrier opened at {at_ms} ms and no command had ordered it"))
    return found


def _told(run: Run) -> list[Breach]:
    """The port hears of a container after the barrier opened for it, once by its key, and of none that is still here."""
    found: list[Breach] = []
    for told in run.wire.port_told:
        box, at_ms = str(told.get("container_no")), int(told["line_ms"])
        truck = next((truck for truck in run.yard.out if truck.container_no == box), None)
        opened = [ms for ms, _ in run.yard.barrier_opened if truck is not None and ms <= truck.line_ms]
        if truck is None or not opened:
            found.append(Breach("I13", "", f"the port was told of {box}, which never left"))
        elif at_ms < opened[-1]:
            found.append(Breach("I13", "", f"the port was told of {box} {opened[-1] - at_ms} ms before the barrier was open"))
    counted = [(told.get("seq"), told.get("index")) for told in run.wire.port_told if not told.get("repeat")]
    if len(set(counted)) != len(counted):
        found.append(Breach("I7", "", "the port counted one key twice"))
    return found


def _forgotten(run: Run, truck: TruckOut, order_row: int) -> list[Breach]:
    """Whatever the gate had told it: that it left is written, or an officer is asked whether it did."""
    for row in run.journal.rows[order_row - 1 :]:
        departs = any(
            _is_departure(m) and m.get("about") == f"container:{truck.container_no}" for m in row.outcome_list("messages")
        )
        if departs or any(alarm.get("code") == "barrier_unconfirmed" for alarm in row.outcome_list("alarms")):
            return []
    if run.journal.rows[-1].line_ms - truck.line_ms <= ASKED_WITHIN_MS:
        return []
    return [Breach("I13", "", f"{truck.container_no} left, and the daemon neither knows it nor asks an officer")]


def _seen(run: Run) -> list[Breach]:
    """An officer's word that he saw a truck leave makes a departure of it, once, and only of one that truly left."""
    found: list[Breach] = []
    claims: dict[str, tuple[str, str]] = {}
    departed: set[str] = set()
    out = {truck.container_no for truck in run.yard.out}
    for row in run.journal.rows:
        event, refused = row.event, bool(row.outcome_list("refusals"))
        session = str(event.get("session_id"))
        if row.type == "GateArrived":
            claims[session] = (normal(str(event.get("container_no"))), normal(str(event.get("plate"))))
        elif row.type == "ContainerOpened" and not refused:
            departed.discard(normal(str(event.get("container_no"))))
        seen = row.type == "GateChecked" and event.get("result") == SEEN_LEAVING
        if seen and refused:
            gone = [number for number in _gone_by(run, row, claims.get(session, ("", ""))) if number not in departed]
            found.extend(_at(row, f"an officer saw {number} leave, and for the daemon it is still here") for number in gone)
        for number in [str(one.get("about")).partition(":")[2] for one in row.outcome_list("messages") if _is_departure(one)]:
            if number in departed:
                found.append(_at(row, f"{number} departs a second time"))
            if seen and number not in out:
                found.append(_at(row, f"{number} departs by an officer's word, and it never left"))
            departed.add(number)
    return found


def _gone_by(run: Run, row: Row, claim: tuple[str, str]) -> list[str]:
    """The container of a truck, as the gate told of it, if it has left by this row."""
    number, plate = claim
    own = [truck for truck in run.yard.out if number == truck.container_no or (not number and plate == truck.plate)]
    return [truck.container_no for truck in own if truck.line_ms <= row.line_ms + CLOCK_SLACK_MS]


def _is_departure(message: Json) -> bool:
    return message.get("kind") == "linked_release"


def _at(row: Row, what: str) -> Breach:
    return Breach("I13", "", f"row {row.seq}: {what}")


def _order_of(run: Run, truck: TruckOut, ordered: dict[tuple[int, int], tuple[int, str]]) -> CommandRecord | None:
    """The last barrier command that the PLC took before the truck passed, if it is for this truck's container."""
    before = [r for r in run.wire.commands_taken if r.words[2] == OPEN_BARRIER and r.line_ms <= truck.line_ms]
    if not before:
        return None
    known = ordered.get((before[-1].seq, before[-1].words[4]))
    return before[-1] if known is not None and known[1] == truck.container_no else None


def _contents(run: Run, truck: TruckOut, papers: DeparturePapers, rechecks: Rechecks) -> list[Breach]:
    found: list[Breach] = []
    box = papers.boxes.get(truck.container_no)
    listed = {key.partition("/")[2] for key in box.numbers} if box is not None else set()
    there: set[str] = set()
    by_hand = {key.partition("/")[2] for key in rechecks.of if rechecks.by_hand(key)}
    for number in truck.cartons:
        carton = run.plant.cartons.get(number)
        true_label = normal(str(run.expected_of(number).get("label", "")))
        there.add(true_label)
        if true_label not in listed:
            found.append(Breach("I13", number, f"it left in {truck.container_no} and is not on its list"))
        opened = true_label in by_hand
        if not opened and (carton is None or not any(left.lane == RELEASE for left in carton.exits)):
            found.append(Breach("I13", number, f"it left in {truck.container_no} and never took the release lane"))
    missing = sorted(listed - there)
    if missing:
        found.append(
            Breach("I13", "", f"the list of {truck.container_no} names {', '.join(missing[:5])}, not in it when it left")
        )
    return found
