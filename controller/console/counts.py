"""What the line has done since the shift began, in numbers.

One rule: counted from the state that the journal rebuilds, so a restart loses none of it while the core still knows the carton.
The company is not told how many images wait: it could see which carton was picked.
"""

from collections import deque

from controller.console.views import Value
from controller.line.commands import Outcome
from controller.line.events import Stamped
from controller.line.explain import View
from controller.line.state import Draft, LineState
from controller.line.verdicts import to_judge

SHIFT_LONGEST_MS = 12 * 3600 * 1000
RATE_OVER_MS = 600_000
RATE_LEAST_MS = 60_000


class Counts:
    """A listener of the core. Counts passages and cartons by key, so that a row told twice counts once."""

    def __init__(self, state: LineState) -> None:
        self._state = state
        self._line_ms = state.facts.line_ms
        shift = state.facts.shift
        self._begin(shift.since_ms if shift is not None else max(0, self._line_ms - SHIFT_LONGEST_MS))

    def take(self, seq: int, stamped: Stamped, outcome: Outcome) -> None:
        self._line_ms = max(self._line_ms, stamped.line_ms)
        shift = self._state.facts.shift
        if shift is not None and shift.since_ms > self._since_ms:
            self._begin(shift.since_ms)
        for subject in outcome.touched:
            kind, _, key = subject.partition(":")
            if kind == "passage":
                self._passage(key)
            elif kind == "carton":
                self._carton(key)

    def value(self, view: View) -> Value:
        """The value `counts` of the live stream. `per_hour` is over the last ten minutes; null before the first of them.
        `lanes_full` is null while the PLC is away.
        """
        state = self._state
        draft = Draft(state, state.facts.line_ms)
        configured = state.facts.profile is not None
        return {
            "since_ms": self._since_ms, "inducted": len(self._inducted), "per_hour": self._per_hour(),
            "lanes": {
                kind: sum(1 for one in self._lanes.values() if one == kind) for kind in ("release", "inspect", "anomaly")
            },
            "waiting_pictures": len(to_judge(draft)) if view is View.CUSTOMS and configured else None,
            "emergency_released": state.facts.emergency_released,
            "holds": sum(1 for hold in state.holds.values() if hold.lifted_ms < 0),
            "loaded": len(self._loaded), "departed": len(self._departed), "lanes_full": self._lanes_full(),
        }  # fmt: skip

    def _begin(self, since_ms: int) -> None:
        self._since_ms = since_ms
        self._inducted: set[str] = set()
        self._lanes: dict[str, str] = {}
        self._loaded: set[str] = set()
        self._departed: set[str] = set()
        self._recent: deque[int] = deque()
        self._counting_ms = self._line_ms
        for key in self._state.passages:
            self._passage(key)
        for key in self._state.cartons:
            self._carton(key)

    def _passage(self, key: str) -> None:
        passage = self._state.passages.get(key)
        if passage is None or passage.inducted_ms < self._since_ms:
            return
        # A track id that came again has put the old passage under a longer key: both stand for cartons of their own.
        if key not in self._inducted:
            self._inducted.add(key)
            self._recent.append(passage.inducted_ms)
        profile = self._state.facts.profile
        lane = profile.lane_by_name(passage.diverted_lane) if profile is not None and passage.diverted_lane else None
        if lane is not None:
            self._lanes[key] = lane.kind.value

    def _carton(self, key: str) -> None:
        carton = self._state.cartons.get(key)
        if carton is None:
            return
        if carton.container and carton.loaded_ms >= self._since_ms:
            self._loaded.add(key)
        else:
            self._loaded.discard(key)
        container = self._state.containers.get(carton.container) if carton.place == "departed" else None
        if container is not None and container.departed_ms >= self._since_ms:
            self._departed.add(key)

    def _per_hour(self) -> int | None:
        while self._recent and self._recent[0] < self._line_ms - RATE_OVER_MS:
            self._recent.popleft()
        over_ms = min(RATE_OVER_MS, self._line_ms - max(self._since_ms, 0))
        if over_ms < RATE_LEAST_MS:
            return None
        return round(len(self._recent) * 3_600_000 / over_ms)

    def _lanes_full(self) -> list[str] | None:
        """None while the PLC does not say: an empty list would be its word that every lane is free."""
        facts = self._state.facts
        if facts.profile is None or facts.plc_status is None or not facts.plc_synced:
            return None
        return [lane.name for lane in facts.profile.lanes if facts.plc_status.lane_full & 1 << (lane.code - 1)]
