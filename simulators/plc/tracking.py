"""Tracking: which item stands where, from photo-eye edges and belt travel alone.

The one rule: an edge within the window of the expected item confirms it; anything else makes an item lost,
unexpected or doubtful, and
each of those takes the default lane. Ids are 1..65534 inside an epoch and skip those still on the line.
Source: contract CIL-1 "Event ring R", fail-safe rules 2 to 4; devices reference section 2 (tracking window).
"""

from collections.abc import Callable
from dataclasses import dataclass

from simulators.plc import registers as reg
from simulators.plc.config import TrackEye
from simulators.plc.field import Field
from simulators.plc.memory import Item, Memory

LAST_TRACK_ID = 65_534
FLICKER_MM = 20  # an edge this far inside the body of the item just seen belongs to that item


@dataclass(slots=True)
class EyeState:
    """What the program remembers of one photo-eye."""

    covered: bool = False
    covered_at_mm: float = 0.0
    cleared_at_mm: float = float("-inf")
    item: Item | None = None
    rear_reported: bool = True
    losses: int = 0


class Tracker:
    def __init__(self, memory: Memory, field: Field, arrived: Callable[[Item, TrackEye], None]) -> None:
        self._m = memory
        self._field = field
        self._arrived = arrived
        self._eyes = [EyeState(covered=field.eye(eye.name)) for eye in memory.config.eyes]
        self.jam_found: tuple[int, int, int] | None = None  # set by a scan: eyes (undisturbed before, jammed, undisturbed after)

    def zero(self) -> None:
        """At an epoch change: every id is void and the next carton is number one again."""
        self._m.items.clear()
        self._m.next_track_id = 1
        for state in self._eyes:
            state.item, state.rear_reported, state.losses = None, True, 0

    def scan(self, moved_mm: float) -> None:
        for item in self._m.items:
            item.pos_mm += moved_mm
        self.jam_found = None
        for index, eye in enumerate(self._m.config.eyes):
            covered = self._field.eye(eye.name)
            if covered or self._eyes[index].covered:
                self._look(index, eye, covered)
        self._find_lost()

    def covered_mm(self) -> list[float]:
        """How far the belt has moved under each eye that is covered, since it was."""
        return [self._m.belt_mm - state.covered_at_mm for state in self._eyes if state.covered]

    def forget(self, item: Item) -> None:
        if item in self._m.items:
            self._m.items.remove(item)
        for state in self._eyes:
            if state.item is item:
                state.item = None

    def void_between(self, first: int, last: int) -> None:
        """A jam: only the ids between the two undisturbed eyes are lost."""
        eyes = self._m.config.eyes
        low_mm = eyes[first].at_mm if first >= 0 else float("-inf")
        high_mm = eyes[last].at_mm if last < len(eyes) else float("inf")
        for item in [i for i in self._m.items if low_mm < i.pos_mm < high_mm and not i.entered]:
            self._lose(item)
        for index in range(max(first, 0), min(last + 1, len(eyes))):
            self._eyes[index].losses = 0

    def restart_measuring(self) -> None:
        """After a jam was cleared: an eye that is still covered starts counting from here."""
        for state in self._eyes:
            if state.covered:
                state.covered_at_mm = self._m.belt_mm

    def new_item(self, pos_mm: float, zone: int, eye: int, *, doubtful: bool) -> Item | None:
        m = self._m
        if len(m.items) >= reg.TABLE_ROWS:
            m.alarm(reg.ALARM_TABLE_FULL)
            return None
        item = Item(self._next_id(), pos_mm, zone, eye, doubtful=doubtful)
        m.items.append(item)
        m.items.sort(key=lambda i: -i.pos_mm)
        return item

    # --- edges -------------------------------------------------------------------------------------
    def _look(self, index: int, eye: TrackEye, covered: bool) -> None:
        state, belt_mm = self._eyes[index], self._m.belt_mm
        if covered and not state.covered:
            self._front(index, eye, state)
            state.covered_at_mm = belt_mm
        elif state.covered and not covered:
            state.cleared_at_mm = belt_mm
            self._rear(eye, state)
        elif covered and belt_mm - state.covered_at_mm > self._m.config.jam_mm:
            self.jam_found = self._undisturbed_around(index)
        state.covered = covered

    def _front(self, index: int, eye: TrackEye, state: EyeState) -> None:
        m, c = self._m, self._m.config
        gap_mm = m.belt_mm - state.cleared_at_mm
        item = first_in_window(m.items, index, eye.at_mm, c.window_mm) if index else None
        previous = state.item
        if item is None and index and previous is not None and self._inside(previous, eye):
            self._doubt(previous, eye, round(previous.length_mm), round(gap_mm))
            return
        if item is None and index == 0:
            item = self._induct(eye)
        elif item is None:
            item = self._unexpected(index, eye)
        else:
            state.losses = 0
        if item is None:
            state.item = None
            return
        item.eye, item.pos_mm, item.zone = index, float(eye.at_mm), eye.zone
        state.item, state.rear_reported = item, False
        if gap_mm < c.min_gap_mm:
            # Neither of the two can be told from the other with certainty.
            self._doubt(item, eye, 0, round(gap_mm))
            if previous is not None:
                self._doubt(previous, eye, round(previous.length_mm), round(gap_mm))
        self._report_front(item, eye)

    def _inside(self, previous: Item, eye: TrackEye) -> bool:
        length_mm = previous.length_mm or self._m.config.max_length_mm
        return 0 <= previous.pos_mm - eye.at_mm < length_mm - FLICKER_MM

    def _induct(self, eye: TrackEye) -> Item | None:
        item = self.new_item(eye.at_mm, eye.zone, 0, doubtful=self._m.purge)
        if item is not None:
            self._m.count("inducted")
        return item

    def _unexpected(self, index: int, eye: TrackEye) -> Item | None:
        m = self._m
        item = self.new_item(eye.at_mm, eye.zone, index, doubtful=True)
        m.count("unexpected")
        m.alarm(reg.ALARM_UNEXPECTED_ITEM)
        m.event(reg.EVT_UNEXPECTED, eye.zone, item.track_id if item else 0)
        return item

    def _report_front(self, item: Item, eye: TrackEye) -> None:
        m = self._m
        if eye.on_front == reg.EVT_DECISION_WANTED:
            if not item.doubtful:
                m.event(reg.EVT_DECISION_WANTED, eye.zone, item.track_id, self.left_mm(item), eye.point)
        elif eye.on_front:
            m.event(eye.on_front, eye.zone, item.track_id)
        if eye.on_front == reg.EVT_XRAY_ENTRY:
            self._field.xray_entry(f"{m.epoch}:{item.track_id}")
        if eye.on_front == reg.EVT_GATE_OPEN:
            self._field.scan_gate(eye.zone, True)
        self._arrived(item, eye)

    def _rear(self, eye: TrackEye, state: EyeState) -> None:
        item = state.item
        if item is None:
            return
        c = self._m.config
        length_mm = self._m.belt_mm - state.covered_at_mm
        if not state.rear_reported:
            if item.length_mm == 0:
                item.length_mm = length_mm
                wrong = not c.min_length_mm <= length_mm <= c.max_length_mm
            else:
                wrong = abs(length_mm - item.length_mm) > c.length_tolerance_mm
            if wrong:
                self._doubt(item, eye, round(length_mm), 0)
            if eye.on_rear:
                self._m.event(eye.on_rear, eye.zone, item.track_id)
            state.rear_reported = True
        if eye.on_rear == reg.EVT_GATE_CLOSED:
            self._field.scan_gate(eye.zone, False)

    def _doubt(self, item: Item, eye: TrackEye, length_mm: int, gap_mm: int) -> None:
        """Event 9. A doubtful item takes the default lane, also when its lane was chosen already."""
        m = self._m
        if item.doubtful or item.entered or item not in m.items:
            return
        item.doubtful, item.lane = True, 0
        if item.committed_lane and item.committed_lane != m.default_lane:
            item.committed_lane, item.why = m.default_lane, reg.WHY_UNKNOWN_ITEM
            m.count("default_routed")
        m.alarm(reg.ALARM_SIZE_GAP)
        m.event(reg.EVT_SIZE_GAP, eye.zone, item.track_id, length_mm, max(0, min(gap_mm, 65535)))

    def left_mm(self, item: Item) -> int:
        return max(0, round(self._m.config.divert_mm - item.pos_mm))

    # --- lost and jam ------------------------------------------------------------------------------
    def _find_lost(self) -> None:
        m, eyes = self._m, self._m.config.eyes
        for item in list(m.items):
            nxt = item.eye + 1
            if nxt >= len(eyes) or item.pos_mm <= eyes[nxt].at_mm + m.config.window_mm:
                continue
            self._lose(item)
            self._eyes[nxt].losses += 1
            if self._eyes[nxt].losses >= m.config.losses_until_jam:
                self.jam_found = self._undisturbed_around(nxt)

    def _lose(self, item: Item) -> None:
        m = self._m
        m.count("lost")
        m.alarm(reg.ALARM_LOST_ITEM)
        m.event(reg.EVT_LOST, item.zone, item.track_id)
        self.forget(item)

    def _undisturbed_around(self, index: int) -> tuple[int, int, int]:
        eyes = self._m.config.eyes
        low, high = index - 1, index + 1
        while low >= 0 and self._field.eye(eyes[low].name):
            low -= 1
        while high < len(eyes) and self._field.eye(eyes[high].name):
            high += 1
        return low, index, high

    def _next_id(self) -> int:
        m = self._m
        live = {item.track_id for item in m.items}
        while True:
            track_id = m.next_track_id
            m.next_track_id = track_id % LAST_TRACK_ID + 1
            if track_id not in live:
                return track_id


def first_in_window(items: list[Item], index: int, at_mm: int, window_mm: int) -> Item | None:
    """The front-most item that this eye has not seen yet and that should be here now."""
    return next((i for i in items if i.eye < index and abs(i.pos_mm - at_mm) <= window_mm), None)
