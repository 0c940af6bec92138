"""The unloader: reports a load, then sets its cartons down on the infeed, one every 1,000 mm of its belt.

The one rule: 1,800 places an hour and no more; what comes to be run again takes the next free place before the load goes on.
Source: issue "First", demo (1,800 an hour: 500 mm/s, one carton every 2 s).
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable

from simulators.people.doors import Doors
from simulators.people.floor import Floor
from simulators.plant import Carton
from simulators.traffic.parcels import Load

PITCH_MM = 1000.0
SET_DOWN_MM = -800.0
LOOK_EVERY_S = 0.02
# While there is nothing to set down, or the infeed stands.
GLANCE_EVERY_S = 0.25
FASTEST_MM_S = 700.0
# Later than this after a place came by, the next carton simply begins a new row.
IN_ROW_MM = 100.0
ACTOR, ROLE = "liu", "operator"


class Unloader:
    """`pitch_mm`: so far the infeed moves between two cartons."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.doors = Doors(floor)
        self.on_findings: Callable[[Load, tuple[str, ...]], Awaitable[None]] = self._second_look
        self.pitch_mm = PITCH_MM
        self._truck: deque[int] = deque()
        self._due_mm = 0.0
        self._closed = False
        self._once_more: set[int] = set()
        self._held_back = False

    async def report(self, load: Load) -> bool:
        """Tell the daemon that a load is here, check its seals, and tell it that its unloading begins."""
        desk = self._floor.desk
        self.doors.park(load)
        arrived = await desk.act("load-arrived", ACTOR, ROLE, load_id=load.load_id, plate=load.plate)
        found = await self.doors.check(load)
        if found:
            self._floor.sealed_off.add(load.load_id)
            await self.on_findings(load, found)
        begun = await desk.act("unload", ACTOR, ROLE, load_id=load.load_id)
        return bool(arrived and begun and begun.get("ok"))

    async def _second_look(self, load: Load, found: tuple[str, ...]) -> None:
        await self.doors.look_again(load)

    def begin(self, load: Load) -> None:
        self._truck.extend(parcel.carton_no for parcel in load.parcels)

    def end_of_truck(self) -> tuple[int, ...]:
        """What is still on the truck stays there; which cartons these are."""
        left = tuple(self._truck)
        self._truck.clear()
        return left

    def take_more(self, numbers: Iterable[int]) -> None:
        """Some of what stayed on the truck comes off it after all."""
        self._truck.extend(numbers)

    @property
    def truck_is_empty(self) -> bool:
        return not self._truck

    def close(self, once_more: Iterable[int] = ()) -> None:
        """Nothing is set down any more; only what of these is in hand while the line holds its infeed back comes behind that."""
        self._closed, self._once_more = True, set(once_more)

    def owes(self) -> bool:
        """Whether something is still to be set down although it is closed."""
        return self._held_back and self._next_in_hand() is not None

    def _next_in_hand(self) -> Carton | None:
        return next((c for c in self._floor.hands if not self._closed or c.carton_no in self._once_more), None)

    def _may_set_down(self) -> bool:
        if self._next_in_hand() is None and (self._closed or not self._truck):
            return False
        panel = self._floor.panel()
        if self._closed and panel.running and not (panel.infeed or panel.jam or panel.purge or panel.fail_safe):
            self._held_back = True
        return panel.infeed and (self._held_back or not self._closed)

    async def run(self) -> None:
        """Set cartons down for ever, whenever the infeed runs and a place comes by."""
        while True:
            works = self._may_set_down()
            if works:
                self._set_down()
            await asyncio.sleep(self._patience_s() if works else GLANCE_EVERY_S)

    def _patience_s(self) -> float:
        """Until the next place can have come by, however fast the infeed runs."""
        away_mm = self._due_mm - self._floor.seen.infeed.travel_mm
        return max(LOOK_EVERY_S, away_mm / FASTEST_MM_S)

    def _set_down(self) -> None:
        floor = self._floor
        travel_mm = floor.seen.infeed.travel_mm
        late_mm = travel_mm - self._due_mm
        again = self._next_in_hand()
        if late_mm < 0 or not (again or self._truck):
            return
        if late_mm > IN_ROW_MM:
            late_mm = 0.0
        carton = again or floor.parcel(self._truck[0]).carton()
        at_mm = SET_DOWN_MM + late_mm
        # One more hand's breadth than the carton needs, so that the PLC can tell two cartons apart.
        if not floor.seen.free_at(at_mm + 150, carton.length_mm + 300):
            return
        if again:
            floor.hands.remove(carton)
            self._once_more.discard(carton.carton_no)
            floor.plant.put_back(carton, at_mm)
        else:
            self._truck.popleft()
            floor.plant.place(carton, at_mm)
        floor.placed.add(carton.carton_no)
        self._due_mm = travel_mm - late_mm + self.pitch_mm
