"""The PLC's memory: what all parts of the program read and write, as data blocks are in a real PLC.

The one rule: no behaviour beyond writing an event or latching an alarm; rules live in the modules that own
them.
Source: contract CIL-1, blocks S, T and C.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from simulators.plc import registers as reg
from simulators.plc.config import PlcConfig, PlcCounters
from simulators.plc.ring import EventRing
from simulators.plc.wire_log import WireLog


@dataclass(slots=True, eq=False)
class Item:
    """One tracked item: what the eyes said about it and which decision it has."""

    track_id: int
    pos_mm: float
    zone: int
    eye: int  # index of the last eye that has seen its front
    doubtful: bool = False  # unexpected, wrong size or gap: takes the default lane
    length_mm: float = 0.0
    lane: int = 0  # accepted decision, 0 = none
    flags: int = 0
    ttl_ms: int = 0
    last_seq: int = 0
    last_record: tuple[int, ...] = ()
    last_result: int = 0
    voided: bool = False  # a release was taken back by link loss or conflict
    committed_lane: int = 0
    why: int = 0
    at_divert: bool = False  # the divert eye has confirmed it
    entered: bool = False  # past the point where the diverter could still be changed

    def state(self) -> int:
        if self.committed_lane:
            return reg.ROW_COMMITTED
        if self.doubtful:
            return reg.ROW_UNKNOWN
        return reg.ROW_DECIDED if self.lane else reg.ROW_UNDECIDED


@dataclass(slots=True)
class Memory:
    config: PlcConfig
    counters: PlcCounters
    log: WireLog
    ring: EventRing
    epoch: int = 1
    boot_nonce: int = 1
    line_ms: int = 0
    t_ms: int = 0
    heartbeat: int = 0
    heartbeat_wait_ms: int = 0
    belt_mm: float = 0.0  # encoder travel since power-up
    belt_offset_mm: int = 0
    host: list[int] = field(default_factory=lambda: [0] * reg.H_SIZE)
    items: list[Item] = field(default_factory=list)  # the front-most first
    next_track_id: int = 1
    totals: dict[str, int] = field(default_factory=dict)
    unit_mode: int = reg.MODE_PRODUCTION
    state: int = reg.STATE_ABORTED
    safety_reset_needed: bool = True
    local_start_needed: bool = True
    purge: bool = False
    jam: bool = False
    local_mode: bool = False
    main_on: bool = False
    infeed_on: bool = False
    horn_ms: int = 0
    alarms: int = 0
    fault_first: int = 0
    lanes_full: int = 0
    lanes_available: int = 0
    held_zones: int = 0
    # --- host link ---------------------------------------------------------------------------------
    session_echo: int = 0
    hb_echo: int = 0
    link_ok: bool = False
    fail_safe: bool = True
    conflict: bool = False
    pass_mask: int = 0
    host_flags: int = 0
    # --- mailboxes ---------------------------------------------------------------------------------
    dec_echo: list[int] = field(default_factory=lambda: [0] * reg.H_DECISION_SLOTS)
    dec_result: list[int] = field(default_factory=lambda: [0] * reg.H_DECISION_SLOTS)
    cmd_echo: int = 0
    cmd_result: int = 0
    # --- values in force ---------------------------------------------------------------------------
    deadline_mm: int = 500
    hb_limit_ms: int = 2000
    default_lane: int = reg.LANE_INSPECT

    def event(self, kind: int, zone: int = 0, track_id: int = 0, arg1: int = 0, arg2: int = 0) -> None:
        place_mm = round(self.belt_mm) + self.belt_offset_mm
        record = self.ring.append((self.epoch, kind << 8 | zone, track_id, arg1, arg2, self.t_ms, place_mm))
        self.log.note(self.line_ms, "event", words=record)

    def alarm(self, code: int) -> None:
        if self.fault_first == 0:
            self.fault_first = code
        self.alarms |= 1 << (code - 1)

    def clear_alarms(self) -> None:
        self.alarms = self.fault_first = 0

    def count(self, total: str) -> None:
        self.totals[total] = (self.totals[total] + 1) % 65536

    def item(self, track_id: int) -> Item | None:
        return next((item for item in self.items if item.track_id == track_id), None)

    def undecided(self) -> Iterator[Item]:
        return (i for i in self.items if not (i.lane or i.doubtful or i.committed_lane))

    def lane_usable(self, lane: int) -> bool:
        bit = 1 << (lane - 1)
        return bool(self.lanes_available & bit) and not self.lanes_full & bit

    def void_releases(self) -> None:
        """Take back every accepted release that the diverter has not carried out yet."""
        for item in self.items:
            if item.lane == reg.LANE_RELEASE:
                item.lane, item.voided = 0, True
            if item.committed_lane == reg.LANE_RELEASE and not item.entered:
                item.committed_lane, item.why = self.default_lane, reg.WHY_LINK_LOST
                self.count("default_routed")


def first_memory(config: PlcConfig, counters: PlcCounters, log: WireLog) -> Memory:
    return Memory(
        config=config,
        counters=counters,
        log=log,
        ring=EventRing(counters.next_ring_seq, counters.events_lost),
        epoch=counters.epoch,
        session_echo=counters.session_echo,
        next_track_id=counters.next_track_id,
        heartbeat=counters.heartbeat,
        t_ms=counters.t_ms,
        belt_offset_mm=counters.belt_mm,
        totals=dict.fromkeys(reg.C_TOTALS, counters.totals),
        deadline_mm=config.deadline_mm,
        hb_limit_ms=config.hb_limit_ms,
        default_lane=config.default_lane,
    )
