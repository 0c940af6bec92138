"""Those who ship: close, weigh and seal a container, get its pass, drive it to the gate, and what officers do there.

The one rule: a truck moves only under an open barrier; whatever is wrong, it goes back and people look what it was. A barrier
that was ordered and opens when its truck has been told no or to wait is passed by some drivers and not by others, and what
the officer says of it, sometimes late, is what truly happened. Source: architecture "Stations" 5 and 6; JGS/T 14-2015 (Y, N,
wait for a person).
"""

import asyncio

import msgspec

from simulators.gate.front_end import Reading
from simulators.people.crew import Officer
from simulators.people.floor import Floor
from simulators.people.loader import ACTOR, ROLE, Loader
from simulators.plant import Carton
from simulators.plant.yard import OPEN, Box, Truck
from simulators.traffic.numbers import plate

GATE = 1
CLOSE_TRIES = 6
GATE_TRIES = 4
ANSWER_WITHIN_S = 60.0
BARRIER_WITHIN_S = 20.0
THINK_S = 2.0
# So long a driver who was told no needs to turn: what opens meanwhile he sees.
TURN_S = 4.0
SHUT_WITHIN_S = 10.0
# How late an officer says what became of such a truck.
OFFICER_LATE_S = (0.0, 2.0, 15.0)
TRUCK_TARE_G = 8_000_000


class Mistakes(msgspec.Struct):
    """What goes wrong with the next truck, once each: what the gate reads of it."""

    wrong_seal: bool = False
    wrong_plate: bool = False
    unread: bool = False


class Word(msgspec.Struct, frozen=True):
    """What an officer has seen of the truck of a session and will say: whether it left."""

    session_id: str
    left: bool
    at_s: float


class Shipping:
    """`ship` takes the container from the door and brings it out; `left` are the containers that are gone."""

    def __init__(self, floor: Floor, loader: Loader, officer: Officer) -> None:
        self._floor = floor
        self._loader = loader
        self._officer = officer
        self._seals = 0
        self._passes = 0
        self._gate = asyncio.Lock()
        self.mistakes = Mistakes()
        self.left: list[Box] = []
        self.at_gate: Box | None = None
        self.refused = 0
        self._unsaid: list[Word] = []

    async def run(self, cartons: int) -> None:
        """Ship whenever so many cartons are in the container at the door, for ever."""
        while True:
            await asyncio.sleep(1.0)
            await self._say(asyncio.get_running_loop().time())
            box = self._loader.box
            if box is not None and len(box.cartons) >= cartons:
                await self.ship()

    async def ship(self) -> bool:
        """Close, weigh, seal, pass, gate. False when it could not be brought out."""
        for _ in range(GATE_TRIES):
            box = self._loader.box
            if box is None or not box.cartons or not await self._sealed(box):
                return False
            self._passes += 1
            pass_id = f"P{self._passes:05d}"
            truck = Truck(plate(self._floor.rng), TRUCK_TARE_G, box)
            if await self._officer.let_leave(pass_id, box.container_no, truck.plate, truck.gross_g):
                self._loader.box = None
                async with self._gate:
                    if await self._to_gate(truck):
                        self.left.append(box)
                        return True
            if not await self._back(box):
                return False
        return False

    # --- at the door ---
    async def _sealed(self, box: Box) -> bool:
        """Count until people and scans agree and nothing in it is held; then weigh and seal."""
        async with self._loader.at_door:
            for _ in range(CLOSE_TRIES):
                if not box.cartons:
                    return False
                if await self._act("close-container", container_no=box.container_no, count=str(len(box.cartons))):
                    break
                await self._recount(box)
            else:
                return False
            gross_g, tare_g = str(box.gross_g), str(box.tare_g)
            if not await self._act("weigh-container", container_no=box.container_no, gross_g=gross_g, tare_g=tare_g):
                await self._act("reopen-container", container_no=box.container_no, cause="its weight is not that of its list")
                return False
            self._seals += 1
            seal_no = f"CQ{self._seals:07d}"
            self._floor.world.sim.yard.seal(box, seal_no)
            return await self._act("seal-container", container_no=box.container_no, seal_no=seal_no)

    async def _recount(self, box: Box) -> None:
        """Show every carton again: what does not belong comes out, what was taken for refused goes in."""
        for carton in tuple(box.cartons):
            if await self._loader.show(carton) not in ("", "already_loaded"):
                await self._out(carton, "may not leave")
        for carton in tuple(self._loader.aside):
            if await self._loader.show(carton) in ("", "already_loaded"):
                door = await self._loader.door()
                if door is not None and door.get("in") == box.container_no:
                    self._loader.aside.remove(carton)
                    self._loader.load(carton)

    async def _out(self, carton: Carton, cause: str) -> None:
        self._loader.take_out(carton)
        parcel = self._floor.parcel(carton.carton_no)
        await self._act("removed", code=parcel.code, place="loading_aside", cause=cause)

    async def _back(self, box: Box) -> bool:
        """The truck is in the yard again: the container is opened, looked through, and shipped anew."""
        while self._loader.box is not None and self._loader.box is not box:
            if self._loader.box.cartons:
                return False  # the next container stands at the door: this one waits for better days
            await asyncio.sleep(1.0)
            break
        async with self._loader.at_door:
            if not await self._reopened(box):
                return False
            box.seal_no = ""
            self._loader.box = box
            await self._recount(box)
        return True

    async def _reopened(self, box: Box) -> bool:
        """Open it again. Where the screen says that it may have left, the officer says first that it did not."""
        for _ in range(2):
            if await self._act("reopen-container", container_no=box.container_no, cause="sent back from the gate"):
                return True
            if not self._unsaid:
                return False
            await asyncio.sleep(max(0.0, self._unsaid[-1].at_s - asyncio.get_running_loop().time()))
            await self._say()
        return False

    async def _act(self, name: str, **arguments: str) -> bool:
        answer = await self._floor.desk.act(name, ACTOR, ROLE, within_s=120.0, **arguments)
        return bool(answer and answer.get("ok"))

    # --- at the gate ---
    async def _to_gate(self, truck: Truck) -> bool:
        """Present the truck until it is out, or until a no that is meant. A misread truck is presented again."""
        self.at_gate = truck.box
        try:
            for _ in range(GATE_TRIES):
                misread = self._reading(truck)
                self._floor.world.gate.present(misread[0])
                if await self._verdict(truck):
                    return True
                self.refused += 1
                self._floor.world.gate.drive_off()
                await asyncio.sleep(THINK_S)
                if not misread[1]:
                    return False
            return False
        finally:
            self.at_gate = None
            self._floor.world.gate.drive_off()

    def _reading(self, truck: Truck) -> tuple[Reading, bool]:
        """What the gate's devices see, and whether they are wrong."""
        wrong, self.mistakes = self.mistakes, Mistakes()
        good = Reading(truck.plate, truck.box.container_no, truck.box.seal_no, truck.gross_g // 1000)
        reading = msgspec.structs.replace(
            good,
            plate="渝A00000" if wrong.wrong_plate else "" if wrong.unread else good.plate,
            seal_no="CQ9999999" if wrong.wrong_seal else good.seal_no,
        )
        return reading, wrong.wrong_plate or wrong.wrong_seal

    async def _verdict(self, truck: Truck) -> bool:
        gate, other_than = self._floor.world.gate, ""
        for _ in range(2 * GATE_TRIES):
            result = await gate.answer(ANSWER_WITHIN_S, other_than) or gate.result
            if result == "Y" and await self._drive_out(truck):
                return True
            result = gate.result  # which may have changed while he waited for the barrier
            if result in ("N", ""):
                # A no, or a gate that nobody answers: back to the yard.
                return await self._opens_all_the_same(TURN_S) and self._goes_unasked(truck)
            # M, or a yes under which nothing opened: the officer looks at the truck and lets it go.
            other_than = gate.result
            await asyncio.sleep(THINK_S)
            await self._say()  # what became of the one before it comes first
            if result == "M" != gate.result:
                continue  # the sign has another word by now
            if result == "M" and await self._opens_all_the_same(0.0):
                if self._goes_unasked(truck, asked=True):
                    return True
                await self._floor.until(lambda: not self._is_open(), SHUT_WITHIN_S)
            gate.manual_check(1, "guan-7", "looked at it, it is the truck of the pass")
            await asyncio.sleep(1.0)
        return False

    def _is_open(self) -> bool:
        return self._floor.world.sim.look_yard().barriers[GATE].position == OPEN

    async def _opens_all_the_same(self, within_s: float) -> bool:
        """Whether a barrier opens for a truck that was told yes and then something else."""
        gate = self._floor.world.gate
        return (gate.session_id, "Y") in gate.answers and await self._floor.until(self._is_open, within_s)

    def _goes_unasked(self, truck: Truck, *, asked: bool = False) -> bool:
        """The barrier stands open before a truck that may not go: some drivers do. The officer saw it, and says so in a while.

        `asked`: the officer decides about it anyway, so that it stayed needs no word of its own.
        """
        floor, session = self._floor, self._floor.world.gate.session_id
        leaves, late_s = floor.rng.random() < 0.5, floor.rng.choice(OFFICER_LATE_S)
        if leaves:
            floor.world.sim.yard.leave(GATE, truck)
        if leaves or not asked:
            self._unsaid.append(Word(session, leaves, asyncio.get_running_loop().time() + late_s))
        return leaves

    async def _say(self, until_s: float = float("inf")) -> None:
        """The officer says what is to be said by then."""
        for word in [word for word in self._unsaid if word.at_s <= until_s]:
            self._unsaid.remove(word)
            say = self._officer.saw_it_leave if word.left else self._officer.saw_it_stay
            await say(word.session_id)

    async def _drive_out(self, truck: Truck) -> bool:
        floor, gate = self._floor, self._floor.world.gate
        await floor.until(lambda: self._is_open() or gate.result != "Y", BARRIER_WITHIN_S)
        if gate.result != "Y" or not self._is_open():
            return False
        floor.world.sim.yard.leave(GATE, truck)
        session = floor.world.gate.session_id
        floor.world.gate.drive_off()
        if not await self._known_to_have_left(truck.box.container_no):
            await self._officer.saw_it_leave(session)
        return True

    async def _known_to_have_left(self, container_no: str) -> bool:
        for _ in range(20):
            told = await self._floor.desk.ask("loading")
            boxes = told.get("containers", ()) if told else ()
            if any(box["container_no"] == container_no and box["stands"] == "departed" for box in boxes):
                return True
            await asyncio.sleep(1.0)
        return False
