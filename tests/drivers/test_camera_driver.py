"""A camera's driver on a virtual clock: what it believes, when it opens a stream again, and what it tells."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import numpy as np
import pytest

from drivers.camera.believable import Believable
from drivers.camera.camera import Camera
from drivers.camera.frames import CameraLost, CameraSettings, Picture, shown_url
from drivers.camera.reports import CameraReport, CameraUp

pytestmark = pytest.mark.virtual

SETTINGS = CameraSettings("seal", "http://camera/", open_ms=2000, stall_ms=1500, frozen_ms=2000, retry_ms=250, retry_most_ms=1000)
REFUSED = CameraLost("cannot_open", "nobody is there", "look")


def grey(level: int) -> Picture:
    return np.full((40, 60, 3), level, np.uint8)


class Scripted:
    """A capture that does what a test says: `opens` may fail or hang, `frames` come when they are put in."""

    def __init__(self, site: "Site") -> None:
        self._site = site

    async def open(self) -> None:
        self._site.opened += 1
        self._site.open_now += 1
        self._site.frames.clear()  # a stream begins with what the camera sends now
        if self._site.refuse:
            raise REFUSED
        if self._site.hangs:
            await asyncio.Event().wait()

    async def next_frame(self) -> tuple[Picture, float]:
        while not self._site.frames:
            self._site.put.clear()
            await self._site.put.wait()
        picture = self._site.frames.popleft()
        if picture is None:
            raise CameraLost("stream_ended", "no further frame", "look")
        return picture, asyncio.get_running_loop().time()

    async def close(self) -> None:
        await asyncio.sleep(self._site.close_s)
        self._site.open_now -= 1


class Site:
    def __init__(self) -> None:
        self.frames: deque[Picture | None] = deque()
        self.put = asyncio.Event()
        self.refuse = self.hangs = False
        self.close_s = 0.0
        self.opened = self.open_now = 0
        self.reports: list[CameraReport] = []
        self.camera = Camera(SETTINGS, self.reports.append, lambda settings: Scripted(self))

    def show(self, *pictures: Picture | None) -> None:
        self.frames.extend(pictures)
        self.put.set()

    async def play(self, seconds: float, picture: Callable[[int], Picture]) -> None:
        for number in range(int(seconds * 10)):
            self.show(picture(number))
            await asyncio.sleep(0.1)

    def life(self) -> list[str]:
        return ["up" if isinstance(one, CameraUp) else one.code for one in self.reports]


@asynccontextmanager
async def site(hangs: bool = False) -> AsyncIterator[Site]:
    made = Site()
    made.hangs = hangs
    task = asyncio.create_task(made.camera.run())
    await asyncio.sleep(0.01)
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert made.open_now == 0, "a stream was left open"


def changing(number: int) -> Picture:
    return grey(100 + number % 50)


async def test_the_newest_frame_is_there_and_frames_are_counted() -> None:
    async with site() as one:
        await one.play(1, changing)
        newest = one.camera.newest
        assert newest is not None
        assert newest.number == 10
        assert one.life() == ["up"]
        waiting = asyncio.create_task(one.camera.next_frame(after=10))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        one.show(grey(7 + 100))
        assert (await waiting).number == 11


async def test_a_stalled_stream_has_no_newest_frame_and_is_opened_again() -> None:
    async with site() as one:
        await one.play(1, changing)
        await asyncio.sleep(1.6)
        assert one.camera.newest is None
        assert one.life() == ["up", "stalled"]
        await asyncio.sleep(0.5)
        assert one.opened == 2
        await one.play(0.5, changing)
        assert one.life() == ["up", "stalled", "up"]


async def test_an_ended_stream_is_told_once_however_often_it_fails() -> None:
    async with site() as one:
        await one.play(0.5, changing)
        one.show(None)
        one.refuse = True
        await asyncio.sleep(30)
        assert one.life() == ["up", "stream_ended", "cannot_open"]
        assert one.opened >= 25
        one.refuse = False
        await asyncio.sleep(1.1)
        await one.play(0.2, changing)
        assert one.life()[-1] == "up"


async def test_a_stream_that_never_opens_is_given_up_and_tried_again() -> None:
    async with site(hangs=True) as one:
        await asyncio.sleep(8)
        assert one.life() == ["cannot_open"]
        one.hangs = False
        await asyncio.sleep(4.1)
        await one.play(1, changing)
        assert one.life() == ["cannot_open", "up"]


async def test_the_same_picture_for_two_seconds_is_a_hanging_camera() -> None:
    async with site() as one:
        await one.play(1, changing)
        await one.play(2.5, lambda number: grey(77))
        assert one.camera.newest is None
        assert one.life() == ["up", "frozen"]


async def test_a_camera_that_hangs_does_not_come_up_by_being_opened_again() -> None:
    async with site() as one:
        await one.play(8, lambda number: grey(77))
        assert one.life() == ["up", "frozen"]
        assert one.opened > 2
        await one.play(2, changing)
        assert one.life() == ["up", "frozen", "up"]


async def test_black_pictures_show_nothing_and_the_stream_stays_open() -> None:
    async with site() as one:
        await one.play(1, changing)
        await one.play(5, lambda number: grey(number % 5))
        assert one.camera.newest is None
        assert one.life() == ["up", "black"]
        assert one.opened == 1
        await one.play(0.5, changing)
        assert one.life() == ["up", "black", "up"]


def spot(row: int, channel: int = 0, level: int = 200, height: int = 40) -> Picture:
    """Black but for one point."""
    picture = np.zeros((height, 60, 3), np.uint8)
    picture[row, 16, channel] = level
    return picture


@pytest.mark.parametrize(
    ("pictures", "wrong"),
    [
        ((spot(0), spot(8), spot(0), spot(8)), ""),
        ((spot(0), spot(0), spot(0), spot(0)), "frozen"),
        ((spot(16, 2), spot(16, 1), spot(16, 2), spot(16, 1)), ""),
        ((spot(16, 2), spot(16, 2), spot(16, 2), spot(16, 2)), "frozen"),
        ((spot(16), spot(16), spot(16), spot(16, height=80)), ""),
        ((spot(0, 2), spot(0, 1), spot(0, 2), spot(0, 1)), ""),
        ((spot(0, level=9), spot(0, level=8), spot(0, level=9), spot(0, level=10)), "black"),
        ((spot(1), spot(3), spot(1), spot(4, level=10)), "black"),
    ],
)
def test_one_point_on_any_line_that_is_looked_at_tells(pictures: tuple[Picture, ...], wrong: str) -> None:
    believable = Believable(frozen_ms=2000, black_level=10)
    assert [believable.judge(picture, float(at_s)) for at_s, picture in enumerate(pictures)][-1] == wrong


async def test_the_next_stream_waits_for_the_end_of_the_last() -> None:
    async with site() as one:
        await one.play(0.5, changing)
        one.close_s = 5.0
        one.show(None)
        await asyncio.sleep(4.9)
        assert one.opened == 1
        one.close_s = 0.0
        await asyncio.sleep(1)
        assert one.opened == 2


async def test_a_stop_does_not_wait_for_ever_for_a_stream_that_does_not_close() -> None:
    one = Site()
    task = asyncio.create_task(one.camera.run())
    await one.play(0.5, changing)
    one.close_s = 1e6
    task.cancel()
    began_s = asyncio.get_running_loop().time()
    await asyncio.gather(task, return_exceptions=True)
    assert asyncio.get_running_loop().time() - began_s < 3


def test_a_password_in_an_address_is_not_shown() -> None:
    assert shown_url("rtsp://admin:secret@192.0.2.7:554/1") == "rtsp://***@192.0.2.7:554/1"
    assert shown_url("http://192.0.2.7/seal.mjpg") == "http://192.0.2.7/seal.mjpg"
