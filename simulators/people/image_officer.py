"""The officer at the X-ray screen: looks at what the line wants looked at, and says clear or open.

The one rule: the officer judges what is truly in the picture and knows nothing else; how quick, absent or mistaken the officer
is, a scene or a fault says. Source: architecture, station 3 "officer's verdict".
"""

import asyncio
from typing import Any

from simulators.people.floor import Floor
from simulators.traffic.parcels import HIDING

LOOK_EVERY_S = 0.3
THINK_S = (0.5, 1.8)
SAID_AGAIN_SHARE = 0.5
THINKS_AGAIN_S = (0.05, 3.5)
PLACE = "image officer"
ACTOR, ROLE = "liu", "officer"


class ImageOfficer:
    """`slow_s` comes on top of thinking; so many verdicts are `wrong`: for another track; so many say open of whatever is there:
    `suspects`; `sleeps_over` are not looked at; such a share of clear words is taken back: `takes_back`.
    """

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._seen: set[str] = set()
        self.slow_s = 0.0
        self.wrong = 0
        self.suspects = 0
        self.takes_back = 0.0
        self.sleeps_over: set[int] = set()
        self.said: list[tuple[str, str]] = []

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if PLACE not in self._floor.away:
                answer = await self._floor.desk.ask("images")
                for image in answer.get("images", ()) if answer else ():
                    await self._judge(image)

    async def _judge(self, image: dict[str, Any]) -> None:
        name = f"{image['track']} {image['low']}"
        cartons = self._floor.world.xray.shows.get(str(image["low"]), ())
        if name in self._seen or self.sleeps_over & set(cartons):
            return
        self._seen.add(name)
        await asyncio.sleep(self._floor.rng.uniform(*THINK_S) + self.slow_s)
        verdict = "open" if any(self._floor.parcel(number).trouble in HIDING for number in cartons) else "clear"
        if verdict == "clear" and self.suspects > 0:
            self.suspects -= 1
            self._floor.suspected.update(cartons)
            verdict = "open"
        track = str(image["track"])
        if self.wrong > 0:
            self.wrong -= 1
            track = await self._slipped(track)
        self.said.append((track, verdict))
        await self._floor.desk.act(
            "verdict",
            ACTOR,
            ROLE,
            within_s=5.0,
            track=track,
            image=str(image["low"]),
            verdict=verdict,
            cause="as it shows",
        )
        if verdict == "clear" and self.takes_back and self._floor.rng.random() < self.takes_back:
            await self._second_thoughts(track, str(image["low"]), cartons)

    async def _second_thoughts(self, track: str, low: str, cartons: tuple[int, ...]) -> None:
        """The officer takes the word back, perhaps when the belt has decided already, and perhaps says it again."""
        floor = self._floor
        floor.suspected.update(cartons)
        await asyncio.sleep(floor.rng.uniform(*THINKS_AGAIN_S))
        answer = await floor.desk.act("verdict-undo", ACTOR, ROLE, within_s=5.0, track=track, image=low, cause="second thoughts")
        if answer and answer.get("ok") and floor.rng.random() < SAID_AGAIN_SHARE:
            await floor.desk.act(
                "verdict", ACTOR, ROLE, within_s=5.0, track=track, image=low, verdict="clear", cause="it is as it shows"
            )

    async def _slipped(self, track: str) -> str:
        """The hand slips: the verdict is given for another carton on the screen, or for the one behind."""
        answer = await self._floor.desk.ask("images")
        others = [str(image["track"]) for image in (answer.get("images", ()) if answer else ()) if image["track"] != track]
        epoch, _, number = track.partition(":")
        return self._floor.rng.choice(others) if others else f"{epoch}:{int(number) + 1}"
