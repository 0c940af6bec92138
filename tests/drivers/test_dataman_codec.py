"""What the DataMan codec promises: replies carry the id of their command, everything else is read data or spoiled."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scanner.codec import CodesRead, CommandDone, CommandRefused, DataManCodec, NothingRead, ReadCode, ReaderValue
from drivers.scanner.profiles import PROFILES


def values(data: bytes) -> list[ReaderValue]:
    return DataManCodec(PROFILES["dataman"]).receive(data)


def test_a_command_carries_its_id_and_ends_with_cr_lf() -> None:
    assert DataManCodec.command("TRIGGER ON", 17) == bytes.fromhex("7c7c303a31373e54524947474552204f4e0d0a")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b"||0:17[0]", CommandDone("17", b"")),
        (b"||0:17[1]ON", CommandDone("17", b"")),
        (b"||0:17[104]", CommandRefused("17", "104", b"")),
        (b"NoRead", NothingRead(b"")),
        (b"]C1SF1234567890", CodesRead((ReadCode("SF1234567890", "]C1"),), False, b"")),
    ],
)
def test_a_line_is_a_reply_or_what_was_read(line: bytes, value: ReaderValue) -> None:
    (found,) = values(line + b"\r\n")
    assert msgspec.structs.replace(found, raw=b"") == value


def test_a_reply_that_is_cut_is_no_reply() -> None:
    assert not any(isinstance(value, CommandDone) for value in values(b"||0:17[0\r\n"))


@given(st.binary(max_size=200))
def test_any_bytes_give_values_only_and_the_same_byte_by_byte(data: bytes) -> None:
    codec = DataManCodec(PROFILES["dataman"])
    assert values(data) == [value for byte in data for value in codec.receive(bytes((byte,)))]
