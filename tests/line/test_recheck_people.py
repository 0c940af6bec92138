"""Who must be there when a carton is opened, what of it is remembered for ever, and the places it is kept at."""

import pytest
from msgspec.structs import replace

from controller.domain.reasons import Role
from controller.line.commands import Outcome
from controller.line.custody_events import CustodyMoved, StockTaken
from controller.line.recheck_events import (
    NewSealSet,
    PartyPresent,
    RecheckAbandoned,
    ScanUndone,
    SecondOfficerCalled,
    WitnessSigned,
)
from tests.line.line_story import CARRIER, s10
from tests.line.recheck_story import CUP, LAMP, SEAL_NO, WU, ZHOU, Bench, item

A, B = s10(10000001), s10(10000002)


def codes(outcome: Outcome) -> list[str]:
    return [refusal.code for refusal in outcome.refusals]


def opened() -> Bench:
    story = Bench()
    story.benched(A, B)
    story.to_inspect(1, A)
    assert not story.opens(A).refusals
    return story


def calls(story: Bench) -> Outcome:
    return story.feed(SecondOfficerCalled(A), Role.OFFICER, ZHOU)


def test_a_carton_that_waits_for_its_second_officer_is_in_custody_and_one_is_called() -> None:
    story = opened()
    outcome = calls(story)
    assert [alarm.code for alarm in outcome.alarms] == ["second_officer_wanted"]
    assert (story.carton(A).custody, story.carton(A).place) == ("bench bench", "custody bench bench")
    story.open()
    assert story.scan(A).code in ("in_custody", "recheck_open")


def test_the_second_officers_word_ends_that_custody() -> None:
    story = opened()
    calls(story)
    story.things(CUP, CUP, LAMP)
    story.seals(A)
    assert not story.decides(A, "released", by_hand=True).refusals
    assert not story.confirms(A, "released").refusals
    assert (story.carton(A).custody, story.carton(A).place) == ("", "released by hand")


def test_given_up_it_stays_in_custody_until_customs_takes_it_out() -> None:
    story = opened()
    calls(story)
    story.feed(RecheckAbandoned(A, "nobody came"), Role.OFFICER, ZHOU)
    assert story.carton(A).custody == "bench bench"
    assert codes(story.opens(A, WU)) == ["in_custody"]


def test_a_party_has_a_name_and_nobody_who_is_absent_has_one() -> None:
    story = opened()
    for kind, name in (("present", ""), ("absent", "陈某"), ("there", "陈某")):
        assert codes(story.feed(PartyPresent(A, kind, name), Role.OFFICER, ZHOU)) == ["party_wrong"]
    assert not story.feed(PartyPresent(A, "refused", " 陈  某 "), Role.OFFICER, ZHOU).refusals
    assert (story.recheck(A).party, story.recheck(A).party_name) == ("refused", "陈 某")


def test_a_witness_signs_as_himself_and_is_of_the_company() -> None:
    story = opened()
    assert codes(story.feed(WitnessSigned(A), Role.OFFICER, WU)) == ["role_not_allowed"]
    assert not story.feed(WitnessSigned(A), Role.SHIFT_LEAD, "ban").refusals
    assert story.recheck(A).witness == "ban"
    assert codes(story.feed(WitnessSigned(B), Role.SHIFT_LEAD, "ban")) == ["recheck_not_open"]


def test_a_trace_code_is_found_twice_though_its_first_carton_is_long_forgotten() -> None:
    story = opened()
    story.things(CUP, CUP, LAMP)
    story.seals(A)
    story.decides(A, "released", by_hand=True)
    story.confirms(A, "released")
    for key in [one for one, recheck in story.state.rechecks.items() if recheck.carton == f"{CARRIER}/{A}"]:
        del story.state.rechecks[key]  # as when it has left and was let go of
    story.traces = 0
    story.to_inspect(2, B)
    story.opens(B)
    story.things(CUP, CUP, LAMP)  # the same three trace codes
    story.seals(B, "XYR0000002")
    story.decides(B, "detained")
    story.confirms(B, "detained")
    assert story.kinds(B) == ["trace_twice"] * 3


def test_the_same_carton_opened_again_shows_its_own_trace_codes() -> None:
    story = opened()
    story.things(CUP)
    story.feed(RecheckAbandoned(A, "again"), Role.OFFICER, ZHOU)
    story.traces = 0
    story.opens(A)
    story.things(CUP, CUP, LAMP)
    story.seals(A, SEAL_NO)
    assert not story.decides(A, "released").refusals


def test_a_stock_take_tells_what_is_missing_what_is_of_elsewhere_and_what_nobody_knows() -> None:
    story = Bench()
    story.benched(A, B)
    for number, place in ((A, "cage 1"), (B, "cage 2")):
        story.feed(CustodyMoved(number, place), Role.OPERATOR, "li")
    since = story.carton(A).custody_ms
    assert since == story.now_ms
    assert not story.feed(StockTaken("cage 1", (A,)), Role.OPERATOR, "li").alarms
    outcome = story.feed(StockTaken("cage 1", (B, "XX1", B)), Role.OPERATOR, "li")
    assert [alarm.code for alarm in outcome.alarms] == ["custody_differs"]
    taken = story.state.stock_takes["cage 1"]
    assert (taken.counted, taken.missing, taken.elsewhere, taken.unknown) == (2, (A,), ((B, "cage 2"),), ("XX1",))
    assert story.carton(A).custody == "cage 1", "nothing moves by it"


def test_taking_stock_is_for_those_who_keep() -> None:
    story = Bench()
    story.benched(A)
    assert codes(story.feed(StockTaken("cage 1", ()), Role.CUSTOMS_AUDITOR, "shen")) == ["role_not_allowed"]
    assert codes(story.feed(StockTaken(" ", ()), Role.OPERATOR, "li")) == ["custody_place_wrong"]


def test_the_first_code_behind_a_complete_match_is_the_new_seal_and_a_slip_is_taken_back() -> None:
    story = opened()
    story.things(CUP, CUP)
    story.read(SEAL_NO)
    assert story.recheck(A).seal_no == "", "something is still missing, so it is a thing's code"
    story.feed(ScanUndone(A), Role.OFFICER, ZHOU)
    story.things(LAMP)
    story.read("TRACE00000003")
    assert story.recheck(A).seal_no == "", "the last thing was held before the scanner again"
    story.feed(ScanUndone(A), Role.OFFICER, ZHOU)
    assert [one.code for one in story.feed(NewSealSet(A, "WRONGSEAL"), Role.OFFICER, ZHOU).refusals] == []
    story.feed(ScanUndone(A), Role.OFFICER, ZHOU)
    assert (story.recheck(A).seal_no, len(story.recheck(A).found)) == ("", 3), "the seal was the last, not the thing"
    story.read(SEAL_NO)
    assert (story.recheck(A).seal_no, len(story.recheck(A).found)) == (SEAL_NO, 3)
    story.still(A)
    assert not story.decides(A, "released").refusals
    assert not story.confirms(A, "released").refusals


@pytest.mark.parametrize(("quantity", "pack_no"), [("1.5", 1), ("2", 2)])
def test_where_nobody_can_say_which_thing_is_the_last_no_scan_is_the_seal(quantity: str, pack_no: int) -> None:
    story = Bench()
    story.benched(A, items=(item(1, CUP, quantity),))
    key = story.carton(A).list_key
    found = story.state.lists[key]
    story.state.lists[key] = replace(found, declared=replace(found.declared, pack_no=pack_no))
    story.to_inspect(1, A)
    story.opens(A)
    story.things(CUP)
    story.read("TRACE99999999")  # of the next thing, before its product code
    assert story.recheck(A).seal_no == ""
    story.read(CUP)
    assert [one.trace for one in story.recheck(A).found] == ["TRACE00000001", "TRACE99999999"]
