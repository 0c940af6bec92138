"""The loader at the release lane: shows each carton to the hand scanner, and puts it into the container if the screen says yes.

The one rule: what the screen does not take goes aside, never into the container, unless a mistake is meant; nobody but this
person and the one who ships touches a container. Source: architecture "Stations" 5, domain rule 12.
"""

import asyncio

from simulators.people.desk import Answer
from simulators.people.floor import Floor
from simulators.plant import LANE_RELEASE, Carton
from simulators.plant.yard import Box
from simulators.traffic.numbers import container

LOOK_EVERY_S = 0.4
ANSWER_WITHIN_S = 1.5
ASIDE_AGAIN_S = 20.0
TRIES = 60
ROOMY = 1000
DOOR = "loading"
ACTOR, ROLE = "sun", "operator"
NO_ANSWER = "no answer"
SEAL_LABEL = "XYR"
NEXT_LABEL_S = 0.5


class Loader:
    """`box`: the container at the door. `aside`: cartons that were not taken. `forget` and `double` are mistakes to come."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.on_break = False
        self.box: Box | None = None
        self.boxes: dict[int, Box] = {}
        self.aside: list[Carton] = []
        self.forget = 0
        self.double = 0
        self.at_door = asyncio.Lock()
        self._unanswered: set[int] = set()

    async def run(self) -> None:
        again_s = 0.0
        while True:
            self._look()
            if not self.on_break:
                for carton in tuple(self._floor.seen.lanes[LANE_RELEASE]):
                    await self._take(carton)
            again_s += LOOK_EVERY_S
            if again_s >= ASIDE_AGAIN_S and self.aside:
                again_s = 0.0
                await self._put(self.aside.pop(0))
            await asyncio.sleep(LOOK_EVERY_S)

    def _look(self) -> None:
        for carton in self._floor.seen.lanes[LANE_RELEASE]:
            self._floor.on_story.discard(carton.carton_no)
            self._floor.released.add(carton.carton_no)

    async def _take(self, carton: Carton) -> None:
        self._look()
        if self.on_break or carton not in self._floor.seen.lanes[LANE_RELEASE]:
            return
        self._floor.plant.take_from_lane(LANE_RELEASE, carton)
        await self._put(carton)

    async def _put(self, carton: Carton) -> None:
        """Show it, then load it or set it aside."""
        async with self.at_door:
            if self.forget > 0 and self.box is not None and not self.box.seal_no:
                self.forget -= 1
                self.load(carton)
                return
            try:
                code = await self.show(carton)
            except asyncio.CancelledError:
                self.aside.append(carton)
                raise
            if code == "":
                self.load(carton)
            else:
                self.aside.append(carton)

    def load(self, carton: Carton) -> None:
        assert self.box is not None
        self._floor.world.sim.yard.load(self.box, carton)
        self.boxes[carton.carton_no] = self.box

    def take_out(self, carton: Carton) -> None:
        """Out of its container again, to the side."""
        self._floor.world.sim.yard.unload(self.boxes.pop(carton.carton_no), carton)
        self.aside.append(carton)

    async def show(self, carton: Carton) -> str:
        """What the screen says to this carton: empty = it counts in the container at the door. Hold `at_door` for it.

        One label at a time; where the screen wants the seal label of a recheck it is scanned, and the number again.
        """
        texts = tuple(label.text for label in carton.labels if label.readable)
        seals = tuple(text for text in texts if text.startswith(SEAL_LABEL))
        labels = tuple(text for text in texts if text not in seals)
        code = await self._show(carton, labels)
        if code == "new_seal_unread" and seals:
            await asyncio.sleep(NEXT_LABEL_S)
            self._floor.world.loading.show(seals)
            await asyncio.sleep(NEXT_LABEL_S)
            code = await self._show(carton, labels)
        return code

    async def _show(self, carton: Carton, labels: tuple[str, ...]) -> str:
        for _ in range(TRIES):
            before = await self.door()
            if before is None or not await self._container(before):
                await asyncio.sleep(0.5)
                continue
            asked_before = carton.carton_no in self._unanswered
            self._unanswered.add(carton.carton_no)
            self._floor.world.loading.show(labels)
            answer = await self._answer(before)
            if answer is None:
                continue
            self._unanswered.discard(carton.carton_no)
            if self.double > 0:
                self.double -= 1
                self._floor.world.loading.show(labels)
            code = str(answer["code"])
            if code == "already_loaded" and asked_before and answer["in"] == answer["container"]:
                return ""  # the answer to the first time was lost
            if code == "no_container" or (code and answer["line_held"]):
                await asyncio.sleep(1.0)
                continue
            return code
        return NO_ANSWER

    async def door(self) -> Answer | None:
        """The screen at the door."""
        told = await self._floor.desk.ask("loading")
        if told is None or "doors" not in told:
            return None
        mine: Answer = next((door for door in told["doors"] if door["name"] == DOOR), {"scans": 0, "container": ""})
        here = next((box for box in told["containers"] if box["door"] == DOOR and box["stands"] == "open"), None)
        return mine | {"line_held": told["line_held"], "container": here["container_no"] if here else ""}

    async def _container(self, door: Answer) -> bool:
        """Whether a container stands at the door and the daemon knows it; else one is brought."""
        if self.box is None:
            number = container(self._floor.rng)
            self.box = self._floor.world.sim.yard.bring(number, 2_300_000)
        if door["container"] == self.box.container_no:
            return True
        answer = await self._floor.desk.act(
            "open-container", ACTOR, ROLE, within_s=10.0, container_no=self.box.container_no, door=DOOR
        )
        return bool(answer and answer.get("ok"))

    async def _answer(self, before: Answer) -> Answer | None:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + ANSWER_WITHIN_S
        while loop.time() < until_s:
            await asyncio.sleep(0.15)
            now = await self.door()
            if now is not None and now["scans"] > before["scans"]:
                return now
        return None

    # --- breaks ---
    def close_lane(self) -> None:
        """Nobody takes anything away and the lane counts as full from now on."""
        self.on_break = True
        plant = self._floor.plant
        plant.capacity[LANE_RELEASE] = len(plant.lanes[LANE_RELEASE])

    def open_lane(self) -> None:
        self.on_break = False
        self._floor.plant.capacity[LANE_RELEASE] = ROOMY
