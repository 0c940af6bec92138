"""The loop of a whole world: a virtual clock, a seeded order, machines that die or hang, slow work.

One rule: the same seeds give the same run, step for step; what is drawn is drawn from the streams handed in.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
import itertools
import random
from collections.abc import Callable, Coroutine, Generator, MutableSequence, Sequence
from typing import Any, TypeVar, TypeVarTuple, Unpack

from simulators.world.loop import RESOLUTION_S, STEP_S, VirtualLoop
from simulators.world.nodes import NODE, Node

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

BURIAL_ROUNDS, BURIAL_S = 20, 5.0


class SeededLoop(VirtualLoop):
    """A virtual loop with nodes, a seeded order of task steps, and work that takes time in its executors.

    Only task steps of one instant change places; plain callbacks stay first in, first out, as asyncio promises.
    `work_s` gives the delays before and after a piece of work, for the node it is done on.
    """

    def __init__(self, order: random.Random, wire: random.Random) -> None:
        super().__init__(wire)
        self._order_rng = order
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._births = itertools.count()
        self.steps = 0
        self.work_s: Callable[[Node | None], tuple[float, float]] | None = None

    def thaw(self, node: Node) -> None:
        """It goes on where it stood, with everything that came meanwhile."""
        self._ready.extend(node.revive())  # type: ignore[attr-defined]

    async def bury(self, node: Node) -> None:
        """When nothing matters any more: let a dead node's tasks end, so that nothing is left of it."""
        self.thaw(node)
        for _ in range(BURIAL_ROUNDS):
            tasks = node.unfinished()
            if not tasks:
                return
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=BURIAL_S)

    def create_task(
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: object = None,
        context: contextvars.Context | None = None,
    ) -> asyncio.Task[T]:
        task: asyncio.Task[T] = super().create_task(coro, name=name, context=context)
        task.born = next(self._births)  # type: ignore[attr-defined]
        node = NODE.get() if context is None else context.get(NODE)
        if node is not None:
            node.has_begun(task)
        return task

    def run_in_executor(self, executor: Any, func: Callable[[Unpack[Ts]], T], *args: *Ts) -> asyncio.Future[T]:
        answer: asyncio.Future[T] = self.create_future()
        before_s, after_s = self.work_s(NODE.get()) if self.work_s is not None else (0.0, 0.0)

        def work() -> None:
            try:
                result = func(*args)
            except Exception as error:
                self.call_later(after_s, _unless_done, answer, answer.set_exception, error)
            else:
                self.call_later(after_s, _unless_done, answer, answer.set_result, result)

        self.call_later(before_s, work)
        return answer

    def call_soon(
        self,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.Handle:
        handle = _Step(callback, args, self, context)
        self._ready.append(handle)  # type: ignore[attr-defined]
        return handle

    def call_later(
        self,
        delay: float,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now_s + delay, callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        timer = _Timer(when, callback, args, self, context)
        heapq.heappush(self._timers, (when, next(self._order), timer))
        return timer

    def _run_once(self) -> None:
        """All rounds until the loop is told to stop: the base loop asks for one at a time, which costs a call for each."""
        heap, ready = self._timers, self._ready  # type: ignore[attr-defined]
        pop, due, run = heapq.heappop, ready.append, ready.popleft
        while True:
            if not ready:
                while heap and heap[0][2]._cancelled:
                    pop(heap)
                if heap:
                    when_s = heap[0][0]
                    self._now_s = max(self._now_s, when_s)
                elif not self._stopping:  # type: ignore[attr-defined]
                    self.advance(None)
            self._now_s = now_s = self._now_s + STEP_S
            end_s = now_s + RESOLUTION_S
            while heap and heap[0][0] < end_s:
                timer = pop(heap)[2]
                if not timer._cancelled:
                    due(timer)
            many = len(ready)
            self.steps += many
            if many > 1:
                self._mix(ready)
            for _ in range(many):
                handle = run()
                if not handle._cancelled:
                    self._step(handle)
            if self._stopping:  # type: ignore[attr-defined]
                return

    def _step(self, handle: Any) -> None:
        context = handle._context
        node = context.get(NODE)
        if node is not None and node.stands:
            node.kept.append(handle)
            return
        try:
            context.run(handle._callback, *handle._args)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            told = {"message": f"Exception in callback {handle._callback!r}", "exception": error, "handle": handle}
            self.call_exception_handler(told)

    def _mix(self, batch: MutableSequence[asyncio.Handle]) -> None:
        places = [n for n, handle in enumerate(batch) if _is_task_step(handle)]
        if len(places) < 2:
            return
        # A task group cancels its tasks in the order of a set, which is that of their addresses: by birth is the same each time.
        steps = sorted((batch[n] for n in places), key=_birth)
        self._order_rng.shuffle(steps)
        for n, step in zip(places, steps, strict=True):
            batch[n] = step

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Cancelled timers leave when their time comes; there are never many."""


class _Step(asyncio.Handle):
    """A handle that is made in one call: half of what a run costs is the making of handles."""

    __slots__ = ()

    def __init__(
        self, callback: Callable[..., object], args: Sequence[Any], loop: SeededLoop, context: contextvars.Context | None
    ) -> None:
        self._context = contextvars.copy_context() if context is None else context
        self._loop = loop
        self._callback = callback
        self._args = args
        self._cancelled = False
        self._repr = None
        self._source_traceback = None


class _Timer(asyncio.TimerHandle):
    """The same for timers."""

    __slots__ = ()

    def __init__(
        self, when: float, callback: Callable[..., object], args: Sequence[Any], loop: SeededLoop,
        context: contextvars.Context | None,
    ) -> None:  # fmt: skip
        self._context = contextvars.copy_context() if context is None else context
        self._loop = loop
        self._callback = callback
        self._args = args
        self._cancelled = False
        self._repr = None
        self._source_traceback = None
        self._when = when
        self._scheduled = True


def _is_task_step(handle: asyncio.Handle) -> bool:
    return type(getattr(handle._callback, "__self__", None)) is asyncio.Task  # type: ignore[attr-defined]


def _birth(handle: asyncio.Handle) -> int:
    born: int = handle._callback.__self__.born  # type: ignore[attr-defined]
    return born


def _unless_done(answer: asyncio.Future[Any], settle: Callable[[Any], None], value: Any) -> None:
    if not answer.done():
        settle(value)
