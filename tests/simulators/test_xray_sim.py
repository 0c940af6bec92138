"""The simulated X-ray machine by itself: a fault ends where it is healed."""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from simulators.plant import Carton, Plant
from simulators.world.loop import VirtualLoop
from simulators.xray.machine import XrayMachine

STEP_MS, GAP_MS = 10, 5000
# The carton's rear is at the beam after 1 s, and no image comes faster than in 0.25 s.
FIRST_AT_MS = 1250


def imaged(folder: Path, healed_ms: int = -1) -> list[tuple[Any, Any]]:
    """Which cartons stood in each image and when it came, where the first was to be merged with the next; healed at this time."""

    async def main() -> list[tuple[Any, Any]]:
        plant = Plant(rng=random.Random(1))
        plant.main.motor_on = plant.infeed.motor_on = True
        machine = XrayMachine(plant, folder, random.Random(2), lambda: plant.line_ms)
        machine.faults.append("merged")
        beam_mm = plant.geometry.xray_beam_mm
        for number in (1, 2):
            plant.place(Carton(number, 400, 5000), beam_mm - 100)
            for _ in range(GAP_MS // STEP_MS):
                if plant.line_ms == healed_ms:
                    machine.heal()
                plant.step(STEP_MS)
                machine.look()
                await asyncio.sleep(STEP_MS / 1000)
        machine.close()
        return [(fact["cartons"], fact["line_ms"]) for fact in plant.log if fact["fact"] == "imaged"]

    with asyncio.Runner(loop_factory=lambda: VirtualLoop(random.Random(1))) as runner:
        return runner.run(main())


def test_a_merge_waits_for_the_second_carton_as_long_as_the_fault_is_there(tmp_path: Path) -> None:
    assert [cartons for cartons, _ in imaged(tmp_path)] == [[1, 2]]


@pytest.mark.parametrize("healed_ms", [0, 500, 3000], ids=["before it", "while it is in the beam", "when it has left"])
def test_a_merge_that_waits_when_all_is_healed_shows_the_first_carton_alone(healed_ms: int, tmp_path: Path) -> None:
    first, second = imaged(tmp_path, healed_ms)
    assert (first[0], second[0]) == ([1], [2])
    assert max(FIRST_AT_MS, healed_ms) <= first[1] < GAP_MS
