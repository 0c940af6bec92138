"""Settings of cameras: where their stream is, what they look at, when their pictures are not believed.

One rule: the same as in `model`, which takes these tables in: described once, units in names, unknown keys refused.
"""

import enum
from typing import Annotated

from controller.settings.fields import EMPTY_BELT, Table, number, setting


class CameraRole(enum.StrEnum):
    INDUCT = "induct"
    VERIFY = "verify"
    SEAL = "seal"
    BENCH = "bench"


class Camera(Table, frozen=True):
    """A camera. It reads labels at the belt, looks at seals at the doors, keeps stills at the open-box bench."""

    name: Annotated[str, setting("Name of the device, for events and alarms.", pattern="^[a-z0-9][a-z0-9_-]*$")]
    role: Annotated[
        CameraRole, setting("What it looks at: a gate on the belt, the seals of a load, or the open-box bench.", EMPTY_BELT)
    ]
    url: Annotated[
        str, setting("Stream (`rtsp://`, `http://` Motion JPEG) or V4L2 device (`/dev/video0`).",
                     pattern="^[a-z]*:?/[^ ]+$")
    ]  # fmt: skip
    open_ms: Annotated[int, number("Longest wait for the stream to open.", ge=200, le=60_000)] = 2000
    stall_ms: Annotated[int, number("Without a new frame for so long the stream is opened again.", ge=200, le=60_000)] = 1500
    frozen_ms: Annotated[int, number("The same picture for so long: the camera hangs.", ge=200, le=60_000)] = 2000
    black_level: Annotated[int, number("A picture no brighter than this anywhere is black.", ge=0, le=100)] = 10
    delay_ms: Annotated[int, number("So long a picture is under way from lens to daemon.", ge=0, le=2000)] = 100
    look_ms: Annotated[int, number("A label is looked for so long after the carton came before it.", ge=100, le=5000)] = 700
