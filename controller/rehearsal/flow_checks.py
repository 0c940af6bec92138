"""L2 and L6: releases happen again after the faults, and what nothing was wrong with is not sent to inspection needlessly.

One rule: a carton is excused only by a fault that was at work while it was on its way (and the time the line needs after
it), by what the line held then and nobody has lifted, or by what is wrong with it or its papers in truth. One more may be lost
in a day with faults, none in a day without.
"""

from collections.abc import Iterable, Sequence

import msgspec

from simulators.oracle import Breach
from simulators.oracle.accounting import ordinary
from simulators.oracle.papers import Papers
from simulators.oracle.plant_story import CartonStory, Exit
from simulators.oracle.run import Run
from simulators.oracle.words import INDUCT, LANE_NAMES, RELEASE, WHY_NAMES
from simulators.people.floor import Floor
from simulators.traffic.parcels import Trouble

# L1 gives the line 10 s to be ready; a belt that stood is started again by an operator who first has to see it.
AFTER_FAULT_S = 15.0
BELT_S = 40.0
# The journal's line time is behind the world's by what the starts of the daemon took.
CLOCKS_APART_S = 15.0
# A record is told so much later than it happened, with nothing at fault.
POLL_MS = 500


class Window(msgspec.Struct, frozen=True):
    """A fault was at work, in seconds of line time."""

    from_s: float
    to_s: float


def windows_of(told: Iterable[tuple[float, str]], healed_s: float) -> list[Window]:
    """From the story: `fault KIND` began one, `fault KIND: over` ended it; what never ended, ended with the healing."""
    found: list[Window] = []
    open_since: dict[str, list[float]] = {}
    for at_s, what in told:
        if not what.startswith("fault "):
            if what.startswith(("daemon dies", "daemon ended", "daemon hangs")):
                found.append(Window(at_s, at_s + AFTER_FAULT_S))
            continue
        kind, _, said = what.removeprefix("fault ").partition(": ")
        if said:
            for since in open_since.pop(kind, []):
                found.append(Window(since, at_s + AFTER_FAULT_S))
        else:
            open_since.setdefault(kind, []).append(at_s)
    return [*found, *(Window(since, healed_s + AFTER_FAULT_S) for starts in open_since.values() for since in starts)]


def check_needless(run: Run, floor: Floor, windows: Sequence[Window]) -> list[Breach]:
    kept, parcels = kept_for_people(run, windows), {str(parcel.carton_no): parcel for parcel in floor.day.parcels}
    lost = [
        (carton, left)
        for carton, left in _needless(run, floor)
        if not _excused(left, windows) and parcels[carton.carton_no].carton_key not in kept
    ]
    if len(lost) <= bool(windows):
        return []
    return [Breach("L6", carton.carton_no, f"nothing was wrong with it, and {_why(run, left)}") for carton, left in lost]


def kept_for_people(run: Run, windows: Sequence[Window]) -> set[str]:
    """Cartons of which, while a fault was at work, the number was read on two at once, or an officer wanted the one opened that
    stood in the image: they are held until a person has looked, however often they come over the belt.
    """
    found = set()
    for row in run.journal.rows:
        subjects = [str(alarm["subject"]) for alarm in row.outcome_list("alarms") if alarm.get("code") == "duplicate"]
        if row.type == "VerdictGiven" and row.event.get("verdict") != "clear":
            named = [str(finding.get("subject")) for finding in row.outcome_list("findings")]
            subjects += [subject for subject in named if subject.startswith("carton:")]
        at_s = row.line_ms / 1000
        if subjects and any(window.from_s - CLOCKS_APART_S <= at_s <= window.to_s for window in windows):
            found |= {subject.removeprefix("carton:") for subject in subjects}
    return found


def _needless(run: Run, floor: Floor) -> list[tuple[CartonStory, Exit]]:
    parcels = {str(parcel.carton_no): parcel for parcel in floor.day.parcels}
    open_loads = {load.load_id for load in floor.day.loads if load.noticed} - floor.sealed_off
    held = {str(row.event.get("target")) for row in run.journal.rows if row.type == "HoldPlaced"}
    found = []
    for carton in ordinary(run):
        parcel = parcels[carton.carton_no]
        clean = parcel.trouble is Trouble.NONE and parcel.n == 1 and parcel.load_id in open_loads
        touched = {parcel.carton_key, parcel.list_key, parcel.load_id} & held
        if clean and not touched and parcel.carton_no not in floor.recalled | floor.rechecked | floor.suspected | floor.shelved:
            missed = [left for left in carton.exits if left.lane != RELEASE]
            found += [(carton, left) for left in missed if not is_stranger(run, run.track_of(left))]
    return found


def is_stranger(run: Run, track: str) -> bool:
    """Of the load that is unloaded now it is not: nobody could name it before the next truck was begun, or it came off a truck
    of which nobody had said yet that its unloading begins. People look.
    """
    decided = run.journal.of_track(track)
    codes = decided[-1].codes if decided else ()
    return "wrong_load" in codes or ("load_unknown" in codes and _before_any_unloading(run, track))


def _before_any_unloading(run: Run, track: str) -> bool:
    begun = [row for row in run.journal.rows if row.type == "UnloadingStarted"]
    seen = next((ring for ring in run.journal.ring if ring.kind == INDUCT and ring.track == track), None)
    return seen is not None and not any(row.seq < seen.row and row.line_ms < seen.line_ms - POLL_MS for row in begun)


def _excused(left: Exit, windows: Sequence[Window]) -> bool:
    to_s = left.line_ms / 1000
    return any(window.from_s <= to_s and window.to_s >= to_s - BELT_S for window in windows)


def _why(run: Run, left: Exit) -> str:
    confirmed = run.confirmations.get(left)
    decided = run.journal.of_track(run.track_of(left))
    why = WHY_NAMES.get(confirmed.arg2, "?") if confirmed is not None else "not confirmed"
    codes = ", ".join(decided[-1].codes) if decided else "no decision"
    return f"it took lane {LANE_NAMES.get(left.lane, left.lane)} at {left.line_ms} ms: {why}, {codes}"


def check_probes(run: Run, floor: Floor, probes: Sequence[int]) -> list[Breach]:
    """L2: of the cartons put on the belt 15 s after the last fault each is released.

    Where a count of images has to begin anew, those that the line held its infeed back for come once more, and count then. Papers
    in question wait for customs to look, and nobody of customs comes in a seed: a word dated ahead of a clock that a fault had
    set back, a first notice that came when somebody stood at the doors.
    """
    numbers = {carton.carton_no for carton in floor.plant.lanes[RELEASE]}
    missed = [n for n in probes if n in floor.placed and n not in floor.released and n not in numbers]
    papers = Papers(run.wire.meant)
    for row in run.journal.rows if missed else ():
        papers.take(row)
    return [
        Breach(
            "L2",
            str(number),
            "it was put on the belt long after the last fault, nothing is wrong with it, and it was not released",
        )
        for number in missed
        if not papers.disputes(floor.parcel(number).carton_key)
    ]


def probes_among(floor: Floor, left_on_truck: Sequence[int]) -> tuple[int, ...]:
    """Cartons of the truck that stands there, with which nothing is wrong in truth."""
    parcels = {parcel.carton_no: parcel for parcel in floor.day.parcels}
    open_loads = {load.load_id for load in floor.day.loads if load.noticed} - floor.sealed_off
    return tuple(
        number
        for number in left_on_truck
        if parcels[number].trouble is Trouble.NONE
        and parcels[number].n == 1
        and parcels[number].load_id in open_loads
        and number not in floor.recalled
    )
