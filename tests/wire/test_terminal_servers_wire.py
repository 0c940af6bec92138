"""A DataMan reader and a streaming Toledo scale behind terminal servers, under a daemon: gone, mute, back."""

import random
from functools import partial
from pathlib import Path

import pytest

from simulators.scale.toledo import ToledoFaults, ToledoProfile, ToledoScaleSim
from simulators.scanner.dataman import DataManSim
from simulators.world.tcp_port import TcpPort
from tests.line.line_story import s10
from tests.wire.line_bench import INDUCT_ZONE, INSPECT, LineBench, line_bench
from tests.wire.told import Told

pytestmark = [pytest.mark.wire, pytest.mark.fast_clock]

NUMBERS = tuple(s10(10000010 + n) for n in range(6))


class GateTriggered(DataManSim):
    """Its trigger is the photo-eye of the gate, wired to its input."""

    def show(self, codes: object) -> None:
        self.triggered = True
        super().show(codes)  # type: ignore[arg-type]


async def behind_terminal_servers(bench: LineBench) -> tuple[DataManSim, TcpPort, ToledoScaleSim, TcpPort]:
    """Put the other makes in the places of the line's reader and scale."""
    reader_box, scale_box = TcpPort(), TcpPort()
    reader = GateTriggered(reader_box, rng=random.Random(2))
    scale = ToledoScaleSim(scale_box, ToledoProfile(checked=True), rng=random.Random(4))
    await reader_box.plug()
    await scale_box.plug()
    scale.start()
    bench.readers[INDUCT_ZONE] = reader
    bench.sim.on_weigh = scale.set_load
    return reader, reader_box, scale, scale_box


async def test_what_neither_reader_nor_scale_behind_a_terminal_server_told_is_inspected(tmp_path: Path) -> None:
    async with line_bench(tmp_path) as bench:
        reader, reader_box, scale, scale_box = await behind_terminal_servers(bench)
        try:
            daemon = bench.daemon()
            daemon.settings |= {
                "scanners.induct.port": reader_box.url, "scanners.induct.profile": "dataman",
                "scales.scale.port": scale_box.url, "scales.scale.profile": "toledo-check",
            }  # fmt: skip
            told = Told(daemon)
            await daemon.start()
            await bench.running(daemon)
            await bench.papers(daemon, *NUMBERS)
            await bench.until(daemon.down_is, 10)
            await bench.flows(0, NUMBERS[0])

            reader_box.unplug()
            await bench.until(lambda: daemon.down_is("induct"), 10)
            assert await bench.passes(1, NUMBERS[1]) == INSPECT
            assert "no_read" in told.against(NUMBERS[1])
            await reader_box.plug()
            await bench.until(daemon.down_is, 10)

            reader.silent = True  # it has power and a link, and says nothing
            assert await bench.passes(2, NUMBERS[2]) == INSPECT
            assert "no_read" in told.against(NUMBERS[2])
            reader.silent = False

            scale_box.unplug()
            await bench.until(lambda: daemon.down_is("scale"), 10)
            assert await bench.passes(3, NUMBERS[3]) == INSPECT
            assert "not_weighed" in told.against(NUMBERS[3])
            await scale_box.plug()
            await bench.until(daemon.down_is, 10)

            scale.faults = ToledoFaults(silent=True)
            await bench.until(lambda: daemon.down_is("scale"), 10)
            assert await bench.passes(4, NUMBERS[4]) == INSPECT
            await bench.until(partial(told.called_down, "scale", "silent"), 10)
            scale.faults = ToledoFaults()
            await bench.until(daemon.down_is, 10)
            await bench.flows(5, NUMBERS[5])
        finally:
            await reader.close()
            await scale.close()
