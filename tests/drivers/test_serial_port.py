"""What a port promises its driver: bytes in order, then one typed loss; never more memory than its limit."""

import asyncio
import errno

import pytest

from drivers.serial_port.choice import TRANSPORT_NAMES, transport_named
from drivers.serial_port.losses import PortLost, loss_from
from drivers.serial_port.memory_transport import MemoryCable, MemoryTransport
from drivers.serial_port.ports import UNREAD_LIMIT_BYTES, Port, PortSettings, WireChunk
from drivers.serial_port.stream_transport import StreamTransport

SETTINGS = PortSettings("memory:a")


async def opened(cable: MemoryCable) -> Port:
    return await MemoryTransport({"memory:a": cable}).open(SETTINGS)


async def test_bytes_before_the_loss_are_handed_out_first() -> None:
    cable = MemoryCable()
    port = await opened(cable)
    cable.send(b"last words")
    cable.unplug()
    await asyncio.sleep(0)
    assert await port.read() == b"last words"
    for _ in range(2):
        with pytest.raises(PortLost) as lost:
            await port.read()
        assert lost.value.code == "unplugged"
    with pytest.raises(PortLost):
        port.write(b"anybody?")
    await port.close()


async def test_a_time_out_gives_nothing_and_loses_nothing() -> None:
    cable = MemoryCable()
    port = await opened(cable)
    assert await port.read(0.001) == b""
    cable.send(b"late")
    assert await port.read(1) == b"late"
    await port.close()


async def test_one_port_has_one_owner_and_is_free_after_close() -> None:
    cable = MemoryCable()
    port = await opened(cable)
    with pytest.raises(PortLost) as lost:
        await opened(cable)
    assert lost.value.code == "busy"
    await port.close()
    again = await opened(cable)
    await again.close()


async def test_bytes_that_nobody_reads_end_the_port_instead_of_the_memory() -> None:
    cable = MemoryCable()
    port = await opened(cable)
    for _ in range(UNREAD_LIMIT_BYTES // 1024 + 1):
        cable.send(b"x" * 1024)
    await asyncio.sleep(0.01)
    assert len(await port.read()) <= UNREAD_LIMIT_BYTES
    with pytest.raises(PortLost) as lost:
        await port.read()
    assert lost.value.code == "overrun"
    await port.close()


async def test_a_tap_sees_both_directions_in_order() -> None:
    cable = MemoryCable()
    seen: list[WireChunk] = []
    port = await MemoryTransport({"memory:a": cable}, seen.append).open(SETTINGS)
    port.write(b"ask")
    cable.send(b"answer")
    await port.read()
    await port.close()
    assert [(chunk.from_device, chunk.data) for chunk in seen] == [(False, b"ask"), (True, b"answer")]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOENT, "missing"),
        (errno.EIO, "unplugged"),
        (errno.EBUSY, "busy"),
        (errno.EACCES, "denied"),
        (errno.ECONNREFUSED, "refused"),
        (errno.ETIMEDOUT, "unreachable"),
        (errno.ECONNRESET, "closed_by_peer"),
        (errno.ENOSPC, "failed"),
    ],
)
def test_each_error_number_has_a_code_and_a_next_step(number: int, code: str) -> None:
    lost = loss_from(OSError(number, "text"), "/dev/ttyUSB0")
    assert lost.code == code
    assert "/dev/ttyUSB0" in lost.cause
    assert lost.next_step


async def test_a_wrong_setting_is_said_as_such() -> None:
    for name in TRANSPORT_NAMES:
        transport = transport_named(name)
        with pytest.raises(PortLost) as missing:
            await transport.open(PortSettings("/dev/there-is-no-such-device"))
        assert missing.value.code == "missing"
    with pytest.raises(PortLost) as lost:
        await transport_named("pyserial").open(PortSettings("socket://127.0.0.1:1"))
    assert lost.value.code == "setting"
    for url in ("socket://127.0.0.1", "socket://127.0.0.1:99999", "nonsense://x"):
        with pytest.raises(PortLost) as lost:
            await transport_named("serialx").open(PortSettings(url))
        assert lost.value.code == "setting"
    with pytest.raises(ValueError, match="serialx, pyserial"):
        transport_named("carrier pigeon")


async def test_streams_opened_by_somebody_else_are_a_port_too() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(100))
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    number = server.sockets[0].getsockname()[1]
    transport = StreamTransport(lambda _: asyncio.open_connection("127.0.0.1", number))
    port = await transport.open(PortSettings("echo"))
    port.write(b"hello")
    assert await port.read(1) == b"hello"
    with pytest.raises(PortLost) as lost:
        await port.read(1)
    assert lost.value.code == "closed_by_peer"
    await port.close()
    loop = asyncio.get_running_loop()
    begun_s = loop.time()
    await (await transport.open(PortSettings("echo"))).close()
    assert loop.time() - begun_s < 0.5
    server.close()
    with pytest.raises(PortLost) as refused:
        await transport.open(PortSettings("echo"))
    assert refused.value.code == "refused"
