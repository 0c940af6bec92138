"""What the virtual loop promises: time without waiting, TCP without sockets, one order a seed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

from simulators.world.loop import Deadlock, VirtualLoop
from simulators.world.nodes import Node
from simulators.world.seeded_loop import SeededLoop

T = TypeVar("T")


def play(main: Callable[[], Coroutine[Any, Any, T]], seed: int = 1) -> T:
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(random.Random(seed))) as runner:
        return runner.run(main())


def network() -> Any:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop.network


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1000):
        writer.write(data)
        await writer.drain()
    writer.close()


def test_an_hour_of_sleep_passes_at_once_and_the_clock_shows_it() -> None:
    async def hour() -> float:
        for _ in range(3600):
            await asyncio.sleep(1)
        return asyncio.get_running_loop().time()

    assert play(hour) == pytest.approx(3600, abs=1)


def test_timers_of_one_instant_fire_in_the_order_they_were_set() -> None:
    async def ties() -> list[int]:
        loop = asyncio.get_running_loop()
        fired: list[int] = []
        for n in range(50):
            loop.call_at(5.0, fired.append, n)
        await asyncio.sleep(6)
        return fired

    assert play(ties) == list(range(50))


def test_a_task_that_spins_does_not_stop_the_clock() -> None:
    async def spin() -> None:
        async with asyncio.timeout(1):
            while True:
                await asyncio.sleep(0)

    with pytest.raises(TimeoutError):
        play(spin)


def test_waiting_for_what_nobody_will_send_is_a_deadlock_that_names_the_task() -> None:
    async def stuck() -> None:
        task = asyncio.create_task(asyncio.Event().wait(), name="waits for the PLC")
        await task

    with pytest.raises(Deadlock, match="waits for the PLC") as caught:
        play(stuck)
    assert caught.value.next_step


def test_an_executor_runs_inline_and_its_answer_or_error_comes_back() -> None:
    async def blocking() -> tuple[int, str]:
        value = await asyncio.to_thread(lambda: 41 + 1)
        try:
            await asyncio.to_thread(int, "x")
        except ValueError:
            return value, "raised"
        return value, "silent"

    assert play(blocking) == (42, "raised")


def test_the_work_of_a_buried_machine_is_never_done_and_who_waits_for_it_ends() -> None:
    done: list[str] = []

    async def at_work(loop: SeededLoop) -> None:
        await asyncio.shield(loop.run_in_executor(None, done.append, "after its death"))

    async def day() -> bool:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SeededLoop)
        node = Node("daemon")
        task = loop.create_task(at_work(loop), context=node.context())
        await asyncio.sleep(0)
        node.kill()
        await asyncio.sleep(1.0)
        assert not task.done()
        await loop.bury(node)
        return task.cancelled()

    with asyncio.Runner(loop_factory=lambda: SeededLoop(random.Random(1), random.Random(2))) as runner:
        assert runner.run(day())
    assert done == []


def test_streams_echo_in_virtual_time_and_port_zero_is_reported() -> None:
    async def talk() -> bytes:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"carton ")
        writer.write(b"one")
        assert await reader.readexactly(10) == b"carton one"
        writer.write(bytes(300_000))
        await writer.drain()
        assert len(await reader.readexactly(300_000)) == 300_000
        writer.write_eof()
        rest = await reader.read()
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()
        return rest

    assert play(talk) == b""


def _crowd_trace(seed: int) -> list[tuple[float, bytes]]:
    async def crowd() -> list[tuple[float, bytes]]:
        loop = asyncio.get_running_loop()
        trace: list[tuple[float, bytes]] = []
        server = await asyncio.start_server(echo, "127.0.0.1", 502)

        async def client(name: int) -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", 502)
            for n in range(20):
                writer.write(b"%d:%d" % (name, n))
                trace.append((loop.time(), await reader.read(100)))
            writer.close()
            await writer.wait_closed()

        async with asyncio.TaskGroup() as group:
            for name in range(5):
                group.create_task(client(name))
        await asyncio.sleep(1)  # the server's ends close when the last FIN has arrived
        server.close()
        return trace

    return play(crowd, seed)


def test_the_same_seed_gives_the_same_run_and_another_seed_another() -> None:
    first = _crowd_trace(7)
    assert first == _crowd_trace(7)
    assert [who for _, who in first] != [who for _, who in _crowd_trace(8)]


def test_writes_arrive_in_order_however_their_latencies_fall() -> None:
    async def many() -> bytes:
        got = bytearray()

        async def sink(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            got.extend(await reader.read())
            writer.close()

        server = await asyncio.start_server(sink, port=9004)
        _, writer = await asyncio.open_connection("127.0.0.1", 9004)
        for n in range(256):
            writer.write(bytes([n]))
        writer.close()
        await asyncio.sleep(1)
        server.close()
        return bytes(got)

    assert play(many) == bytes(range(256))


def test_nobody_listening_refuses_and_a_taken_port_says_so() -> None:
    async def ports() -> None:
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", 502)
        server = await asyncio.start_server(echo, port=502)
        with pytest.raises(OSError, match="already in use"):
            await asyncio.start_server(echo, port=502)
        server.close()
        again = await asyncio.start_server(echo, port=502)
        again.close()

    play(ports)


def test_a_cut_cable_is_silence_and_healing_delivers_what_was_written() -> None:
    async def half_open() -> bytes:
        server = await asyncio.start_server(echo, port=502)
        reader, writer = await asyncio.open_connection("127.0.0.1", 502)
        network().cut(502)
        writer.write(b"ping")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30):
                await reader.read(4)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                await asyncio.open_connection("127.0.0.1", 502)
        network().heal(502)
        late = await reader.readexactly(4)
        writer.close()
        await asyncio.sleep(1)
        server.close()
        return late

    assert play(half_open) == b"ping"


def test_a_server_that_dies_resets_its_clients() -> None:
    async def power_cut() -> None:
        server = await asyncio.get_running_loop().create_server(asyncio.Protocol, port=502)
        reader, writer = await asyncio.open_connection("127.0.0.1", 502)
        await asyncio.sleep(0.1)
        server.abort_clients()  # type: ignore[attr-defined]
        server.close()
        with pytest.raises(ConnectionResetError):
            await reader.read(1)
        writer.close()

    play(power_cut)


def test_tls_is_refused_instead_of_being_left_out() -> None:
    async def tls() -> None:
        with pytest.raises(NotImplementedError, match="ssl"):
            await asyncio.open_connection("127.0.0.1", 8883, ssl=True)

    play(tls)


async def _one_register_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers each read of holding registers with the addresses themselves."""
    try:
        while True:
            head = await reader.readexactly(7)
            body = await reader.readexactly(int.from_bytes(head[4:6], "big") - 1)
            address, count = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
            words = b"".join((address + n).to_bytes(2, "big") for n in range(count))
            pdu = bytes([body[0], len(words)]) + words
            writer.write(head[:4] + (len(pdu) + 1).to_bytes(2, "big") + head[6:] + pdu)
    except asyncio.IncompleteReadError:
        writer.close()


def test_the_modbus_client_of_the_trade_runs_unchanged_in_virtual_time() -> None:
    from pymodbus.client import AsyncModbusTcpClient

    async def poll() -> tuple[int, float]:
        server = await asyncio.start_server(_one_register_server, "127.0.0.1", 1502)
        client = AsyncModbusTcpClient("127.0.0.1", port=1502, retries=0, reconnect_delay=0, timeout=0.5)
        assert await client.connect()
        good = 0
        for _ in range(600):
            answer = await client.read_holding_registers(40, count=3, device_id=1)
            good += answer.registers == [40, 41, 42]
            await asyncio.sleep(0.1)
        client.close()
        await asyncio.sleep(1)
        server.close()
        return good, asyncio.get_running_loop().time()

    good, took_s = play(poll)
    assert good == 600
    assert 60 < took_s < 65


def test_tasks_of_one_instant_run_in_the_seeded_order_whoever_woke_them_first() -> None:
    """A task group cancels in the order of a set, which is that of addresses: it must not show."""

    def ended(backwards: bool) -> list[int]:
        loop = SeededLoop(random.Random(1), random.Random(2))
        told: list[int] = []

        async def wait(number: int) -> None:
            try:
                await asyncio.sleep(10)
            finally:
                told.append(number)

        async def main() -> None:
            tasks = [asyncio.create_task(wait(number)) for number in range(6)]
            await asyncio.sleep(1)
            for task in reversed(tasks) if backwards else tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        try:
            loop.run_until_complete(main())
        finally:
            loop.close()
        return told

    assert ended(backwards=False) == ended(backwards=True) != list(range(6))
