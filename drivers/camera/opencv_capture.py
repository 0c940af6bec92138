"""A stream through OpenCV: one thread reads for ever and keeps the newest frame.

Rule: OpenCV is called in that thread alone, from opening to release. FFmpeg's buffers can not be made small
(CAP_PROP_BUFFERSIZE is refused), so frames are drained; `isOpened` stays true on a dead stream, so a failed read ends it; the
time-outs hold only when given to the constructor. Source: device notes on OpenCV 5, tried there.
"""

import asyncio
import os
import threading

import cv2
import numpy as np

from drivers.camera.frames import CameraLost, CameraSettings, Picture, shown_url

# What FFmpeg and OpenCV write by themselves repeats for ever and may show the password of an address: the driver tells it.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

V4L2_PREFIX = "/dev/"
SIDE_MOST_PX = 8192


class OpenCvCapture:
    """See `frames.Capture`. The thread ends by itself within `stall_ms` (V4L2: within the kernel driver's own time-out)."""

    def __init__(self, settings: CameraSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._newest: tuple[Picture, float] | None = None
        self._lost: CameraLost | None = None
        self._stop = False
        self._loop = asyncio.get_running_loop()
        self._arrived = asyncio.Event()
        self._opened = asyncio.Event()
        self._ended = asyncio.Event()
        self._thread: threading.Thread | None = None

    async def open(self) -> None:
        name = f"camera {self._settings.device}"
        # A daemon thread: one that hangs in a kernel driver does not keep the process from ending.
        self._thread = threading.Thread(target=self._drain, name=name, daemon=True)
        self._thread.start()
        await self._opened.wait()
        if self._lost is not None:
            raise self._lost

    async def next_frame(self) -> tuple[Picture, float]:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            with self._lock:
                newest, self._newest = self._newest, None
            if newest is not None:
                return newest
            if self._lost is not None:
                raise self._lost

    async def close(self) -> None:
        self._stop = True
        if self._thread is not None:
            await self._ended.wait()

    # --- in the thread ---
    def _drain(self) -> None:
        capture: cv2.VideoCapture | None = None
        try:
            capture = self._open()
            self._tell(self._opened)
            while not self._stop:
                read, picture = capture.read()
                if not read:
                    raise CameraLost("stream_ended", "no further frame came", "check the camera, its power and its network")
                self._take(picture)
        except CameraLost as lost:
            self._lost = lost
        except Exception as error:  # whatever OpenCV raises ends the stream, not the driver
            self._lost = CameraLost("stream_failed", f"{type(error).__name__}: {error}"[:300], "check the camera's address")
        finally:
            if capture is not None:
                capture.release()
            for event in (self._opened, self._arrived, self._ended):
                self._tell(event)

    def _open(self) -> cv2.VideoCapture:
        settings = self._settings
        if settings.url.startswith(V4L2_PREFIX):
            capture = cv2.VideoCapture(settings.url, cv2.CAP_V4L2)
        else:
            limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, settings.open_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, settings.stall_ms]
            capture = cv2.VideoCapture(settings.url, cv2.CAP_FFMPEG, limits)
        if not capture.isOpened():
            capture.release()
            cause = f"{shown_url(settings.url)} can not be opened"
            raise CameraLost("cannot_open", cause, "check the address, the camera's power and its network")
        return capture

    def _take(self, picture: object) -> None:
        fits = isinstance(picture, np.ndarray) and picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3
        if not fits or max(picture.shape) > SIDE_MOST_PX or min(picture.shape[:2]) < 1:  # type: ignore[attr-defined]
            raise CameraLost("no_picture", "what came is no colour picture of a fit size", "check the camera's stream settings")
        with self._lock:
            self._newest = (picture, self._loop.time())  # type: ignore[assignment]
        self._tell(self._arrived)

    def _tell(self, event: asyncio.Event) -> None:
        try:
            self._loop.call_soon_threadsafe(event.set)
        except RuntimeError:  # the loop is gone, and nobody waits any more
            return
