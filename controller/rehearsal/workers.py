"""Seeds in several processes: each takes a few, says what came of each, and ends.

One rule: no seed is ever lost. A process that dies is a failure of the seed it was at, and the rest of its seeds go on in
a new one.
"""

import faulthandler
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Generic, TypeVar

W = TypeVar("W")
R = TypeVar("R")

AT_ONCE = 25
SHARES_EACH = 4
ENDS_WITHIN_S = 0.5


def in_processes(do: Callable[[W], R], died: Callable[[W, int], R], work: Sequence[W], jobs: int) -> Iterator[R]:
    """`do` of each, in any order; `died` is what stands for one whose process did not come back."""
    # Small shares at the end of a short list, or one process has all of it.
    share = max(1, min(AT_ONCE, len(work) // (jobs * SHARES_EACH)))
    todo = deque(tuple(work[start : start + share]) for start in range(0, len(work), share))
    running: dict[Connection, _Worker[W, R]] = {}
    try:
        while todo or running:
            while todo and len(running) < jobs:
                worker = _Worker(do, todo.popleft())
                running[worker.answers] = worker
            for answers in wait(list(running)):
                assert isinstance(answers, Connection)
                worker = running[answers]
                try:
                    yield worker.next()
                except EOFError:
                    del running[answers]
                    left = worker.end()
                    if left:
                        yield died(left[0], worker.exit_code)
                        todo.appendleft(left[1:])
    finally:
        for worker in running.values():
            worker.end()


class _Worker(Generic[W, R]):
    """One process with its share of the work."""

    def __init__(self, do: Callable[[W], R], share: Sequence[W]) -> None:
        context = multiprocessing.get_context("spawn")
        self.answers, other = context.Pipe(duplex=False)
        self._left = deque(share)
        self._process: SpawnProcess = context.Process(target=_run, args=(do, tuple(share), other), daemon=True)
        self._process.start()
        # This end must be the only one left, or the death of the process is never seen.
        other.close()

    def next(self) -> R:
        answer: R = self.answers.recv()
        self._left.popleft()
        return answer

    @property
    def exit_code(self) -> int:
        """Negative = the signal that ended it."""
        return self._process.exitcode or 0

    def end(self) -> tuple[W, ...]:
        """What it did not do."""
        if self._left:
            self._process.join(ENDS_WITHIN_S)
            self._process.terminate()
        self._process.join()
        self.answers.close()
        return tuple(self._left)


def _run(do: Callable[[W], R], share: Sequence[W], answers: "Connection[R, None]") -> None:
    # Should the interpreter itself die, it says where.
    faulthandler.enable()
    for one in share:
        answers.send(do(one))
    answers.close()
