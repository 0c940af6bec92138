"""When the unloader goes home: what was held back by the line comes onto the belt once more, and nothing else."""

import asyncio
import random
from collections import deque
from types import SimpleNamespace
from typing import Any

import pytest

from simulators.people.floor import Panel
from simulators.people.unloader import Unloader
from simulators.plant import Carton
from simulators.world.loop import VirtualLoop

PROBE, OTHER = Carton(3, 400, 5000), Carton(8, 400, 5000)
RUNS = Panel(running=True, infeed=True, jam=False, purge=False, fail_safe=False)
HELD_BACK = Panel(running=True, infeed=False, jam=False, purge=False, fail_safe=False)
PURGED = Panel(running=True, infeed=False, jam=False, purge=True, fail_safe=False)
STANDS = Panel(running=False, infeed=False, jam=False, purge=False, fail_safe=False)


class FloorOfOne:
    """Hands, an infeed that moves while the panel says so, and what was put back onto it."""

    def __init__(self) -> None:
        self.hands: deque[Carton] = deque()
        self.placed: set[int] = set()
        self.now = RUNS
        self.put: list[int] = []
        self.plant: Any = SimpleNamespace(put_back=lambda carton, at_mm: self.put.append(carton.carton_no))

    def panel(self) -> Panel:
        return self.now

    @property
    def seen(self) -> Any:
        infeed = SimpleNamespace(travel_mm=500 * asyncio.get_running_loop().time())
        return SimpleNamespace(infeed=infeed, free_at=lambda at_mm, length_mm: True)


def put_back(*panels: Panel, hands: tuple[Carton, ...] = (OTHER, PROBE), again: bool = False, closed: bool = True) -> list[int]:
    """What is put back while the panel shows each of these for five seconds; `again`: what was put back comes into hand anew."""

    async def main() -> list[int]:
        floor = FloorOfOne()
        unloader = Unloader(floor)  # type: ignore[arg-type]
        if closed:
            unloader.close(once_more={PROBE.carton_no})
        floor.hands.extend(hands)
        work = asyncio.create_task(unloader.run())
        for floor.now in panels:
            await asyncio.sleep(5)
            if again:
                floor.hands.extend(PROBE for _ in floor.put[:1])
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        return floor.put

    with asyncio.Runner(loop_factory=lambda: VirtualLoop(random.Random(1))) as runner:
        return runner.run(main())


def test_before_it_is_closed_whatever_is_in_hand_is_put_back() -> None:
    assert put_back(RUNS, closed=False) == [8, 3]


def test_what_came_into_hand_while_the_infeed_was_held_back_comes_behind_that() -> None:
    assert put_back(HELD_BACK, RUNS) == [3]
    assert put_back(HELD_BACK) == []


def test_it_comes_once_and_not_again() -> None:
    assert put_back(HELD_BACK, RUNS, RUNS, HELD_BACK, RUNS, again=True) == [3]


@pytest.mark.parametrize("before", [RUNS, PURGED, STANDS], ids=["runs", "purged", "stands"])
def test_what_came_into_hand_for_another_reason_stays_there(before: Panel) -> None:
    assert put_back(before, RUNS) == []


def test_what_is_not_named_stays_in_hand() -> None:
    assert put_back(HELD_BACK, RUNS, hands=(OTHER,)) == []


@pytest.mark.parametrize(
    ("panel", "hands", "owes"), [(HELD_BACK, (PROBE,), True), (HELD_BACK, (OTHER,), False), (RUNS, (PROBE,), False)]
)
def test_a_day_waits_for_what_is_still_to_come(panel: Panel, hands: tuple[Carton, ...], owes: bool) -> None:
    async def main() -> bool:
        floor = FloorOfOne()
        floor.now = panel
        unloader = Unloader(floor)  # type: ignore[arg-type]
        unloader.close(once_more={PROBE.carton_no})
        floor.hands.extend(hands)
        work = asyncio.create_task(unloader.run())
        await asyncio.sleep(1)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        return unloader.owes()

    with asyncio.Runner(loop_factory=lambda: VirtualLoop(random.Random(1))) as runner:
        assert runner.run(main()) is owes
