"""Changed rules of judgement over decisions that were made: what would have gone elsewhere, and where nobody can say."""

import pytest
from msgspec.structs import replace

from controller.line.belt import RingKind
from controller.line.config_dry_run import Judged, Judgement, judged
from controller.line.state import LineState, encode_state
from tests.line.line_story import PROFILE, Story, s10

NUMBER = s10(10000001)


def decided(weight_g: int, verify: str | None = None) -> LineState:
    story = Story()
    story.ready(NUMBER)
    story.pass_to_decision(7, NUMBER, weight_g, verify)
    return story.state


@pytest.mark.parametrize(
    ("weight_g", "judgement", "lanes"),
    [(2040, Judgement(weight_tolerance_g=0, weight_tolerance_permille=10), ("release", "inspect")),
     (2040, Judgement(weight_tolerance_g=45, weight_tolerance_permille=10), None),
     (2200, Judgement(weight_tolerance_g=300), ("inspect", "release")), (2200, Judgement(weight_tolerance_g=100), None),
     (2200, Judgement(weight_required=False), ("inspect", "release")), (2000, Judgement(), None)],
)  # fmt: skip
def test_a_decision_looked_at_again_differs_where_the_changed_rules_say_so(
    weight_g: int, judgement: Judgement, lanes: tuple[str, str] | None
) -> None:
    state = decided(weight_g)
    before = encode_state(state)
    found = judged(state, "1:7", judgement)
    assert encode_state(state) == before, "a look changes nothing"
    assert (found.otherwise and (found.otherwise.before, found.otherwise.after)) == lanes
    assert not found.unsure


def test_another_verify_read_matters_only_while_it_is_asked_for() -> None:
    state = decided(2000, s10(10000002))
    found = judged(state, "1:7", Judgement(verify_read=False)).otherwise
    assert found is not None
    assert (found.carton, found.before) == ("EMS001/" + NUMBER, "inspect")


def test_what_had_still_to_come_is_nothing_that_anybody_can_say() -> None:
    story = Story(replace(PROFILE, verify_read=False))
    story.ready(NUMBER)
    story.induct(7)
    story.gate(7, PROFILE.scan_zone, NUMBER)
    story.weigh(7, 2000)
    story.ring(RingKind.GATE_OPEN, 7, PROFILE.verify_zone)
    story.decide(7)
    assert story.last(7).lane == "release"
    assert judged(story.state, "1:7", Judgement(verify_read=True)) == Judged(None, True)
