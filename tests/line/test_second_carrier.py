"""Two carriers have one number on their lists: nothing of it is released, wherever it stands, and people can still act on it."""

from typing import Any

import pytest
from msgspec.structs import replace

from controller.domain.declarations import DeclaredList
from controller.domain.reasons import Role
from controller.domain.sentences import in_chinese, recognised
from controller.line.custody_events import CustodyEnded, CustodyMoved, StockTaken
from controller.line.events import CartonRemoved, HoldLifted, HoldPlaced
from controller.line.recheck_events import RecheckAbandoned, RecheckOpened, StillWanted, WitnessSigned
from tests.line.departure_story import GATED, Departure
from tests.line.line_story import CARRIER, PROFILE, Story, declared, s10

A = s10(10000001)
OWN, OTHER = f"{CARRIER}/{A}", f"SF0001/{A}"
LATER = "20261123120000"


def of_the_other(**changes: Any) -> DeclaredList:
    return declared(A, logistics_code="SF0001", cop_no="CX", order_no="OX", **changes)


def deleted(one: DeclaredList) -> DeclaredList:
    return replace(one, app_type="3", app_time=LATER)


def begun() -> Departure:
    story = Departure(replace(GATED, bench_readers=("bench",)))
    story.ready(A)
    return story


def standing(story: Story) -> list[str]:
    return [hold.code for hold in story.state.holds.values() if hold.lifted_ms < 0]


# --- it holds ------------------------------------------------------------------------------------------------------


def test_a_second_list_that_comes_after_the_carton_was_named_holds_it_at_the_divert() -> None:
    story = begun()
    story.induct(1)
    story.gate(1, PROFILE.scan_zone, A)
    story.weigh(1, 2000)
    story.manifest(of_the_other())
    story.gate(1, PROFILE.verify_zone, A)
    story.decide(1)
    assert (story.last(1).lane, story.codes(1)) == ("anomaly", ("carrier_ambiguous",))
    (blocker,) = story.last(1).blockers
    assert OWN in blocker.detail
    assert OTHER in blocker.detail
    assert [(a.code, a.subject) for a in story.alarms()] == [("carrier_ambiguous", f"carton:{OWN}")]


def test_a_release_that_was_ordered_is_taken_back() -> None:
    story = begun()
    story.pass_to_decision(1, A)
    assert story.last(1).lane == "release"
    story.manifest(of_the_other())
    assert (story.last(1).lane, story.codes(1)) == ("anomaly", ("carrier_ambiguous",))


def test_what_was_released_before_is_recalled_and_no_door_takes_it() -> None:
    story = begun()
    story.pass_to_decision(1, A)
    story.answer()
    story.divert(1, 3)
    story.manifest(of_the_other())
    assert standing(story) == ["recalled"]
    story.open()
    door = story.scan(A)
    assert (door.code, door.cause) == ("carrier_ambiguous", f"two carriers have this number on a list: {OWN}, {OTHER}")
    assert "CARRIER/NUMBER" in story.outcomes[-1].refusals[0].next_step


def test_what_is_loaded_and_sealed_does_not_leave_by_the_gate() -> None:
    story = Departure()
    story.sealed_with_pass(A)
    story.manifest(of_the_other())
    story.arrive()
    assert story.visit.state == "refused"


def test_a_notice_alone_makes_a_number_of_two_carriers() -> None:
    """The second carrier's list has not come yet: what its notice announces is expected all the same."""
    story = begun()
    story.pass_to_decision(1, A)
    story.feed_notice("L2", A, "SF0001")
    assert story.codes(1) == ("carrier_ambiguous",)


def test_what_has_departed_is_no_news() -> None:
    story = Departure()
    story.sealed_with_pass(A)
    story.arrive()
    story.barrier(1)
    story.barrier(0)
    assert story.state.cartons[OWN].place == "departed"
    before = len(story.alarms())
    story.manifest(of_the_other())
    assert len(story.alarms()) == before


# --- a list that was deleted ---------------------------------------------------------------------------------------


def test_a_deleted_list_does_not_count_and_no_draft_does() -> None:
    story = begun()
    story.manifest(of_the_other(), deleted(of_the_other()))
    story.manifest(replace(of_the_other(), logistics_code="YTO", cop_no="CY", app_status="1"))
    story.pass_to_decision(1, A)
    assert story.codes(1) == ()


def test_before_a_configuration_is_loaded_a_number_is_judged_all_the_same() -> None:
    """Papers and acts of people may come before it; nothing of them may end in a fault of the core."""
    story = stood_in_anomaly()
    story.manifest(deleted(declared(A)))
    story.state.facts = replace(story.state.facts, profile=None)
    story.manifest(of_the_other())
    outcome = story.feed(CartonRemoved(A, "desk", "x"), Role.OPERATOR)
    assert (outcome.core_fault, [r.code for r in outcome.refusals]) == ("", ["carrier_ambiguous"])


def test_a_carton_is_released_on_the_belt_again_when_the_other_list_was_deleted() -> None:
    story = begun()
    story.pass_to_decision(1, A)
    story.manifest(of_the_other())
    assert story.last(1).lane == "anomaly"
    story.manifest(deleted(of_the_other()))
    assert story.last(1).lane == "release"


def test_a_list_that_is_declared_again_counts_again() -> None:
    story = begun()
    story.manifest(of_the_other(), deleted(of_the_other()))
    story.pass_to_decision(1, A)
    assert story.last(1).lane == "release"
    story.manifest(of_the_other(app_time="20261123130000"))
    assert story.codes(1) == ("carrier_ambiguous",)


def wrong_carrier(story: Departure) -> None:
    """It stood in the anomaly lane under one carrier; its sender deletes that list and declares it under the other."""
    story.manifest(deleted(declared(A)), of_the_other(ebc_code="E1"))
    story.feed_receipt("CX", "800", "20261123130000000")
    story.feed_notice("L1", A, "SF0001")


def stood_in_anomaly() -> Departure:
    story = begun()
    story.receipt(A, "899", "20261123100000000")
    story.pass_to_decision(1, A)
    story.answer()
    story.divert(1, 2)
    return story


def test_a_carton_whose_list_is_declared_anew_under_another_carrier_comes_by_an_order_for_a_rerun() -> None:
    story = stood_in_anomaly()
    wrong_carrier(story)
    story.fetch(A, "anomaly")
    story.pass_to_decision(2, A)
    assert (story.last(2).carton, story.codes(2)) == (OTHER, ())
    assert story.state.cartons[OWN].place == f"declared anew as {OTHER}"
    assert in_chinese(story.state.cartons[OWN].place) == f"已改以 {OTHER} 重新申报"
    assert story.passage(2).previous == "1:1"
    story.answer()
    story.divert(2, 3)
    story.open()
    assert story.scan(A).code == ""


def test_without_a_word_of_whoever_took_it_another_carton_may_bear_its_number() -> None:
    story = stood_in_anomaly()
    wrong_carrier(story)
    story.pass_to_decision(2, A)
    assert story.codes(2)[0] == "duplicate"
    assert "carrier_ambiguous" in story.codes(2)
    assert standing(story) == ["duplicate"]


def test_what_is_held_is_not_rid_of_its_hold_by_another_carrier() -> None:
    story = stood_in_anomaly()
    story.feed(HoldPlaced("H1", "carton", OWN, "officer_hold", "look"), Role.OFFICER)
    wrong_carrier(story)
    story.fetch(A, "anomaly")
    story.pass_to_decision(2, A)
    assert story.codes(2) == ("carrier_ambiguous",)
    story.answer()
    story.divert(2, 2)
    story.feed(HoldLifted("H1", "looked"), Role.OFFICER)
    story.fetch(A, "anomaly")
    story.pass_to_decision(3, A)
    assert (story.last(3).carton, story.codes(3)) == (OTHER, ())


def test_a_carton_with_the_number_that_comes_while_nobody_can_tell_holds_the_one_that_stands() -> None:
    """Afterwards the other list is deleted: which of the two is the declared one nobody knows."""
    story = begun()
    story.pass_to_decision(1, A, 9000)
    story.answer()
    story.divert(1, 1)
    story.manifest(of_the_other())
    story.pass_to_decision(2, A)
    assert "duplicate" in standing(story)
    assert "duplicate" in story.passage(2).marks


# --- people --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "role"),
    [
        (RecheckOpened(A, "bench"), Role.OFFICER), (CustodyMoved(A, "CAGE"), Role.OPERATOR),
        (CartonRemoved(A, "desk", "x"), Role.OPERATOR),
    ],
)  # fmt: skip
def test_a_scan_of_the_number_says_which_keys_there_are_and_the_key_is_taken(
    event: RecheckOpened | CustodyMoved | CartonRemoved, role: Role
) -> None:
    story = stood_in_anomaly()
    story.manifest(of_the_other())
    (refusal,) = story.feed(event, role).refusals
    assert (refusal.code, refusal.cause) == ("carrier_ambiguous", f"two carriers have this number on a list: {OWN}, {OTHER}")
    assert recognised(refusal.cause) is not None
    assert recognised(refusal.next_step) is not None
    assert not story.feed(replace(event, code=OWN.lower()), role).refusals
    assert story.state.cartons[OWN].place != "anomaly"
    assert story.state.cartons[OTHER].place == "expected"


def test_an_open_carton_stays_in_the_hands_of_its_officers_when_the_second_list_comes() -> None:
    story = stood_in_anomaly()
    assert not story.feed(RecheckOpened(A, "bench"), Role.OFFICER).refusals
    story.manifest(of_the_other())
    assert [r.code for r in story.feed(StillWanted(A), Role.OFFICER).refusals] == ["carrier_ambiguous"]
    assert not story.feed(StillWanted(OWN), Role.OFFICER).refusals
    assert not story.feed(WitnessSigned(OWN), Role.OPERATOR).refusals
    assert not story.feed(RecheckAbandoned(OWN, "later"), Role.OFFICER).refusals


def test_custody_is_counted_and_ended_by_the_full_key() -> None:
    story = stood_in_anomaly()
    story.manifest(of_the_other())
    story.feed(CustodyMoved(OWN, "CAGE"), Role.OPERATOR)
    story.feed(StockTaken("CAGE", (OWN,)), Role.OPERATOR)
    assert not story.state.stock_takes["CAGE"].differs
    assert not story.feed(CustodyEnded(OWN, "back"), Role.OFFICER).refusals
    assert story.state.cartons[OWN].custody == ""


def test_a_rerun_is_ordered_by_the_full_key_as_by_the_number() -> None:
    story = stood_in_anomaly()
    story.receipt(A, "800", "20261123110000000")
    story.fetch(OWN, "anomaly")
    story.pass_to_decision(2, A)
    assert story.codes(2) == ()
    assert story.passage(2).previous == "1:1"


def test_no_rerun_is_ordered_while_one_of_the_two_is_on_the_belt() -> None:
    """Else the other list is deleted, and a copy passes as the re-run of the one that stood in its lane meanwhile."""
    story = begun()
    story.induct(1)
    story.gate(1, PROFILE.scan_zone, A)
    story.manifest(of_the_other())
    assert [r.code for r in story.fetch(A, "anomaly").refusals] == ["on_belt"]
    assert story.state.facts.reruns == ()


def test_once_the_wrong_list_is_deleted_the_number_is_enough() -> None:
    story = stood_in_anomaly()
    story.manifest(of_the_other(), deleted(of_the_other()))
    assert not story.feed(CustodyMoved(A, "CAGE"), Role.OPERATOR).refusals
    assert story.state.cartons[OWN].custody == "CAGE"


def test_a_label_never_names_a_carton_by_its_full_key() -> None:
    story = begun()
    story.manifest(of_the_other())
    story.pass_to_decision(1, OWN)
    assert story.last(1).carton == ""
    assert story.codes(1)[0] in ("no_read", "not_declared")
