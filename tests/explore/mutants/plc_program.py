"""Wrong PLC programs: what a programmer could make of contract CIL-1. The checkers must find them on our wire.

One rule: the controller is unchanged; a site's acceptance run must show such a program.
"""

from typing import Any

import pytest

from simulators.plc import decisions, diverting, machine, memory, program, tracking
from simulators.plc import host_link as links
from simulators.plc import registers as reg
from simulators.plc.words import lane_word

Patch = pytest.MonkeyPatch


def plc_keeps_last_lane(patch: Patch) -> None:
    """When the host is dead, undecided cartons take the lane of the last decided one."""
    real = diverting.Diverting._choice

    def choice(self: diverting.Diverting, item: memory.Item) -> tuple[int, int]:
        lane, why = real(self, item)
        if why == reg.WHY_DECISION:
            self._last_lane = lane  # type: ignore[attr-defined]
        elif why == reg.WHY_LINK_LOST:
            lane = getattr(self, "_last_lane", lane)
        return lane, why

    patch.setattr(diverting.Diverting, "_choice", choice)


def plc_releases_late_ones(patch: Patch) -> None:
    """A carton without a decision in time takes the release lane, so that the line does not stop."""
    real = diverting.Diverting._choice

    def choice(self: diverting.Diverting, item: memory.Item) -> tuple[int, int]:
        lane, why = real(self, item)
        return (reg.LANE_RELEASE, why) if why == reg.WHY_TIME_OUT else (lane, why)

    patch.setattr(diverting.Diverting, "_choice", choice)


def plc_takes_half_written(patch: Patch) -> None:
    """Decision records are taken without their check word."""
    patch.setattr(decisions, "check_holds", lambda record, check_at: True)


def plc_honours_old_epochs(patch: Patch) -> None:
    """Block H is kept over an epoch change, ids begin at 1 again, and a decision counts for whatever carton has its id now."""
    real_judge, real_change = decisions.DecisionMailboxes._judge, program.PlcProgram._change_epoch

    def judge(self: decisions.DecisionMailboxes, record: tuple[int, ...]) -> int:
        return real_judge(self, (self._m.epoch, *record[1:]))

    def scan(self: decisions.DecisionMailboxes) -> None:
        real_scan(self)
        for slot, record in enumerate(self._judged):
            if record and self._m.item(record[reg.D_TRACK_ID]) is None:
                self._judged[slot], self._looked_at = (), []  # waits for its carton

    def change(self: program.PlcProgram, stopped_in: int, epoch: int | None = None) -> None:
        kept = list(self.memory.host)
        real_change(self, stopped_in, epoch)
        self.memory.host[reg.H_DECISION :] = kept[reg.H_DECISION :]
        self.memory.next_track_id = 1

    real_scan = decisions.DecisionMailboxes.scan
    patch.setattr(decisions.DecisionMailboxes, "scan", scan)
    patch.setattr(decisions.DecisionMailboxes, "_judge", judge)
    patch.setattr(program.PlcProgram, "_change_epoch", change)


def plc_takes_any_order(patch: Patch) -> None:
    """All slots are taken again in every scan, whatever sequence they bear: the last slot wins."""

    def scan(self: decisions.DecisionMailboxes) -> None:
        for slot in range(reg.H_DECISION_SLOTS):
            start = reg.H_DECISION + slot * reg.H_DECISION_WORDS
            record = tuple(self._m.host[start : start + reg.H_DECISION_WORDS])
            item = self._m.item(record[reg.D_TRACK_ID]) if record[reg.D_SEQ] else None
            if item is not None and item.last_record and record != item.last_record:
                item.last_record, item.last_seq = (), 0
                self._take(slot, record)
        real(self)

    real = decisions.DecisionMailboxes.scan
    patch.setattr(decisions.DecisionMailboxes, "scan", scan)


def plc_trusts_every_item(patch: Patch) -> None:
    """Size and gap errors and unexpected cartons change nothing: a decision counts for them, too."""
    patch.setattr(tracking.Tracker, "_doubt", lambda self, item, eye, length_mm, gap_mm: None)
    real = tracking.Tracker.new_item

    def new_item(self: tracking.Tracker, pos_mm: float, zone: int, eye: int, *, doubtful: bool) -> Any:
        return real(self, pos_mm, zone, eye, doubtful=False)

    patch.setattr(tracking.Tracker, "new_item", new_item)


def plc_jam_voids_nothing(patch: Patch) -> None:
    """After a jam the cartons are believed to lie where they lay."""
    patch.setattr(tracking.Tracker, "void_between", lambda self, first, last: None)


def plc_tells_the_ordered_lane(patch: Patch) -> None:
    """Event 5 tells the lane that was set, not the one whose eye saw the carton."""
    real = memory.Memory.event

    def event(self: memory.Memory, kind: int, zone: int = 0, track_id: int = 0, arg1: int = 0, arg2: int = 0) -> None:
        item = self.item(track_id) if kind == reg.EVT_DIVERTED else None
        if item is not None and item.committed_lane:
            arg1 = lane_word(item.committed_lane)
        real(self, kind, zone, track_id, arg1, arg2)

    patch.setattr(memory.Memory, "event", event)


def plc_ids_go_on_over_epochs(patch: Patch) -> None:
    """An emergency stop does not change the epoch: the cartons on the belt keep their ids."""

    def safety(self: machine.Machine) -> None:
        m = self._m
        estop_ok, guards_ok = self._field.estop_healthy(), self._field.guards_closed()
        opened = (self._estop_ok and not estop_ok) or (self._guards_ok and not guards_ok)
        self._estop_ok, self._guards_ok = estop_ok, guards_ok
        if opened:
            m.safety_reset_needed = m.local_start_needed = True
            self._set_state(reg.STATE_ABORTED)
            m.event(reg.EVT_ESTOP, arg1=1)

    patch.setattr(machine.Machine, "_safety", safety)


def plc_starts_after_estop(patch: Patch) -> None:
    """The belt starts again by itself when the emergency stop is released."""
    real = machine.Machine.read_inputs

    def read_inputs(self: machine.Machine) -> None:
        real(self)
        m = self._m
        if m.safety_reset_needed and self._estop_ok and self._guards_ok:
            m.safety_reset_needed = m.local_start_needed = False
            m.state = reg.STATE_IDLE
            self._start()

    patch.setattr(machine.Machine, "read_inputs", read_inputs)


def plc_loses_records(patch: Patch) -> None:
    """A full ring drops the newest record and says nothing."""
    from simulators.plc.ring import EventRing

    real = EventRing.append

    def append(self: EventRing, body: Any) -> list[int]:
        if self.unacknowledged == reg.RING_RECORDS:
            return [self.head, *body, self.head]
        return real(self, body)

    patch.setattr(EventRing, "append", append)


def plc_leaves_fail_safe(patch: Patch) -> None:
    """Fail-safe ends by itself when the host is back; nobody asked with command 34."""
    real = links.HostLink._own

    def own(self: links.HostLink, heartbeat: int, epoch: int) -> None:
        lost = not self._m.link_ok
        real(self, heartbeat, epoch)
        if lost and self._m.link_ok:
            self._m.fail_safe = False

    def take(self: links.HostLink, session: int, heartbeat: int) -> None:
        real_take(self, session, heartbeat)
        self._m.fail_safe = False

    real_take = links.HostLink._take
    patch.setattr(links.HostLink, "_own", own)
    patch.setattr(links.HostLink, "_take", take)
