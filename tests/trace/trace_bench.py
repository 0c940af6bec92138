"""The public page over records that a day left, without a process between: asked as a browser asks."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from controller.domain.declarations import Receipt
from controller.domain.trace_codes import code_of
from controller.line.events import ReceiptArrived
from controller.line.trace_events import TraceCodeIssued
from controller.trace.app import Source, TracePage
from controller.trace.checks import CHECKS_NAME, Checks
from controller.trace.companion import standing
from controller.trace.limits import Limits
from controller.trace.lookup import look_up
from controller.trace.page import Names
from controller.trace.places import Places
from tests.console.story_bench import CARTON, A, B, journaled, recorded
from tests.line.line_story import FILE, declared
from tests.line.xray_story import XrayStory

CODE, OTHER = code_of(98765432109876543210), code_of(12345678901234567890)
OTHER_CARTON = f"EMS001/{B}"
NAMES = Names("西永综合保税区", "3 号仓", True)


def released_day(**changes: Any) -> XrayStory:
    """Two released cartons with codes; `changes` are of the first one's list."""
    story = XrayStory()
    first: dict[str, Any] = {"invt_no": "480020260001234567", "ebc_code": "5010960123", "loct_no": "W7"}
    told = (declared(A, **(first | changes)), declared(B))
    story.manifest(*told)
    for one in told:
        story.feed(ReceiptArrived(Receipt(one.cop_no, "", "", "", one.ebc_code, "", "800", "20261123090000000", "", ""), FILE))
    story.load("L1", (A, A, 1, 1), (B, B, 1, 1))
    for track, number in enumerate((A, B), start=1):
        story.whole_way(track, number)
        story.answer()
        story.divert(track, 3)
    story.feed(TraceCodeIssued(CARTON, CODE), actor="trace")
    story.feed(TraceCodeIssued(OTHER_CARTON, OTHER), actor="trace")
    assert story.state.cartons[CARTON].trace_code == CODE
    return story


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Site:
    """`asked` counts statements to the records, `pages` what was sent."""

    def __init__(self, home: Path, story: XrayStory, clock: Callable[[], float] | None = None, **options: Any) -> None:
        self.story = story
        self.records = recorded(journaled(story, home), home)
        self.checks = Checks(home / CHECKS_NAME)
        self.asked: list[str] = []
        sa.event.listen(self.records, "before_cursor_execute", lambda *given: self.asked.append(str(given[2])))
        self.clock = clock or Clock()
        self.limits = Limits(self.clock)
        self.places = Places(lambda count: bytes([len(self.lines) % 251]) * count)
        self.utc = datetime(2026, 11, 26, 4, tzinfo=UTC)
        self.lines: list[str] = []
        source = Source(lambda code: look_up(self.records, code), self.checks.look, self._standing)
        self.page = TracePage(
            source, options.pop("names", NAMES), self.limits, self.places, self.clock, lambda: self.utc, **options
        )

    async def _standing(self, carton: str) -> str:
        self.lines.append(carton)
        return standing(self.story.state, carton)

    async def get(
        self, path: str = "/", query: str = "", address: str = "198.51.100.7", method: str = "GET", headers: tuple[Any, ...] = ()
    ) -> tuple[int, dict[str, str], str]:
        sent: list[dict[str, Any]] = []

        async def send(message: Any) -> None:
            sent.append(dict(message))

        async def receive() -> Any:
            return {"type": "http.request"}

        scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": list(headers),
                 "client": (address, 4000)}  # fmt: skip
        await self.page(scope, receive, send)
        found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], found, sent[1]["body"].decode()

    def close(self) -> None:
        self.records.dispose()
        self.checks.close()
