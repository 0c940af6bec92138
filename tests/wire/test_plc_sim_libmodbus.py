"""A C client built on libmodbus reads and drives the PLC simulator: session, heartbeat, commands, one release."""

import asyncio
import contextlib
import random
from pathlib import Path

import pytest

from simulators.plant import LANE_RELEASE, Carton
from simulators.plc import LineSimulator
from tests.wire.libmodbus_build import build, needs_libmodbus

pytestmark = pytest.mark.wire

SOURCE = Path(__file__).parent / "libmodbus" / "drive_plc.c"


@needs_libmodbus
async def test_libmodbus_takes_over_decides_and_the_carton_is_released(tmp_path: Path) -> None:
    program = await asyncio.to_thread(build, SOURCE, tmp_path)
    sim = LineSimulator(rng=random.Random(2))
    server = await sim.serve("127.0.0.1", 0)
    running = asyncio.create_task(sim.run())
    sim.plant.place(Carton(1, 400, 5000), -200)
    try:
        async with asyncio.timeout(30):
            client = await asyncio.create_subprocess_exec(
                program, "127.0.0.1", str(server.port), "21", "1", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
            )
            out, err = await client.communicate()
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await sim.close()
    assert client.returncode == 0, err.decode()
    facts = dict(row.split(" ", 1) for row in out.decode().splitlines())
    assert facts == {
        "magic": str(0xC11E),
        "version": "1",
        "line": "1",
        "probe": str(0x12345678),
        "too_long": "illegal_value",
        "nowhere": "illegal_address",
        "session": "21",
        "resume": "1",
        "start": "1",
        "tracked": "1",
        "decision": "1",
        "lane": str(3 << 8 | 252),
        "sequence": "1",
    }
    # The belt goes on in simulated time; what was decided over the wire is what the plant does.
    sim.step(20_000)
    assert [fact["lane"] for fact in sim.log.of("lane_exit")] == [LANE_RELEASE]
    judged = sim.wire_log.of("judged")
    assert [(fact["record"], fact["result"]) for fact in judged] == [("command", 1), ("command", 1), ("decision", 1)]
