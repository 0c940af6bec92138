"""A read that comes when its gate has been judged tells of a copy as well: what stands in a lane is not on the belt."""

import pytest

from controller.line.belt import RingKind
from controller.line.events import CodesRead, ReadText
from tests.line.line_story import PROFILE, Story, s10
from tests.line.test_copies_at_verify import A, held, into_inspect, once_named

B = s10(10000002)
GATES = pytest.mark.parametrize(
    ("zone", "role"), [(PROFILE.scan_zone, "induct"), (PROFILE.verify_zone, "verify")], ids=["induct", "verify"]
)


def unread(story: Story, track: int, zone: int) -> int:
    """Nothing comes from the reader in time; when the label stood before it."""
    story.ring(RingKind.GATE_OPEN, track, zone)
    story.wait(400)
    at_ms = story.now_ms
    story.wait(400)
    story.ring(RingKind.GATE_CLOSED, track, zone)
    story.wait(600)
    return at_ms


def late(story: Story, role: str, number: str, at_ms: int) -> None:
    story.feed(CodesRead("camera", role, (ReadText(number),), True, at_ms))


@GATES
@pytest.mark.parametrize("diverted", [False, True])
def test_a_number_that_is_told_late_of_a_way_without_a_name_is_a_copy_of_what_stands_in_a_lane(
    zone: int, role: str, diverted: bool
) -> None:
    story = once_named()
    story.induct(2)
    at_ms = unread(story, 2, zone)
    if diverted:
        into_inspect(story, 2)
    late(story, role, A, at_ms)
    assert held(story) == ["duplicate"]
    if not diverted:
        into_inspect(story, 2)
    story.fetch(A)
    story.pass_to_decision(3, A)
    assert story.last(3).lane != "release"


@GATES
def test_it_is_none_of_what_a_person_took_from_its_lane(zone: int, role: str) -> None:
    story = once_named()
    story.fetch(A)
    story.induct(2)
    at_ms = unread(story, 2, zone)
    late(story, role, A, at_ms)
    into_inspect(story, 2)
    story.fetch(A)
    story.pass_to_decision(3, A)
    assert story.last(3).lane == "release"
    assert not held(story)


def test_nor_of_its_own_way_that_the_other_gate_has_read_in_time() -> None:
    """That read has used up the word that brought it; where it stands has been nobody's word since."""
    story = once_named()
    story.fetch(A)
    story.induct(2)
    at_ms = unread(story, 2, PROFILE.scan_zone)
    story.gate(2, PROFILE.verify_zone, A)
    late(story, "induct", A, at_ms)
    into_inspect(story, 2)
    late(story, "induct", A, at_ms)
    assert not held(story)


@GATES
def test_another_gate_or_another_time_says_nothing(zone: int, role: str) -> None:
    story = once_named()
    story.induct(2)
    at_ms = unread(story, 2, zone)
    late(story, role, A, at_ms + 5000)
    late(story, "verify" if role == "induct" else "induct", A, at_ms)
    assert not held(story)


@GATES
def test_nor_does_a_read_that_fits_the_carton_behind_it_as_well(zone: int, role: str) -> None:
    story = once_named()
    story.induct(2)
    story.induct(3)
    unread(story, 2, zone)
    at_ms = story.now_ms - 500
    story.ring(RingKind.GATE_OPEN, 3, zone)
    late(story, role, A, at_ms)
    assert not held(story)


@GATES
def test_a_number_that_stands_in_no_lane_is_no_copy(zone: int, role: str) -> None:
    story = Story()
    story.ready(A, B)
    story.induct(1)
    story.gate(1, PROFILE.scan_zone, A)
    story.induct(2)
    at_ms = unread(story, 2, zone)
    late(story, role, A, at_ms)
    late(story, role, B, at_ms)
    assert not held(story)


@GATES
def test_one_that_was_told_in_time_is_not_asked_again_when_its_carton_has_a_lane(zone: int, role: str) -> None:
    """It may have been the label of the carton beside it; another read of another time is no new word of it."""
    story = Story()
    story.ready(A, B)
    story.induct(1)
    story.gate(1, PROFILE.scan_zone, A)
    story.induct(2)
    story.gate(2, zone, A, "E10000001CN")
    story.decide(1)
    story.answer()
    story.divert(1, 1)
    late(story, role, B, story.now_ms)
    assert not held(story)
