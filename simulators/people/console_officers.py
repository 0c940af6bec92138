"""Two officers at workstations of the console: they claim, draw, judge and take back as people do, and not always tidily.

The one rule: what they asked and what they were told is kept word for word, so that it can be held against the journal. They
press twice, press at once, press on a screen that has stood still, and take back what the belt has decided meanwhile.
"""

import asyncio
import random
from collections.abc import Collection, Sequence
from typing import Any, Protocol

import msgspec

from simulators.people.floor import Floor
from simulators.people.image_officer import ImageOfficer

Told = tuple[int, dict[str, Any]]

PRESSES_TWICE, BOTH_AT_ONCE, SCREEN_STANDS_STILL, DRAWS_BADLY, DOES_NOT_WAIT_FOR_THE_PICTURE = 0.2, 0.2, 0.1, 0.05, 0.04
TAKES_BACK = 0.25
STOOD_STILL_S = (0.5, 9.0)


class Screen(Protocol):
    """A workstation at which one officer is signed in. None = nobody answered in time."""

    account: str

    async def pool(self) -> Sequence[dict[str, Any]] | None: ...

    async def claim(self, track: str) -> Told | None: ...

    async def draw(self, track: str, image: str, *, wrong: bool) -> Told | None: ...

    async def act(self, name: str, press: str, **values: str) -> Told | None: ...


class Pressed(msgspec.Struct, frozen=True):
    """One press of one key, with every answer that came to it."""

    account: str
    press: str
    name: str
    track: str
    drawn: bool
    told: tuple[Told | None, ...]


class ConsoleOfficer(ImageOfficer):
    """`other`: the workstation beside, where somebody may press the same carton at the same moment."""

    def __init__(self, floor: Floor, screen: Screen, rng: random.Random, pressed: list[Pressed]) -> None:
        super().__init__(floor)
        self._screen = screen
        self._rng = rng
        self._presses = 0
        self._proven: set[tuple[str, str]] = set()
        self.pressed = pressed
        self.beside: ConsoleOfficer | None = None
        self.takes_back = TAKES_BACK
        self._tidy = False

    def behave(self) -> None:
        super().behave()
        self._tidy = True
        if self.beside is not None:
            self.beside.behave()

    def look_again_at(self, cartons: Collection[int]) -> None:
        super().look_again_at(cartons)
        if self.beside is not None:
            self.beside.look_again_at(cartons)

    def _happens(self, share: float) -> bool:
        return self._rng.random() < share and not self._tidy

    async def run(self) -> None:
        if self.beside is None:
            await super().run()
        else:
            await asyncio.gather(super().run(), self.beside.run())

    async def images(self) -> Sequence[dict[str, Any]]:
        """The first that nobody has, claimed."""
        waiting = await self._screen.pool() or ()
        free = [
            one for one in waiting
            if not one["verdict"] and one["claimed_by"] in (None, self._screen.account)
            and f"{one['track']} {one['low']}" not in self._seen
        ]  # fmt: skip
        if not free:
            return ()
        answer = await self._screen.claim(str(free[0]["track"]))
        return free[:1] if answer is not None and answer[0] == 200 else ()

    async def say(self, track: str, low: str, verdict: str) -> None:
        if self._happens(DOES_NOT_WAIT_FOR_THE_PICTURE) or not await self._draw(track, low):
            self.not_as_it_is(low)
        if self._happens(SCREEN_STANDS_STILL):
            self.not_as_it_is(low)
            self._aside.create_task(self._say_on_an_old_screen(track, low, verdict))
            return
        twice, beside = 1 + self._happens(PRESSES_TWICE), self.beside
        words = [self._press(track, low, verdict, twice)]
        if beside is not None and self._happens(BOTH_AT_ONCE):
            await beside._draw(track, low)
            words.append(beside._press(track, low, verdict, 1))
        await asyncio.gather(*words)

    async def _say_on_an_old_screen(self, track: str, low: str, verdict: str) -> None:
        await asyncio.sleep(self._rng.uniform(*STOOD_STILL_S))
        await self._press(track, low, verdict, 1)

    async def take_back(self, track: str, low: str) -> bool:
        told = await self._ask("verdict-undo", track, low, 1 + self._happens(PRESSES_TWICE), reason="a slip")
        return any(one is not None and one[0] == 200 for one in told)

    async def _draw(self, track: str, low: str) -> bool:
        wrong = self._happens(DRAWS_BADLY)
        answer = await self._screen.draw(track, low, wrong=wrong)
        drawn = answer is not None and answer[0] == 200
        if drawn or (answer is None and not wrong):  # what nobody answered in time may have been taken all the same
            self._proven.add((track, low))
        return drawn

    async def _press(self, track: str, low: str, verdict: str, times: int) -> None:
        await self._ask("verdict", track, low, times, verdict=verdict, reason="as it shows")

    async def _ask(self, name: str, track: str, low: str, times: int, **values: str) -> list[Told | None]:
        self._presses += 1
        press = f"press-{self._presses:06d}"
        one = [self._screen.act(name, press, track=track, image=low, **values) for _ in range(times)]
        told = list(await asyncio.gather(*one))
        drawn = (track, low) in self._proven
        self.pressed.append(Pressed(self._screen.account, press, name, track, drawn, tuple(told)))
        return told


def two_officers(floor: Floor, screens: tuple[Screen, Screen], rngs: tuple[random.Random, random.Random]) -> ConsoleOfficer:
    """The first, with the second beside; both write into one list of presses."""
    pressed: list[Pressed] = []
    first, second = (ConsoleOfficer(floor, screen, rng, pressed) for screen, rng in zip(screens, rngs, strict=True))
    first.beside = second
    return first
