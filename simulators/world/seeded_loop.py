"""The loop of a whole world: a virtual clock, a seeded order, machines that die or hang, slow work.

One rule: the same seeds give the same run, step for step; what is drawn is drawn from the streams handed in.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
import itertools
import random
from collections.abc import Callable, Coroutine, Generator, MutableSequence
from functools import partial
from typing import Any, TypeVar, TypeVarTuple, Unpack

from simulators.world.loop import RESOLUTION_S, STEP_S, VirtualLoop
from simulators.world.nodes import NODE, Node

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

# What a sleep's timer calls.
_wake_sleeper = asyncio.futures._set_result_unless_cancelled  # type: ignore[attr-defined]
BURIAL_ROUNDS, BURIAL_S = 20, 5.0


class SeededLoop(VirtualLoop):
    """A virtual loop with nodes, a seeded order of task steps, and work that takes time in its executors.

    Only task steps of one instant change places; plain callbacks stay first in, first out, as asyncio promises.
    `work_s` gives the delays before and after a piece of work, for the node it is done on.
    """

    def __init__(self, order: random.Random, wire: random.Random) -> None:
        super().__init__(wire)
        # Each wait makes a future, and each future asks whether the loop debugs: both in one call into C.
        self.create_future = partial(asyncio.Future, loop=self)  # type: ignore[method-assign]
        self.get_debug = bool  # type: ignore[method-assign]
        self._order_rng = order
        self._timers: list[_Handle] = []
        self._births = itertools.count()
        self.steps = 0
        self.work_s: Callable[[Node | None], tuple[float, float]] | None = None

    def thaw(self, node: Node) -> None:
        """It goes on where it stood, with everything that came meanwhile."""
        self._ready.extend(node.revive())  # type: ignore[attr-defined]

    async def bury(self, node: Node) -> None:
        """When nothing matters any more: let a dead node's tasks end, so that nothing is left of it."""
        node.buried = True
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
        task: asyncio.Task[T] = asyncio.Task(coro, loop=self, name=name, context=context)  # type: ignore[arg-type]
        task.born = next(self._births)  # type: ignore[attr-defined]
        node = NODE.get() if context is None else context.get(NODE)
        if node is not None:
            node.has_begun(task)
        return task

    def run_in_executor(self, executor: Any, func: Callable[[Unpack[Ts]], T], *args: *Ts) -> asyncio.Future[T]:
        answer: asyncio.Future[T] = self.create_future()
        node = NODE.get()
        before_s, after_s = self.work_s(node) if self.work_s is not None else (0.0, 0.0)

        def work() -> None:
            if node is not None and node.buried:
                answer.cancel()  # what it would work on was let go when it died
                return
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
        handle = _Handle((0.0, 0, callback, args, contextvars.copy_context() if context is None else context))
        self._ready.append(handle)  # type: ignore[attr-defined]
        return handle  # type: ignore[return-value]

    def call_later(
        self,
        delay: float,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        context = contextvars.copy_context() if context is None else context
        timer = _Handle((self._now_s + delay, next(self._order), callback, args, context))
        heapq.heappush(self._timers, timer)
        return timer  # type: ignore[return-value]

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        context = contextvars.copy_context() if context is None else context
        timer = _Handle((when, next(self._order), callback, args, context))
        heapq.heappush(self._timers, timer)
        return timer  # type: ignore[return-value]

    def _run_once(self) -> None:
        """All rounds until the loop is told to stop: the base loop asks for one at a time, which costs a call for each."""
        heap, ready = self._timers, self._ready  # type: ignore[attr-defined]
        pop, due, run, node_of = heapq.heappop, ready.append, ready.popleft, NODE
        while True:
            if not ready:
                while heap and heap[0][2] is None:
                    pop(heap)
                if heap:
                    when_s = heap[0][0]
                    self._now_s = max(self._now_s, when_s)
                elif not self._stopping:  # type: ignore[attr-defined]
                    self.advance(None)
            self._now_s = now_s = self._now_s + STEP_S
            end_s = now_s + RESOLUTION_S
            while heap and heap[0][0] < end_s:
                timer = pop(heap)
                callback = timer[2]
                if callback is _wake_sleeper or callback is _unless_done:
                    callback(*timer[3])  # it settles a future and no more: who waits for it runs in this very round
                elif callback is not None:
                    due(timer)
            many = len(ready)
            self.steps += many
            if many > 1:
                self._mix(ready)
            for _ in range(many):
                handle = run()
                _, _, callback, args, context = handle
                if callback is None:
                    continue
                node = context.get(node_of)
                if node is not None and node.stands:
                    node.kept.append(handle)
                    continue
                try:
                    context.run(callback, *args)
                except (SystemExit, KeyboardInterrupt):
                    raise
                except BaseException as error:
                    told = {"message": f"Exception in callback {callback!r}", "exception": error, "handle": handle}
                    self.call_exception_handler(told)
            if self._stopping:  # type: ignore[attr-defined]
                return

    def _mix(self, batch: MutableSequence[_Handle]) -> None:
        places = [n for n, handle in enumerate(batch) if type(getattr(handle[2], "__self__", None)) is asyncio.Task]
        if len(places) < 2:
            return
        # A task group cancels its tasks in the order of a set, which is that of their addresses: by birth is the same each time.
        steps = sorted((batch[n] for n in places), key=_birth)
        self._order_rng.shuffle(steps)
        for n, step in zip(places, steps, strict=True):
            batch[n] = step


class _Handle(list[Any]):
    """What `asyncio.Handle` and `TimerHandle` are to a program, as one list: when, order, callback (None: cancelled),
    arguments, context. A list is made by one call into C, where half of what a run cost was the making of handles; and a heap
    compares lists by itself, no further than the order, of which no two are the same.
    """

    __slots__ = ()

    def cancel(self) -> None:
        self[2] = None
        self[3] = ()

    def cancelled(self) -> bool:
        return self[2] is None

    def when(self) -> float:
        at_s: float = self[0]
        return at_s

    # As with `asyncio.Handle`, each is itself alone in a set. Equality stays that of lists (no two timers have one order):
    # with one of its own, each comparison in the heap would look for a method first, and take twice as long.
    __hash__ = object.__hash__  # type: ignore[assignment]


def _birth(handle: _Handle) -> int:
    born: int = handle[2].__self__.born
    return born


def _unless_done(answer: asyncio.Future[Any], settle: Callable[[Any], None], value: Any) -> None:
    if not answer.done():
        settle(value)
