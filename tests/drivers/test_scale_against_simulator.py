"""The scale driver against the wire simulator, which was written apart from it: both must mean the same
bytes.
"""

import asyncio
import random

import msgspec
import pytest

from drivers.scale.reports import ScaleDown, ScaleReport, ScaleSettings, ScaleUp, StableWeight, WeightUnusable
from drivers.scale.sics_scale import SicsScale
from drivers.scale.values import Reason
from drivers.serial_port.ports import PortSettings
from drivers.serial_port.stream_transport import StreamTransport
from simulators.scale.sics import ScaleFaults, ScaleProfile, SicsScaleSim
from simulators.world.loop import VirtualLoop
from simulators.world.memory_port import MemoryPort


@pytest.mark.parametrize("profile", [ScaleProfile(), ScaleProfile(unit="kg", decimals=4), ScaleProfile(si_keyword=True)])
def test_cartons_over_the_scale_give_their_weights(profile: ScaleProfile) -> None:
    reports: list[ScaleReport] = []

    async def run() -> None:
        line = MemoryPort("weigh")
        await line.plug()
        scale = SicsScaleSim(line, profile, random.Random(1))
        settings = ScaleSettings(device="weigh", port=PortSettings(line.url))
        task = asyncio.create_task(SicsScale(settings, StreamTransport(lambda _: line.open()), reports.append).run())
        await asyncio.sleep(1)
        for weight_g in (1500.4, 1500.4, 820.6):
            scale.set_load(weight_g / 2, False)
            await asyncio.sleep(0.4)
            scale.set_load(weight_g, True)
            await asyncio.sleep(0.8)
            scale.set_load(0, False)
            await asyncio.sleep(0.4)
            scale.set_load(0, True)
            await asyncio.sleep(0.4)
        scale.set_load(profile.capacity_g * 2, True)
        await asyncio.sleep(1)
        scale.set_load(0, True)
        scale.faults = msgspec.structs.replace(ScaleFaults(), silent=True)
        await asyncio.sleep(10)
        scale.faults = ScaleFaults()
        await asyncio.sleep(2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await scale.close()

    with asyncio.Runner(loop_factory=lambda: VirtualLoop(random.Random(1))) as runner:
        runner.run(run())
    assert [report.weight_g for report in reports if isinstance(report, StableWeight)] == [1500, 1500, 821]
    assert [report.reason for report in reports if isinstance(report, WeightUnusable)] == [Reason.OVERLOAD]
    ups = [type(report) for report in reports if isinstance(report, ScaleUp | ScaleDown)]
    assert ups == [ScaleUp, ScaleDown, ScaleUp]
