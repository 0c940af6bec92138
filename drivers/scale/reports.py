"""What the scale driver reports, and its settings.

Rule: a weight is reported once per plateau; a state without weight once per change of its reason. `at_s` is
the loop's clock when the answer was complete.
"""

from collections.abc import Callable

import msgspec

from drivers.scale.codec import Reason
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
