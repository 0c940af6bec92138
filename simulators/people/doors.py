"""The people at the doors of a truck: the one who checks its seals, and the one who looks again.

The one rule: they scan what hangs there and believe their eyes; whoever looks again is another person, and accepts only a seal
that is whole and the one the papers mean. Source: architecture, station 1.
"""

import asyncio

import msgspec

from simulators.people.desk import Answer
from simulators.people.floor import Floor
from simulators.plant.dock import Condition
from simulators.traffic.parcels import Load, SealTrouble
from simulators.traffic.seals import troubled

FIRST, FIRST_ROLE = "liu", "operator"
SECOND, SECOND_ROLE = "qian", "officer"
OTHER = "wang"
TO_THE_DOOR_S = 0.5
NEXT_SEAL_S = 0.6
ANSWER_WITHIN_S = 14.0
SCAN_AGAIN_S = 3.0
LOOK_EVERY_S = 0.25
CHECKS_MOST = 2
PENDING = "seal_not_checked"
# A careless hand tries to wave its own finding through: so often, of all findings.
OWN_LOOK_SHARE = 0.3


class Again(msgspec.Struct, frozen=True):
    """Somebody presses the check once more so long after the first press, and so long after that is at the bolt."""

    actor: str
    after_s: float
    together_s: float


class Doors:
    """`check` is the first look, `look_again` the second. `on_the_road`: what befalls the seal of the next truck; `again`: who
    presses its check twice.
    """

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.on_the_road = SealTrouble.NONE
        self.again: Again | None = None

    def park(self, load: Load) -> None:
        """The truck comes with the seals it left with, unless somebody was at them on the road."""
        first, *others = load.hanging
        trouble, self.on_the_road = self.on_the_road, SealTrouble.NONE
        self._floor.world.dock.park(load.load_id, (troubled(first, trouble), *others))

    async def check(self, load: Load) -> tuple[str, ...]:
        """Scan what hangs there until the daemon has an answer; what it has against the seals, empty = they are right."""
        floor = self._floor
        for _ in range(CHECKS_MOST):
            begun = await floor.desk.act("seal-check", FIRST, FIRST_ROLE, load_id=load.load_id)
            if not (begun and begun.get("ok")):
                break
            await self._press_again(load)
            await asyncio.sleep(TO_THE_DOOR_S)
            found = await self._scan(load)
            if not found or found - {"seal_unread", PENDING}:
                break
        return tuple(sorted(await self._against(load)))

    async def _press_again(self, load: Load) -> None:
        again, self.again = self.again, None
        if again is None:
            return
        await asyncio.sleep(again.after_s)
        await self._floor.desk.act("seal-check", again.actor, FIRST_ROLE, load_id=load.load_id)
        await asyncio.sleep(again.together_s)
        self._floor.world.dock.put_together()

    async def _scan(self, load: Load) -> set[str]:
        """Every seal once, and again while the daemon still waits for one."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + ANSWER_WITHIN_S
        again_s = loop.time()
        while True:
            if loop.time() >= again_s:
                for seal in self._floor.world.dock.seals:
                    if not seal.dirty and seal.condition is not Condition.ABSENT:
                        self._floor.world.seal_scanner.show((seal.number,))
                    await asyncio.sleep(NEXT_SEAL_S)
                again_s = loop.time() + SCAN_AGAIN_S
            found = await self._against(load)
            if PENDING not in found or loop.time() >= until_s:
                return found
            await asyncio.sleep(LOOK_EVERY_S)

    async def _against(self, load: Load) -> set[str]:
        answer = await self._floor.desk.ask("seals")
        seals = answer.get("seals", {}) if answer else {}
        return {str(code) for code in seals.get(load.load_id, (PENDING,))}

    async def note_open(self) -> None:
        """Loads against whose seals the screen has something now, after a day on which nobody could look at it."""
        answer = await self._floor.desk.ask("seals")
        for load_id, found in (answer.get("seals", {}) if answer else {}).items():
            if found:
                self._floor.sealed_off.add(str(load_id))

    async def look_again(self, load: Load) -> bool:
        """The second look, once the first is over; True if it lifted what was found."""
        floor = self._floor
        if floor.rng.random() < OWN_LOOK_SHARE:
            own = await self._say(load, FIRST, "shift_lead", accept=True, cause="surely a misread")
            if own and own.get("ok"):
                return self._opened(load)  # and nobody else is asked
        hanging = floor.world.dock.seals if floor.world.dock.load_id == load.load_id else load.hanging
        whole = all(seal.condition is Condition.INTACT for seal in hanging)
        meant = hanging == load.hanging and load.seal_trouble in (SealTrouble.NONE, SealTrouble.DIRTY, SealTrouble.MISTYPED)
        cause = "the sender's paper names this seal" if whole and meant else "it is not the sender's seal as it left"
        answer = await self._say(load, SECOND, SECOND_ROLE, accept=whole and meant, cause=cause)
        return whole and meant and bool(answer and answer.get("ok")) and self._opened(load)

    def _opened(self, load: Load) -> bool:
        self._floor.sealed_off.discard(load.load_id)
        return True

    async def _say(self, load: Load, actor: str, role: str, *, accept: bool, cause: str) -> Answer | None:
        result = "accept" if accept else "confirm"
        return await self._floor.desk.act("second-look", actor, role, load_id=load.load_id, result=result, cause=cause)
