"""The gate's driver on real sockets: unplugged, mute, refused and back; nothing is lost that the gate still tells."""

import asyncio
import random
from pathlib import Path

import pytest

from drivers.gate.forms import GatherFeedback, GatherInfo
from drivers.gate.gate_driver import FormRead, FrameUnread, GateDown, GateDriver, GateReport, GateSettings, GateUp
from simulators.gate.front_end import GateFrontEnd, Reading

pytestmark = pytest.mark.wire

READING = Reading("渝B12345", "TGHU1234567", "SEAL0001", 12_000)


async def test_the_driver_comes_back_by_itself_and_answers_the_truck_that_still_stands_there() -> None:
    told: list[GateReport] = []
    front = GateFrontEnd(random.Random(1), lambda fact, **details: None, code_width=1)
    port = await front.start()
    driver = GateDriver(GateSettings("gate", "127.0.0.1", port, "8013000001", "0000000001", 1), told.append)
    running = asyncio.create_task(driver.run())
    try:
        async with asyncio.timeout(20):
            await _until(lambda: any(isinstance(t, GateUp) for t in told))
            front.drop_connections()
            session = front.present(READING)
            await _until(lambda: sum(isinstance(t, GateUp) for t in told) == 2)
            front.faults.garbage = b"noise"
            await _until(lambda: any(isinstance(t, FormRead) for t in told))
            form = next(t.form for t in told if isinstance(t, FormRead))
            assert isinstance(form, GatherInfo)
            assert (form.session_id, form.plate, form.gross_g) == (session, "渝B12345", 12_000_000)
            raw = driver.send(GatherFeedback(session, "8013000001", "0000000001", "20261123080000", "Y"), "E")
            assert await front.answer(5) == "Y"
            assert raw.startswith(bytes.fromhex("E25C4B89"))
            front.faults.garbage = b"noise"
            front.present(READING)
            await _until(lambda: any(isinstance(t, FrameUnread) for t in told))
            await front.close()
            await _until(lambda: any(isinstance(t, GateDown) and t.code == "gate_unreachable" for t in told))
            front = GateFrontEnd(random.Random(1), lambda fact, **details: None, code_width=1)
            await front.start(port=port)
            await _until(lambda: sum(isinstance(t, GateUp) for t in told) == 3)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await front.close()


async def test_a_gate_that_lost_its_power_would_be_noticed() -> None:
    """A half-open connection never ends by itself; the kernel's own table shows that it is being probed."""
    told: list[GateReport] = []
    front = GateFrontEnd(random.Random(1), lambda fact, **details: None)
    port = await front.start()
    driver = GateDriver(GateSettings("gate", "127.0.0.1", port, "8013000001", "0000000001"), told.append)
    running = asyncio.create_task(driver.run())
    try:
        async with asyncio.timeout(20):
            await _until(lambda: any(isinstance(t, GateUp) for t in told))
        rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        ours = [row for row in rows if row[2].endswith(f":{port:04X}") and row[3] == "01"]
        assert [row[5][:2] for row in ours] == ["02"]  # its timer is the keep-alive timer
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await front.close()


async def _until(true: object) -> None:
    assert callable(true)
    while not true():
        await asyncio.sleep(0.02)
