"""TCP in memory: what a virtual loop offers in place of sockets.

One rule: bytes of one direction arrive in the order they were written, whole or not at all; only *when* they
arrive is drawn (one seeded latency a write). There are no sockets and no threads, so the same seed
gives the same run.

Modelled on asyncio's "Transports and Protocols" reference (callback order, flow control, half-close)
and on TCP as seen by a program: refused, closed (FIN), reset (RST), silence (cut: nothing is lost by TCP
itself, it arrives after the cut is healed).
"""

from __future__ import annotations

import asyncio
import contextvars
import errno
import random
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, cast

from simulators.world.nodes import hold, listen

HIGH_WATER_BYTES = 64 * 1024
LOW_WATER_BYTES = 16 * 1024
FIRST_EPHEMERAL_PORT = 49_152
LOOPBACK = "127.0.0.1"

ProtocolFactory = Callable[[], asyncio.BaseProtocol]
Place = int | str
"""A TCP port, or the path of a Unix socket."""
Address = tuple[str, Place]


class SocketFacts:
    """Stands where a socket is asked for its addresses; it has no descriptor."""

    def __init__(self, local: Address, remote: Address | None = None) -> None:
        self._local = local
        self._remote = remote

    def getsockname(self) -> Address:
        return self._local

    def getpeername(self) -> Address:
        if self._remote is None:
            raise OSError(errno.ENOTCONN, "a listening socket has no peer")
        return self._remote

    def setsockopt(self, *_option: Any) -> None:
        """Options of a real socket (no delay, keep-alive) mean nothing here."""

    def fileno(self) -> int:
        return -1


class Cable:
    """What two ends share: whether bytes pass, and how long the next ones take."""

    def __init__(self, latency_s: Callable[[], float]) -> None:
        self.latency_s = latency_s
        self.cut = False
        self.ends: tuple[MemoryTransport, ...] = ()

    def heal(self) -> None:
        self.cut = False
        for end in self.ends:
            end.flush_soon()


class MemoryTransport(asyncio.Transport):
    """One end of a connection. `None` in its boxes is the end of stream."""

    def __init__(self, loop: asyncio.AbstractEventLoop, cable: Cable, facts: SocketFacts) -> None:
        remote = facts.getpeername()
        super().__init__({"socket": facts, "sockname": facts.getsockname(), "peername": remote})
        self._loop = loop
        self._cable = cable
        self._protocol = asyncio.Protocol()
        self._peer: MemoryTransport | None = None
        self._outbox: deque[bytes | None] = deque()
        self._ripe = 0
        self._due_s = 0.0
        self._inbox: deque[bytes | None] = deque()
        self._unread_bytes = 0
        self._high, self._low = HIGH_WATER_BYTES, LOW_WATER_BYTES
        self._reading = True
        self._writing_paused = False
        self._eof_sent = self._closing = self._lost = self._dark = False
        # Whoever holds this end runs in it: bytes written by one machine are taken by another.
        self.context: contextvars.Context | None = None

    def join(self, peer: MemoryTransport) -> None:
        self._peer = peer

    # What a program calls

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = cast(asyncio.Protocol, protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def is_closing(self) -> bool:
        return self._closing

    def is_reading(self) -> bool:
        return self._reading and not self._closing

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        if not self._reading:
            self._reading = True
            self._loop.call_soon(self._read_inbox)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high = HIGH_WATER_BYTES if high is None else high
        self._low = self._high // 4 if low is None else low

    def get_write_buffer_size(self) -> int:
        return self._unread_bytes

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self._low, self._high

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        if self._eof_sent:
            raise RuntimeError("write after write_eof")
        if self._closing or not data:
            return
        self._unread_bytes += len(data)
        self._post(bytes(data))
        if self._unread_bytes > self._high and not self._writing_paused:
            self._writing_paused = True
            self._protocol.pause_writing()

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview[Any]]) -> None:
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        if not self._eof_sent and not self._closing:
            self._eof_sent = True
            self._post(None)

    def close(self) -> None:
        if self._closing:
            return
        if not self._eof_sent:
            self._eof_sent = True
            self._post(None)
        self.lose(None)

    def abort(self) -> None:
        if self._lost:
            return
        self._outbox.clear()
        self.lose(None)
        if self._peer is not None and not self._cable.cut:
            self._loop.call_later(self._cable.latency_s(), self._peer.lose, _reset(), context=self._peer.context)

    # What the cable does

    def lose(self, exc: Exception | None) -> None:
        """This end is gone; its protocol hears of it once, in a later step."""
        self._closing = True
        if not self._lost:
            self._lost = True
            self._inbox.clear()
            self._loop.call_soon(self._protocol.connection_lost, exc, context=self.context)

    def vanish(self, told: Exception | None) -> None:
        """Whoever held this end is dead and hears nothing of it; the other end is told, or is not."""
        if self._lost:
            return
        self._lost = self._closing = True
        self._dark = told is None
        self._inbox.clear()
        if told is not None and self._peer is not None and not self._cable.cut:
            self._loop.call_at(
                max(self._due_s, self._loop.time()) + self._cable.latency_s(), self._peer.lose, told, context=self._peer.context
            )

    def flush_soon(self) -> None:
        if self._peer is not None:
            self._loop.call_soon(self.flush, context=self._peer.context)

    def flush(self) -> None:
        """Hand over what is due; a cut cable keeps it."""
        while self._ripe and not self._cable.cut:
            self._ripe -= 1
            if self._outbox and self._peer is not None:
                self._peer.arrive(self._outbox.popleft())

    def arrive(self, item: bytes | None) -> None:
        if self._lost:
            if item is not None and not self._dark and self._peer is not None:
                self._peer.lose(_reset())
            return
        self._inbox.append(item)
        self._read_inbox()

    def _post(self, item: bytes | None) -> None:
        # A later write never overtakes an earlier one, whatever latency it drew.
        due_s = self._loop.time() + self._cable.latency_s()
        self._due_s = max(self._due_s, due_s)
        self._outbox.append(item)
        self._loop.call_at(self._due_s, self._ripen, context=self._peer.context if self._peer is not None else None)

    def _ripen(self) -> None:
        self._ripe += 1
        if not self._cable.cut:
            self.flush()

    def _read_inbox(self) -> None:
        inbox = self._inbox
        while inbox and self._reading and not self._lost:
            item = inbox.popleft()
            try:
                if item is not None:
                    self._protocol.data_received(item)
                elif not self._protocol.eof_received():
                    self.close()
            except Exception as exc:
                context = {"message": "Fatal error: protocol.data_received() call failed.", "exception": exc}
                self._loop.call_exception_handler({**context, "transport": self, "protocol": self._protocol})
                self.abort()
            if item is not None and self._peer is not None:
                self._peer.was_read(len(item))

    def was_read(self, count: int) -> None:
        self._unread_bytes -= count
        if self._writing_paused and self._unread_bytes <= self._low:
            self._writing_paused = False
            self._protocol.resume_writing()


def joined(loop: asyncio.AbstractEventLoop, cable: Cable, near: Address, far: Address) -> tuple[MemoryTransport, MemoryTransport]:
    """Two ends of one connection, no protocol attached yet."""
    a = MemoryTransport(loop, cable, SocketFacts(near, far))
    b = MemoryTransport(loop, cable, SocketFacts(far, near))
    a.join(b)
    b.join(a)
    cable.ends = (a, b)
    return a, b


class MemoryServer(asyncio.AbstractServer):
    """What `create_server` returns: listens until closed; `sockets[0].getsockname()` names its port."""

    def __init__(self, network: Network, factory: ProtocolFactory, address: Address) -> None:
        self._network = network
        self.factory = factory
        self.address = address
        self.clients: list[MemoryTransport] = []
        self.context = contextvars.copy_context()
        self._closed = network.loop.create_future()

    @property
    def sockets(self) -> tuple[SocketFacts, ...]:
        return () if self._closed.done() else (SocketFacts(self.address),)

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._network.loop

    def is_serving(self) -> bool:
        return self._network.listens(self)

    async def start_serving(self) -> None:
        self._network.listen(self)

    async def serve_forever(self) -> None:
        self._network.listen(self)
        try:
            await asyncio.shield(self._closed)
        finally:
            self.close()

    def close(self) -> None:
        self._network.forget(self)
        if not self._closed.done():
            self._closed.set_result(None)

    def abort_clients(self) -> None:
        """The device loses power: every connection is reset."""
        for client in self.clients:
            client.abort()
        self.clients.clear()

    async def wait_closed(self) -> None:
        await asyncio.sleep(0)


class Network:
    """Every listener and connection of one virtual loop. Hosts are not told apart: all is loopback."""

    def __init__(self, loop: asyncio.AbstractEventLoop, rng: random.Random, latency_s: tuple[float, float]) -> None:
        self.loop = loop
        self._rng = rng
        self._latency_s = latency_s
        self._servers: dict[Place, MemoryServer] = {}
        self._cables: dict[Place, list[Cable]] = {}
        self._cut: dict[Place, asyncio.Future[None]] = {}
        self._next_port = FIRST_EPHEMERAL_PORT

    def cut(self, port: Place) -> None:
        """Half-open from now on: nothing passes to or from this port and nobody is told."""
        self._cut.setdefault(port, self.loop.create_future())
        for cable in self._cables.get(port, []):
            cable.cut = True

    def heal(self, port: Place) -> None:
        healed = self._cut.pop(port, None)
        if healed is not None and not healed.done():
            healed.set_result(None)
        for cable in self._cables.get(port, []):
            cable.heal()

    async def serve(self, factory: ProtocolFactory, port: Place, start_serving: bool) -> MemoryServer:
        server = MemoryServer(self, factory, (LOOPBACK, port or self._ephemeral_port()))
        listen(server)
        if start_serving:
            self.listen(server)
        return server

    async def connect(self, factory: ProtocolFactory, port: Place) -> tuple[MemoryTransport, asyncio.BaseProtocol]:
        await asyncio.sleep(self._draw_latency_s())
        while port in self._cut:
            # Many may wait and any of them may be cancelled: none may cancel it for the others.
            await asyncio.shield(self._cut[port])
        server = self._servers.get(port)
        if server is None:
            raise ConnectionRefusedError(errno.ECONNREFUSED, f"nothing listens on {LOOPBACK}:{port}")
        cable = Cable(self._draw_latency_s)
        local = (LOOPBACK, self._ephemeral_port())
        near, far = joined(self.loop, cable, local, server.address)
        self._remember(port, cable)
        server.clients = [*(c for c in server.clients if not c.is_closing()), far]
        accepted, protocol = server.factory(), factory()
        far.set_protocol(accepted)
        near.set_protocol(protocol)
        near.context, far.context = contextvars.copy_context(), server.context
        hold(near)
        self.loop.call_soon(accepted.connection_made, far, context=far.context)
        protocol.connection_made(near)
        return near, protocol

    def listen(self, server: MemoryServer) -> None:
        port = server.address[1]
        if self._servers.setdefault(port, server) is not server:
            raise OSError(errno.EADDRINUSE, f"{LOOPBACK}:{port} is already in use")

    def listens(self, server: MemoryServer) -> bool:
        return self._servers.get(server.address[1]) is server

    def forget(self, server: MemoryServer) -> None:
        if self.listens(server):
            del self._servers[server.address[1]]

    def _remember(self, port: Place, cable: Cable) -> None:
        alive = [c for c in self._cables.get(port, []) if not all(end.is_closing() for end in c.ends)]
        self._cables[port] = [*alive, cable]

    def _draw_latency_s(self) -> float:
        least_s, most_s = self._latency_s
        return least_s + (most_s - least_s) * self._rng.random()

    def _ephemeral_port(self) -> int:
        self._next_port += 1
        return self._next_port - 1


def _reset() -> ConnectionResetError:
    return ConnectionResetError(errno.ECONNRESET, "connection reset by the other end")
