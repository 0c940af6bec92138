"""What the MT-SICS codec promises: the manual's answers give the manual's meaning, anything else is
garbled.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scale.sics_codec import LINE_LIMIT_BYTES, SicsCodec
from drivers.scale.values import Garbled, NoWeight, Reason, ScaleValue, Weight


def answer(line: bytes, *, imperial: bool = False) -> ScaleValue:
    (value,) = SicsCodec(imperial=imperial).receive(line + b"\r\n")
    return value


@pytest.mark.parametrize(
    ("line", "weight_g", "stable"),
    [
        (b"S S     100.00 g", 100, True),
        (b"S D     100.00 g", 100, False),
        (b"SI S 1.2345 kg", 1235, True),
        (b"S S 0.5 g", 1, True),
        (b"S S 2.5 g", 3, True),
        (b"S S 0.49 g", 0, True),
        (b"S S -   12.0 g", -12, True),
        (b"S S      -2.5 g", -3, True),
        (b"S S +12 g", 12, True),
    ],
)
def test_weights_are_whole_grams_rounded_half_up(line: bytes, weight_g: int, stable: bool) -> None:
    assert answer(line) == Weight(weight_g, stable, line)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"S I", Reason.NOT_POSSIBLE),
        (b"SI I", Reason.NOT_POSSIBLE),
        (b"S +", Reason.OVERLOAD),
        (b"S -", Reason.UNDERLOAD),
        (b"ES", Reason.ERROR),
        (b"ET", Reason.ERROR),
        (b"EL", Reason.ERROR),
        (b"S S 1.0 lb", Reason.UNIT),
        (b"S S 1.0 oz", Reason.UNIT),
        (b"S S 1.0 t", Reason.UNIT),
    ],
)
def test_no_weight_has_a_reason_and_is_never_zero(line: bytes, reason: Reason) -> None:
    value = answer(line)
    assert isinstance(value, NoWeight)
    assert value.reason is reason
    assert value.detail


def test_pounds_and_ounces_count_only_where_configured() -> None:
    assert answer(b"S S 10 lb", imperial=True) == Weight(4536, True, b"S S 10 lb")
    assert answer(b"S S 1 oz", imperial=True) == Weight(28, True, b"S S 1 oz")


@pytest.mark.parametrize(
    "line",
    [b"0.00 g", b"S", b"S S", b"S S g", b"S S 1,5 g", b"S S 1.5", b"S S 1 2 g", b"S S 1e3 g", b"S X 1 g",
     b"\xff\xfe", b"S S 1 g g", b"S S --1 g", b"S S - -1 g", b"S S . g", b"s s 1 g", b"S S 1 0 0 g"],
)  # fmt: skip
def test_anything_else_is_garbled(line: bytes) -> None:
    assert isinstance(answer(line), Garbled)


def test_a_line_without_end_takes_no_memory() -> None:
    codec = SicsCodec()
    assert codec.receive(b"9" * 100_000) == []
    (value,) = codec.receive(b"\r\n")
    assert isinstance(value, Garbled)
    assert len(value.raw) == LINE_LIMIT_BYTES
    assert isinstance(codec.receive(b"S S 1 g\r\n")[0], Weight)


streams = st.lists(
    st.one_of(
        st.binary(max_size=10),
        st.sampled_from([b"S S     100.00 g\r\n", b"S I\r\n", b"S +\r\n", b"ES\r\n", b"S D ", b"12.5", b" kg", b"\n"]),
        st.text("SID+- 0123456789.gk\r\n", max_size=20).map(str.encode),
    ),
    max_size=20,
).map(b"".join)


@given(stream=streams, imperial=st.booleans())
def test_any_bytes_give_values_and_the_same_ones_whole_or_byte_by_byte(stream: bytes, imperial: bool) -> None:
    split = SicsCodec(imperial=imperial)
    whole = SicsCodec(imperial=imperial).receive(stream)
    assert whole == [value for byte in stream for value in split.receive(bytes([byte]))]
    assert all(isinstance(value, ScaleValue) for value in whole)
