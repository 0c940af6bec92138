"""Instants as milliseconds since 1970 of the calendar they are written in, for whoever may not ask a clock.

One rule: a day that there is not is none; nothing is corrected. Zones are whoever's who reads the text. Source: proleptic
Gregorian calendar, years 1 to 9999.
"""

import re

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
_DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{3})\d*)?(?:Z|\+00:00)", re.ASCII)
_BEFORE_MONTH = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365)
_DAYS_TO_1970 = 719_162


def of_digits(text: str) -> int | None:
    """17 digits, year to millisecond."""
    return _instant(_DIGITS.fullmatch(text))


def of_utc(text: str) -> int | None:
    """ISO 8601 in UTC, as the journal has it."""
    return _instant(_ISO.fullmatch(text))


def to_digits(at_ms: int) -> str:
    """The inverse of `of_digits`, for the years that it reads."""
    days, ms = divmod(at_ms, DAY_MS)
    days += _DAYS_TO_1970
    year = days * 400 // 146_097 + 1
    while _before_year(year) > days:
        year -= 1
    while _before_year(year + 1) <= days:
        year += 1
    left = days - _before_year(year)
    month = next(one for one in range(12, 0, -1) if _before_month(year, one) <= left)
    day = left - _before_month(year, month) + 1
    return f"{year:04d}{month:02d}{day:02d}{ms // HOUR_MS:02d}{ms // 60_000 % 60:02d}{ms // 1000 % 60:02d}{ms % 1000:03d}"


def _instant(found: re.Match[str] | None) -> int | None:
    if found is None:
        return None
    year, month, day, hour, minute, second, ms = (int(text or "0") for text in found.groups())
    if year < 1 or not 1 <= month <= 12 or hour > 23 or minute > 59 or second > 59:
        return None
    before = _before_month(year, month)
    if not 1 <= day <= _before_month(year, month + 1) - before:
        return None
    days = _before_year(year) + before + day - 1 - _DAYS_TO_1970
    return days * DAY_MS + hour * HOUR_MS + minute * 60_000 + second * 1000 + ms


def _before_year(year: int) -> int:
    past = year - 1
    return past * 365 + past // 4 - past // 100 + past // 400


def _before_month(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return _BEFORE_MONTH[month - 1] + (1 if leap and month > 2 else 0)
