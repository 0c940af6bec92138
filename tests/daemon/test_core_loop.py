"""What leaves when: restrictive commands at once, permissive ones only after the disk has them, a stop even without a disk."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace

from controller.daemon.clock import LineClock
from controller.daemon.core_loop import CoreLoop, InboxFullError
from controller.domain.reasons import Role
from controller.domain.sentences import recognised
from controller.line.commands import AnswerGate, CameraWork, Decide, Outcome, PlcCommand, SetOutputs, WakeAt
from controller.line.events import DeviceDown, HoldPlaced, LineCommanded, Stamped
from controller.line.inspection_events import ImageAnalysed, ImageFinding
from controller.line.plc_events import DecisionAnswered, PlcStatus, PlcStatusChanged, PlcSynced, RingEvent
from controller.records.errors import JournalDead, RowRefused
from controller.records.rows import NewRow
from tests.line.line_story import CARRIER, PROFILE, RUNNING, Story, s10
from tests.line.xray_story import XRAY, XrayStory

A, B = s10(10000001), s10(10000002)


class SlowDisk:
    """A journal whose appends wait until the test lets them through, or fail."""

    def __init__(self) -> None:
        self.rows: list[NewRow] = []
        self.checkpoints: list[int] = []
        self.let_through = asyncio.Event()
        self.broken = False
        self.waiting = 0

    async def append(self, rows: Sequence[NewRow]) -> int:
        self.waiting += 1
        await self.let_through.wait()
        self.waiting -= 1
        if self.broken:
            raise JournalDead("disk", "input/output error", "repair the disk")
        self.rows += rows
        return len(self.rows)

    async def save_checkpoint(self, seq: int, state: bytes) -> object:
        self.checkpoints.append(seq)
        return None


class Wire:
    """Keeps what was sent, in order."""

    def __init__(self) -> None:
        self.sent: list[object] = []
        self.failed_safe = False
        self.stops = 0

    def decide(self, command: Decide) -> None:
        self.sent.append(command)

    def command(self, command: PlcCommand) -> None:
        self.sent.append(command)

    def answer_gate(self, command: AnswerGate) -> None:
        self.sent.append(command)

    def look(self, command: CameraWork) -> None:
        self.sent.append(command)

    def outputs(self, command: SetOutputs) -> None:
        self.sent.append(command)

    def fail_safe(self) -> None:
        self.failed_safe = True

    def stop_now(self) -> None:
        self.stops += 1

    def wake_at(self, command: WakeAt) -> None:
        pass

    def decisions(self) -> list[bool]:
        return [c.releases for c in self.sent if isinstance(c, Decide)]


class Bench:
    """A core on a slow disk, with one carton at the decision point that nothing speaks against."""

    def __init__(self) -> None:
        self.story = Story()
        self.story.ready(A, B)
        self.disk = SlowDisk()
        self.wire = Wire()
        loop = asyncio.get_running_loop()
        self.clock = LineClock(loop, self.story.now_ms)
        self.core = CoreLoop(self.story.state, self.disk, self.clock, self.wire, self.wire, checkpoint_every_rows=3)

    def carton_waits(self) -> None:
        self.story.induct(1)
        self.story.gate(1, PROFILE.scan_zone, A)
        self.story.weigh(1, 2000)
        self.story.gate(1, PROFILE.verify_zone, A)

    def want_decision(self) -> RingEvent:
        self.story.ring_seq += 1
        return RingEvent(1, self.story.ring_seq, 4, 6, 1, 2600, 1, 0, 0, self.story.now_ms)


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    task = asyncio.create_task(made.core.run())
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def turn(times: int = 5) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


async def test_a_release_leaves_only_after_the_disk_has_it() -> None:
    async with bench() as on:
        on.carton_waits()
        acknowledged: list[bool] = []
        on.core.post(on.want_decision(), on_durable=lambda: acknowledged.append(True))
        await turn()
        assert on.disk.waiting == 1
        assert on.wire.decisions() == []
        assert acknowledged == []
        on.disk.let_through.set()
        await turn()
        assert on.wire.decisions() == [True]
        assert acknowledged == [True]


async def test_a_hold_leaves_before_the_disk_has_it() -> None:
    async with bench() as on:
        on.carton_waits()
        on.disk.let_through.set()
        on.core.post(on.want_decision())
        await turn()
        on.disk.let_through.clear()
        key = f"{CARRIER}/{A}"
        waiting = asyncio.create_task(
            on.core.submit(HoldPlaced("H1", "carton", key, "officer_hold", "look"), actor="zhang", role=Role.OFFICER)
        )
        await turn()
        assert on.wire.decisions() == [True, False]
        assert not waiting.done()
        on.disk.let_through.set()
        assert (await waiting).seq == 2


async def test_a_release_overtaken_by_a_hold_in_the_same_transaction_never_leaves() -> None:
    async with bench() as on:
        on.carton_waits()
        on.core.post(on.want_decision())
        on.core.post(HoldPlaced("H1", "carton", f"{CARRIER}/{A}", "officer_hold", "look"), actor="zhang", role=Role.OFFICER)
        on.disk.let_through.set()
        await turn()
        assert on.wire.decisions() == [False]


async def test_a_start_overtaken_by_a_stop_never_leaves() -> None:
    async with bench() as on:
        on.core.post(LineCommanded("start", ""), role=Role.OPERATOR)
        on.core.post(LineCommanded("stop", ""), role=Role.OPERATOR)
        on.disk.let_through.set()
        await turn()
        assert [c.code for c in on.wire.sent if isinstance(c, PlcCommand)] == [3]


async def test_a_dead_journal_ends_all_releases_and_a_stop_still_leaves() -> None:
    async with bench() as on:
        on.carton_waits()
        on.disk.broken = True
        on.disk.let_through.set()
        waiting = asyncio.create_task(on.core.submit(on.want_decision(), actor="plc", role=Role.LINE))
        await turn()
        with pytest.raises(JournalDead):
            await waiting
        assert on.wire.failed_safe
        assert on.wire.decisions() == []
        with pytest.raises(JournalDead):
            await on.core.submit(LineCommanded("stop", "smoke"), actor="li", role=Role.OPERATOR)
        assert on.wire.stops == 1
        on.core.post(DecisionAnswered(1, 1, 1, 1))
        await turn()
        assert on.disk.rows == []


async def test_events_that_wait_share_a_transaction_and_a_checkpoint_follows() -> None:
    async with bench() as on:
        for flags in range(4):
            on.core.post(PlcStatusChanged(PlcStatus(6, int(RUNNING) | flags << 12, 0, 0, 0, 0, 500)))
        on.disk.let_through.set()
        await turn(10)
        assert len(on.disk.rows) == 4
        assert on.disk.checkpoints == [4]


async def test_an_event_of_more_than_16_kib_never_happened_and_the_core_goes_on() -> None:
    async with bench() as made:
        made.disk.let_through.set()
        with pytest.raises(RowRefused, match="event_not_kept"):
            await made.core.submit(DeviceDown("scale", "noise", "x" * 16 * 1024), actor="scale", role=Role.LINE)
        assert made.disk.rows == []
        assert "scale" not in made.core.state.facts.devices_down
        await made.core.submit(DeviceDown("scale", "noise", "x" * 15 * 1024), actor="scale", role=Role.LINE)
        assert len(made.disk.rows) == 1


@pytest.mark.parametrize(("cause", "says"), [("\udccf", "not valid text"), ("x" * 16 * 1024, "at most 16384 are kept")])
async def test_people_hear_of_a_report_that_no_row_can_hold(cause: str, says: str) -> None:
    async with bench() as made:
        made.disk.let_through.set()
        made.core.post(DeviceDown("scale", "noise", cause), actor="scale")
        await turn(10)
        assert [row.kind for row in made.disk.rows] == ["EventNotKept"]
        assert "scale" not in made.core.state.facts.devices_down
        alarm = made.core.state.alarms["event_not_kept:scale"]
        assert says in alarm.detail
        assert recognised(alarm.detail)


FOUND = ImageFinding("metal_high", "41 % of its mass is metal")


class PacedBench(Bench):
    """A core whose officers have one image to look at at most; the next one that comes pauses the infeed."""

    def __init__(self) -> None:
        story = XrayStory(replace(XRAY, pictures_most=1))
        story.ready(A, B)
        story.before_tunnel(1, A)
        story.through(1)
        self.story, self.asked = story, story.analyses()[-1]
        self.disk = SlowDisk()
        self.wire = Wire()
        self.clock = LineClock(asyncio.get_running_loop(), self.story.now_ms)
        self.core = CoreLoop(self.story.state, self.disk, self.clock, self.wire, self.wire, checkpoint_every_rows=3)

    def analysed(self) -> ImageAnalysed:
        return ImageAnalysed(self.asked.work_id, self.asked.track, self.asked.low.sha256, 1900, (FOUND,), "1")

    def synced(self) -> PlcSynced:
        return PlcSynced(1, 7, 1, PlcStatus(6, int(RUNNING), 0, 0, 0, 0xFFFF, 500), (), 0, 0)

    def masks(self) -> list[int]:
        return [command.pass_mask for command in self.wire.sent if isinstance(command, SetOutputs)]


async def test_outputs_that_only_take_away_leave_before_the_disk_has_them() -> None:
    made = PacedBench()
    task = asyncio.create_task(made.core.run())
    try:
        made.core._outputs_sent = made.core._last_outputs = 1  # what stands is on the wire
        made.core.post(made.analysed())
        await turn()
        assert made.disk.waiting == 1
        assert made.masks() == [0xFFFE]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_outputs_that_take_away_from_what_has_not_left_wait_with_it() -> None:
    """They would carry "ready" and the passes of the others along, before the disk has those."""
    made = PacedBench()
    task = asyncio.create_task(made.core.run())
    try:
        made.core.post(made.synced())
        await turn()
        made.core.post(made.analysed())
        await turn()
        assert made.masks() == []
        made.disk.let_through.set()
        await turn(10)
        assert made.masks() == [0xFFFE], "the wider one was overtaken and never left"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.part_fails
async def test_a_part_that_fails_on_what_it_is_told_stops_neither_the_core_nor_the_others(failed_parts: list[str]) -> None:
    async with bench() as on:
        heard: list[int] = []

        def fails(seq: int, stamped: Stamped, outcome: Outcome) -> None:
            raise InboxFullError("a screen's part has a bug, or nothing more fits in")

        on.core.on_outcome.extend((fails, lambda seq, stamped, outcome: heard.append(seq)))
        on.carton_waits()
        on.disk.let_through.set()
        on.core.post(on.want_decision())
        await turn()
        stop = await on.core.submit(LineCommanded("stop", "look"), actor="li", role=Role.OPERATOR)
        assert heard == [1, stop.seq]
        assert on.wire.decisions() == [True]
        (told,) = failed_parts
        assert "a screen's part has a bug" in told, "said once, with its cause; a test that does not expect it fails"
