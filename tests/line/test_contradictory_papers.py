"""Papers that contradict each other hold all that they speak of, wherever it stands, until customs has settled it."""

import pytest

from controller.domain.declarations import NoticedCarton
from controller.domain.reasons import CATALOGUE, Role
from controller.line.commands import Decide, Outcome
from controller.line.custody_events import CustodyMoved
from controller.line.events import HoldLifted, NoticeCartons, NoticeClosed
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
        assert bool(story.feed(HoldLifted(hold.hold_id, "settled"), role, "zhang").refusals) is (role is Role.OPERATOR)


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
    assert (story.visit.state, story.visit.codes) == ("refused", ("declaration_conflict", "recalled"))
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
    assert (story.last(1).lane, story.codes(1)) == ("anomaly", ("declaration_conflict",))
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


def test_who_reads_the_reason_is_told_who_does_what() -> None:
    reason = CATALOGUE["declaration_conflict"]
    assert "the wrong list deleted or changed, the right notice sent again" in reason.next_en
    assert reason.next_en.endswith("then lifts the hold")
    assert reason.lift == (Role.OFFICER, Role.SECTION_CHIEF)
