"""House rules for every test: nothing is left behind, and nothing leaves this machine.

After each test no task, thread, socket or database connection of it may be left; connections go to loopback only.
"""

import asyncio
import gc
import inspect
import logging
import os
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import settings

from controller.daemon.core_loop import PART_FAILED
from simulators.world.loop import ScaledLoop, VirtualLoop
from tests import open_databases

LOOPBACK = ("127.", "::1", "localhost")
LASTING_THREADS = ("MainThread", "pydevd", "asyncio_")

# No test is judged by how long an example took: the machine may be busy. A gate judges the change that knocks: the same examples
# for the same commit. Elsewhere each run draws new ones.
settings.register_profile("anywhere", deadline=None)
settings.register_profile("gate", deadline=None, derandomize=True)
settings.load_profile("gate" if os.environ.get("CI") else "anywhere")
open_databases.watch()


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """`virtual`: a virtual clock; `fast_clock`: real wires, time four times as fast; else the ordinary loop."""
    if item.get_closest_marker("virtual"):
        return {"virtual": VirtualLoop}
    if item.get_closest_marker("fast_clock"):
        return {"fast_clock": lambda: ScaledLoop(4)}
    return {"real": asyncio.SelectorEventLoop}


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to anything but this machine fails the test that made it."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(host).startswith(LOOPBACK):
            raise AssertionError(f"a test connects to {address!r}: only loopback is allowed")
        return real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(autouse=True)
def _nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails on threads that a test leaves, and on sockets that a test on real wires leaves open.

    Elsewhere an unclosed socket is a ResourceWarning, and warnings are errors.
    """
    threads = set(threading.enumerate())
    on_wires = request.node.get_closest_marker("wire") is not None
    sockets = {id(one) for one in gc.get_objects() if _is_open_socket(one)} if on_wires else set()
    yield
    left = [t for t in threading.enumerate() if t not in threads and t.is_alive() and not t.name.startswith(LASTING_THREADS)]
    for thread in left:
        thread.join(2)
    left = [t for t in left if t.is_alive()]
    assert not left, f"threads left behind: {left}"
    if not on_wires:
        return
    open_now = [one for one in gc.get_objects() if _is_open_socket(one) and id(one) not in sockets]
    if open_now:
        gc.collect()
        open_now = [one for one in gc.get_objects() if _is_open_socket(one) and id(one) not in sockets]
    assert not open_now, f"sockets left open: {open_now}"


@pytest.fixture(autouse=True)
def _no_database_left_open() -> Iterator[None]:
    """Fails on SQLite connections that a test leaves open: an engine that nobody disposes, a connection that nobody closes."""
    yield from _closes_its_databases()


@pytest.fixture(autouse=True, scope="session")
def _no_database_left_open_at_the_end() -> Iterator[None]:
    """Fails on those that a fixture of a whole module or run leaves open."""
    yield from _closes_its_databases()


def _closes_its_databases() -> Iterator[None]:
    before = open_databases.now_open()
    yield
    left = open_databases.left_since(before)
    assert not left, "databases left open, opened at " + ", ".join(left)


class FailedParts(logging.Handler):
    """What the core said of parts that failed on what it told them."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg == PART_FAILED:
            self.told.append(logging.Formatter().format(record))


@pytest.fixture(autouse=True)
def failed_parts(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Fails on a part that failed on what the core told it, which only the log says; `part_fails` is for tests of just that."""
    heard, log = FailedParts(), logging.getLogger("xiyong.core")
    log.addHandler(heard)
    try:
        yield heard.told
    finally:
        log.removeHandler(heard)
    if not request.node.get_closest_marker("part_fails"):
        assert not heard.told, "\n".join(heard.told)


def _is_open_socket(one: object) -> bool:
    return type(one) is socket.socket and one.fileno() != -1


@pytest.fixture(autouse=True)
def _tasks_are_watched(request: pytest.FixtureRequest) -> None:
    """Only tests that are coroutines have a loop to look at."""
    if inspect.iscoroutinefunction(request.function):
        request.getfixturevalue("_no_task_left")


@pytest.fixture
async def _no_task_left() -> AsyncIterator[None]:
    async with no_task_left():
        yield


@asynccontextmanager
async def no_task_left() -> AsyncIterator[None]:
    """Fails on tasks that a test leaves running on its loop."""
    before = asyncio.all_tasks()
    yield
    await asyncio.sleep(0)
    left = [t for t in asyncio.all_tasks() if t not in before and not t.done() and t is not asyncio.current_task()]
    for task in left:
        task.cancel()
    assert not left, f"tasks left behind: {[t.get_name() for t in left]}"
