"""The public trace page as a companion of the daemon: it draws codes, starts the page's process, and answers how a carton stands.

One rule: the page's process may ask one thing, how one carton stands, and no more often than its limits let strangers; nothing
else of the line is within its reach.
"""

import asyncio
import contextlib
import secrets
import sys
from collections.abc import Callable

import msgspec

from controller.daemon.companions import Aboard, Start
from controller.daemon.core_loop import CoreLoop, InboxFullError
from controller.domain.reasons import Role
from controller.domain.trace_codes import RANDOM_BITS, code_of
from controller.line.commands import Outcome
from controller.line.events import Stamped
from controller.line.holds import holds_on
from controller.line.routing import carton_blockers
from controller.line.state import Carton, Draft, LineState
from controller.line.trace_events import TraceCodeIssued
from controller.records.errors import RecordsError
from controller.trace.app import PROCESSING, RECALLED, RELEASED, UNKNOWN
from controller.trace.serving import Standing, Told

NAME = "trace"
MODULE = "controller.trace.serving"
ENDS_WITHIN_S = 5.0
# A hold of these on what has left concerns whoever has it; others (a copy of its number on the belt) do not. What is still here
# is held, whatever it is called: nobody has it.
RECALLS = frozenset({"recalled", "officer_hold", "company_hold"})


def trace(aboard: Aboard) -> dict[str, Start]:
    """The daemon's companion: nothing at all unless `[trace] host` is set."""
    if not aboard.settings.trace.host:
        return {}
    return {NAME: lambda: run(aboard)}


class Codes:
    """Draws a code for each carton that is released and has none."""

    def __init__(self, core: CoreLoop, chance: Callable[[int], int]) -> None:
        self._core = core
        self._chance = chance
        self._asked: set[str] = set()

    def take(self, seq: int, stamped: Stamped, outcome: Outcome) -> None:
        for subject in outcome.touched:
            kind, _, key = subject.partition(":")
            if kind == "carton" and (carton := self._core.state.cartons.get(key)) is not None:
                self._look(carton)

    def look_at_all(self) -> None:
        """What was released while nobody drew."""
        for carton in tuple(self._core.state.cartons.values()):
            self._look(carton)

    def _look(self, carton: Carton) -> None:
        if carton.released_ms < 0 or carton.trace_code:
            self._asked.discard(carton.key)
        elif carton.key not in self._asked:
            with contextlib.suppress(InboxFullError):  # the line has other troubles: at the next look
                self._core.post(TraceCodeIssued(carton.key, code_of(self._chance(RANDOM_BITS))), actor=NAME, role=Role.LINE)
                self._asked.add(carton.key)


def standing(state: LineState, key: str) -> str:
    """How a carton stands for strangers: by the same blockers that the line itself asks."""
    carton = state.cartons.get(key)
    if carton is None:
        return RELEASED if key in state.gone else UNKNOWN
    if carton.place == "departed":
        held = holds_on(Draft(state, state.facts.line_ms), carton)
        return RECALLED if any(hold.code in RECALLS for hold in held) else RELEASED
    if carton.released_ms < 0 or state.facts.profile is None:
        return PROCESSING
    return PROCESSING if carton_blockers(Draft(state, state.facts.line_ms), carton) else RELEASED


async def run(aboard: Aboard) -> None:
    """Until cancelled. The process that ended is an error: whoever supervises this starts it again."""
    codes = Codes(aboard.core, secrets.randbits)
    aboard.core.on_outcome.append(codes.take)
    try:
        codes.look_at_all()
        await _serve(aboard)
    finally:
        aboard.core.on_outcome.remove(codes.take)


async def _serve(aboard: Aboard) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", MODULE, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdin is not None
    assert child.stdout is not None
    settings = aboard.settings
    try:
        told = Told(settings.trace, settings.records.url, str(aboard.data))
        child.stdin.write(msgspec.json.encode(told) + b"\n")
        while line := await child.stdout.readline():
            asked = msgspec.json.decode(line, type=Standing)
            answer = Standing(asked.number, standing(aboard.core.state, asked.carton))
            child.stdin.write(msgspec.json.encode(answer) + b"\n")
        raise RecordsError("trace_ended", "the public page's process ended", "look whether another program has its port")
    finally:
        child.stdin.close()
        try:
            async with asyncio.timeout(ENDS_WITHIN_S):
                await child.wait()
        except TimeoutError:
            child.kill()
            await child.wait()
