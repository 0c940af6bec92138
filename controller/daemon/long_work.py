"""Long work of the core, off the loop: a command with an id goes in, an event comes back, whatever happens.

One rule: every command is answered once, in time or as failed; nothing waits without a bound. A station adds its command to
`jobs_of`. In a replay nothing of this runs: the recorded answers are events.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

import msgspec

from controller.line.commands import DrawSelection, LongWork
from controller.line.events import AnyEvent
from controller.line.explain import NEUTRAL_EVENT

log = logging.getLogger("xiyong.work")

WAITING_MOST = 64

# What customs draws: the log is the company's, and hears no more of it than of any other check of customs.
OF_CUSTOMS = (DrawSelection,)

Do = Callable[[LongWork], Awaitable[AnyEvent]]
Fail = Callable[[LongWork, str, str], AnyEvent]


class Job(msgspec.Struct, frozen=True):
    """How one kind of command is done and what its failure looks like. It has `limit_s` from when it begins."""

    do: Do
    fail: Fail
    limit_s: float


class Worker:
    """Each kind of command has a queue of its own and is done one after another; a slow kind delays no other.

    `start` never blocks; a command that finds its queue full has failed.
    """

    def __init__(self, jobs: dict[type, Job], post: Callable[[AnyEvent], None]) -> None:
        self._jobs = jobs
        self._post = post
        self._waiting: dict[type, deque[LongWork]] = {kind: deque() for kind in jobs}
        self._arrived = {kind: asyncio.Event() for kind in jobs}

    def start(self, work: LongWork) -> None:
        job = self._jobs.get(type(work))
        if job is None:
            log.error("nobody does %s", _named(work))
            return
        waiting = self._waiting[type(work)]
        if len(waiting) >= WAITING_MOST:
            self._post(job.fail(work, "queue_full", f"{WAITING_MOST} wait already"))
            return
        waiting.append(work)
        self._arrived[type(work)].set()

    async def run(self) -> None:
        """Until cancelled. What was under way when this task ended is still in its queue and is begun anew."""
        async with asyncio.TaskGroup() as group:
            for kind, job in self._jobs.items():
                group.create_task(self._serve(kind, job), name=f"long work {kind.__name__}")

    async def _serve(self, kind: type, job: Job) -> None:
        waiting, arrived = self._waiting[kind], self._arrived[kind]
        while True:
            if not waiting:
                arrived.clear()
                await arrived.wait()
                continue
            event = await self._answer(waiting[0], job)
            waiting.popleft()
            self._post(event)

    async def _answer(self, work: LongWork, job: Job) -> AnyEvent:
        try:
            async with asyncio.timeout(job.limit_s):
                return await job.do(work)
        except TimeoutError:
            return job.fail(work, "timed_out", f"no answer within {job.limit_s:g} s")
        except Exception as error:  # whatever it is, the line goes on and a person looks
            if isinstance(work, OF_CUSTOMS):
                log.warning("%s failed: why stands in the journal, for customs", _named(work))
            else:
                log.warning("%s failed: %r", _named(work), error)
            return job.fail(work, "failed", f"{type(error).__name__}: {error}"[:300])


def _named(work: LongWork) -> str:
    return NEUTRAL_EVENT if isinstance(work, OF_CUSTOMS) else type(work).__name__
