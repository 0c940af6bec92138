"""A real console over a real core on real ports of this machine, and Debian's Chromium in front of it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser
from starlette.types import ASGIApp, Receive, Scope, Send

from controller.console.server import serve
from controller.console.web import Place
from tests.browser.chromium import SharedChromium, SharedDriver
from tests.browser.plc import Plc
from tests.browser.window import Window
from tests.conftest import no_task_left
from tests.console.bench import Bench, bench

# What flashes is painted sixty times a second; it is for eyes.
STILL = {"reduced_motion": "reduce"}
Opener = Callable[..., Coroutine[Any, Any, Window]]


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Tests of screens run on one loop, because the driver that they share lives on it. Their fixtures that wait name it, too."""
    if isinstance(collector, pytest.Module):
        collector.add_marker(pytest.mark.asyncio(loop_scope="session"))


@pytest.fixture(scope="session")
def shared_chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedChromium]:
    one = SharedChromium(tmp_path_factory.mktemp("chromium"))
    yield one
    one.end()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_driver(shared_chromium: SharedChromium) -> AsyncIterator[SharedDriver]:
    one = SharedDriver(shared_chromium)
    yield one
    await one.end()


@pytest_asyncio.fixture(loop_scope="session")
async def connected(shared_driver: SharedDriver) -> Browser:
    return await shared_driver.browser()


@pytest.fixture(autouse=True)
def _nothing_left_behind(connected: Browser, _nothing_left_behind: None) -> None:
    """As everywhere, and the driver was there before."""


@pytest_asyncio.fixture(loop_scope="session")
async def _no_task_left(connected: Browser) -> AsyncIterator[None]:
    """As everywhere, on the loop that these tests share."""
    async with no_task_left():
        yield


@pytest_asyncio.fixture(loop_scope="session")
async def chromium(connected: Browser, shared_driver: SharedDriver) -> AsyncIterator[Browser]:
    before = connected.contexts
    yield connected
    for left in [one for one in connected.contexts if one not in before]:
        await shared_driver.closed(left.close())


def free_place(host: str = "127.0.0.1") -> Place:
    with socket.socket() as one, socket.socket() as other:
        one.bind((host, 0))
        other.bind((host, 0))
        return Place(host, one.getsockname()[1], other.getsockname()[1])


class Arrivals:
    """The second port with an ear: what came, in the order in which it came. `slow_s` keeps an answer back, by path.

    As in a service it is made before anybody presses. Made at the first press, it kept that one waiting for longer than a page
    waits on a busy machine, and whoever pressed was told that no answer came.
    """

    def __init__(self, on: Bench) -> None:
        self._acting = on.acting
        self.paths: list[str] = []
        self.slow_s: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST":
            self.paths.append(scope["path"])
            await asyncio.sleep(self.slow_s.get(scope["path"], 0))
        await self._acting(scope, receive, send)


class Console:
    """The bench behind its two ports, which a test may shut and open again."""

    def __init__(self, on: Bench) -> None:
        self.on = on
        self.plc = Plc(on)
        self._acting = Arrivals(on)
        self.arrived, self.slow_s = self._acting.paths, self._acting.slow_s
        self._tasks: list[asyncio.Task[None]] = []

    async def arrives(self, path: str, times: int = 1) -> None:
        async with asyncio.timeout(30):
            while self.arrived.count(path) < times:
                await asyncio.sleep(0.005)

    async def open(self) -> None:
        loop, on = asyncio.get_running_loop(), self.on
        ports: dict[int, ASGIApp] = {on.place.port: on.view, on.place.acts_port: self._acting}
        self._tasks = [
            loop.create_task(on.live.run(on.identity.end_changed)),
            loop.create_task(serve(ports, on.place.name, None, on.live.end)),
            loop.create_task(on.others.run()),
        ]
        async with asyncio.timeout(10):
            while not await _listens(on.place.name, on.place.port) or not await _listens(on.place.name, on.place.acts_port):
                await asyncio.sleep(0.01)

    async def shut(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _listens(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


@pytest_asyncio.fixture(loop_scope="session")
async def console(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Console]:
    """A parameter has other settings, by dotted key."""
    async with bench(tmp_path / "console", free_place(), more=getattr(request, "param", None)) as on:
        one = Console(on)
        await one.open()
        try:
            yield one
        finally:
            await one.shut()


@pytest_asyncio.fixture(loop_scope="session")
async def window(chromium: Browser, console: Console, shared_driver: SharedDriver) -> AsyncIterator[Opener]:
    """Opens windows; each call is another browser of another person, unless `beside` names a window of the same."""
    opened: list[Window] = []

    async def open_window(*, beside: Window | None = None, **options: Any) -> Window:
        own = {"viewport": {"width": 1280, "height": 800}, "locale": "zh-CN", "timezone_id": "Asia/Shanghai", **STILL} | options
        context = beside.page.context if beside is not None else await chromium.new_context(**own)
        opened.append(await Window.open(context, console.on.place))
        return opened[-1]

    try:
        yield open_window
        for one in opened:
            await one.check()
    finally:
        for context in {one.page.context for one in opened}:
            await shared_driver.closed(context.close())
