"""What the scale simulator answers: exact MT-SICS lines, waiting for stability, and its faults."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

from simulators.scale.sics import ScaleFaults, ScaleProfile, SicsScaleSim
from simulators.world.loop import VirtualLoop
from simulators.world.memory_port import MemoryPort

T = TypeVar("T")
Ask = Callable[..., Coroutine[Any, Any, bytes]]
Script = Callable[[SicsScaleSim, Ask], Coroutine[Any, Any, T]]


def weighing(script: Script[T], profile: ScaleProfile | None = None, seed: int = 1) -> T:
    async def main() -> T:
        port = MemoryPort("scale")
        sim = SicsScaleSim(port, profile, random.Random(seed))
        await port.plug()
        reader, writer = await port.open()

        async def ask(command: bytes, within_s: float = 1.0) -> bytes:
            """All that comes within this time."""
            writer.write(command)
            await asyncio.sleep(within_s)
            got = b""
            try:
                async with asyncio.timeout(0.001):
                    while True:
                        got += await reader.read(1000)
            except TimeoutError:
                return got

        result = await script(sim, ask)
        writer.close()
        await sim.close()
        return result

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main())


def one_answer(load_g: float, settled: bool, command: bytes, profile: ScaleProfile | None = None) -> bytes:
    async def script(sim: SicsScaleSim, ask: Ask) -> bytes:
        sim.set_load(load_g, settled)
        return await ask(command)

    return weighing(script, profile)


@pytest.mark.parametrize(
    ("load_g", "settled", "command", "answer"),
    [
        (100.0, True, b"S\r\n", b"S S     100.00 g\r\n"),
        (100.0, True, b"SI\r\n", b"S S     100.00 g\r\n"),
        (5432.1, False, b"SI\r\n", b"S D    5432.10 g\r\n"),
        (-3.0, True, b"SI\r\n", b"S S      -3.00 g\r\n"),
        (-0.001, True, b"SI\r\n", b"S S       0.00 g\r\n"),
        (60_000.5, True, b"SI\r\n", b"S +\r\n"),
        (60_000.5, False, b"S\r\n", b"S +\r\n"),
        (-21.0, True, b"S\r\n", b"S -\r\n"),
        (0.5, True, b"Z\r\n", b"Z A\r\n"),
        (0.5, False, b"Z\r\n", b"Z I\r\n"),
        (5000.0, True, b"Z\r\n", b"Z +\r\n"),
        (5000.0, True, b"T\r\n", b"T S    5000.00 g\r\n"),
        (0.0, True, b"si\r\n", b"ES\r\n"),
        (0.0, True, b"XYZ\r\n", b"ES\r\n"),
        (0.0, True, b"\r\n", b"ES\r\n"),
        (0.0, True, b"@\r\n", b'I4 A "0000000001"\r\n'),
        (0.0, True, b"S\n", b""),
    ],
)
def test_exact_answers(load_g: float, settled: bool, command: bytes, answer: bytes) -> None:
    assert one_answer(load_g, settled, command) == answer


def test_kilograms_and_the_instrument_that_repeats_the_command_name() -> None:
    kg = ScaleProfile(unit="kg", decimals=3)
    assert one_answer(1234.0, True, b"SI\r\n", kg) == b"S S      1.234 kg\r\n"
    assert one_answer(7.0, True, b"SI\r\n", ScaleProfile(si_keyword=True)) == b"SI S       7.00 g\r\n"


def test_a_stable_weight_is_waited_for() -> None:
    async def script(sim: SicsScaleSim, ask: Ask) -> tuple[bytes, bytes, bytes]:
        sim.set_load(800.0, settled=False)
        moving = await ask(b"S\r\n", 0.5)
        busy = await ask(b"SI\r\n", 0.5)
        sim.set_load(812.0, settled=True)
        return moving, busy, await ask(b"")

    assert weighing(script) == (b"", b"S I\r\n", b"S S     812.00 g\r\n")


def test_what_never_settles_is_not_possible_after_the_time_out() -> None:
    async def script(sim: SicsScaleSim, ask: Ask) -> tuple[bytes, bytes]:
        sim.set_load(800.0, settled=False)
        return await ask(b"S\r\n", 2.9), await ask(b"", 0.2)

    assert weighing(script) == (b"", b"S I\r\n")


def test_zero_and_tare_are_taken_off_and_reset_brings_the_tare_back() -> None:
    async def script(sim: SicsScaleSim, ask: Ask) -> list[bytes]:
        sim.set_load(10.0, settled=True)
        answers = [await ask(b"Z\r\n")]
        sim.set_load(510.0, settled=True)
        answers += [await ask(b"T\r\n")]
        sim.set_load(710.0, settled=True)
        return [*answers, await ask(b"SI\r\n"), await ask(b"@\r\n"), await ask(b"SI\r\n")]

    assert weighing(script)[2::2] == [b"S S     200.00 g\r\n", b"S S     700.00 g\r\n"]


def test_repeated_weights_go_on_until_the_next_command() -> None:
    async def script(sim: SicsScaleSim, ask: Ask) -> tuple[bytes, bytes]:
        sim.set_load(1.0, settled=True)
        stream = await ask(b"SIR\r\n", 1.1)
        await ask(b"SI\r\n")
        return stream, await ask(b"", 5)

    stream, after = weighing(script)
    assert stream == b"S S       1.00 g\r\n" * 6
    assert after == b""


def faulty(faults: ScaleFaults, asks: int = 1) -> tuple[list[bytes], SicsScaleSim]:
    async def script(sim: SicsScaleSim, ask: Ask) -> tuple[list[bytes], SicsScaleSim]:
        sim.set_load(1000.0, settled=True)
        sim.faults = faults
        answers = [await ask(b"SI\r\n") for _ in range(asks)]
        sim.faults = ScaleFaults()
        assert await ask(b"SI\r\n") == b"S S    1000.00 g\r\n", "all off again"
        return answers, sim

    return weighing(script)


def test_a_silent_scale_answers_nothing() -> None:
    answers, sim = faulty(ScaleFaults(silent=True), 3)
    assert answers == [b"", b"", b""]
    assert sim.counts["silent"] == 3


def test_garbage_is_no_weight_and_is_counted() -> None:
    answers, sim = faulty(ScaleFaults(garbage_rate=1.0), 5)
    assert not any(b"1000.00 g" in answer for answer in answers)
    assert sim.counts["garbage"] == 5


def test_half_an_answer_has_no_end() -> None:
    answers, _ = faulty(ScaleFaults(half_answer_rate=1.0))
    assert answers == [b"S S    10"]


def test_a_wrong_unit_keeps_the_number() -> None:
    answers, _ = faulty(ScaleFaults(wrong_unit="lb"))
    assert answers == [b"S S    1000.00 lb\r\n"]


def test_noise_moves_the_value_and_repeats_with_the_seed() -> None:
    answers, _ = faulty(ScaleFaults(noise_g=5.0), 20)
    values = [float(answer.split()[2]) for answer in answers]
    assert len(set(values)) > 15
    assert all(abs(value - 1000.0) < 30 for value in values)
    assert answers == faulty(ScaleFaults(noise_g=5.0), 20)[0]


def test_a_slow_scale_answers_late_and_in_order() -> None:
    async def script(sim: SicsScaleSim, ask: Ask) -> tuple[bytes, bytes]:
        sim.faults = ScaleFaults(slow_ms=800)
        sim.set_load(1.0, settled=True)
        early = await ask(b"SI\r\n", 0.5)
        sim.faults = ScaleFaults()
        sim.set_load(2.0, settled=True)
        return early, await ask(b"SI\r\n", 1.0)

    assert weighing(script) == (b"", b"S S       1.00 g\r\nS S       2.00 g\r\n")


def test_a_line_without_end_is_refused_and_bounded() -> None:
    async def script(sim: SicsScaleSim, ask: Ask) -> tuple[bytes, bytes]:
        return await ask(b"A" * 65), await ask(b"\r\nSI\r\n")

    flooded, after = weighing(script)
    assert flooded == b"ET\r\n"
    assert after.endswith(b"S S       0.00 g\r\n")
