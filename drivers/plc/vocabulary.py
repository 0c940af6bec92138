"""The words of CIL-1: lanes, event types, results, commands and flag bits.

One rule: whatever is not known to be restrictive counts as permissive, so a new lane or command is withheld
until somebody has said otherwise. Source: PLC contract CIL-1 (lanes, results, event types, commands, flags).
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Final


class Lane(IntEnum):
    """Lanes that every line has; a site may number more of them."""

    INSPECT = 1
    ANOMALY = 2
    RELEASE = 3


RESTRICTIVE_LANES: Final = frozenset({int(Lane.INSPECT), int(Lane.ANOMALY)})


class EventKind(IntEnum):
    """Types of a ring record."""

    INDUCT = 1
    ARRIVED = 2
    LEFT = 3
    DECISION_WANTED = 4
    DIVERTED = 5
    LOST = 6
    UNEXPECTED = 7
    REMOVED_BY_HAND = 8
    SIZE_OR_GAP_ERROR = 9
    JAM = 10
    PURGE_BEGIN = 11
    PURGE_END = 12
    STATE_CHANGE = 13
    E_STOP = 14
    RESET_SEEN = 15
    BUTTON = 16
    GATE_OPEN = 17
    GATE_CLOSED = 18
    XRAY_ENTRY = 19
    XRAY_EXIT = 20
    LANE_FULL = 21
    LANE_CLEAR = 22
    DIVERT_NOT_CONFIRMED = 23
    BARRIER_POSITION = 24


LANE_IN_ARG1: Final = frozenset({EventKind.DIVERTED, EventKind.LANE_FULL, EventKind.LANE_CLEAR, EventKind.DIVERT_NOT_CONFIRMED})
LANE_IN_ARG2: Final = frozenset({EventKind.DIVERT_NOT_CONFIRMED})


class DivertReason(IntEnum):
    """arg2 of event 5: why the carton took that lane."""

    DECISION = 0
    TIME_OUT = 1
    LANE_FULL = 2
    LINK_LOST = 3
    UNKNOWN_ITEM = 4
    PURGE = 5


class Result(IntEnum):
    """What the PLC answered to a decision or a command."""

    NONE = 0
    ACCEPTED = 1
    TOO_LATE = 2
    BAD_ARGUMENT = 3
    OLD_EPOCH = 4
    UNKNOWN_ID = 5
    STALE_SEQUENCE = 6
    LANE_CLOSED = 7
    NOT_ALLOWED = 8
    LOCAL_MODE = 9
    SAFETY_OPEN = 10
    WRONG_SESSION = 11
    NOT_IN_CONTRACT = 255
    """Never on the wire: stands for a number that the contract does not define."""


def result_of(number: int) -> Result:
    """Name a result word; an undefined one is `NOT_IN_CONTRACT`, never an exception."""
    return _RESULTS.get(number, Result.NOT_IN_CONTRACT)


_RESULTS = {int(result): result for result in Result if result is not Result.NOT_IN_CONTRACT}


class PackState(IntEnum):
    """STATE values that CIL-1 uses (PackML numbers)."""

    STOPPED = 2
    STARTING = 3
    IDLE = 4
    EXECUTE = 6
    ABORTED = 9
    HELD = 11


class PlcFlag(IntFlag):
    """Bits of FLAGS in block S."""

    E_STOP_HEALTHY = 1 << 0
    SAFETY_RESET_NEEDED = 1 << 1
    HOST_LINK_OK = 1 << 2
    FAIL_SAFE = 1 << 3
    PURGE_ACTIVE = 1 << 4
    RUNNING = 1 << 5
    GUARDS_CLOSED = 1 << 6
    AIR_OK = 1 << 7
    JAM = 1 << 8
    RING_OVERFLOW = 1 << 9
    LOCAL_MODE = 1 << 10
    XRAY_READY = 1 << 11
    XRAY_FAULT = 1 << 12
    START_HORN = 1 << 13
    SESSION_CONFLICT = 1 << 14
    LOCAL_START_NEEDED = 1 << 15


class HostFlag(IntFlag):
    """Bits of HOST_FLAGS in block H."""

    READY = 1 << 0
    DRAIN = 1 << 1
    SOUNDER = 1 << 2
    LAMP_RED = 1 << 3
    LAMP_AMBER = 1 << 4
    LAMP_GREEN = 1 << 5
    LAMP_BLUE = 1 << 6
    LAMP_WHITE = 1 << 7
    SOUNDER_ACKNOWLEDGED = 1 << 8


class DecisionFlag(IntFlag):
    """Flag bits of a decision (four bits)."""

    STOP_AT_RECHECK = 1 << 0
    LABEL = 1 << 1


class Command(IntEnum):
    """Codes of the command mailbox."""

    RESET = 1
    START = 2
    STOP = 3
    HOLD = 4
    UNHOLD = 5
    SUSPEND = 6
    UNSUSPEND = 7
    ABORT = 8
    CLEAR = 9
    COMPLETE = 10
    MODE = 20
    PURGE = 30
    PASS_HELD_ITEM = 31
    ITEM_REMOVED = 32
    TRACKING_RESET = 33
    RESUME = 34
    OPEN_BARRIER = 35
    PROPOSE_EPOCH = 36


STOP_COMMANDS: Final = frozenset({int(Command.STOP), int(Command.HOLD), int(Command.ABORT)})
"""Taken by the PLC in any epoch, session or sequence, once per changed mailbox content."""

RESTRICTIVE_COMMANDS: Final = STOP_COMMANDS | {int(Command.SUSPEND)}


def lane_is_permissive(lane: int) -> bool:
    return lane not in RESTRICTIVE_LANES


def command_is_permissive(code: int) -> bool:
    return code not in RESTRICTIVE_COMMANDS
