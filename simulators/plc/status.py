"""Block S, table T, block C and the discrete inputs as words and bits.

The one rule: built from the memory at the moment of reading, so one request sees one scan. Wire faults of
the picture itself (frozen
heartbeat, torn read, swapped words) are made here. Source: contract CIL-1 "Status block S", "Tracking table
T", "Inputs".
"""

import dataclasses

from simulators.plc import registers as reg
from simulators.plc.field import Field
from simulators.plc.memory import Memory
from simulators.plc.words import lane_word


@dataclasses.dataclass(slots=True)
class PictureFaults:
    """What can be wrong with the status block, or with the stamps of records, while everything else works."""

    freeze_heartbeat: bool = False  # the PLC answers and its heartbeat stands
    torn_writes: int = 0  # so many decision records are copied by a scan while they are half written
    torn_reads: int = 0  # so many reads of S will show a head and a tail of different scans
    word_swap: bool = False
    wrong_magic: bool = False
    clock_ppm: int = 0  # so much too fast is the clock that stamps records
    before: list[int] = dataclasses.field(default_factory=list)  # the picture that was read last, whole


# Where a torn picture is parted: in front of words that mean something only together with those before them.
TORN_AT = (reg.S_EPOCH, reg.S_FLAGS, reg.S_EVT_TAIL, reg.S_DEC_RESULT)


def status_words(m: Memory, field: Field, faults: PictureFaults) -> list[int]:
    words = [0] * reg.S_SIZE
    high, low = reg.WORD_PROBE >> 16, reg.WORD_PROBE & 0xFFFF
    words[reg.S_MAGIC] = 0x1EC1 if faults.wrong_magic else reg.MAGIC
    words[reg.S_VERSION], words[reg.S_LINE_ID] = reg.VERSION, m.config.line_id
    words[reg.S_WORD_PROBE : reg.S_WORD_PROBE + 2] = (low, high) if faults.word_swap else (high, low)
    words[reg.S_PLC_HEARTBEAT] = words[reg.S_PLC_HEARTBEAT_TAIL] = m.heartbeat
    words[reg.S_HOST_HB_ECHO], words[reg.S_SESSION_ECHO] = m.hb_echo, m.session_echo
    words[reg.S_EPOCH], words[reg.S_UNIT_MODE], words[reg.S_STATE] = m.epoch, m.unit_mode, m.state
    words[reg.S_FLAGS] = flags_word(m, field)
    words[reg.S_FAULT_FIRST] = m.fault_first
    words[reg.S_ALARM0], words[reg.S_ALARM1] = m.alarms & 0xFFFF, m.alarms >> 16
    words[reg.S_ZONE_OCC], words[reg.S_ZONE_HELD] = _occupied(m, field), m.held_zones
    words[reg.S_LANE_FULL], words[reg.S_LANE_AVAIL] = m.lanes_full, m.lanes_available
    words[reg.S_SPEED] = m.config.nominal_speed_mm_s if m.main_on else 0
    words[reg.S_BELT_POS] = (round(m.belt_mm) + m.belt_offset_mm) & 0xFFFF
    words[reg.S_IN_TRACK] = len(m.items)
    words[reg.S_EVT_HEAD], words[reg.S_EVT_TAIL] = m.ring.head, m.ring.tail
    words[reg.S_EVT_ACK_ECHO], words[reg.S_EVT_LOST] = m.ring.ack, m.ring.lost
    words[reg.S_CMD_ECHO], words[reg.S_CMD_RESULT] = m.cmd_echo, m.cmd_result
    words[reg.S_DEC_ECHO : reg.S_DEC_ECHO + reg.H_DECISION_SLOTS] = m.dec_echo
    for slot, result in enumerate(m.dec_result):
        words[reg.S_DEC_RESULT + slot // 4] |= result << slot % 4 * 4
    words[reg.S_DEADLINE], words[reg.S_HB_LIMIT] = m.deadline_mm, m.hb_limit_ms
    words[reg.S_DEFAULT_LANE] = lane_word(m.default_lane)
    words[reg.S_BOOT_NONCE] = m.boot_nonce
    return _as_read(words, faults)


def _as_read(words: list[int], faults: PictureFaults) -> list[int]:
    before, faults.before = faults.before or words, words
    if not faults.torn_reads:
        return words
    faults.torn_reads -= 1
    heartbeat = words[reg.S_PLC_HEARTBEAT]
    cut = TORN_AT[heartbeat % len(TORN_AT)]
    head, tail = (words, before) if heartbeat // len(TORN_AT) % 2 else (before, words)
    torn = [*head[:cut], *tail[cut:]]
    torn[reg.S_PLC_HEARTBEAT_TAIL] = (torn[reg.S_PLC_HEARTBEAT] - 1) % 65536
    return torn


def flags_word(m: Memory, field: Field) -> int:
    return (
        (reg.FLAG_ESTOP_HEALTHY if field.estop_healthy() else 0)
        | (reg.FLAG_SAFETY_RESET_NEEDED if m.safety_reset_needed else 0)
        | (reg.FLAG_LINK_OK if m.link_ok else 0)
        | (reg.FLAG_FAIL_SAFE if m.fail_safe else 0)
        | (reg.FLAG_PURGE if m.purge else 0)
        | (reg.FLAG_RUNNING if m.main_on else 0)
        | (reg.FLAG_GUARDS_CLOSED if field.guards_closed() else 0)
        | (reg.FLAG_AIR_OK if field.air_ok() else 0)
        | (reg.FLAG_JAM if m.jam else 0)
        | (reg.FLAG_RING_OVERFLOW if m.ring.overflow else 0)
        | (reg.FLAG_LOCAL_MODE if m.local_mode else 0)
        | (reg.FLAG_XRAY_READY if field.xray_ready() else 0)
        | (reg.FLAG_XRAY_FAULT if field.xray_fault() else 0)
        | (reg.FLAG_START_HORN if m.state == reg.STATE_STARTING else 0)
        | (reg.FLAG_SESSION_CONFLICT if m.conflict else 0)
        | (reg.FLAG_LOCAL_START_NEEDED if m.local_start_needed else 0)
    )


def table_words(m: Memory) -> list[int]:
    words: list[int] = []
    for item in m.items[: reg.TABLE_ROWS]:
        lane = lane_word(item.lane) if item.lane else 0
        words += [item.track_id, item.zone << 8 | item.state(), lane, item.last_seq]
    return words + [0] * (reg.TABLE_SIZE - len(words))


def total_words(m: Memory) -> list[int]:
    return [m.totals[name] for name in reg.C_TOTALS]


def input_bits(m: Memory, field: Field) -> list[bool]:
    """Photo-eyes in their order, E-stop healthy, reset needed, guards, air, lane full 1..3."""
    bits = [field.eye(eye.name) for eye in m.config.eyes]
    bits += [field.estop_healthy(), m.safety_reset_needed, field.guards_closed(), field.air_ok()]
    return bits + [field.lane_full(lane) for lane in reg.LANES]


def lamps(m: Memory) -> dict[str, bool]:
    """What the stack light shows; blue is forced while the host is away."""
    flags = m.host_flags
    return {
        "red": bool(flags & reg.HOST_LAMP_RED),
        "amber": bool(flags & reg.HOST_LAMP_AMBER),
        "green": bool(flags & reg.HOST_LAMP_GREEN),
        "blue": bool(flags & reg.HOST_LAMP_BLUE) or m.fail_safe or not m.link_ok,
        "white": bool(flags & reg.HOST_LAMP_WHITE),
        "sounder": bool(flags & reg.HOST_SOUNDER) and not flags & reg.HOST_SOUNDER_ACK,
    }


def _occupied(m: Memory, field: Field) -> int:
    zones = {item.zone for item in m.items}
    zones |= {eye.zone for eye in m.config.eyes if field.eye(eye.name)}
    return sum(1 << (zone - 1) for zone in zones)
