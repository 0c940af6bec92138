"""Over a slow disk a release may come to the driver behind a sync of which the core does not know yet: it is not sent."""

import asyncio
import random
from typing import Any

import pytest

from controller.daemon import core_loop
from controller.daemon.clock import LineClock
from controller.daemon.core_loop import CoreLoop
from controller.daemon.plc_link import PlcLink
from controller.domain.reasons import Role
from controller.line.commands import CommandCode, Decide, PlcCommand
from controller.line.inspection_events import VerdictGiven, VerdictUndone
from controller.line.plc_events import CommandAnswered, DecisionAnswered
from drivers.plc import reports
from drivers.plc.codec import TableRow
from drivers.plc.cycle import Phase
from drivers.plc.driver import Cil1Driver
from drivers.plc.settings import Cil1Settings
from tests.daemon.test_core_loop import SlowDisk, Wire, turn
from tests.daemon.test_review_findings_daemon import STATUS
from tests.line.test_verdict_stories import FOUND, looked_at


def synced(number: int) -> reports.Synced:
    """A picture in which track 1 bears no decision."""
    return reports.Synced(
        at_s=0.0, sync_number=number, epoch=1, session=7, boot_nonce=1, status=STATUS, table=(TableRow(1, 6, 1, None, 0),),
        last_decision_seq=0, last_command_seq=0, ring_head=0,
    )  # fmt: skip


class LinkAndWire(Wire):
    """The daemon's link with the driver's own boards behind it; the PLC itself never answers."""

    def __init__(self, link: PlcLink) -> None:
        super().__init__()
        self._link = link

    def decide(self, command: Decide) -> None:
        super().decide(command)
        self._link.decide(command)


async def test_a_release_that_the_disk_held_back_over_a_sync_waits_in_no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """So much waits for the disk that nothing is applied any more; then the disk is back, before the core knows of the sync."""
    monkeypatch.setattr(core_loop, "FLYING_ROWS_LIMIT", 1)
    story, disk = looked_at(FOUND), SlowDisk()
    link = PlcLink(LineClock(asyncio.get_running_loop(), 0), epoch=1)
    driver = Cil1Driver(Cil1Settings(host="127.0.0.1"), random.Random(1), link.report)
    driver._cycle.phase, driver._cycle.session, driver._cycle.epoch = Phase.RUN, 7, 1
    wire = LinkAndWire(link)
    core = CoreLoop(story.state, disk, LineClock(asyncio.get_running_loop(), story.now_ms), wire, wire)
    link.attach(core.post, driver)
    task = asyncio.create_task(core.run())
    sha = story.sha(1)
    try:
        core.post(VerdictGiven("1:1", sha, "clear", "looked"), actor="zhang", role=Role.OFFICER)
        await turn()
        link.report(reports.LinkLost(at_s=0.0, code="time_out", cause="no answer", next_step="wait"))
        core.post(VerdictUndone("1:1", sha, "slip"), actor="zhang", role=Role.OFFICER)
        link.report(synced(1))
        await turn()
        disk.let_through.set()
        await turn(50)
        assert wire.decisions() == [True], "the release of before, and no word since: a verdict may still come"
        assert story.passage(1).ordered is None
        assert driver._cycle.board.pending() == ()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Recording:
    """A driver that takes everything."""

    def __init__(self) -> None:
        self.taken: list[int] = []

    def decide(self, *, seq: int, **_: Any) -> None:
        self.taken.append(seq)

    def command(self, *, seq: int, **_: Any) -> None:
        self.taken.append(seq)


async def test_what_permits_leaves_when_the_core_has_the_newest_picture_and_what_restricts_at_once() -> None:
    posted: list[Any] = []
    durable: list[Any] = []
    link, driver = PlcLink(LineClock(asyncio.get_running_loop(), 0), epoch=1), Recording()

    def post(event: Any, *, actor: str, on_durable: Any = None) -> None:
        posted.append(event)
        if on_durable is not None:
            durable.append(on_durable)

    link.attach(post, driver)  # type: ignore[arg-type]
    link.decide(Decide(1, 1, 3, True, 0, 600, 1))
    link.report(synced(1))
    link.report(synced(2))
    link.decide(Decide(1, 1, 3, True, 0, 600, 2))
    link.decide(Decide(1, 2, 1, False, 0, 600, 3))
    link.command(PlcCommand(int(CommandCode.OPEN_BARRIER), 1, 1, 77, 4))
    link.command(PlcCommand(int(CommandCode.STOP), 1, 0, 0, 5))
    link.command(PlcCommand(int(CommandCode.PROPOSE_EPOCH), 1, 2, 9, 6))
    durable[0]()
    link.decide(Decide(1, 1, 3, True, 0, 600, 7))
    assert driver.taken == [1, 3, 5, 6]
    assert [one for one in posted if isinstance(one, CommandAnswered | DecisionAnswered)] == [
        CommandAnswered(int(CommandCode.OPEN_BARRIER), 4, 8)
    ]
    durable[1]()
    link.decide(Decide(1, 1, 3, True, 0, 600, 8))
    assert driver.taken[-1] == 8
