"""Images that come while the PLC's records are not read: who else was in the tunnel is known when the belt is in sight again."""

import pytest
from msgspec.structs import replace

from controller.domain.sentences import recognised
from tests.line.images_together import Came, Together
from tests.line.xray_story import COUNTING, XRAY

PATIENT = replace(XRAY, image_late_ms=6000)


@pytest.mark.parametrize("lost_ms", [3700, 3900])
@pytest.mark.parametrize("restart", [False, True])
def test_the_next_cartons_image_is_not_that_of_the_one_before_though_its_entry_is_not_read_yet(
    restart: bool, lost_ms: int
) -> None:
    story = Together(PATIENT)
    story.restart = restart
    story.go([1600], Came(1, 2, 100), unseen=(lost_ms, 7000))
    assert story.shown(2) == (0, 0)
    assert story.inspection(1).problem == "image_ambiguous"


def test_nor_where_a_machine_that_counts_missed_the_one_before() -> None:
    story = Together(replace(COUNTING, image_late_ms=6000))
    story.go([3000, 1600], Came(10, 1), Came(11, 3, 100), unseen=(10_700, 14_000))
    assert story.shown(3) == (1, 0, 0)


@pytest.mark.parametrize("profile", [XRAY, COUNTING])
@pytest.mark.parametrize("unseen", [(2000, 6000), (3500, 4500), (4000, 12_000), (9000, 13_000)])
def test_out_of_sight_each_gets_its_own_when_the_records_are_read(profile: object, unseen: tuple[int, int]) -> None:
    first = 1 if profile is XRAY else 11
    story = Together(profile)  # type: ignore[arg-type]
    story.go([600] * 3, *(Came(first + place, place + 1) for place in range(4)), unseen=unseen)
    assert story.shown(4) == (1, 2, 3, 4)
    assert not {"image_unbound", "image_count_differs"} & {alarm.code for alarm in story.alarms()}


def test_a_start_in_between_costs_no_image_with_an_id() -> None:
    """It came before the daemon ended, and its carton leaves the tunnel when the new one reads the records again."""
    story = Together(XRAY)
    story.restart = True
    story.go([3000], Came(1, 1), Came(2, 2), unseen=(2900, 3500))
    assert story.shown(2) == (1, 2)


def test_what_no_carton_waits_for_is_told_when_the_belt_is_in_sight_again() -> None:
    story = Together(XRAY)
    story.go([600], Came(1, 1), Came(2, 2), Came(7, 2, 400), unseen=(3900, 8000))
    assert story.shown(2) == (1, 2)
    assert [a.detail for a in story.alarms() if a.code == "image_unbound"] == ["image 1:7: no such carton is known"]
    assert not story.state.facts.images


@pytest.mark.parametrize(
    "said",
    [
        "its image came when that of track 1:2 was due, which has none",
        "image number 8 came when that of track 1:2 was due, which has none",
        "image number 12 may be its own, or that of track 1:3",
    ],
)
def test_it_is_said_in_chinese_too(said: str) -> None:
    assert recognised(said)
