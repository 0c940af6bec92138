"""What a driver sees of a serial line: its settings, the open port, and the one error that ends it.

Rule: bytes that arrived before the loss are handed out first, then every call raises `PortLost`. Waiting goes
through the running loop only, so the same code runs in real, scaled and virtual time. Source: asyncio's
transport/protocol pair.
"""

import asyncio
from collections.abc import Callable
from enum import Enum
from typing import Protocol

import msgspec

from drivers.serial_port.losses import PortLost, end_of_stream, loss_from

UNREAD_LIMIT_BYTES = 64 * 1024


class Parity(Enum):
    NONE = "none"
    EVEN = "even"
    ODD = "odd"


class PortSettings(msgspec.Struct, frozen=True):
    """Where the line is and how its characters look; 8N1 unless the device page says otherwise."""

    url: str
    baud: int = 9600
    data_bits: int = 8
    parity: Parity = Parity.NONE
    stop_bits: int = 1
    connect_timeout_ms: int = 1000


class WireChunk(msgspec.Struct, frozen=True):
    """Bytes that crossed the line, for a recording that can be played through the driver again."""

    url: str
    from_device: bool
    data: bytes
    at_s: float


Tap = Callable[[WireChunk], None]


class ByteSink(Protocol):
    """The part of an asyncio transport that a port needs; `abort` ends in `Port.connection_lost`."""

    def write(self, data: bytes) -> None: ...

    def abort(self) -> None: ...


class SerialTransport(Protocol):
    """A way to open serial lines. `open` returns a live port or raises `PortLost`, nothing else."""

    async def open(self, settings: PortSettings) -> "Port": ...


class Port(asyncio.Protocol):
    """One open line. Unread bytes are bounded: more than the limit means nobody reads, and the port is
    given up.
    """

    def __init__(self, url: str, tap: Tap | None = None) -> None:
        self.url = url
        self._tap = tap
        self._loop = asyncio.get_running_loop()
        self._sink: ByteSink | None = None
        self._unread = bytearray()
        self._lost: PortLost | None = None
        self._write_blocked = False
        self._waiter: asyncio.Future[None] | None = None
        self._closed: asyncio.Future[None] = self._loop.create_future()

    async def read(self, timeout_s: float | None = None) -> bytes:
        """The bytes that have arrived, at least one; b"" when none came in time; `PortLost` when none can
        come.
        """
        if not self._unread and self._lost is None:
            self._waiter = self._loop.create_future()
            # A timer that ends the wait costs a third of a time-out that cancels it; the buffer decides what came in time.
            alarm = None if timeout_s is None else self._loop.call_later(timeout_s, self._wake)
            try:
                await self._waiter
            finally:
                self._waiter = None
                if alarm is not None:
                    alarm.cancel()
        if not self._unread and self._lost is not None:
            raise self._lost.again()
        return self.take()

    def take(self) -> bytes:
        """What is unread, without waiting."""
        data = bytes(self._unread)
        self._unread.clear()
        return data

    def write(self, data: bytes) -> None:
        """Hand bytes to the line; never waits, because a device that takes no bytes is a lost device."""
        if self._lost is not None:
            raise self._lost.again()
        if self._write_blocked or self._sink is None:
            stuck = PortLost("write_stuck", f"{self.url}: takes no more bytes", "check the cable and flow control")
            self.fail(stuck)
            raise stuck.again()
        try:
            self._sink.write(data)
        except OSError as error:
            self.fail(loss_from(error, self.url))
            raise loss_from(error, self.url) from error
        self._record(data, from_device=False)

    def fail(self, lost: PortLost) -> None:
        """Give the port up, for a reason the driver has found (silence, overrun)."""
        self._note_loss(lost)
        if self._sink is not None and not self._closed.done():
            self._sink.abort()

    async def close(self) -> None:
        """Close and wait until the descriptor is free, so that the next open does not meet ourselves as
        'busy'.
        """
        self.fail(PortLost("closed", f"{self.url}: was closed here", "none needed"))
        if self._sink is None:
            return
        try:
            async with asyncio.timeout(1.0):
                await asyncio.shield(self._closed)
        except TimeoutError:
            pass  # a driver stuck in the kernel; the next open tells 'busy' and tries again

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.WriteTransport):
            raise TypeError(f"{transport!r} cannot write")
        self.attach(transport)

    def attach(self, sink: ByteSink) -> None:
        """The same as `connection_made`, for sinks that are no asyncio transport."""
        self._sink = sink

    def data_received(self, data: bytes) -> None:
        self._record(data, from_device=True)
        if len(self._unread) + len(data) > UNREAD_LIMIT_BYTES:
            self.fail(PortLost("overrun", f"{self.url}: sends faster than it is read", "check baud rate and device"))
            return
        self._unread += data
        self._wake()

    def eof_received(self) -> bool:
        self._note_loss(end_of_stream(self.url))
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._note_loss(loss_from(exc, self.url) if exc is not None else end_of_stream(self.url))
        if not self._closed.done():
            self._closed.set_result(None)

    def pause_writing(self) -> None:
        self._write_blocked = True

    def resume_writing(self) -> None:
        self._write_blocked = False

    def _note_loss(self, lost: PortLost) -> None:
        if self._lost is None:  # the first cause is the true one
            self._lost = lost
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _record(self, data: bytes, *, from_device: bool) -> None:
        if self._tap is not None:
            self._tap(WireChunk(url=self.url, from_device=from_device, data=bytes(data), at_s=self._loop.time()))
