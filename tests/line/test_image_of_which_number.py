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


def test_a_test_shot_between_close_cartons_takes_the_number_of_none() -> None:
    """It has the number that is due; the next one's, by its number, is there before that carton can have been at the beam."""
    shot = Came(12, 0, 190 - 1060)
    story = Together(COUNTING).go([800, 600, 130], Came(10, 1), Came(11, 2), shot, Came(13, 3, 370), Came(14, 4, 548))
    assert -1 not in story.shown(4)
    assert story.inspection(3).problem == "image_ambiguous"


def test_two_images_in_ones_time_are_not_both_that_of_the_carton_behind() -> None:
    shots = (Came(12, 0, 190 - 1060), Came(13, 0, 350 - 1060))
    story = Together(COUNTING).go([800, 600, 130], Came(10, 1), Came(11, 2), *shots, Came(14, 3, 700), Came(15, 4, 548))
    assert -1 not in story.shown(4)


@pytest.mark.parametrize("gap_mm", [800, 2000])
def test_a_carton_whose_image_may_have_gone_with_the_one_before_takes_none_in_its_place(gap_mm: int) -> None:
    """11 is in doubt and 2 is run again; 12, in its time as well, goes with it; 13 is a shot, and 14 would agree with it."""
    shot = Came(13, 0, 533 - 1400)
    story = Together(COUNTING).go([gap_mm, 130, 300], Came(10, 1), Came(11, 2, 572), Came(12, 3, 418), shot, Came(14, 4, 404))
    assert -1 not in story.shown(4)
    assert story.inspection(3).problem == "image_ambiguous"


@pytest.mark.parametrize("after_ms", [250, 400, 530])
def test_close_cartons_of_a_count_that_stands_all_have_their_own(after_ms: int) -> None:
    """The next one's image is there before this one has left the tunnel."""
    story = Together(COUNTING).go([3000, 130, 130, 130], *(Came(10 + track, track, after_ms) for track in range(1, 6)))
    assert story.shown(5) == (1, 2, 3, 4, 5)


def test_a_count_that_is_lost_among_close_cartons_wants_an_empty_tunnel() -> None:
    """Else each would take the next one's image, as long as the traffic is close."""
    came = (Came(10 + track - (track > 3), track, 300) for track in (1, 2, 4, 5))  # the machine missed the third
    story = Together(COUNTING).go([3000, 150, 150, 150], *came)
    assert story.inspection(4).problem == "image_ambiguous"
    assert "infeed_paused" in {alarm.code for alarm in story.alarms()}
