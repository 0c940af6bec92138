"""What each register of the simulated PLC means: offsets inside a block, codes and bits, as the contract
CIL-1 names them.

The one rule: these numbers are typed in from the text of the contract page (docs/contract) and shared with
no driver, so that a
wrong number on one side shows as a failed conversation. Bit n-1 of a zone, lane or station word stands for
number n.
"""

# --- Block S, the PLC's status (host reads) --------------------------------------------------------
S_MAGIC = 0
S_VERSION = 1
S_LINE_ID = 2
S_WORD_PROBE = 3  # two words
S_PLC_HEARTBEAT = 5
S_HOST_HB_ECHO = 6
S_SESSION_ECHO = 7
S_EPOCH = 8
S_UNIT_MODE = 9
S_STATE = 10
S_FLAGS = 11
S_FAULT_FIRST = 12
S_ALARM0 = 13
S_ALARM1 = 14
S_ZONE_OCC = 15
S_ZONE_HELD = 16
S_LANE_FULL = 17
S_LANE_AVAIL = 18
S_SPEED = 19
S_BELT_POS = 20
S_IN_TRACK = 21
S_EVT_HEAD = 22
S_EVT_TAIL = 23
S_EVT_ACK_ECHO = 24
S_EVT_LOST = 25
S_CMD_ECHO = 26
S_CMD_RESULT = 27
S_DEC_ECHO = 28  # eight words
S_DEC_RESULT = 36  # two words, 4 bits a slot, slot 0 in the low bits of the first word
S_DEADLINE = 38
S_HB_LIMIT = 39
S_DEFAULT_LANE = 40
S_PLC_HEARTBEAT_TAIL = 41
S_BOOT_NONCE = 42
S_SIZE = 43

MAGIC = 0xC11E
VERSION = 1
WORD_PROBE = 0x12345678

# --- Block H, what the host writes -----------------------------------------------------------------
H_HOST_HEARTBEAT = 0
H_HOST_SESSION = 1
H_HOST_EPOCH = 2
H_EVT_ACK = 3
H_HOST_FLAGS = 4
H_PASS_MASK = 5
H_DEADLINE = 6
H_HB_LIMIT = 7
H_DEFAULT_LANE = 8
H_COMMAND = 9
H_COMMAND_WORDS = 7
H_DECISION = 16
H_DECISION_SLOTS = 8
H_DECISION_WORDS = 7
H_SIZE = 72

# command record: session, epoch, code, arg1, arg2, check, seq
C_SESSION, C_EPOCH, C_CODE, C_ARG1, C_ARG2, C_CHECK, C_SEQ = range(7)
# decision record: epoch, track_id, lane, flags | ttl, session, check, seq
D_EPOCH, D_TRACK_ID, D_LANE, D_FLAGS_TTL, D_SESSION, D_CHECK, D_SEQ = range(7)
D_TTL_MASK = 0x0FFF  # the flags are the four bits above it: bit 12 stop at recheck, bit 13 label
D_TTL_UNIT_MS = 100
D_TTL_MAX_MS = 30_000

# --- Ring R, table T, totals C ---------------------------------------------------------------------
RING_RECORDS = 64
RING_WORDS = 9
RING_SIZE = RING_RECORDS * RING_WORDS
RING_LAST_SEQ = 65_472
RING_BACKLOG_LIMIT = 48
R_SEQ, R_EPOCH, R_TYPE_ZONE, R_TRACK_ID, R_ARG1, R_ARG2, R_T_MS, R_BELT_MM, R_SEQ_TAIL = range(9)

TABLE_ROWS = 32
TABLE_WORDS = 4
TABLE_SIZE = TABLE_ROWS * TABLE_WORDS
T_TRACK_ID, T_ZONE_STATE, T_LANE, T_DECISION_SEQ = range(4)

C_TOTALS = ("inducted", "release", "inspect", "anomaly", "default_routed", "lost", "unexpected", "jams")
C_SIZE = len(C_TOTALS)

# --- Default bases of the blocks (a site may move each) --------------------------------------------
BASE_S = 0
BASE_R = 100
BASE_T = 700
BASE_H = 900
BASE_C = 1000
BASE_INPUTS = 0  # discrete inputs (FC 1 and 2)

# --- Lanes -----------------------------------------------------------------------------------------
LANE_INVALID, LANE_INSPECT, LANE_ANOMALY, LANE_RELEASE = range(4)
LANES = (LANE_INSPECT, LANE_ANOMALY, LANE_RELEASE)

# --- Results ---------------------------------------------------------------------------------------
RESULT_NONE = 0
RESULT_ACCEPTED = 1
RESULT_TOO_LATE = 2
RESULT_BAD_ARGUMENT = 3
RESULT_OLD_EPOCH = 4
RESULT_UNKNOWN_ID = 5
RESULT_STALE = 6
RESULT_LANE_CLOSED = 7
RESULT_NOT_ALLOWED = 8
RESULT_LOCAL_MODE = 9
RESULT_SAFETY_OPEN = 10
RESULT_WRONG_SESSION = 11

# --- Events ----------------------------------------------------------------------------------------
EVT_INDUCT = 1
EVT_ARRIVED = 2
EVT_LEFT = 3
EVT_DECISION_WANTED = 4
EVT_DIVERTED = 5
EVT_LOST = 6
EVT_UNEXPECTED = 7
EVT_REMOVED = 8
EVT_SIZE_GAP = 9
EVT_JAM = 10
EVT_PURGE_BEGIN = 11
EVT_PURGE_END = 12
EVT_STATE = 13
EVT_ESTOP = 14
EVT_RESET_SEEN = 15
EVT_BUTTON = 16
EVT_GATE_OPEN = 17
EVT_GATE_CLOSED = 18
EVT_XRAY_ENTRY = 19
EVT_XRAY_EXIT = 20
EVT_LANE_FULL = 21
EVT_LANE_CLEAR = 22
EVT_NOT_CONFIRMED = 23
EVT_BARRIER = 24

WHY_DECISION, WHY_TIME_OUT, WHY_LANE_FULL, WHY_LINK_LOST, WHY_UNKNOWN_ITEM, WHY_PURGE = range(6)

# --- FLAGS of block S ------------------------------------------------------------------------------
FLAG_ESTOP_HEALTHY = 1 << 0
FLAG_SAFETY_RESET_NEEDED = 1 << 1
FLAG_LINK_OK = 1 << 2
FLAG_FAIL_SAFE = 1 << 3
FLAG_PURGE = 1 << 4
FLAG_RUNNING = 1 << 5
FLAG_GUARDS_CLOSED = 1 << 6
FLAG_AIR_OK = 1 << 7
FLAG_JAM = 1 << 8
FLAG_RING_OVERFLOW = 1 << 9
FLAG_LOCAL_MODE = 1 << 10
FLAG_XRAY_READY = 1 << 11
FLAG_XRAY_FAULT = 1 << 12
FLAG_START_HORN = 1 << 13
FLAG_SESSION_CONFLICT = 1 << 14
FLAG_LOCAL_START_NEEDED = 1 << 15

# --- HOST_FLAGS of block H -------------------------------------------------------------------------
HOST_READY = 1 << 0
HOST_DRAIN = 1 << 1
HOST_SOUNDER = 1 << 2
HOST_LAMP_RED = 1 << 3
HOST_LAMP_AMBER = 1 << 4
HOST_LAMP_GREEN = 1 << 5
HOST_LAMP_BLUE = 1 << 6
HOST_LAMP_WHITE = 1 << 7
HOST_SOUNDER_ACK = 1 << 8

# --- PackML states, modes, commands ----------------------------------------------------------------
STATE_STOPPED = 2
STATE_STARTING = 3
STATE_IDLE = 4
STATE_EXECUTE = 6
STATE_ABORTED = 9
STATE_HELD = 11

MODE_PRODUCTION = 1
MODE_MAINTENANCE = 2
MODE_MANUAL = 3

CMD_RESET = 1
CMD_START = 2
CMD_STOP = 3
CMD_HOLD = 4
CMD_UNHOLD = 5
CMD_SUSPEND = 6
CMD_UNSUSPEND = 7
CMD_ABORT = 8
CMD_CLEAR = 9
CMD_COMPLETE = 10
CMD_MODE = 20
CMD_PURGE = 30
CMD_PASS_ITEM = 31
CMD_ITEM_REMOVED = 32
CMD_TRACKING_RESET = 33
CMD_RESUME = 34
CMD_OPEN_BARRIER = 35
CMD_PROPOSE_EPOCH = 36
STOP_COMMANDS = frozenset({CMD_STOP, CMD_HOLD, CMD_ABORT})

# --- The simulator's own choices: states of a table row, buttons, alarm bits (bit n-1 of ALARM0 is code n of
# FAULT_FIRST) ---
ROW_UNDECIDED = 1
ROW_DECIDED = 2
ROW_COMMITTED = 3
ROW_UNKNOWN = 4

BUTTONS = (
    "start",
    "stop",
    "reset",
    "acknowledge",
    "recheck_good",
    "recheck_bad",
)  # event 16 arg1 = place in this list + 1

ALARM_JAM = 1
ALARM_LOST_ITEM = 2
ALARM_UNEXPECTED_ITEM = 3
ALARM_NOT_CONFIRMED = 4
ALARM_RELEASE_WITHOUT_DECISION = 5
ALARM_DEFAULT_LANE_FULL = 6
ALARM_TABLE_FULL = 7
ALARM_LINK_LOST = 8
ALARM_SESSION_CONFLICT = 9
ALARM_SIZE_GAP = 10
ALARM_SETTING_REFUSED = 11
ALARM_DIVERTER = 12
ALARM_ESTOP = 13
ALARM_GUARD = 14
