"""The Modbus TCP server of the PLC simulator on a real socket: any cut of the bytes, limits, connections, wire faults."""

import asyncio
import contextlib
import random
import struct
from collections.abc import AsyncIterator

import pytest

from simulators.plc import LineSimulator, PlcServer
from simulators.plc import registers as reg

pytestmark = pytest.mark.wire

READ_MAGIC = bytes.fromhex("0001 0000 0006 01 03 0000 0002")
MAGIC_ANSWER = bytes.fromhex("0001 0000 0007 01 03 04 c11e 0001")


@pytest.fixture
async def sim() -> AsyncIterator[LineSimulator]:
    sim = LineSimulator(rng=random.Random(5))
    await sim.serve("127.0.0.1", 0)
    yield sim
    await sim.close()


def server_of(sim: LineSimulator) -> PlcServer:
    assert sim.server is not None
    return sim.server


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def exactly(self, size: int) -> bytes:
        async with asyncio.timeout(2):
            return await self.reader.readexactly(size)

    async def silent(self, seconds: float = 0.1) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self.reader.read(1) == b""
        except TimeoutError:
            return True

    async def closed(self) -> bool:
        async with asyncio.timeout(2):
            try:
                return await self.reader.read(1) == b""
            except ConnectionResetError:
                return True

    async def ask(self, pdu: bytes, transaction: int = 1, unit: int = 1) -> bytes:
        self.writer.write(struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu)
        header = await self.exactly(7)
        answered, _, length, _ = struct.unpack(">HHHB", header)
        assert answered == transaction
        return await self.exactly(length - 1)

    async def read(self, address: int, count: int, code: int = 3) -> list[int]:
        answer = await self.ask(struct.pack(">BHH", code, address, count))
        return list(struct.unpack(f">{count}H", answer[2:]))

    async def write(self, address: int, words: list[int]) -> bytes:
        pdu = struct.pack(f">BHHB{len(words)}H", 16, address, len(words), len(words) * 2, *words)
        return await self.ask(pdu)


@contextlib.asynccontextmanager
async def connected(sim: LineSimulator, source: str = "127.0.0.1") -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server_of(sim).port, local_addr=(source, 0))
    try:
        yield Client(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


# --- bytes -----------------------------------------------------------------------------------------------------
async def test_a_request_may_be_cut_at_every_byte(sim: LineSimulator) -> None:
    async with connected(sim) as client:
        for cut in range(1, len(READ_MAGIC)):
            client.writer.write(READ_MAGIC[:cut])
            await client.writer.drain()
            await asyncio.sleep(0.002)
            client.writer.write(READ_MAGIC[cut:])
            assert await client.exactly(len(MAGIC_ANSWER)) == MAGIC_ANSWER


async def test_requests_may_come_byte_by_byte_and_joined_in_any_number(sim: LineSimulator) -> None:
    async with connected(sim) as client:
        for byte in READ_MAGIC:
            client.writer.write(bytes((byte,)))
            await client.writer.drain()
            await asyncio.sleep(0)
        assert await client.exactly(len(MAGIC_ANSWER)) == MAGIC_ANSWER
        client.writer.write(READ_MAGIC * 20 + READ_MAGIC[:1])
        assert await client.exactly(20 * len(MAGIC_ANSWER)) == MAGIC_ANSWER * 20
        client.writer.write(READ_MAGIC[1:])
        assert await client.exactly(len(MAGIC_ANSWER)) == MAGIC_ANSWER


@pytest.mark.parametrize(
    "garbage", ["0001 0007 0006 01 03 0000 0002", "0001 0000 ffff 01", "0001 0000 0000 01", "0001 0000 0001 01"]
)
async def test_a_header_that_cannot_be_right_closes_the_connection(sim: LineSimulator, garbage: str) -> None:
    async with connected(sim) as client:
        client.writer.write(bytes.fromhex(garbage))
        assert await client.closed()
    assert server_of(sim).counts.bad_frames == 1


@pytest.mark.parametrize(
    ("pdu", "answer"),
    [
        pytest.param("03 0000 0065", "83 03", id="101 registers"),
        pytest.param("03 0000 0000", "83 03", id="no register"),
        pytest.param("03 002a 0002", "83 02", id="over the end of S"),
        pytest.param("03 c000 0001", "83 02", id="nowhere"),
        pytest.param("03 0000", "83 03", id="short request"),
        pytest.param("04 0000 0001", "04 02 c11e", id="input registers are the same table"),
        pytest.param("05 0000 ff00", "85 01", id="no coils to write"),
        pytest.param("10 0000 0001 02 0000", "90 02", id="block S cannot be written"),
        pytest.param("10 0384 0002 02 0000", "90 03", id="byte count lies"),
        pytest.param("06 0000 0001", "86 02", id="nor with one word"),
        pytest.param("06 038a 0258", "06 038a 0258", id="one word of H"),
        pytest.param("2b 0e 01 00", "ab 01", id="unknown function"),
        pytest.param("17 0000 0001 038a 0001 02 0258", "17 02 c11e", id="read and write in one"),
        pytest.param("02 0000 0010", "02 02 0016", id="inputs: E-stop, guards and air healthy"),
        pytest.param("02 0000 0100", "82 02", id="more inputs than there are"),
    ],
)
async def test_each_request_has_its_answer(sim: LineSimulator, pdu: str, answer: str) -> None:
    async with connected(sim) as client:
        expected = bytes.fromhex(answer)
        got = await client.ask(bytes.fromhex(pdu))
        if answer == "02 02 0016":
            expected = bytes((2, 2, 0b0000_0000, 0b0001_1010))
        assert got == expected


async def test_read_limit_and_fc23_are_as_the_site_has_them(sim: LineSimulator) -> None:
    sim.face.read_limit, sim.face.allow_fc23 = 45, False
    async with connected(sim) as client:
        assert len(await client.read(0, 43)) == 43
        assert await client.ask(bytes.fromhex("03 0064 002e")) == bytes.fromhex("8303")
        assert await client.ask(bytes.fromhex("17 0000 0001 038a 0001 02 0258")) == bytes.fromhex("9701")


# --- the contract over the wire --------------------------------------------------------------------------------
async def test_the_line_runs_by_the_loops_clock_and_takes_a_session_over_the_wire(sim: LineSimulator) -> None:
    running = asyncio.create_task(sim.run())
    try:
        async with connected(sim) as client:
            before = (await client.read(reg.BASE_S, reg.S_SIZE))[reg.S_PLC_HEARTBEAT]
            async with asyncio.timeout(5):
                for beat in range(1, 1000):
                    await client.write(reg.BASE_H, [beat, 77, 1, 0, 1, 1])
                    status = await client.read(reg.BASE_S, reg.S_SIZE)
                    if status[reg.S_SESSION_ECHO] == 77 and status[reg.S_PLC_HEARTBEAT] != before:
                        break
                    await asyncio.sleep(0.02)
        assert status[reg.S_SESSION_ECHO] == 77
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


# --- connections -----------------------------------------------------------------------------------------------
async def test_a_new_connection_closes_an_older_one_of_the_same_host(sim: LineSimulator) -> None:
    async with connected(sim) as old, connected(sim) as new, connected(sim, "127.0.0.2") as other:
        assert await old.closed()
        assert (await new.read(0, 1))[0] == reg.MAGIC
        assert (await other.read(0, 1))[0] == reg.MAGIC
    assert server_of(sim).counts.replaced == 1


async def test_more_connections_than_the_plc_has_are_refused(sim: LineSimulator) -> None:
    server_of(sim).max_connections = 1
    async with connected(sim) as first, connected(sim, "127.0.0.2") as second:
        assert await second.closed()
        assert (await first.read(0, 1))[0] == reg.MAGIC


async def test_a_plc_without_power_drops_and_refuses_and_is_back_afterwards(sim: LineSimulator) -> None:
    async with connected(sim) as client:
        await client.read(0, 1)
        sim.power_off()
        assert await client.closed()
        async with connected(sim) as late:
            assert await late.closed()
        sim.power_on()
        async with connected(sim) as again:
            assert (await again.read(reg.S_EPOCH, 1))[0] == 2


async def test_only_the_configured_unit_ids_are_answered(sim: LineSimulator) -> None:
    server_of(sim).unit_ids = frozenset({1})
    async with connected(sim) as client:
        client.writer.write(READ_MAGIC[:6] + b"\x02" + READ_MAGIC[7:])
        assert await client.silent()
        assert (await client.read(0, 1))[0] == reg.MAGIC


# --- wire faults -----------------------------------------------------------------------------------------------
async def test_a_dropped_reply_is_never_sent_and_the_next_one_is(sim: LineSimulator) -> None:
    server_of(sim).faults.drop_replies = 1
    async with connected(sim) as client:
        client.writer.write(READ_MAGIC)
        assert await client.silent()
        client.writer.write(READ_MAGIC)
        assert await client.exactly(len(MAGIC_ANSWER)) == MAGIC_ANSWER


async def test_delayed_replies_come_late_and_in_order(sim: LineSimulator) -> None:
    server_of(sim).faults.delay_ms = 80
    async with connected(sim) as client:
        client.writer.write(READ_MAGIC + b"\x00\x02" + READ_MAGIC[2:])
        assert await client.silent(0.04)
        assert await client.exactly(2 * len(MAGIC_ANSWER)) == MAGIC_ANSWER + b"\x00\x02" + MAGIC_ANSWER[2:]


async def test_a_reply_can_come_a_second_time_late(sim: LineSimulator) -> None:
    server_of(sim).faults.repeat_replies = 1
    server_of(sim).faults.repeat_after_ms = 60
    async with connected(sim) as client:
        client.writer.write(READ_MAGIC)
        assert await client.exactly(len(MAGIC_ANSWER)) == MAGIC_ANSWER
        assert await client.exactly(len(MAGIC_ANSWER)) == MAGIC_ANSWER


async def test_transaction_id_length_address_and_exceptions_can_be_wrong(sim: LineSimulator) -> None:
    faults = server_of(sim).faults
    async with connected(sim) as client:
        faults.wrong_transaction_ids = 1
        client.writer.write(READ_MAGIC)
        assert (await client.exactly(len(MAGIC_ANSWER)))[:2] == b"\x00\x02"
        faults.short_replies = 1
        client.writer.write(READ_MAGIC)
        assert await client.exactly(11) == bytes.fromhex("0001 0000 0005 01 03 02 c11e")
        sim.face.address_shift = 1
        assert await client.read(0, 1) == [1]
        sim.face.address_shift = 0
        sim.face.exception_code = 6
        assert await client.ask(bytes.fromhex("03 0000 0001")) == bytes.fromhex("8306")


async def test_half_open_neither_answers_nor_closes(sim: LineSimulator) -> None:
    async with connected(sim) as client:
        await client.read(0, 1)
        server_of(sim).faults.half_open = True
        client.writer.write(READ_MAGIC)
        assert await client.silent()
        assert not client.reader.at_eof()


async def test_the_picture_can_freeze_tear_and_swap_while_the_plc_answers(sim: LineSimulator) -> None:
    faults = sim.program.faults
    async with connected(sim) as client:
        faults.freeze_heartbeat = True
        before = await client.read(0, reg.S_SIZE)
        sim.step(3000)
        after = await client.read(0, reg.S_SIZE)
        assert before[reg.S_PLC_HEARTBEAT] == after[reg.S_PLC_HEARTBEAT]
        faults.torn_reads = 1
        torn = await client.read(0, reg.S_SIZE)
        assert torn[reg.S_PLC_HEARTBEAT] != torn[reg.S_PLC_HEARTBEAT_TAIL]
        faults.word_swap = True
        assert await client.read(reg.S_WORD_PROBE, 2) == [0x5678, 0x1234]
        faults.wrong_magic = True
        assert (await client.read(0, 1))[0] != reg.MAGIC
