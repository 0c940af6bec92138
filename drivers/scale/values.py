"""What a scale can say, whatever it speaks: the values that every scale codec makes of its bytes.

Rule: value, unit, stability and range always travel together; what is not a weight is a `NoWeight` with its reason or
`Garbled`, never 0.
"""

from decimal import ROUND_HALF_UP, Decimal
from enum import Enum

import msgspec

GRAMS = {"g": Decimal(1), "kg": Decimal(1000)}
GRAMS_IMPERIAL = {"lb": Decimal("453.59237"), "oz": Decimal("28.349523125")}


class Reason(Enum):
    """Why there is no weight."""

    NOT_POSSIBLE = "not_possible"
    OVERLOAD = "overload"
    UNDERLOAD = "underload"
    NEGATIVE = "negative"
    UNIT = "unit"
    TARED = "tared"
    UNZEROED = "unzeroed"
    ERROR = "error"
    GARBLED = "garbled"


class Weight(msgspec.Struct, frozen=True):
    """A weight rounded half up to whole grams (negative ones by magnitude), and whether it had come to
    rest.
    """

    weight_g: int
    stable: bool
    raw: bytes


class NoWeight(msgspec.Struct, frozen=True):
    reason: Reason
    detail: str
    raw: bytes


class Garbled(msgspec.Struct, frozen=True):
    raw: bytes
    cause: str


ScaleValue = Weight | NoWeight | Garbled


def whole_grams(grams: Decimal) -> int:
    """Rounded half up."""
    return int(grams.quantize(Decimal(1), rounding=ROUND_HALF_UP))
