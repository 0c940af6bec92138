"""Numbers of the PLC contract that the core reads: ring event kinds, flags, results, why a lane was taken.

Source: PLC contract CIL-1, status block S, event ring R. `tests/line/test_belt_contract.py` compares them with
docs/contract/cil1.toml.
"""

from enum import IntEnum


class RingKind(IntEnum):
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


class PlcFlag(IntEnum):
    """Bits, each for itself: an `IntFlag` would make a value of its kind of every word that is asked for one."""

    E_STOP_HEALTHY = 1 << 0
    SAFETY_RESET_NEEDED = 1 << 1
    HOST_LINK_OK = 1 << 2
    FAIL_SAFE = 1 << 3
    PURGE_ACTIVE = 1 << 4
    RUNNING = 1 << 5
    GUARDS_CLOSED = 1 << 6
    AIR_OK = 1 << 7
    JAM = 1 << 8
    LOCAL_MODE = 1 << 10
    XRAY_READY = 1 << 11
    XRAY_FAULT = 1 << 12
    SESSION_CONFLICT = 1 << 14
    LOCAL_START_NEEDED = 1 << 15


# PackML states in which the belt is at rest.
AT_REST = frozenset({2, 5, 9, 11, 17})  # stopped, suspended, aborted, held, complete


class Result(IntEnum):
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


class Why(IntEnum):
    """arg2 of a diverted event."""

    DECISION = 0
    TIME_OUT = 1
    LANE_FULL = 2
    LINK_LOST = 3
    UNKNOWN_ITEM = 4
    PURGE = 5


SEQUENCE_MODULUS = 65536
HALF = 32768


def next_sequence(seq: int) -> int:
    """The sequence after `seq`, modulo 65536, skipping 0."""
    following = (seq + 1) % SEQUENCE_MODULUS
    return following or 1


def later_sequence(one: int, other: int) -> int:
    """The serially later of two sequences (distance < 32768); 0 = none yet."""
    if one == 0:
        return other
    if other == 0:
        return one
    return other if (other - one) % SEQUENCE_MODULUS in range(1, HALF) else one
