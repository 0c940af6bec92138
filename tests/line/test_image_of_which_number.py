"""A machine that numbers by itself and misses a carton: its numbers agree with each other, one carton further on."""

import pytest
from msgspec.structs import replace

from tests.line.images_together import Came, Together
from tests.line.xray_story import COUNTING

PATIENT = replace(COUNTING, image_late_ms=3000)


def test_behind_one_taken_off_in_the_tunnel_close_cartons_do_not_get_the_next_ones_image() -> None:
    """2 is gone before the beam; a late image of 3 comes when that of 4 might."""
    story = Together(COUNTING).go([600, 600, 140], Came(10, 1), Came(11, 3, 450), Came(12, 4), removed=[2])
    assert story.shown(4) == (1, 0, 0, 0)
    assert story.inspection(3).problem == "image_ambiguous"


@pytest.mark.parametrize(
    ("late_ms", "gaps_mm", "came"),
    [
        (1500, [600, 140, 140], [Came(10, 1), Came(11, 3), Came(12, 4)]),  # 2 was never exposed
        (3000, [1200, 600, 600], [Came(10, 1), Came(11, 3), Came(12, 4)]),
        (3000, [1200, 200, 600, 800, 600], [Came(10, 1), Came(12, 3), Came(13, 4), Came(14, 5), Came(15, 6)]),  # 2's is lost
        (3000, [1200, 600, 600], [Came(10, 1), Came(11, 3, 100), Came(13, 4)]),  # 2's is lost, 3's bears its number
    ],
)
def test_whoever_may_have_the_next_ones_image_is_run_again(late_ms: int, gaps_mm: list[int], came: list[Came]) -> None:
    story = Together(replace(COUNTING, image_late_ms=late_ms)).go(gaps_mm, *came)
    tracks = len(gaps_mm) + 1
    assert all(shows in (0, track) for track, shows in enumerate(story.shown(tracks), start=1))
    assert "image_count_differs" in {alarm.code for alarm in story.alarms()}


@pytest.mark.parametrize("gap_mm", [600, 300, 200])
def test_where_each_has_its_image_before_the_next_is_at_the_beam_all_get_their_own(gap_mm: int) -> None:
    story = Together(PATIENT).go([3000, gap_mm, gap_mm], *(Came(10 + track, track, 300) for track in (1, 2, 3, 4)))
    assert story.shown(4) == (1, 2, 3, 4)
