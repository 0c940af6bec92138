"""One camera, kept open for ever: its newest frame while pictures can be believed, none while they can not.

Rule: a stream that stalls, ends or hangs is released before it is opened again; the next stream begins only when the thread of
the last has ended. Black pictures are no reason to open it again: light may come back.
"""

import asyncio
from collections.abc import Callable

from drivers.camera.believable import Believable
from drivers.camera.frames import CameraLost, CameraSettings, Capture, Frame
from drivers.camera.opencv_capture import OpenCvCapture
from drivers.camera.reports import CameraDown, CameraReport, CameraUp

CaptureMaker = Callable[[CameraSettings], Capture]

# OpenCV has its own time-out; this one is for when that does not hold.
OPEN_SLACK_S = 1.0
STOP_SLACK_S = 1.0
CAUSES = {
    "frozen": ("it sends the same picture again and again", "restart the camera"),
    "black": ("its pictures are black", "check its lens cover and the light"),
}


class Camera:
    """`run` never ends by itself and may be started again after a fault; cancelled, it leaves no open stream behind."""

    def __init__(
        self, settings: CameraSettings, report: Callable[[CameraReport], None], capture: CaptureMaker = OpenCvCapture
    ) -> None:
        self._settings = settings
        self._report = report
        self._capture = capture
        self._believable = Believable(settings.frozen_ms, settings.black_level)
        self._newest: Frame | None = None
        self._number = 0
        self._arrived = asyncio.Event()
        self._told: str | None = None

    @property
    def newest(self) -> Frame | None:
        """The last frame, or None while pictures can not be believed."""
        return self._newest

    async def next_frame(self, after: int = 0) -> Frame:
        """The newest frame with a number above `after`; waits for it without bound."""
        while self._newest is None or self._newest.number <= after:
            await self._arrived.wait()
        return self._newest

    async def run(self) -> None:
        wait_ms = self._settings.retry_ms
        while True:
            before = self._number
            try:
                await self._stream()
            except CameraLost as lost:
                self._down(lost)
            wait_ms = self._settings.retry_ms if self._number > before else min(2 * wait_ms, self._settings.retry_most_ms)
            await asyncio.sleep(wait_ms / 1000)

    async def _stream(self) -> None:
        capture = self._capture(self._settings)
        try:
            try:
                async with asyncio.timeout(self._settings.open_ms / 1000 + OPEN_SLACK_S):
                    await capture.open()
            except TimeoutError:
                cause = f"it does not open within {self._settings.open_ms} ms"
                raise CameraLost("cannot_open", cause, "check the camera's power and its network") from None
            while True:
                await self._frame(capture)
        except CameraLost as lost:
            self._down(lost)  # told before the thread has ended: that may take its time
            raise
        finally:
            self._newest = None
            await self._close(capture)

    async def _close(self, capture: Capture) -> None:
        """Wait for the thread as long as it takes, but not for ever when the daemon stops."""
        task = asyncio.current_task()
        stops = task is not None and task.cancelling() > 0
        try:
            async with asyncio.timeout(self._settings.stall_ms / 1000 + STOP_SLACK_S if stops else None):
                await capture.close()
        except TimeoutError:
            return

    async def _frame(self, capture: Capture) -> None:
        try:
            async with asyncio.timeout(self._settings.stall_ms / 1000):
                picture, at_s = await capture.next_frame()
        except TimeoutError:
            cause = f"no frame for {self._settings.stall_ms} ms"
            raise CameraLost("stalled", cause, "check the camera, its power and its network") from None
        wrong = self._believable.judge(picture, at_s)
        if wrong:
            lost = CameraLost(wrong, *CAUSES[wrong])
            if wrong == "frozen":
                raise lost
            self._down(lost)
            return
        self._number += 1
        self._newest = Frame(picture, at_s, self._number)
        self._up()
        arrived, self._arrived = self._arrived, asyncio.Event()
        arrived.set()

    def _up(self) -> None:
        if self._told != "":
            self._told = ""
            self._report(CameraUp(self._settings.device))

    def _down(self, lost: CameraLost) -> None:
        self._newest = None
        if self._told != lost.code:
            self._told = lost.code
            self._report(CameraDown(self._settings.device, lost.code, lost.cause, lost.next_step))
