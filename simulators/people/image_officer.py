"""The officer at the X-ray screen: looks at what the line wants looked at, and says clear or open.

The one rule: the officer judges what is truly in the picture and knows nothing else; how quick, absent or mistaken the officer
is, a scene or a fault says. Source: architecture, station 3 "officer's verdict".
"""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

from simulators.people.floor import Floor
from simulators.traffic.parcels import HIDING

LOOK_EVERY_S = 0.3
THINK_S = (0.5, 1.8)
SAID_AGAIN_SHARE = 0.5
THINKS_AGAIN_S = (0.05, 9.0)
PLACE = "image officer"
ACTOR, ROLE = "liu", "officer"


class ImageOfficer:
    """`slow_s` comes on top of thinking; so many verdicts are `wrong`: for another track; so many say open of whatever is there:
    `suspects`; `sleeps_over` are not looked at; such a share of clear words is taken back: `takes_back`. `cleared`: of these
    cartons' images this officer said clear.
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
        self.cleared: set[int] = set()

    def behave(self) -> None:
        """From now on this officer says what is to be seen, once, and stays with it."""
        self.wrong = self.suspects = 0
        self.takes_back = 0.0

    async def run(self) -> None:
        async with asyncio.TaskGroup() as self._aside:
            while True:
                await asyncio.sleep(LOOK_EVERY_S)
                if PLACE not in self._floor.away:
                    for image in await self.images():
                        await self._judge(image)

    async def images(self) -> Sequence[dict[str, Any]]:
        """What waits to be looked at."""
        answer = await self._floor.desk.ask("images")
        return answer.get("images", ()) if answer else ()

    async def _judge(self, image: dict[str, Any]) -> None:
        name = f"{image['track']} {image['low']}"
        cartons = self._floor.world.xray.shows.get(str(image["low"]), ())
        if name in self._seen or self.sleeps_over & set(cartons):
            return
        self._seen.add(name)
        await asyncio.sleep(self._floor.rng.uniform(*THINK_S) + self.slow_s)
        verdict = self.seen_in(cartons)
        if verdict == "clear" and self.suspects > 0:
            self.suspects -= 1
            self._floor.suspected.update(cartons)
            verdict = "open"
        track = str(image["track"])
        if self.wrong > 0:
            self.wrong -= 1
            track = await self._slipped(track)
        self.said.append((track, verdict))
        await self.say(track, str(image["low"]), verdict)
        if verdict == "clear":
            self.cleared.update(cartons)
        if verdict == "clear" and self.takes_back and self._floor.rng.random() < self.takes_back:
            self.not_as_it_is(str(image["low"]))
            self._aside.create_task(self._second_thoughts(track, str(image["low"])))

    def look_again_at(self, cartons: Collection[int]) -> None:
        """Whoever waits for a look at these once more gets it: what this officer said was of what was declared then."""
        shows = self._floor.world.xray.shows
        self._seen = {name for name in self._seen if not set(shows.get(name.rpartition(" ")[2], ())).intersection(cartons)}
        self.cleared.difference_update(cartons)

    def seen_in(self, cartons: Sequence[int]) -> str:
        """What one says of a picture of these: something hidden is opened, and so are two boxes where one should stand."""
        if len(cartons) > 1:
            self._floor.suspected.update(cartons)
        hides = any(self._floor.parcel(number).trouble in HIDING for number in cartons)
        return "open" if hides or len(cartons) > 1 else "clear"

    def not_as_it_is(self, low: str) -> None:
        """What comes of the cartons in this picture says nothing of the line."""
        self._floor.suspected.update(self._floor.world.xray.shows.get(low, ()))

    async def _second_thoughts(self, track: str, low: str) -> None:
        """The officer takes the word back, perhaps when the belt has decided already, and perhaps says it again."""
        floor = self._floor
        await asyncio.sleep(floor.rng.uniform(*THINKS_AGAIN_S))
        if await self.take_back(track, low) and floor.rng.random() < SAID_AGAIN_SHARE:
            await self.say(track, low, "clear")

    async def say(self, track: str, low: str, verdict: str) -> None:
        await self._floor.desk.act(
            "verdict", ACTOR, ROLE, within_s=5.0, track=track, image=low, verdict=verdict, cause="as it shows"
        )  # fmt: skip

    async def take_back(self, track: str, low: str) -> bool:
        answer = await self._floor.desk.act("verdict-undo", ACTOR, ROLE, within_s=5.0, track=track, image=low, cause="a slip")
        return bool(answer and answer.get("ok"))

    async def _slipped(self, track: str) -> str:
        """The hand slips: the verdict is given for another carton on the screen, or for the one behind."""
        others = [str(image["track"]) for image in await self.images() if image["track"] != track]
        epoch, _, number = track.partition(":")
        return self._floor.rng.choice(others) if others else f"{epoch}:{int(number) + 1}"
