"""What a camera driver tells: that pictures can be believed, or why not."""

import msgspec


class CameraUp(msgspec.Struct, frozen=True):
    device: str


class CameraDown(msgspec.Struct, frozen=True):
    """Told once for each new code while it is down."""

    device: str
    code: str
    cause: str
    next_step: str


CameraReport = CameraUp | CameraDown
