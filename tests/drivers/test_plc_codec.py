"""CIL-1 words and values. Expected words are worked out by hand from the contract, not by the codec."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from drivers.plc.codec import (
    BlockFault,
    CommandRecord,
    DecisionRecord,
    HostLimits,
    HostLive,
    RingRecord,
    Status,
    TableRow,
    check_word,
    decode_command,
    decode_decision,
    decode_host_live,
    decode_ring_record,
    decode_status,
    decode_table,
    encode_command,
    encode_decision,
    encode_host_limits,
    encode_host_live,
    lane_of,
    lane_word,
    ring_offset,
)
from drivers.plc.sequences import advance, is_later, latest, ring_next, ring_slot, ring_steps
from drivers.plc.vocabulary import Lane, PlcFlag, Result, result_of

WORD = st.integers(0, 65535)


def status_words() -> list[int]:
    """Block S of line 1, written down word by word."""
    words = [0xC11E, 1, 1, 0x1234, 0x5678, 700, 41, 9001, 7, 1, 6, 0x00E5, 0, 0, 0]
    words += [0b101, 0, 0b100, 0b111, 500, 12345, 3, 130, 67, 120, 0, 55, 1]
    words += [11, 12, 13, 14, 15, 16, 17, 18]
    words += [0x4321, 0x8765, 500, 2000, 0x01FE, 700, 0xBEEF]
    return words


def test_block_s_is_read_field_by_field() -> None:
    status = decode_status(status_words(), line_id=1)
    assert isinstance(status, Status)
    assert (status.heartbeat, status.host_hb_echo, status.session_echo, status.epoch) == (700, 41, 9001, 7)
    assert (status.unit_mode, status.state) == (1, 6)
    assert status.flags == (
        PlcFlag.E_STOP_HEALTHY | PlcFlag.HOST_LINK_OK | PlcFlag.RUNNING | PlcFlag.GUARDS_CLOSED | PlcFlag.AIR_OK
    )
    assert (status.zone_occ, status.lane_full, status.lane_avail, status.speed_mm_s) == (0b101, 0b100, 0b111, 500)
    assert (status.belt_mm, status.in_track) == (12345, 3)
    assert (status.evt_head, status.evt_tail, status.evt_ack_echo, status.evt_lost) == (130, 67, 120, 0)
    assert (status.cmd_echo, status.cmd_result) == (55, Result.ACCEPTED)
    assert status.dec_echo == (11, 12, 13, 14, 15, 16, 17, 18)
    assert [int(result) for result in status.dec_result] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert (status.deadline_mm, status.hb_limit_ms, status.default_lane) == (500, 2000, Lane.INSPECT)
    assert status.boot_nonce == 0xBEEF


def test_another_machine_is_not_this_line() -> None:
    for offset, value, code in [
        (0, 0x1EC1, "wrong_magic"),
        (0, 0, "wrong_magic"),
        (1, 2, "wrong_version"),
        (2, 2, "wrong_line"),
        (3, 0x5678, "wrong_word_order"),
    ]:
        words = status_words()
        words[offset] = value
        fault = decode_status(words, line_id=1)
        assert isinstance(fault, BlockFault)
        assert fault.code == code
        assert fault.cause
        assert fault.next_step


def test_a_block_that_changed_while_it_was_read_is_torn() -> None:
    words = status_words()
    words[41] = 701
    fault = decode_status(words, line_id=1)
    assert isinstance(fault, BlockFault)
    assert fault.code == "torn_status"


def test_a_lane_needs_its_complement() -> None:
    assert [lane_word(lane) for lane in (1, 2, 3)] == [0x01FE, 0x02FD, 0x03FC]
    assert [lane_of(word) for word in (0x01FE, 0x02FD, 0x03FC)] == [1, 2, 3]
    assert [lane_of(word) for word in (0, 0x00FF, 0x0300, 0x03FD, 0xFFFF, 3)] == [None] * 6


@given(st.sampled_from([1, 2, 3]), st.integers(0, 15))
def test_one_wrong_bit_is_no_lane(lane: int, bit: int) -> None:
    assert lane_of(lane_word(lane) ^ 1 << bit) is None


def test_a_release_is_written_as_the_contract_says() -> None:
    # epoch 7, track 300, release, label flag, ttl 12.5 s, session 9001, sequence 513
    # 7 + 300 + 0x03FC (1020) + 0x207D (8317) + 9001 + 513 = 19158 = 0x4AD6; complement 0xB529
    record = DecisionRecord(7, 300, Lane.RELEASE, 0b10, 125, 9001, 513)
    assert encode_decision(record) == (7, 300, 0x03FC, 0x207D, 9001, 0xB529, 513)


def test_a_command_is_written_as_the_contract_says() -> None:
    # session 9001, epoch 7, code 31, station 4, track 300, sequence 77
    # 9001 + 7 + 31 + 4 + 300 + 77 = 9420 = 0x24CC; complement 0xDB33
    assert encode_command(CommandRecord(9001, 7, 31, 4, 300, 77)) == (9001, 7, 31, 4, 300, 0xDB33, 77)


def test_the_check_word_uses_a_sixteen_bit_sum() -> None:
    assert check_word((0xFFFF, 2)) == 0xFFFE
    assert check_word(()) == 0xFFFF


def test_host_words_stand_in_their_order() -> None:
    live = HostLive(heartbeat=1, session=2, epoch=3, evt_ack=4, flags=5, pass_mask=6)
    assert encode_host_live(live) == (1, 2, 3, 4, 5, 6)
    assert encode_host_limits(HostLimits(600, 3000, Lane.INSPECT)) == (600, 3000, 0x01FE)
    assert encode_host_limits(HostLimits(0, 0, None)) == (0, 0, 0)


def test_a_ring_record_counts_only_whole_and_expected() -> None:
    words = [65, 7, 0x0506, 300, 0x03FC, 0, 4711, 8800, 65]
    assert decode_ring_record(words, 65) == RingRecord(65, 7, 5, 6, 300, 3, 0, 4711, 8800)
    assert decode_ring_record(words, 1) is None, "an older turn of the ring"
    assert decode_ring_record([0, *words[1:]], 65) is None, "being written"
    assert decode_ring_record([*words[:8], 1], 65) is None, "tail not yet written"
    assert decode_ring_record([0] * 9, 0) is None
    assert decode_ring_record(words[:8], 65) is None


def test_a_lane_in_an_event_is_a_lane_word_too() -> None:
    bare = decode_ring_record([1, 7, 0x0506, 300, 3, 0, 0, 0, 1], 1)
    assert bare is not None
    assert bare.arg1 == 0, "a bare 3 is not the release lane"
    elsewhere = decode_ring_record([1, 7, 0x1706, 300, 0x03FC, 0x01FE, 0, 0, 1], 1)
    assert elsewhere is not None
    assert (elsewhere.arg1, elsewhere.arg2) == (Lane.RELEASE, Lane.INSPECT)
    wanted = decode_ring_record([1, 7, 0x0406, 300, 0x03FC, 1, 0, 0, 1], 1)
    assert wanted is not None
    assert (wanted.arg1, wanted.arg2) == (1020, 1), "millimetres, not a lane"


def test_ring_slots_and_wrap() -> None:
    assert [ring_slot(seq) for seq in (1, 64, 65, 65472)] == [0, 63, 0, 63]
    assert ring_offset(65) == 0
    assert ring_offset(2) == 9
    assert ring_next(65472) == 1
    assert ring_steps(65470, 2) == 4


def test_the_table_gives_the_rows_in_use() -> None:
    words = [300, 0x0602, 0x03FC, 513, 0, 0, 0, 0, 301, 0x0201, 0, 0]
    assert decode_table(words) == (TableRow(300, 6, 2, 3, 513), TableRow(301, 2, 1, None, 0))


def test_serial_order_goes_over_the_wrap_and_skips_zero() -> None:
    assert advance(65535) == 1
    assert is_later(1, 65535)
    assert not is_later(65535, 1)
    assert is_later(40000, 0), "0 = nothing taken: anything is later"
    assert not is_later(0, 5)
    assert not is_later(5, 5)
    assert latest((65530, 0, 3, 65535)) == 3
    assert latest(()) == 0


def test_an_undefined_result_is_said_to_be_one() -> None:
    assert result_of(11) is Result.WRONG_SESSION
    assert result_of(12) is Result.NOT_IN_CONTRACT
    assert result_of(65535) is Result.NOT_IN_CONTRACT


decisions = st.builds(
    DecisionRecord,
    epoch=WORD,
    track_id=WORD,
    lane=st.integers(1, 255),
    flags=st.integers(0, 15),
    ttl_100ms=st.integers(0, 4095),
    session=WORD,
    seq=WORD,
)
commands = st.builds(CommandRecord, session=WORD, epoch=WORD, code=WORD, arg1=WORD, arg2=WORD, seq=WORD)


@given(decisions)
def test_decisions_go_round(record: DecisionRecord) -> None:
    assert decode_decision(encode_decision(record)) == record


@given(commands)
def test_commands_go_round(record: CommandRecord) -> None:
    assert decode_command(encode_command(record)) == record


@given(decisions, st.integers(0, 6), st.integers(0, 15))
def test_one_wrong_bit_is_no_decision(record: DecisionRecord, word: int, bit: int) -> None:
    words = list(encode_decision(record))
    words[word] ^= 1 << bit
    assert decode_decision(words) is None


@given(st.builds(HostLive, WORD, WORD, WORD, WORD, WORD, WORD))
def test_host_words_go_round(live: HostLive) -> None:
    assert decode_host_live(encode_host_live(live)) == live


@given(st.lists(WORD, max_size=140), WORD)
def test_any_words_give_a_value_or_a_fault(words: list[int], expected: int) -> None:
    assert isinstance(decode_status(words, 1), Status | BlockFault)
    assert isinstance(decode_host_live(words), HostLive | BlockFault)
    decode_ring_record(words, expected)
    decode_table(words)
    decode_decision(words)
    decode_command(words)


@given(st.lists(WORD, min_size=38, max_size=38))
def test_any_words_behind_a_right_head_give_a_status_that_can_be_written_down(rest: list[int]) -> None:
    words = [0xC11E, 1, 1, 0x1234, 0x5678, *rest]
    words[41] = words[5]
    status = decode_status(words, 1)
    assert isinstance(status, Status)
    assert msgspec.json.encode(status)
