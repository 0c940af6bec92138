"""A serial cable inside one process, for loops without descriptors.

One rule: it fails the way a serial adapter does: EBUSY for a second opener, ENOENT while unplugged, EIO for
whoever had it open when the cable was pulled. Nothing is kept for a driver that has not opened it.
"""

from __future__ import annotations

import asyncio
import contextvars
import errno

from simulators.world.network import Cable, MemoryTransport, joined
from simulators.world.nodes import hold
from simulators.world.port import BUFFER_BYTES, Receive

# About one byte at 19 200 baud: enough that nothing arrives in the instant it was sent.
BYTE_S = 0.000_5


class MemoryPort:
    """`open()` gives the driver's side as asyncio streams, `attach` to a protocol of its own."""

    def __init__(self, name: str, *, delay_s: float = BYTE_S, buffer_bytes: int = BUFFER_BYTES) -> None:
        self._name = name
        self._delay_s = delay_s
        self._buffer_bytes = buffer_bytes
        self._receive: Receive | None = None
        self._plugged = False
        self._ends: tuple[MemoryTransport, MemoryTransport] | None = None
        self.lost_messages = 0
        self._context = contextvars.copy_context()

    @property
    def url(self) -> str:
        return f"memory://{self._name}"

    @property
    def plugged(self) -> bool:
        return self._plugged

    def on_bytes(self, receive: Receive) -> None:
        self._receive = receive

    async def plug(self) -> None:
        self._plugged = True

    def unplug(self) -> None:
        self._plugged = False
        ends, self._ends = self._ends, None
        for end in ends or ():
            end.lose(OSError(errno.EIO, f"{self.url} was unplugged"))

    async def close(self) -> None:
        self.unplug()
        await asyncio.sleep(0)

    def send(self, data: bytes) -> bool:
        device = self._ends[1] if self._ends else None
        if device is None or device.get_write_buffer_size() + len(data) > self._buffer_bytes:
            self.lost_messages += 1
            return False
        device.write(data)
        return True

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The driver opens the line and has it as streams."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        near = self.attach(protocol)
        return reader, asyncio.StreamWriter(near, protocol, reader, loop)

    def attach(self, protocol: asyncio.BaseProtocol) -> MemoryTransport:
        """The driver opens the line and hears of it itself; raises `OSError` as an adapter does."""
        loop = asyncio.get_running_loop()
        if not self._plugged:
            raise FileNotFoundError(errno.ENOENT, f"{self.url} is not plugged in")
        if self._ends is not None and not self._ends[0].is_closing():
            raise OSError(errno.EBUSY, f"{self.url} is already open")
        near, far = joined(loop, Cable(lambda: self._delay_s), (self._name, 0), (self._name, 1))
        near.context, far.context = contextvars.copy_context(), self._context
        hold(near)
        far.set_protocol(_DeviceSide(self, far))
        near.set_protocol(protocol)
        protocol.connection_made(near)
        self._ends = (near, far)
        return near

    def heard(self, data: bytes) -> None:
        if self._receive is not None:
            self._receive(data)

    def left(self, device: MemoryTransport) -> None:
        """The driver closed its side; the line is free for the next opener."""
        if self._ends is not None and self._ends[1] is device:
            self._ends = None


class _DeviceSide(asyncio.Protocol):
    def __init__(self, port: MemoryPort, transport: MemoryTransport) -> None:
        self._port = port
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._port.heard(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._port.left(self._transport)
