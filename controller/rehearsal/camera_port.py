"""Cameras in a rehearsal: the pictures of a simulated camera, without stream, thread or OpenCV's clock.

One rule: it fails as a stream does (no picture, an end, a refusal), on the rehearsal's own clock, and hands over pictures only
as often as something new may be seen in them: a view that has not changed for long is looked at seldom.
"""

import asyncio
from collections.abc import Callable

from drivers.camera.frames import CameraLost, CameraSettings, Capture, Picture
from simulators.camera.camera import CameraSim

CONNECT_S = 0.02
# So long after a change pictures come as fast as the camera makes them: a label is looked for 0.7 s (`look_ms`).
SOON_S, SELDOM_S = 0.8, 1.0
# What is said, not the exception itself: one that is raised again keeps each frame that it passed, and whole lines with them.
REFUSED = ("cannot_open", "the stream can not be opened", "check the camera")
ENDED = ("stream_ended", "no further frame came", "check the camera")


class RehearsedCapture:
    """One opened stream of a simulated camera."""

    def __init__(self, camera: CameraSim) -> None:
        self._camera = camera
        self._changed = asyncio.Event()
        self._often_until_s = 0.0

    async def open(self) -> None:
        await asyncio.sleep(CONNECT_S)
        if self._camera.cut:
            raise CameraLost(*REFUSED)
        self._camera.on_change = self._look

    async def next_frame(self) -> tuple[Picture, float]:
        loop = asyncio.get_running_loop()
        while True:
            seldom = loop.time() > self._often_until_s
            self._changed.clear()
            # A timer that sets the event is cheaper than a time-out that cancels the wait for it.
            alarm = loop.call_later(SELDOM_S if seldom else 1 / self._camera.fps, self._changed.set)
            try:
                await self._changed.wait()
            finally:
                alarm.cancel()
            if self._camera.cut:
                raise CameraLost(*ENDED)
            picture = self._camera.next_frame()
            if picture is not None:
                return picture, loop.time()

    def _look(self) -> None:
        self._often_until_s = asyncio.get_running_loop().time() + SOON_S
        self._changed.set()

    async def close(self) -> None:
        self._camera.on_change = lambda: None


def rehearsed(cameras: tuple[CameraSim, ...]) -> Callable[[CameraSettings], Capture]:
    """Opens the simulated camera of a device's name."""
    by_name = {camera.name: camera for camera in cameras}
    return lambda settings: RehearsedCapture(by_name[settings.device])
