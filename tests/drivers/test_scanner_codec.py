"""What the reader codecs promise: the maker's bytes give the maker's meaning, and doubtful bytes never a
read.
"""

from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scanner.codec import (
    CodesRead,
    CommandDone,
    CommandRefused,
    Heartbeat,
    KeyenceCodec,
    LineReaderCodec,
    NothingRead,
    ReadCode,
    ReaderValue,
    Spoiled,
)
from drivers.scanner.framing import FRAME_LIMIT_BYTES, TABLES, Kind, State
from drivers.scanner.profiles import PROFILES, FrameCheck, Framing, ReaderProfile

LINE = PROFILES["line"]
XOR = PROFILES["line_xor"]


def read(data: bytes, profile: ReaderProfile = LINE) -> list[ReaderValue]:
    return LineReaderCodec(profile).receive(data)


def codes(values: list[ReaderValue]) -> list[tuple[str, ...]]:
    return [tuple(code.text for code in value.codes) for value in values if isinstance(value, CodesRead)]


def with_check(body: bytes) -> bytes:
    return body + b"%02X" % reduce(xor, body)


@pytest.mark.parametrize(
    "data",
    [
        b"C000006\r",
        b"C000006\n",
        b"C000006\r\n",
        b"\x02C000006\x03",
        b"\x02C000006\x03\r\n",
        b"\x02C000006\r\n",
    ],
)
def test_a_line_is_read_whatever_marks_the_maker_puts_around_it(data: bytes) -> None:
    values = read(data)
    assert codes(values) == [("C000006",)]
    assert len(values) == 1


@pytest.mark.parametrize("text", [b"ERROR", b"NoRead", b"NR", b"NOREAD", b"\x18", b"?"])
def test_each_no_read_text_is_a_no_read(text: bytes) -> None:
    assert read(text + b"\r\n") == [NothingRead(raw=text + b"\r")]


def test_an_aim_id_goes_into_the_symbology() -> None:
    (value,) = read(b"]C1SF1234567890\r\n")
    assert isinstance(value, CodesRead)
    assert value.codes == (ReadCode(text="SF1234567890", symbology="]C1"),)
    assert not value.frame_checked


def test_several_codes_of_one_frame_stay_together() -> None:
    assert codes(read(b"A123;B456;\r", PROFILES["line_multi"])) == [("A123", "B456")]
    assert codes(read(b"A123;NoRead\r", PROFILES["line_multi"])) == [("A123",)]
    assert isinstance(read(b"NoRead;NoRead\r", PROFILES["line_multi"])[0], NothingRead)
    assert isinstance(read(b"A123;;B456\r", PROFILES["line_multi"])[0], Spoiled)


def test_a_right_frame_check_is_said_and_taken_off() -> None:
    (value,) = read(with_check(b"C000006") + b"\r\n", XOR)
    assert isinstance(value, CodesRead)
    assert value.frame_checked
    assert value.codes[0].text == "C000006"
    assert codes(read(with_check(b"C000006").lower().replace(b"c", b"C", 1) + b"\r", XOR)) == [("C000006",)]


@given(bit=st.integers(0, 9 * 8 - 1))
def test_one_flipped_bit_is_never_another_code(bit: int) -> None:
    frame = bytearray(with_check(b"C000006"))
    frame[bit // 8] ^= 1 << bit % 8
    values = read(bytes(frame) + b"\r\n", XOR)
    assert codes(values) in ([], [("C000006",)])  # the case of a check digit's letter may flip


@given(cut=st.integers(1, 8))
def test_lost_bytes_are_never_another_code_when_the_frame_is_checked(cut: int) -> None:
    frame = with_check(b"C000006")
    assert codes(read(frame[:cut] + frame[cut + 1 :] + b"\r\n", XOR)) in ([], [("C000006",)])
    assert codes(read(frame[:cut] + b"\r\n", XOR)) == []


def test_an_xor_does_not_see_two_equal_bytes_vanish() -> None:
    """A limit, written down: the frame check alone is weaker than a check digit in the code."""
    frame = with_check(b"C000006")
    assert codes(read(frame.replace(b"00", b"", 1) + b"\r", XOR)) == [("C0006",)]


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"C00\x07006\r", "printable"),
        (b"C000006\xe9\r", "printable"),
        (b"]C1\r", "empty"),
        (b"006\x03", "head"),
        (b"C00\x02C000006\x03", "began"),
        (b"\x02\x03", "empty"),
        (b"X" * (FRAME_LIMIT_BYTES + 3) + b"\r", "longer"),
    ],
)
def test_a_doubtful_frame_is_spoiled_and_says_why(data: bytes, cause: str) -> None:
    spoiled = read(data)[0]
    assert isinstance(spoiled, Spoiled)
    assert cause in spoiled.cause
    assert len(spoiled.raw) <= FRAME_LIMIT_BYTES + 1


def test_the_frame_after_a_spoiled_one_is_read() -> None:
    assert codes(read(b"X" * 2000 + b"\rC000006\r")) == [("C000006",)]
    assert codes(read(b"C00\x02C000007\x03C000008\r")) == [("C000007",), ("C000008",)]
    assert codes(read(b"noise\r\n\x02C000007\x03\r\n", PROFILES["stx_etx"])) == [("C000007",)]


def test_a_strict_profile_reads_nothing_outside_its_marks() -> None:
    values = read(b"C000006\r\n", PROFILES["stx_etx"])
    assert [type(value) for value in values] == [Spoiled]


def test_silence_ends_a_read_without_suffix_and_spoils_one_that_lost_it() -> None:
    bare = LineReaderCodec(PROFILES["no_suffix"])
    assert bare.receive(b"C000006") == []
    assert codes(bare.flush()) == [("C000006",)]
    assert bare.flush() == []
    line = LineReaderCodec(LINE)
    line.receive(b"C0000")
    (cut,) = line.flush()
    assert isinstance(cut, Spoiled)
    assert "cut off" in cut.cause


def test_a_distrusted_frame_is_spoiled_at_its_end() -> None:
    codec = LineReaderCodec(LINE)
    codec.receive(b"C00")
    codec.spoil("began before the port was open")
    values = codec.receive(b"0006\rC000007\r")
    assert isinstance(values[0], Spoiled)
    assert values[0].raw == b"C000006\r"
    assert codes(values) == [("C000007",)]


def test_a_heartbeat_is_no_read() -> None:
    profile = ReaderProfile(name="test", heartbeat=rb"<HB\d+>")
    assert read(b"<HB12>\r\n", profile) == [Heartbeat(raw=b"<HB12>\r")]


def test_a_group_separator_is_text_only_where_allowed() -> None:
    assert isinstance(read(b"]C10012\x1d21A\r")[0], Spoiled)
    allowed = ReaderProfile(name="test", group_separator=True)
    assert codes(read(b"]C10012\x1d21A\r", allowed)) == [("0012\x1d21A",)]


def test_keyence_replies_are_told_apart_from_data() -> None:
    codec = KeyenceCodec(PROFILES["keyence_sr"])
    assert KeyenceCodec.command("LON") == b"LON\r"
    assert codec.receive(b"OK,LON\rSF1234567890\rERROR\rER,LOFF,22\r\n") == [
        CommandDone(command="LON", raw=b"OK,LON\r"),
        CodesRead(codes=(ReadCode("SF1234567890"),), frame_checked=False, raw=b"SF1234567890\r"),
        NothingRead(raw=b"ERROR\r"),
        CommandRefused(command="LOFF", error="22", raw=b"ER,LOFF,22\r"),
    ]


def test_the_tables_answer_every_byte_in_every_state() -> None:
    for table in TABLES.values():
        assert set(table) == {(state, kind) for state in State for kind in Kind}


profiles = st.builds(
    ReaderProfile,
    name=st.just("fuzz"),
    framing=st.sampled_from(Framing),
    ends=st.sampled_from([b"\r\n", b"\r", b"\t\r", b""]),
    silence_ends_read=st.booleans(),
    separator=st.sampled_from([b"", b";", b"\r", b", "]),
    heartbeat=st.sampled_from([b"", rb"HB\d*"]),
    frame_check=st.sampled_from(FrameCheck),
    aim_ids=st.booleans(),
    group_separator=st.booleans(),
)
streams = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from([b"\x02", b"\x03", b"\r", b"\n", b"\r\n", b"ERROR\r", b"OK,LON\r", b"ER,LON,05\r", b"]C1", b";"]),
        st.just(b"A" * 300),
    ),
    max_size=20,
).map(b"".join)


@given(profile=profiles, stream=streams, keyence=st.booleans())
def test_any_bytes_give_values_and_the_same_ones_whole_or_byte_by_byte(
    profile: ReaderProfile, stream: bytes, keyence: bool
) -> None:
    make = KeyenceCodec if keyence else LineReaderCodec
    whole, split = make(profile), make(profile)
    at_once = [*whole.receive(stream), *whole.flush()]
    one_by_one = [value for byte in stream for value in split.receive(bytes([byte]))] + split.flush()
    assert at_once == one_by_one
    assert not whole.pending
    for value in at_once:
        assert isinstance(value, ReaderValue)
        assert len(value.raw) <= FRAME_LIMIT_BYTES + 1
        if isinstance(value, CodesRead):
            assert value.codes
            assert all(code.text.strip() for code in value.codes)
            assert value.frame_checked is (profile.frame_check is FrameCheck.XOR_HEX)
