"""The machine: PackML states, safety inputs, buttons, motors, purge, jam, held stations, barrier pulses.

The one rule: nothing restarts by itself after safety, and nothing permissive is possible while something is
open, missing or doubtful.
Source: contract CIL-1 fail-safe rules 1, 2 and 4, "Commands", FLAGS; PackML state numbers in the devices
reference, section 6.
"""

from typing import Protocol

from simulators.plc import registers as reg
from simulators.plc.config import TrackEye
from simulators.plc.diverting import Diverting
from simulators.plc.field import Field
from simulators.plc.memory import Item, Memory
from simulators.plc.tracking import Tracker

INDUCTION_ZONE = 1
TABLE_RESERVE = 4  # rows kept free for unexpected items
BARRIER_OPEN, BARRIER_CLOSED = 1, 2
STARTABLE = (reg.STATE_STOPPED, reg.STATE_IDLE, reg.STATE_HELD)
LATCHED = (reg.ALARM_JAM, reg.ALARM_RELEASE_WITHOUT_DECISION, reg.ALARM_TABLE_FULL)


class ChangeEpoch(Protocol):
    def __call__(self, stopped_in: int, epoch: int | None = None) -> None: ...


class Machine:
    def __init__(self, memory: Memory, field: Field, change_epoch: ChangeEpoch) -> None:
        self._m = memory
        self._field = field
        self._change_epoch = change_epoch
        self.tracker = Tracker(memory, field, self._arrived)
        self.diverting = Diverting(memory, field, self.tracker, self._fault_stop)
        self._estop_ok = field.estop_healthy()
        self._guards_ok = field.guards_closed()
        self._purge_owed = False  # unknown cartons may stand on the belt
        self._purge_left_mm = 0.0
        self._held: dict[int, Item] = {}  # station -> the item that stands there
        self._waiting = False  # the PLC itself has stopped the belt and will go on
        self._barriers: dict[int, int] = {}  # gate -> driven open for so many ms more
        self._barrier_at: dict[int, int] = {}  # gates that have not come to rest closed -> their last position

    # --- one scan ----------------------------------------------------------------------------------
    def read_inputs(self) -> None:
        m = self._m
        m.local_mode = self._field.local_mode() or m.unit_mode != reg.MODE_PRODUCTION
        self._safety()
        self._lanes()
        for button in self._field.presses():
            self._button(button)

    def scan(self, dt_ms: int, moved_mm: float) -> None:
        m = self._m
        self.tracker.scan(moved_mm)
        self.diverting.scan(dt_ms, m.main_on)
        if self.tracker.jam_found is not None and not m.jam:
            self._jam(*self.tracker.jam_found)
        if m.alarms & 1 << (reg.ALARM_TABLE_FULL - 1) and m.state == reg.STATE_EXECUTE:
            self._set_state(reg.STATE_HELD)
        if m.state == reg.STATE_STARTING:
            m.horn_ms -= dt_ms
            if m.horn_ms <= 0:
                self._set_state(reg.STATE_EXECUTE)
        self._stations()
        self._purging(moved_mm)
        self._pulses(dt_ms)
        self._motors()

    def coast(self, ms: int, moved_mm: float) -> None:
        """Time and travel in which no input changed and no limit was reached."""
        m = self._m
        for item in m.items:
            item.pos_mm += moved_mm
            if item.lane and m.main_on:
                item.ttl_ms = max(0, item.ttl_ms - ms)
        if m.state == reg.STATE_STARTING:
            m.horn_ms -= ms
        if m.purge:
            self._purge_left_mm -= moved_mm
        for gate in self._barriers:
            self._barriers[gate] -= ms

    def quiet_ms(self) -> list[int]:
        """What runs out by itself."""
        return [*self._barriers.values(), *([self._m.horn_ms] if self._m.state == reg.STATE_STARTING else [])]

    @property
    def purge_left_mm(self) -> float:
        return self._purge_left_mm

    def zero(self, *, stopped_in: int) -> None:
        """At an epoch change: nothing that was on the belt is known any more, and a person must start the
        belt.
        """
        m = self._m
        self.tracker.zero()
        self._held.clear()
        self._waiting = False
        self._purge_owed = True
        m.purge = m.jam = False
        m.local_start_needed = True
        self._set_state(stopped_in)
        self._motors()

    def belt_is_empty(self) -> None:
        """Hand-over by a person who has looked: nothing stands on the belt and the line may be started by
        the host.
        """
        m = self._m
        self._purge_owed = False
        m.safety_reset_needed = m.local_start_needed = False
        m.state = reg.STATE_IDLE

    # --- inputs ------------------------------------------------------------------------------------
    def _safety(self) -> None:
        m = self._m
        estop_ok, guards_ok = self._field.estop_healthy(), self._field.guards_closed()
        opened = (self._estop_ok and not estop_ok, self._guards_ok and not guards_ok)
        self._estop_ok, self._guards_ok = estop_ok, guards_ok
        if not any(opened):
            return
        m.safety_reset_needed = True
        self._change_epoch(reg.STATE_ABORTED)
        m.alarm(reg.ALARM_ESTOP if opened[0] else reg.ALARM_GUARD)
        m.event(reg.EVT_ESTOP, arg1=1 if opened[0] else 2)

    def _lanes(self) -> None:
        m = self._m
        full = available = 0
        for lane in reg.LANES:
            bit = 1 << (lane - 1)
            full |= bit if self._field.lane_full(lane) else 0
            available |= bit if self._field.lane_available(lane) else 0
            if (full ^ m.lanes_full) & bit:
                kind = reg.EVT_LANE_FULL if full & bit else reg.EVT_LANE_CLEAR
                m.event(kind, m.config.divert_zone, arg1=lane << 8 | (255 - lane))
        m.lanes_full, m.lanes_available = full, available

    def _button(self, button: str) -> None:
        m = self._m
        m.event(reg.EVT_BUTTON, arg1=reg.BUTTONS.index(button) + 1)
        if button == "stop":
            m.local_start_needed = True
            self._stop_belt(reg.STATE_STOPPED)
        elif button == "reset":
            self._local_reset()
        elif button == "start":
            self._local_start()
        elif button == "acknowledge" and not m.jam:
            self._clear_alarms()

    def _local_reset(self) -> None:
        m = self._m
        if not (self._estop_ok and self._guards_ok):
            return
        m.event(reg.EVT_RESET_SEEN)
        m.safety_reset_needed = False
        if m.jam:
            m.jam = False
            self.tracker.restart_measuring()
        self._clear_alarms()
        if m.state == reg.STATE_ABORTED:
            self._set_state(reg.STATE_STOPPED)

    def _clear_alarms(self) -> None:
        self._m.clear_alarms()

    def _local_start(self) -> None:
        m = self._m
        if m.epoch == 0 or self._start_refusal(local=True) or m.state not in STARTABLE:
            return
        m.local_start_needed = False
        self._start()

    # --- states ------------------------------------------------------------------------------------
    def packml(self, command: int) -> int:
        m = self._m
        if command in reg.STOP_COMMANDS:
            target = {
                reg.CMD_STOP: reg.STATE_STOPPED,
                reg.CMD_HOLD: reg.STATE_HELD,
                reg.CMD_ABORT: reg.STATE_ABORTED,
            }
            self._stop_belt(target[command])
            return reg.RESULT_ACCEPTED
        if command in (reg.CMD_START, reg.CMD_UNHOLD):
            wanted = STARTABLE if command == reg.CMD_START else (reg.STATE_HELD,)
            refusal = self._start_refusal(local=False)
            if refusal:
                return refusal
            if m.state not in wanted:
                return reg.RESULT_NOT_ALLOWED
            self._start()
            return reg.RESULT_ACCEPTED
        steps = {
            reg.CMD_RESET: (reg.STATE_STOPPED, reg.STATE_IDLE),
            reg.CMD_CLEAR: (reg.STATE_ABORTED, reg.STATE_STOPPED),
        }
        before, after = steps.get(command, (-1, -1))
        if m.state != before:
            return reg.RESULT_NOT_ALLOWED
        if m.safety_reset_needed:
            return reg.RESULT_SAFETY_OPEN
        self._set_state(after)
        return reg.RESULT_ACCEPTED

    def change_mode(self, mode: int) -> int:
        m = self._m
        if m.state in (reg.STATE_EXECUTE, reg.STATE_STARTING):
            return reg.RESULT_NOT_ALLOWED
        m.unit_mode = mode
        m.event(reg.EVT_STATE, arg1=m.state, arg2=mode)
        return reg.RESULT_ACCEPTED

    def _start_refusal(self, *, local: bool) -> int:
        m = self._m
        if m.safety_reset_needed or not (self._estop_ok and self._guards_ok):
            return reg.RESULT_SAFETY_OPEN
        latched = any(m.alarms & 1 << (code - 1) for code in LATCHED)
        if m.jam or latched or (m.local_start_needed and not local):
            return reg.RESULT_NOT_ALLOWED
        return 0

    def _start(self) -> None:
        m = self._m
        self._waiting = False
        m.horn_ms = m.config.horn_ms
        if self._purge_owed:
            self._purge_owed = False
            line_mm = m.config.lane_eye_mm + m.config.max_length_mm + m.config.window_mm
            self._begin_purge(line_mm)
        self._set_state(reg.STATE_STARTING)

    def _stop_belt(self, state: int) -> None:
        m = self._m
        self._waiting = False
        # A hold must not soften a stop, nor a stop an abort.
        order = {reg.STATE_HELD: 1, reg.STATE_STOPPED: 2, reg.STATE_ABORTED: 3}
        if order.get(m.state, 0) < order[state] and not (m.state == reg.STATE_IDLE and state == reg.STATE_HELD):
            self._set_state(state)
        self._motors()

    def _fault_stop(self, alarm: int) -> None:
        self._m.alarm(alarm)
        self._stop_belt(reg.STATE_HELD)

    def _set_state(self, state: int) -> None:
        m = self._m
        if state != m.state:
            m.state = state
            m.event(reg.EVT_STATE, arg1=state, arg2=m.unit_mode)

    # --- motors ------------------------------------------------------------------------------------
    def _motors(self) -> None:
        m = self._m
        waits = self.diverting.wait_for_lane or bool(self._held)
        if waits and m.state == reg.STATE_EXECUTE:
            self._waiting = True
            self._set_state(reg.STATE_HELD)
        elif self._waiting and not waits and m.state == reg.STATE_HELD:
            self._waiting = False
            self._set_state(reg.STATE_EXECUTE)
        main = m.state == reg.STATE_EXECUTE and not self.diverting.wait_for_diverter
        if main and not m.main_on:
            self._belt_starts()
        m.main_on = main
        m.infeed_on = main and self._may_induct()
        self._field.drive(infeed=m.infeed_on, main=main, divert_to=self.diverting.divert_to)

    def _belt_starts(self) -> None:
        m = self._m
        if not m.link_ok:
            m.void_releases()
        point = next((eye for eye in m.config.eyes if eye.on_front == reg.EVT_DECISION_WANTED), None)
        if point is None:
            return
        for item in [i for i in m.undecided() if i.pos_mm >= point.at_mm]:
            m.event(reg.EVT_DECISION_WANTED, point.zone, item.track_id, self.tracker.left_mm(item), point.point)

    def _may_induct(self) -> bool:
        m = self._m
        stopped = m.fail_safe or m.conflict or not m.link_ok or m.purge or m.jam
        crowded = m.ring.unacknowledged > reg.RING_BACKLOG_LIMIT or len(m.items) > reg.TABLE_ROWS - TABLE_RESERVE
        return not (stopped or crowded or m.host_flags & reg.HOST_DRAIN) and self._passes(INDUCTION_ZONE)

    def _passes(self, station: int) -> bool:
        return bool(self._m.pass_mask >> (station - 1) & 1)

    # --- stations ----------------------------------------------------------------------------------
    def _arrived(self, item: Item, eye: TrackEye) -> None:
        c = self._m.config
        if eye.name == c.eyes[-1].name:
            item.at_divert = True
        first = next(e for e in c.eyes if e.zone == eye.zone)
        if eye is first and eye.zone in c.hold_stations and not self._passes(eye.zone):
            self._held[eye.zone] = item

    def _stations(self) -> None:
        m = self._m
        for station, item in list(self._held.items()):
            if self._passes(station) or item not in m.items:
                del self._held[station]
        m.held_zones = sum(1 << (station - 1) for station in self._held)
        if m.state == reg.STATE_EXECUTE and not self._passes(INDUCTION_ZONE):
            m.held_zones |= 1 << (INDUCTION_ZONE - 1)

    def pass_item(self, station: int, track_id: int) -> int:
        item = self._held.get(station)
        if item is None or item.track_id != track_id:
            return reg.RESULT_NOT_ALLOWED
        del self._held[station]
        return reg.RESULT_ACCEPTED

    # --- purge, jam, removal, epoch ----------------------------------------------------------------
    def purge(self) -> int:
        for item in self._m.items:
            item.lane = 0
            if item.committed_lane and not item.entered and item.committed_lane != self._m.default_lane:
                item.committed_lane, item.why = self._m.default_lane, reg.WHY_PURGE
                self._m.count("default_routed")
        self._begin_purge(0.0)
        return reg.RESULT_ACCEPTED

    def _begin_purge(self, line_mm: float) -> None:
        m = self._m
        self._purge_left_mm = max(self._purge_left_mm, line_mm) if m.purge else line_mm
        if not m.purge:
            m.purge = True
            m.event(reg.EVT_PURGE_BEGIN)

    def _purging(self, moved_mm: float) -> None:
        m = self._m
        if m.purge:
            self._purge_left_mm -= moved_mm
            if self._purge_left_mm <= 0 and not m.items:
                m.purge = False
                m.event(reg.EVT_PURGE_END)

    def _jam(self, first: int, at: int, last: int) -> None:
        m = self._m
        m.jam = True
        m.count("jams")
        eyes = m.config.eyes
        m.event(reg.EVT_JAM, eyes[at].zone, arg1=eyes[at].at_mm)
        self.tracker.void_between(first, last)
        self._fault_stop(reg.ALARM_JAM)

    def item_removed(self, track_id: int) -> int:
        item = self._m.item(track_id)
        if item is None:
            return reg.RESULT_UNKNOWN_ID
        self._m.event(reg.EVT_REMOVED, item.zone, track_id)
        self.tracker.forget(item)
        return reg.RESULT_ACCEPTED

    def tracking_reset(self) -> int:
        self._change_epoch(self._m.state if self._m.state == reg.STATE_ABORTED else reg.STATE_STOPPED)
        return reg.RESULT_ACCEPTED

    def adopt_epoch(self, epoch: int) -> int:
        self._change_epoch(self._m.state, epoch)
        return reg.RESULT_ACCEPTED

    # --- barrier -----------------------------------------------------------------------------------
    def open_barrier(self, gate: int, check: int) -> int:
        del check  # which pass it was is the host's to prove; the PLC only wants it named
        self._barriers[gate] = self._m.config.barrier_ms
        self._barrier_at.setdefault(gate, BARRIER_CLOSED)
        self._field.drive_barrier(gate, True)
        return reg.RESULT_ACCEPTED

    def _pulses(self, dt_ms: int) -> None:
        for gate in list(self._barriers):
            self._barriers[gate] -= dt_ms
            if self._barriers[gate] <= 0:
                del self._barriers[gate]
                self._field.drive_barrier(gate, False)
        for gate, before in list(self._barrier_at.items()):
            # Only its limit switches speak: an order is no position.
            position = self._field.barrier_at(gate)
            if position not in (0, before):
                self._barrier_at[gate] = position
                self._m.event(reg.EVT_BARRIER, arg1=position, arg2=gate)
            if position == BARRIER_CLOSED and gate not in self._barriers:
                del self._barrier_at[gate]
