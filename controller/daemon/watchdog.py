"""The service manager's watchdog: it is fed only while the parts that decide are alive.

One rule: fed when the PLC's cycle is less than 1 s overdue, the journal's thread answered less than 2 s ago and the loop was
less than 500 ms late, all three at once. A dead scanner is an alarm, not a restart (reliability rules, section 8 h).
Source: sd_notify(3) `EXTEND_TIMEOUT_USEC`, systemd.service(5) `WatchdogSec`.
"""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from typing import TypeVar

PLC_OVERDUE_MOST_S = 1.0
JOURNAL_WITHIN_S = 2.0
LOOP_LATE_MOST_S = 0.5
SAID_AGAIN_S = 10.0
START_MORE_S = 60

log = logging.getLogger("xiyong.watchdog")

Notify = Callable[[str], None]
T = TypeVar("T")


def notify_from_environment() -> Notify | None:
    """What tells the service manager its state; None where there is none. A datagram that can not be sent is dropped."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return None
    path = "\0" + address[1:] if address.startswith("@") else address

    def notify(state: str) -> None:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
            wire.sendto(state.encode(), path)

    return notify


def feed_every_s() -> float:
    """A third of the manager's limit (`WATCHDOG_USEC`), at most 1 s."""
    limit_us = os.environ.get("WATCHDOG_USEC", "")
    return min(1.0, int(limit_us) / 3_000_000) if limit_us.isdigit() and int(limit_us) else 1.0


async def while_starting(notify: Notify | None, work: Awaitable[T]) -> T:
    """Wait for a part of the start that may take longer than the manager waits for one: a replay from the first row."""
    told = asyncio.create_task(_ask_for_time(notify)) if notify is not None else None
    try:
        return await work
    finally:
        if told is not None:
            told.cancel()


async def _ask_for_time(notify: Notify) -> None:
    while True:
        await asyncio.sleep(START_MORE_S / 3)
        notify(f"EXTEND_TIMEOUT_USEC={START_MORE_S * 1_000_000}")


class Watchdog:
    """`run` feeds it until cancelled. `unfit` is why it is not fed at the moment, empty while it is."""

    def __init__(
        self, notify: Notify, plc_due_s: Callable[[], float], ask_journal: Callable[[], Awaitable[None]], every_s: float
    ) -> None:
        self._notify = notify
        self._plc_due_s = plc_due_s
        self._ask_journal = ask_journal
        self._every_s = every_s
        self._asked: asyncio.Task[None] | None = None
        self._journal_answered_s = 0.0
        self._said_s = 0.0
        self.unfit = ""

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        self._journal_answered_s = loop.time()
        try:
            while True:
                due_s = loop.time() + self._every_s
                self._ask()
                await asyncio.sleep(self._every_s)
                self.unfit = self._look(loop.time(), due_s)
                if not self.unfit:
                    self._notify("WATCHDOG=1")
                elif loop.time() - self._said_s >= SAID_AGAIN_S:
                    self._said_s = loop.time()
                    log.error("the watchdog is not fed: %s; the service manager will start the daemon again", self.unfit)
        finally:
            if self._asked is not None:
                self._asked.cancel()
                await asyncio.gather(self._asked, return_exceptions=True)

    def _look(self, now_s: float, due_s: float) -> str:
        late_s = now_s - due_s
        if late_s > LOOP_LATE_MOST_S:
            return f"the loop was {late_s * 1000:.0f} ms late"
        if now_s - self._plc_due_s() > PLC_OVERDUE_MOST_S:
            return f"the PLC's cycle is {now_s - self._plc_due_s():.1f} s overdue"
        if now_s - self._journal_answered_s > JOURNAL_WITHIN_S:
            return f"the journal has not answered for {now_s - self._journal_answered_s:.1f} s"
        return ""

    def _ask(self) -> None:
        """One question at a time: a disk that hangs is not asked again and again."""
        if self._asked is None or self._asked.done():
            self._asked = asyncio.get_running_loop().create_task(self._answer(), name="watchdog-journal")

    async def _answer(self) -> None:
        try:
            await self._ask_journal()
        except Exception as error:
            log.error("the journal answered the watchdog with %s", error)
            return
        self._journal_answered_s = asyncio.get_running_loop().time()
