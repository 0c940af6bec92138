"""A failing seed made small: fewer kinds of fault, a shorter day, then single strikes.

One rule: smaller counts only if the same invariant still breaks, and the number of runs is bounded; the best so far is kept.
Source: reliability notes, section 4 (shrinking).
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from controller.rehearsal.explore import Choice, run_quietly
from controller.rehearsal.world import Outcome

T = TypeVar("T")

MOST_RUNS = 60
DAYS_S = (90.0, 60.0, 40.0, 25.0, 15.0)
RunOne = Callable[[tuple[Choice, int]], Outcome]


class Shrinker:
    """`smallest()` gives the smallest choice found within `most_runs` runs, and its outcome."""

    def __init__(
        self, choice: Choice, seed: int, say: Callable[[str], None], most_runs: int = MOST_RUNS, run: RunOne = run_quietly
    ) -> None:
        self._choice = msgspec.structs.replace(choice, seeds=(seed,), jobs=1)
        self._seed = seed
        self._say = say
        self._left = most_runs
        self._run = run
        self._outcome: Outcome | None = None
        self._broken: frozenset[str] = frozenset()

    def smallest(self) -> tuple[Choice, Outcome]:
        """If the seed breaks nothing, the choice as it was."""
        first = self._outcome = self._run((self._choice, self._seed))
        self._left -= 1
        self._broken = frozenset(breach.invariant for breach in first.breaches)
        if self._broken:
            self._fewer_kinds()
            self._shorter_day()
            self._single_strikes()
        return self._choice, self._outcome

    def _breaks(self, candidate: Choice) -> bool:
        if self._left <= 0:
            return False
        self._left -= 1
        outcome = self._run((candidate, self._seed))
        if not self._broken & {breach.invariant for breach in outcome.breaches}:
            return False
        self._choice, self._outcome = candidate, outcome
        return True

    def _fewer_kinds(self) -> None:
        kinds = tuple(self._choice.options(self._seed).mean_s)
        if self._choice.strikes or not kinds:
            return
        kept = fewest(kinds, lambda some: self._breaks(msgspec.structs.replace(self._choice, only=some, without=())))
        self._say(f"  kinds needed: {', '.join(kept)}; {self._left} runs left")

    def _shorter_day(self) -> None:
        longest_s = self._choice.options(self._seed).faults_s
        for day_s in DAYS_S:
            # Strikes in a day that ends before them would be no shorter day but fewer strikes.
            last_s = max((one.at_s for one in self._choice.strikes), default=0.0)
            if last_s < day_s < longest_s and not self._breaks(msgspec.structs.replace(self._choice, day_s=day_s)):
                break
        self._say(f"  day needed: {self._choice.options(self._seed).faults_s:g} s; {self._left} runs left")

    def _single_strikes(self) -> None:
        strikes = self._outcome.strikes if self._outcome is not None else ()
        if not strikes or not self._breaks(msgspec.structs.replace(self._choice, strikes=strikes)):
            return
        kept = fewest(strikes, lambda some: self._breaks(msgspec.structs.replace(self._choice, strikes=some, only=())))
        self._say(f"  strikes needed: {len(kept)} of {len(strikes)}; {self._left} runs left")


def fewest(items: Sequence[T], breaks: Callable[[tuple[T, ...]], bool]) -> tuple[T, ...]:
    """Leave out large parts first, then ever smaller ones, as long as it still breaks; never all of them."""
    kept, part = tuple(items), max(1, len(items) // 2)
    while True:
        start, left_out = 0, False
        while start < len(kept) and len(kept) > 1:
            candidate = (*kept[:start], *kept[start + part :])
            if candidate and breaks(candidate):
                kept, left_out = candidate, True
            else:
                start += part
        if part == 1 and not left_out:
            return kept
        part = max(1, part // 2) if part > 1 or left_out else 1
