"""An image is measured by itself, and its time by the belt as the PLC says that it goes."""

import pytest
from msgspec.structs import replace

from controller.line.plc_events import PlcStatus, PlcStatusChanged
from tests.line.line_story import RUNNING, s10
from tests.line.xray_story import COUNTING, XRAY, XrayStory

A = s10(10000001)


@pytest.mark.parametrize("profile", [XRAY, COUNTING])
@pytest.mark.parametrize("speed_mm_s", [500, 400, 350])
def test_on_a_slow_drive_an_image_comes_in_its_time(speed_mm_s: int, profile: object) -> None:
    story = XrayStory(profile)  # type: ignore[arg-type]
    story.ready(A)
    story.before_tunnel(1, A)
    story.feed(PlcStatusChanged(PlcStatus(6, int(RUNNING), 0, 0, 0, 0xFFFF, speed_mm_s)))

    def go(mm: int) -> None:
        story.wait(mm * 1000 // speed_mm_s)
        story.belt_mm += mm

    story.enter(1)
    go(750 + 400)
    go(speed_mm_s // 5)
    story.image("" if profile is COUNTING else "1:1", 7 if profile is COUNTING else -1, 400)
    go(750 - speed_mm_s // 5)
    story.leave(1)
    one = story.inspection(1)
    assert (one.bound, one.problem) == (True, "")


@pytest.mark.parametrize(("width_px", "problem"), [(32, "image_incomplete"), (339, "image_incomplete"), (340, ""), (400, "")])
def test_a_picture_that_is_less_wide_than_it_says_is_not_whole(width_px: int, problem: str) -> None:
    story = XrayStory(replace(XRAY, image_length_tolerance_mm=60))
    story.ready(A)
    story.before_tunnel(1, A)
    story.through(1, width_px=width_px, height_px=32, pixel_um=1000)
    assert story.inspection(1).problem == problem
