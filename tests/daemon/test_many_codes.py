"""A frame of more codes than one row holds loses none of them: the last may be the second waybill of a carton."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from controller.daemon.camera_link import CameraLink
from controller.daemon.clock import LineClock
from controller.daemon.field_devices import CODES_KEPT, scanner_task
from controller.line.commands import ReadLabels
from controller.line.events import AnyEvent, CodesRead, FrameRefused
from controller.settings.cameras import Camera, CameraRole
from controller.settings.model import Scanner
from controller.vision.barcodes import Code, Engine, Reading, Stage
from drivers.camera.frames import Frame
from drivers.serial_port.memory_transport import MemoryCable, MemoryTransport
from simulators.world.loop import VirtualLoop
from tests.line.line_story import s10

URL = "memory:scanner"
A, B = s10(10000001), s10(10000002)


def _product(number: int) -> str:
    digits = f"69{number:010d}"
    return digits + str(-sum(int(c) * (1, 3)[i % 2] for i, c in enumerate(digits)) % 10)


def _heard(role: Any, *codes: str) -> list[AnyEvent]:
    """What the line is told of one frame."""
    events: list[AnyEvent] = []
    cable = MemoryCable()

    async def play() -> None:
        clock = LineClock(asyncio.get_running_loop(), 0)
        options = Scanner("reader", role, URL, "stx_etx")
        task = asyncio.create_task(scanner_task(options, clock, events.append, MemoryTransport({URL: cable}))())
        await asyncio.sleep(1)
        cable.send(b"\x02" + ";".join(codes).encode() + b"\x03")
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(play())
    return events[1:]


@pytest.mark.parametrize("products", [3, CODES_KEPT - 1, CODES_KEPT + 4])
def test_at_the_belt_the_second_waybill_is_told_behind_many_product_codes(products: int) -> None:
    codes = (A, *(_product(n) for n in range(products)), B)
    reads = [event for event in _heard("induct", *codes) if isinstance(event, CodesRead)]
    assert tuple(code.text for read in reads for code in read.codes) == codes
    assert len({read.at_ms for read in reads}) == 1
    assert all(len(read.codes) <= CODES_KEPT for read in reads)


def test_at_a_door_a_frame_of_so_many_codes_is_refused_whole() -> None:
    codes = (A, *(_product(n) for n in range(CODES_KEPT)), B)
    assert [type(event) for event in _heard("loading", *codes)] == [FrameRefused]


def test_a_camera_tells_the_second_waybill_that_it_saw_behind_many_product_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = (A, *(_product(n) for n in range(CODES_KEPT)), B)
    events: list[AnyEvent] = []
    seen = Reading(tuple(Code(text, "C0", (Engine.ZXING, Engine.ZBAR), Stage.FAST) for text in codes))
    picture = np.zeros((1, 1, 3), np.uint8)

    async def play() -> None:
        loop = asyncio.get_running_loop()

        async def frame(self: CameraLink, after: int, until_s: float) -> Frame | None:
            return Frame(picture, loop.time(), 1) if after == 0 else None

        monkeypatch.setattr(CameraLink, "_frame", frame)
        monkeypatch.setattr(CameraLink, "_read", lambda *arguments: seen)

        def post(event: AnyEvent, *, actor: str) -> None:
            events.append(event)

        core: Any = SimpleNamespace(post=post)
        nothing: Any = None
        with ThreadPoolExecutor(1) as executor:
            options = Camera("camera", CameraRole.INDUCT, "/dev/video0")
            link = CameraLink(options, LineClock(loop, 0), core, nothing, executor, nothing)
            link.look(ReadLabels("1:1", "camera", "induct"))
            task = asyncio.create_task(link._serve())
            async with asyncio.timeout(5):
                while len(events) < len(codes) / CODES_KEPT:
                    await asyncio.sleep(0.01)
            task.cancel()

    asyncio.run(play())
    assert tuple(code.text for event in events if isinstance(event, CodesRead) for code in event.codes) == codes
