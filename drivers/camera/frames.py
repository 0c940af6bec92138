"""Frames, the settings of a camera, and the seam to where frames come from.

Rule: a capture gives the newest frame and never an older one again; everything else is dropped where it arises.
"""

from typing import Protocol
from urllib.parse import urlsplit

import msgspec
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


class CameraSettings(msgspec.Struct, frozen=True):
    """One camera. `url`: rtsp://, http:// (Motion JPEG) or a V4L2 device (/dev/video0)."""

    device: str
    url: str
    open_ms: int = 2000  # longest wait for the stream to open
    stall_ms: int = 1500  # without a new frame for so long the stream is given up
    frozen_ms: int = 2000  # the same picture for so long: the camera hangs
    black_level: int = 10  # a picture no brighter than this anywhere shows nothing
    retry_ms: int = 250  # between two tries to open it
    retry_most_ms: int = 1000


class Frame(msgspec.Struct, frozen=True):
    """A picture, (height, width, 3) uint8 BGR, not to be written to. `at_s`: when it arrived, on the loop's clock.

    `number` counts the frames of one camera since the driver began, over every reopening.
    """

    picture: Picture
    at_s: float
    number: int


class CameraLost(Exception):  # noqa: N818 (said as it is said in the log)
    """This stream is over; the driver opens it again."""

    def __init__(self, code: str, cause: str, next_step: str) -> None:
        super().__init__(f"{code}: {cause}; {next_step}")
        self.code, self.cause, self.next_step = code, cause, next_step


class Capture(Protocol):
    """One opened stream, used once."""

    async def open(self) -> None:
        """Raises `CameraLost` if the stream can not be opened. May take as long as the other side lets it."""

    async def next_frame(self) -> tuple[Picture, float]:
        """The newest picture that was not taken yet, and when it arrived. Raises `CameraLost` when the stream has ended."""

    async def close(self) -> None:
        """Everything of it is released when this returns. Cancelled, it lets go what still hangs."""


def shown_url(url: str) -> str:
    """An address without its password, for logs and people."""
    parts = urlsplit(url)
    if parts.password is None and parts.username is None:
        return url
    return parts._replace(netloc=f"***@{parts.netloc.rpartition('@')[2]}").geturl()
