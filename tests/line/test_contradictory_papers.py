"""Papers that contradict each other hold all that they speak of, wherever it stands, until customs has settled it."""

import pytest

from controller.domain.alarms import ALARMS
from controller.domain.declarations import NoticedCarton
from controller.domain.reasons import CATALOGUE, Role
from controller.domain.sentences import in_chinese
from controller.line.commands import Decide, Outcome
from controller.line.custody_events import CustodyMoved
from controller.line.events import InspectionClosed, NoticeCartons, NoticeClosed
from controller.line.holds import lifting
from tests.line.departure_story import BOX, Departure
from tests.line.line_story import CARRIER, FILE, Story, declared, s10

A, B, L, X = s10(10000001), s10(10000002), s10(10000009), s10(10000005)
LATER = "20261123100000"


def key(number: str) -> str:
    return f"{CARRIER}/{number}"


def codes(outcome: Outcome) -> list[str]:
    return [alarm.code for alarm in outcome.alarms]


def held(story: Story) -> list[tuple[str, str, str]]:
    """The open holds: code, what it is on, which one."""
    return [(h.code, h.scope, h.target) for h in story.state.holds.values() if h.lifted_ms < 0]


def lifts(story: Story, role: Role = Role.OFFICER) -> None:
    """Customs has settled it: each open hold is lifted."""
    for hold in [h for h in story.state.holds.values() if h.lifted_ms < 0]:
        assert bool(story.feed(lifting(hold, "settled"), role, "zhang").refusals) is (role is Role.OPERATOR)


def notice(story: Story, load_id: str, *cartons: tuple[str, str, int, int], batch: str = "again") -> Outcome:
    """A load notice, or another one, and nothing else."""
    rows = tuple(NoticedCarton(no, CARRIER, list_no, k, n) for no, list_no, k, n in cartons)
    story.feed(NoticeCartons(batch, 0, rows))
    return story.feed(NoticeClosed(batch, 1, len(rows), load_id, "渝A1", "", ("S1",), "", FILE))


BOTH = {("declaration_conflict", "list", key(A)), ("declaration_conflict", "list", key(L))}


def of_l(story: Story, status: str = "800") -> None:
    """A carton with number A, noticed for list L."""
    story.manifest(declared(L))
    story.receipt(L, status)
    story.load("L1", (A, L, 1, 1))


# --- a list that has the number of a carton of another list ---------------------------------------------------------


def test_a_list_with_the_number_of_a_loaded_carton_takes_nothing_from_it_and_holds_it_at_the_gate() -> None:
    story = Departure()
    of_l(story)
    story.pass_to_decision(1, A)
    story.answer()
    story.divert(1, 3)
    story.open()
    assert story.scan(A).code == ""
    story.close(1)
    story.weigh_box(2000)
    story.seal()
    story.issue()
    before = story.state.cartons[key(A)]
    story.manifest(declared(A))
    assert codes(story.outcomes[-1]) == ["declaration_conflict", "declaration_conflict", "recalled"]
    assert story.state.cartons[key(A)] == before
    assert {*held(story)} == {*BOTH, ("recalled", "carton", key(A))}
    story.arrive()
    assert (story.visit.state, story.visit.codes) == ("refused", ("customs_status_missing", "declaration_conflict", "recalled"))
    assert not story.openings()
    lifts(story, Role.OPERATOR)
    lifts(story)
    story.arrive()
    assert story.visit.state == "opening"
    story.barrier(1)
    assert story.state.containers[BOX].departed_ms >= 0


def test_a_list_with_the_number_of_a_kept_carton_does_not_take_it_out_of_custody() -> None:
    story = Departure()
    of_l(story, "500")
    story.pass_to_decision(1, A)
    story.answer()
    story.divert(1, 1)
    story.feed(CustodyMoved(A, "CAGE"), Role.OFFICER)
    story.manifest(declared(A))
    story.receipt(A, "800")
    assert story.state.cartons[key(A)].custody == "CAGE"
    story.fetch(A)
    story.pass_to_decision(2, A)
    assert {"in_custody", "declaration_conflict", "customs_inspection"} <= {*story.codes(2)}
    assert story.last(2).lane == "inspect"


def test_a_list_with_the_number_of_a_carton_on_the_belt_takes_its_release_back_and_keeps_its_way() -> None:
    story = Story()
    of_l(story)
    story.pass_to_decision(1, A)
    story.answer()
    assert story.last(1).lane == "release"
    story.manifest(declared(A))
    (order,) = [c for c in story.outcomes[-1].commands if isinstance(c, Decide)]
    assert not order.permissive
    assert (story.last(1).lane, story.codes(1)) == ("anomaly", ("customs_status_missing", "declaration_conflict"))
    story.answer()
    story.divert(1, 2)
    carton = story.state.cartons[key(A)]
    assert (carton.place, carton.passage, carton.list_key) == ("anomaly", "1:1", key(L))
    story.pass_to_decision(2, A)
    assert "duplicate" in story.codes(2), "nobody has taken the first one from its lane: this is a copy"


@pytest.mark.parametrize("first", [A, L])
def test_which_of_the_two_lists_came_first_makes_no_difference(first: str) -> None:
    story = Story()
    story.load("L1", (A, L, 1, 1))
    for number in (first, L if first == A else A):
        story.manifest(declared(number))
        story.receipt(number, "800")
    story.pass_to_decision(1, A)
    assert {*held(story)} == BOTH
    assert (story.last(1).lane, story.codes(1)) == ("anomaly", ("declaration_conflict",))


def test_customs_deletes_the_wrong_list_and_lifts_the_holds_and_neither_alone_is_enough() -> None:
    story = Story()
    of_l(story)
    story.manifest(declared(A))
    story.manifest(declared(A, app_type="3", app_time=LATER))
    assert {*held(story)} == BOTH, "no paper lifts what papers held"
    lifts(story)
    story.pass_to_decision(1, A)
    assert story.last(1).lane == "release"


def test_a_draft_or_a_deleted_list_claims_no_carton_and_one_that_is_declared_after_all_does() -> None:
    story = Story()
    of_l(story)
    story.manifest(declared(A, app_status="1"))
    assert not held(story)
    story.manifest(declared(A, app_time=LATER))
    assert {*held(story)} == BOTH


def test_a_list_that_replaces_a_deleted_one_before_the_carton_is_here_contradicts_nothing() -> None:
    story = Story()
    story.manifest(declared(L), declared(X))
    story.load("L1", (A, L, 1, 1), (B, X, 1, 1))
    story.manifest(declared(X, app_type="3", app_time=LATER))
    story.manifest(declared(B))
    assert {*held(story)} == {("declaration_conflict", "list", key(B)), ("declaration_conflict", "list", key(X))}, "it is here"
    other = Story()
    other.manifest(declared(X, app_type="3"))
    notice(other, "L1", (B, X, 1, 1))
    other.manifest(declared(B))
    assert not held(other)


# --- another notice --------------------------------------------------------------------------------------------------


def inspected_and_free(story: Story) -> None:
    """A carton of list A, which customs inspects, and a list L that is released."""
    story.manifest(declared(A), declared(L))
    story.receipt(A, "500")
    story.receipt(L, "800")
    story.load("L1", (A, A, 1, 1))


def moved(story: Story) -> Outcome:
    return notice(story, "L1", (A, L, 1, 1))


def test_another_notice_takes_no_carton_out_of_a_list_that_is_inspected() -> None:
    for on_belt in (False, True):
        story = Story()
        inspected_and_free(story)
        if on_belt:
            story.pass_to_decision(1, A)
        told = moved(story)
        assert codes(told) == ["declaration_conflict", "declaration_conflict"]
        assert {*held(story)} == BOTH
        if not on_belt:
            story.pass_to_decision(1, A)
        assert story.last(1).lane == "inspect"
        assert "customs_inspection" in story.codes(1), "customs' word on either list counts so long as nobody has settled which"


def test_a_carton_that_papers_move_into_an_inspected_list_loses_its_release_on_the_belt() -> None:
    story = Story()
    story.manifest(declared(A), declared(L))
    story.receipt(A, "800")
    story.receipt(L, "500")
    story.load("L1", (A, A, 1, 1))
    story.pass_to_decision(1, A)
    story.answer()
    told = moved(story)
    assert [c.permissive for c in told.commands if isinstance(c, Decide)] == [False]
    assert {"customs_inspection", "declaration_conflict"} <= {*story.codes(1)}


def test_a_released_and_a_loaded_carton_are_recalled_and_stay_at_the_door_and_at_the_gate() -> None:
    for loaded in (False, True):
        story = Departure()
        story.manifest(declared(A), declared(L))
        for number in (A, L):
            story.receipt(number, "800")
        story.load("L1", (A, A, 1, 1))
        story.pass_to_decision(1, A)
        story.answer()
        story.divert(1, 3)
        story.open()
        if loaded:
            assert story.scan(A).code == ""
            story.close(1)
            story.weigh_box(2000)
            story.seal()
            story.issue()
        assert codes(moved(story)) == ["declaration_conflict", "declaration_conflict", "recalled"]
        assert ("recalled", "carton", key(A)) in held(story)
        if loaded:
            story.arrive()
            assert (story.visit.state, not story.openings()) == ("refused", True)
        else:
            assert story.scan(A).code == "declaration_conflict"


def test_of_the_lists_that_a_carton_was_moved_between_neither_is_whole_by_it() -> None:
    story = Story()
    story.manifest(declared(L, pack_no=2, gross_g=4000), declared(X))
    for number in (L, X):
        story.receipt(number, "800")
    story.load("L1", (A, L, 1, 2), (B, L, 2, 2))
    notice(story, "L1", (B, X, 1, 1))
    assert story.state.members[key(L)] == (key(A),)
    assert story.state.members[key(X)] == (key(B),)
    for track, number in ((1, A), (2, B)):
        story.pass_to_decision(track, number)
        assert "declaration_conflict" in story.codes(track)
        story.answer()
        story.divert(track, 2)
    lifts(story)
    story.fetch(A, "anomaly")
    story.pass_to_decision(3, A)
    assert story.codes(3) == ("list_incomplete",), "its second carton never came"


def test_what_has_left_takes_nothing_of_another_list_with_it() -> None:
    """Both its lists could be told of afterwards, 12 hours later."""
    story = Departure()
    story.manifest(declared(L, pack_no=2, gross_g=4000), declared(X))
    for number in (L, X):
        story.receipt(number, "800")
    story.load("L1", (A, L, 1, 2), (B, L, 2, 2))
    notice(story, "L1", (B, X, 1, 1))
    lifts(story)
    story.pass_to_decision(1, B)
    story.answer()
    story.divert(1, 3)
    story.open()
    assert story.scan(B).code == ""
    story.close(1)
    story.weigh_box(2000)
    story.seal()
    story.issue()
    story.arrive()
    story.barrier(1)
    story.wait(43_201_000)
    assert key(B) in story.state.gone
    assert not story.receipt(L, "501", "20261125000000000").core_fault
    story.induct(2)
    story.gate(2, 2, A)
    assert not [o.core_fault for o in story.outcomes if o.core_fault]
    assert story.passage(2).carton == key(A)


def test_what_has_departed_stays_in_the_list_it_left_with() -> None:
    story = Departure()
    story.sealed_with_pass(A)
    story.arrive()
    story.barrier(1)
    before = story.state.cartons[key(A)]
    story.manifest(declared(L))
    moved(story)
    assert story.state.cartons[key(A)] == before
    assert {*held(story)} == {*BOTH, ("recalled", "carton", key(A))}, "somebody must look where it is"


# --- the ways out ---


def test_the_company_lifts_nothing_and_customs_lifts_what_the_newest_notice_says() -> None:
    story = Story()
    inspected_and_free(story)
    moved(story)
    lifts(story, Role.OPERATOR)
    assert {*held(story)} == BOTH
    lifts(story)
    story.pass_to_decision(1, A)
    assert story.last(1).lane == "release", "customs has looked at it: it is of list L"


@pytest.mark.parametrize("lifted", [A, L])
@pytest.mark.parametrize("first", ["its list", "a notice"])
def test_half_a_contradiction_settled_releases_nothing(first: str, lifted: str) -> None:
    story = Story()
    if first == "a notice":
        inspected_and_free(story)
        story.receipt(A, "800", LATER.ljust(17, "0"))
        story.feed(InspectionClosed(key(A), "seen"), Role.OFFICER)
        moved(story)
    else:
        of_l(story)
        story.manifest(declared(A))
        story.receipt(A, "800")
    assert {*held(story)} == BOTH
    half, rest = sorted(story.state.holds.values(), key=lambda hold: hold.target != key(lifted))
    story.feed(lifting(half, "settled"), Role.OFFICER)
    story.pass_to_decision(1, A)
    assert (story.last(1).lane, story.codes(1)) == ("anomaly", ("declaration_conflict",))
    (blocker,) = story.last(1).blockers
    assert (blocker.subject, rest.hold_id in blocker.detail) == (f"list:{rest.target}", True)
    lifts(story)
    assert story.last(1).lane == "release"


def test_half_a_contradiction_about_a_list_that_never_came_releases_nothing() -> None:
    story = Story()
    story.manifest(declared(L))
    story.receipt(L, "800")
    story.load("L1", (A, X, 1, 1))
    moved(story)
    (own,) = [h for h in story.state.holds.values() if h.target == key(L)]
    story.feed(lifting(own, "settled"), Role.OFFICER)
    story.pass_to_decision(1, A)
    assert story.codes(1) == ("declaration_conflict",)


def test_what_is_loaded_does_not_leave_while_half_a_contradiction_stands() -> None:
    story = Departure()
    of_l(story)
    story.pass_to_decision(1, A)
    story.answer()
    story.divert(1, 3)
    story.open()
    assert story.scan(A).code == ""
    story.close(1)
    story.weigh_box(2000)
    story.seal()
    story.issue()
    story.manifest(declared(A))
    story.receipt(A, "800")
    for hold in [h for h in story.state.holds.values() if h.target != key(A) or h.scope != "list"]:
        story.feed(lifting(hold, "settled"), Role.OFFICER)
    story.arrive()
    assert (story.visit.state, story.visit.codes) == ("refused", ("declaration_conflict",))


def test_a_notice_sent_right_again_lifts_nothing_itself_and_is_what_counts_once_customs_has() -> None:
    story = Story()
    inspected_and_free(story)
    moved(story)
    for _ in range(3):
        notice(story, "L1", (A, A, 1, 1))
        moved(story)
    notice(story, "L1", (A, A, 1, 1))
    assert {*held(story)} == BOTH, "however often they change their minds, it is one contradiction"
    lifts(story)
    story.pass_to_decision(1, A)
    assert (story.last(1).lane, story.codes(1)) == ("inspect", ("customs_inspection",))


def test_one_notice_that_moves_a_whole_list_is_one_contradiction() -> None:
    story = Story()
    cartons = [s10(11000000 + n) for n in range(5)]
    story.manifest(declared(L, pack_no=5), declared(X, pack_no=5))
    story.load("L1", *((one, L, k, 5) for k, one in enumerate(cartons, start=1)))
    notice(story, "L1", *((one, X, k, 5) for k, one in enumerate(cartons, start=1)))
    assert [h[2] for h in held(story)] == [key(X), key(L)]


# --- and what is no contradiction ---


def test_the_same_notice_again_and_one_with_more_before_the_arrival_hold_nothing() -> None:
    story = Story()
    story.manifest(declared(L, pack_no=2, gross_g=4000), declared(X))
    for number in (L, X):
        story.receipt(number, "800")
    notice(story, "L1", (A, L, 1, 1))
    notice(story, "L1", (A, L, 1, 2), (B, L, 2, 2))
    story.load("L1", (A, L, 1, 2), (B, L, 2, 2))
    notice(story, "L1", (A, L, 1, 2), (B, L, 2, 2))
    assert not held(story)
    for track, number in ((1, A), (2, B)):
        story.pass_to_decision(track, number)
    assert story.last(2).lane == "release"


def test_before_the_arrival_a_notice_may_name_the_right_list_where_the_first_named_none_that_counts() -> None:
    for wrong in (X, s10(10000007)):
        story = Story()
        story.manifest(declared(L), declared(X, app_type="3"))
        story.receipt(L, "800")
        notice(story, "L1", (A, wrong, 1, 1))
        story.load("L1", (A, L, 1, 1))
        assert not held(story)
        assert key(wrong) not in story.state.members
        story.pass_to_decision(1, A)
        assert story.last(1).lane == "release"


def test_once_it_is_here_a_notice_that_names_another_list_contradicts_the_first_whatever_became_of_it() -> None:
    story = Story()
    story.manifest(declared(L))
    story.receipt(L, "800")
    story.load("L1", (A, X, 1, 1))
    moved(story)
    assert {h[2] for h in held(story)} == {key(L), key(X)}
    story.manifest(declared(X, app_type="3"))
    lifts(story)
    story.pass_to_decision(1, A)
    assert story.last(1).lane == "release"


def test_once_it_is_here_a_notice_does_not_make_the_count_fit() -> None:
    story = Story()
    story.manifest(declared(L, pack_no=1))
    story.receipt(L, "800")
    story.load("L1", (A, L, 1, 2))
    notice(story, "L1", (A, L, 1, 1))
    assert held(story) == [("declaration_conflict", "list", key(L))]
    story.pass_to_decision(1, A)
    assert story.codes(1) == ("declaration_conflict",)


# --- one carton in the notices of two loads -------------------------------------------------------------------------

TWICE = ("carton_in_two_notices", "carton", key(A))


@pytest.mark.parametrize("when", ["before", "on the belt", "released"])
def test_a_carton_in_two_notices_is_held_wherever_it_stands(when: str) -> None:
    story = Departure()
    story.ready(A)
    if when != "before":
        story.pass_to_decision(1, A)
        story.answer()
    if when == "released":
        story.divert(1, 3)
    told = notice(story, "L2", (A, A, 1, 1))
    assert codes(told)[0] == "carton_in_two_notices"
    assert TWICE in held(story)
    if when == "released":
        assert ("recalled", "carton", key(A)) in held(story)
        story.open()
        assert story.scan(A).code == "carton_in_two_notices"
        return
    if when == "before":
        story.pass_to_decision(1, A)
    assert (story.last(1).lane, "carton_in_two_notices" in story.codes(1)) == ("anomaly", True)


def test_a_carton_that_is_here_stays_of_the_load_it_came_with_and_goes_on_when_customs_has_looked() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A)
    notice(story, "L2", (A, A, 1, 1))
    notice(story, "L2", (A, A, 1, 1))
    assert held(story) == [TWICE]
    story.answer()
    story.divert(1, 2)
    lifts(story)
    story.fetch(A, "anomaly")
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "release"


def test_a_carton_that_was_left_behind_and_comes_with_the_next_truck_goes_on_when_customs_has_looked() -> None:
    story = Story()
    story.ready(A)
    story.load("L2", (A, A, 1, 1))
    story.pass_to_decision(1, A)
    assert story.codes(1) == ("carton_in_two_notices",)
    story.answer()
    story.divert(1, 2)
    lifts(story)
    story.fetch(A, "anomaly")
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "release"


def test_a_carton_that_the_second_notice_named_by_mistake_needs_the_first_again_and_then_customs() -> None:
    story = Story()
    story.ready(A)
    notice(story, "L2", (A, A, 1, 1))
    story.pass_to_decision(1, A)
    assert "wrong_load" in story.codes(1)
    story.answer()
    story.divert(1, 2)
    notice(story, "L1", (A, A, 1, 1))
    assert held(story) == [TWICE]
    lifts(story)
    story.fetch(A, "anomaly")
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "release"


# --- the same with the number of a list, and with two declarations of one ------------------------------------------


def test_two_declarations_of_one_number_recall_what_was_released_and_customs_lifts_the_hold() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A)
    story.answer()
    story.divert(1, 3)
    story.manifest(declared(A, gross_g=2001))
    assert held(story) == [("declaration_conflict", "list", key(A)), ("recalled", "carton", key(A))]
    story.manifest(declared(A, gross_g=2001))
    assert len(held(story)) == 2, "the same again is the same contradiction"
    lifts(story)
    assert not held(story)


def test_two_lists_with_one_number_of_the_trader_are_both_held_until_customs_lifts_it() -> None:
    story = Story()
    story.ready(A)
    story.manifest(declared(B, cop_no=f"C{A}"))
    assert [h[2] for h in held(story)] == [key(A), key(B)]
    story.pass_to_decision(1, A)
    assert story.codes(1) == ("declaration_conflict",)


def test_one_number_on_all_lists_of_a_file_is_a_hold_of_each_and_not_one_for_each_two() -> None:
    """Nobody lifts thousands."""
    story = Story()
    numbers = [s10(20000000 + one) for one in range(60)]
    story.manifest(*(declared(one, invt_no="I1") for one in numbers))
    assert {target for _, _, target in held(story)} == {key(one) for one in numbers}
    assert len(held(story)) < 2 * len(numbers)
    assert "I1 stands on more than 8 lists" in list(story.state.holds.values())[-1].cause
    lifts(story)
    assert not held(story)
    story.manifest(declared(B, invt_no="I1"))
    assert {target for _, _, target in held(story)} == {key(one) for one in (*numbers, B)}, "one more is another contradiction"
    assert in_chinese("invt I1 stands on more than 8 lists") == "invt I1 同在 8 份以上清单上"


def test_who_reads_the_reason_is_told_who_does_what() -> None:
    for code in ("declaration_conflict", "carton_in_two_notices"):
        reason = CATALOGUE[code]
        assert "the right notice sent again" in reason.next_en
        assert reason.next_en.endswith("then lifts the hold")
        assert reason.lift == (Role.OFFICER, Role.SECTION_CHIEF)
        assert ALARMS[code].next_en == reason.next_en
