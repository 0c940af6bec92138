"""An officer's word at the gate is about the truck as it was shown: told of anew since, or with another pass, it is refused."""

from collections.abc import Callable

import pytest

from controller.domain.reasons import Role
from controller.domain.sentences import recognised
from controller.line.departure_state import Visit
from controller.line.gate_check import RESULTS
from controller.line.gate_events import GatePassIssued, GatePassVoided
from tests.line.departure_story import BOX, PLATE, Departure
from tests.line.line_story import s10

A = s10(10000001)
GROSS_G = 4_302_000


def plate_in_doubt() -> Departure:
    """A truck that waits for a person because its plate was not read for sure."""
    story = Departure()
    story.sealed_with_pass(A, gross_g=GROSS_G)
    story.arrive(gross_g=GROSS_G, sure=False)
    assert (story.visit.state, story.visit.codes) == ("waiting", ("gate_unsure",))
    return story


def told_heavier(story: Departure) -> None:
    story.arrive(gross_g=9_900_000, again=True)


def told_another_box(story: Departure) -> None:
    story.arrive(box="", gross_g=GROSS_G, sure=False, again=True)


def told_no_seal(story: Departure) -> None:
    story.arrive(seal="", gross_g=GROSS_G, sure=False, again=True)


def another_pass(story: Departure) -> None:
    """The truck is as it was; customs has issued another pass, of another weight."""
    story.feed(GatePassVoided("P1", "wrong weight"), Role.OFFICER)
    assert not story.feed(GatePassIssued("P2", BOX, PLATE, 9_900_000), Role.OFFICER).refusals


CHANGES: list[Callable[[Departure], None]] = [told_heavier, told_another_box, told_no_seal, another_pass]


def kept(visit: Visit) -> tuple[object, ...]:
    return visit.state, visit.codes, visit.checked_by, visit.order_seq


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("result", RESULTS)
def test_a_word_on_what_was_not_shown_is_refused_and_says_how_it_is_now(change: Callable[[Departure], None], result: int) -> None:
    story = plate_in_doubt()
    shown = story.shown()
    change(story)
    before, holds = kept(story.visit), len(story.state.holds)
    (refusal,) = story.check(result, shown=shown).refusals
    assert refusal.code == "changed_since"
    assert recognised(refusal.cause) is not None
    assert (kept(story.visit), len(story.state.holds), story.openings()) == (before, holds, [])


def test_the_refusal_names_the_weight_that_was_not_seen_and_the_next_word_counts() -> None:
    story = plate_in_doubt()
    shown = story.shown()
    told_heavier(story)
    (refusal,) = story.check(1, shown=shown).refusals
    assert "9900000 g" in refusal.cause
    assert refusal.cause.endswith("gate_weight_differs")
    assert not story.check(1, shown=story.shown()).refusals
    assert len(story.openings()) == 1


@pytest.mark.parametrize("result", [1, 2, 3])
def test_a_word_on_what_is_shown_counts_also_when_the_gate_tells_the_same_again(result: int) -> None:
    story = plate_in_doubt()
    shown = story.shown()
    story.wait(30_000)
    story.arrive(gross_g=GROSS_G, sure=False, again=True)
    assert not story.check(result, shown=shown).refusals


def test_what_is_waved_through_beside_the_told_reasons_is_shown() -> None:
    """A pass of another weight makes a weight that a word would lift; the truck itself was never told of it."""
    story = plate_in_doubt()
    another_pass(story)
    assert story.visit.codes == ("gate_unsure",)
    assert story.check(1, shown="0" * 16).refusals[0].cause.endswith(": gate_unsure, gate_weight_differs")
