"""Where the site's other lines ask this one for its pool: one question on the first port, for machines alone.

One rule: no session opens it, whoever's it is, and its credential opens nothing else. Whoever is turned away is written into the
history of sign-ins; many of one terminal are one row with their count, so that nobody fills the disk with them.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Annotated

import msgspec
from fastapi import FastAPI, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from controller.console.identity import Identity
from controller.console.line_credential import LineCredential
from controller.console.line_pool import LinePool
from controller.console.other_lines import POOL_PATH
from controller.console.refusals import Refused
from controller.console.web import terminal_of

BURST, A_SECOND = 20.0, 5.0
NOTED_EACH_S = 60.0
NOTED_MOST = 10
"""Rows in the history within `NOTED_EACH_S`, of all terminals together."""
TERMINALS_MOST = 1000

_machine = HTTPBearer(
    auto_error=False,
    scheme_name="line",
    description="What proves another line of the site. No person has one, and no session is one.",
)


class _Terminal(msgspec.Struct):
    left: float
    at_s: float
    refused: int = 0
    noted_s: float = float("-inf")


class Knocks:
    """How often each terminal asks, and how often it was turned away; the oldest is forgotten. `clock` never goes back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._terminals: OrderedDict[str, _Terminal] = OrderedDict()
        self._noted: list[float] = []

    def may_ask(self, terminal: str) -> bool:
        """Counts this question; whoever asked too often gets no answer, right or wrong."""
        one, now_s = self._of(terminal), self._clock()
        one.left = min(BURST, one.left + (now_s - one.at_s) * A_SECOND)
        one.at_s = now_s
        if one.left < 1:
            return False
        one.left -= 1
        return True

    def refused(self, terminal: str) -> int:
        """So many refusals stand for one row that is due now; 0 = none is."""
        one, now_s = self._of(terminal), self._clock()
        one.refused += 1
        self._noted = [at_s for at_s in self._noted if now_s - at_s < NOTED_EACH_S]
        if now_s - one.noted_s < NOTED_EACH_S or len(self._noted) >= NOTED_MOST:
            return 0
        times, one.refused, one.noted_s = one.refused, 0, now_s
        self._noted.append(now_s)
        return times

    def _of(self, terminal: str) -> _Terminal:
        one = self._terminals.pop(terminal, None) or _Terminal(BURST, self._clock())
        self._terminals[terminal] = one
        while len(self._terminals) > TERMINALS_MOST:
            self._terminals.popitem(last=False)
        return one


def add_line_pool(
    app: FastAPI, identity: Identity, line: str, credential: LineCredential | None, told: Callable[[], LinePool],
) -> None:  # fmt: skip
    """Without a credential nobody is answered."""
    knocks = Knocks(identity.now_s)

    @app.get(POOL_PATH)
    async def line_pool(
        request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Security(_machine)]
    ) -> dict[str, object]:
        """Pictures that wait here for an officer, the most urgent first. For other lines of the site, about once a second."""
        terminal = terminal_of(request)
        if not knocks.may_ask(terminal):
            await _note(identity, knocks, terminal, "line_too_often")
            raise Refused("line_too_often", retry_after_s=1)
        if credential is None or given is None or not credential.opens(line, given.credentials):
            await _note(identity, knocks, terminal, "line_not_proven")
            raise Refused("line_not_proven")
        found: dict[str, object] = msgspec.to_builtins(told())
        return found


async def _note(identity: Identity, knocks: Knocks, terminal: str, code: str) -> None:
    if times := knocks.refused(terminal):
        await identity.store(identity.people.note, identity.utc(), "line_refused", "unknown", terminal, f"{code} {times}x")
