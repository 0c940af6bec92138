"""Officers and operators who hold, lift, stop and are slow; customs' papers that are late, double, contrary or rubbish.

The one rule: what people leave open (holds, papers held back) is kept here, so that they can finish it when all is well.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from simulators.customs_office.front_desk import Told
from simulators.customs_office.office import Office
from simulators.faults.site import Site
from simulators.people.desk import Answer, Desk
from simulators.traffic.parcels import Consignment, Load

HOLD_WITHIN_S = 20.0
CUSTOMS_NUMBERS = ("preNo", "invtNo")
# What was pressed when all was healed is with the daemon by then, and answered.
ON_ITS_WAY_S = 1.0
# How the number of a hold begins that a person placed; the line's own holds are no faults of ours.
PLACED_BY_HAND = "H-"


class TroubledOffice(Office):
    """An office that may hold back some of customs' answers or some lists, and sends rubbish when asked."""

    def __init__(self, inbox: Path, now: Callable[[], datetime]) -> None:
        super().__init__(inbox, now)
        self.hold_back = 0
        self.kept: list[Consignment] = []
        self.told: list[Consignment] = []
        # Of the next load the list that this picks comes behind the receipts, and the first word for its siblings later still.
        self.list_back: Callable[[Sequence[Consignment]], Consignment] | None = None
        self.lists_kept: list[Consignment] = []
        # Of the next load a list is declared without customs' numbers; its order to inspect names these alone and comes first.
        self.order_first = False
        self.ordered: list[Consignment] = []
        # What it does with the next answers to what it is told: refuse, shuffle, contrary.
        self.ways: list[str] = []
        self.shuffled: list[Callable[[], object]] = []

    def send_papers(self, load: Load) -> tuple[Path, ...]:
        if self.order_first and load.consignments:
            self.order_first, first = False, load.consignments[-1]
            self.send_receipt(first, "500", self.next_instant(), CUSTOMS_NUMBERS)
            self.ordered.append(first)
            load = replace(load, consignments=(*load.consignments[:-1], replace(first, numbered=False)))
        return super().send_papers(load)

    def send_lists(self, consignments: Sequence[Consignment], name: str) -> Path:
        if self.list_back is not None and len(consignments) > 1:
            late, self.list_back = self.list_back(consignments), None
            self.lists_kept.append(late)
            consignments = [one for one in consignments if one is not late]
        return super().send_lists(consignments, name)

    def _first_answers(self, load: Load) -> bytes:
        count, self.hold_back = min(self.hold_back, len(load.consignments)), 0
        orders = {one.order_no for one in self.lists_kept}
        waiting = [one for n, one in enumerate(load.consignments) if n < count or one.order_no in orders]
        waiting = [one for one in waiting if one not in self.lists_kept]
        self.kept += waiting
        self.told += load.consignments
        said = [one for one in load.consignments if one not in waiting]
        rows = [(one, one.status, self.next_instant()) for one in said]
        return self._receipts(rows, load.load_id)

    def arrived(self, told: Told) -> None:
        way, instant = self.ways.pop(0) if self.ways else "", self.next_instant()
        if way == "refuse":
            self.answer_arrival(told, "100", instant)
        elif way == "contrary":
            self.answer_arrival(told, "399", instant)
            self.answer_arrival(told, "100", instant)
        elif way == "shuffle":
            older, newer = instant, self.next_instant()
            for status, at in (("399", newer), ("3", older), ("399", newer)):
                self.shuffled.append(lambda status=status, at=at: self.answer_arrival(told, status, at))  # type: ignore[misc]
        else:
            self.answer_arrival(told, "399", instant)

    def closed(self, list_key: str) -> None:
        way, one, instant = self.ways.pop(0) if self.ways else "", self._lists[list_key], self.next_instant()
        if way == "contrary":
            self.send_receipt(one, "800", instant)
            self.send_receipt(one, "500", instant)
        elif way == "shuffle":
            older, newer = instant, self.next_instant()
            for status, at in (("800", newer), ("399", older), ("800", newer)):
                self.shuffled.append(lambda status=status, at=at: self.send_receipt(one, status, at))  # type: ignore[misc]
        elif way != "refuse":
            self.send_receipt(one, "800", instant)

    def send_shuffled(self) -> None:
        waiting, self.shuffled = self.shuffled, []
        for send in waiting:
            send()

    def send_kept(self) -> None:
        if self.lists_kept:
            super().send_lists(self.lists_kept, "late")
            self.lists_kept = []
        while self.kept:
            one = self.kept.pop(0)
            self.send_receipt(one, one.status, self.next_instant())

    def send_rubbish(self, data: bytes) -> None:
        self._send("rubbish.xml", data)


class OpenActs:
    """Holds that officers have placed and not lifted yet. `unanswered`: presses of which nobody knows whether they hold."""

    def __init__(self) -> None:
        self.holds: list[str] = []
        self.unanswered = 0
        self.pressed = 0

    async def hold(self, desk: Desk, actor: str, target: str, *, scope: str = "carton", press: str = "") -> str:
        """The number of the hold, empty if there is none; `finish` lifts it at the latest."""
        self.unanswered += 1  # and so it stays where the healing, or the officer's patience, ends before the answer comes
        answer = await desk.act(
            "hold", actor, "officer", within_s=HOLD_WITHIN_S, press=press,
            scope=scope, target=target, code="officer_hold", cause="look",
        )  # fmt: skip
        if answer is not None:
            self.unanswered -= 1
        hold_id = str(answer.get("hold_id", "")) if answer and answer.get("ok") else ""
        if hold_id and hold_id not in self.holds:
            self.holds.append(hold_id)
        return hold_id

    async def finish(self, site: Site) -> None:
        while self.holds:
            await site.stage.officer.lift(self.holds.pop(0), "all is well again")
        if self.unanswered:
            await asyncio.sleep(ON_ITS_WAY_S)
            answer = await site.floor.desk.ask("holds")
            for hold in answer.get("holds", ()) if answer else ():
                if str(hold["hold_id"]).startswith(PLACED_BY_HAND):
                    await lift_shown(site, hold, "nobody knew of it, and all is well again")


async def lift_shown(site: Site, hold: Answer, cause: str) -> bool:
    """An officer lifts what a list of holds shows, and says which it is."""
    scope, target = str(hold["scope"]), str(hold["target"])
    return await site.stage.officer.lift(str(hold["hold_id"]), cause, scope=scope, target=target)


class Hold:
    """An officer holds a carton, a list's or a load's cartons, and lifts the hold some time later."""

    def __init__(self, acts: OpenActs) -> None:
        self._acts = acts

    async def __call__(self, site: Site) -> bool:
        placed = site.one_on_belt()
        if placed is None:
            return False
        parcel = site.floor.parcel(placed.carton.carton_no)
        scope, target = site.rng.choice(
            (("carton", parcel.carton_key), ("carton", parcel.carton_key), ("list", parcel.list_key), ("load", parcel.load_id))
        )
        hold_id = await self._acts.hold(site.floor.desk, "zhang", target, scope=scope)
        if not hold_id:
            return False
        await asyncio.sleep(site.rng.choice((0.1, 1.0, 5.0, 20.0)))
        if hold_id in self._acts.holds and await site.stage.officer.lift(hold_id, "looked"):
            self._acts.holds.remove(hold_id)
        return True


class WrongRole:
    """An operator wants what only customs may: to lift an officer's hold, to close an inspection, to end a custody."""

    def __init__(self, acts: OpenActs) -> None:
        self._acts = acts

    async def __call__(self, site: Site) -> bool:
        desk = site.floor.desk
        if self._acts.holds:
            await desk.act("lift", "wang", "operator", within_s=5.0, hold_id=self._acts.holds[-1], cause="it is in my way")
            return True
        if site.floor.shelved and site.rng.random() < 0.5:
            code = site.floor.parcel(site.rng.choice(sorted(site.floor.shelved))).code
            await desk.act("end-custody", "wang", "operator", within_s=5.0, code=code, cause="it is in my way")
            return True
        placed = site.one_on_belt()
        if placed is None:
            return False
        key = site.floor.parcel(placed.carton.carton_no).list_key
        await desk.act("close-inspection", "wang", "operator", within_s=5.0, list_key=key, cause="it is in my way")
        return True


class LinePeople:
    """Who comes when the whole line waits for a person.

    A hold on the line (a carton in the release lane that nobody decided) is looked into and lifted by an officer; two
    hosts seen by the PLC, by the shift lead, who makes sure that there is one and resumes.
    """

    async def run(self, site: Site) -> None:
        while True:
            await asyncio.sleep(site.rng.uniform(4, 8))
            if "line people" not in site.floor.away:
                await self.look(site)

    async def look(self, site: Site) -> None:
        answer = await site.floor.desk.ask("holds")
        for hold in answer.get("holds", ()) if answer else ():
            if hold.get("scope") == "line":
                await lift_shown(site, hold, "I have looked: nothing is wrong")
        status = await site.floor.desk.ask("status")
        if "session_conflict" in (status.get("blockers", ()) if status else ()):
            await site.floor.desk.act("line", "zhao", "shift_lead", within_s=5.0, command="resume", cause="there is one host")


async def line_stop(site: Site) -> bool:
    return await site.stage.operator.say("stop", "somebody called")


async def slow_operator(site: Site) -> bool:
    with site.stage.line_in_hand():
        await asyncio.sleep(site.rng.uniform(5, 25))
    return True


def _office(site: Site) -> TroubledOffice:
    office = site.stage.office
    assert isinstance(office, TroubledOffice)
    return office


async def receipt_twice(site: Site) -> bool:
    office = _office(site)
    if not office.told:
        return False
    one, instant = site.rng.choice(office.told), office.next_instant()
    office.send_receipt(one, one.status, instant)
    office.send_receipt(one, one.status, instant)
    return True


async def receipt_contrary(site: Site) -> bool:
    """Customs changes its mind: inspection, and sometimes release again without having inspected."""
    office = _office(site)
    if not office.told:
        return False
    one = site.rng.choice(office.told)
    _recalled(site, one)
    instant = office.next_instant()
    office.send_receipt(one, site.rng.choice(("500", "500", "733", "300")), instant)
    if site.rng.random() < 0.25:
        office.send_receipt(one, site.rng.choice(("800", "700")), instant)  # two words of one instant
    elif site.rng.random() < 0.5:
        await asyncio.sleep(site.rng.uniform(0, 5))
        office.send_receipt(one, "800", office.next_instant())
    return True


async def receipt_reordered(site: Site) -> bool:
    """The older word arrives after the newer one."""
    office = _office(site)
    if not office.told:
        return False
    one = site.rng.choice(office.told)
    older, newer = office.next_instant(), office.next_instant()
    words = site.rng.choice((("500", "800"), ("800", "500"), ("800", "733"), ("800", "300"), ("120", "800")))
    if words[0] != "120":
        _recalled(site, one)
    office.send_receipt(one, words[1], newer)
    await asyncio.sleep(site.rng.uniform(0, 3))
    office.send_receipt(one, words[0], older)
    return True


async def receipt_late(site: Site) -> bool:
    office = _office(site)
    office.hold_back = site.rng.randint(1, 4)
    await asyncio.sleep(site.rng.uniform(5, 40))
    sent = bool(office.kept)
    office.send_kept()
    return sent


async def garbage_file(site: Site) -> bool:
    data = site.rng.choice((b"", site.rng.randbytes(200), b"<?xml version='1.0'?><CEB603Message><", b"<CEB604Message/>"))
    _office(site).send_rubbish(data)
    return True


def _recalled(site: Site, one: Consignment) -> None:
    numbers = (p.carton_no for p in site.floor.day.parcels if p.list_key == one.key)
    site.floor.recalled.update(numbers)
