"""The driver of a streaming scale against the wire simulator, which was written apart from it, in virtual time."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from drivers.scale.continuous_scale import ContinuousScale
from drivers.scale.reports import ScaleDown, ScaleReport, ScaleSettings, ScaleUp, StableWeight, WeightUnusable
from drivers.scale.values import Reason
from drivers.serial_port.ports import PortSettings
from drivers.serial_port.stream_transport import StreamTransport
from simulators.scale.toledo import ToledoFaults, ToledoProfile, ToledoScaleSim
from simulators.world.loop import VirtualLoop
from simulators.world.memory_port import MemoryPort


def play(profile: ToledoProfile, acts: Callable[[ToledoScaleSim], Awaitable[None]]) -> list[ScaleReport]:
    reports: list[ScaleReport] = []

    async def run() -> None:
        line = MemoryPort("weigh")
        await line.plug()
        scale = ToledoScaleSim(line, profile, random.Random(1))
        scale.start()
        settings = ScaleSettings(device="weigh", port=PortSettings(line.url))
        driver = ContinuousScale(settings, StreamTransport(lambda _: line.open()), reports.append, checked=profile.checked)
        task = asyncio.create_task(driver.run())
        await asyncio.sleep(1)
        try:
            await acts(scale)
        finally:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await scale.close()

    with asyncio.Runner(loop_factory=lambda: VirtualLoop(random.Random(1))) as runner:
        runner.run(run())
    return reports


async def over_the_scale(scale: ToledoScaleSim, *weights_g: float) -> None:
    for weight_g in weights_g:
        scale.set_load(weight_g / 2, False)
        await asyncio.sleep(0.4)
        scale.set_load(weight_g, True)
        await asyncio.sleep(0.8)
        scale.set_load(0, False)
        await asyncio.sleep(0.4)
        scale.set_load(0, True)
        await asyncio.sleep(0.4)


def weights(reports: list[ScaleReport]) -> list[int]:
    return [report.weight_g for report in reports if isinstance(report, StableWeight)]


def troubles(reports: list[ScaleReport]) -> list[Reason]:
    return [report.reason for report in reports if isinstance(report, WeightUnusable)]


def life(reports: list[ScaleReport]) -> list[str]:
    return [r.code if isinstance(r, ScaleDown) else "up" for r in reports if isinstance(r, ScaleUp | ScaleDown)]


@pytest.mark.parametrize("profile", [ToledoProfile(), ToledoProfile(checked=True), ToledoProfile(grams=True, decimals=0)])
def test_cartons_over_the_scale_give_their_weights(profile: ToledoProfile) -> None:
    reports = play(profile, lambda scale: over_the_scale(scale, 1500, 1500, 821))
    assert weights(reports) == [1500, 1500, 821]
    assert (troubles(reports), life(reports)) == ([], ["up"])


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        (ToledoFaults(tared=True), Reason.TARED),
        (ToledoFaults(pounds=True), Reason.UNIT),
        (ToledoFaults(unzeroed=True), Reason.UNZEROED),
    ],
)
def test_a_scale_that_is_set_up_wrongly_gives_no_weight_and_says_why_once(faults: ToledoFaults, reason: Reason) -> None:
    async def acts(scale: ToledoScaleSim) -> None:
        scale.faults = faults
        await over_the_scale(scale, 1500, 1500)

    reports = play(ToledoProfile(), acts)
    assert (weights(reports), troubles(reports)) == ([], [reason])


def test_a_silent_scale_is_down_once_and_comes_back_by_itself() -> None:
    async def acts(scale: ToledoScaleSim) -> None:
        scale.faults = ToledoFaults(silent=True)
        await asyncio.sleep(10)
        scale.faults = ToledoFaults()
        await asyncio.sleep(2)
        await over_the_scale(scale, 1500)

    reports = play(ToledoProfile(), acts)
    assert life(reports) == ["up", "silent", "up"]
    assert weights(reports) == [1500]


def test_a_line_of_noise_is_down_as_garbled() -> None:
    async def acts(scale: ToledoScaleSim) -> None:
        scale.faults = ToledoFaults(garbage_rate=1.0)
        await asyncio.sleep(20)

    assert set(life(play(ToledoProfile(checked=True), acts))) <= {"up", "garbled", "silent"}


def test_damaged_frames_never_become_another_weight() -> None:
    async def acts(scale: ToledoScaleSim) -> None:
        scale.faults = ToledoFaults(bad_check_rate=0.3, cut_rate=0.2)
        await over_the_scale(scale, *[1500] * 10)

    assert set(weights(play(ToledoProfile(checked=True), acts))) <= {1500}


def test_unplugged_it_is_down_and_back_within_two_seconds() -> None:
    async def acts(scale: ToledoScaleSim) -> None:
        scale.port.unplug()
        await asyncio.sleep(3)
        await scale.port.plug()
        await asyncio.sleep(2)

    assert life(play(ToledoProfile(), acts)) == ["up", "unplugged", "up"]
