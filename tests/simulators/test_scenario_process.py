"""The simulators as a process, and the desk on a real socket: files and ports come and go as promised."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from simulators.people.desk import SocketDesk

pytestmark = pytest.mark.wire

ROOT = Path(__file__).resolve().parents[2]


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulators", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )  # fmt: skip


async def end(process: asyncio.subprocess.Process) -> int:
    if process.returncode is None:
        process.kill()
    await process.communicate()
    # Gives the loop a turn to drop the transport, so that nothing is left behind.
    await asyncio.sleep(0)
    assert process.returncode is not None
    return process.returncode


async def test_devices_alone_say_where_they_are_and_leave_nothing_behind(tmp_path: Path) -> None:
    process = await start("--dir", str(tmp_path))
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            ready = json.loads(await process.stdout.readline())["ready"]
        assert ready == json.loads((tmp_path / "sim.json").read_text())
        for path in ready["ports"].values():
            assert os.readlink(path).startswith("/dev/")
        _, writer = await asyncio.open_connection("127.0.0.1", ready["plc_port"])
        writer.close()
        await writer.wait_closed()
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            assert await process.wait() == 0
        assert not (tmp_path / "sim.json").exists()
        assert not list((tmp_path / "dev").iterdir())
    finally:
        await end(process)


async def test_a_day_needs_to_know_where_the_daemon_is(tmp_path: Path) -> None:
    process = await start("--scenario", "steady", "--dir", str(tmp_path))
    async with asyncio.timeout(20):
        _, errors = await process.communicate()
    assert await end(process) == 2
    assert b"--daemon-dir" in errors


async def test_an_act_is_repeated_with_the_same_id_until_somebody_answers(tmp_path: Path) -> None:
    path, heard = tmp_path / "control.sock", list[dict[str, str]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(json.loads(await reader.readline()))
        if len(heard) > 1:
            writer.write(b'{"ok": true, "seq": 7}\n')
            await writer.drain()
        writer.close()

    desk = SocketDesk(path, "t")
    asking = asyncio.create_task(desk.act("unload", "liu", "operator", load_id="L1"))
    await asyncio.sleep(0.1)  # nobody listens yet
    server = await asyncio.start_unix_server(serve, path)
    async with asyncio.timeout(10):
        assert await asking == {"ok": True, "seq": 7}
    assert [request["id"] for request in heard] == ["t-1", "t-1"]
    assert heard[0]["load_id"] == "L1"
    await desk.close()
    server.close()
    await server.wait_closed()


async def test_a_question_that_nobody_answers_is_nothing(tmp_path: Path) -> None:
    desk = SocketDesk(tmp_path / "control.sock", "t")
    assert await desk.ask("status") is None
    assert await desk.act("unload", "liu", "operator", within_s=0, load_id="L1") is None
    await desk.close()
