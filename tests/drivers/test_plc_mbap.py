"""A reply that is not exactly the answer to its request is refused before anything decodes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.plc.errors import PlcWireError
from drivers.plc.mbap import reply_fault, request_of

READ = request_of(bytes.fromhex("000700000006010300000002"))
WRITE = request_of(bytes.fromhex("00080000000b011003840002040001000200"[:34]))
GOOD = bytes.fromhex("00070000000701030411112222")


def test_requests_are_read_back_from_their_bytes() -> None:
    assert (READ.transaction, READ.unit_id, READ.function, READ.address, READ.count) == (7, 1, 3, 0, 2)
    assert (WRITE.transaction, WRITE.function, WRITE.address, WRITE.count) == (8, 16, 900, 2)


def test_the_right_replies_pass_whole_and_byte_by_byte() -> None:
    for end in range(len(GOOD) + 1):
        assert reply_fault(READ, GOOD[:end]) is None
    assert reply_fault(WRITE, bytes.fromhex("000800000006011003840002")) is None


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("00070001000701030411112222", "bad_protocol_id"),
        ("0007000000020103", "bad_length"),
        ("00070000010001030411112222", "bad_length"),
        ("00070000000702030411112222", "wrong_unit"),
        ("00070000000701040411112222", "wrong_function"),
        ("000700000006010600010002", "wrong_function"),
        ("00070000000701990411112222", "wrong_function"),
        ("0007000000050103021111", "short_reply"),
        ("000700000007010306111122223333", "short_reply"),
        ("000700000003018302", "exception_response"),
    ],
)
def test_wrong_replies_to_a_read_are_named(reply: str, code: str) -> None:
    fault = reply_fault(READ, bytes.fromhex(reply))
    assert fault is not None
    assert fault.code == code
    assert fault.next_step


def test_a_write_must_be_confirmed_for_its_own_registers() -> None:
    fault = reply_fault(WRITE, bytes.fromhex("000800000006011003850002"))
    assert fault is not None
    assert fault.code == "wrong_write_echo"


def test_a_late_reply_of_an_older_request_is_stepped_over() -> None:
    late = bytes.fromhex("000600000005010302ffff")
    assert reply_fault(READ, late) is None
    assert reply_fault(READ, late + GOOD) is None
    fault = reply_fault(READ, late + bytes.fromhex("000700000003018306"))
    assert fault is not None
    assert fault.code == "exception_response"


@given(st.binary(max_size=300))
def test_any_bytes_are_waited_for_or_refused(garbage: bytes) -> None:
    for sent in (READ, WRITE):
        assert isinstance(reply_fault(sent, garbage), PlcWireError | None)


@given(st.binary(min_size=2, max_size=40), st.integers(3, 60))
def test_any_body_behind_a_right_header_is_waited_for_or_refused(body: bytes, length: int) -> None:
    frame = b"\x00\x07\x00\x00" + length.to_bytes(2, "big") + b"\x01" + body
    assert isinstance(reply_fault(READ, frame), PlcWireError | None)
