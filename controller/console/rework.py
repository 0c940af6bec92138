"""What waits for a person's hands: cartons that left the belt elsewhere than by release, and loads whose seals are not settled.

One rule: it is read from the state and decides nothing; what a carton may do next is said from its reasons as this view may see
them, so that the company learns no more here than on any other screen.
"""

from controller.console.views import Value, codes_shown, last4
from controller.domain.reasons import CATALOGUE, Blocker, LaneKind, lane_kind_for
from controller.line.commands import Outcome
from controller.line.events import Stamped
from controller.line.explain import View
from controller.line.seal_check import shown_of as seal_shown
from controller.line.seal_check import standing
from controller.line.state import Draft, LineState, Passage

KEPT_MOST = 400
SHOWN_MOST = 40
LOADS_MOST = 8
NAMELESS = frozenset({"no_read", "read_ambiguous", "identity_uncertain", "two_waybills", "check_digit_wrong"})


class Rework:
    """A listener of the core. Follows passages by key; the oldest of KEPT_MOST that nobody took up is let go of."""

    def __init__(self, state: LineState) -> None:
        self._state = state
        self._kept: dict[str, None] = {}
        for key, passage in state.passages.items():
            self._look(key, passage)

    def take(self, seq: int, stamped: Stamped, outcome: Outcome) -> None:
        for subject in outcome.touched:
            kind, _, key = subject.partition(":")
            if kind == "passage" and (passage := self._state.passages.get(key)) is not None:
                self._look(key, passage)

    def value(self, view: View) -> Value:
        """The value `rework` of the live stream, newest first."""
        waiting = [key for key in self._kept if self._waits(key)]
        self._kept = dict.fromkeys(waiting)
        newest = waiting[::-1][:SHOWN_MOST]
        return {"list": [self._row(key, view) for key in newest], "more": len(waiting) - len(newest), "loads": self._loads(view)}

    def _look(self, key: str, passage: Passage) -> None:
        if not passage.ended:
            return
        self._kept[key] = None
        while len(self._kept) > KEPT_MOST:
            self._kept.pop(next(iter(self._kept)))

    def _waits(self, key: str) -> bool:
        """Until it is on the belt again, or somebody has put its carton into a place that is known."""
        passage = self._state.passages.get(key)
        if passage is None or passage.rerun_as or self._took_release(passage):
            return False
        carton = self._state.cartons.get(passage.carton) if passage.carton else None
        if carton is None:
            return True
        elsewhere = carton.place not in ("unidentified", "removed", passage.diverted_lane, self._inspect_lane())
        return carton.passage == key and not (elsewhere or carton.custody or carton.recheck or carton.container)

    def _took_release(self, passage: Passage) -> bool:
        profile = self._state.facts.profile
        lane = profile.lane_by_name(passage.diverted_lane) if profile is not None and passage.diverted_lane else None
        return lane is not None and lane.kind is LaneKind.RELEASE

    def _inspect_lane(self) -> str:
        profile = self._state.facts.profile
        lanes = profile.lanes if profile is not None else ()
        return next((lane.name for lane in lanes if lane.kind is LaneKind.INSPECT), "")

    def _row(self, key: str, view: View) -> Value:
        passage = self._state.passages[key]
        carton = self._state.cartons.get(passage.carton) if passage.carton else None
        identity = passage.scan_identity
        text = carton.carton_no if carton is not None else identity.text if identity is not None else ""
        blockers = _reasons(passage)
        return {
            "track": key, "carton": carton.carton_no if carton is not None else "", "last4": last4(text),
            "lane": passage.diverted_lane, "ended": passage.ended, "ended_ms": passage.ended_ms, "load": passage.load_id,
            "codes": codes_shown(blockers, view), "nameless": carton is None or any(one.code in NAMELESS for one in blockers),
            "way": _way(blockers), "place": carton.place if carton is not None else "",
            "asked": self._asked(key),
        }  # fmt: skip

    def _asked(self, key: str) -> bool:
        """Whether its re-run is ordered, and not so long ago that it would be held all the same."""
        facts = self._state.facts
        limit_s = facts.profile.rerun_limit_s if facts.profile is not None else 0
        return any(one.previous == key and one.stands(facts.line_ms, limit_s) for one in facts.reruns)

    def _loads(self, view: View) -> list[Value]:
        """Loads that are here and whose seals somebody has still to see to."""
        profile = self._state.facts.profile
        if profile is None or not profile.seal_required:
            return []
        draft = Draft(self._state, self._state.facts.line_ms)
        found: list[Value] = []
        for load in list(self._state.loads.values())[::-1]:
            if load.arrived_ms < 0 or len(found) >= LOADS_MOST:
                continue
            blockers = tuple(Blocker(code, f"load:{load.load_id}", detail) for code, detail in standing(draft, load))
            check = self._state.seal_checks.get(load.load_id)
            if not blockers:
                continue
            found.append({
                "load": load.load_id, "plate": load.arrived_plate or load.plate, "codes": codes_shown(blockers, view),
                "current": load.load_id == self._state.facts.current_load,
                "checking": check is not None and check.closed_ms < 0,
                "scanned": list(check.scanned) if check is not None else [],
                "announced": list(load.seals) if load.noticed else [], "shown": seal_shown(draft, load),
            })  # fmt: skip
        return found


def _reasons(passage: Passage) -> tuple[Blocker, ...]:
    """Why it did not take the release lane: what was ordered, what its readers missed, what happened to it."""
    codes = list(passage.ordered.blockers) if passage.ordered is not None else []
    if passage.scan_identity is not None and passage.scan_identity.problem:
        codes.append(passage.scan_identity.problem)
    if passage.ended == "epoch":
        codes.append("old_epoch")
    codes += passage.marks
    return tuple(Blocker(code, passage.key) for code in dict.fromkeys(codes) if code in CATALOGUE and not CATALOGUE[code].pending)


def _way(blockers: tuple[Blocker, ...]) -> str:
    """Where a person takes it: `customs` for suspicion and for whatever is customs' own, `anomaly`, else `rerun`.

    A carton with a reason of customs is never told apart from one with a suspicion: the company could see who was picked.
    """
    if any(one.reason.suspicion or one.reason.customs_only for one in blockers):
        return "customs"
    return "anomaly" if lane_kind_for(blockers) is LaneKind.ANOMALY else "rerun"
