"""What the Toledo codec promises: the format's frames give their meaning, anything else is garbled, whole or byte by byte."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scale.toledo_codec import ToledoCodec
from drivers.scale.values import Garbled, NoWeight, Reason, ScaleValue, Weight
from simulators.scale.toledo import ToledoFaults, ToledoProfile, ToledoScaleSim
from simulators.world.loop import VirtualLoop
from simulators.world.memory_port import MemoryPort


def frame(weight: bytes, swa: int = 0x2D, swb: int = 0x30, swc: int = 0x20, *, tare: bytes = b"     0") -> bytes:
    """A frame by the format's table; by default kilograms with three places, at rest, gross."""
    return bytes((0x02, swa, swb, swc)) + weight + tare + b"\r"


def with_check(body: bytes) -> bytes:
    return body + bytes(((-sum(body)) & 0x7F,))


def one(data: bytes, **options: bool) -> ScaleValue:
    (value,) = ToledoCodec(**options).receive(data)
    return value


@pytest.mark.parametrize(
    ("data", "weight_g", "stable"),
    [
        (frame(b"  1500"), 1500, True),
        (frame(b"  1500", swb=0x38), 1500, False),
        (frame(b"  1500", swb=0x32), -1500, True),
        (frame(b"000000"), 0, True),
        (frame(b"    15", swa=0x2B), 1500, True),
        (frame(b"    15", swa=0x2A), 15000, True),
        (frame(b"     1", swa=0x29), 10_000, True),
        (frame(b"     1", swa=0x28), 100_000, True),
        (frame(b" 12345", swa=0x2F), 123, True),
        (frame(b"  1500", swa=0x2A, swb=0x20, swc=0x21), 1500, True),
        (frame(b"  1505", swa=0x2B, swb=0x20, swc=0x21), 151, True),
    ],
)
def test_weights_are_whole_grams_of_point_sign_and_unit(data: bytes, weight_g: int, stable: bool) -> None:
    assert one(data) == Weight(weight_g, stable, data)
    checked = with_check(data)
    assert one(checked, checked=True) == Weight(weight_g, stable, checked)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (frame(b"  1500", swb=0x34), Reason.OVERLOAD),
        (frame(b"  1500", swb=0x36), Reason.UNDERLOAD),
        (frame(b"  1500", swb=0x31), Reason.TARED),
        (frame(b"  1500", swb=0x70), Reason.UNZEROED),
        (frame(b"  1500", swb=0x20), Reason.UNIT),
        (frame(b"  1500", swc=0x22), Reason.UNIT),
    ],
)
def test_no_weight_has_a_reason_and_is_never_zero(data: bytes, reason: Reason) -> None:
    value = one(data)
    assert isinstance(value, NoWeight)
    assert value.reason is reason
    assert value.detail


def test_pounds_count_only_where_configured() -> None:
    pounds = frame(b"    10", swa=0x2A, swb=0x20)
    assert one(pounds, imperial=True) == Weight(4536, True, pounds)


def test_a_parity_bit_changes_nothing() -> None:
    data = bytes(byte | 0x80 for byte in frame(b"  1500"))
    assert one(data) == Weight(1500, True, data)


@pytest.mark.parametrize("place", range(1, 18))
def test_any_changed_bit_of_a_checked_frame_is_found(place: int) -> None:
    data = bytearray(with_check(frame(b"  1500")))
    for bit in range(7):
        wrong = bytearray(data)
        wrong[place] ^= 1 << bit
        values = ToledoCodec(checked=True).receive(bytes(wrong))
        assert not any(isinstance(value, Weight) for value in values)


def test_a_frame_that_is_cut_spoils_itself_alone() -> None:
    whole = frame(b"  1500")
    values = ToledoCodec().receive(whole[:9] + whole + b"noise" + whole)
    assert [type(value) for value in values] == [Garbled, Weight, Garbled, Weight]


def test_a_check_byte_where_none_is_configured_is_told_at_each_frame() -> None:
    values = ToledoCodec().receive(with_check(frame(b"  1500")) * 3)
    assert [type(value) for value in values] == [Weight, Garbled] * 3


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_give_values_only_and_the_same_byte_by_byte(data: bytes, checked: bool) -> None:
    whole = ToledoCodec(checked=checked).receive(data)
    codec = ToledoCodec(checked=checked)
    assert whole == [value for byte in data for value in codec.receive(bytes((byte,)))]


@given(st.integers(-60_000, 60_000), st.booleans(), st.booleans(), st.booleans())
def test_it_means_what_the_simulator_means(weight_g: int, settled: bool, checked: bool, parity: bool) -> None:
    profile = ToledoProfile(checked=checked, even_parity_bit=parity)
    loop = VirtualLoop(random.Random(0))
    try:
        scale = ToledoScaleSim(loop.run_until_complete(_port()), profile)
        scale.set_load(weight_g, settled)
        value = one(scale.frame(), checked=checked)
        assert isinstance(value, Weight)
        assert (value.weight_g, value.stable) == (weight_g, settled)
        scale.faults = ToledoFaults(tared=True)
        assert isinstance(one(scale.frame(), checked=checked), NoWeight)
    finally:
        loop.close()


async def _port() -> MemoryPort:
    return MemoryPort("weigh")
