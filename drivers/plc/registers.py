"""CIL-1 register offsets and sizes, inside each block.

One rule: numbers only, and the same numbers as docs/contract/cil1.toml (a test compares them one by one).
Source: PLC contract CIL-1, tables "Status block S", "Event ring R", "Tracking table T", "Host block H".
Block bases are configuration (`settings.py`).
"""

from __future__ import annotations

from typing import Final

MAGIC: Final = 0xC11E
VERSION: Final = 1
WORD_PROBE: Final = (0x1234, 0x5678)
MAX_REGISTERS: Final = 100
"""The most registers of one request: the smallest limit of the PLC families that are supported."""

# Status block S, read in one request.
S_MAGIC: Final = 0
S_VERSION: Final = 1
S_LINE_ID: Final = 2
S_WORD_PROBE: Final = 3
S_PLC_HEARTBEAT: Final = 5
S_HOST_HB_ECHO: Final = 6
S_SESSION_ECHO: Final = 7
S_EPOCH: Final = 8
S_UNIT_MODE: Final = 9
S_STATE: Final = 10
S_FLAGS: Final = 11
S_FAULT_FIRST: Final = 12
S_ALARM0: Final = 13
S_ALARM1: Final = 14
S_ZONE_OCC: Final = 15
S_ZONE_HELD: Final = 16
S_LANE_FULL: Final = 17
S_LANE_AVAIL: Final = 18
S_SPEED: Final = 19
S_BELT_POS: Final = 20
S_IN_TRACK: Final = 21
S_EVT_HEAD: Final = 22
S_EVT_TAIL: Final = 23
S_EVT_ACK_ECHO: Final = 24
S_EVT_LOST: Final = 25
S_CMD_ECHO: Final = 26
S_CMD_RESULT: Final = 27
S_DEC_ECHO: Final = 28
S_DEC_RESULT: Final = 36
S_DEADLINE: Final = 38
S_HB_LIMIT: Final = 39
S_DEFAULT_LANE: Final = 40
S_PLC_HEARTBEAT_TAIL: Final = 41
S_BOOT_NONCE: Final = 42
S_WORDS: Final = 43

# Totals block C, one word each, all wrap.
C_INDUCTED: Final = 0
C_RELEASE: Final = 1
C_INSPECT: Final = 2
C_ANOMALY: Final = 3
C_DEFAULT_ROUTED: Final = 4
C_LOST: Final = 5
C_UNEXPECTED: Final = 6
C_JAMS: Final = 7
C_WORDS: Final = 8

# Event ring R.
R_SEQ: Final = 0
R_EPOCH: Final = 1
R_TYPE_ZONE: Final = 2
R_TRACK_ID: Final = 3
R_ARG1: Final = 4
R_ARG2: Final = 5
R_T_MS: Final = 6
R_BELT_MM: Final = 7
R_SEQ_TAIL: Final = 8
R_WORDS: Final = 9
RING_RECORDS: Final = 64
RING_LAST_SEQ: Final = 65472
RING_READ_MAX: Final = 11

# Tracking table T.
T_TRACK_ID: Final = 0
T_ZONE_STATE: Final = 1
T_LANE: Final = 2
T_DECISION_SEQ: Final = 3
T_WORDS: Final = 4
TABLE_ROWS: Final = 32

# Host block H: the only block that the host writes.
H_HOST_HEARTBEAT: Final = 0
H_HOST_SESSION: Final = 1
H_HOST_EPOCH: Final = 2
H_EVT_ACK: Final = 3
H_HOST_FLAGS: Final = 4
H_PASS_MASK: Final = 5
H_LIVE_WORDS: Final = 6
H_DEADLINE: Final = 6
H_HB_LIMIT: Final = 7
H_DEFAULT_LANE: Final = 8
H_COMMAND: Final = 9
COMMAND_WORDS: Final = 7
H_DECISION: Final = 16
DECISION_WORDS: Final = 7
DECISION_SLOTS: Final = 8
H_WORDS: Final = 72

LAST_TRACK_ID: Final = 65534
