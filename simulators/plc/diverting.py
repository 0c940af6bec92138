"""The end of the line: choosing each item's lane at the deadline, setting the diverter, confirming at the
lane eyes.

The one rule: release needs a live decision, a tracked item seen at the divert eye and a lane with room;
whatever is missing leads to
the default lane, and if that has no room the belt waits. Source: contract CIL-1 fail-safe rules 1 to 3 and
8, "ttl", event 5 and 23.
"""

from collections.abc import Callable

from simulators.plc import registers as reg
from simulators.plc.field import Field
from simulators.plc.memory import Item, Memory
from simulators.plc.tracking import Tracker
from simulators.plc.words import lane_word

WAIT_BEFORE_MM = 50  # the belt waits with an item's front this far before the divert
ENTER_BEFORE_MM = 15  # from here the diverter can no longer be changed
REAR_MARGIN_MM = 10
LANE_TOTALS = {reg.LANE_RELEASE: "release", reg.LANE_INSPECT: "inspect", reg.LANE_ANOMALY: "anomaly"}


class Diverting:
    def __init__(self, memory: Memory, field: Field, tracker: Tracker, fault_stop: Callable[[int], None]) -> None:
        self._m = memory
        self._field = field
        self._tracker = tracker
        self._fault_stop = fault_stop
        self._lane_eye: dict[int, bool] = {lane: field.lane_eye(lane) for lane in reg.LANES}
        self.divert_to = memory.config.rest_lane
        self.wait_for_lane = False  # default lane full or closed under an item
        self.wait_for_diverter = False

    def scan(self, dt_ms: int, running: bool) -> None:
        m, c = self._m, self._m.config
        for item in m.items:
            if running and item.lane:
                item.ttl_ms = max(0, item.ttl_ms - dt_ms)
            if not item.committed_lane and item.pos_mm >= c.divert_mm - m.deadline_mm:
                self._commit(item)
        self._set_diverter()
        for lane in reg.LANES:
            covered = self._field.lane_eye(lane)
            if covered and not self._lane_eye[lane]:
                self._confirm(lane)
            self._lane_eye[lane] = covered
        for item in [i for i in m.items if i.pos_mm > c.lane_eye_mm + c.window_mm]:
            self._not_confirmed(item)

    # --- choosing ----------------------------------------------------------------------------------
    def _commit(self, item: Item) -> None:
        lane, why = self._choice(item)
        item.committed_lane, item.why = lane, why
        if why != reg.WHY_DECISION:
            self._m.count("default_routed")

    def _choice(self, item: Item) -> tuple[int, int]:
        m = self._m
        if m.purge:
            return m.default_lane, reg.WHY_PURGE
        if item.doubtful:
            return m.default_lane, reg.WHY_UNKNOWN_ITEM
        if item.lane and item.ttl_ms > 0:
            if item.lane == m.default_lane or m.lane_usable(item.lane):
                return item.lane, reg.WHY_DECISION
            return m.default_lane, reg.WHY_LANE_FULL
        if not item.lane and (item.voided or m.fail_safe or not m.link_ok):
            return m.default_lane, reg.WHY_LINK_LOST
        return m.default_lane, reg.WHY_TIME_OUT

    # --- setting -----------------------------------------------------------------------------------
    def _set_diverter(self) -> None:
        m, c = self._m, self._m.config
        self.wait_for_lane = self.wait_for_diverter = False
        nxt = self.next_at_divert()
        if nxt is None:
            self.divert_to = c.rest_lane
            return
        if not nxt.entered and not m.lane_usable(nxt.committed_lane):
            if nxt.committed_lane != m.default_lane:
                nxt.committed_lane, nxt.why = m.default_lane, reg.WHY_LANE_FULL
                m.count("default_routed")
            if not m.lane_usable(nxt.committed_lane):
                self.wait_for_lane = nxt.pos_mm >= c.divert_mm - WAIT_BEFORE_MM
                if self.wait_for_lane:
                    m.alarm(reg.ALARM_DEFAULT_LANE_FULL)
        self.divert_to = nxt.committed_lane
        if nxt.entered or self.wait_for_lane:
            return
        if nxt.pos_mm >= c.divert_mm - ENTER_BEFORE_MM:
            ready = self._field.diverter_at(nxt.committed_lane)
            self.wait_for_diverter = not ready
            nxt.entered = ready

    def next_at_divert(self) -> Item | None:
        """The front-most item that the divert eye has confirmed and that is not wholly past the divert."""
        c = self._m.config
        for item in self._m.items:
            length_mm = item.length_mm or c.max_length_mm
            if item.at_divert and item.pos_mm - length_mm < c.divert_mm + REAR_MARGIN_MM:
                return item
        return None

    # --- confirming --------------------------------------------------------------------------------
    def _confirm(self, lane: int) -> None:
        m, zone = self._m, self._m.config.divert_zone
        item = next((i for i in m.items if i.entered), None)
        if item is None:
            self._stranger(lane)
            return
        if lane != item.committed_lane:
            m.alarm(reg.ALARM_NOT_CONFIRMED)
            ordered = lane_word(item.committed_lane)
            m.event(reg.EVT_NOT_CONFIRMED, zone, item.track_id, ordered, lane_word(lane))
        if lane == reg.LANE_RELEASE != item.committed_lane:
            self._fault_stop(reg.ALARM_RELEASE_WITHOUT_DECISION)
        m.event(reg.EVT_DIVERTED, zone, item.track_id, lane_word(lane), item.why)
        m.count(LANE_TOTALS[lane])
        self._tracker.forget(item)

    def _stranger(self, lane: int) -> None:
        """A carton in a lane that nobody tracked."""
        m, zone = self._m, self._m.config.divert_zone
        item = self._tracker.new_item(m.config.lane_eye_mm, zone, len(m.config.eyes), doubtful=True)
        track_id = item.track_id if item else 0
        m.count("unexpected")
        m.alarm(reg.ALARM_UNEXPECTED_ITEM)
        m.event(reg.EVT_UNEXPECTED, zone, track_id)
        m.event(reg.EVT_DIVERTED, zone, track_id, lane_word(lane), reg.WHY_UNKNOWN_ITEM)
        m.count(LANE_TOTALS[lane])
        if item is not None:
            self._tracker.forget(item)
        if lane == reg.LANE_RELEASE:
            self._fault_stop(reg.ALARM_RELEASE_WITHOUT_DECISION)

    def _not_confirmed(self, item: Item) -> None:
        m = self._m
        m.alarm(reg.ALARM_NOT_CONFIRMED)
        m.event(reg.EVT_NOT_CONFIRMED, m.config.divert_zone, item.track_id, lane_word(item.committed_lane or m.default_lane))
        m.count("lost")
        self._tracker.forget(item)
