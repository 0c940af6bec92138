"""The live stream: a snapshot, then what changes, to every screen, as server-sent events.

One rule: an event is encoded once for all screens of one view, and a screen that does not keep up is dropped and told to take
a new snapshot; it never slows the line or the others. Values are coalesced (the newest counts); alarms and decisions never.

Names of events: `snapshot` and `values` (what is now), `happened` (alarms, decisions, diverts), `heartbeat` each second without
an id, `dropped` at the end. An id is boot, view and number: after a break a browser sends it as `Last-Event-ID` and gets what it
missed while that is still kept, else a snapshot. A comment never reaches a page's script, hence the named heartbeat.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import msgspec

from controller.console.sessions import Session, Sessions
from controller.console.views import SCHEMA, Value, changed, happened, values
from controller.daemon.core_loop import CoreLoop
from controller.domain.reasons import CUSTOMS
from controller.line.commands import Outcome
from controller.line.events import Stamped
from controller.line.explain import View

QUEUE_LONGEST = 256
RING_LONGEST = 2000
SCREENS_MOST = 64
CUSTOMS_ALONE = 16  # the last of them
SESSION_MOST = 6  # a browser holds one, its pages share it
PERSON_MOST = 12  # who signs in again and again has no more
COALESCE_S = 0.1
HEARTBEAT_S = 1.0
RETRY_MS = 1000

encode = msgspec.json.encode

Source = Callable[[View], Mapping[str, Value]]
"""More values of the stream by name, as a view may see them."""


class Screen:
    """One connected page: a bounded queue of ready bytes."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._queue: deque[bytes] = deque()
        self._more = asyncio.Event()
        self._ended = False

    @property
    def ended(self) -> bool:
        return self._ended

    def give(self, data: bytes) -> bool:
        """False when it is too far behind: what it has not read is gone, and it is told."""
        if self._ended:
            return False
        if len(self._queue) >= QUEUE_LONGEST:
            self.end("slow")
            return False
        self._queue.append(data)
        self._more.set()
        return True

    def end(self, why: str) -> None:
        if not self._ended:
            if why == "slow":
                self._queue.clear()
            self._queue.append(message("dropped", {"why": why, "next_step": "take a new snapshot"}))
            self._ended = True
            self._more.set()

    def __aiter__(self) -> "Screen":
        return self

    async def __anext__(self) -> bytes:
        """What there is, in one piece; over when the screen was ended. No generator: nothing has to be closed after a cancel."""
        while not self._queue:
            if self._ended:
                raise StopAsyncIteration
            self._more.clear()
            await self._more.wait()
        data = b"".join(self._queue)
        self._queue.clear()
        return data


class _Channel:
    """All screens of one view."""

    def __init__(self, view: View, boot_id: str) -> None:
        self.view = view
        self.screens: list[Screen] = []
        self.values: dict[str, Value] = {}
        self.number = 0
        self._base = f"{boot_id}.{view.value}."
        self._ring: deque[bytes] = deque(maxlen=RING_LONGEST)

    def send(self, name: str, value: object) -> None:
        self.number += 1
        data = message(name, value, self.id)
        self._ring.append(data)
        self.give(data)

    def give(self, data: bytes) -> None:
        self.screens = [screen for screen in self.screens if screen.give(data)]

    @property
    def id(self) -> str:
        return f"{self._base}{self.number}"

    def missed(self, last_id: str) -> list[bytes] | None:
        """What came behind this id, or nothing known: another boot, another view, or too long ago."""
        base, number = last_id[: len(self._base)], last_id[len(self._base) :]
        if base != self._base or not number.isdecimal() or len(number) > 18:
            return None
        behind = self.number - int(number)
        if not 0 <= behind <= len(self._ring) or behind > QUEUE_LONGEST // 2:
            return None
        return list(self._ring)[len(self._ring) - behind :]


class Live:
    """`take` is a listener of the core; `run` sends values and heartbeats until cancelled."""

    def __init__(self, core: CoreLoop, sessions: Sessions, boot_id: str, line: str, mode: str, build: str = "") -> None:
        self._core = core
        self._sessions = sessions
        self._boot_id = boot_id
        self._line = line
        self._mode = mode
        self._build = build
        self._channels = {view: _Channel(view, boot_id) for view in View}
        self._dirty = True
        self._recent: dict[View, tuple[float, bytes]] = {}
        self._clock: Callable[[], float] = time.monotonic
        self.sources: list[Source] = []

    def look_again(self) -> None:
        """Something changed that is in no row of the journal."""
        self._dirty = True

    def take(self, seq: int, stamped: Stamped, outcome: Outcome) -> None:
        self._dirty = True
        for channel in self._channels.values():
            for one in happened(seq, stamped, outcome, channel.view):
                channel.send("happened", one)

    def snapshot(self, view: View) -> Value:
        """Everything a page needs to draw itself. `seq` is the row of the journal it stands at: a page's `seen`."""
        channel = self._channels[view]
        self._renew(channel)
        return {
            "schema": SCHEMA, "boot_id": self._boot_id, "build": self._build, "line": self._line, "mode": self._mode,
            "seq": self._core.journal_seq, "stream": channel.number, "line_ms": self._core.now_ms(), "values": channel.values,
        }  # fmt: skip

    def snapshot_bytes(self, view: View) -> bytes:
        return encode(self.snapshot(view))

    def recent_bytes(self, view: View) -> bytes:
        """A snapshot at most 100 ms old, its `seq` as old as its values: asking all the time costs the line nothing."""
        now_s = self._clock()
        made_s, data = self._recent.get(view, (0.0, b""))
        if not data or now_s - made_s >= COALESCE_S:
            data = self.snapshot_bytes(view)
            self._recent[view] = (now_s, data)
        return data

    def connect(self, session: Session, last_id: str = "") -> Screen | None:
        """A screen that has its snapshot, or what it missed. Nothing when there are too many."""
        if not self._has_room(session):
            return None
        channel = self._channels[view_of(session)]
        self._renew(channel)
        missed = channel.missed(last_id)
        screen = Screen(session)
        screen.give(f"retry: {RETRY_MS}\n\n".encode())
        if missed is None:
            screen.give(message("snapshot", self.snapshot(channel.view), channel.id))
        for data in missed or ():
            screen.give(data)
        channel.screens.append(screen)
        return screen

    def _has_room(self, session: Session) -> bool:
        """The oldest of too many of one session ends: a browser that lost its connection comes again before that is noticed."""
        screens = [screen for channel in self._channels.values() for screen in channel.screens]
        own = [screen for screen in screens if screen.session is session]
        for screen in own[: 1 - SESSION_MOST]:
            screen.end("replaced")
            self.disconnect(screen)
        left = [screen for screen in screens if not screen.ended]
        if sum(screen.session.person.account == session.person.account for screen in left) >= PERSON_MOST:
            return False
        return len(left) < (SCREENS_MOST if view_of(session) is View.CUSTOMS else SCREENS_MOST - CUSTOMS_ALONE)

    def disconnect(self, screen: Screen) -> None:
        screen.end("gone")
        for channel in self._channels.values():
            if screen in channel.screens:
                channel.screens.remove(screen)

    async def run(self, look: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """`look` is called each second: it ends the sessions of accounts that changed."""
        loop = asyncio.get_running_loop()
        beat_s = loop.time()
        try:
            while True:
                beats = loop.time() >= beat_s
                if beats:
                    beat_s = loop.time() + HEARTBEAT_S
                    await look()
                if self._dirty or beats:  # some values change with time alone
                    self._dirty = False
                    for channel in self._channels.values():
                        if channel.screens:
                            self._renew(channel)
                if beats:
                    self._beat()  # no await since the values: it names no row that they do not show
                await asyncio.sleep(COALESCE_S)
        finally:
            self.end()

    def end(self) -> None:
        """Say goodbye to every screen."""
        for channel in self._channels.values():
            for screen in channel.screens:
                screen.end("stopping")
            channel.screens = []

    def _beat(self) -> None:
        for channel in self._channels.values():
            for screen in tuple(channel.screens):
                wrong_view = view_of(screen.session) is not channel.view
                if wrong_view or not self._sessions.may_read(screen.session):
                    screen.end("session_ended")
            beat = {"seq": self._core.journal_seq, "stream": channel.number, "line_ms": self._core.now_ms()}
            channel.give(message("heartbeat", beat))

    def _renew(self, channel: _Channel) -> None:
        """Send what has changed since the values were sent last, all changes of a while in one event."""
        now = values(self._core.state, channel.view)
        for source in self.sources:
            now.update(source(channel.view))
        new = changed(channel.values, now)
        if new:
            channel.values = now
            channel.send("values", {"seq": self._core.journal_seq, "line_ms": self._core.state.facts.line_ms, "values": new})


def view_of(session: Session) -> View:
    return View.CUSTOMS if session.person.role in CUSTOMS else View.COMPANY


def message(name: str, value: object, number: str = "") -> bytes:
    """One server-sent event. JSON has no line breaks of its own, so `data` is one line."""
    head = f"event: {name}\n" + (f"id: {number}\n" if number else "")
    return head.encode() + b"data: " + encode(value) + b"\n\n"
