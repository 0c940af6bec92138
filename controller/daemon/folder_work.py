"""A thread of its own for a folder that may be a share: a dead share hangs whoever touches it, for as long as it likes.

One rule: whoever asks waits at most `answer_s` and hears a TimeoutError then; neither line nor the end of the process waits for
a folder. What hung is done or not done when the share is back, so work is such that it may be done again.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")

ANSWER_S = 10.0


class _Detached(Executor):
    """One thread, begun with the first work. The interpreter does not wait for it at its end, as it does for every other pool."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._works: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._begun = self._ended = False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        if self._ended:
            raise RuntimeError("it was shut down")
        future: Future[T] = Future()
        self._works.put((future, lambda: fn(*args, **kwargs)))
        if not self._begun:
            self._begun = True
            threading.Thread(target=self._run, name=self._name, daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Never waits. What was not begun is not done."""
        self._ended = True
        while not self._works.empty():
            if (work := self._works.get()) is not None:
                work[0].cancel()
        self._works.put(None)

    def _run(self) -> None:
        while (work := self._works.get()) is not None:
            future, call = work
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = call()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)


class FolderWork:
    """Does one thing after another. `close()` waits for nothing."""

    def __init__(self, name: str, answer_s: float = ANSWER_S) -> None:
        self._answer_s = answer_s
        self._thread = _Detached(name)

    async def do(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises, or TimeoutError."""
        async with asyncio.timeout(self._answer_s):
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
