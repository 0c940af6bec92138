"""What the PLC's own program must keep, whatever the host does: a site's acceptance run judges a new program by this.

The one rule: plant and wire alone are asked, the journal is not. Source: contract CIL-1, "Status block S" (EPOCH), fail-safe
rules 4 and 6, command 34.
"""

from bisect import bisect_right

from simulators.oracle.plant_story import Moment
from simulators.oracle.run import Run
from simulators.oracle.verdict import Breach
from simulators.oracle.words import DECISION_WANTED, DIVERTED, JAM, LOST, NOT_CONFIRMED, RELEASE, REMOVED_BY_HAND

# A scan of the PLC is 10 ms; a change of its inputs is seen in the next one or two.
SEEN_WITHIN_MS = 100
# What was healthy for less than two scans may never have been seen to be: then it is one stop.
UNSEEN_MS = 20
# A program that has just started sees its inputs as they are, not that they changed.
STARTING_MS = 3000
RESUME = 34
SEQUENCES = 65_536
STOPS = {"estop_pressed": "the emergency stop", "guard_opened": "an open guard"}
HEALTHY_AGAIN = {"estop_pressed": "estop_released", "guard_opened": "guards_closed"}
LOCAL_START = ("reset", "start")
# Where these eyes of the line stand; an item is told from its neighbour within the window.
DECISION_EYE_MM, DIVERT_EYE_MM, EYE_WINDOW_MM = 5900, 8300, 150
SOME_OTHERS = 8


def check_plc(run: Run) -> list[Breach]:
    return [
        *_new_epoch(run), *_started_by_hand(run), *_resumed(run), *_epoch_over(run), *_later_only(run), *_jam_voids(run),
    ]  # fmt: skip


def _new_epoch(run: Run) -> list[Breach]:
    """After a stop of the safety circuit all tracking is void: another epoch begins."""
    power = [moment.line_ms for moment in run.plant.moments if moment.what in ("power_lost", "power_on")]
    found = []
    for stop in run.plant.moments:
        if stop.what not in STOPS or any(abs(stop.line_ms - at_ms) <= STARTING_MS for at_ms in power):
            continue
        healthy = [m.line_ms for m in run.plant.moments if m.what == HEALTHY_AGAIN[stop.what] and m.line_ms <= stop.line_ms]
        if healthy and stop.line_ms - healthy[-1] < UNSEEN_MS:
            continue
        dark = [m.what for m in run.plant.moments if m.what in ("power_lost", "power_on") and m.line_ms <= stop.line_ms]
        if dark and dark[-1] == "power_lost":
            continue
        if not any(0 <= at_ms - stop.line_ms <= SEEN_WITHIN_MS for at_ms in run.wire.epoch_changes):
            found.append(Breach("I3", "", f"{STOPS[stop.what]} at {stop.line_ms} ms changed no epoch: what was tracked still is"))
    return found


def _started_by_hand(run: Run) -> list[Breach]:
    """After a stop of the safety circuit or a loss of power the main belt moves only when somebody has reset and started it at
    the panel, which hears nobody while it has no power.
    """
    found = []
    stopped_ms, pressed, dark = -1, set[str](), False
    for moment in run.plant.moments:
        dark = moment.what == "power_lost" or (dark and moment.what != "power_on")
        if moment.what in STOPS or moment.what == "power_lost":
            stopped_ms, pressed = moment.line_ms, set()
        elif moment.what == "pressed" and not dark:
            pressed.add(moment.name)
        elif moment == Moment(moment.line_ms, "belt_started", "main") and stopped_ms >= 0 and not pressed.issuperset(LOCAL_START):
            found.append(
                Breach("SAFE", "", f"the belt started by itself at {moment.line_ms} ms, after the stop at {stopped_ms} ms")
            )
            stopped_ms = -1
    return found


def _resumed(run: Run) -> list[Breach]:
    """A PLC that was left alone, or had two hosts, takes no release before somebody resumed it."""
    resumed = [one.index for one in run.wire.commands_taken if one.code == RESUME]
    found = []
    for judged in run.wire.judged:
        if not judged.taken or judged.lane != RELEASE:
            continue
        alone = _last_before(run.wire.alone, judged.index)
        if alone >= 0 and _last_before(resumed, judged.index) < alone:
            what = f"the PLC took a release of track {judged.track} at {judged.line_ms} ms, not resumed since it was alone"
            found.append(Breach("I3", "", what))
    return found


def _epoch_over(run: Run) -> list[Breach]:
    """A decision of an epoch that is over is taken for nobody."""
    begun = [index for index, _ in run.wire.epochs]
    found = []
    for judged in run.wire.judged:
        at = bisect_right(begun, judged.index)
        if judged.taken and at and run.wire.epochs[at - 1][1] != judged.words[0]:
            what = (
                f"the PLC took a decision of track {judged.track} at {judged.line_ms} ms, in epoch {run.wire.epochs[at - 1][1]}"
            )
            found.append(Breach("I3", "", what))
    return found


def _later_only(run: Run) -> list[Breach]:
    """Of two decisions on one track the later one counts, in whatever order the PLC reads its slots."""
    found = []
    last: dict[tuple[int, str], int] = {}
    for judged in run.wire.judged:
        if not judged.taken:
            continue
        key = (judged.session, judged.track)
        before = last.setdefault(key, judged.seq)
        if (before - judged.seq) % SEQUENCES < SEQUENCES // 2 and before != judged.seq:
            what = f"the PLC took decision {judged.seq} of track {judged.track} at {judged.line_ms} ms, after {before}"
            found.append(Breach("I3", "", what))
        last[key] = judged.seq
    return found


def _jam_voids(run: Run) -> list[Breach]:
    """A jam at or behind the decision eye voids, in that very scan, what stands between that eye and the next."""
    found = []
    asked: dict[str, int] = {}  # track -> the belt's place when its decision was wanted
    events = run.wire.events
    for n, event in enumerate(events):
        if event.kind == DECISION_WANTED:
            asked[event.track] = event.belt_mm
        elif event.kind in (DIVERTED, LOST, REMOVED_BY_HAND, NOT_CONFIRMED):
            asked.pop(event.track, None)
        elif event.kind == JAM and event.arg1 in (DECISION_EYE_MM, DIVERT_EYE_MM):
            same_scan = [e for e in events[n + 1 : n + 1 + len(asked) + SOME_OTHERS] if e.line_ms == event.line_ms]
            lost = {e.track for e in same_scan if e.kind == LOST}
            for track, belt_mm in asked.items():
                at_mm = DECISION_EYE_MM + (event.belt_mm - belt_mm) % SEQUENCES
                between = DECISION_EYE_MM + EYE_WINDOW_MM < at_mm < DIVERT_EYE_MM - EYE_WINDOW_MM
                if between and track.startswith(f"{event.epoch}:") and track not in lost:
                    what = f"a jam at {event.line_ms} ms did not void track {track}, about {at_mm} mm along the belt"
                    found.append(Breach("I3", "", what))
    return found


def _last_before(places: list[int], index: int) -> int:
    at = bisect_right(places, index)
    return places[at - 1] if at else -1
