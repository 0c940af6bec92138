"""Supervision: every task of the daemon runs under it.

One rule: a task that ends is an event, whatever the reason; it is started again, and nothing is released until it is
back (architecture, "Time, concurrency, performance"). A task that only serves something the line works without (the
records database, the folder of files) is a device: its end is told and shown, and holds nothing (architecture,
"Storage": the line keeps working when every other service is away).
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from controller.line.events import AnyEvent, DeviceDown, DeviceUp, TaskBack, TaskEnded

RESTART_S = 0.5
RESTART_MOST_S = 5.0
STEADY_S = 0.2
CANCEL_AGAIN_S = 1.0

log = logging.getLogger("xiyong.tasks")


class FatalEnd(Exception):  # noqa: N818 (an order to the process, not a mistake)
    """The process must end and start again (another session, a dead journal)."""

    def __init__(self, code: str, cause: str, next_step: str) -> None:
        super().__init__(f"{code}: {cause}; {next_step}")
        self.code = code


async def supervise(
    name: str, start: Callable[[], Coroutine[Any, Any, None]], post: Callable[[AnyEvent], None], *, needed: bool = True
) -> None:
    """Run `start()` for ever. Its end posts `TaskEnded`; once it stands again for STEADY_S, `TaskBack`.

    For a task that is not `needed` these are `DeviceDown` and `DeviceUp`.
    """
    wait_s = RESTART_S
    ended = False
    while True:
        task = asyncio.get_running_loop().create_task(start(), name=name)
        try:
            if ended:
                done, _ = await asyncio.wait({task}, timeout=STEADY_S)
                if not done:
                    post(TaskBack(name) if needed else DeviceUp(name))
                    ended = False
                    wait_s = RESTART_S
            # Not `await task`: that hands a cancel on to the task, and is over only when the task obeys.
            await asyncio.wait({task})
            error = "it was cancelled"
            if not task.cancelled():
                task.result()
                error = "it returned"
        except asyncio.CancelledError:
            await _end(task)
            raise
        except FatalEnd:
            raise
        except Exception as fault:
            error = f"{type(fault).__name__}: {fault}"
            log.exception("task %s failed", name)
        if not ended:
            cause = error[:500].encode("utf-8", "backslashreplace").decode()
            post(TaskEnded(name, cause) if needed else DeviceDown(name, "service_down", cause))
        ended = True
        await asyncio.sleep(wait_s)
        wait_s = min(wait_s * 2, RESTART_MOST_S)


async def _end(task: asyncio.Task[None]) -> None:
    """Cancel until it has ended: a library may swallow a cancel (`wait_for` before Python 3.12), and then runs on for ever."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=CANCEL_AGAIN_S)
    if not task.cancelled():
        task.exception()  # mark as seen
