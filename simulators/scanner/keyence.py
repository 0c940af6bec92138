"""A triggered reader that speaks the Keyence SR command set (SR-750 series user's manual, chapter 8).

One rule: the reply to a command goes out before any data that the command causes, as two messages.

Commands end with CR (LF after it is tolerated) or stand between STX and ETX; the reply has the command's own
header and terminator. ESC clears the receive buffer; so does a gap of more than 10 s. Single reading, data
sent after the read: a LOFF that comes after a good read is an error, and so is a LON while reading. A label
that cannot be read ends with the error text, at LOFF or when the reader gives up (`no_read`). With
"SR-600 compatible" set there are no replies. The numbers of the error codes are assumed, not taken from the
manual, and are settings.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import msgspec

from simulators.scanner.frames import ETX, STX, ReaderProfile
from simulators.scanner.line_reader import LineReaderSim
from simulators.world.port import Port

ESC, CR, LF = 0x1B, 0x0D, 0x0A
COMMAND_GAP_S = 10.0
MAX_COMMAND_BYTES = 128

KEYENCE_READER = ReaderProfile(no_read=b"ERROR")


class KeyenceProfile(msgspec.Struct, frozen=True, kw_only=True):
    """`view_ms`: how long a shown label stays in the gate for a trigger that comes after it."""

    reader: ReaderProfile = KEYENCE_READER
    sr600_compatible: bool = False
    read_ms: float = 30.0
    view_ms: float = 1000.0
    undefined_code: str = "00"
    wrong_state_code: str = "20"


class KeyenceSim(LineReaderSim):
    """Reads only between LON (or its trigger terminal) and the read (or LOFF)."""

    def __init__(self, port: Port, profile: KeyenceProfile | None = None, rng: random.Random | None = None) -> None:
        self.settings = profile or KeyenceProfile()
        super().__init__(port, self.settings.reader, rng)
        self.triggered = False
        self._command = bytearray()
        self._last_byte_s = 0.0
        self._after_cr = False
        self._view: tuple[str, ...] = ()
        self._view_ends_s = 0.0
        self._reading: asyncio.TimerHandle | None = None
        port.on_bytes(self._heard)

    async def close(self) -> None:
        self._stop_reading()
        await super().close()

    def trigger_input(self) -> None:
        """The trigger terminal, wired to the gate's photo-eye: reading begins as after LON, without a reply."""
        if not self.triggered and not self.silent:
            self.triggered = True
            if self._view and asyncio.get_running_loop().time() < self._view_ends_s:
                self._begin_reading()

    def show(self, codes: Sequence[str]) -> None:
        """These labels are in the gate until the next ones, or for `view_ms`."""
        self._out.send_late()
        self._view = tuple(codes)
        self._view_ends_s = asyncio.get_running_loop().time() + self.settings.view_ms / 1000
        if not codes and self.triggered:
            self._finish()
        elif self.triggered:
            self._begin_reading()

    def _begin_reading(self) -> None:
        if self._reading is None:
            later = asyncio.get_running_loop().call_later
            self._reading = later(self.settings.read_ms / 1000, self._finish)

    def _finish(self) -> None:
        self._stop_reading()
        self._report(self._view)

    def _stop_reading(self) -> None:
        self.triggered = False
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    # Commands

    def _heard(self, data: bytes) -> None:
        now_s = asyncio.get_running_loop().time()
        if now_s - self._last_byte_s > COMMAND_GAP_S:
            self._command.clear()
        self._last_byte_s = now_s
        for byte in data:
            self._take(byte)

    def _take(self, byte: int) -> None:
        after_cr, self._after_cr = self._after_cr, byte == CR
        in_stx = self._command[:1] == STX
        if byte == ESC:
            self._command.clear()
        elif byte == LF and after_cr:
            pass
        elif byte == CR and not in_stx:
            self._end_of_command(b"", b"\r")
        elif byte == ETX[0] and in_stx:
            del self._command[:1]
            self._end_of_command(STX, ETX)
        elif len(self._command) < MAX_COMMAND_BYTES:
            self._command.append(byte)

    def _end_of_command(self, header: bytes, terminator: bytes) -> None:
        command = bytes(self._command)
        self._command.clear()
        refused = self._refusal(command)
        if not self.settings.sr600_compatible:
            reply = b"ER," + command + b"," + refused.encode() if refused else b"OK," + command
            self._out.send_plain(header + reply + terminator)
        if refused or self.silent:
            return
        if command == b"LON":
            self.trigger_input()
        else:
            self._stop_reading()
            self._report(())

    def _refusal(self, command: bytes) -> str:
        """The error code of a command that cannot be done now; empty when it can."""
        if command not in (b"LON", b"LOFF"):
            return self.settings.undefined_code
        return "" if (command == b"LON") is not self.triggered else self.settings.wrong_state_code
