"""What the driver of an image drop reports."""

import msgspec

from drivers.xray.codec import Limits, Sidecar, Size


class DropSettings(msgspec.Struct, frozen=True):
    """One machine's folder. `answer_ms`: a folder that does not answer for so long is down."""

    device: str
    folder: str
    poll_ms: int = 200
    answer_ms: int = 3000
    limits: Limits = Limits()


class ImageCame(msgspec.Struct, frozen=True):
    """A whole drop. `name` is the sidecar's; hand it to `done` once the image is kept."""

    device: str
    name: str
    sidecar: Sidecar
    size: Size
    low: bytes
    high: bytes
    at_s: float


class DropRefused(msgspec.Struct, frozen=True):
    """A drop that is no usable image. `kept` are the bytes as far as they were read, sidecar first.

    `pictures`: SHA-256 of its pictures, as they came and as the sidecar says they were: a frozen detector gives them again.
    """

    device: str
    name: str
    sidecar: Sidecar | None
    code: str
    cause: str
    kept: tuple[tuple[str, bytes], ...]
    at_s: float
    pictures: tuple[str, ...] = ()


class MachineUp(msgspec.Struct, frozen=True):
    device: str


class MachineDown(msgspec.Struct, frozen=True):
    device: str
    code: str
    cause: str
    next_step: str


XrayReport = ImageCame | DropRefused | MachineUp | MachineDown
