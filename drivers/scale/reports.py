"""What the scale driver reports, and its settings.

Rule: a weight is reported once per plateau; a state without weight once per change of its reason. `at_s` is
the loop's clock when the answer was complete.
"""

from collections.abc import Callable

import msgspec

from drivers.scale.values import NoWeight, Reason, Weight
from drivers.serial_port.ports import PortSettings


class ScaleSettings(msgspec.Struct, frozen=True):
    """One scale on one line."""

    device: str
    port: PortSettings
    poll_ms: int = 100
    reply_timeout_ms: int = 300
    retry_ms: int = 500  # between two tries to open the port
    min_g: int = 20  # less than this is an empty belt
    resolution_g: int = 5  # values no further apart than this are the same weight
    agree_readings: int = 2  # so many stable values in a row must agree: MT-SICS has no check sum
    imperial: bool = False  # accept lb and oz
    silence_ms: int = 1500  # a stream that is quiet for so long has stopped (continuous output only)


class ScaleUp(msgspec.Struct, frozen=True):
    device: str


class ScaleDown(msgspec.Struct, frozen=True):
    device: str
    code: str
    cause: str
    next_step: str


class StableWeight(msgspec.Struct, frozen=True):
    device: str
    weight_g: int
    raw: bytes
    at_s: float


class WeightUnusable(msgspec.Struct, frozen=True):
    device: str
    reason: Reason
    detail: str
    raw: bytes
    at_s: float


ScaleReport = ScaleUp | ScaleDown | StableWeight | WeightUnusable
Report = Callable[[ScaleReport], None]


def report_of(device: str, news: Weight | NoWeight | None, at_s: float) -> StableWeight | WeightUnusable | None:
    """What a plateau finder found, as a report."""
    match news:
        case Weight(weight_g, _, raw):
            return StableWeight(device, weight_g, raw, at_s)
        case NoWeight(reason, detail, raw):
            return WeightUnusable(device, reason, detail, raw, at_s)
        case None:
            return None
