"""The seal check on real wires: scanner unplugged and mute, camera cut, stalled and frozen. What nobody read holds the load."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from tests.line.line_story import s10
from tests.wire.line_bench import INSPECT, DaemonProcess, line_bench
from tests.wire.told import Told

pytestmark = [pytest.mark.wire, pytest.mark.fast_clock]

A, B = s10(10000001), s10(10000002)


async def begun(daemon: DaemonProcess) -> None:
    answer = await daemon.act("seal-check", load_id="L1")
    assert answer["ok"], answer


async def test_a_seal_that_scanner_or_camera_did_not_show_holds_the_load(tmp_path: Path) -> None:
    async with line_bench(tmp_path) as bench:
        daemon = bench.daemon()
        told = Told(daemon)
        await daemon.start()
        await bench.running(daemon)
        await bench.announced(daemon, A, B)
        await bench.until(daemon.down_is, 10)

        bench.ports["seal"].unplug()
        await bench.until(lambda: daemon.down_is("seal"), 10)
        await begun(daemon)
        bench.seal.show(("S1",))
        await bench.until(lambda: bench.sealed(daemon, "seal_unread"), 20)
        await daemon.act("unload", load_id="L1")
        assert await bench.passes(1, A) == INSPECT
        assert "not scanned: S1" in told.against(A)["seal_unread"]
        await bench.ports["seal"].plug()
        await bench.until(daemon.down_is, 10)

        bench.seal.silent = True
        await begun(daemon)
        bench.seal.show(("S1",))
        await bench.until(lambda: bench.sealed(daemon, "seal_unread"), 20)
        bench.seal.silent = False

        for trouble, code in (("cut", "stream_ended"), ("stalled", "stalled"), ("frozen", "frozen")):
            unseen = told.events("SealNotSeen")
            setattr(bench.dock, trouble, True)
            await bench.until(lambda: daemon.down_is("dock"), 10)
            await begun(daemon)
            bench.seal.show(("S1",))
            await bench.until(partial(told.more_than, "SealNotSeen", unseen), 20)
            await bench.until(lambda: bench.sealed(daemon, "seal_unread"), 20)
            await bench.until(partial(told.called_down, "dock", code), 10)
            bench.dock.heal()
            await bench.until(daemon.down_is, 10)
        assert len(told.alarms("seal_unread")) >= 5

        await begun(daemon)
        await asyncio.sleep(0.5)
        bench.seal.show(("S1",))
        await bench.until(lambda: bench.sealed(daemon), 20)
        await bench.flows(2, B)
