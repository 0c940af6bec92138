"""CIL-1 words to frozen values and back, without I/O.

One rule: any list of 16-bit words gives a value or a `BlockFault`; nothing raises, nothing is guessed.
Source: PLC contract CIL-1. Encoders exist for what the host writes; for the rest the PLC is the only writer.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from drivers.plc import registers as r
from drivers.plc.sequences import ring_slot
from drivers.plc.vocabulary import (
    LANE_IN_ARG1,
    LANE_IN_ARG2,
    PlcFlag,
    Result,
    command_is_permissive,
    lane_is_permissive,
    result_of,
)

Words = Sequence[int]


class BlockFault(msgspec.Struct, frozen=True):
    """Why a block cannot be used."""

    code: str
    cause: str
    next_step: str


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Block S after all its checks."""

    heartbeat: int
    host_hb_echo: int
    session_echo: int
    epoch: int
    unit_mode: int
    state: int
    flags: PlcFlag
    fault_first: int
    alarm0: int
    alarm1: int
    zone_occ: int
    zone_held: int
    lane_full: int
    lane_avail: int
    speed_mm_s: int
    belt_mm: int
    in_track: int
    evt_head: int
    evt_tail: int
    evt_ack_echo: int
    evt_lost: int
    cmd_echo: int
    cmd_result: Result
    dec_echo: tuple[int, ...]
    dec_result: tuple[Result, ...]
    deadline_mm: int
    hb_limit_ms: int
    default_lane: int | None
    boot_nonce: int


class RingRecord(msgspec.Struct, frozen=True):
    """One event. Its epoch is the one in the record, never the one of block S.

    Where an argument is a lane it is the lane's number here; 0 if the word on the wire was no lane.
    """

    seq: int
    epoch: int
    kind: int
    zone: int
    track_id: int
    arg1: int
    arg2: int
    t_ms: int
    belt_mm: int


class TableRow(msgspec.Struct, frozen=True):
    """One tracked item. `lane` is None while no decision is accepted (or the word is no lane at all)."""

    track_id: int
    zone: int
    state: int
    lane: int | None
    decision_seq: int


class DecisionRecord(msgspec.Struct, frozen=True):
    """A decision as it stands in its slot of block H."""

    epoch: int
    track_id: int
    lane: int
    flags: int
    ttl_100ms: int
    session: int
    seq: int

    @property
    def permissive(self) -> bool:
        return lane_is_permissive(self.lane)


class CommandRecord(msgspec.Struct, frozen=True):
    """A command as it stands in the mailbox of block H."""

    session: int
    epoch: int
    code: int
    arg1: int
    arg2: int
    seq: int

    @property
    def permissive(self) -> bool:
        return command_is_permissive(self.code)


class HostLive(msgspec.Struct, frozen=True):
    """The six words that are written at every poll."""

    heartbeat: int
    session: int
    epoch: int
    evt_ack: int
    flags: int
    pass_mask: int


class HostLimits(msgspec.Struct, frozen=True):
    """The three limits; 0 (lane None) leaves the PLC's own default in force."""

    deadline_mm: int
    hb_limit_ms: int
    default_lane: int | None


def lane_word(lane: int) -> int:
    """Lane number with its complement, so that one wrong bit is no lane."""
    if not 1 <= lane <= 255:
        raise ValueError(f"lane {lane} is outside 1..255")
    return lane << 8 | (255 - lane)


def lane_of(word: int) -> int | None:
    """The lane of a lane word, or None for any other pattern; lane 0 is not a lane."""
    lane, complement = word >> 8, word & 0xFF
    return lane if lane and lane + complement == 255 else None


def check_word(words: Words) -> int:
    """Complement of the 16-bit sum of a record's other words."""
    return ~sum(words) & 0xFFFF


def _too_short(block: str, words: Words, wanted: int) -> BlockFault:
    return BlockFault("short_block", f"block {block} has {len(words)} of {wanted} words", "check the block's length in the PLC")


def _identity_fault(words: Words, line_id: int) -> BlockFault | None:
    """MAGIC, VERSION, LINE_ID and the probe: is this the right block of the right machine?"""
    magic, version, line = words[r.S_MAGIC], words[r.S_VERSION], words[r.S_LINE_ID]
    if magic != r.MAGIC:
        return BlockFault(
            "wrong_magic",
            f"word 0 of block S is 0x{magic:04X}, not 0x{r.MAGIC:04X}",
            "check the address, the base of block S, base 0/1 and the byte order",
        )
    if version != r.VERSION:
        return BlockFault("wrong_version", f"the PLC speaks version {version}, not {r.VERSION}", "load the matching PLC program")
    if line != line_id:
        return BlockFault("wrong_line", f"the PLC serves line {line}, not {line_id}", "two lines' addresses may be swapped")
    probe = tuple(words[r.S_WORD_PROBE : r.S_WORD_PROBE + 2])
    if probe != r.WORD_PROBE:
        return BlockFault(
            "wrong_word_order",
            f"WORD_PROBE reads {probe[0]:04X} {probe[1]:04X}",
            "set the PLC's word order to high word first",
        )
    return None


def decode_status(words: Words, line_id: int) -> Status | BlockFault:
    """Block S as a value; a torn read (`torn_status`) is worth reading again, every other fault is not."""
    if len(words) != r.S_WORDS:
        return _too_short("S", words, r.S_WORDS)
    if fault := _identity_fault(words, line_id):
        return fault
    if words[r.S_PLC_HEARTBEAT] != words[r.S_PLC_HEARTBEAT_TAIL]:
        return BlockFault("torn_status", "the PLC changed block S while it was read", "read it again")
    packed = words[r.S_DEC_RESULT] | words[r.S_DEC_RESULT + 1] << 16
    return Status(
        heartbeat=words[r.S_PLC_HEARTBEAT],
        host_hb_echo=words[r.S_HOST_HB_ECHO],
        session_echo=words[r.S_SESSION_ECHO],
        epoch=words[r.S_EPOCH],
        unit_mode=words[r.S_UNIT_MODE],
        state=words[r.S_STATE],
        flags=PlcFlag(words[r.S_FLAGS]),
        fault_first=words[r.S_FAULT_FIRST],
        alarm0=words[r.S_ALARM0],
        alarm1=words[r.S_ALARM1],
        zone_occ=words[r.S_ZONE_OCC],
        zone_held=words[r.S_ZONE_HELD],
        lane_full=words[r.S_LANE_FULL],
        lane_avail=words[r.S_LANE_AVAIL],
        speed_mm_s=words[r.S_SPEED],
        belt_mm=words[r.S_BELT_POS],
        in_track=words[r.S_IN_TRACK],
        evt_head=words[r.S_EVT_HEAD],
        evt_tail=words[r.S_EVT_TAIL],
        evt_ack_echo=words[r.S_EVT_ACK_ECHO],
        evt_lost=words[r.S_EVT_LOST],
        cmd_echo=words[r.S_CMD_ECHO],
        cmd_result=result_of(words[r.S_CMD_RESULT]),
        dec_echo=tuple(words[r.S_DEC_ECHO : r.S_DEC_ECHO + r.DECISION_SLOTS]),
        dec_result=_results_of(packed),
        deadline_mm=words[r.S_DEADLINE],
        hb_limit_ms=words[r.S_HB_LIMIT],
        default_lane=lane_of(words[r.S_DEFAULT_LANE]),
        boot_nonce=words[r.S_BOOT_NONCE],
    )


def decode_ring_record(words: Words, expected_seq: int) -> RingRecord | None:
    """The record, or None if it is not (yet) completely the expected one."""
    if len(words) != r.R_WORDS or expected_seq == 0:
        return None
    if not words[r.R_SEQ] == words[r.R_SEQ_TAIL] == expected_seq:
        return None
    kind = words[r.R_TYPE_ZONE] >> 8
    arg1, arg2 = words[r.R_ARG1], words[r.R_ARG2]
    return RingRecord(
        seq=expected_seq,
        epoch=words[r.R_EPOCH],
        kind=kind,
        zone=words[r.R_TYPE_ZONE] & 0xFF,
        track_id=words[r.R_TRACK_ID],
        arg1=(lane_of(arg1) or 0) if kind in LANE_IN_ARG1 else arg1,
        arg2=(lane_of(arg2) or 0) if kind in LANE_IN_ARG2 else arg2,
        t_ms=words[r.R_T_MS],
        belt_mm=words[r.R_BELT_MM],
    )


@lru_cache(maxsize=64)
def _results_of(packed: int) -> tuple[Result, ...]:
    """The result of each slot; from one poll to the next they are mostly the same."""
    return tuple(result_of(packed >> 4 * slot & 0xF) for slot in range(r.DECISION_SLOTS))


def ring_offset(seq: int) -> int:
    """Offset of a record's first word in block R."""
    return ring_slot(seq) * r.R_WORDS


def decode_table(words: Words) -> tuple[TableRow, ...]:
    """The rows in use, in table order; a cut last row is left out (the caller asks for whole ones)."""
    whole = len(words) // r.T_WORDS
    return tuple(
        TableRow(
            track_id=row[r.T_TRACK_ID],
            zone=row[r.T_ZONE_STATE] >> 8,
            state=row[r.T_ZONE_STATE] & 0xFF,
            lane=lane_of(row[r.T_LANE]),
            decision_seq=row[r.T_DECISION_SEQ],
        )
        for row in (words[n * r.T_WORDS : (n + 1) * r.T_WORDS] for n in range(whole))
        if row[r.T_TRACK_ID]
    )


def encode_decision(decision: DecisionRecord) -> tuple[int, ...]:
    body = (
        decision.epoch,
        decision.track_id,
        lane_word(decision.lane),
        decision.flags << 12 | decision.ttl_100ms,
        decision.session,
    )
    return (*body, check_word((*body, decision.seq)), decision.seq)


def decode_decision(words: Words) -> DecisionRecord | None:
    """A decision whose check word and lane word are right, else None."""
    if len(words) != r.DECISION_WORDS or words[5] != check_word((*words[:5], words[6])):
        return None
    lane = lane_of(words[2])
    if lane is None:
        return None
    return DecisionRecord(words[0], words[1], lane, words[3] >> 12, words[3] & 0xFFF, words[4], words[6])


def encode_command(command: CommandRecord) -> tuple[int, ...]:
    body = (command.session, command.epoch, command.code, command.arg1, command.arg2)
    return (*body, check_word((*body, command.seq)), command.seq)


def decode_command(words: Words) -> CommandRecord | None:
    """A command whose check word is right, else None."""
    if len(words) != r.COMMAND_WORDS or words[5] != check_word((*words[:5], words[6])):
        return None
    return CommandRecord(words[0], words[1], words[2], words[3], words[4], words[6])


def encode_host_live(live: HostLive) -> tuple[int, ...]:
    return (live.heartbeat, live.session, live.epoch, live.evt_ack, live.flags, live.pass_mask)


def decode_host_live(words: Words) -> HostLive | BlockFault:
    if len(words) != r.H_LIVE_WORDS:
        return _too_short("H", words, r.H_LIVE_WORDS)
    return HostLive(*words)


def encode_host_limits(limits: HostLimits) -> tuple[int, ...]:
    lane = 0 if limits.default_lane is None else lane_word(limits.default_lane)
    return (limits.deadline_mm, limits.hb_limit_ms, lane)
