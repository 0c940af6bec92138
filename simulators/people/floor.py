"""The floor: what everybody on it can see, and what people have told each other.

The one rule: nothing of a program is looked into; only cartons, lamps, the panel, and what the daemon says when asked.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable

import msgspec

from simulators.line_world import LineWorld
from simulators.people.desk import Answer, Desk
from simulators.plant import Carton, Placed, Plant
from simulators.traffic.parcels import Consignment, Day, Parcel, Trouble

LOOK_EVERY_S = 0.05
# A read counts only after its window has closed and settled; who died before that never knew the carton.
SETTLED_AFTER_S = 2.5
# Devices without which nobody can say that a carton on the belt was known.
BELT_READERS = frozenset({"induct", "verify", "scale"})


class Panel(msgspec.Struct, frozen=True):
    """The lamps of the operator panel."""

    running: bool
    infeed: bool
    jam: bool
    purge: bool
    fail_safe: bool


class Floor:
    """Shared by all people of one day.

    `hands`: cartons that wait for a free place on the infeed to be run again. `unsaid`: cartons in hand whose re-run the screen
    turned away, because the line has them on its belt still, and the lane they were taken from. `spoiled`: cartons that
    were on the belt during a trouble that everybody saw; whatever lane they take, they go over the line again.
    """

    def __init__(self, world: LineWorld, desk: Desk, day: Day, rng: random.Random) -> None:
        self.world, self.desk, self.day, self.rng = world, desk, day, rng
        self.parcels = {parcel.carton_no: parcel for parcel in day.parcels}
        self.hands: deque[Carton] = deque()
        self.unsaid: deque[tuple[Carton, str]] = deque()
        self.placed: set[int] = set()
        self.spoiled: set[int] = set()
        self.read_at: dict[int, float] = {}
        # Cartons whose story is still to be seen in a lane: a voided belt would spoil it.
        self.on_story = {p.carton_no for p in day.parcels if p.trouble is not Trouble.NONE}
        self.released: set[int] = set()
        self.settled: set[int] = set()
        self.lifted: set[int] = set()
        self.recalled: set[int] = set()
        # An officer saw something in their picture that is not there.
        self.suspected: set[int] = set()
        # Were scanned into a custody place at some time.
        self.shelved: set[int] = set()
        # What no other fault may befall just now.
        self.left_alone: set[int] = set()
        # At the open-box bench just now, released by it, detained there.
        self.opened: set[int] = set()
        self.rechecked: set[int] = set()
        self.detained: set[int] = set()
        # Lists that their sender has changed, as they are declared now.
        self.redeclared: dict[str, Consignment] = {}
        # Loads whose doors were opened although something stands against their seals.
        self.sealed_off: set[str] = set()
        self.daemon_well = False
        self.reader_well = True
        self.line_in_hand = 0
        # "bench", "line people": places where nobody is just now.
        self.away: set[str] = set()
        self.status: Answer = {}
        world.on_good_read = self._good_read

    # --- looking -----------------------------------------------------------------------------------------------
    @property
    def plant(self) -> Plant:
        """As it stands now, for hands; not to be kept."""
        return self.world.sim.plant

    @property
    def seen(self) -> Plant:
        """As it stands now, for eyes; not to be kept."""
        return self.world.sim.look()[0]

    def panel(self) -> Panel:
        _, program = self.world.sim.look()
        m, dark = program.memory, not program.powered
        return Panel(
            m.main_on and not dark, m.infeed_on and not dark, m.jam and not dark, m.purge and not dark, m.fail_safe or dark
        )

    def on_belt(self) -> tuple[Placed, ...]:
        """Cartons on the main belt, the front-most first."""
        return tuple(p for p in self.seen.on_line() if p.lane == 0 and p.front_mm > 0)

    def front_mm(self, carton_no: int) -> float:
        """Where a carton's front is on the belts; far away if it is not there."""
        placed = self.seen.find(carton_no)
        return placed.front_mm if placed is not None and placed.lane == 0 else -1e9

    def in_lane(self, lane: int, carton_no: int) -> bool:
        return any(carton.carton_no == carton_no for carton in self.seen.lanes[lane])

    def parcel(self, carton_no: int) -> Parcel:
        return self.parcels[carton_no]

    def consignment(self, list_key: str) -> Consignment:
        """A list as its sender has declared it last."""
        return self.redeclared.get(list_key) or self.day.consignment(list_key)

    async def until(self, true: Callable[[], bool], within_s: float, every_s: float = LOOK_EVERY_S) -> bool:
        """Wait for something to be seen; False when it was not seen in time."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + within_s
        while not true():
            if loop.time() >= until_s:
                return False
            await asyncio.sleep(every_s)
        return True

    # --- what people know of a carton ----------------------------------------------------------------------------
    def spoil_belt(self) -> None:
        """Something happened that everybody saw: whatever is on the belt is run again if it is not released."""
        now_s = asyncio.get_running_loop().time()
        for placed in self.seen.on_line():
            number = placed.carton.carton_no
            if placed.front_mm > 0:
                self.spoiled.add(number)
            if now_s - self.read_at.get(number, -1e9) < SETTLED_AFTER_S:
                del self.read_at[number]

    def known(self, parcel: Parcel) -> bool:
        """Whether the load may leave as far as this carton goes: it was read, or it has found its place."""
        number = parcel.carton_no
        if number in self.released or number in self.settled:
            return True
        read_s = self.read_at.get(number)
        return read_s is not None and asyncio.get_running_loop().time() - read_s >= SETTLED_AFTER_S

    def at_rest(self) -> bool:
        """Every carton has found its place: nothing on the belts, in hands, or waiting in a lane."""
        waiting = any(c.carton_no not in self.settled for lane in (1, 2) for c in self.seen.lanes[lane])
        return not (self.seen.on_line() or self.hands or self.unsaid or waiting or self.opened)

    def _good_read(self, carton_no: int) -> None:
        if self.daemon_well and self.reader_well:
            self.read_at.setdefault(carton_no, asyncio.get_running_loop().time())


class Watchman:
    """Looks at the screen once a second: is the daemon there, is it ready, are its devices up?"""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    async def run(self) -> None:
        floor = self._floor
        while True:
            answer = await floor.desk.ask("status")
            floor.status = answer or {}
            floor.daemon_well = bool(floor.status.get("ready"))
            if not floor.daemon_well:
                floor.spoil_belt()
            down = floor.status.get("devices_down")
            floor.reader_well = (
                floor.daemon_well and down is not None and not BELT_READERS.intersection(down) and floor.world.induct.port.plugged
            )
            await asyncio.sleep(1.0)
