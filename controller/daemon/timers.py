"""Timers of the core: `WakeAt` becomes a `TimerFired` event.

One rule: a timer only says that a time has come; whether anyone still waits for it, the core decides from its state.
After a restart they are armed again from the state.
"""

import asyncio
from collections.abc import Callable, Mapping

from controller.daemon.clock import LineClock
from controller.line.commands import WakeAt
from controller.line.events import TimerFired


class LoopTimers:
    """One loop handle a token; a later `WakeAt` replaces an earlier one."""

    def __init__(self, loop: asyncio.AbstractEventLoop, clock: LineClock) -> None:
        self._loop = loop
        self._clock = clock
        self._handles: dict[str, asyncio.TimerHandle] = {}
        self.post: Callable[[TimerFired], None] = lambda event: None

    def wake_at(self, command: WakeAt) -> None:
        old = self._handles.pop(command.token, None)
        if old is not None:
            old.cancel()
        # One millisecond later than asked: the core ignores a timer that comes early by rounding.
        at_s = self._clock.loop_s(command.line_ms + 1)
        self._handles[command.token] = self._loop.call_at(at_s, self._fire, command.token)

    def arm(self, timers: Mapping[str, int]) -> None:
        for token, line_ms in timers.items():
            self.wake_at(WakeAt(line_ms, token))

    def close(self) -> None:
        for handle in self._handles.values():
            handle.cancel()
        self._handles.clear()

    def _fire(self, token: str) -> None:
        self._handles.pop(token, None)
        self.post(TimerFired(token))
