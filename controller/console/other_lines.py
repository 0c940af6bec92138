"""What this line knows of the pools of the site's other lines: it asks each of them about once a second.

One rule: what was not heard lately is not known. A line that does not answer, answers too slowly, or answers what nobody can
read is `unknown` since it was heard last; it is never shown as a line where nothing waits, and what it told before is no longer
shown as waiting. Only customs is told of any of it, and nothing here claims or decides: the line that owns a carton does.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from controller.console.line_credential import LineCredential
from controller.console.line_pool import LinePool, Waiting
from controller.console.views import Value
from controller.daemon.http_client import PostError, fetch
from controller.domain.alarms import kind_of
from controller.line.explain import View

log = logging.getLogger("xiyong.console")

POOL_PATH = "/api/lines/pool"
EACH_S = 1.0
ANSWER_WITHIN_S = 2.0
WAIT_MOST_S = 8.0
KNOWN_FOR_S = 5.0
"""As long as two questions may take: one answer that was lost is no news. A page's own link counts as lost after as long."""
SAME_WITHIN_MS = 500
FAULTS = ("url_wrong", "not_reached", "no_answer", "refused", "answer_wrong", "another_line", "no_secret")
CALL_PRIORITY = kind_of("picture_unanswered").priority

Fetch = Callable[[str, dict[str, str], float], Awaitable[tuple[int, bytes]]]


class Entry(msgspec.Struct, frozen=True):
    """A picture that waits at another line, in this line's time. `last_call_ms`, or `left_ms` while its belt stands.

    `called_ms` is when this line heard that nobody had answered there: what was silenced here later than that is quiet here.
    """

    track: str
    carton: str
    last4: str
    must: tuple[str, ...]
    since_ms: int
    last_call_ms: int | None
    left_ms: int | None
    running: bool | None
    calls: int
    called_ms: int | None
    claimed_by: str | None
    claimed_name: str | None


class _Other(msgspec.Struct):
    """`heard_s` by the loop's clock, `since_ms` by the line's: when it was heard last, or when asking began."""

    name: str
    address: str
    since_ms: int
    fault: str = ""
    heard_s: float = float("-inf")
    entries: tuple[Entry, ...] = ()
    more: int = 0
    ever: bool = False


class OtherLines:
    """A source of the live stream; `run` asks until cancelled. `changed` is called when there may be something new to show.

    Without a credential nobody is asked: where none is configured the lines are only linked (`linked`), where the configured one
    can not be used they are unknown.
    """

    def __init__(
        self, lines: Sequence[tuple[str, str]], credential: LineCredential | None, clock: Callable[[], float],
        line_ms: Callable[[], int], changed: Callable[[], None], ask: Fetch = fetch, *, linked: bool = False,
    ) -> None:  # fmt: skip
        self._credential = credential
        self._clock = clock
        self._line_ms = line_ms
        self._changed = changed
        self._ask = ask
        self._linked = linked
        self.others = [_Other(name, address, line_ms()) for name, address in lines]
        if credential is None and not linked:
            for one in self.others:
                one.fault = "no_secret"

    async def run(self) -> None:
        """Each line is asked by itself, so that a slow one makes no other late."""
        if self._credential is None or not self.others:
            await asyncio.Event().wait()
        async with asyncio.TaskGroup() as group:
            for one in self.others:
                group.create_task(self._follow(one), name=f"pool of {one.name}")

    async def _follow(self, one: _Other) -> None:
        wait_s = EACH_S
        while True:
            try:
                answered = await self.ask(one)
            except Exception:  # whatever it was: what another line says ends neither this console nor its stop
                log.exception("asking line %s", one.name)
                answered = self._failed(one, "answer_wrong")
            wait_s = EACH_S if answered else min(wait_s * 2, WAIT_MOST_S)
            await asyncio.sleep(wait_s)

    async def ask(self, one: _Other) -> bool:
        """One question to one line; whether it was answered."""
        assert self._credential is not None
        asked_s, asked_ms = self._clock(), self._line_ms()  # an answer is as old as its question: rather too urgent than too late
        headers = {"Authorization": f"Bearer {self._credential.for_line(one.name)}", "Accept": "application/json"}
        try:
            status, body = await self._ask(one.address + POOL_PATH, headers, ANSWER_WITHIN_S)
        except PostError as error:
            return self._failed(one, error.code if error.code in FAULTS else "not_reached")
        if status != 200:
            return self._failed(one, "refused" if status in (401, 403, 429) else "answer_wrong")
        try:
            told = msgspec.json.decode(body, type=LinePool)
        except (msgspec.DecodeError, RecursionError):
            return self._failed(one, "answer_wrong")
        if told.line != one.name:
            return self._failed(one, "another_line")
        self._heard(one, told, asked_s, asked_ms)
        return True

    def _failed(self, one: _Other, fault: str) -> bool:
        if one.fault != fault:
            log.warning("the pool of line %s is not known: %s", one.name, fault)
            one.fault = fault
        self._changed()
        return False

    def _heard(self, one: _Other, told: LinePool, asked_s: float, asked_ms: int) -> None:
        if one.fault:
            log.info("the pool of line %s is known again", one.name)
        before = {entry.track: entry for entry in one.entries}
        now = {waiting.track: _entry(waiting, before.get(waiting.track), asked_ms, self._line_ms()) for waiting in told.waiting}
        one.entries, one.more, one.fault, one.ever = tuple(now.values()), told.more, "", True
        one.heard_s, one.since_ms = asked_s, asked_ms
        self._changed()

    def values(self, view: View) -> dict[str, Value]:
        """The value `lines`, for customs alone."""
        if view is not View.CUSTOMS:
            return {}
        return {"lines": {"list": [self._shown(one) for one in self.others], "call_priority": CALL_PRIORITY}}

    def _shown(self, one: _Other) -> Value:
        shown: Value = {"name": one.name, "address": one.address}
        if self._linked:
            return {**shown, "state": "linked", "waiting": [], "more": 0}
        if self._clock() - one.heard_s < KNOWN_FOR_S:
            return {**shown, "state": "known", "waiting": [msgspec.to_builtins(entry) for entry in one.entries], "more": one.more}
        before = len(one.entries) + one.more if one.ever else None
        return {**shown, "state": "unknown", "since_ms": one.since_ms, "fault": one.fault or "no_answer", "before": before,
                "waiting": [], "more": 0}  # fmt: skip


def _entry(told: Waiting, before: Entry | None, asked_ms: int, now_ms: int) -> Entry:
    """In this line's time. What only trembles with the network stays as it was, so that it is not sent again each second."""
    stands = told.running is False
    since_ms = _steady(asked_ms - told.waits_ms, before.since_ms if before is not None else None)
    last_call_ms = _steady(asked_ms + told.left_ms, before.last_call_ms if before is not None else None)
    called_ms = now_ms if told.calls else None
    if before is not None and before.calls == told.calls:
        called_ms = before.called_ms
    return Entry(
        told.track, told.carton, told.last4, told.must, since_ms, None if stands else last_call_ms,
        told.left_ms if stands else None, told.running, told.calls, called_ms, told.claimed_by, told.claimed_name,
    )  # fmt: skip


def _steady(now_ms: int, before_ms: int | None) -> int:
    return before_ms if before_ms is not None and abs(now_ms - before_ms) < SAME_WITHIN_MS else now_ms
