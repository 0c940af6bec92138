"""The simulated lines on real descriptors: stable name, unplug, back again, nothing left over."""

from __future__ import annotations

import asyncio
import os
import random
import tty
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from simulators.scale.sics import SicsScaleSim
from simulators.scanner.faults import Fault
from simulators.scanner.keyence import KeyenceSim
from simulators.scanner.line_reader import LineReaderSim
from simulators.world.loop import VirtualLoop
from simulators.world.memory_port import MemoryPort
from simulators.world.port import Port
from simulators.world.pty_port import PtyPort
from simulators.world.tcp_port import TcpPort

pytestmark = pytest.mark.wire


@asynccontextmanager
async def host(link: Path) -> AsyncIterator[int]:
    """The other end of the cable, as a plain descriptor."""
    descriptor = os.open(link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    tty.setraw(descriptor)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


async def read_until(descriptor: int, end: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    got = bytearray()
    done = loop.create_future()

    def readable() -> None:
        try:
            got.extend(os.read(descriptor, 1000))
        except OSError as exc:
            if not done.done():
                done.set_exception(exc)
            return
        if got.endswith(end) and not done.done():
            done.set_result(None)

    loop.add_reader(descriptor, readable)
    try:
        async with asyncio.timeout(2):
            await done
    finally:
        loop.remove_reader(descriptor)
    return bytes(got)


async def test_a_reader_and_a_scale_speak_through_ptys(tmp_path: Path) -> None:
    scanner = LineReaderSim(PtyPort(tmp_path / "dev" / "scanner-induct"), rng=random.Random(1))
    scale = SicsScaleSim(PtyPort(tmp_path / "dev" / "scale-weigh"))
    await scanner.port.plug()
    await scale.port.plug()
    scale.set_load(1234.5, settled=True)
    async with host(Path(scanner.port.url)) as line:
        scanner.faults.once(Fault.SPLIT)
        scanner.show(["JD0001"])
        assert await read_until(line, b"\r") == b"JD0001\r"
    async with host(Path(scale.port.url)) as line:
        os.write(line, b"SI\r\n")
        assert await read_until(line, b"\n") == b"S S    1234.50 g\r\n"
    await scanner.close()
    await scale.close()
    assert list((tmp_path / "dev").iterdir()) == []


async def test_all_bytes_pass_a_pty_unchanged(tmp_path: Path) -> None:
    port = PtyPort(tmp_path / "raw")
    heard, all_heard = bytearray(), asyncio.Event()

    def hear(data: bytes) -> None:
        heard.extend(data)
        if len(heard) >= 256:
            all_heard.set()

    port.on_bytes(hear)
    await port.plug()
    every = bytes(range(256))
    async with host(tmp_path / "raw") as line:
        assert port.send(every + b"end")
        assert await read_until(line, b"end") == every + b"end"
        os.write(line, every)
        async with asyncio.timeout(2):
            await all_heard.wait()
        assert bytes(heard) == every
    await port.close()


async def test_an_unplugged_line_is_eio_and_has_no_name_and_plugged_is_back_under_the_same_name(
    tmp_path: Path,
) -> None:
    link = tmp_path / "scanner"
    port = PtyPort(link)
    sim = LineReaderSim(port)
    await port.plug()
    async with host(link) as line:
        port.unplug()
        assert not link.is_symlink()
        with pytest.raises(OSError, match="Input/output error"):
            os.write(line, b"anyone there?")
        sim.show(["LOST"])
        assert port.lost_messages == 1
    await port.plug()
    async with host(link) as line:
        sim.show(["BACK"])
        assert await read_until(line, b"\r") == b"BACK\r"
    await sim.close()


async def test_the_driver_may_close_and_open_again_without_the_line_failing(tmp_path: Path) -> None:
    port = PtyPort(tmp_path / "scanner")
    await port.plug()
    for text in (b"one\r", b"two\r"):
        async with host(tmp_path / "scanner") as line:
            port.send(text)
            assert await read_until(line, b"\r") == text
        await asyncio.sleep(0.02)
        assert port.plugged
    await port.close()


async def test_a_line_that_nobody_reads_fills_up_and_loses_whole_messages(tmp_path: Path) -> None:
    port = PtyPort(tmp_path / "scanner", buffer_bytes=8192)
    await port.plug()
    message = b"x" * 99 + b"\n"
    sent = sum(port.send(message) for _ in range(1000))
    assert 80 < sent < 1000
    assert port.lost_messages == 1000 - sent
    port.discard_unread()
    async with host(tmp_path / "scanner") as line:
        port.send(b"fresh\r")
        assert await read_until(line, b"\r") == b"fresh\r"
    await port.close()


async def test_a_link_left_by_a_killed_simulator_is_replaced_but_a_file_is_not(tmp_path: Path) -> None:
    stale = tmp_path / "scanner"
    stale.symlink_to("/dev/pts/does-not-exist")
    port = PtyPort(stale)
    await port.plug()
    assert stale.exists()
    await port.close()
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        await PtyPort(tmp_path / "notes.txt").plug()


async def test_a_terminal_server_carries_the_line_refuses_a_second_client_and_comes_back() -> None:
    port = TcpPort()
    sim = KeyenceSim(port)
    await port.plug()
    number = int(port.url.rsplit(":", 1)[1])
    reader, writer = await asyncio.open_connection("127.0.0.1", number)
    writer.write(b"LON\r")
    assert await reader.readuntil(b"\r") == b"OK,LON\r"
    second, second_writer = await asyncio.open_connection("127.0.0.1", number)
    assert await _end_of(second) == b""
    sim.show(["A"])
    assert await reader.readuntil(b"\r") == b"A\r"
    port.unplug()
    assert await _end_of(reader) == b""
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", number)
    await port.plug()
    again, again_writer = await asyncio.open_connection("127.0.0.1", number)
    again_writer.write(b"LON\r")
    assert await again.readuntil(b"\r") == b"OK,LON\r"
    for each in (writer, second_writer, again_writer):
        each.close()
    await asyncio.sleep(0.02)
    assert not port.connected
    await sim.close()


async def _end_of(reader: asyncio.StreamReader) -> bytes:
    try:
        async with asyncio.timeout(2):
            return await reader.read()
    except ConnectionResetError:
        return b""


def test_the_terminal_server_runs_on_a_virtual_loop_too() -> None:
    async def main() -> bytes:
        port = TcpPort(port=4001)
        sim = LineReaderSim(port)
        await port.plug()
        assert port.url == "socket://127.0.0.1:4001"
        reader, writer = await asyncio.open_connection("127.0.0.1", 4001)
        await asyncio.sleep(0.1)
        sim.show(["A"])
        line = await reader.readuntil(b"\r")
        writer.close()
        await sim.close()
        return line

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        assert runner.run(main()) == b"A\r"


def test_every_port_keeps_the_one_interface(tmp_path: Path) -> None:
    ports: list[Port] = [PtyPort(tmp_path / "p"), TcpPort(), MemoryPort("m")]
    assert [port.plugged for port in ports] == [False, False, False]
    assert [port.send(b"x") for port in ports] == [False, False, False]
