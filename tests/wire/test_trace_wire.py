"""The public page as the daemon starts it: another process on its own port, that asks how a carton stands and ends with it."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from controller.daemon.companions import Aboard
from controller.domain.reasons import Role
from controller.domain.trace_codes import read_code
from controller.line.events import HoldPlaced
from controller.settings.loading import load
from controller.trace.companion import NAME, trace
from tests.console.story_bench import CARTON, journaled, recorded
from tests.daemon.test_imports import desk
from tests.daemon.virtual_line import ROOT
from tests.trace.trace_bench import CODE, released_day

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
