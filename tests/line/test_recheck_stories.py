"""Open-box recheck: two officers, declared against found, and what the outcome lets a carton do."""

import json

import pytest

from controller.domain.reasons import Role
from controller.line.commands import Outcome
from controller.line.custody_events import CustodyEnded
from controller.line.event_base import EvidenceNamed
from controller.line.events import CartonRemoved, HoldLifted, HoldPlaced
from controller.line.recheck_events import ItemsCounted, NewSealSet, RecheckAbandoned, ScanUndone, StillNotTaken, StillTaken
from controller.line.recheck_state import FOUND_MOST
from tests.line.line_story import s10
from tests.line.recheck_story import CUP, LAMP, MA, SEAL_NO, STRANGE, WU, ZHENG, ZHOU, Bench, item

A, B = s10(10000001), s10(10000002)


def codes(outcome: Outcome) -> list[str]:
    return [refusal.code for refusal in outcome.refusals]


def heavy() -> Bench:
    """A carton in the inspect lane because it weighs more than declared."""
    story = Bench()
    story.benched(A)
    story.to_inspect(1, A)
    assert "weight_differs" in story.codes(1)
    return story


def test_a_match_is_inducted_again_and_released() -> None:
    story = heavy()
    assert not story.matched(A).refusals
    story.pass_to_decision(2, A, 2600, None, SEAL_NO)
    assert story.codes(2) == ()
    assert story.passage(2).previous == "1:1"
    facts = {fact.name: fact.value for fact in story.last(2).facts}
    assert facts["open-box recheck"].endswith(f"released, new seal {SEAL_NO}")
    assert "zhou and wu" in facts["customs look"]


def test_without_its_new_seal_it_is_not_released() -> None:
    story = heavy()
    story.matched(A)
    story.pass_to_decision(2, A, 2600)
    assert story.codes(2) == ("new_seal_unread",)


def test_a_seal_of_another_carton_is_not_its_own() -> None:
    story = Bench()
    story.benched(A, B)
    for track, number in ((1, A), (2, B)):
        story.to_inspect(track, number)
        story.matched(number, seal_no=f"XYR000000{track}")
    story.pass_to_decision(3, A, 2600, None, "XYR0000002")
    assert story.codes(3) == ("new_seal_differs",)


def test_what_was_put_in_after_the_recheck_is_weighed() -> None:
    story = heavy()
    story.matched(A)
    story.pass_to_decision(2, A, 2900, None, SEAL_NO)
    assert story.codes(2) == ("weight_changed",)


def test_an_open_recheck_holds_it_everywhere() -> None:
    story = heavy()
    story.opens(A)
    story.fetch(A)
    story.pass_to_decision(2, A, 2000)
    assert "recheck_open" in story.codes(2)
    story.open()
    assert story.scan(A).code == "recheck_open"


@pytest.mark.parametrize(
    ("things", "kinds"),
    [
        ((CUP, LAMP), ["short"]),
        ((CUP, CUP, CUP, LAMP), ["over"]),
        ((CUP, CUP, LAMP, STRANGE), ["wrong"]),
        ((CUP, LAMP, LAMP), ["short", "over"]),
    ],
)
def test_what_differs_can_not_be_released(things: tuple[str, ...], kinds: list[str]) -> None:
    story = heavy()
    story.opens(A)
    story.things(*things)
    story.seals(A)
    assert codes(story.decides(A, "released")) == ["recheck_differs"]
    assert not story.decides(A, "detained", place="cage 1").refusals
    assert not story.confirms(A, "detained").refusals
    assert story.kinds(A) == kinds
    carton = story.carton(A)
    assert (carton.custody, carton.place) == ("cage 1", "custody cage 1")


@pytest.mark.parametrize("outcome", ["detained", "returned", "transferred"])
def test_what_stays_here_or_goes_elsewhere_is_not_what_an_order_from_before_brings(outcome: str) -> None:
    story = Bench()
    story.benched(A)
    story.to_inspect(1, A)
    story.opens(A)
    assert not story.fetch(A).refusals
    story.decides(A, outcome)
    assert not story.confirms(A, outcome).refusals
    story.pass_to_decision(2, A)
    assert {"duplicate", outcome} <= set(story.codes(2))


def test_a_detained_carton_stays_whatever_it_is_scanned_at() -> None:
    story = heavy()
    story.opens(A)
    story.decides(A, "detained")
    story.confirms(A, "detained")
    story.feed(CustodyEnded(A, "to look again"), Role.OFFICER)
    story.pass_to_decision(2, A, 2000)
    assert "detained" in story.codes(2)
    story.open()
    assert story.scan(A).code == "detained"


@pytest.mark.parametrize("outcome", ["returned", "transferred"])
def test_returned_and_transferred_go_nowhere_else(outcome: str) -> None:
    story = heavy()
    story.opens(A)
    story.decides(A, outcome)
    assert not story.confirms(A, outcome).refusals
    story.pass_to_decision(2, A, 2000)
    assert outcome in story.codes(2)


def test_one_person_is_not_two() -> None:
    story = heavy()
    story.opens(A)
    story.decides(A, "detained")
    assert codes(story.confirms(A, "detained", ZHOU)) == ["same_officer"]
    assert story.recheck(A).is_open
    assert codes(story.decides(A, "detained", WU)) == ["not_your_recheck"]
    assert codes(story.confirms(A, "released")) == ["outcome_differs"]
    assert codes(story.confirms(A, "detained", role=Role.SHIFT_LEAD)) == ["role_not_allowed"]
    assert not story.confirms(A, "detained").refusals
    assert story.recheck(A).officers == (ZHOU, WU)


def test_a_second_recheck_is_for_others() -> None:
    story = heavy()
    story.opens(A)
    story.decides(A, "detained")
    story.confirms(A, "detained")
    assert codes(story.opens(A, ZHENG)) == ["in_custody"]
    story.feed(CustodyEnded(A, "again"), Role.OFFICER)
    assert codes(story.opens(A, ZHOU)) == ["same_officer"]
    assert codes(story.opens(A, WU)) == ["same_officer"]
    assert not story.opens(A, ZHENG).refusals
    story.things(CUP, CUP, LAMP)
    story.seals(A)
    story.decides(A, "released", ZHENG)
    assert codes(story.confirms(A, "released", WU)) == ["same_officer"]
    assert not story.confirms(A, "released", MA).refusals


def test_a_scan_after_the_first_word_takes_it_back() -> None:
    story = heavy()
    story.opens(A)
    story.things(CUP, CUP, LAMP)
    story.seals(A)
    story.decides(A, "released")
    story.things(STRANGE)
    assert codes(story.confirms(A, "released")) == ["outcome_differs"]
    assert codes(story.decides(A, "released")) == ["recheck_differs"]
    story.feed(ScanUndone(A), Role.OFFICER, ZHOU)
    assert not story.decides(A, "released").refusals


def test_what_is_more_than_a_recheck_keeps_is_never_taken_for_as_declared() -> None:
    line = Bench()
    line.benched(A, items=(item(1, CUP, str(FOUND_MOST)),))
    line.to_inspect(1, A)
    line.opens(A)
    for number in range(FOUND_MOST + 1):
        line.read(CUP, f"TRACE{number:08d}")
    line.seals(A)
    assert codes(line.decides(A, "released")) == ["recheck_differs"]


def test_each_thing_has_its_own_trace_code() -> None:
    story = heavy()
    story.opens(A)
    for product in (CUP, CUP, LAMP):
        story.read(product)
        story.read("TRACE00000007")
    story.seals(A)
    assert codes(story.decides(A, "released")) == ["recheck_differs"]
    story.decides(A, "detained")
    story.confirms(A, "detained")
    assert story.kinds(A) == ["trace_twice"]


def test_codes_come_in_any_order_and_a_lone_one_stands_alone() -> None:
    story = heavy()
    story.opens(A)
    story.read("TRACE00000001", CUP)
    story.read("TRACE00000002")
    story.read(CUP)
    story.read(LAMP)  # and no trace code
    story.decides(A, "detained")
    story.confirms(A, "detained")
    assert [(one.product.lstrip("0"), one.trace) for one in story.recheck(A).found] == [
        (CUP, "TRACE00000001"), (CUP, "TRACE00000002"), (LAMP, "")
    ]  # fmt: skip
    assert story.kinds(A) == ["no_code"]


def test_codes_too_far_apart_are_no_pair() -> None:
    story = heavy()
    story.opens(A)
    story.read(CUP)
    story.wait(11_000)
    story.read("TRACE00000001")
    assert [one.trace for one in story.recheck(A).found] == [""]


def test_goods_without_a_product_code_are_counted_by_hand() -> None:
    story = Bench()
    story.benched(A, items=(item(1, CUP, "1"), item(2, "无", "3")))
    story.to_inspect(1, A)
    story.opens(A)
    story.things(CUP)
    story.seals(A)
    assert codes(story.decides(A, "released")) == ["recheck_differs"]
    story.feed(ItemsCounted(A, 2, 3), Role.OFFICER, ZHOU)
    assert not story.decides(A, "released").refusals
    story.feed(ItemsCounted(A, 0, 1), Role.OFFICER, ZHOU)
    assert codes(story.decides(A, "released")) == ["recheck_differs"]


def test_a_release_needs_a_picture_under_the_new_seal() -> None:
    story = heavy()
    story.opens(A)
    story.still(A)
    story.things(CUP, CUP, LAMP)
    assert codes(story.decides(A, "released")) == ["new_seal_missing"]
    story.feed(NewSealSet(A, SEAL_NO), Role.OFFICER, ZHOU)
    asked = story.asked()[-1]
    story.feed(StillNotTaken(asked.work_id, asked.recheck_id, asked.camera, "no_picture", "black"))
    assert codes(story.decides(A, "released")) == ["recheck_no_still"]
    story.still(A)
    assert not story.decides(A, "released").refusals


def test_a_seal_is_used_once() -> None:
    story = Bench()
    story.benched(A, B)
    story.to_inspect(1, A)
    story.to_inspect(2, B)
    story.matched(A)
    story.opens(B)
    assert codes(story.feed(NewSealSet(B, SEAL_NO), Role.OFFICER, ZHOU)) == ["seal_used"]
    assert codes(story.feed(NewSealSet(B, A), Role.OFFICER, ZHOU)) == ["seal_number_wrong"]


def test_an_officers_hold_is_not_answered() -> None:
    story = heavy()
    story.feed(HoldPlaced("H1", "carton", story.carton(A).key, "officer_hold", "wait"), Role.OFFICER, MA)
    story.matched(A)
    story.pass_to_decision(2, A, 2600, None, SEAL_NO)
    assert story.codes(2) == ("officer_hold",)
    story.feed(HoldLifted("H1", "seen"), Role.OFFICER, MA)
    assert not story.state.holds["H1"].lifted_ms < 0


def test_an_inspection_order_has_its_result_and_still_waits_for_customs() -> None:
    story = Bench()
    story.benched(A, status="500")
    story.to_inspect(1, A, 2000)
    found = story.state.lists[story.carton(A).list_key]
    assert found.inspection_open
    closed = story.matched(A)
    told = [message for message in closed.messages if message.kind == "inspection_result"]
    assert [message.to for message in told] == ["customs"]
    body = json.loads(told[0].body)
    assert (body["outcome"], body["matched"], body["officers"]) == ("released", True, [ZHOU, WU])
    assert len(body["found"]) == 3
    assert body["evidence"]
    story.pass_to_decision(2, A, 2000, None, SEAL_NO)
    assert story.codes(2) == ("customs_inspection",)
    story.divert(2, 1)
    story.receipt(A, "800", "20261123100000000")
    story.fetch(A)
    story.pass_to_decision(3, A, 2000, None, SEAL_NO)
    assert story.codes(3) == ()


def test_what_was_taken_out_of_a_container_is_loaded_again_after_a_recheck_by_hand() -> None:
    story = Bench()
    story.benched(A)
    story.pass_to_decision(1, A)
    story.answer()
    story.divert(1, 3)
    story.open()
    assert story.scan(A).code == ""
    assert codes(story.opens(A)) == ["already_loaded"]
    story.feed(CartonRemoved(A, "open_box", "customs wants it"), Role.OFFICER)
    story.opens(A)
    assert story.scan(A).code == "recheck_open"
    story.things(CUP, CUP, LAMP)
    story.seals(A)
    story.decides(A, "released", by_hand=True)
    assert not story.confirms(A, "released").refusals
    assert story.scan(A).code == "new_seal_unread"
    assert story.scan(A, SEAL_NO).code == ""
    assert story.carton(A).container


def test_by_hand_nothing_may_speak_against_it() -> None:
    story = Bench()
    story.benched(A, status="500")
    story.opens(A)
    story.things(CUP, CUP, LAMP)
    story.seals(A)
    assert codes(story.decides(A, "released", by_hand=True)) == ["not_scanned_in"]
    story.feed(RecheckAbandoned(A, "first over the belt"), Role.OFFICER, ZHOU)
    story.to_inspect(1, A, 2000)
    story.opens(A)
    story.things(CUP, CUP, LAMP)
    story.seals(A, "XYR0000005")
    assert codes(story.decides(A, "released", by_hand=True)) == ["customs_inspection"]


def test_a_forgotten_recheck_is_an_alarm_again_and_again() -> None:
    story = heavy()
    story.opens(A)
    story.wait(1_900_000)
    assert [alarm.code for alarm in story.alarms()].count("recheck_forgotten") == 1
    story.wait(1_800_000)
    assert [alarm.code for alarm in story.alarms()].count("recheck_forgotten") == 2
    story.feed(RecheckAbandoned(A, "nobody was there"), Role.OFFICER, ZHENG)
    story.wait(1_900_000)
    assert [alarm.code for alarm in story.alarms()].count("recheck_forgotten") == 2
    assert not story.opens(A).refusals


def test_one_bench_one_carton() -> None:
    story = Bench()
    story.benched(A, B)
    story.to_inspect(1, A)
    story.opens(A)
    assert codes(story.opens(B)) == ["recheck_open"]
    assert codes(story.opens(A)) == ["recheck_open"]


def test_at_the_door_the_seal_label_may_be_scanned_before_the_number_and_counts_for_that_carton_alone() -> None:
    story = Bench()
    story.benched(A, B)
    for track, number in ((1, A), (2, B)):
        story.pass_to_decision(track, number)
        story.answer()
        story.divert(track, 3)
        story.matched(number, by_hand=True, seal_no=f"XYR000000{track}")
    story.open()
    assert story.scan("XYR0000001").code == "seal_shown"
    assert story.scan(B).code == "new_seal_differs"
    assert story.scan(A).code == "new_seal_unread"
    assert story.scan("XYR0000001").code == "seal_shown"
    assert story.scan(A).code == ""


def test_a_picture_from_before_the_seal_shows_no_seal_however_late_it_comes() -> None:
    story = heavy()
    story.opens(A)
    before = story.asked()[-1]
    taken_ms = story.now_ms
    story.things(CUP, CUP, LAMP)
    story.feed(NewSealSet(A, SEAL_NO), Role.OFFICER, ZHOU)
    story.wait(500)
    story.feed(StillTaken(before.work_id, before.recheck_id, before.camera, EvidenceNamed("0" * 64, 9, "early.jpg"), taken_ms))
    assert codes(story.decides(A, "released")) == ["recheck_no_still"]
    story.still(A)
    assert not story.decides(A, "released").refusals
