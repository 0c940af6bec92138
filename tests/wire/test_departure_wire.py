"""Loading scanner, gate, barrier and port on their wires: unplugged and stalled on the way of one container; back by itself."""

import asyncio
from pathlib import Path

import pytest

from simulators.gate.front_end import Reading
from simulators.plant.yard import CLOSED
from tests.line.line_story import CARRIER, s10
from tests.wire.line_bench import DaemonProcess, LineBench, line_bench
from tests.wire.told import Told

pytestmark = [pytest.mark.wire, pytest.mark.fast_clock]

A = s10(10000001)
BOX, PLATE, SEAL = "TGHU1234567", "渝B12345", "SEAL0001"
GOOD = Reading(PLATE, BOX, SEAL, 12_000)


async def refused(daemon: DaemonProcess, act: str, role: str = "operator", **more: object) -> str:
    """The code of the refusal, or nothing."""
    answer = await daemon.act(act, role, **more)
    assert answer["ok"] or (answer["cause"] and answer["next_step"])
    return "" if answer["ok"] else str(answer["code"])


async def loading_scanner(bench: LineBench, daemon: DaemonProcess) -> None:
    """Unplugged, mute, back: what was not scanned is not in the container, however many a person counts."""
    assert not await refused(daemon, "open-container", container_no=BOX, door="loading")
    bench.ports["loading"].unplug()
    await bench.until(lambda: daemon.down_is("loading"), 10)
    bench.loading.show((A,))
    await asyncio.sleep(1)
    assert await refused(daemon, "close-container", container_no=BOX, count=1) == "count_differs"
    await bench.ports["loading"].plug()
    await bench.until(daemon.down_is, 10)
    bench.loading.silent = True
    bench.loading.show((A,))
    await asyncio.sleep(1)
    assert await refused(daemon, "close-container", container_no=BOX, count=1) == "count_differs"
    bench.loading.silent = False
    bench.loading.show((A,))
    await bench.until(lambda: closes(daemon), 10)


async def closes(daemon: DaemonProcess) -> bool:
    return not await refused(daemon, "close-container", container_no=BOX, count=1)


async def test_a_container_waits_for_every_device_of_its_way_and_leaves_once(tmp_path: Path) -> None:
    async with line_bench(tmp_path) as bench:
        daemon = bench.daemon()
        told = Told(daemon)
        barrier, gate, harbour = bench.sim.yard.barriers[1], bench.gate, bench.harbour
        await daemon.start()
        await bench.running(daemon)
        await bench.papers(daemon, A)
        await bench.until(daemon.down_is, 10)
        await bench.flows(1, A)
        await loading_scanner(bench, daemon)
        assert not await refused(daemon, "weigh-container", container_no=BOX, gross_g=2_302_000, tare_g=2_300_000)
        assert not await refused(daemon, "seal-container", container_no=BOX, seal_no=SEAL)
        assert not await refused(daemon, "gate-pass", "officer", pass_id="P1", container_no=BOX, plate=PLATE)

        await gate.close()  # the gate without power, a truck before it
        await bench.until(lambda: daemon.down_is("gate"), 10)
        await gate.start(port=gate.port)
        await bench.until(daemon.down_is, 20)
        gate.faults.mute = True  # a link, and not a word
        gate.present(GOOD)
        assert await gate.answer(6) == ""
        assert barrier.position == CLOSED
        assert told.events("GateArrived") == 0

        assert bench.sim.server is not None
        bench.sim.server.faults.half_open = True  # the PLC that moves the barrier is away
        await bench.until(lambda: not_ready(daemon), 20)
        gate.faults.mute = False
        await bench.until(lambda: told.events("GateArrived"), 20)
        assert await gate.answer(10) == "M"
        assert barrier.position == CLOSED
        barrier.stuck = True
        bench.sim.server.faults.half_open = False
        await bench.until(lambda: told.alarms("barrier_unconfirmed"), 40)  # it was ordered and did not move
        assert not harbour.released

        port = int(harbour.url.split(":")[2].partition("/")[0])
        await harbour.close()
        barrier.stuck = False
        gate.manual_check(1, "guan-1", "the barrier is mended")
        await bench.until(lambda: barrier.position != CLOSED, 20)
        await bench.until(lambda: daemon.down_is("port"), 20)
        harbour.mood.late_s = 60  # it takes what it is told, and hangs
        await harbour.start(port=port)
        await bench.until(lambda: harbour.released, 40)
        assert not await daemon.down_is()
        harbour.mood.late_s = 0
        await bench.until(daemon.down_is, 60)
        gate.drive_off()
        assert [one["cartons"] for one in harbour.released] == [[f"{CARRIER}/{A}"]]
        await bench.until(lambda: told.down("gate") and "not_reached" in told.down("port"), 10)


async def not_ready(daemon: DaemonProcess) -> bool:
    return "plc_not_ready" in (await daemon.ask(ask="status")).get("blockers", ())
