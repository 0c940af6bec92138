"""A hold that the PLC refuses while it has a release: another restrictive lane takes its place, and the belt stops once."""

import pytest

from controller.line.belt import Result, RingKind
from controller.line.commands import CommandCode, PlcCommand
from tests.line.line_story import PROFILE, Story, s10

A = s10(10000001)


def released_then_doubled() -> Story:
    """Its release is taken; then its number is read on another carton, so that it should go to the anomaly lane."""
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A)
    story.answer()
    assert story.last(1).lane == "release"
    story.induct(2)
    story.gate(2, PROFILE.scan_zone, A)
    story.wait(1000)
    assert story.last(1).lane == "anomaly"
    return story


@pytest.mark.parametrize("refusal", [Result.NOT_ALLOWED, Result.LANE_CLOSED])
def test_the_default_lane_is_said_next_and_stands(refusal: Result) -> None:
    """What a PLC doubts itself takes its default lane alone."""
    story = released_then_doubled()
    story.answer(refusal)
    stops = [c for o in story.outcomes for c in o.commands if isinstance(c, PlcCommand) and c.code == CommandCode.STOP]
    assert len(stops) == 1
    story.wait(1500)
    assert story.last(1).lane == "inspect"
    assert "duplicate" in story.codes(1)
    story.answer()
    seq = story.last(1).seq
    story.ring(RingKind.JAM, 0)
    story.wait(5000)
    assert story.last(1).seq == seq, "no other hold is asked for any more"


def test_where_that_is_refused_too_the_lane_that_was_meant_is_said_again() -> None:
    story = released_then_doubled()
    lanes = []
    for _ in range(4):
        story.answer(Result.LANE_CLOSED)
        story.wait(1500)
        lanes.append(story.last(1).lane)
    assert lanes == ["inspect", "anomaly", "inspect", "anomaly"]
