"""A serial device behind a terminal server in raw mode: `socket://host:port`.

One rule: one client at a time, as such boxes do by default; a second one is closed at once. The port number
is drawn once and stays the same through `unplug` and `plug`. Works on a real and on a virtual loop.
"""

from __future__ import annotations

import asyncio

from simulators.world.port import BUFFER_BYTES, Receive


class TcpPort:
    """Raw bytes over TCP; nothing is kept for a client that is not there."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, *, buffer_bytes: int = BUFFER_BYTES) -> None:
        self._host = host
        self._port = port
        self._buffer_bytes = buffer_bytes
        self._receive: Receive | None = None
        self._server: asyncio.AbstractServer | None = None
        self._client: asyncio.Transport | None = None
        self.lost_messages = 0

    @property
    def url(self) -> str:
        return f"socket://{self._host}:{self._port}"

    @property
    def plugged(self) -> bool:
        return self._server is not None

    @property
    def connected(self) -> bool:
        return self._client is not None

    def on_bytes(self, receive: Receive) -> None:
        self._receive = receive

    async def plug(self) -> None:
        if self._server is not None:
            return
        server = await asyncio.get_running_loop().create_server(lambda: _Client(self), self._host, self._port)
        self._port = server.sockets[0].getsockname()[1]
        self._server = server

    def unplug(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self.drop_client()

    def drop_client(self) -> None:
        """Close the session but go on listening, as these boxes do after an idle time."""
        if self._client is not None:
            self._client.abort()
            self._client = None

    async def close(self) -> None:
        server = self._server
        self.unplug()
        if server is not None:
            await server.wait_closed()
        # The aborted transport gives its socket back in the next step of the loop.
        await asyncio.sleep(0)

    def send(self, data: bytes) -> bool:
        client = self._client
        if client is None or client.get_write_buffer_size() + len(data) > self._buffer_bytes:
            self.lost_messages += 1
            return False
        client.write(data)
        return True

    def take(self, client: asyncio.Transport) -> None:
        if self._client is not None or self._server is None:
            client.abort()
        else:
            self._client = client

    def heard(self, client: asyncio.Transport, data: bytes) -> None:
        if client is self._client and self._receive is not None:
            self._receive(data)

    def lost(self, client: asyncio.Transport) -> None:
        if client is self._client:
            self._client = None


class _Client(asyncio.Protocol):
    def __init__(self, port: TcpPort) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._port.take(transport)

    def data_received(self, data: bytes) -> None:
        if self._transport is not None:
            self._port.heard(self._transport, data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._port.lost(self._transport)
