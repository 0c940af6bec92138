"""A load that is booked anew is held once, as a load; a load whose first notice comes behind it, until customs has looked."""

import pytest

from controller.domain.alarms import ALARMS
from controller.domain.reasons import CATALOGUE, Role
from controller.domain.sentences import in_chinese
from controller.line.events import LoadArrived, UnloadingStarted
from controller.line.holds import lifting
from controller.line.two_notices import CODE, SINGLY_MOST
from tests.line.line_story import Story, declared, s10
from tests.line.test_contradictory_papers import codes, held, key, lifts, notice

A, B, C, D = (s10(10000001 + n) for n in range(4))
MANY = tuple(s10(20000001 + n) for n in range(450))


def rows(*numbers: str) -> tuple[tuple[str, str, int, int], ...]:
    return tuple((number, number, 1, 1) for number in numbers)


def ready(*numbers: str) -> Story:
    story = Story()
    story.manifest(*(declared(number) for number in numbers))
    for number in numbers:
        story.receipt(number, "800")
    return story


def unloads(story: Story, load_id: str) -> None:
    story.feed(LoadArrived(load_id, "渝A1"))
    story.check_seal(load_id, "S1")
    story.feed(UnloadingStarted(load_id))


def lift_of(story: Story, target: str, role: Role = Role.OFFICER) -> bool:
    hold = next(one for one in story.state.holds.values() if one.target == target and one.lifted_ms < 0)
    return not story.feed(lifting(hold, "looked at it"), role, "zhang").refusals


# --- booked anew ---------------------------------------------------------------------------------------------------


def test_a_load_that_is_booked_anew_is_one_hold_and_one_alarm_and_goes_on_when_customs_has_lifted_it() -> None:
    story = ready(*MANY)
    notice(story, "L1", *rows(*MANY))
    told = notice(story, "L2", *rows(*MANY))
    assert codes(told) == [CODE]
    assert held(story) == [(CODE, "load", "L2")]
    assert not notice(story, "L2", *rows(*MANY)).alarms, "the same once more is nothing new"
    unloads(story, "L2")
    story.pass_to_decision(1, MANY[0])
    assert (story.last(1).lane, story.codes(1)) == ("anomaly", (CODE,))
    story.answer()
    story.divert(1, 2)
    assert not lift_of(story, "L2", Role.SHIFT_LEAD)
    assert lift_of(story, "L2")
    story.pass_to_decision(2, MANY[1])
    assert story.last(2).lane == "release"
    detail = told.alarms[0].detail
    assert in_chinese(detail) == "车次 L1 与 L2 的预报重复列载"


def test_what_has_come_is_held_with_the_truck_it_came_on_and_recalled_from_the_release_lane() -> None:
    story = Story()
    story.ready(A, B, C)
    for track, number in enumerate((A, B, C), start=1):
        story.pass_to_decision(track, number)
        story.answer()
        story.divert(track, 3)
    notice(story, "L2", *rows(A, B, C))
    assert held(story) == [(CODE, "load", "L1"), *(("recalled", "carton", key(number)) for number in (A, B, C))]


@pytest.mark.parametrize(
    ("of", "moved", "scope"),
    [(4, 2, "carton"), (4, 3, "load"), (400, SINGLY_MOST, "carton"), (1, 1, "carton"), (400, SINGLY_MOST + 1, "load")],
)
def test_where_most_of_it_is_not_in_question_its_cartons_are_held_and_not_all_of_it(of: int, moved: int, scope: str) -> None:
    story = ready(*MANY[:of])
    notice(story, "L1", *rows(*MANY[:moved]))
    notice(story, "L2", *rows(*MANY[:of]))
    by_carton = [(CODE, "carton", key(number)) for number in MANY[:moved]]
    assert held(story) == (by_carton if scope == "carton" else [(CODE, "load", "L2")])


@pytest.mark.parametrize("third", [(A, B, C), (A,)])
def test_what_is_booked_a_third_time_takes_along_what_was_not_settled(third: tuple[str, ...]) -> None:
    story = ready(A, B, C)
    notice(story, "L1", *rows(A, B, C))
    notice(story, "L2", *rows(A, B, C))
    notice(story, "L3", *rows(*third, D))
    mine = ("load", "L3") if len(third) > 1 else ("carton", key(A))
    causes = [h.cause for h in story.state.holds.values() if (h.scope, h.target) == mine]
    assert sorted(causes) == ["announced with load L1 and with load L2", "announced with load L2 and with load L3"]
    unloads(story, "L3")
    assert lift_of(story, mine[1])
    story.pass_to_decision(1, A)
    assert story.codes(1) == (CODE,)
    story.answer()
    story.divert(1, 2)
    lifts(story)
    story.fetch(A, "anomaly")
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "release"


def test_a_carton_of_the_first_booking_that_comes_all_the_same_is_of_the_wrong_load() -> None:
    story = ready(A, B)
    notice(story, "L1", *rows(A, B))
    notice(story, "L2", *rows(A, B))
    unloads(story, "L1")
    story.pass_to_decision(1, A)
    assert "wrong_load" in story.codes(1)


# --- a first notice that comes behind its load ----------------------------------------------------------------------


def test_a_first_notice_behind_a_look_at_the_seals_counts_when_customs_has_compared_it() -> None:
    """Whoever writes it may have seen the seals that hang there."""
    story = ready(A)
    story.feed(LoadArrived("L1", "渝A1"))
    story.check_seal("L1", "S1")
    told = notice(story, "L1", *rows(A))
    assert codes(told) == ["load_notice_late"]
    assert not notice(story, "L1", *rows(A)).alarms
    story.feed(UnloadingStarted("L1"))
    story.pass_to_decision(1, A)
    assert (story.last(1).lane, story.codes(1)) == ("anomaly", ("load_notice_late",))
    assert not lift_of(story, "L1", Role.SHIFT_LEAD)
    assert lift_of(story, "L1")
    assert story.last(1).lane == "release"
    assert in_chinese(told.alarms[0].detail) == "首份预报在封志查看之后才到"


def test_a_first_notice_a_little_behind_its_truck_is_not_late() -> None:
    """The inbox is read every few seconds, and a truck is booked in when it stands there."""
    story = ready(A)
    story.feed(LoadArrived("L1", "渝A1"))
    assert not notice(story, "L1", *rows(A)).alarms
    story.check_seal("L1", "S1")
    story.feed(UnloadingStarted("L1"))
    story.pass_to_decision(1, A)
    assert story.last(1).lane == "release"


def test_a_notice_before_the_load_and_more_of_it_afterwards_is_not_late() -> None:
    story = ready(A, B)
    notice(story, "L1", *rows(A))
    unloads(story, "L1")
    assert not notice(story, "L1", *rows(B)).alarms
    story.pass_to_decision(1, B)
    assert story.last(1).lane == "release"


def test_the_reason_says_what_customs_does_and_that_customs_lifts_it() -> None:
    reason = CATALOGUE["load_notice_late"]
    assert reason.lift == (Role.OFFICER, Role.SECTION_CHIEF)
    assert reason.next_en.endswith("then lifts the hold")
    assert ALARMS["load_notice_late"].next_en == reason.next_en
