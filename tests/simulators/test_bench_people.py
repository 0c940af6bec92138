"""The person at the bench whom the screen tells that the line has the carton on its belt still."""

import asyncio
import random
from collections import deque
from types import SimpleNamespace
from typing import Any

from simulators.people.bench import Bench
from simulators.plant import Carton, Label
from simulators.world.loop import VirtualLoop

CARTON, COPY = (Carton(number, 400, 2000, (Label("A"),)) for number in (1, 2))


class FloorWithAScreen:
    """A screen that says so often that the carton is on the belt, and what is seen on the line."""

    def __init__(self, noes: int, *on_line: Carton) -> None:
        self.noes, self.asked = noes, 0
        self.hands: deque[Carton] = deque()
        self.unsaid: deque[tuple[Carton, str]] = deque()
        self.spoiled: set[int] = set()
        self.away: set[str] = set()
        self.desk = self
        self.rng = random.Random(1)
        placed = [SimpleNamespace(carton=one) for one in on_line]
        self.seen = SimpleNamespace(lanes={1: [], 2: []}, on_line=lambda: placed)

    def parcel(self, number: int) -> Any:
        return SimpleNamespace(carton_no=number, code="A")

    async def act(self, name: str, actor: str, role: str, **arguments: str) -> dict[str, Any]:
        self.asked += 1
        return {"ok": False, "code": "on_belt"} if self.asked <= self.noes else {"ok": True}


def run_again(floor: FloorWithAScreen, for_s: float) -> None:
    async def main() -> None:
        bench = Bench(floor)  # type: ignore[arg-type]
        await bench.run_again(CARTON)
        work = asyncio.create_task(bench.run())
        await asyncio.sleep(for_s)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)

    with asyncio.Runner(loop_factory=lambda: VirtualLoop(random.Random(1))) as runner:
        runner.run(main())


def test_it_stays_in_hand_and_is_ordered_again_until_the_line_knows_its_lane() -> None:
    floor = FloorWithAScreen(3)
    run_again(floor, 1.5)
    assert list(floor.unsaid) == [(CARTON, "inspect")]
    assert not floor.hands
    floor = FloorWithAScreen(3)
    run_again(floor, 5)
    assert floor.asked == 4
    assert list(floor.hands) == [CARTON]
    assert not floor.unsaid


def test_while_nobody_is_at_the_bench_nobody_asks() -> None:
    floor = FloorWithAScreen(1)
    floor.away.add("bench")
    run_again(floor, 5)
    assert floor.asked == 1
    assert floor.unsaid


def test_who_sees_another_with_its_number_on_the_line_asks_no_more() -> None:
    floor = FloorWithAScreen(9, COPY)
    run_again(floor, 5)
    assert floor.asked == 1
    assert list(floor.hands) == [CARTON]
