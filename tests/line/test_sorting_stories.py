"""Each way a carton can end on the line by what was read and weighed, as a story: these reads, this fault; then this lane."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from controller.domain.reasons import Role
from controller.line.belt import RingKind
from controller.line.events import CartonRemoved, CodesRead, ReadText, RerunOrdered
from controller.line.plc_events import TableItem
from tests.line.line_story import CARRIER, PROFILE, Story, s10

A, B, C = s10(10000001), s10(10000002), s10(10000003)


def test_a_released_weighed_twice_read_carton_is_released() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A)
    assert story.last(1).lane == "release"
    assert story.last(1).blockers == ()
    story.answer()
    story.divert(1, 3)
    carton = story.state.cartons[f"{CARRIER}/{A}"]
    assert carton.place == "release"
    assert carton.released_ms == story.now_ms
    assert not story.alarms()


def test_a_number_on_no_list_goes_to_anomaly() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, B)
    assert story.codes(1) == ("not_declared",)
    assert story.last(1).lane == "anomaly"


def test_two_waybills_on_one_carton() -> None:
    story = Story()
    story.ready(A, B)
    story.pass_to_decision(1, A, 2000, A, B)
    assert "two_waybills" in story.codes(1)


def test_a_wrong_check_digit_identifies_nothing() -> None:
    story = Story()
    story.ready(A)
    wrong = A[:10] + str((int(A[10]) + 1) % 10) + A[11:]
    story.pass_to_decision(1, wrong)
    assert story.codes(1)[0] == "check_digit_wrong"
    assert story.last(1).lane == "anomaly"


def test_a_product_code_beside_the_waybill_is_no_second_waybill() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A, 2000, A, "6901234567892")
    assert story.last(1).lane == "release"


def test_no_read_goes_to_inspect_and_is_released_on_its_rerun() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, "")
    assert "no_read" in story.codes(1)
    story.answer()
    story.divert(1, 1)
    story.feed(RerunOrdered(A, "inspect"), Role.OPERATOR)
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "release"
    assert story.passage(2).previous == "1:1"
    assert story.passage(1).rerun_as == "1:2"


def test_a_number_without_check_digit_needs_a_second_read() -> None:
    story = Story(replace(PROFILE, verify_read=False))
    plain = "JD00123456789"
    story.ready(plain)
    story.pass_to_decision(1, plain, verify="")
    assert story.codes(1) == ("identity_uncertain",)
    story.pass_to_decision(2, plain, verify="", checked=True)
    assert "identity_uncertain" not in story.codes(2)


def test_two_agreeing_reads_confirm_a_number_without_check_digit() -> None:
    story = Story()
    plain = "JD00123456789"
    story.ready(plain)
    story.pass_to_decision(1, plain)
    assert story.last(1).lane == "release"


@pytest.mark.parametrize(("verify", "code"), [("", "verify_missing"), (B, "verify_differs")])
def test_the_verify_read_must_agree(verify: str, code: str) -> None:
    story = Story()
    story.ready(A, B)
    story.pass_to_decision(1, A, verify=verify)
    assert story.codes(1) == (code,)
    assert story.last(1).lane == "inspect"


def test_cartons_exchanged_by_hand_are_both_inspected() -> None:
    story = Story()
    story.ready(A, B)
    story.pass_to_decision(1, A, verify=B)
    story.pass_to_decision(2, B, verify=A)
    assert story.last(1).lane == story.last(2).lane == "inspect"


@pytest.mark.parametrize(("weights", "code"), [((2500,), "weight_differs"), ((), "not_weighed"), ((2000, 900), "not_weighed")])
def test_weight_out_of_tolerance_missing_or_conflicting(weights: tuple[int, ...], code: str) -> None:
    story = Story()
    story.ready(A)
    story.induct(1)
    story.gate(1, 2, A)
    story.weigh(1, *weights)
    story.gate(1, 5, A)
    story.decide(1)
    assert story.codes(1) == (code,)


def test_the_same_number_twice_holds_both() -> None:
    story = Story()
    story.ready(A)
    story.induct(1)
    story.gate(1, 2, A)
    story.weigh(1, 2000)
    story.induct(2)
    story.gate(2, 2, A)
    story.weigh(2, 2000)
    story.gate(1, 5, A)
    story.decide(1)
    story.gate(2, 5, A)
    story.decide(2)
    assert "duplicate" in story.codes(1)
    assert "duplicate" in story.codes(2)
    assert any(a.code == "duplicate" for a in story.alarms())


def test_a_copy_of_a_released_carton_is_held_and_the_first_one_too() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A)
    story.answer()
    story.divert(1, 3)
    story.pass_to_decision(2, A)
    assert "duplicate" in story.codes(2)
    assert any(h.code == "duplicate" and h.lifted_ms < 0 for h in story.state.holds.values())


def test_a_copy_that_the_verify_gate_alone_reads_holds_both_also_on_their_next_way() -> None:
    story = Story()
    story.ready(A)
    story.induct(1)
    story.gate(1, 2, A)
    story.weigh(1, 2600)
    story.induct(2)
    story.gate(2, 2, "")
    story.weigh(2, 2000)
    story.gate(1, 5, A)
    story.decide(1)
    story.gate(2, 5, A)
    story.decide(2)
    assert any(a.code == "duplicate" for a in story.alarms())
    for track in (1, 2):
        story.answer()
        story.divert(track, 1)
    story.fetch(A)
    story.pass_to_decision(3, A)
    assert story.last(3).lane != "release", "nobody can say which of the two was fetched"


def test_what_was_lost_sight_of_and_is_read_at_the_verify_gate_is_no_copy() -> None:
    story = Story()
    story.ready(A)
    story.induct(1)
    story.gate(1, 2, A)
    story.ring(RingKind.LOST, 1, 4)
    story.ring(RingKind.UNEXPECTED, 2, 4)
    story.gate(2, 5, A)
    story.decide(2)
    assert not any(a.code == "duplicate" for a in story.alarms())


def test_a_read_in_two_windows_belongs_to_neither() -> None:
    story = Story()
    story.ready(A, B)
    story.induct(1)
    story.induct(2)
    story.ring(17, 1, 2)
    story.wait(300)
    story.ring(18, 1, 2)
    story.ring(17, 2, 2)
    story.feed(CodesRead("s", "induct", (ReadText(A),), True, story.now_ms))
    story.wait(300)
    story.ring(18, 2, 2)
    story.wait(600)
    for track in (1, 2):
        identity = story.passage(track).scan_identity
        assert identity is not None
        assert identity.problem == "read_ambiguous"


def test_every_nameless_passage_in_a_lane_is_accounted_for_by_the_reruns() -> None:
    story = Story()
    story.ready(A)
    for track in (1, 2, 3):
        story.pass_to_decision(track, A if track == 1 else "", verify="")
        story.answer()
        story.divert(track, 1)
        story.feed(RerunOrdered(A, "inspect"), Role.OPERATOR)
    story.pass_to_decision(4, A)
    nameless = [p.key for p in story.state.passages.values() if not p.carton and not p.rerun_as]
    assert nameless == []


def test_a_number_that_comes_again_while_its_carton_stands_in_a_lane_is_a_copy_until_a_person_says_otherwise() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A, 2600)
    assert story.codes(1) == ("weight_differs",)
    story.answer()
    story.divert(1, 1)
    story.pass_to_decision(2, A)
    assert story.last(2).lane != "release"
    assert "duplicate" in story.codes(2)
    assert [hold.code for hold in story.state.holds.values()] == ["duplicate"]


def test_what_was_taken_from_its_lane_and_said_so_is_the_same_carton_whoever_reads_it_late() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A, 2600)
    story.answer()
    story.divert(1, 1)
    story.fetch(A)
    story.pass_to_decision(2, "")
    story.answer()
    story.divert(2, 1)
    story.pass_to_decision(3, A)
    assert story.last(3).lane == "release", "it was not read on its way, and still nobody doubts that it was taken"


def _lost_on_the_belt(story: Story) -> None:
    story.induct(1)
    story.gate(1, PROFILE.scan_zone, A)
    story.ring(RingKind.LOST, 1, 4)
    story.ring(RingKind.UNEXPECTED, 2, 5)
    story.decide(2)
    story.answer()
    story.divert(2, 1)


def _of_an_epoch_that_ended(story: Story) -> None:
    story.induct(1)
    story.gate(1, PROFILE.scan_zone, A)
    story.epoch = 2
    story.sync((TableItem(2, 4, 0, 0),))
    story.divert(2, 1, 3)


def _put_into_the_lane_by_hand(story: Story) -> None:
    story.induct(1)
    story.gate(1, PROFILE.scan_zone, A)
    story.ring(RingKind.REMOVED_BY_HAND, 1, 4)
    story.feed(CartonRemoved(A, "inspect", "its label was torn"), Role.OPERATOR)


def _taken_off_at_the_panel(story: Story) -> None:
    story.induct(1)
    story.gate(1, PROFILE.scan_zone, A)
    story.ring(RingKind.REMOVED_BY_HAND, 1, 4)


NAMELESS = (_lost_on_the_belt, _of_an_epoch_that_ended, _put_into_the_lane_by_hand, _taken_off_at_the_panel)


@pytest.mark.parametrize("before", NAMELESS)
def test_a_copy_of_a_carton_that_stands_where_the_line_can_not_name_it_is_held(before: Callable[[Story], None]) -> None:
    story = Story()
    story.ready(A)
    before(story)
    story.pass_to_decision(7, A)
    assert story.last(7).lane != "release"
    assert "duplicate" in story.codes(7)


@pytest.mark.parametrize("place", ["Released at bench 1", "taken out of custody C1"])
def test_no_typed_place_says_that_customs_has_handed_a_carton_back(place: str) -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A, 2600)
    story.answer()
    story.divert(1, 1)
    refused = story.feed(CartonRemoved(A, place, "typed"), Role.OPERATOR).refusals
    assert [one.code for one in refused] == ["place_not_by_hand"]
    story.pass_to_decision(2, A)
    assert story.last(2).lane != "release"


@pytest.mark.parametrize("before", NAMELESS)
def test_what_the_line_can_not_name_is_run_again_when_a_person_scanned_it(before: Callable[[Story], None]) -> None:
    story = Story()
    story.ready(A)
    before(story)
    story.fetch(A)
    story.pass_to_decision(7, A)
    assert story.last(7).lane == "release"
