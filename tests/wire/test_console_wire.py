"""The console in a real daemon on real ports: set-up, sign-in, stream, acts on the second port, a clean stop."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from controller.console import companion
from controller.daemon.ports import Surroundings
from controller.daemon.service import Daemon
from controller.settings.loading import load
from tests.console.bench import CHEAP
from tests.daemon.virtual_line import ROOT

pytestmark = pytest.mark.wire

PASSWORD = "a long enough one"


def free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


class Running:
    def __init__(self, port: int, acts_port: int) -> None:
        self.view, self.acts = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{acts_port}"
        self.said: list[str] = []

    def token(self, organisation: str) -> str:
        return next(text for text in self.said if text.startswith(organisation)).partition("/set-up#")[2].split()[0]


@asynccontextmanager
async def running(home: Path) -> AsyncIterator[Running]:
    """A daemon in production mode whose devices are all away: a console must work then above all."""
    port, acts_port = free_ports()
    on = Running(port, acts_port)
    plc = free_ports()[0]
    settings = load(ROOT / "config" / "simulation.toml", {
        "site.data_dir": str(home), "site.mode": "production", "plc.port": plc, "console.host": "127.0.0.1",
        "console.port": port, "console.acts_port": acts_port, "scanners.induct.port": str(home / "no-device"),
    })  # fmt: skip
    around = Surroundings(
        "test", companions=(lambda aboard: {"console": lambda: companion.run(aboard, proofs=CHEAP, say=on.said.append)},)
    )
    daemon = Daemon(settings, "test", around)
    task = asyncio.create_task(daemon.serve())
    try:
        async with asyncio.timeout(20):
            while not await answers(on.view) or not await answers(on.acts):
                assert not task.done(), task
                await asyncio.sleep(0.05)
        yield on
    finally:
        daemon.stop()
        async with asyncio.timeout(20):
            assert await task == 0


async def answers(origin: str) -> bool:
    async with httpx.AsyncClient() as client:
        try:
            return (await client.get(f"{origin}/openapi.json")).status_code == 200
        except httpx.TransportError:
            return False


class Stream:
    """An EventSource over a plain socket: each event is whole inside one HTTP chunk."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, origin: str, cookies: httpx.Cookies) -> "Stream":
        reader, writer = await asyncio.open_connection("127.0.0.1", int(origin.rpartition(":")[2]), limit=1 << 20)
        cookie = "; ".join(f"{one.name}={one.value}" for one in cookies.jar)
        writer.write(f"GET /api/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode())
        await writer.drain()
        assert b" 200 " in await reader.readline()
        return cls(reader, writer)

    async def event(self, name: str) -> dict[str, Any]:
        """The next event of this name; those before it are passed over."""
        async with asyncio.timeout(10):
            while await self._line() != f"event: {name}":
                pass
            while not (line := await self._line()).startswith("data: "):
                pass
            return json.loads(line[6:])  # type: ignore[no-any-return]

    async def _line(self) -> str:
        line = await self._reader.readline()
        assert line, "the stream ended"
        return line.decode().rstrip("\r\n")

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


async def test_from_the_first_token_to_a_stop_behind_streams_and_a_clean_end(tmp_path: Path) -> None:
    async with httpx.AsyncClient(timeout=10) as page:
        async with running(tmp_path / "d") as on:
            body = {"token": on.token("company"), "account": "wang", "name": "Wang", "password": PASSWORD}
            assert (await page.post(f"{on.view}/api/set-up", json=body)).json() == {"ok": True, "account": "wang"}
            signed = await page.post(f"{on.view}/api/session", json={"account": "wang", "password": PASSWORD})
            headers = {"X-CSRF-Token": signed.json()["csrf"], "Origin": on.view}
            streams = [await Stream.open(on.view, page.cookies) for _ in range(6)]
            first = await streams[0].event("snapshot")
            assert first["mode"] == "production"
            press = {"id": "press-0001", "load_id": "L1", "plate": "P1"}
            assert (await page.post(f"{on.acts}/api/acts/load-arrived", json=press, headers=headers)).json()["ok"]
            stopped = (await page.post(f"{on.acts}/api/stop", json={})).json()
            assert stopped["recorded"]
            assert (await streams[0].event("heartbeat"))["seq"] >= stopped["seq"]
            await streams[5].close()
        assert (await streams[0].event("dropped"))["why"] == "stopping"
        for one in streams[:5]:
            await one.close()
    assert not await answers(on.view)
