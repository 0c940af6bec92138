"""The desk: where people speak to the daemon. One JSON object a line over its control socket.

The one rule: an act keeps its id until it is answered, so whoever asks again after the daemon died asks for the same act;
a refusal is an answer. Source: control wire of the daemon.
"""

import asyncio
import json
from pathlib import Path
from typing import Any, Protocol

ANSWER_WITHIN_S = 10.0
TRY_AGAIN_S = 0.5
LINE_LIMIT = 1 << 20
NOT_DURABLE = "journal_dead"

Answer = dict[str, Any]


class Desk(Protocol):
    """What people can do at a screen. None = nobody answered."""

    async def ask(self, question: str) -> Answer | None: ...

    async def act(
        self, name: str, actor: str, role: str, *, within_s: float = ..., press: str = ..., **arguments: str
    ) -> Answer | None:
        """`press` names the act, so that pressing again, also at another desk, is the same act; empty = a new one."""

    async def close(self) -> None: ...


class SocketDesk:
    """A desk on the daemon's socket. One request at a time; a broken connection is opened again."""

    def __init__(self, path: Path, ids: str) -> None:
        self._path = path
        self._ids = ids
        self._made = 0
        self._one_at_a_time = asyncio.Lock()
        self._wire: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, question: str) -> Answer | None:
        return await self._request({"ask": question})

    async def act(
        self, name: str, actor: str, role: str, *, within_s: float = 120.0, press: str = "", **arguments: str
    ) -> Answer | None:
        self._made += 1
        request = {"act": name, "actor": actor, "role": role, "id": press or f"{self._ids}-{self._made}", **arguments}
        loop = asyncio.get_running_loop()
        until_s = loop.time() + within_s
        while True:
            answer = await self._request(request)
            if answer is not None and answer.get("code") != NOT_DURABLE:
                return answer
            if loop.time() >= until_s:
                return None
            await asyncio.sleep(TRY_AGAIN_S)

    async def close(self) -> None:
        async with self._one_at_a_time:
            await self._hang_up()

    async def _request(self, request: Answer) -> Answer | None:
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    return await self._speak(request)
            except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError):
                await self._hang_up()
                return None
            except asyncio.CancelledError:
                # The answer is still on its way: the next request must not take it for its own.
                await self._hang_up()
                raise

    async def _speak(self, request: Answer) -> Answer:
        if self._wire is None:
            self._wire = await asyncio.open_unix_connection(self._path, limit=LINE_LIMIT)
        reader, writer = self._wire
        writer.write(json.dumps(request, ensure_ascii=False).encode() + b"\n")
        await writer.drain()
        answer = json.loads(await reader.readuntil(b"\n"))
        if not isinstance(answer, dict):
            raise ValueError("the answer is no JSON object")
        return answer

    async def _hang_up(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            wire[1].close()
            try:
                await wire[1].wait_closed()
            except OSError:
                return
