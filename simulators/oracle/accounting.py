"""Where every carton is at the end, and what the journal knows of it.

The one rule: the place is the plant's; a carton is accounted for if it is somewhere and the journal knows of its last way over
the belt, unless it never got onto it.
"""

from collections import Counter

from simulators.oracle.journal_story import DecisionRow
from simulators.oracle.plant_story import NOWHERE, CartonStory
from simulators.oracle.ring_checks import told_lost
from simulators.oracle.run import Run
from simulators.oracle.verdict import Breach, TableRow
from simulators.oracle.walking import AtRow
from simulators.oracle.words import LANE_NAMES, RELEASE, WHY_NAMES

CATEGORIES = ("released", "inspected", "anomaly", "removed", "on_line")


def count_places(run: Run) -> Counter[str]:
    return Counter(carton.category for carton in run.plant.cartons.values())


def detained(end: AtRow) -> int:
    """How many cartons officers detained by the last recheck of each."""
    return len(end.rechecks.detained())


def unaccounted(run: Run) -> list[Breach]:
    """Every carton of the plant stands somewhere, and the journal knows the track on which it came there.

    One in another lane than release, whose records the PLC overwrote before anybody read them, is told by the row of the lost
    records: nobody could know more. That is the record of its exit, or where no eye told it from its neighbour all of its way.
    """
    known = {ring.track for ring in run.journal.ring}
    found = [Breach("ACC", number, "the plant log never placed it on the line") for number in run.plant.strangers]
    for carton in run.plant.cartons.values():
        if carton.category == NOWHERE:
            found.append(Breach("ACC", carton.carton_no, "it is in no lane, not on the line and nobody removed it"))
        elif carton.exits and carton.place == "lane":
            track, told = run.track_of(carton.exits[-1]), run.confirmations.get(carton.exits[-1])
            records = [told] if told is not None else [event for event in run.wire.events if event.track == track]
            overwritten = bool(records) and all(told_lost(run, event.seq) for event in records)
            if track not in known and not (overwritten and carton.lane != RELEASE):
                what = f"it is in lane {carton.lane}, the journal knows nothing of track {track or '(none)'}"
                found.append(Breach("ACC", carton.carton_no, what))
    return found


def key_of(run: Run, end: AtRow, carton: CartonStory) -> str:
    """The carton's key by its true number, empty if papers know none or several."""
    expected = run.expected_of(carton.carton_no)
    numbers = [str(expected["label"])] if expected.get("label") else list(carton.labels)
    keys = [key for number in numbers for key in end.papers.keys_of(number)]
    return keys[0] if len(set(keys)) == 1 else ""


def held(run: Run, end: AtRow) -> list[str]:
    """Cartons with an open hold of their own, of their list or load, or that papers keep from being released."""
    found = []
    for carton in run.plant.cartons.values():
        key = key_of(run, end, carton)
        noticed = end.papers.cartons.get(key)
        loads = {noticed.load_id} if noticed is not None and noticed.load_id else set()
        reaching = end.holds.reaching(key, end.papers.list_key_of(key), loads)
        own = [hold for hold in reaching if hold.scope != "line"]
        if own or (carton.category != "released" and end.papers.blockers(key)):
            found.append(carton.carton_no)
    return found


def ordinary(run: Run) -> list[CartonStory]:
    """Cartons with nothing wrong in truth."""
    return [c for c in run.plant.cartons.values() if run.expected_of(c.carton_no).get("ordinary") is True]


def sent_to_default(run: Run) -> list[CartonStory]:
    """L6: ordinary cartons that took another lane than release at least once."""
    return [c for c in ordinary(run) if any(left.lane != RELEASE for left in c.exits)]


def last_decision(run: Run, carton: CartonStory) -> DecisionRow | None:
    tracks = run.tracks_of(carton.carton_no)
    decisions = run.journal.of_track(tracks[-1]) if tracks else []
    return decisions[-1] if decisions else None


def table(run: Run) -> tuple[TableRow, ...]:
    rows = []
    for carton in sorted(run.plant.cartons.values(), key=lambda c: (len(c.carton_no), c.carton_no)):
        lane = LANE_NAMES.get(carton.lane, "") if carton.place == "lane" else carton.category
        label = str(run.expected_of(carton.carton_no).get("label") or " ".join(carton.labels))
        rows.append(TableRow(carton.carton_no, label, lane, _reason(run, carton)))
    return tuple(rows)


def _reason(run: Run, carton: CartonStory) -> str:
    """Why it took its last lane: the PLC's reason where that was not the decision, else the decision's."""
    if not carton.exits:
        return ""
    confirmed = run.confirmations.get(carton.exits[-1])
    if confirmed is None:
        return "not confirmed by the PLC"
    decision = last_decision(run, carton)
    codes = ", ".join(decision.codes) if decision is not None else ""
    if confirmed.arg2:
        why = WHY_NAMES.get(confirmed.arg2, str(confirmed.arg2))
        return f"{why}: {codes}" if codes else why
    if decision is None:
        return "no decision"
    return codes or "nothing speaks against release"
