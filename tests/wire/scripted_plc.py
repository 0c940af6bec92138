"""A small scripted PLC on a real socket, and a driver that faces it: what the stories of the PLC driver share.

The PLC is written from the contract's text, apart from the driver and from the simulator, and knows only what the
stories need.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable
from typing import TypeVar

from drivers.plc.driver import Cil1Driver
from drivers.plc.reports import (
    PlcReport,
    Synced,
)
from drivers.plc.settings import Cil1Settings
from drivers.plc.vocabulary import Lane, Result

S, R, T, H = 0, 100, 700, 900
T_report = TypeVar("T_report")


class ScriptedPlc:
    """Registers, a program that runs every 10 ms, and a server that can be told to misbehave."""

    def __init__(self) -> None:
        self.words = [0] * 1100
        self.port = 0
        self.fault: str | None = None
        self.torn = 0
        self.program_runs = True
        self.takes_sessions = True
        self.takes_decisions = True
        self.writes: list[tuple[int, tuple[int, ...]]] = []
        self.connections = 0
        self._head = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._program: asyncio.Task[None] | None = None
        self.words[S : S + 5] = [0xC11E, 1, 1, 0x1234, 0x5678]
        self.words[S + 8], self.words[S + 39], self.words[S + 40], self.words[S + 42] = 7, 300, 0x01FE, 0xB001

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        self._program = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._server:
            self._server.close()
            self.hang_up()
            await self._server.wait_closed()
        if self._program:
            self._program.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._program
        self._server = self._program = None
        await asyncio.sleep(0.01)

    def hang_up(self) -> None:
        for writer in self._writers:
            writer.close()

    def new_epoch(self, *, nonce: int | None = None, session: int | None = None) -> None:
        self.words[H : H + 72] = [0] * 72
        self.words[S + 6] = self.words[S + 24] = 0
        self.words[S + 26 : S + 38] = [0] * 12
        self.words[S + 8] += 1
        self.words[S + 42] = self.words[S + 42] if nonce is None else nonce
        self.words[S + 7] = self.words[S + 7] if session is None else session

    def event(self, kind: int, track_id: int = 0, *, skip: int = 0) -> None:
        self._head += 1 + skip
        seq = (self._head - 1) % 65472 + 1
        at = R + (seq - 1) % 64 * 9
        self.words[at : at + 9] = [seq, self.words[S + 8], kind << 8 | 1, track_id, 0, 0, 0, 0, seq]
        self.words[S + 22] = seq
        kept = min(64, self._head - self._first + 1)
        self.words[S + 23] = (seq - kept) % 65472 + 1

    _first = 1

    def lose_memory(self, nonce: int) -> None:
        """Switched off and on, without retention."""
        self.new_epoch(nonce=nonce, session=0)
        self.words[S + 8] = self.words[S + 22] = self.words[S + 23] = 0
        self.words[R : R + 64 * 9] = [0] * 576
        self.begin_ring_at(1)

    def begin_ring_at(self, seq: int) -> None:
        self._head, self._first = seq - 1, seq

    async def _run(self) -> None:
        ticks = 0
        while True:
            await asyncio.sleep(0.01)
            if not self.program_runs:
                continue
            ticks += 1
            if ticks % 5 == 0:
                self.words[S + 5] = self.words[S + 41] = (self.words[S + 5] + 1) % 65536
            self._scan()

    def _scan(self) -> None:
        w = self.words
        session = w[H + 1]
        if session and session != w[S + 7] and self.takes_sessions and 0 < (session - w[S + 7]) % 65536 < 32768:
            w[S + 7] = session
            w[S + 26 : S + 38] = [0] * 12
        if session == w[S + 7]:
            w[S + 6], w[S + 24] = w[H], w[H + 3]
        if w[H + 15] and w[H + 15] != w[S + 26]:
            w[S + 26], w[S + 27] = w[H + 15], Result.ACCEPTED
        for slot in range(8 if self.takes_decisions else 0):
            seq = w[H + 22 + slot * 7]
            if seq and seq != w[S + 28 + slot]:
                w[S + 28 + slot] = seq
                w[S + 36 + slot // 4] |= 1 << slot % 4 * 4

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readexactly(7)
                body = await reader.readexactly(int.from_bytes(head[4:6], "big") - 1)
                if self.fault == "silent":
                    continue
                if self.fault == "close":
                    break
                writer.write(self._answer(head, body))
                await writer.drain()
        self._writers.discard(writer)
        writer.close()

    def _answer(self, head: bytes, body: bytes) -> bytes:
        function, address = body[0], int.from_bytes(body[1:3], "big")
        count = int.from_bytes(body[3:5], "big")
        assert count <= 100
        tid, unit = head[0:2], head[6:7]
        if function == 16:
            values = tuple(int.from_bytes(body[n : n + 2], "big") for n in range(6, len(body), 2))
            self.words[address : address + count] = values
            self.writes.append((address, values))
            pdu = body[:5]
        else:
            words = self.words[address : address + count]
            if self.torn and address == S and count == 43:
                self.torn -= 1
                words[41] ^= 1
            if self.fault == "short":
                words = words[:-1]
            pdu = bytes([function, 2 * len(words)]) + b"".join(word.to_bytes(2, "big") for word in words)
        if self.fault == "wrong_function":
            pdu = bytes([6]) + body[1:5]
        if self.fault == "exception":
            pdu = bytes([function | 0x80, 2])
        if self.fault == "stale_tid":
            tid = (int.from_bytes(tid, "big") - 1).to_bytes(2, "big")
        if self.fault == "tid_zero":
            tid = b"\0\0"
        if self.fault == "garbage":
            return bytes(range(64))
        return tid + b"\0\0" + (len(pdu) + 1).to_bytes(2, "big") + unit + pdu


class Rig:
    """A driver on a scripted PLC and everything it reported."""

    def __init__(self, plc: ScriptedPlc, *, timeout_ms: int = 200, last_event: int = 0, ring_lost: bool = False) -> None:
        self.plc = plc
        self.reports: list[PlcReport] = []
        settings = Cil1Settings(
            host="127.0.0.1", port=plc.port, poll_ms=20, timeout_ms=timeout_ms, reconnect_ms=200, refusal_retry_ms=300
        )
        self.driver = Cil1Driver(settings, random.Random(1), self.reports.append, last_event, ring_lost)
        self.task = asyncio.create_task(self.driver.run())

    def all(self, kind: type[T_report]) -> list[T_report]:
        return [report for report in self.reports if isinstance(report, kind)]

    async def close(self) -> None:
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task

    async def until(self, condition: Callable[[], object], seconds: float = 4.0) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                assert not self.task.done() or condition(), f"the driver ended: {self.task}"
                await asyncio.sleep(0.005)

    async def synced(self, count: int = 1) -> Synced:
        await self.until(lambda: len(self.all(Synced)) >= count)
        return self.all(Synced)[count - 1]

    async def ready(self, count: int = 1) -> Synced:
        synced = await self.synced(count)
        self.driver.set_ready(True, synced.sync_number)
        return synced

    def release(self, track_id: int, seq: int) -> None:
        epoch = self.all(Synced)[-1].epoch
        self.driver.decide(epoch=epoch, track_id=track_id, lane=Lane.RELEASE, flags=0, ttl_100ms=100, seq=seq)


def decision_writes(plc: ScriptedPlc) -> list[tuple[int, ...]]:
    return [values for address, values in plc.writes if H + 16 <= address < H + 72]


def acknowledged(plc: ScriptedPlc, *epochs: int) -> list[int]:
    """EVT_ACK of each write of the live words for these epochs; one for another is none."""
    return [values[3] for address, values in plc.writes if address == H and values[2] in epochs]
