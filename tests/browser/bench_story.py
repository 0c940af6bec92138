"""A carton at the open-box bench, told to the real core behind the console: papers, the inspect lane, what the scanner reads."""

from typing import Any, Protocol

import cv2
import numpy as np

from controller.domain.declarations import DeclaredItem
from controller.domain.reasons import Role
from controller.line import inspection_record
from controller.line.commands import TakeStill
from controller.line.custody_events import CustodyMoved, StockTaken
from controller.line.event_base import EvidenceNamed
from controller.line.events import CodesRead, ReadText
from controller.line.recheck_closing import shown_of
from controller.line.recheck_events import StillTaken
from controller.line.state import Draft
from tests.browser.told import Told
from tests.console.bench import Bench as Console
from tests.line.line_story import s10
from tests.line.recheck_story import CUP, LAMP, STRANGE, gtin
from tests.line.recheck_story import Bench as Story

A, B, C, D = NUMBERS = tuple(s10(10000001 + n) for n in range(4))
SHIRT, PLATE, TOWEL = gtin(3), gtin(4), gtin(5)
FIVE = (CUP, LAMP, SHIRT, PLATE, TOWEL)
NAMES = ("骨瓷马克杯 350 毫升", "阅读台灯", "棉质针织衫", "釉下彩餐盘", "竹纤维毛巾")
GOODS = tuple(
    DeclaredItem(gnum, hs, name, code, "1", "007")
    for gnum, (hs, name, code) in enumerate(zip(
        ("6912001000", "9405210090", "6109100021", "6911101900", "6302600090"), NAMES, FIVE, strict=True), 1)
)  # fmt: skip
SEAL_NO = "XYR0000017"


def still(seed: int) -> bytes:
    """A picture as a bench camera gives it: an open carton on a table, with things in it."""
    image = np.full((480, 640, 3), (205, 208, 212), np.uint8)
    rng = np.random.default_rng(seed)
    cv2.rectangle(image, (90, 60), (550, 430), (120, 165, 200), -1)
    cv2.rectangle(image, (110, 80), (530, 410), (90, 130, 165), -1)
    for _ in range(7):
        x, y = (int(one) for one in rng.integers((120, 90), (430, 320)))
        colour = tuple(int(one) for one in rng.integers(60, 230, 3))
        cv2.rectangle(image, (x, y), (x + 90, y + 70), colour, -1)
    ok, data = cv2.imencode(".jpg", image)
    assert ok
    return data.tobytes()


class BenchTold(Told, Story):
    """`finds` and `scans` are the bench's own scanner; a still is a file in evidence."""

    def __init__(self, on: Console) -> None:
        super().__init__(on)
        self.given = 0

    async def waits_for_the_bench(self, *numbers: str, **more: Any) -> None:
        """Each too heavy, in the inspect lane."""
        self.benched(*numbers, **more)
        for track, number in enumerate(numbers, 1):
            self.to_inspect(track, number)
        await self.tell()

    async def opened_by(self, account: str, number: str = A) -> None:
        by = await self._on.signed_in(account, "10.0.0.9")
        status, answer = await by.act("recheck-open", code=number, bench="bench")
        assert status == 200, answer
        await self.takes_stills()

    async def scans(self, *codes: str) -> None:
        event = CodesRead("bench", "bench", tuple(ReadText(code) for code in codes), False, self._on.core.now_ms())
        await self._on.core.submit(event, actor="bench", role=Role.LINE)

    async def finds(self, *products: str) -> None:
        """Each with a trace code of its own."""
        for product in products:
            self.traces += 1
            await self.scans(product)
            await self.scans(f"TRACE{self.traces:08d}")

    async def takes_stills(self) -> int:
        """The bench camera gives what was asked for since the last time."""
        asked = [c for _, _, outcome in self._on.heard for c in outcome.commands if isinstance(c, TakeStill)]
        for at, one in enumerate(asked[self.given :], self.given + 1):
            kept = self._on.evidence.put(still(at), "image/jpeg")
            picture = EvidenceNamed(kept.sha256, kept.size, f"still-{at}.jpg")
            event = StillTaken(one.work_id, one.recheck_id, one.camera, picture, self._on.core.now_ms())
            await self._on.core.submit(event, actor=one.camera, role=Role.LINE)
        taken, self.given = len(asked) - self.given, len(asked)
        return taken


# --- situations of the screens -------------------------------------------------------------------------------------


class HasBench(Protocol):
    @property
    def on(self) -> Console: ...


async def waiting_cartons(console: HasBench) -> None:
    await BenchTold(console.on).waits_for_the_bench(*NUMBERS, items=GOODS)


async def open_carton(console: HasBench) -> BenchTold:
    told = BenchTold(console.on)
    await told.waits_for_the_bench(*NUMBERS, items=GOODS)
    await told.opened_by("zhang")
    await told.finds(CUP, LAMP)
    await told.scans(SHIRT)
    return told


async def differing_carton(console: HasBench) -> None:
    told = BenchTold(console.on)
    await told.waits_for_the_bench(*NUMBERS, items=GOODS)
    await told.opened_by("zhang")
    await told.finds(CUP, STRANGE, LAMP, LAMP)
    await told.scans(SHIRT)
    await told.scans("TRACE00000001")


async def kept_cartons(console: HasBench) -> None:
    told = BenchTold(console.on)
    told.benched(*NUMBERS, items=GOODS)
    for number, place in zip(NUMBERS, ("扣留笼 1", "扣留笼 1", "退运托盘", "货架 A-03"), strict=True):
        told.feed(CustodyMoved(number, place), Role.OPERATOR, "li")
        told.wait(9 * 3_600_000)
    told.feed(StockTaken("扣留笼 1", (A, C, "XX99")), Role.OPERATOR, "li")
    told.feed(StockTaken("货架 A-03", (D,)), Role.OPERATOR, "li")
    await told.tell()


def opened_shown(on: Console, number: str) -> str:
    """The word for what a page shows of this open carton."""
    state = on.core.state
    return shown_of(Draft(state, state.facts.line_ms), state.rechecks[state.cartons[f"EMS001/{number}"].recheck])


def record_shown(on: Console, key: str) -> str:
    """The word for what a page shows of this record."""
    state = on.core.state
    return inspection_record.shown_of(Draft(state, state.facts.line_ms), state.rechecks[key], state.inspection_records[key])


async def closed_carton(console: HasBench) -> BenchTold:
    """Two records: one with the section chief, one that nobody has written yet."""
    on, told = console.on, BenchTold(console.on)
    await told.waits_for_the_bench(*NUMBERS, items=GOODS)
    first, second = await on.signed_in("zhang", "10.0.0.9"), await on.signed_in("zhao", "10.0.0.8")
    for number, seal_no in ((A, SEAL_NO), (B, "XYR0000018")):
        await told.opened_by("zhang", number)
        assert (await first.act("recheck-party", code=number, party="present", name="陈建国"))[0] == 200
        await told.finds(*FIVE)
        await told.scans(seal_no)
        await told.takes_stills()
        word = {"code": number, "outcome": "released"}
        assert (await first.act("recheck-decide", **word, way="belt", reason="与申报相符"))[0] == 200
        assert (await second.act("recheck-confirm", **word, way="belt", shown=opened_shown(on, number)))[0] == 200
    key = on.core.state.cartons[f"EMS001/{A}"].recheck
    notes = "开箱后逐件清点, 品名、数量、商品码与申报一致, 外观完好, 未见夹藏。"
    form = {"recheck_id": key, "result": "match", "scope": "thorough", "wrapping": "瓦楞纸箱", "site": "开箱台", "notes": notes}
    assert (await first.act("record-draft", **form))[0] == 200
    assert (await first.act("record-submit", **form))[0] == 200
    return told


async def sealed_carton(console: HasBench) -> BenchTold:
    """Everything matches and is sealed: the first officer is asked to sign."""
    told = BenchTold(console.on)
    await told.waits_for_the_bench(*NUMBERS, items=GOODS)
    await told.opened_by("zhang")
    await told.finds(*FIVE)
    await told.scans(SEAL_NO)
    await told.takes_stills()
    return told
