"""The line simulator on a virtual-time loop: same server, same program, no sockets and no waiting."""

import asyncio
import contextlib
import random
import struct

from simulators.plant import LANE_RELEASE, Carton
from simulators.plc import LineSimulator
from simulators.plc import registers as reg
from simulators.plc.words import check_of, lane_word
from simulators.world.loop import VirtualLoop


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pdu: bytes) -> bytes:
    writer.write(struct.pack(">HHHB", 1, 0, len(pdu) + 1, 1) + pdu)
    length = struct.unpack(">HHHB", await reader.readexactly(7))[2]
    return await reader.readexactly(length - 1)


async def write(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, at: int, words: list[int]) -> None:
    pdu = struct.pack(f">BHHB{len(words)}H", 16, reg.BASE_H + at, len(words), len(words) * 2, *words)
    assert (await exchange(reader, writer, pdu))[0] == 16


async def a_minute_over_the_wire(sim: LineSimulator) -> None:
    server = await sim.serve("127.0.0.1", 0)
    running = asyncio.create_task(sim.run())
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        for beat in range(1, 601):
            await write(reader, writer, 0, [beat, 9, 1, 0, 1, 0xFFFF])
            if beat in (5, 10):
                record = [9, 1, reg.CMD_RESUME if beat == 5 else reg.CMD_START, 0, 0, 0, beat]
                record[reg.C_CHECK] = check_of(record, reg.C_CHECK)
                await write(reader, writer, reg.H_COMMAND, record)
            if beat == 100:
                decision = [1, 1, lane_word(reg.LANE_RELEASE), 300, 9, 0, 1]
                decision[reg.D_CHECK] = check_of(decision, reg.D_CHECK)
                await write(reader, writer, reg.H_DECISION, decision)
            await asyncio.sleep(0.1)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        writer.close()
        await writer.wait_closed()
        await sim.close()


def run(seed: int) -> LineSimulator:
    loop = VirtualLoop(random.Random(seed))
    sim = LineSimulator(rng=random.Random(seed))
    sim.plant.place(Carton(1, 400, 5000), -500)
    try:
        loop.run_until_complete(a_minute_over_the_wire(sim))
    finally:
        loop.close()
    return sim


def test_a_minute_of_line_over_the_wire_takes_no_minute_and_repeats_exactly() -> None:
    first, second = run(4), run(4)
    assert 60_000 <= first.line_ms <= 62_000
    assert [fact["lane"] for fact in first.log.of("lane_exit")] == [LANE_RELEASE]
    assert list(first.log) == list(second.log)
    assert list(first.wire_log) == list(second.wire_log)
