"""Two clocks for one line: a loop that jumps from timer to timer, and a real loop that runs faster.

One rule: code under either loop may wait only through the loop (sleep, time-outs, `call_later`); then it
cannot tell them from an ordinary loop.

`VirtualLoop` touches no socket, thread or wall clock; with the same seed it takes the same steps in the
same order. It leans on `asyncio.BaseEventLoop` as CPython 3.11 has it: `_run_once` asks `_selector` how
long to wait, and that is where time jumps. `ScaledLoop` keeps the operating system's selector and so real
sockets, ptys and processes.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
import itertools
import random
import selectors
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple, Unpack

from simulators.world.network import MemoryServer, MemoryTransport, Network, ProtocolFactory

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

LATENCY_S = (0.000_1, 0.002)
# Each pass of the loop costs a little time, as it does on a machine: without it races hide and a task that
# spins on sleep(0) would stop the clock for ever.
STEP_S = 0.000_02
# Below this two times are the same instant: floats of a day still carry it.
RESOLUTION_S = 1e-9
MAX_RATE = 100.0


class Deadlock(RuntimeError):  # noqa: N818 - the name of the thing itself
    """Nothing is ready and nothing is scheduled: no task can ever run again."""

    code = "world.deadlock"

    def __init__(self, waiting: tuple[str, ...]) -> None:
        self.waiting = waiting
        self.cause = "no timer is set and no callback is ready; waiting for ever: " + (", ".join(waiting) or "nothing")
        self.next_step = "find what should have woken these tasks, or give the wait a time-out"
        super().__init__(f"{self.code}: {self.cause}; {self.next_step}")


class VirtualLoop(asyncio.BaseEventLoop):
    """An asyncio loop whose clock moves only when nothing is left to do at this instant.

    TCP servers and connections live in `network`; executors run inline and their result arrives in a later
    step; descriptors, subprocesses and signals are not offered.
    """

    def __init__(
        self,
        rng: random.Random | None = None,
        *,
        latency_s: tuple[float, float] = LATENCY_S,
        step_s: float = STEP_S,
        start_s: float = 0.0,
    ) -> None:
        super().__init__()
        self._now_s = start_s
        self._step_s = step_s
        self._order = itertools.count()
        self._clock_resolution = RESOLUTION_S
        self._selector = _Jump(self)
        self._scheduled: list[asyncio.TimerHandle] = []
        self.network = Network(self, rng or random.Random(0), latency_s)

    def time(self) -> float:
        return self._now_s

    def advance(self, timeout_s: float | None) -> None:
        """Called where an ordinary loop would sleep."""
        if timeout_s is None:
            raise Deadlock(tuple(sorted(task.get_name() for task in asyncio.all_tasks(self))))
        self._now_s += timeout_s + self._step_s

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        if self.is_closed():
            raise RuntimeError("Event loop is closed")
        timer = _OrderedTimer(next(self._order), when, callback, args, self, context)
        heapq.heappush(self._scheduled, timer)
        # The base loop counts cancelled timers by this mark, to clear them from the heap.
        timer._scheduled = True
        return timer

    def call_soon_threadsafe(
        self,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.Handle:
        return self.call_soon(callback, *args, context=context)

    def run_in_executor(self, executor: Any, func: Callable[[Unpack[Ts]], T], *args: *Ts) -> asyncio.Future[T]:
        answer: asyncio.Future[T] = self.create_future()
        try:
            result = func(*args)
        except Exception as exc:
            self.call_soon(_unless_cancelled, answer, answer.set_exception, exc)
        else:
            self.call_soon(_unless_cancelled, answer, answer.set_result, result)
        return answer

    async def create_server(  # type: ignore[override]
        self,
        protocol_factory: ProtocolFactory,
        host: Any = None,
        port: Any = None,
        *,
        start_serving: bool = True,
        **options: Any,
    ) -> MemoryServer:
        _refuse_unknown(options)
        return await self.network.serve(protocol_factory, int(port or 0), start_serving)

    async def create_connection(  # type: ignore[override]
        self, protocol_factory: ProtocolFactory, host: Any = None, port: Any = None, **options: Any
    ) -> tuple[MemoryTransport, asyncio.BaseProtocol]:
        _refuse_unknown(options)
        return await self.network.connect(protocol_factory, int(port))

    async def create_unix_server(  # type: ignore[override]
        self, protocol_factory: ProtocolFactory, path: Any = None, *, start_serving: bool = True, **options: Any
    ) -> MemoryServer:
        """Its path exists as an ordinary file, because programs set its permissions."""
        _refuse_unknown(options)
        Path(path).touch()
        return await self.network.serve(protocol_factory, str(path), start_serving)

    async def create_unix_connection(  # type: ignore[override]
        self, protocol_factory: ProtocolFactory, path: Any = None, **options: Any
    ) -> tuple[MemoryTransport, asyncio.BaseProtocol]:
        _refuse_unknown(options)
        return await self.network.connect(protocol_factory, str(path))

    def _process_events(self, event_list: list[Any]) -> None:
        """A virtual loop has no descriptors, so never an event of one."""

    def _write_to_self(self) -> None:
        """Nothing ever sleeps, so nothing has to be woken."""


class ScaledLoop(asyncio.SelectorEventLoop):
    """A real loop on which `rate` seconds pass for each second of the wall.

    Every timer of every library runs faster, and sockets keep working. The selector rounds waits to a real
    millisecond, so timers may be late by `rate` milliseconds of line time. Work in threads is not sped up.
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate
        super().__init__(_ScaledSelector(rate))
        if not 0 < rate <= MAX_RATE:
            # Only now, because a loop that was never set up complains when it is collected.
            self.close()
            raise ValueError(f"rate {rate} is outside 0..{MAX_RATE:g}; 1 is real time, 2 is twice as fast")
        self._clock_resolution: float = rate * 1e-6

    def time(self) -> float:
        return super().time() * self.rate


class _Jump:
    """Sits where the base loop expects a selector."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        self._loop.advance(timeout)
        return []


class _OrderedTimer(asyncio.TimerHandle):
    """Timers of one instant fire in the order they were set: a plain heap gives no such promise."""

    __slots__ = ("_order",)
    _scheduled: bool

    def __init__(self, order: int, *timer: Any) -> None:
        super().__init__(*timer)
        self._order = order

    def __lt__(self, other: object) -> bool:
        if isinstance(other, _OrderedTimer):
            return (self.when(), self._order) < (other.when(), other._order)
        return NotImplemented


class _ScaledSelector(selectors.DefaultSelector):
    def __init__(self, rate: float) -> None:
        super().__init__()
        self._rate = rate

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(None if timeout is None else timeout / self._rate)


def _unless_cancelled(answer: asyncio.Future[Any], settle: Callable[[Any], None], value: Any) -> None:
    if not answer.done():
        settle(value)


def _refuse_unknown(options: dict[str, Any]) -> None:
    """Options that would change the bytes or need a socket must not be dropped silently."""
    for name in ("ssl", "sock"):
        if options.get(name):
            raise NotImplementedError(f"{name}= is not offered by a virtual loop; use a real loop")
