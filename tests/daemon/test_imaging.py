"""The X-ray machine through the unchanged daemon, driver and simulator on a virtual clock: whatever is no image is inspected."""

import asyncio
import os
from pathlib import Path

import pytest

from controller.domain.reasons import Role
from controller.line.commands import Outcome
from controller.line.events import Stamped
from controller.line.inspection_events import ImageRefused, VerdictGiven
from controller.line.state import Draft
from controller.line.verdicts import to_judge
from simulators.plant.cartons import Carton, Content, Label
from simulators.xray.drop import BAD_KINDS
from tests.daemon.test_one_carton import papers, running
from tests.daemon.virtual_line import VirtualLine, virtual_line
from tests.line.line_story import CARRIER, s10

pytestmark = pytest.mark.virtual

INSPECT, RELEASE = 1, 3
NUMBERS = tuple(s10(10000001 + n) for n in range(14))
# What is said of each bad image: the carton's reason, and how its cause begins (the driver's own code where it has one).
REASONS = {
    "truncated": ("image_unusable", "truncated"), "one_pixel": ("image_unusable", "too_small"),
    "enormous": ("image_unusable", "too_large"), "wrong_depth": ("image_unusable", "wrong_depth"),
    "empty": ("image_unusable", "empty"), "not_an_image": ("image_unusable", "not_an_image"),
    "sidecar_cut": ("image_missing", "sidecar_malformed"),
    "repeat": ("image_unusable", "the same picture"), "wrong_id": ("image_missing", ""), "late": ("image_late", ""),
}  # fmt: skip


class Told:
    """What was decided and refused, from the outcomes as they become durable."""

    def __init__(self, line: VirtualLine) -> None:
        self.last: dict[str, tuple[str, dict[str, str]]] = {}
        self.refused: list[ImageRefused] = []
        self.alarms: list[str] = []
        line.core.on_outcome.append(self._look)

    def _look(self, seq: int, stamped: Stamped, outcome: Outcome) -> None:
        for one in outcome.decisions:
            self.last[one.carton] = (one.lane, {blocker.code: blocker.detail for blocker in one.blockers})
        self.alarms += [f"{alarm.code} {alarm.detail}" for alarm in outcome.alarms]
        if isinstance(stamped.event, ImageRefused):
            self.refused.append(stamped.event)

    def of(self, number: str) -> tuple[str, dict[str, str]]:
        return self.last[f"{CARRIER}/{number}"]


async def test_each_of_ten_bad_images_is_said_and_its_carton_inspected(tmp_path: Path) -> None:
    # The wrong id is the late carton's; the repeated picture is the good one's before it.
    kinds = ("", *BAD_KINDS, "late", "wrong_id", "", "repeat", "")
    async with virtual_line(tmp_path) as line:
        await running(line)
        told = Told(line)
        await papers(line, *NUMBERS[: len(kinds)])
        for number, kind in enumerate(kinds, start=1):
            if kind:
                line.xray.for_carton[number] = kind
            line.place(number, NUMBERS[number - 1])
            await asyncio.sleep(3)
        await line.emptied()
        await asyncio.sleep(15)  # so that the late one comes, too
        assert set(REASONS) == {*BAD_KINDS, "repeat", "wrong_id", "late"}
        assert line.lanes() == {number: INSPECT if kind else RELEASE for number, kind in enumerate(kinds, start=1)}
        for label, kind in zip(NUMBERS, kinds, strict=False):
            if kind:
                code, begins = REASONS[kind]
                lane, blockers = told.of(label)
                assert lane == "inspect", kind
                assert code == "image_missing" or blockers[code].startswith(begins), kind
                assert code in blockers, kind
        assert [one.code for one in told.refused] == [REASONS[kind][1] for kind in kinds if kind in BAD_KINDS]
        assert all(one.evidence for one in told.refused), "what was refused is kept all the same"
        assert any(one.startswith("image_unbound") for one in told.alarms), "the late one is nobody's"


@pytest.mark.parametrize("bad", BAD_KINDS)
async def test_a_picture_that_came_damaged_is_known_when_the_next_carton_is_given_it(bad: str, tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await running(line)
        await papers(line, *NUMBERS[:2])
        line.xray.for_carton.update({1: bad, 2: "repeat"})
        for number in (1, 2):
            line.place(number, NUMBERS[number - 1])
            await asyncio.sleep(3)
        await line.emptied()
        assert line.lanes() == {1: INSPECT, 2: INSPECT}
        assert (1,) in line.xray.shows.values()
        assert (2,) not in line.xray.shows.values(), "what truly stands in the second picture is the first carton"


async def test_a_machine_that_is_unplugged_or_silent_fails_safe_and_comes_back_by_itself(tmp_path: Path) -> None:
    away = tmp_path / "share-that-is-not-mounted"
    async with virtual_line(tmp_path) as line:
        await running(line)
        told = Told(line)
        await papers(line, *NUMBERS[:4])

        async def carton(number: int) -> None:
            line.place(number, NUMBERS[number - 1])
            await asyncio.sleep(1)
            await line.emptied()

        await carton(1)
        folder = line.xray.folder
        folder.rename(away)
        line.xray.works = False
        await carton(2)
        assert line.state.facts.devices_down
        away.rename(folder)
        await carton(3)  # the share is back, the machine still says nothing
        assert not line.state.facts.devices_down
        line.xray.works = True
        await carton(4)
        assert line.lanes() == {1: RELEASE, 2: INSPECT, 3: INSPECT, 4: RELEASE}
        assert "image_missing" in told.of(NUMBERS[1])[1]
        assert any("folder_unreadable" in one for one in told.alarms)


async def test_what_the_analyser_points_at_waits_for_an_officer_and_the_belt_does_not(tmp_path: Path) -> None:
    async with virtual_line(tmp_path) as line:
        await running(line)
        told = Told(line)
        await papers(line, *NUMBERS[:2])

        def hidden(number: int) -> None:
            block = Content("steel block", "steel", 1500, 40, 0, 200, 200)
            line.sim.plant.place(Carton(number, 400, 2000, (Label(NUMBERS[number - 1]),), (block,)), -600)

        def looked_at() -> str:
            waiting = to_judge(Draft(line.state, line.state.facts.line_ms))
            return waiting[0].track if waiting else ""

        hidden(1)
        await line.until(looked_at)
        one = to_judge(Draft(line.state, line.state.facts.line_ms))[0]
        assert one.codes == ("analyser_finding",)
        await line.act(VerdictGiven(one.track, one.low, "clear", "a steel jig, as declared on paper"), Role.OFFICER)
        await line.emptied()
        hidden(2)
        await line.emptied()
        assert line.lanes() == {1: RELEASE, 2: INSPECT}
        assert {"analyser_finding", "verdict_late"} <= set(told.of(NUMBERS[1])[1])


async def test_a_drop_whose_name_is_no_text_is_told_and_put_aside(tmp_path: Path) -> None:
    """A machine of another system names its files in GBK: what it gave is refused like any other that is no image."""
    async with virtual_line(tmp_path) as line:
        await running(line)
        told = Told(line)
        name = os.fsdecode("图像1.json".encode("gbk"))
        await asyncio.to_thread((line.xray.folder / name).write_bytes, b"{broken")
        await asyncio.sleep(2)
        assert [(one.code, one.name) for one in told.refused] == [("sidecar_malformed", r"ͼ\udccf\udcf11.json")]
        assert [one for one in told.alarms if one.startswith(r"image_refused sidecar_malformed: ͼ\udccf")]
        assert [each.name for each in (line.xray.folder / "refused").iterdir()] == [name]
