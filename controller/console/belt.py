"""Where the cartons are on the belt, from what the PLC says: a photo-eye's place, and how far the belt went since.

One rule: a place is said with the line time at which it was true, and only where the PLC has said enough to know it; else it is
null. Between two reports a page moves it by the belt's speed; whatever makes that wrong (the belt stops, starts, changes speed,
drifts from its counter) is told anew. Source: plc-contract, event ring (`belt_mm`, `t_ms`) and status block (SPEED, RUNNING).
"""

import msgspec

from controller.console.plan import Station, stations_of
from controller.console.views import Value, codes_shown, last4
from controller.domain.reasons import Blocker
from controller.line import plc_clock
from controller.line.belt import PlcFlag, RingKind
from controller.line.commands import Outcome
from controller.line.events import Stamped
from controller.line.explain import View
from controller.line.plc_events import PlcLost, PlcStatus, PlcStatusChanged, PlcSynced, RingEvent
from controller.line.state import LineFacts, LineState, Passage
from controller.settings.model import Settings

COUNTER_MODULUS = 65536
COUNTER_BACK = 60_000  # a counter that seems to have gone so far went back by a rounding
DRIFT_MOST_MM = 15  # a page's own reckoning may be so far off before it is told the place anew
EXECUTE = 6
FRONT_SEEN = frozenset({RingKind.INDUCT, RingKind.ARRIVED, RingKind.GATE_OPEN, RingKind.XRAY_ENTRY})
# A carton with one of these may not be the thing that the PLC follows under its number.
DOUBTFUL = frozenset({"unexpected_item", "not_tracked", "tracking_lost", "events_lost", "size_or_gap_error"})


class _Track(msgspec.Struct):
    """`anchor_mm` is where the front was when the belt had gone `anchor_travel`; `shown` is what pages reckon from."""

    station: str
    anchor_mm: float | None = None
    anchor_travel: float = 0.0
    gate_travel: float | None = None
    length_mm: int | None = None
    shown: tuple[int, int] | None = None


class BeltPicture:
    """A listener of the core that follows the belt. What was on it before this began is unknown until the next photo-eye."""

    def __init__(self, settings: Settings, state: LineState) -> None:
        self._state = state
        self._stations = {one.zone: one for one in stations_of(settings)}
        self._divert_mm = settings.line.geometry.divert_mm
        self._own_speed = settings.line.speed_mm_s
        self._line_ms = state.facts.line_ms
        self._tracks = {key: _Track(_last_station(state.passages[key])) for key in state.facts.live}
        # How far the belt has gone: exactly at the PLC's last record, and reckoned from `mark` on.
        self._epoch = state.facts.epoch
        self._counter = -1
        self._counter_travel = 0.0
        self._mark_travel, self._mark_ms = 0.0, self._line_ms
        self._speed = 0
        self._blind = True
        if state.facts.plc_synced and state.facts.plc_status is not None:
            self._set_speed(state.facts.plc_status)

    def take(self, seq: int, stamped: Stamped, outcome: Outcome) -> None:
        self._line_ms = max(self._line_ms, stamped.line_ms)
        event = stamped.event
        if isinstance(event, RingEvent):
            self._on_record(event)
        elif isinstance(event, PlcStatusChanged):
            self._set_speed(event.status)
        elif isinstance(event, PlcSynced):
            self._mark_ms = self._line_ms
            if event.epoch != self._epoch:
                self._epoch, self._counter = event.epoch, -1  # another generation counts from elsewhere
            self._set_speed(event.status)
        elif isinstance(event, PlcLost):
            self._mark()
            self._speed, self._blind = 0, True

    @property
    def running(self) -> bool | None:
        """Whether the belt runs; nothing while the PLC does not say."""
        facts = self._state.facts
        return bool(self._speed) if facts.plc_synced and facts.plc_status is not None else None

    def value(self, view: View) -> Value:
        """The value `belt` of the live stream."""
        facts = self._state.facts
        known = facts.plc_synced and facts.plc_status is not None
        cartons = [self._shown(key, view) for key in facts.live if key in self._state.passages and self._told(key)]
        self._tracks = {key: track for key, track in self._tracks.items() if key in facts.live}
        return {
            "running": self.running, "speed_mm_s": self._speed if known else None,
            "at_ms": self._mark_ms, "cartons": cartons,
        }  # fmt: skip

    def place(self, key: str) -> tuple[int, int] | None:
        """Where the front of a carton was and when that was so; nothing where the PLC has not said enough."""
        track = self._tracks.get(key)
        return self._front(track) if track is not None else None

    # --- the belt ---

    def _on_record(self, event: RingEvent) -> None:
        at_ms = _at_ms(self._state.facts, event)
        self._count(event.belt_mm, at_ms)
        if event.kind == RingKind.STATE_CHANGE and event.arg1 != EXECUTE:
            self._speed = 0
        key = f"{event.epoch}:{event.track_id}"
        station = self._stations.get(event.zone)
        if event.kind in (RingKind.INDUCT, RingKind.UNEXPECTED):
            self._tracks[key] = _Track(station.name if station else "")
        track = self._tracks.get(key)
        if track is not None and station is not None:
            self._place(track, event, station)

    def _count(self, counter: int, at_ms: int) -> None:
        """The record says how far the belt had gone when it was made: exact, whatever was reckoned."""
        gone = (counter - self._counter) % COUNTER_MODULUS if self._counter >= 0 else -1
        if gone < 0:
            self._counter_travel = self._travel(at_ms)
        elif gone < COUNTER_BACK:
            self._counter_travel += gone
        self._counter = counter
        self._mark_travel, self._mark_ms = self._counter_travel, at_ms
        self._blind = False

    def _place(self, track: _Track, event: RingEvent, station: Station) -> None:
        """A photo-eye has seen its front or its rear: that is where it was."""
        travel, kind = self._counter_travel, event.kind
        front: float | None = None
        if kind in FRONT_SEEN or (kind == RingKind.UNEXPECTED and station.from_mm == station.to_mm):
            front = station.from_mm
            track.gate_travel = travel if kind == RingKind.GATE_OPEN else None
        elif kind == RingKind.DECISION_WANTED:
            front = self._divert_mm - event.arg1
        elif kind == RingKind.GATE_CLOSED and track.gate_travel is not None:
            track.length_mm, track.gate_travel = round(travel - track.gate_travel), None
        elif kind in (RingKind.LEFT, RingKind.XRAY_EXIT) and track.length_mm is not None:
            front = station.to_mm + track.length_mm
        if front is not None:
            track.anchor_mm, track.anchor_travel, track.station = front, travel, station.name

    def _set_speed(self, status: PlcStatus) -> None:
        self._mark()
        running = bool(status.flags & PlcFlag.RUNNING)
        self._speed = (status.speed_mm_s or self._own_speed) if running else 0

    def _mark(self) -> None:
        self._mark_travel, self._mark_ms = self._travel(self._line_ms), max(self._line_ms, self._mark_ms)

    def _travel(self, at_ms: int) -> float:
        return self._mark_travel + self._speed * max(at_ms - self._mark_ms, 0) / 1000

    # --- what is shown ---

    def _told(self, key: str) -> bool:
        """The core may be a row ahead of what is durable."""
        return key in self._tracks or self._state.passages[key].inducted_ms < self._line_ms

    def _shown(self, key: str, view: View) -> Value:
        passage = self._state.passages[key]
        track = self._tracks.setdefault(key, _Track(_last_station(passage)))
        carton = self._state.cartons.get(passage.carton) if passage.carton else None
        ordered = passage.ordered
        text = carton.carton_no if carton is not None else passage.scan_identity.text if passage.scan_identity is not None else ""
        codes = tuple(Blocker(code, "") for code in ordered.blockers) if ordered is not None else ()
        place = self._front(track)
        return {
            "track": key, "carton": carton.carton_no if carton is not None else "", "last4": last4(text),
            "front_mm": place[0] if place is not None else None, "at_ms": place[1] if place is not None else None,
            "length_mm": track.length_mm, "ordered": ordered.lane if ordered is not None else "",
            "codes": codes_shown(codes, view), "station": track.station,
            "doubtful": self._blind or place is None or not DOUBTFUL.isdisjoint(passage.marks),
        }  # fmt: skip

    def _front(self, track: _Track) -> tuple[int, int] | None:
        """Place and its time. It stays as it was told while a page, moving it by the belt's speed, is right."""
        if track.anchor_mm is None:
            return None
        now = track.anchor_mm + self._travel(self._line_ms) - track.anchor_travel
        if track.shown is not None:
            front_mm, at_ms = track.shown
            if abs(front_mm + self._speed * (self._line_ms - at_ms) / 1000 - now) <= DRIFT_MOST_MM:
                return track.shown
        track.shown = (round(now), self._line_ms)
        return track.shown


def _at_ms(facts: LineFacts, event: RingEvent) -> int:
    """Line time of a record from the PLC's clock, by the core's estimate of it; the time of reading where there is none."""
    told = plc_clock.at_ms(facts.plc_clock, event)
    return told if told >= 0 else event.read_ms


def _last_station(passage: Passage) -> str:
    """The last station that is known to have seen it."""
    seen = (
        ("decision", passage.decide_ms >= 0), ("verify", passage.verify is not None), ("xray", passage.inspection is not None),
        ("weigh", passage.weigh is not None), ("scan", passage.scan is not None),
    )  # fmt: skip
    return next((name for name, there in seen if there), "induct")
