"""The public page as the daemon starts it: another process on its own port, that asks how a carton stands and ends with it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from controller.daemon.companions import Aboard
from controller.domain.reasons import Role
from controller.domain.trace_codes import read_code
from controller.line.events import HoldPlaced
from controller.settings.loading import load
from controller.trace import serving
from controller.trace.companion import NAME, trace
from tests.console.story_bench import CARTON, journaled, recorded
from tests.daemon.test_imports import desk
from tests.daemon.virtual_line import ROOT
from tests.trace.trace_bench import CODE, Site, released_day

pytestmark = pytest.mark.wire


async def asked(port: int, query: str) -> str:
    """One request, on a connection of its own."""
    async with asyncio.timeout(20):
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                break
            except OSError:
                await asyncio.sleep(0.1)
        writer.write(f"GET /?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    return answer.decode()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def test_the_page_is_another_process_that_knows_how_a_carton_stands_and_ends_with_the_daemon(tmp_path: Path) -> None:
    story, port = released_day(), free_port()
    told = tmp_path / "told"
    told.mkdir()
    recorded(journaled(story, told), told).dispose()
    settings = load(ROOT / "config" / "simulation.toml", {
        "site.data_dir": str(told), "trace.host": "127.0.0.1", "trace.port": port,
        "records.url": f"sqlite:///{told / 'records.sqlite'}",
    })  # fmt: skip
    executor = ThreadPoolExecutor(1)
    async with desk(tmp_path / "d") as on:
        on.core.state = story.state
        aboard = Aboard(settings, on.core, told / "journal.sqlite", told, "boot", "test", executor, lambda: datetime.now(UTC))
        running = asyncio.create_task(trace(aboard)[NAME]())
        try:
            answer = await asked(port, f"code={CODE}")
            assert answer.startswith("HTTP/1.1 200")
            assert "已通关" in answer
            assert "server:" not in answer.lower()
            await on.core.submit(HoldPlaced("H1", "carton", CARTON, "officer_hold", "x"), actor="zhang", role=Role.OFFICER)
            assert "处理中" in await asked(port, f"code={CODE}")
            assert "未找到" in await asked(port, "code=0000-0000-0000-0000")
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            executor.shutdown()
        with pytest.raises(OSError, match="Connect call failed"):
            await asyncio.open_connection("127.0.0.1", port)


@asynccontextmanager
async def page_at(home: Path, **options: object) -> AsyncIterator[int]:
    """The page on a port of its own, as its process serves it."""
    told = load(ROOT / "config" / "simulation.toml", {"trace.host": "0.0.0.0", "trace.port": free_port()} | options).trace
    site, sock = Site(home, released_day()), serving.bind(told)
    server = serving._Server(serving.config_of(site.page, told))
    running = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        yield told.port
    finally:
        server.should_exit = True
        await running
        sock.close()
        site.close()


async def connected(port: int, address: str = "127.0.0.1") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))


async def dripped(port: int, whole: bytes, drops: bytes) -> float:
    """How long the port listens to somebody who sends something whole and then one byte after the other."""
    loop = asyncio.get_running_loop()
    reader, writer = await connected(port)
    writer.write(whole)
    if whole:
        await reader.readuntil(b"</html>")
    began_s = loop.time()
    try:
        async with asyncio.timeout(10):
            with contextlib.suppress(ConnectionError):
                while not reader.at_eof():
                    writer.write(drops[:1])
                    drops = drops[1:]
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(0.1):
                            await reader.read(1)
    finally:
        writer.close()
    return loop.time() - began_s


ASKED = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(("whole", "drops"), [
    (b"", b""),
    (b"", b"GET / HTTP/1.1\r\nX: " + b"x" * 1000),
    (ASKED, b"GET / HTTP/1.1\r\nX: " + b"x" * 1000),
    (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n", b"x" * 1000),
], ids=["nothing", "a slow header", "a slow second header", "a slow body"])  # fmt: skip
async def test_who_asks_nothing_whole_is_let_go(
    whole: bytes, drops: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving.OfStrangers, "SILENT_S", 0.6)
    async with page_at(tmp_path) as port:
        assert 0.4 < await dripped(port, whole, drops) < 4
        assert "溯源" in await asked(port, "")


async def test_one_address_has_its_share_and_all_together_have_theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, most in (("OF_AN_ADDRESS", 3), ("IN_ALL", 6)):
        monkeypatch.setattr(serving.OfStrangers, name, most)
    async with page_at(tmp_path) as port, asyncio.timeout(20):
        first = [await connected(port, "127.0.0.2") for _ in range(5)]
        assert [await reader.read() for reader, _ in first[3:]] == [b"", b""], "too many of one address"
        more = [await connected(port, "127.0.0.3") for _ in range(3)]
        assert "溯源" in await asked(port, ""), "whoever asks is heard in place of the one that was silent longest"
        assert await first[0][0].read() == b""
        for _, writer in more[:1]:
            writer.write(ASKED)
        assert b"200" in await more[0][0].readline(), "the others are still there"
        for _, writer in (*first, *more):
            writer.close()


async def test_a_front_server_has_all_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving.OfStrangers, "OF_AN_ADDRESS", 3)
    async with page_at(tmp_path, **{"trace.behind_proxy": True}) as port, asyncio.timeout(20):
        there = [await connected(port) for _ in range(10)]
        for reader, writer in there:
            writer.write(ASKED)
            assert b"200" in await reader.readline()
            writer.close()


async def test_each_released_carton_without_a_code_gets_one_of_chance(tmp_path: Path) -> None:
    story, executor, config = released_day(), ThreadPoolExecutor(1), ROOT / "config" / "simulation.toml"
    for key, carton in list(story.state.cartons.items()):
        story.state.cartons[key] = replace(carton, trace_code="")
    here = {"site.data_dir": str(tmp_path), "trace.host": "127.0.0.1", "trace.port": free_port()}
    async with desk(tmp_path / "d") as on:
        on.core.state = story.state
        aboard = Aboard(load(config, here), on.core, tmp_path, tmp_path, "boot", "test", executor, lambda: datetime.now(UTC))
        running = asyncio.create_task(trace(aboard)[NAME]())
        async with asyncio.timeout(20):
            while not all(carton.trace_code for carton in on.core.state.cartons.values()):
                await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        executor.shutdown()
        codes = {carton.trace_code for carton in on.core.state.cartons.values()}
        assert len(codes) == 2
        assert all(read_code(code) == code for code in codes)
        assert trace(replace(aboard, settings=load(config))) == {}, "off unless it is configured"
