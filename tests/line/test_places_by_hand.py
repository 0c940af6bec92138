"""What a person may say of where a carton lies: never a place that the line alone confirms."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from controller.domain.reasons import CUSTOMS_DECIDES, LaneKind, Role
from controller.line.commands import Outcome
from controller.line.custody_events import CustodyEnded, CustodyMoved
from controller.line.events import CartonRemoved, ConfigLoaded
from controller.line.state import encode_state
from tests.line.departure_story import GATED, Departure
from tests.line.line_story import CARRIER, s10

A = s10(10000001)
KEY = f"{CARRIER}/{A}"
CONFIRMED = (
    "release", "released by hand", "on_belt", "departed", "expected", "unidentified", "Removed",
    "custody cage 1", "container TGHU1234567", "declared anew as nothing", "Declared anew as EMS001/X",
)  # fmt: skip
# Ways of a released carton into people's hands: from each of them it is seen again before it is loaded.
WAYS = ("missing", "taken away", "out of custody", "out of a container")


def codes(outcome: Outcome) -> list[str]:
    return [refusal.code for refusal in outcome.refusals]


def in_hands(way: str) -> Departure:
    story = Departure()
    story.released(A)
    story.open()
    if way == "missing":
        story.feed(CartonRemoved(A, "missing", "nowhere"), Role.SHIFT_LEAD)
    elif way == "taken away":
        story.feed(CartonRemoved(A, "open_box", "a look"), Role.OPERATOR)
    elif way == "out of custody":
        story.feed(CustodyMoved(A, "cage 1"), Role.OPERATOR)
        story.feed(CustodyEnded(A, "done"), Role.OFFICER)
    else:
        assert story.scan(A).code == ""
        story.feed(CartonRemoved(A, "loading_aside", "counted wrong"), Role.OPERATOR)
    assert story.state.cartons[KEY].released_ms >= 0
    return story


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SHIFT_LEAD, *CUSTOMS_DECIDES])
@pytest.mark.parametrize("place", [*CONFIRMED, " Release "])
@pytest.mark.parametrize("way", WAYS)
def test_a_place_that_the_line_confirms_is_no_persons_word(way: str, place: str, role: Role) -> None:
    story = in_hands(way)
    before = encode_state(story.state)
    outcome = story.feed(CartonRemoved(A, place, "it stands there again"), role)
    (refusal,) = outcome.refusals
    assert (refusal.code, refusal.subject) == ("place_not_by_hand", f"carton:{KEY}")
    assert refusal.cause
    assert refusal.next_step
    assert not outcome.findings
    assert encode_state(story.state) == before
    assert story.scan(A).code == "not_from_release_lane"
    assert story.state.cartons[KEY].container == ""


@pytest.mark.parametrize("typed", ["released at ", "taken out of custody ", " released at\u3000", "shelf 3 "])
def test_a_place_is_kept_as_it_was_judged_without_the_space_around_it(typed: str) -> None:
    """With the space behind it the first two are what the line says of what customs handed back."""
    story = Departure()
    story.ready(A)
    story.pass_to_decision(1, A, 2600)
    story.answer()
    story.divert(1, 1)
    assert not story.feed(CartonRemoved(A, typed, "seen to"), Role.OPERATOR).refusals
    assert story.state.cartons[KEY].place == typed.strip()
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "anomaly"
    assert [hold.code for hold in story.state.holds.values()] == ["duplicate"]


@settings(max_examples=60, deadline=None)
@given(
    way=st.sampled_from(WAYS),
    typed=st.lists(st.one_of(st.sampled_from((*CONFIRMED, "inspect")), st.text(max_size=30)), max_size=4),
)
def test_whatever_people_type_does_not_load_it_before_it_is_seen_again(way: str, typed: list[str]) -> None:
    story = in_hands(way)
    for place in typed:
        story.feed(CartonRemoved(A, place, "said"), Role.OPERATOR)
        assert story.scan(A).code != ""
    assert story.state.cartons[KEY].container == ""


def test_the_release_lane_is_the_one_of_the_configuration() -> None:
    story = in_hands("taken away")
    lanes = tuple(replace(one, name="east") if one.kind is LaneKind.RELEASE else one for one in GATED.lanes)
    story.feed(ConfigLoaded(replace(GATED, lanes=lanes), "cf" * 32, "test", "c5" * 32))
    assert codes(story.feed(CartonRemoved(A, "east", "back"), Role.OPERATOR)) == ["place_not_by_hand"]
    assert story.scan(A).code == "not_from_release_lane"


@pytest.mark.parametrize("place", ["inspect", "anomaly", "open_box", "loading_aside", "custody", "rack 7"])
def test_where_people_do_take_cartons_they_may_say(place: str) -> None:
    story = in_hands("taken away")
    assert not story.feed(CartonRemoved(A, place, "taken"), Role.OPERATOR).refusals
    assert story.state.cartons[KEY].place == place


@pytest.mark.parametrize("role", list(Role))
def test_only_the_shift_lead_or_customs_gives_a_carton_up(role: Role) -> None:
    story = Departure()
    story.released(A)
    outcome = story.feed(CartonRemoved(A, "Missing", "nowhere"), role)
    may = role in (Role.SHIFT_LEAD, *CUSTOMS_DECIDES)
    assert codes(outcome) == ([] if may else ["role_not_allowed"])
    assert (story.state.cartons[KEY].place == "Missing") is may


def test_a_refused_word_takes_nothing_out_of_a_container() -> None:
    story = Departure()
    story.sealed_with_pass(A)
    assert codes(story.feed(CartonRemoved(A, "release", "back"), Role.OPERATOR)) == ["place_not_by_hand"]
    assert codes(story.feed(CartonRemoved(A, "missing", "nowhere"), Role.OPERATOR)) == ["role_not_allowed"]
    assert story.state.cartons[KEY].container
    assert story.state.passes["P1"].voided_ms < 0
