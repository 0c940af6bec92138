"""The bench beside the inspect and anomaly lanes: mend and run again, take to custody, or leave where it is.

The one rule: what is no suspicion is run again; what is suspicion, customs' order or an officer's word goes to custody; what
belongs to the anomaly bench stays there. Source: architecture "Stations" (re-run), issue "First".
"""

import asyncio
from enum import Enum

from simulators.people.floor import Floor
from simulators.people.open_box import OpenBox
from simulators.plant import LANE_ANOMALY, LANE_INSPECT, Carton, Label
from simulators.traffic.parcels import Parcel, Trouble

LOOK_EVERY_S = 0.25
THINK_S = (1.5, 3.0)
SAY_AGAIN_S = 1.0
STILL_ON_BELT = "on_belt"
ACTOR, ROLE = "chen", "operator"
LANE_NAMES = {LANE_INSPECT: "inspect", LANE_ANOMALY: "anomaly"}

FOR_ANOMALY = frozenset(
    {
        Trouble.NOT_LISTED,
        Trouble.DUPLICATE_FIRST,
        Trouble.DUPLICATE_SECOND,
        Trouble.TWO_WAYBILLS,
        Trouble.WRONG_CHECK,
        Trouble.NO_NOTICE,
    }
)
FOR_WAITING = frozenset({Trouble.SIBLING_MISSING, Trouble.UNKNOWN_STATUS})
FOR_OPEN_BOX = frozenset(
    {
        Trouble.OVERWEIGHT,
        Trouble.WEIGHT_MISTYPED,
        Trouble.INSPECTION,
        Trouble.INSPECTION_CLEARED,
        Trouble.SEAL_DIFFERS,
        Trouble.SEAL_BROKEN,
        Trouble.HIDDEN,
        Trouble.HIDDEN_UNSEEN,
    }
)
# What a look into the box can answer; the others of FOR_OPEN_BOX wait for customs or for another look at a seal.
FOR_RECHECK = frozenset({Trouble.OVERWEIGHT, Trouble.WEIGHT_MISTYPED, Trouble.INSPECTION_CLEARED})


class Next(Enum):
    RERUN = "rerun"
    CUSTODY = "custody"
    STAY = "stay"
    WAIT = "wait"


class Bench:
    def __init__(self, floor: Floor, most_reruns: int = 6) -> None:
        self._floor = floor
        self.open_box = OpenBox(floor)
        self._most_reruns = most_reruns
        self._due_s: dict[int, float] = {}
        self._say_again_s = 0.0
        self.reruns: dict[int, int] = {}

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._say_again()
            for lane in () if "bench" in self._floor.away else (LANE_INSPECT, LANE_ANOMALY):
                for carton in tuple(self._floor.seen.lanes[lane]):
                    number = carton.carton_no
                    self._floor.on_story.discard(number)
                    if number in self._floor.settled:
                        continue
                    due_s = self._due_s.setdefault(number, loop.time() + self._floor.rng.uniform(*THINK_S))
                    if loop.time() >= due_s:
                        await self._handle(lane, carton)
            await asyncio.sleep(LOOK_EVERY_S)

    async def run_again(self, carton: Carton, lane: str = "inspect") -> None:
        """Report a carton for re-run and queue it for the infeed."""
        floor, parcel = self._floor, self._floor.parcel(carton.carton_no)
        floor.spoiled.discard(parcel.carton_no)
        self.reruns[parcel.carton_no] = self.reruns.get(parcel.carton_no, 0) + 1
        await self._say(carton, lane)

    async def _say(self, carton: Carton, lane: str) -> None:
        """While the line does not know that it is off the belt, because its link is away, it stays in hand. Who sees another with
        its number on the line knows why the screen said no; both are put on the belt, and held there.
        """
        floor = self._floor
        answer = await floor.desk.act("rerun", ACTOR, ROLE, code=floor.parcel(carton.carton_no).code, lane=lane)
        if answer is not None and answer.get("code") == STILL_ON_BELT and not self._has_a_twin(carton):
            floor.unsaid.append((carton, lane))
        else:
            floor.hands.append(self._with_a_label(carton))

    def _has_a_twin(self, carton: Carton) -> bool:
        seen, code = self._floor.seen, self._floor.parcel(carton.carton_no).code
        others = [placed.carton for placed in seen.on_line()] + [one for lane in LANE_NAMES for one in seen.lanes[lane]]
        return any(one.carton_no != carton.carton_no and self._floor.parcel(one.carton_no).code == code for one in others)

    async def _say_again(self) -> None:
        """Each of them once a second, by whoever is at the bench."""
        loop, floor = asyncio.get_running_loop(), self._floor
        if loop.time() < self._say_again_s or "bench" in floor.away:
            return
        self._say_again_s = loop.time() + SAY_AGAIN_S
        for _ in range(len(floor.unsaid)):
            await self._say(*floor.unsaid.popleft())

    def _with_a_label(self, carton: Carton) -> Carton:
        """What nobody can read gets a new label; it says what the torn one said, right or wrong."""
        if any(label.readable for label in carton.labels):
            return carton
        parcel = self._floor.parcel(carton.carton_no)
        if parcel.trouble is Trouble.NO_READ:
            return parcel.mended()
        labels = tuple(Label(label.text) for label in carton.labels)
        return Carton(carton.carton_no, carton.length_mm, carton.weight_g, labels, carton.contents)

    def decide(self, lane: int, parcel: Parcel) -> Next:
        """What the person at the bench does with a carton in this lane."""
        floor, number, trouble = self._floor, parcel.carton_no, parcel.trouble
        if self.reruns.get(number, 0) >= self._most_reruns:
            return Next.STAY
        if number in floor.spoiled:
            return Next.RERUN
        if number in floor.rechecked:
            return Next.RERUN if trouble not in FOR_ANOMALY or lane != LANE_ANOMALY else Next.STAY
        if trouble in (Trouble.OFFICER_HOLD, Trouble.SEAL_LIFTED):
            return Next.RERUN if number in floor.lifted else Next.WAIT
        if number in floor.suspected:
            # The company's screen does not say what customs saw: it is tried once more, and opened when it comes back.
            return Next.CUSTODY if self.reruns.get(number, 0) else Next.RERUN
        if trouble in FOR_OPEN_BOX or number in floor.recalled:
            return Next.CUSTODY
        if trouble in FOR_ANOMALY:
            return Next.STAY if lane == LANE_ANOMALY else Next.RERUN
        if trouble in FOR_WAITING:
            return Next.STAY if lane == LANE_INSPECT else Next.RERUN
        return Next.RERUN

    async def _handle(self, lane: int, carton: Carton) -> None:
        floor, parcel = self._floor, self._floor.parcel(carton.carton_no)
        step = self.decide(lane, parcel)
        if step is Next.WAIT:
            return
        del self._due_s[parcel.carton_no]
        if step is Next.STAY:
            floor.settled.add(parcel.carton_no)
            return
        floor.plant.take_from_lane(lane, carton)
        if step is Next.RERUN:
            await self.run_again(carton, LANE_NAMES[lane])
            return
        floor.settled.add(parcel.carton_no)
        await floor.desk.act(
            "removed", ACTOR, ROLE, code=parcel.code, place="open_box", cause=f"{parcel.trouble}: to open-box recheck"
        )
        if parcel.trouble in FOR_RECHECK or parcel.carton_no in floor.suspected:
            self.open_box.bring(carton)
