"""A system of another organisation behind HTTP: one POST a message, a JSON answer, and the moods of such systems.

The one rule: what is taken is taken once by its key; a repeat gets the same answer again.
"""

import asyncio
import json
from collections.abc import Callable

import msgspec

LONGEST_BODY = 1 << 20

Note = Callable[..., None]
Headers = dict[str, str]


class Mood(msgspec.Struct):
    """`dead`: hangs up; `late_s`: answers so late; `lost_answers`: so many are taken and not answered; `refuse`: says no;
    `unwelcome`: answers status 422 to what has this text in it, and takes it not.
    """

    dead: bool = False
    late_s: float = 0.0
    lost_answers: int = 0
    refuse: bool = False
    broken_answers: int = 0
    unwelcome: str = ""


class PostedSystem:
    """Serves POSTs. What a message means is the heir's, in `take`: its result, accepted or refused, and a text."""

    path = "/"

    def __init__(self, note: Note) -> None:
        self._note = note
        self._server: asyncio.Server | None = None
        self._handlers: set[asyncio.Task[None]] = set()
        self.mood = Mood()
        self.answered: dict[str, str] = {}
        self.repeats = 0
        self.turned_away = 0
        self.url = ""

    def take(self, headers: Headers, body: bytes) -> tuple[str, str]:
        raise NotImplementedError

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        self._server = await asyncio.start_server(self._connected, host, port, limit=LONGEST_BODY)
        self.url = f"http://{host}:{self._server.sockets[0].getsockname()[1]}{self.path}"
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
            pass  # the system is switched off
        finally:
            self._handlers.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        fields = (line.partition(":") for line in head.split("\r\n")[1:])
        headers = {name.strip().lower(): value.strip() for name, _, value in fields}
        body = await reader.readexactly(int(headers["content-length"]))
        if self.mood.unwelcome and self.mood.unwelcome.encode() in body:
            self.turned_away += 1
            writer.write(b"HTTP/1.1 422 Unprocessable Content\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        result, text = self.take(headers, body)
        if self.mood.lost_answers > 0:
            self.mood.lost_answers -= 1
            return
        await asyncio.sleep(self.mood.late_s)
        answer = json.dumps({"result": result, "text": text}).encode()
        if self.mood.broken_answers > 0:
            self.mood.broken_answers -= 1
            answer = answer[: len(answer) // 2]
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer)
        await writer.drain()
