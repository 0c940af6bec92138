"""Everybody else on the floor: the operator at the panel, the officer.

The one rule: a belt is started only by someone who has looked, and safety is reset only at the panel. Source: contract
CIL-1 rule 4 (local reset, local start), architecture "Two organisations".
"""

import asyncio
from itertools import pairwise

from simulators.people.bench import Bench
from simulators.people.floor import Floor
from simulators.plant import Carton, Placed

STANDS_TOO_LONG_S = 8.0
HORN_S = 1.6
HEAPED_MM = 60.0


class Operator:
    """Stands at the panel: start, stop, reset, jams."""

    def __init__(self, floor: Floor, bench: Bench) -> None:
        self._floor = floor
        self._bench = bench
        self.patience_s = STANDS_TOO_LONG_S

    async def run(self) -> None:
        """Outside of scenes: a belt that stands for long is cleared, reset and started again."""
        floor, stands_s = self._floor, 0.0
        while True:
            await asyncio.sleep(1.0)
            stands_s = 0.0 if floor.panel().running or floor.line_in_hand else stands_s + 1
            if stands_s >= self.patience_s:
                stands_s = 0.0
                if floor.panel().jam:
                    await self.clear_jam()
                else:
                    await self.restart()

    async def say(self, command: str, cause: str, within_s: float = 10.0) -> bool:
        answer = await self._floor.desk.act("line", "wang", "operator", within_s=within_s, command=command, cause=cause)
        return bool(answer and answer.get("ok"))

    async def restart(self, tries: int = 8) -> bool:
        """Reset and start at the panel, then by the screen, until the belt runs."""
        floor = self._floor
        for _ in range(tries):
            if floor.panel().running:
                return True
            floor.world.sim.press("reset")
            await asyncio.sleep(0.5)
            floor.world.sim.press("start")
            if await floor.until(lambda: floor.panel().running, HORN_S):
                return True
            await self.say("start", "the belt is clear", within_s=2.0)
            await floor.until(lambda: floor.panel().running, HORN_S)
        return floor.panel().running

    async def clear_jam(self) -> tuple[int, ...]:
        """Take off every carton between the two clear photo-eyes around the jam, then start; they are run again."""
        floor = self._floor
        taken = self._around_the_jam()
        floor.plant.clear_jam()
        for carton in taken:
            floor.plant.remove(carton)
        await asyncio.sleep(1.0)
        await self.restart()
        for carton in taken:
            await self._bench.run_again(carton)
        return tuple(carton.carton_no for carton in taken)

    def _around_the_jam(self) -> tuple[Carton, ...]:
        plant = self._floor.seen
        stuck = next((p for p in plant.on_line() if p.stuck), None) or self._in_a_heap()
        if stuck is None:
            return ()
        clear_mm = sorted(eye.at_mm for eye in plant.eyes.values() if not eye.covered)
        low_mm = max((at for at in clear_mm if at <= stuck.rear_mm), default=0.0)
        high_mm = min((at for at in clear_mm if at >= stuck.front_mm), default=plant.geometry.divert_mm)
        return tuple(p.carton for p in self._floor.on_belt() if p.lane == 0 and p.front_mm > low_mm and p.rear_mm < high_mm)

    def _in_a_heap(self) -> Placed | None:
        """A carton under a photo-eye that touches its neighbour: the eye sees one that never ends."""
        belt = self._floor.on_belt()
        touching = [(one, other) for one, other in pairwise(belt) if one.rear_mm - other.front_mm < HEAPED_MM]
        eyes = [eye.at_mm for eye in self._floor.seen.eyes.values() if eye.covered]
        return next((p for pair in touching for p in pair if any(p.covers(at) for at in eyes)), None)


class Officer:
    """Holds, lifts, recalls."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    async def hold(self, carton_key: str, cause: str) -> str:
        """The hold's number, empty if it was refused."""
        answer = await self._floor.desk.act(
            "hold", "zhang", "officer", scope="carton", target=carton_key, code="officer_hold", cause=cause
        )
        return str(answer.get("hold_id", "")) if answer and answer.get("ok") else ""

    async def lift(self, hold_id: str, cause: str, *, scope: str = "", target: str = "") -> bool:
        """`scope` and `target`: what it is on, as a list of holds showed it; empty where only the number is known."""
        answer = await self._floor.desk.act("lift", "zhang", "officer", hold_id=hold_id, cause=cause, scope=scope, target=target)
        return bool(answer and answer.get("ok"))

    async def is_held(self, carton_key: str, code: str) -> bool:
        answer = await self._floor.desk.ask("holds")
        holds = answer.get("holds", ()) if answer else ()
        return any(hold.get("target") == carton_key and hold.get("code") == code for hold in holds)

    async def let_leave(self, pass_id: str, container_no: str, plate: str, gross_g: int) -> bool:
        """Issue a gate pass for a sealed container on a truck."""
        answer = await self._floor.desk.act(
            "gate-pass", "zhang", "officer", pass_id=pass_id, container_no=container_no, plate=plate, gross_g=str(gross_g)
        )
        return bool(answer and answer.get("ok"))

    async def saw_it_leave(self, session_id: str) -> None:
        """Tell the daemon what its barrier did not: the truck is gone."""
        await self._at_the_gate(session_id, "4", "I saw it leave")

    async def saw_it_stay(self, session_id: str) -> None:
        """Tell the daemon what its barrier did not: the truck is here, and goes back."""
        await self._at_the_gate(session_id, "3", "it stands here")

    async def _at_the_gate(self, session_id: str, result: str, cause: str) -> None:
        await self._floor.desk.act(
            "gate-check", "zhang", "officer", gate="gate", session_id=session_id, result=result, cause=cause
        )

    async def fetch(self, code: str, cause: str) -> bool:
        """Take a carton out of the release lane or the container, to open-box recheck."""
        answer = await self._floor.desk.act("removed", "zhang", "officer", code=code, place="open_box", cause=cause)
        return bool(answer and answer.get("ok"))
