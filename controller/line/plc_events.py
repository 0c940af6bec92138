"""What the PLC and its link say: session, status, the records of its ring, and answers to decisions and commands.

One rule: belt facts carry the epoch of the record that reported them (plc-contract, "The carton's epoch is this word").
"""

import msgspec

from controller.line.event_base import Event


class PlcStatus(msgspec.Struct, frozen=True):
    """The part of block S that the core reads. Lane and zone words are bit masks. `default_releases`: what nobody decided leaves
    by release, or no lane is told for it.
    """

    state: int
    flags: int
    fault_first: int
    alarms: int
    lane_full: int
    lane_avail: int
    speed_mm_s: int
    default_releases: bool = False


class TableItem(msgspec.Struct, frozen=True):
    """A row of the PLC's tracking table T. `lane` 0 = no accepted decision."""

    track_id: int
    zone: int
    lane: int
    decision_seq: int


class PlcSynced(Event, frozen=True, tag="PlcSynced"):
    """The driver has a session and has read status, ring and table in one epoch."""

    epoch: int
    session: int
    boot_nonce: int
    status: PlcStatus
    table: tuple[TableItem, ...]
    last_decision_seq: int
    last_command_seq: int


class PlcStatusChanged(Event, frozen=True, tag="PlcStatusChanged"):
    status: PlcStatus


class PlcLost(Event, frozen=True, tag="PlcLost"):
    """The link or the PLC's heartbeat is gone: every station is unknown until the next `PlcSynced`."""

    code: str
    cause: str


class EpochWanted(Event, frozen=True, tag="EpochWanted"):
    """A PLC without retentive memory asks for an epoch (EPOCH 0)."""

    boot_nonce: int


class RingEvent(Event, frozen=True, tag="RingEvent"):
    """One record of the PLC's event ring. `t_ms` and `belt_mm` are the PLC's 16-bit counters.

    `read_ms` is the line time at which the host read it; `backlog` marks records read while catching up.
    """

    epoch: int
    seq: int
    kind: int
    zone: int
    track_id: int
    arg1: int
    arg2: int
    t_ms: int
    belt_mm: int
    read_ms: int
    backlog: bool = False


class RingEventsLost(Event, frozen=True, tag="RingEventsLost"):
    """`acknowledged`: the last of them that the PLC had been told is in the journal; 0 if none was."""

    epoch: int
    first_missing_seq: int
    next_seq: int
    acknowledged: int = 0


class DecisionAnswered(Event, frozen=True, tag="DecisionAnswered"):
    epoch: int
    track_id: int
    seq: int
    result: int


class CommandAnswered(Event, frozen=True, tag="CommandAnswered"):
    code: int
    seq: int
    result: int


PlcEvent = PlcSynced | PlcStatusChanged | PlcLost | EpochWanted | RingEvent | RingEventsLost | DecisionAnswered | CommandAnswered
