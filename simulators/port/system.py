"""A port system behind HTTP: one POST a message, a JSON answer, and the moods of such systems.

The one rule: what it has counted is noted for the oracle; a repeat is noted as one.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import msgspec

LONGEST_BODY = 1 << 20

Note = Callable[..., None]


class PortMood(msgspec.Struct):
    """`dead`: hangs up; `late_s`: answers so late; `lost_answers`: so many are taken and not answered; `refuse`: says no."""

    dead: bool = False
    late_s: float = 0.0
    lost_answers: int = 0
    refuse: bool = False
    broken_answers: int = 0


class PortSystem:
    def __init__(self, note: Note) -> None:
        self._note = note
        self._server: asyncio.Server | None = None
        self._handlers: set[asyncio.Task[None]] = set()
        self.mood = PortMood()
        self.answered: dict[str, str] = {}
        self.released: list[dict[str, Any]] = []
        self.repeats = 0
        self.url = ""

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        self._server = await asyncio.start_server(self._connected, host, port, limit=LONGEST_BODY)
        self.url = f"http://{host}:{self._server.sockets[0].getsockname()[1]}/linked-release"
        return self.url

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for handler in tuple(self._handlers):
            handler.cancel()
        await asyncio.gather(*self._handlers, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._handlers.add(task)
        try:
            if not self.mood.dead:
                await self._serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        except asyncio.CancelledError:
            pass  # the port is switched off
        finally:
            self._handlers.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(next(line.partition(":")[2] for line in head.split("\r\n") if line.startswith("content-length:")))
        message = json.loads(await reader.readexactly(length))
        result = self._take(message)
        if self.mood.lost_answers > 0:
            self.mood.lost_answers -= 1
            return
        await asyncio.sleep(self.mood.late_s)
        answer = json.dumps({"result": result, "text": "" if result == "accepted" else "no berth for it"}).encode()
        if self.mood.broken_answers > 0:
            self.mood.broken_answers -= 1
            answer = answer[: len(answer) // 2]
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer)
        await writer.drain()

    def _take(self, message: dict[str, Any]) -> str:
        key = f"{message['line']}-{message['seq']}-{message['index']}"
        repeat = key in self.answered
        if repeat:
            self.repeats += 1
        else:
            self.answered[key] = "refused" if self.mood.refuse else "accepted"
            self.released.append(message["body"])
        self._note("port_told", seq=message["seq"], index=message["index"], repeat=repeat, result=self.answered[key],
                   container_no=message["body"].get("container_no", ""), cartons=message["body"].get("cartons", []))  # fmt: skip
        return self.answered[key]
