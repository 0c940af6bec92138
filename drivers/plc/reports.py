"""What the driver tells its caller: one frozen value a fact, each with the loop time it was read at.

One rule: a report is something seen, never an opinion on cartons. Source: PLC contract CIL-1.
Order after a connect, an epoch change, a gap or a frozen PLC: `RingEvents(backlog=True)` with everything up to
`ring_head`, then `Synced`, whose table was read at exactly that point of the ring where the PLC allowed it.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TypeAlias

import msgspec

from drivers.plc.codec import CommandRecord, DecisionRecord, RingRecord, Status, TableRow
from drivers.plc.vocabulary import Result


class LinkUp(msgspec.Struct, frozen=True, kw_only=True):
    """Connected, and block S is the one of this line."""

    at_s: float


class LinkLost(msgspec.Struct, frozen=True, kw_only=True):
    """No usable connection. Said once for each new reason; the driver keeps trying."""

    at_s: float
    code: str
    cause: str
    next_step: str


class SessionRefused(msgspec.Struct, frozen=True, kw_only=True):
    """The driver does not take the line (another host, a conflict); it tries again later."""

    at_s: float
    code: str
    cause: str
    next_step: str


class SessionLost(msgspec.Struct, frozen=True, kw_only=True):
    """Another session rules the PLC. `run()` returns; the process starts again as a new session."""

    at_s: float
    session: int
    foreign_session: int


class EpochWanted(msgspec.Struct, frozen=True, kw_only=True):
    """The PLC came up without an epoch; the caller answers with command 36 and a never used epoch."""

    at_s: float
    boot_nonce: int


class Synced(msgspec.Struct, frozen=True, kw_only=True):
    """The picture after a resync. Nothing permissive leaves until the caller says `set_ready(True)`."""

    at_s: float
    sync_number: int
    """Name it in `set_ready`, if reports are handled later than they are made."""
    epoch: int
    session: int
    boot_nonce: int
    status: Status
    table: tuple[TableRow, ...]
    last_decision_seq: int
    last_command_seq: int
    ring_head: int


class StatusChanged(msgspec.Struct, frozen=True, kw_only=True):
    """Block S changed in something else than heartbeats, echoes, belt position and ring counters."""

    at_s: float
    status: Status


class RingEvents(msgspec.Struct, frozen=True, kw_only=True):
    """Records in ring order. A backlog repeats whatever was not acknowledged: drop the keys (epoch, seq) you know."""

    at_s: float
    records: tuple[RingRecord, ...]
    backlog: bool


class EventsLost(msgspec.Struct, frozen=True, kw_only=True):
    """Records from `first_missing_seq` up to the one before `next_seq` are gone; a resync follows.

    Before 1 of a ring that was lost with the PLC's memory: all that it told from there on, however far it had come. What the
    ring that counts anew has overwritten already is a second report, from 1.

    `acknowledged_seq`: the last of them that the PLC was told is durable, by whomever; 0 if none was.
    """

    at_s: float
    epoch: int
    first_missing_seq: int
    next_seq: int
    acknowledged_seq: int = 0


class DecisionResult(msgspec.Struct, frozen=True, kw_only=True):
    """The PLC echoed a decision's sequence."""

    at_s: float
    epoch: int
    session: int
    track_id: int
    seq: int
    result: Result


class CommandResult(msgspec.Struct, frozen=True, kw_only=True):
    """The PLC echoed a command's sequence; result NONE = a stop that was written and never echoed."""

    at_s: float
    code: int
    seq: int
    result: Result


class PendingDropped(msgspec.Struct, frozen=True, kw_only=True):
    """These will not be written (any more); whether the PLC took one before is in `Synced.table`."""

    at_s: float
    code: str
    decisions: tuple[DecisionRecord, ...]
    commands: tuple[CommandRecord, ...]


class PlcFrozen(msgspec.Struct, frozen=True, kw_only=True):
    """The PLC answers but its heartbeat stands: every station is unknown."""

    at_s: float
    heartbeat: int
    unchanged_ms: int


class PlcAlive(msgspec.Struct, frozen=True, kw_only=True):
    """The heartbeat moves again; a resync follows."""

    at_s: float


PlcReport: TypeAlias = (
    LinkUp
    | LinkLost
    | SessionRefused
    | SessionLost
    | EpochWanted
    | Synced
    | StatusChanged
    | RingEvents
    | EventsLost
    | DecisionResult
    | CommandResult
    | PendingDropped
    | PlcFrozen
    | PlcAlive
)


def same_situation(a: Status, b: Status) -> bool:
    """True if two block S readings differ only in what changes all the time."""
    return bool(_SETTLED(a) == _SETTLED(b))


_RESTLESS = frozenset({
    "heartbeat", "host_hb_echo", "session_echo", "belt_mm", "evt_head", "evt_tail", "evt_ack_echo", "cmd_echo", "cmd_result",
    "dec_echo", "dec_result",
})  # fmt: skip
_SETTLED = attrgetter(*(name for name in Status.__struct_fields__ if name not in _RESTLESS))
