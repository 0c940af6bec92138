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
from fastapi import FastAPI

from controller.console import companion, server
from controller.daemon.http_client import PostError, fetch
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
    def __init__(self, port: int, acts_port: int, host: str) -> None:
        self.view, self.acts = f"http://{host}:{port}", f"http://{host}:{acts_port}"
        self.said: list[str] = []

    def token(self, organisation: str) -> str:
        return next(text for text in self.said if text.startswith(organisation)).partition("/set-up#")[2].split()[0]


@asynccontextmanager
async def running(
    home: Path, host: str = "127.0.0.1", ports: tuple[int, int] | None = None, **more: object
) -> AsyncIterator[Running]:
    """A daemon in production mode whose devices are all away: a console must work then above all. `more` are its settings."""
    port, acts_port = ports or free_ports()
    on = Running(port, acts_port, host)
    plc = free_ports()[0]
    settings = load(ROOT / "config" / "simulation.toml", {
        "site.data_dir": str(home), "site.mode": "production", "plc.port": plc, "console.host": host,
        "console.port": port, "console.acts_port": acts_port, "scanners.induct.port": str(home / "no-device"),
        **{name.replace("__", "."): value for name, value in more.items()},
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
            # A heartbeat that was on its way before the stop may come first.
            told = [(await streams[0].event("heartbeat"))["seq"] for _ in range(2)]
            assert told[-1] >= stopped["seq"]
            await streams[5].close()
        assert (await streams[0].event("dropped"))["why"] == "stopping"
        for one in streams[:5]:
            await one.close()
    assert not await answers(on.view)


async def shown(page: httpx.AsyncClient, on: Running) -> dict[str, Any]:
    """The first other line as an officer's page sees it."""
    lines = (await page.get(f"{on.view}/api/state")).json()["values"]["lines"]
    return lines["list"][0]  # type: ignore[no-any-return]


async def becomes(page: httpx.AsyncClient, on: Running, **wanted: object) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while not wanted.items() <= (found := await shown(page, on)).items():
            await asyncio.sleep(0.1)
    return found


async def test_two_lines_ask_each_other_and_one_that_is_gone_is_not_known(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "lines.secret").write_bytes(b"the secret of this very site")
        (tmp_path / name / "lines.secret").chmod(0o600)
    ports = free_ports()
    same: dict[str, Any] = {"console__lines_secret_file": "lines.secret"}
    other = f"XY-2 http://127.0.0.2:{ports[0]}"
    async with (
        httpx.AsyncClient(timeout=10) as page,
        running(tmp_path / "one", line__name="XY-1", console__other_lines=[other], **same) as on,
    ):
        body = {"token": on.token("customs"), "account": "ke", "name": "Ke", "password": PASSWORD}
        assert (await page.post(f"{on.view}/api/set-up", json=body)).json()["ok"]
        assert (await page.post(f"{on.view}/api/session", json={"account": "ke", "password": PASSWORD})).status_code == 200
        await becomes(page, on, state="unknown", before=None, fault="not_reached")
        async with running(tmp_path / "two", "127.0.0.2", ports, line__name="XY-2", **same):
            known = await becomes(page, on, state="known")
            assert (known["name"], known["waiting"], known["more"]) == ("XY-2", [], 0)
        gone = await becomes(page, on, state="unknown", before=0)
        assert gone["since_ms"] > 0


async def test_an_answer_that_never_ends_is_given_up_and_one_without_a_certificate_is_not_asked() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{")
        heard.append(await reader.read())
        writer.close()

    heard: list[bytes] = []
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        for scheme, code in (("http", "no_answer"), ("https", "not_reached")):
            with pytest.raises(PostError) as refused:
                await fetch(f"{scheme}://127.0.0.1:{port}/x", {"Authorization": "Bearer abc"}, 0.5)
            assert refused.value.code == code
        async with asyncio.timeout(5):
            while len(heard) < 2:
                await asyncio.sleep(0.01)
    assert [b"Bearer abc" in one for one in heard] == [True, False], "nothing is said to whom no certificate vouches for"


@pytest.mark.parametrize("proxies", [(), ("127.0.0.1",)], ids=["named by nobody", "named by the site"])
async def test_behind_a_proxy_each_terminal_has_its_own_delay_where_the_site_names_it(
    proxies: tuple[str, ...], tmp_path: Path
) -> None:
    async with running(tmp_path, console__trusted_proxies=proxies) as on, httpx.AsyncClient(headers={"Origin": on.view}) as page:

        async def sign_in(terminal: str) -> int:
            body = {"account": "no-such-one", "password": "wrong wrong wrong"}
            told = {"X-Forwarded-For": f"203.0.113.9, {terminal}"}
            return (await page.post(f"{on.view}/api/session", json=body, headers=told)).status_code

        assert [await sign_in("10.1.1.1") for _ in range(6)] == [401] * 5 + [429]
        assert await sign_in("10.1.1.2") == (401 if proxies else 429), "one person's slips are not everybody's"


async def test_a_proxy_is_known_on_a_port_of_both_families_and_has_no_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a port tells an IPv4 address as one of IPv6."""
    monkeypatch.setattr(server.OfScreens, "OF_AN_ADDRESS", 5)
    port, _ = free_ports()
    serving = asyncio.create_task(server.serve({port: FastAPI()}, "::", None, lambda: None, ("127.0.0.1",)))
    origin = f"http://127.0.0.1:{port}"
    async with asyncio.timeout(20):
        while not await answers(origin):
            await asyncio.sleep(0.05)
    screens = [await asyncio.open_connection("127.0.0.1", port) for _ in range(8)]
    try:
        assert await answers(origin), "all of them are behind the proxy"
    finally:
        for _, writer in screens:
            writer.close()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def test_whoever_only_connects_keeps_nobody_from_the_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.OfScreens, "OF_AN_ADDRESS", 5)
    monkeypatch.setattr(server.OfScreens, "SILENT_S", 0.5)
    async with running(tmp_path) as on:
        port = int(on.acts.rpartition(":")[2])
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(8)]
        try:
            async with asyncio.timeout(5):
                ended = [await reader.read() for reader, _ in idle]
            assert ended == [b""] * 8, "all of them: three as too many, the others because they asked nothing"
            async with httpx.AsyncClient() as client:
                assert (await client.post(f"{on.acts}/api/stop", json={})).status_code == 200
        finally:
            for _, writer in idle:
                writer.close()
