"""A gate tells of the same session anew: what it says then counts, and an officer's no and a taken opening stand."""

import pytest

from controller.domain.reasons import Role
from controller.line.gate import still_opens
from controller.line.gate_events import GateArrived, GateChecked
from controller.line.loading_events import ContainerReopened
from tests.line.departure_story import BOX, GATED, PLATE, SEAL, Departure
from tests.line.line_story import FILE, s10

A = s10(10000001)
GROSS_G = 4_302_000
OTHER_PLATE, OTHER_BOX, OTHER_SEAL = "渝X66666", "MSKU0000006", "SEAL9999"


def with_pass(gross_g: int = 0) -> Departure:
    story = Departure()
    story.sealed_with_pass(A, gross_g=gross_g)
    return story


def codes(story: Departure) -> list[str]:
    return [alarm.code for alarm in story.outcomes[-1].alarms]


# --- an officer's no -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", [2, 3])
def test_an_officers_no_stands_whatever_the_gate_tells_of_that_session_until_an_officer_speaks(word: int) -> None:
    story = with_pass(GROSS_G)
    story.arrive(gross_g=GROSS_G, sure=False)
    story.check(word)
    story.arrive(gross_g=GROSS_G + 20, sure=True, again=True)
    assert (story.visit.state, story.answers()[-1].result, story.openings()) == ("refused", "N", [])
    assert (story.visit.checked_by, story.visit.gross_g) == ("zhang", GROSS_G + 20)  # shown as it is now
    story.lift_all()
    assert not story.check(1).refusals
    assert (story.answers()[-1].result, len(story.openings())) == ("Y", 1)


def test_who_was_refused_by_the_rule_alone_is_judged_anew_when_it_is_read_better() -> None:
    story = with_pass()
    story.arrive(plate=OTHER_PLATE)
    assert story.answers()[-1].result == "N"
    story.arrive(again=True)
    assert story.answers()[-1].result == "Y"


def test_an_officers_yes_that_the_rule_refused_is_no_officers_no() -> None:
    story = with_pass()
    story.arrive(seal=OTHER_SEAL)
    assert story.check(1).refusals[0].code == "gate_seal_differs"
    story.arrive(again=True)
    assert story.answers()[-1].result == "Y"


# --- while its barrier is ordered ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "code"),
    [({"plate": OTHER_PLATE}, "gate_plate_differs"), ({"seal": OTHER_SEAL}, "gate_seal_differs"),
     ({"box": OTHER_BOX}, "gate_container_differs"), ({"mode": "M"}, "gate_unsure"), ({"sure": False}, "gate_unsure")],
)  # fmt: skip
def test_a_reading_that_is_put_right_before_the_barrier_opens_takes_the_order_back(told: dict[str, str], code: str) -> None:
    story = with_pass()
    story.arrive()
    (order,) = story.openings()
    story.arrive(again=True, **told)  # type: ignore[arg-type]
    assert (story.answers()[-1].result, code in story.answers()[-1].codes) == ("N", True)
    assert not still_opens(story.state.visits, order.seq)
    assert "gate_story_changed" in codes(story)
    # It was on its way: the opening is a person's, as behind any no, and the container stays as it is till then.
    refusals = story.feed(ContainerReopened(BOX, "x"), Role.OPERATOR).refusals
    assert [refusal.code for refusal in refusals] == ["barrier_unconfirmed"]
    story.barrier(1)
    assert (story.visit.state, story.visit.container_no, story.messages()) == ("unsure", BOX, [])
    assert {carton.place for carton in story.state.cartons.values()} == {f"container {BOX}"}
    assert not story.check(4).refusals
    assert len(story.messages()) == 1


def test_what_fits_as_well_leaves_the_order_as_it_is() -> None:
    story = with_pass(GROSS_G)
    story.arrive(gross_g=GROSS_G)
    story.arrive(gross_g=GROSS_G + 20, again=True)
    assert (story.answers()[-1].result, story.visit.state, len(story.openings())) == ("Y", "opening", 1)
    story.barrier(1)
    assert len(story.messages()) == 1


def test_what_an_officer_waved_through_is_not_taken_back_for_being_told_again() -> None:
    story = with_pass()
    story.arrive(box="")
    assert not story.check(1).refusals
    story.arrive(box="", again=True)
    assert (story.answers()[-1].result, codes(story)) == ("Y", [])  # told as before: no other story
    story.arrive(box="", sure=False, again=True)
    assert (story.answers()[-1].result, story.answers()[-1].codes) == ("N", ("gate_unread", "gate_unsure"))


def test_a_weight_that_an_officer_waved_through_is_that_weight_and_no_other() -> None:
    story = with_pass(GROSS_G)
    story.arrive(gross_g=GROSS_G * 11 // 10)
    assert not story.check(1).refusals
    story.arrive(gross_g=GROSS_G * 11 // 10 + 40_000, again=True)  # it trembles
    assert (story.answers()[-1].result, story.visit.state) == ("Y", "opening")
    story.arrive(gross_g=GROSS_G * 15 // 10, again=True)
    assert (story.answers()[-1].result, story.answers()[-1].codes) == ("N", ("gate_weight_differs",))
    story.wait(GATED.barrier_confirm_ms + 1)
    assert not story.check(1).refusals  # seen and waved through anew
    assert len(story.openings()) == 2


def test_so_is_a_paper() -> None:
    story = with_pass()
    for form_id, result in (("P8", "Y"), ("P8", "Y"), ("P9", "N")):
        story.feed(GateArrived("gate", "S1", "E", "A", PLATE, BOX, SEAL, -1, form_id, True, True, FILE))
        if story.visit.state == "waiting":
            assert not story.feed(GateChecked("gate", "S1", 1, "looked"), Role.OFFICER, "zhang").refusals
        assert story.answers()[-1].result == result


def test_another_container_in_a_session_that_had_an_order_leaves_on_no_word() -> None:
    story = with_pass()
    story.arrive()
    story.arrive(box=OTHER_BOX, again=True)
    story.wait(GATED.barrier_confirm_ms + 1)
    assert story.check(1).refusals[0].code == "gate_container_differs"
    story.arrive(again=True)  # it is that truck after all: an officer says so
    assert story.answers()[-1].result == "N"
    assert not story.check(1).refusals
    assert len(story.openings()) == 2


# --- a number that is used again -----------------------------------------------------------------------------------


@pytest.mark.parametrize("positions", [(1,), (1, 2)])
def test_a_session_number_that_is_used_again_is_another_truck(positions: tuple[int, ...]) -> None:
    story = with_pass()
    story.arrive()
    for position in positions:
        story.barrier(position)
    story.wait(3_600_000)
    story.arrive(plate=OTHER_PLATE, box=OTHER_BOX, seal=OTHER_SEAL, again=True)
    assert (story.answers()[-1].result, story.answers()[-1].pass_id) == ("N", "")
    assert "gate_container_unknown" in story.answers()[-1].codes
    assert (story.visit.plate, story.visit.order_seq, len(story.openings())) == (OTHER_PLATE, -1, 1)


def test_a_truck_that_is_weighed_otherwise_as_it_drives_off_is_the_same() -> None:
    story = with_pass(GROSS_G)
    story.arrive(gross_g=GROSS_G)
    story.barrier(1)
    story.arrive(gross_g=1_000_000, again=True)
    assert (story.answers()[-1].result, story.visit.state, story.visit.plate) == ("Y", "opened", PLATE)


def test_who_is_read_better_as_it_drives_off_is_the_same_and_who_is_read_worse_may_be_another() -> None:
    story = with_pass()
    story.arrive(box="", seal="")
    assert not story.check(1).refusals
    story.barrier(1)
    story.arrive(again=True)
    assert (story.answers()[-1].result, story.visit.state) == ("Y", "opened")
    story.arrive(box="", again=True)
    assert (story.answers()[-1].result, story.visit.order_seq) == ("N", -1)
