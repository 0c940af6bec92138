"""Seeds in several processes: each is dealt one after the other, says what came of each, and ends after so many.

One rule: no seed is ever lost. A process that dies is a failure of the seed it was at, and what it had not begun goes on in
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

# A new process costs as much as half a seed, so it stays for many; and it ends, so that nothing grows for ever.
SEEDS_A_PROCESS = 100
# One in hand and one that waits, so that no process stands while an answer is looked at.
DEALT_AHEAD = 2
ENDS_WITHIN_S = 0.5


def in_processes(do: Callable[[W], R], died: Callable[[W, int], R], work: Sequence[W], jobs: int) -> Iterator[R]:
    """`do` of each, in any order; `died` is what stands for one whose process did not come back."""
    todo = deque(work)
    running: dict[Connection, _Worker[W, R]] = {}
    try:
        while todo or running:
            while todo and len(running) < jobs:
                worker = _Worker(do)
                running[worker.answers] = worker
                worker.deal(todo)
            for answers in wait(list(running)):
                assert isinstance(answers, Connection)
                worker = running[answers]
                try:
                    answer = worker.next()
                except EOFError:
                    del running[answers]
                    left = worker.end()
                    if left:
                        yield died(left[0], worker.exit_code)
                        todo.extendleft(reversed(left[1:]))
                else:
                    worker.deal(todo)
                    yield answer
    finally:
        for worker in running.values():
            worker.end()


class _Worker(Generic[W, R]):
    """One process and what it has in hand."""

    def __init__(self, do: Callable[[W], R]) -> None:
        context = multiprocessing.get_context("spawn")
        self.answers, others = context.Pipe(duplex=False)
        dealt, self._work = context.Pipe(duplex=False)
        self._in_hand: deque[W] = deque()
        self._may_have = SEEDS_A_PROCESS
        self._process: SpawnProcess = context.Process(target=_run, args=(do, dealt, others), daemon=True)
        self._process.start()
        # These ends must be the only ones left, or the death of either side is never seen by the other.
        others.close()
        dealt.close()

    def deal(self, todo: deque[W]) -> None:
        """Give it what it may have; without anything more to do it ends by itself."""
        try:
            while todo and self._may_have and len(self._in_hand) < DEALT_AHEAD:
                self._work.send(todo[0])
                self._in_hand.append(todo.popleft())
                self._may_have -= 1
        except OSError:
            return  # it is dead, which is told where its answers are waited for
        if not self._in_hand:
            self._work.close()

    def next(self) -> R:
        answer: R = self.answers.recv()
        self._in_hand.popleft()
        return answer

    @property
    def exit_code(self) -> int:
        """Negative = the signal that ended it."""
        return self._process.exitcode or 0

    def end(self) -> tuple[W, ...]:
        """What it did not do."""
        if self._in_hand:
            self._process.join(ENDS_WITHIN_S)
            self._process.terminate()
        self._work.close()
        self._process.join()
        self.answers.close()
        return tuple(self._in_hand)


def _run(do: Callable[[W], R], dealt: "Connection[None, W]", answers: "Connection[R, None]") -> None:
    # Should the interpreter itself die, it says where.
    faulthandler.enable()
    while True:
        try:
            one = dealt.recv()
        except EOFError:
            break
        answers.send(do(one))
    answers.close()
