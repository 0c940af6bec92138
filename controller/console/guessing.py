"""The delay on guessing: after five wrong attempts an account waits at the terminal where they were made.

One rule: nobody can lock another person out. The delay holds for account and terminal together, and for a terminal that
tries many accounts; the same account at another terminal is free. Everything is bounded: the oldest is forgotten.
"""

import msgspec

WRONG_MOST = 5
WRONG_MOST_OF_TERMINAL = 30
DELAY_S = 15 * 60.0
KEPT = 10_000


class _Tried(msgspec.Struct):
    wrong: int = 0
    last_s: float = 0.0


class Guessing:
    """Counts attempts; `now_s` is any clock that never goes back."""

    def __init__(self) -> None:
        self._tried: dict[tuple[str, str], _Tried] = {}

    def wait_s(self, account: str, terminal: str, now_s: float) -> float:
        """So long this account waits here; 0 = it may try. An unknown account waits like a known one."""
        waits = (
            self._wait(("", terminal), WRONG_MOST_OF_TERMINAL, now_s),
            self._wait((account, terminal), WRONG_MOST, now_s),
        )
        return max(waits)

    def begins(self, account: str, terminal: str, now_s: float) -> None:
        """An attempt counts as wrong until it is right, so that a hundred at once are a hundred."""
        for key in (("", terminal), (account, terminal)):
            tried = self._tried.pop(key, _Tried())
            if now_s - tried.last_s >= DELAY_S:
                tried = _Tried()
            tried.wrong += 1
            tried.last_s = now_s
            self._tried[key] = tried
        while len(self._tried) > KEPT:
            self._tried.pop(next(iter(self._tried)))

    def was_right(self, account: str, terminal: str) -> None:
        self._tried.pop((account, terminal), None)
        of_terminal = self._tried.get(("", terminal))
        if of_terminal is not None:
            of_terminal.wrong = max(0, of_terminal.wrong - 1)

    def _wait(self, key: tuple[str, str], most: int, now_s: float) -> float:
        tried = self._tried.get(key)
        if tried is None or tried.wrong < most:
            return 0.0
        return max(0.0, tried.last_s + DELAY_S - now_s)
