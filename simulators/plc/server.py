"""A small Modbus TCP server: bytes in any cut, several requests in one segment, answers in order, and wire
faults on demand.

The one rule: it knows frames and sockets only; what a register means is the program's. A connection that
opens closes an older one of
the same host (contract rule 7). Source: Modbus Messaging on TCP/IP Implementation Guide V1.0b, sections 3.1
(MBAP) and 4.2.

Bounds: a frame is at most 260 bytes; a header that cannot be right, or more than 64 KiB unsent, closes the
connection.
"""

import asyncio
import struct
from collections.abc import Callable
from dataclasses import dataclass

from simulators.plc.modbus import ModbusFace

HEADER = struct.Struct(">HHHB")
MAX_PDU = 253
MAX_UNSENT = 65_536


@dataclass(slots=True)
class WireFaults:
    """Each is off by default; counters are used up by the replies they spoil."""

    delay_ms: int = 0
    drop_replies: int = 0
    repeat_replies: int = 0  # the answer comes a second time, `repeat_after_ms` later
    repeat_after_ms: int = 200
    wrong_transaction_ids: int = 0
    short_replies: int = 0  # the byte count says one register less than asked
    refuse_connections: bool = False
    half_open: bool = False  # neither reads nor answers, the connection stays


@dataclass(slots=True)
class ServerCounts:
    connections: int = 0
    refused: int = 0
    replaced: int = 0
    requests: int = 0
    bad_frames: int = 0


class PlcServer:
    """Listens for one PLC. `unit_ids` None = any unit id is answered."""

    def __init__(
        self,
        face: ModbusFace,
        *,
        max_connections: int = 4,
        unit_ids: frozenset[int] | None = None,
        close_older: bool = True,
    ) -> None:
        self.face = face
        self.faults = WireFaults()
        self.counts = ServerCounts()
        self.max_connections = max_connections
        self.unit_ids = unit_ids
        self.close_older = close_older
        self.port = 0
        # Hear of each request that was answered, and the answer, before it goes out.
        self.watchers: list[Callable[[bytes, bytes], None]] = []
        self._server: asyncio.Server | None = None
        self._open: list[_Connection] = []

    async def start(self, host: str, port: int = 0) -> int:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), host, port)
        names = [sock.getsockname() for sock in self._server.sockets]
        self.port = names[0][1] if names else port
        return self.port

    def drop_connections(self) -> None:
        for connection in list(self._open):
            connection.drop()

    async def close(self) -> None:
        self.drop_connections()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None
        await asyncio.sleep(0)

    @property
    def connection_count(self) -> int:
        return len(self._open)

    def admit(self, connection: "_Connection") -> bool:
        if self.faults.refuse_connections:
            self.counts.refused += 1
            return False
        if self.close_older:
            for older in [c for c in self._open if c.peer_host == connection.peer_host]:
                self.counts.replaced += 1
                older.drop()
                self.left(older)
        if len(self._open) >= self.max_connections:
            self.counts.refused += 1
            return False
        self.counts.connections += 1
        self._open.append(connection)
        return True

    def left(self, connection: "_Connection") -> None:
        if connection in self._open:
            self._open.remove(connection)


class _Connection(asyncio.Protocol):
    def __init__(self, server: PlcServer) -> None:
        self._server = server
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self._late: set[asyncio.TimerHandle] = set()
        self._free_at = 0.0
        self._doubtful = ""
        self.peer_host = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        peer = transport.get_extra_info("peername")
        self.peer_host = str(peer[0]) if peer else ""
        self._transport = transport
        if not self._server.admit(self):
            self.drop()

    def data_received(self, data: bytes) -> None:
        if self._server.faults.half_open or self._transport is None:
            self._doubtful = "no answer"
            return
        self._buffer += data
        while len(self._buffer) >= HEADER.size:
            transaction, protocol, length, unit = HEADER.unpack_from(self._buffer)
            if protocol != 0 or not 2 <= length <= MAX_PDU + 1:
                # There is no way to find the next frame in a byte stream that has lost its step.
                self._server.counts.bad_frames += 1
                self.drop()
                return
            end = 6 + length
            if len(self._buffer) < end:
                return
            pdu, self._buffer = self._buffer[HEADER.size : end], self._buffer[end:]
            self._request(transaction, unit, pdu)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()

    def drop(self) -> None:
        transport = self._transport
        self._forget()
        if transport is not None:
            transport.abort()

    def _forget(self) -> None:
        for handle in self._late:
            handle.cancel()
        self._late.clear()
        self._transport = None
        self._server.left(self)

    def _request(self, transaction: int, unit: int, pdu: bytes) -> None:
        server, faults = self._server, self._server.faults
        server.counts.requests += 1
        self._tell_reused()
        if server.unit_ids is not None and unit not in server.unit_ids:
            return
        answer = server.face.answer(pdu)
        for watch in tuple(server.watchers):
            watch(pdu, answer)
        if faults.drop_replies > 0:
            faults.drop_replies -= 1
            self._doubtful = "no answer"
            return
        if faults.wrong_transaction_ids > 0:
            faults.wrong_transaction_ids -= 1
            self._doubtful = "an answer to another request"
            transaction = (transaction + 1) % 65536
        if faults.short_replies > 0 and answer[0] in (3, 4) and answer[1] >= 4:
            faults.short_replies -= 1
            self._doubtful = "a short answer"
            answer = bytes((answer[0], answer[1] - 2)) + answer[2:-2]
        frame = HEADER.pack(transaction, 0, len(answer) + 1, unit) + answer
        self._send_after(frame, faults.delay_ms)
        if faults.repeat_replies > 0:
            faults.repeat_replies -= 1
            self._send_after(frame, faults.delay_ms + faults.repeat_after_ms)

    def _tell_reused(self) -> None:
        """A host that asked one request at a time has given the last one up; then this connection is none any more."""
        if self._doubtful:
            program = self._server.face.program
            program.log.note(program.memory.line_ms, "reused", after=self._doubtful)
            self._doubtful = ""

    def _send_after(self, frame: bytes, delay_ms: int) -> None:
        if delay_ms <= 0:
            self._send(frame)
            return
        loop = asyncio.get_running_loop()
        # Never before an answer that is under way already.
        self._free_at = max(self._free_at, loop.time() + delay_ms / 1000)
        handle: asyncio.TimerHandle | None = None

        def send() -> None:
            if handle is not None:
                self._late.discard(handle)
            self._send(frame)

        handle = loop.call_at(self._free_at, send)
        self._late.add(handle)

    def _send(self, frame: bytes) -> None:
        if self._transport is None or self._server.faults.half_open:
            return
        self._transport.write(frame)
        if self._transport.get_write_buffer_size() > MAX_UNSENT:
            self.drop()
