"""A machine that takes ids, on a site that waits longer for an image than for the next carton: whose image is it?"""

import pytest
from msgspec.structs import replace

from controller.line.belt import PlcFlag, RingKind
from controller.line.plc_events import PlcStatus, PlcStatusChanged
from controller.line.profile import LineProfile
from tests.line.images_together import Came, Together
from tests.line.line_story import RUNNING, s10
from tests.line.xray_story import XRAY, XrayStory

A, B = s10(10000001), s10(10000002)
PATIENT = replace(XRAY, image_late_ms=3000)
FRONT_TO_BEAM_MM = XRAY.xray_beam_mm - XRAY.xray_entry_mm
TUNNEL_MM = XRAY.xray_exit_mm - XRAY.xray_entry_mm
PITCH_MM = 1000


def two_through(lengths_mm: tuple[int, int], *came: tuple[int, int, int]) -> XrayStory:
    """Cartons 1 and 2 go through the tunnel, 2 s apart. `came`: images, as (whose id, ms after a rear was at the beam, whose)."""
    story = XrayStory(PATIENT)
    story.ready(A, B)
    for track, number in ((1, A), (2, B)):
        story.before_tunnel(track, number)
    fronts_mm = (0, -PITCH_MM)
    events: list[tuple[int, str, int]] = []
    for track, front_mm, length_mm in zip((1, 2), fronts_mm, lengths_mm, strict=True):
        events += [(-front_mm * 2, "enter", track), ((TUNNEL_MM + length_mm - front_mm) * 2, "leave", track)]
    for claims, after_ms, shows in came:
        rear_ms = (FRONT_TO_BEAM_MM + lengths_mm[shows - 1] - fronts_mm[shows - 1]) * 2
        events.append((rear_ms + after_ms, f"image {lengths_mm[shows - 1]}", claims))
    passed_ms = 0
    for at_ms, what, track in sorted(events):
        story.run(at_ms - passed_ms)
        passed_ms = at_ms
        if what == "enter":
            story.enter(track)
        elif what == "leave":
            story.leave(track)
        else:
            story.image(f"1:{track}", length_mm=int(what.partition(" ")[2]), width_px=200)
    return story


def problems(story: XrayStory) -> tuple[str, str]:
    return story.inspection(1).problem, story.inspection(2).problem


def test_an_image_with_the_id_of_the_carton_before_is_not_that_ones_where_its_own_never_came() -> None:
    story = two_through((400, 410), (1, 100, 2))
    assert problems(story) == ("image_ambiguous", "")
    assert story.inspection(1).problem_detail == "its image came when that of track 1:2 was due, which has none"
    assert not story.inspection(2).bound


def test_a_late_image_of_the_carton_before_with_the_newest_id_is_not_the_next_cartons() -> None:
    story = two_through((400, 410), (2, 2300, 1))
    assert problems(story) == ("", "image_ambiguous")


def test_where_the_one_before_has_its_own_the_next_image_is_the_next_cartons() -> None:
    story = two_through((400, 410), (1, 2100, 1), (2, 300, 2))
    assert (problems(story)[1], story.inspection(2).bound) == ("", True), "whatever became of the first"


@pytest.mark.parametrize("its_own_came", [True, False])
def test_the_one_before_that_stood_in_the_tunnel_has_its_own_image_only_when_one_came(its_own_came: bool) -> None:
    story = XrayStory(PATIENT)
    story.ready(A, B)
    for track, number in ((1, A), (2, B)):
        story.before_tunnel(track, number)
    story.enter(1)
    story.run(1500)
    story.feed(PlcStatusChanged(PlcStatus(6, int(RUNNING & ~PlcFlag.RUNNING), 0, 0, 0, 0xFFFF, 500)))
    story.wait(1000)
    story.feed(PlcStatusChanged(PlcStatus(6, int(RUNNING), 0, 0, 0, 0xFFFF, 500)))
    story.run(500)
    story.enter(2)
    story.run(500)
    if its_own_came:
        story.image("1:1", complete=False)
    story.run(1300)
    story.leave(1)
    story.run(600)
    story.image("1:2")
    story.run(1400)
    story.leave(2)
    assert problems(story) == ("image_incomplete", "" if its_own_came else "image_ambiguous")
    assert story.inspection(2).bound == its_own_came


@pytest.mark.parametrize("after_ms", [100, 1000, 1400])
def test_an_image_that_comes_before_the_next_carton_is_at_the_beam_is_its_own(after_ms: int) -> None:
    story = two_through((400, 400), (1, after_ms, 1), (2, after_ms, 2))
    assert problems(story) == ("", "")
    assert story.inspection(1).bound
    assert story.inspection(2).bound


def test_a_late_image_of_another_length_than_the_next_carton_is_its_own() -> None:
    """The next one has left the tunnel by then, and is measured."""
    story = two_through((600, 300), (1, 2950, 1))
    assert problems(story)[0] == ""
    assert story.inspection(1).bound


def test_what_was_lost_in_the_tunnel_long_ago_stands_against_nobody() -> None:
    story = XrayStory(PATIENT)
    story.ready(A, B)
    story.before_tunnel(1, A)
    story.enter(1)
    story.ring(RingKind.LOST, 1, 4)
    story.run(10_000)
    story.before_tunnel(2, B)
    story.through(2)
    assert story.inspection(2).bound


@pytest.mark.parametrize(("speed_mm_s", "gap_mm"), [(500, 300), (400, 300), (300, 300), (250, 300), (250, 380), (150, 600)])
def test_on_a_slow_drive_a_carton_far_behind_takes_no_image_from_anybody(speed_mm_s: int, gap_mm: int) -> None:
    story = on_drive(XRAY, speed_mm_s)
    story.go([gap_mm] * 3, *(Came(track, track) for track in (1, 2, 3, 4)), speed_mm_s=speed_mm_s)
    assert story.shown(4) == (1, 2, 3, 4)


@pytest.mark.parametrize(("speed_mm_s", "after_ms"), [(500, 0), (500, 2000), (300, 0), (300, 1500), (250, 0), (250, 1000)])
def test_on_a_slow_drive_the_next_cartons_image_is_nobody_elses(speed_mm_s: int, after_ms: int) -> None:
    story = on_drive(replace(XRAY, image_late_ms=8000), speed_mm_s)
    story.go([300], Came(1, 2, after_ms), speed_mm_s=speed_mm_s)
    assert story.shown(2) == (0, 0)
    assert story.inspection(1).problem == "image_ambiguous"


def test_where_the_belts_counter_begins_anew_it_tells_the_same() -> None:
    for began_mm in (65_536 - 1000, 65_536 - 2000, 65_536 - 2500):
        story = on_drive(XRAY, 250)
        story.belt_mm = began_mm
        story.go([300], Came(1, 1), Came(2, 2), speed_mm_s=250)
        assert story.shown(2) == (1, 2)


def on_drive(profile: LineProfile, speed_mm_s: int) -> Together:
    story = Together(profile)
    story.feed(PlcStatusChanged(PlcStatus(6, int(RUNNING), 0, 0, 0, 0xFFFF, speed_mm_s)))
    return story
