"""Seeds draw whose devices stand at the line, and a tower that shows something else than the PLC's lamps is found."""

import random
from pathlib import Path

import pytest

from controller.rehearsal.liveness import check_stack_light
from controller.rehearsal.swarm import drawn
from simulators.line_world import LineWorld, Makes
from simulators.world.memory_port import MemoryPort

SEEDS = range(1, 61)


def test_sixty_seeds_have_every_make_of_reader_and_scale_and_lines_with_and_without_a_tower() -> None:
    makes = [drawn(seed).makes for seed in SEEDS]
    assert {one.verify for one in makes} == {"line", "dataman"}
    assert {one.scale for one in makes} == {"mt-sics", "toledo", "toledo-check"}
    assert {one.stack_light for one in makes} == {True, False}


@pytest.mark.virtual
async def test_a_tower_that_shows_something_else_than_the_lamps_is_a_breach(tmp_path: Path) -> None:
    world = LineWorld(tmp_path, random.Random(1), ports=MemoryPort, makes=Makes(stack_light=True))
    assert world.stack_light is not None
    lamps = world.sim.look()[1].lamps()
    world.stack_light.shows.update({name: int(on) for name, on in lamps.items() if name in world.stack_light.shows})
    assert check_stack_light(world) == []
    world.stack_light.shows["green"] = 1 - world.stack_light.shows["green"]
    assert [one.invariant for one in check_stack_light(world)] == ["L5"]
    await world.close()
