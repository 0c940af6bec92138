"""The stage: the world, its people, and what is told to whoever started the simulators.

The one rule: every wait is bounded; what does not come in time is left to the oracle to name, and the day goes on to its end.
"""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from simulators.customs_office.office import Office
from simulators.people.bench import Bench
from simulators.people.crew import Officer, Operator
from simulators.people.floor import Floor, Watchman
from simulators.people.image_officer import ImageOfficer
from simulators.people.inspector import Inspector
from simulators.people.loader import Loader
from simulators.people.shipping import Shipping
from simulators.people.unloader import Unloader
from simulators.plant import LANE_ANOMALY, LANE_INSPECT, LANE_RELEASE
from simulators.scenarios.expectations import Expectations, Scene
from simulators.traffic.parcels import Load, Trouble

READY_WITHIN_S = 120.0
UNLOADED_WITHIN_S = 60.0
KNOWN_WITHIN_S = 90.0
AT_REST_WITHIN_S = 240.0

Say = Callable[[dict[str, object]], None]


class StageError(Exception):
    """The day can not begin or go on."""

    def __init__(self, code: str, cause: str, next_step: str) -> None:
        super().__init__(f"{code}: {cause}; {next_step}")
        self.code, self.cause, self.next_step = code, cause, next_step


def say_json(message: dict[str, object]) -> None:
    print(json.dumps(message, ensure_ascii=False), flush=True)  # noqa: T201


class Stage:
    def __init__(
        self, floor: Floor, inbox: Path, customs_now: Callable[[], datetime], *, say: Say = say_json, most_reruns: int = 6
    ) -> None:
        self.floor = floor
        self.day = floor.day
        self.world = floor.world
        self.office = Office(inbox, customs_now)
        self.office.sit_at(self.world.customs)
        self.bench = Bench(floor, most_reruns)
        self.open_box = self.bench.open_box
        self.unloader = Unloader(floor)
        self.loader = Loader(floor)
        self.open_box.on_by_hand = self.loader.aside.append
        self.operator = Operator(floor, self.bench)
        self.officer = Officer(floor)
        self.inspector = Inspector(floor)
        self.shipping = Shipping(floor, self.loader, self.officer)
        self.image_officer = ImageOfficer(floor)
        self.expectations = Expectations(self.world.home / "expected.json", self.day)
        self._say = say
        self._scene = ""
        self._began_ms = 0
        self._tasks: list[asyncio.Task[None]] = []

    # --- beginning and end -------------------------------------------------------------------------------------
    async def open(self) -> None:
        """Wait for the daemon, then start the line and send everybody to work."""
        self.expectations.write()
        self._work("watchman", Watchman(self.floor).run())
        if not await self.floor.until(lambda: self.floor.daemon_well and self.floor.reader_well, READY_WITHIN_S):
            blockers = self.floor.status.get("blockers", "no answer")
            raise StageError("daemon_not_ready", f"after {READY_WITHIN_S:g} s of line time: {blockers}", "look at its log")
        self._began_ms = self.world.sim.line_ms
        self._work("progress", self._progress())
        if not await self.operator.restart():
            raise StageError("line_not_started", "the belt does not run", "look at the panel: reset, start, alarms")
        for name, work in (
            ("unloader", self.unloader.run()),
            ("bench", self.bench.run()),
            ("open box", self.open_box.run()),
            ("loader", self.loader.run()),
            ("operator", self.operator.run()),
            ("image officer", self.image_officer.run()),
        ):
            self._work(name, work)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await self.floor.desk.close()
        self.expectations.write()

    def inspect(self) -> None:
        """From now on officers close the inspections that customs ordered."""
        self._work("inspector", self.inspector.run())

    def ship_at(self, cartons: int) -> None:
        """From now on every container leaves with so many cartons."""
        self._work("shipping", self.shipping.run(cartons))

    def _work(self, name: str, work: Coroutine[object, object, None]) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))

    def check(self) -> None:
        """Raise what ended the plant or one of the people, if anything has: nobody may fail in silence."""
        self.world.check()
        for task in self._tasks:
            if task.done():
                task.result()

    # --- telling -----------------------------------------------------------------------------------------------
    def announce(self, scene: Scene) -> None:
        self._scene = f"{scene.title_zh} · {scene.title_en}"
        self._tell()

    def expect(self, scene: Scene, cartons: Iterable[int]) -> None:
        self.expectations.add(scene, sorted(cartons))

    def cue(self, name: str) -> None:
        """Ask the parent process for something that the simulators can not do."""
        self._say({"cue": name})

    def done(self) -> None:
        self._tell()
        self._say({"done": True, "at_rest": self.floor.at_rest()})

    def _tell(self) -> None:
        floor = self.floor
        lanes = {lane: {carton.carton_no for carton in stored} for lane, stored in floor.plant.lanes.items()}
        self._say(
            {
                "progress": {
                    "line_s": round((self.world.sim.line_ms - self._began_ms) / 1000, 1),
                    "inducted": len(floor.placed),
                    "of": len(floor.parcels),
                    "released": len(floor.released | lanes[LANE_RELEASE]),
                    "inspected": len(lanes[LANE_INSPECT] | (floor.settled - lanes[LANE_ANOMALY])),
                    "anomaly": len(lanes[LANE_ANOMALY]),
                    "scene": self._scene,
                }
            }
        )

    async def _progress(self) -> None:
        while True:
            self._tell()
            await asyncio.sleep(1.0)

    # --- one load ----------------------------------------------------------------------------------------------
    async def receive(self, load: Load, papers: tuple[Path, ...]) -> None:
        """Its papers are in, then the truck is reported and its unloading begins."""
        if not await self.office.taken(papers):
            raise StageError("papers_not_taken", f"papers of {load.load_id} lie in the inbox", "look at the daemon's log")
        await self.unloader.report(load)
        self.unloader.begin(load)

    async def unloaded(self, load: Load) -> None:
        """The truck is empty, and no carton of it would be a stranger when the next load is reported."""
        within_s = UNLOADED_WITHIN_S + 2.5 * len(load.parcels)
        await self.floor.until(lambda: self.unloader.truck_is_empty, within_s)
        await self.floor.until(lambda: self._all_known(load), KNOWN_WITHIN_S)
        self.check()

    def _all_known(self, load: Load) -> bool:
        return all(self.floor.known(parcel) for parcel in load.parcels)

    async def come_to_rest(self) -> bool:
        """Until every carton has found its place and the last confirmation had time to be written."""
        rested = await self.floor.until(self.floor.at_rest, AT_REST_WITHIN_S, 0.25)
        await asyncio.sleep(2.0)
        self.check()
        return rested

    @contextmanager
    def line_in_hand(self) -> Iterator[None]:
        """Meanwhile a standing belt is meant."""
        self.floor.line_in_hand += 1
        try:
            yield
        finally:
            self.floor.line_in_hand -= 1

    def with_trouble(self, *troubles: Trouble) -> list[int]:
        return [parcel.carton_no for parcel in self.day.parcels if parcel.trouble in troubles]
