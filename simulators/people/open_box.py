"""The officers at the open-box bench: take what is in a carton out, scan it, take pictures, seal it, and say what becomes of it.

The one rule: they believe what lies before them; a carton goes back to the belt only when both say so. Mistakes are made once
each, when they are asked for. Source: architecture, station 4 (two officers, re-inspection by others).
"""

import asyncio
from collections import deque
from collections.abc import Callable

import msgspec

from simulators.people.desk import Answer
from simulators.people.floor import Floor
from simulators.plant import Carton, Label
from simulators.traffic.parcels import Consignment
from simulators.traffic.things import Thing, bar_code, things_in

OFFICER = "officer"
PAIRS = (("zhou", "wu"), ("zheng", "ma"))
RUNNER, RUNNER_ROLE = "chen", "operator"
BENCH, CAGE = "bench", "cage"
LOOK_EVERY_S = 0.25
NEXT_CODE_S = 0.25
ANSWER_WITHIN_S = 2.0
STILL_WITHIN_S = 8.0
SCAN_TRIES = 4
SHOWN_MOST = 2


class Mistakes(msgspec.Struct):
    """What goes wrong with the next carton, once each."""

    same_officer: bool = False
    wrong_thing: bool = False
    slow_s: float = 0.0
    early: bool = False
    careless: bool = False
    no_label: bool = False
    forget: bool = False
    takes_away: bool = False


class OpenBox:
    """`bring` a carton; `released` and `kept` are the numbers of those that went one way or the other."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._queue: deque[Carton] = deque()
        self._seals = 0
        self._by_hand: set[int] = set()
        self.on_by_hand: Callable[[Carton], None] = lambda carton: None
        self._rounds: dict[int, int] = {}
        self.mistakes = Mistakes()
        self.released: list[int] = []
        self.kept: dict[int, Carton] = {}

    def bring(self, carton: Carton, *, by_hand: bool = False) -> None:
        """`by_hand`: if it is released it goes back to the loader, not onto the belt."""
        self._queue.append(carton)
        if by_hand:
            self._by_hand.add(carton.carton_no)
        self._floor.opened.add(carton.carton_no)

    async def run(self) -> None:
        while True:
            if self._queue and "open box" not in self._floor.away:
                carton = self._queue.popleft()
                await self._recheck(carton)
                self._floor.opened.discard(carton.carton_no)
            await asyncio.sleep(LOOK_EVERY_S)

    # --- one carton ---
    async def _recheck(self, carton: Carton) -> None:
        """Open, scan, seal, decide, confirm. What nobody answers is left on the bench, without an outcome."""
        floor, number = self._floor, carton.carton_no
        parcel = floor.parcel(number)
        mistakes, self.mistakes = self.mistakes, Mistakes()
        rounds = self._rounds.get(number, 0)
        first, second = PAIRS[rounds % len(PAIRS)]
        if mistakes.same_officer and rounds and await self._act("recheck-open", PAIRS[0][0], code=parcel.code, bench=BENCH):
            self.kept[number] = carton
            return  # the daemon took what it must refuse; the oracle sees it
        if not await self._opened(parcel.code, first, second):
            self.kept[number] = carton
            return
        self._rounds[number] = rounds + 1
        self._show_camera(carton)
        packed = self._packed(parcel.list_key)
        consignment = floor.redeclared.get(parcel.list_key, packed)
        things = things_in(parcel, packed)
        for thing in things:
            await self._scan(thing)
        if mistakes.wrong_thing:
            await self._slip(parcel.code, first)
        await asyncio.sleep(mistakes.slow_s)
        if mistakes.forget:
            self.kept[number] = carton
            await asyncio.sleep(mistakes.slow_s)
            await self._act("recheck-abandon", second, code=parcel.code, cause="nobody was at the bench any more")
            return
        if mistakes.takes_away and await self._opens_again(parcel.code, first, things, consignment):
            self.kept[number] = carton
            return
        if not (mistakes.careless or self._as_declared(things, consignment, parcel.n)):
            await self._keep(carton, first, second, mistakes)
            return
        await self._let_go(carton, first, second, mistakes)

    async def _opened(self, code: str, first: str, second: str) -> bool:
        """What others left open on the bench is ended first."""
        answer = await self._ask_act("recheck-open", first, code=code, bench=BENCH)
        if answer and answer.get("code") == "recheck_open":
            told = await self._floor.desk.ask("bench")
            there = told.get("benches", {}).get(BENCH, {}).get("carton", "") if told else ""
            left = str(there).partition("/")[2] or code
            await self._act("recheck-abandon", second, code=left, cause="left open on the bench")
            answer = await self._ask_act("recheck-open", first, code=code, bench=BENCH)
        return bool(answer and answer.get("ok"))

    def _packed(self, list_key: str) -> Consignment | None:
        """By this list it was packed, whatever its sender has declared since."""
        lists = {one.key: one for load in self._floor.day.loads for one in load.consignments}
        return lists.get(list_key)

    def _as_declared(self, things: tuple[Thing, ...], consignment: Consignment | None, cartons: int) -> bool:
        """What two people with the list in hand see."""
        if consignment is None:
            return False
        declared = {bar_code(item): item.qty for item in consignment.items}
        found = {product: sum(1 for thing in things if thing.product == product) for product in {t.product for t in things}}
        if cartons > 1:
            return all(found[product] <= declared.get(product, 0) for product in found)
        return found == declared

    async def _opens_again(self, code: str, first: str, things: tuple[Thing, ...], consignment: Consignment | None) -> bool:
        """It is ended without an outcome, and opened anew by who saw what is in it; only where there is what nobody declared."""
        declared = {bar_code(item) for item in (consignment.items if consignment is not None else ())}
        if all(thing.product in declared for thing in things):
            self.mistakes.takes_away = True  # with the next one
            return False
        if await self._act("recheck-abandon", first, code=code, cause="the scanner does not work"):
            await self._act("recheck-open", first, code=code, bench=BENCH)  # what it must refuse; else the oracle sees it
        return True

    async def _keep(self, carton: Carton, first: str, second: str, mistakes: Mistakes) -> None:
        parcel = self._floor.parcel(carton.carton_no)
        self.kept[carton.carton_no] = carton
        cause = "what is in it is not what is declared"
        decided = await self._act(
            "recheck-decide", first, code=parcel.code, outcome="detained", way="belt", place=CAGE, cause=cause
        )
        if mistakes.same_officer:
            await self._act("recheck-confirm", first, code=parcel.code, outcome="detained")
        if decided and await self._act("recheck-confirm", second, code=parcel.code, outcome="detained"):
            self._floor.detained.add(carton.carton_no)

    async def _let_go(self, carton: Carton, first: str, second: str, mistakes: Mistakes) -> None:
        parcel = self._floor.parcel(carton.carton_no)
        self._seals += 1
        seal_no = f"XYR{self._seals:07d}"
        await self._act("recheck-seal", first, code=parcel.code, seal_no=seal_no)
        # Whatever else was on it, its own number and the seal are on it now.
        labels = (Label(parcel.code),) if mistakes.no_label else (Label(parcel.code), Label(seal_no))
        closed = msgspec.structs.replace(carton, labels=labels)
        self._show_camera(closed)
        by_hand = carton.carton_no in self._by_hand
        self._by_hand.discard(carton.carton_no)
        if not await self._decided(parcel.code, first, "hand" if by_hand else "belt"):
            await self._keep(closed, first, second, Mistakes())
            return
        if mistakes.early and not by_hand:
            await self._to_the_belt(closed)
            await asyncio.sleep(mistakes.slow_s)
        if mistakes.same_officer:
            await self._act("recheck-confirm", first, code=parcel.code, outcome="released")
        if not await self._act("recheck-confirm", second, code=parcel.code, outcome="released"):
            if by_hand or not mistakes.early:
                self.kept[carton.carton_no] = carton
            return
        self.released.append(carton.carton_no)
        if by_hand:
            self.on_by_hand(closed)
        elif not mistakes.early:
            await self._to_the_belt(closed)

    async def _decided(self, code: str, first: str, way: str) -> bool:
        """The picture under the new seal takes a moment; without one the screen says no."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + STILL_WITHIN_S
        again_s = loop.time() + STILL_WITHIN_S / 2
        while loop.time() < until_s:
            answer = await self._ask_act(
                "recheck-decide", first, code=code, outcome="released", way=way, cause="everything in it is declared"
            )
            if answer and answer.get("ok"):
                return True
            if not answer or answer.get("code") != "recheck_no_still":
                return False
            if loop.time() >= again_s:
                again_s = until_s
                await self._act("recheck-still", first, code=code)
            await asyncio.sleep(0.5)
        return False

    async def _to_the_belt(self, carton: Carton) -> None:
        floor, parcel = self._floor, self._floor.parcel(carton.carton_no)
        await floor.desk.act("rerun", RUNNER, RUNNER_ROLE, code=parcel.code, lane="inspect")
        floor.rechecked.add(carton.carton_no)
        floor.settled.discard(carton.carton_no)
        floor.hands.append(carton)

    # --- scanner, camera, screen ---
    async def _scan(self, thing: Thing) -> None:
        """Both codes of a thing, until the screen has them: a scan may be lost, a half one is taken back."""
        for _ in range(SCAN_TRIES):
            for code in (thing.product, thing.trace):
                self._floor.world.bench_scanner.show((code,))
                await asyncio.sleep(NEXT_CODE_S)
            if thing.trace in await self._traces():
                return
            await asyncio.sleep(ANSWER_WITHIN_S / SCAN_TRIES)
            if thing.trace in await self._traces():
                return

    async def _slip(self, code: str, first: str) -> None:
        """Something that lies beside the carton is scanned, seen on the screen, and taken back."""
        stray = Thing("6990000000013", f"ZS999999{self._seals:04d}")
        await self._scan(stray)
        if stray.trace in await self._traces():
            await self._act("recheck-undo", first, code=code)

    async def _traces(self) -> list[str]:
        told = await self._floor.desk.ask("bench")
        benches = told.get("benches", {}) if told else {}
        return [str(trace) for trace in benches.get(BENCH, {}).get("traces", ())]

    def _show_camera(self, carton: Carton) -> None:
        labels = tuple((label.text, label.readable) for label in carton.labels)
        self._floor.world.bench_camera.see_belt(labels[:SHOWN_MOST])

    async def _act(self, name: str, actor: str, **arguments: str) -> bool:
        answer = await self._ask_act(name, actor, **arguments)
        return bool(answer and answer.get("ok"))

    async def _ask_act(self, name: str, actor: str, **arguments: str) -> Answer | None:
        return await self._floor.desk.act(name, actor, OFFICER, within_s=60.0, **arguments)
