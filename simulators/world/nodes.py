"""Machines that can die inside one process: a crash is that none of a node's handles runs any more.

One rule: a dead node's objects stay alive and do nothing. No `finally` of it runs, nothing of it reaches a wire or a file;
what it had sent is on its way, as with a killed process. Which node code belongs to is carried by its context.
Source: reliability notes, virtual loop (node in a context variable, objects kept).
"""

from __future__ import annotations

import asyncio
import contextvars
import errno
from typing import Any, Protocol

TASKS_BEFORE_TIDYING = 200


class End(Protocol):
    """One end of a connection that a node holds."""

    def vanish(self, told: Exception | None) -> None: ...

    def is_closing(self) -> bool: ...


class Listener(Protocol):
    def close(self) -> None: ...


class Node:
    """A machine or process. `kill` and `freeze` take effect at once, also in the middle of a step's consequences."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._alive = True
        self._frozen = False
        # Dead or frozen: what comes due for it is kept, not run. Asked at each step of the loop, so it is no property.
        self.stands = False
        # Dead for ever: its tasks end, and no work of them is done.
        self.buried = False
        self._tasks: list[asyncio.Task[Any]] = []
        self._tidy_at = TASKS_BEFORE_TIDYING
        self.ends: list[End] = []
        self.listeners: list[Listener] = []
        self.kept: list[Any] = []

    def context(self) -> contextvars.Context:
        """A context for what shall run on this node."""
        context = contextvars.copy_context()
        context.run(NODE.set, self)
        return context

    def kill(self, *, silent: bool = False) -> None:
        """Nothing of it runs again. Its kernel closes its connections; `silent` (no power) tells nobody."""
        self.alive = False
        told = None if silent else ConnectionResetError(errno.ECONNRESET, "connection reset by the other end")
        for end in self.ends:
            end.vanish(told)
        for listener in self.listeners:
            listener.close()

    def revive(self) -> list[Any]:
        """It may run again; returns what it was about to do."""
        self.alive, self.frozen = True, False
        kept, self.kept = self.kept, []
        return kept

    @property
    def alive(self) -> bool:
        return self._alive

    @alive.setter
    def alive(self, alive: bool) -> None:
        self._alive = alive
        self.stands = self._frozen or not alive

    @property
    def frozen(self) -> bool:
        return self._frozen

    @frozen.setter
    def frozen(self, frozen: bool) -> None:
        self._frozen = frozen
        self.stands = frozen or not self._alive

    def unfinished(self) -> list[asyncio.Task[Any]]:
        return [task for task in self._tasks if not task.done()]

    def has_begun(self, task: asyncio.Task[Any]) -> None:
        """Keeps it while it runs; those that are done leave now and then, which is cheaper than a callback of each."""
        self._tasks.append(task)
        if len(self._tasks) >= self._tidy_at:
            self._tasks = self.unfinished()
            self._tidy_at = len(self._tasks) + TASKS_BEFORE_TIDYING


NODE: contextvars.ContextVar[Node | None] = contextvars.ContextVar("node", default=None)


def hold(end: End) -> None:
    """The node that runs now holds this end of a connection."""
    node = NODE.get()
    if node is not None:
        node.ends = [*(e for e in node.ends if not e.is_closing()), end]


def listen(listener: Listener) -> None:
    node = NODE.get()
    if node is not None:
        node.listeners.append(listener)
