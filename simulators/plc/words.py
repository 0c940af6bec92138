"""Words on the wire: lanes with their complement, the check word, serial arithmetic of 16-bit counters.

The one rule: a word that is not exactly right is nothing (lane 0, not later, check failed). Source: contract
CIL-1, "Lanes",
"check", "Sequences" and "Event ring R".
"""

from collections.abc import Sequence

from simulators.plc.registers import LANE_INVALID, LANES, RING_LAST_SEQ


def lane_word(lane: int) -> int:
    return lane << 8 | (255 - lane)


def lane_of(word: int) -> int:
    """The lane that a word names, or LANE_INVALID."""
    lane = word >> 8
    return lane if lane in LANES and word == lane_word(lane) else LANE_INVALID


def check_of(record: Sequence[int], check_at: int) -> int:
    """Complement of the 16-bit sum of all words but the check word itself."""
    total = sum(word for place, word in enumerate(record) if place != check_at)
    return ~total & 0xFFFF


def check_holds(record: Sequence[int], check_at: int) -> bool:
    return record[check_at] == check_of(record, check_at)


def is_later(word: int, than: int) -> bool:
    """Serial order; `than` = 0 means that nothing was taken yet, and 0 itself is never later."""
    if word == 0:
        return False
    return than == 0 or 0 < (word - than) % 65536 < 32768


def heartbeat_is_later(word: int, than: int) -> bool:
    """A heartbeat may pass through 0, so 0 has no meaning of its own here."""
    return 0 < (word - than) % 65536 < 32768


def ring_next(seq: int, by: int = 1) -> int:
    """Ring sequence numbers run 1..65472; 0 is "nothing yet"."""
    return (seq - 1 + by) % RING_LAST_SEQ + 1


def ring_distance(newer: int, older: int) -> int:
    """How many steps lead from `older` to `newer`, 0..65471."""
    return (newer - older) % RING_LAST_SEQ
