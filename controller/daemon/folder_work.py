"""A thread of its own for a folder that may be a share: a dead share hangs whoever touches it, for as long as it likes.

One rule: whoever asks waits at most `answer_s` and hears a TimeoutError then; the line never waits for a folder. What hung is
done or not done when the share is back, so work is such that it may be done again.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

ANSWER_S = 10.0


class FolderWork:
    """Does one thing after another. `close()` waits for nothing."""

    def __init__(self, name: str, answer_s: float = ANSWER_S) -> None:
        self._answer_s = answer_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def do(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises, or TimeoutError."""
        async with asyncio.timeout(self._answer_s):
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
