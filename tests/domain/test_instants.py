"""Instants are those of the calendar that Python knows."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.instants import of_digits, of_utc, to_digits

EPOCH = datetime(1970, 1, 1)


@given(st.datetimes())
def test_an_instant_is_read_and_written_as_the_calendar_has_it(at: datetime) -> None:
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    text = f"{at:%m%d%H%M%S}{at.microsecond // 1000:03d}"
    digits, ms = f"{at.year:04d}{text}", (at - EPOCH) // timedelta(milliseconds=1)
    assert (of_digits(digits), to_digits(ms)) == (ms, digits)
    iso = at.replace(tzinfo=UTC).isoformat(timespec="milliseconds")
    assert of_utc(iso) == of_utc(iso.replace("+00:00", "Z")) == ms


@pytest.mark.parametrize(
    "digits",
    ["", "20260230090000000", "20269923090000000", "21000229000000000", "20261123240000000", "20261123096000000",
     "20261123090060000", "2026112309000000", "00000101000000000", "２０２６１１２３０９０００００００", "20261123090000000\n"],
)  # fmt: skip
def test_what_is_no_instant_is_none(digits: str) -> None:
    assert of_digits(digits) is None


@pytest.mark.parametrize("utc", ["", "u", "2026-11-23T00:00:00+08:00", "2026-13-23T00:00:00Z", "2026-11-23"])
def test_what_is_no_utc_is_none(utc: str) -> None:
    assert of_utc(utc) is None
    assert of_utc("2026-11-23T00:00:00Z") is not None
