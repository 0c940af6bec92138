"""Driver of a reader that is triggered over the line: Keyence SR, Cognex DataMan.

Rule: calls say what shall be (`trigger_on`, `trigger_off`), never toggle; a reply that does not come is
counted, and three in a row give the port up. Source: Keyence SR-750 communication manual (LON, LOFF, OK, ER);
Cognex DataMan command reference (DMCC with command id).
"""

import asyncio
from collections import deque
from collections.abc import Callable

import msgspec

from drivers.scanner.codec import (
    CodesRead,
    CommandDone,
    CommandRefused,
    DataManCodec,
    KeyenceCodec,
    LineReaderCodec,
    NothingRead,
    ReaderValue,
)
from drivers.scanner.profiles import ReaderProfile
from drivers.scanner.reports import Report, ScannerSettings, TriggerRefused
from drivers.scanner.session import ReaderSession
from drivers.serial_port.losses import PortLost
from drivers.serial_port.ports import Port, SerialTransport

SILENT_REPLIES = 3
OPEN_COMMANDS = 8  # with more under way, the oldest counts as unanswered at once


class Dialect(msgspec.Struct, frozen=True):
    """How one make is told to look. `request(text, number)` gives the bytes and the name its reply will carry."""

    on: str
    off: str
    codec: Callable[[ReaderProfile], LineReaderCodec]
    request: Callable[[str, int], tuple[bytes, str]]


def _by_text(text: str, number: int) -> tuple[bytes, str]:
    return KeyenceCodec.command(text), text


def _by_number(text: str, number: int) -> tuple[bytes, str]:
    return DataManCodec.command(text, number), str(number)


KEYENCE = Dialect("LON", "LOFF", KeyenceCodec, _by_text)
DATAMAN = Dialect("TRIGGER ON", "TRIGGER OFF", DataManCodec, _by_number)
DIALECTS = {"keyence_sr": KEYENCE, "dataman": DATAMAN}


class _Asked(msgspec.Struct, frozen=True):
    name: str
    command: str
    timer: asyncio.TimerHandle


class TriggeredScanner:
    """`run` never ends by itself; cancel it to close the port."""

    def __init__(self, settings: ScannerSettings, transport: SerialTransport, report: Report, dialect: Dialect) -> None:
        self._settings = settings
        self._report = report
        self._dialect = dialect
        self._number = 0
        self._session = ReaderSession(settings, transport, report, lambda: dialect.codec(settings.profile), self._heard)
        self._port: Port | None = None  # the port that the fields below speak of
        self._asked: deque[_Asked] = deque()
        self._unanswered = 0
        self._reading = False

    async def run(self) -> None:
        try:
            await self._session.run()
        finally:
            self._begin_anew(None)

    def trigger_on(self) -> bool:
        """Let the reader look; False when it is down (which has been reported)."""
        port = self._live_port()
        if port is None or not self._ask(port, self._dialect.on):
            return False
        self._reading = True
        return True

    def trigger_off(self) -> bool:
        """Let it stop looking. Nothing is sent when it has stopped by itself: it would answer with an
        error.
        """
        port = self._live_port()
        if port is None:
            return False
        if not self._reading:
            return True
        self._reading = False
        return self._ask(port, self._dialect.off)

    def _live_port(self) -> Port | None:
        if self._session.port is not self._port:
            self._begin_anew(self._session.port)
        return self._port

    def _begin_anew(self, port: Port | None) -> None:
        """Nothing that was asked on another port counts on this one."""
        for asked in self._asked:
            asked.timer.cancel()
        self._asked.clear()
        self._port, self._unanswered, self._reading = port, 0, False

    def _ask(self, port: Port, command: str) -> bool:
        self._number = self._number % 9999 + 1
        data, name = self._dialect.request(command, self._number)
        try:
            port.write(data)
        except PortLost:
            return False  # the session meets the same loss when it reads, and reports it
        if self._settings.replies:
            if len(self._asked) >= OPEN_COMMANDS:
                self._asked.popleft().timer.cancel()
                self._count_silence(port)
            timeout_s = self._settings.reply_timeout_ms / 1000
            timer = asyncio.get_running_loop().call_later(timeout_s, self._no_reply, port)
            self._asked.append(_Asked(name, command, timer))
        return True

    def _no_reply(self, port: Port) -> None:
        if port is not self._port:
            return
        self._asked.popleft()  # all wait equally long, so it is the oldest
        self._count_silence(port)

    def _count_silence(self, port: Port) -> None:
        self._unanswered += 1
        if self._unanswered >= SILENT_REPLIES:
            port.fail(
                PortLost(
                    "silent",
                    f"{self._settings.device}: {self._unanswered} commands without a reply",
                    "check the reader's power, its baud rate and that it is not in the reply-less mode",
                )
            )

    def _heard(self, value: ReaderValue) -> None:
        match value:
            case CommandDone(name):
                self._answered(name)
            case CommandRefused(name, error):
                self._refused(self._answered(name), error)
            case CodesRead() | NothingRead():
                self._reading = self._reading and not self._settings.single_read
            case _:
                pass

    def _answered(self, name: str) -> str:
        """Takes the question of this reply off the list; its command, or the reply's own name when nobody asked."""
        self._unanswered = 0
        for asked in self._asked:
            if asked.name == name:
                asked.timer.cancel()
                self._asked.remove(asked)
                return asked.command
        return name

    def _refused(self, command: str, error: str) -> None:
        self._report(
            TriggerRefused(
                device=self._settings.device,
                command=command,
                error=error,
                cause=f"the reader answered {command} with error {error}",
                next_step="look the error up in the reader's manual; check its trigger settings",
                at_s=asyncio.get_running_loop().time(),
            )
        )
