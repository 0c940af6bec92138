"""The catalogue of fault kinds.

The one rule: a name here is what a seed prints, what `--only` and `--without` take, and what the coverage counts.
Source: fault catalogue of the reliability notes.
"""

from enum import StrEnum


class Kind(StrEnum):
    # the machine the daemon runs on
    KILL = "kill"
    HOST_POWER = "host_power"
    POWER_AT_WRITE = "power_at_write"
    HANG = "hang"
    TERMINATE = "terminate"
    SECOND_DAEMON = "second_daemon"
    KILL_AT_WORK = "kill_at_work"
    WALL_CLOCK = "wall_clock"
    DISK_SLOW = "disk_slow"
    DISK_FULL = "disk_full"
    DISK_ERROR = "disk_error"
    # the PLC
    PLC_POWER = "plc_power"
    PLC_FROZEN = "plc_frozen"
    PLC_TORN = "plc_torn"
    RING_TORN = "ring_torn"
    WRITE_TORN = "write_torn"
    PLC_CLOCK_SET = "plc_clock_set"
    PLC_CLOCK_RATE = "plc_clock_rate"
    BUTTON_BOUNCE = "button_bounce"
    ESTOP = "estop"
    ESTOP_RACE = "estop_race"
    GUARD = "guard"
    STOP_BUTTON = "stop_button"
    DIVERTER_STUCK = "diverter_stuck"
    PANEL_PURGE = "panel_purge"
    OTHER_HOST = "other_host"
    # the wire to it
    LINK_HALF_OPEN = "link_half_open"
    LINK_CUT = "link_cut"
    LINK_RESET = "link_reset"
    LINK_DELAY = "link_delay"
    LINK_LOST_REPLY = "link_lost_reply"
    LINK_REPEATED_REPLY = "link_repeated_reply"
    LINK_WRONG_REPLY = "link_wrong_reply"
    LINK_SHORT_REPLY = "link_short_reply"
    LINK_REFUSED = "link_refused"
    # readers, scale and stack light
    READ_DROPPED = "read_dropped"
    READ_DOUBLE = "read_double"
    READ_LATE = "read_late"
    READ_BIT = "read_bit"
    READ_BYTE_LOST = "read_byte_lost"
    READ_JOINED = "read_joined"
    READ_SPLIT = "read_split"
    READ_GARBAGE = "read_garbage"
    READER_SILENT = "reader_silent"
    READER_STUCK = "reader_stuck"
    READER_UNPLUGGED = "reader_unplugged"
    READS_KEPT = "reads_kept"
    READER_LIBRARY = "reader_library"
    CAMERA_STALLED = "camera_stalled"
    CAMERA_FROZEN = "camera_frozen"
    CAMERA_BLACK = "camera_black"
    CAMERA_CUT = "camera_cut"
    SEAL_SCAN_LOST = "seal_scan_lost"
    SCALE_SILENT = "scale_silent"
    SCALE_GARBAGE = "scale_garbage"
    SCALE_HALF = "scale_half"
    SCALE_NOISE = "scale_noise"
    SCALE_SLOW = "scale_slow"
    SCALE_UNIT = "scale_unit"
    SCALE_UNPLUGGED = "scale_unplugged"
    STACK_LIGHT_DARK = "stack_light_dark"
    STACK_LIGHT_MUTE = "stack_light_mute"
    # the X-ray machine and the officer before its screen
    IMAGE_LATE = "image_late"
    IMAGE_NEVER = "image_never"
    IMAGE_TWICE = "image_twice"
    IMAGE_WRONG_ID = "image_wrong_id"
    IMAGE_MERGED = "image_merged"
    IMAGE_REPEAT = "image_repeat"
    IMAGE_CUT_OFF = "image_cut_off"
    IMAGE_BAD = "image_bad"
    XRAY_DEAD = "xray_dead"
    OFFICER_SLOW = "officer_slow"
    OFFICER_WRONG = "officer_wrong"
    OFFICER_SUSPECTS = "officer_suspects"
    # the plant and hands on it
    EYE_MISSED = "eye_missed"
    EYE_DOUBLE = "eye_double"
    EYE_STUCK = "eye_stuck"
    SLIP = "slip"
    REMOVED = "removed"
    EXCHANGED = "exchanged"
    EXCHANGED_LATE = "exchanged_late"
    PUT_BACK = "put_back"
    JAM = "jam"
    TAILGATE = "tailgate"
    LABEL_DAMAGED = "label_damaged"
    LANE_FULL = "lane_full"
    CARRIED_OVER = "carried_over"
    SEAL_SWAPPED = "seal_swapped"
    SEAL_CUT = "seal_cut"
    SEAL_AGAIN = "seal_again"
    BELT_SPEED = "belt_speed"
    BELT_CRAWLS = "belt_crawls"
    # papers
    RECEIPT_TWICE = "receipt_twice"
    RECEIPT_CONTRARY = "receipt_contrary"
    RECEIPT_REORDERED = "receipt_reordered"
    RECEIPT_LATE = "receipt_late"
    GARBAGE_FILE = "garbage_file"
    LIST_LATE = "list_late"
    ORDER_FIRST = "order_first"
    NOTICE_AGAIN = "notice_again"
    LIST_OVER_CARTON = "list_over_carton"
    SECOND_CARRIER = "second_carrier"
    RERUN_ON_BELT = "rerun_on_belt"
    WORD_AFTER_LEAVING = "word_after_leaving"
    DECLARED_OTHERWISE = "declared_otherwise"
    # people
    HOLD = "hold"
    HOLD_RACE = "hold_race"
    HOLD_UNHEARD = "hold_unheard"
    UNDONE = "undone"
    DOUBLE_ACT = "double_act"
    TWO_OFFICERS = "two_officers"
    WRONG_CARTON = "wrong_carton"
    ABSENT = "absent"
    LINE_STOP = "line_stop"
    SLOW_OPERATOR = "slow_operator"
    WRONG_ROLE = "wrong_role"
    # the open-box bench
    RECHECK_CALLED = "recheck_called"
    RECHECK_TAKEN_OUT = "recheck_taken_out"
    RECHECK_SAME = "recheck_same"
    RECHECK_SLIP = "recheck_slip"
    RECHECK_SLOW = "recheck_slow"
    RECHECK_EARLY = "recheck_early"
    RECHECK_LABEL = "recheck_label"
    RECHECK_CARELESS = "recheck_careless"
    RECHECK_FORGOT = "recheck_forgot"
    RECHECK_TAKES_AWAY = "recheck_takes_away"
    RECHECK_DOOR = "recheck_door"
    CUSTODY_LEFT = "custody_left"
    CUSTODY_DOOR = "custody_door"
    # customs' own system
    OFFICE_DEAD = "office_dead"
    OFFICE_LATE = "office_late"
    OFFICE_ANSWERS_LOST = "office_answers_lost"
    OFFICE_REFUSES = "office_refuses"
    OFFICE_SHUFFLED = "office_shuffled"
    OFFICE_CONTRARY = "office_contrary"
    # loading, gate and port
    SCAN_WRONG = "scan_wrong"
    SCAN_DOUBLE = "scan_double"
    SCAN_FORGOTTEN = "scan_forgotten"
    GATE_SEAL = "gate_seal"
    GATE_PLATE = "gate_plate"
    GATE_UNREAD = "gate_unread"
    GATE_RECALL = "gate_recall"
    GATE_CUT = "gate_cut"
    GATE_FRAMES = "gate_frames"
    BARRIER_STUCK = "barrier_stuck"
    PORT_DEAD = "port_dead"
    PORT_LATE = "port_late"
    PORT_ANSWERS_LOST = "port_answers_lost"


ALL_KINDS = tuple(Kind)


class Group(StrEnum):
    """What a kind belongs to: a storm is one group that strikes again and again."""

    MACHINE = "machine"
    DISK = "disk"
    PLC = "plc"
    WIRES = "wires"
    READERS = "readers"
    XRAY = "xray"
    PLANT = "plant"
    PAPERS = "papers"
    PEOPLE = "people"
    RECHECK = "recheck"
    OFFICE = "office"
    DEPARTURE = "departure"


_ENDS = (
    (Kind.WALL_CLOCK, Group.MACHINE),
    (Kind.DISK_ERROR, Group.DISK),
    (Kind.OTHER_HOST, Group.PLC),
    (Kind.LINK_REFUSED, Group.WIRES),
    (Kind.STACK_LIGHT_MUTE, Group.READERS),
    (Kind.OFFICER_SUSPECTS, Group.XRAY),
    (Kind.BELT_CRAWLS, Group.PLANT),
    (Kind.DECLARED_OTHERWISE, Group.PAPERS),
    (Kind.WRONG_ROLE, Group.PEOPLE),
    (Kind.CUSTODY_DOOR, Group.RECHECK),
    (Kind.OFFICE_CONTRARY, Group.OFFICE),
    (ALL_KINDS[-1], Group.DEPARTURE),
)


def _grouped() -> dict[Kind, Group]:
    """The catalogue above is in the order of the groups: each reaches up to its last kind."""
    groups, found = iter(_ENDS), {}
    last, group = next(groups)
    for kind in ALL_KINDS:
        found[kind] = group
        if kind is last:
            last, group = next(groups, (last, group))
    return found


GROUP_OF = _grouped()


def kinds_of(group: Group) -> tuple[Kind, ...]:
    return tuple(kind for kind in ALL_KINDS if GROUP_OF[kind] is group)
