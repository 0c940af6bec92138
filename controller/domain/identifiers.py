"""Identifiers on labels and papers: what a text is by its shape, and whether its check digit holds.

One rule: a shape is a hint, never an identity. Carriers share shapes, so whether a text names a
carton is decided by matching it against the declared lists; all that is said here is "this shape, and
its check digit is right, wrong, or there is none".

Sources: UPU S10 (postal items), GS1 General Specifications (GTIN, SSCC), ISO 6346 (containers), the
published rule for SF waybills. The SF rule covers neither its first three digits nor the hundreds of
a product.
"""

import enum
import re
from collections.abc import Sequence

import msgspec


class Kind(enum.StrEnum):
    """What a text is by its shape."""

    S10 = "s10"
    SF = "sf"
    SSCC = "sscc"
    GTIN = "gtin"
    WAYBILL_OTHER = "waybill_other"
    UNKNOWN = "unknown"


class Check(enum.StrEnum):
    """What the check digit says; `NONE` when the shape has none that is published."""

    OK = "ok"
    WRONG = "wrong"
    NONE = "none"


class Identifier(msgspec.Struct, frozen=True):
    """A normalised text with its shape and its check."""

    kind: Kind
    text: str
    check: Check


S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
SF_UNCHECKED_DIGITS = 3

_S10 = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}")
_SF = re.compile(r"SF[0-9]{12,13}")
_CONTAINER = re.compile(r"[A-Z]{3}[UJZR][0-9]{7}")
_SSCC = re.compile(r"(?:\(00\)|00)?([0-9]{18})")
_GTIN_IN_GS1 = re.compile(r"(?:\(01\)|01)([0-9]{14})")
_GTIN = re.compile(r"[0-9]{8}|[0-9]{12,14}")
_OTHER = re.compile(r"[0-9A-Z](?:[0-9A-Z-]{6,30})[0-9A-Z]")
_DIGITS = re.compile(r"[0-9]+")

_RETAIL = frozenset({"EAN13", "EAN8", "UPCA", "UPCE", "ITF14", "DATABAR", "]E0", "]E3", "]E4"})
_GS1 = frozenset({"GS1128", "EAN128", "GS1DATAMATRIX", "GS1QR", "]C1", "]D2", "]Q3"})
_NO_GTIN = frozenset({"CODE128", "CODE39", "CODE93", "QR", "QRCODE", "DATAMATRIX", "]C0", "]A0", "]G0", "]Q1", "]D1"})


def normalise(text: str) -> str:
    """Upper case, without any white space: labels and papers differ in both."""
    return "".join(text.split()).upper()


def mod10_digit(payload: str) -> int | None:
    """GS1 check digit (GTIN, SSCC): weights 3, 1, 3... from the right of the payload."""
    if not _DIGITS.fullmatch(payload):
        return None
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(payload)))
    return -total % 10


def s10_digit(serial: str) -> int | None:
    """UPU S10 check digit of the eight serial digits. Remainders 0 and 6 share the digit 5."""
    if len(serial) != 8 or not _DIGITS.fullmatch(serial):
        return None
    digit = 11 - _weighted(serial, S10_WEIGHTS) % 11
    return {10: 0, 11: 5}.get(digit, digit)


def sf_digit(digits: str) -> int | None:
    """SF check digit of the digits before it: the first three are skipped, weights 1, 3, 5... from the right,
    the tens and the units of each product are added."""
    if len(digits) not in (11, 12) or not _DIGITS.fullmatch(digits):
        return None
    products = (int(digit) * (2 * place + 1) for place, digit in enumerate(reversed(digits[SF_UNCHECKED_DIGITS:])))
    return -sum(product // 10 % 10 + product % 10 for product in products) % 10


def iso6346_digit(owner_and_serial: str) -> int | None:
    """ISO 6346 check digit of four letters and six digits. Remainder 10 gives 0, the same as remainder 0."""
    if not re.fullmatch(r"[A-Z]{4}[0-9]{6}", owner_and_serial):
        return None
    total = sum(_container_value(char) << place for place, char in enumerate(owner_and_serial))
    return total % 11 % 10


def container_check(text: str) -> Check:
    """A container number's check: `NONE` when the text has not the shape of one."""
    code = normalise(text)
    if not _CONTAINER.fullmatch(code):
        return Check.NONE
    return _verdict(iso6346_digit(code[:10]), code[10])


def classify(text: str, symbology: str | None = None) -> Identifier:
    """Say what `text` is by its shape. `symbology` (a name or an AIM identifier) settles digits-only texts.

    Eight or twelve to fourteen bare digits may be a product code or a carrier's number. A retail symbology
    makes them a GTIN, Code 128 and the like a waybill; if nothing is known a right check digit makes a GTIN.
    """
    code, family = normalise(text), _family(symbology)
    if _S10.fullmatch(code):
        return Identifier(Kind.S10, code, _verdict(s10_digit(code[2:10]), code[10]))
    if _SF.fullmatch(code):
        return Identifier(Kind.SF, code, _verdict(sf_digit(code[2:-1]), code[-1]))
    return _gs1(code, family) or _other(code)


def _gs1(code: str, family: str) -> Identifier | None:
    if match := _SSCC.fullmatch(code):
        return _mod10(Kind.SSCC, match[1])
    if (family in _GS1 or code.startswith("(01)")) and (match := _GTIN_IN_GS1.fullmatch(code)):
        return _mod10(Kind.GTIN, match[1])
    if family in _NO_GTIN or not _GTIN.fullmatch(code):
        return None
    found = _mod10(Kind.GTIN, code)
    return found if family in _RETAIL or found.check is Check.OK else None


def _other(code: str) -> Identifier:
    kind = Kind.WAYBILL_OTHER if _OTHER.fullmatch(code) else Kind.UNKNOWN
    return Identifier(kind, code, Check.NONE)


def _mod10(kind: Kind, digits: str) -> Identifier:
    return Identifier(kind, digits, _verdict(mod10_digit(digits[:-1]), digits[-1]))


def _verdict(computed: int | None, printed: str) -> Check:
    return Check.OK if computed is not None and str(computed) == printed else Check.WRONG


def _family(symbology: str | None) -> str:
    return re.sub(r"[\s_-]", "", symbology or "").upper()


def _weighted(digits: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def _container_value(char: str) -> int:
    if char.isdigit():
        return int(char)
    # A = 10 and on, leaving out the multiples of 11.
    value = ord(char) - ord("A") + 10
    return value + (value >= 11) + (value >= 21) + (value >= 31)
