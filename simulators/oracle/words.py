"""The numbers of contract CIL-1 that a judge needs, typed in from its text and shared with nobody.

The one rule: a lane word that is not exactly right is no lane.
"""

INSPECT, ANOMALY, RELEASE = 1, 2, 3
LANE_NAMES = {INSPECT: "inspect", ANOMALY: "anomaly", RELEASE: "release"}

INDUCT = 1
DECISION_WANTED = 4
DIVERTED = 5
LOST = 6
UNEXPECTED = 7
REMOVED_BY_HAND = 8
SIZE_OR_GAP = 9
JAM = 10
GATE_OPEN = 17
GATE_CLOSED = 18
NOT_CONFIRMED = 23

ACCEPTED, OLD_EPOCH = 1, 4
WHY_NAMES = {0: "decision", 1: "time_out", 2: "lane_full", 3: "link_lost", 4: "unknown_item", 5: "purge"}
BY_DECISION = 0

HOST_READY = 1  # HOST_FLAGS b0
FAIL_SAFE, SESSION_CONFLICT = 1 << 3, 1 << 14  # FLAGS of block S

EVENT_WORDS = 9
RECORD_WORDS = 7
TTL_BITS = 12


def lane_of(word: int) -> int:
    """The lane a word names: the number in the high byte, its complement in the low byte; else 0."""
    lane = word >> 8
    return lane if lane in LANE_NAMES and word & 0xFF == 255 - lane else 0


def lane_told(value: int) -> int:
    """A lane as a journal tells it: the plain number, or still the word of the wire."""
    return value if value in LANE_NAMES else lane_of(value)
