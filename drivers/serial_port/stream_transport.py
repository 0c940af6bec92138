"""Serial lines that somebody else opens as an asyncio reader and writer, as in-memory worlds do.

Rule: a thin bridge; end of stream and errors of the reader end the port with the same codes as a real line.
"""

import asyncio
from collections.abc import Awaitable, Callable

from drivers.serial_port.losses import loss_from
from drivers.serial_port.ports import Port, PortSettings, Tap

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class StreamTransport:
    """`open_streams(url)` opens one line or raises `OSError`."""

    def __init__(self, open_streams: Callable[[str], Awaitable[Streams]], tap: Tap | None = None) -> None:
        self._open_streams = open_streams
        self._tap = tap

    async def open(self, settings: PortSettings) -> Port:
        try:
            async with asyncio.timeout(settings.connect_timeout_ms / 1000):
                reader, writer = await self._open_streams(settings.url)
        except OSError as error:
            raise loss_from(error, settings.url) from error
        port = Port(settings.url, self._tap)
        port.attach(_StreamSink(reader, writer, port))
        return port


class _StreamSink:
    """Pumps the reader into the port until it ends or the port is given up."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: Port) -> None:
        self._writer = writer
        self._port = port
        self._lost: OSError | None = None
        self._pump = asyncio.create_task(self._run(reader), name=f"serial pump {port.url}")
        self._pump.add_done_callback(self._ended)  # a pump cancelled before its first step ends here too

    def write(self, data: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(data)

    def abort(self) -> None:
        self._pump.cancel()
        self._writer.close()

    async def _run(self, reader: asyncio.StreamReader) -> None:
        try:
            while data := await reader.read(4096):
                self._port.data_received(data)
        except OSError as error:
            self._lost = error

    def _ended(self, _: "asyncio.Task[None]") -> None:
        self._writer.close()
        self._port.connection_lost(self._lost)
