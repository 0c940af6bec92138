"""The gate: which truck leaves, what the barrier is told, and what a departure leaves behind."""

import json

import pytest

from controller.domain.reasons import Role
from controller.line import departing
from controller.line.apply import apply
from controller.line.belt import Result
from controller.line.commands import encode_outcome
from controller.line.events import DaemonStarted, HoldLifted, HoldPlaced, TimerFired
from controller.line.gate import check_word, still_opens
from controller.line.gate_events import GatePassVoided, MessageAnswered
from controller.line.plc_events import PlcLost
from controller.line.state import LineState
from tests.line.departure_story import BOX, GATED, PLATE, SEAL, Departure
from tests.line.line_story import CARRIER, declared, s10

A, B = s10(10000001), s10(10000002)


def key(number: str) -> str:
    return f"{CARRIER}/{number}"


def story_at_gate(gross_g: int = 0) -> Departure:
    story = Departure()
    story.sealed_with_pass(A, B, gross_g=gross_g)
    return story


def test_a_truck_that_fits_its_pass_is_let_go_once_and_the_port_is_told() -> None:
    story = story_at_gate()
    story.arrive()
    assert [(a.result, a.codes) for a in story.answers()] == [("Y", ())]
    (order,) = story.openings()
    assert (order.arg1, order.arg2) == (1, check_word("P1"))
    assert not story.messages()  # ordered is not open
    story.barrier(1)
    assert story.visit.state == "opened"
    assert {c.place for c in story.state.cartons.values()} == {"departed"}
    (told,) = story.messages()
    assert (told.to, told.kind) == ("port", "linked_release")
    body = json.loads(told.body)
    assert (body["container_no"], body["plate"], body["seal_no"], body["count"]) == (BOX, PLATE, SEAL, 2)
    assert body["cartons"] == [key(A), key(B)]
    assert "against" not in body, "nothing was"
    story.barrier(2)
    assert story.visit.state == "closed"
    assert len(story.openings()) == 1


def test_the_same_session_told_again_gets_the_same_answer_and_no_second_opening() -> None:
    story = story_at_gate()
    story.arrive()
    story.arrive(again=True)
    assert [a.result for a in story.answers()] == ["Y", "Y"]
    assert len(story.openings()) == 1
    story.barrier(1)
    story.arrive(again=True)
    story.arrive(again=True, plate="渝A00000")
    assert len(story.openings()) == 1
    assert len(story.messages()) == 1


@pytest.mark.parametrize(
    ("told", "code"),
    [({"plate": "渝A00000"}, "gate_plate_differs"), ({"seal": "SEAL9999"}, "gate_seal_differs"),
     ({"box": "AKE12345CA"}, "gate_container_unknown")],
)  # fmt: skip
def test_a_difference_is_a_no_that_no_officer_can_wave_through(told: dict[str, str], code: str) -> None:
    story = story_at_gate()
    story.arrive(**told)  # type: ignore[arg-type]
    assert story.answers()[-1].result == "N"
    assert code in story.answers()[-1].codes
    assert any(a.code == "gate_refused" for a in story.alarms())
    assert story.check(1).refusals[0].code == code
    assert not story.openings()


@pytest.mark.parametrize(
    ("told", "code"),
    [({"plate": ""}, "gate_unread"), ({"seal": ""}, "gate_unread"), ({"box": ""}, "gate_unread"),
     ({"sure": False}, "gate_unsure"), ({"mode": "B"}, "gate_unsure"), ({"direction": "I"}, "gate_direction"),
     ({"gross_g": 30_000_000}, "gate_weight_differs")],
)  # fmt: skip
def test_what_was_not_read_waits_for_an_officer_who_may_let_it_go(told: dict[str, object], code: str) -> None:
    story = story_at_gate(gross_g=12_000_000)
    values = {"gross_g": 12_100_000} | told
    story.arrive(**values)  # type: ignore[arg-type]
    assert (story.answers()[-1].result, story.answers()[-1].codes) == ("M", (code,))
    assert story.check(1, Role.SHIFT_LEAD).refusals[0].code == "role_not_allowed"
    assert not story.openings()
    assert not story.check(1).refusals
    assert story.answers()[-1].result == "Y"
    assert len(story.openings()) == 1
    assert story.visit.checked_by == "zhang"


def test_a_recall_while_the_truck_waits_stops_it() -> None:
    story = story_at_gate()
    story.arrive(plate="")
    story.receipt(A, "500", "20261123100000000")
    assert story.check(1).refusals
    assert not story.openings()
    assert story.answers()[-1].result == "N"


def test_a_hold_between_order_and_opening_takes_the_order_back() -> None:
    story = story_at_gate()
    story.arrive()
    seq = story.openings()[0].seq
    assert still_opens(story.state.visits, seq)
    story.feed(HoldPlaced("H1", "carton", key(A), "officer_hold", "look"), Role.OFFICER)
    assert not still_opens(story.state.visits, seq)
    assert story.answers()[-1].result == "N"
    # Where it had left for the PLC before, the barrier opens behind the no: `test_gate_after_no.py`.


def test_after_the_hold_is_lifted_an_officer_lets_it_go_with_a_new_order() -> None:
    story = story_at_gate()
    story.arrive()
    story.feed(HoldPlaced("H1", "carton", key(A), "officer_hold", "look"), Role.OFFICER)
    story.feed(HoldLifted("H1", "looked"), Role.OFFICER)
    assert not story.check(1).refusals
    assert len({o.seq for o in story.openings()}) == 2


def test_an_officer_may_send_a_truck_to_inspection_and_that_holds_its_container() -> None:
    story = story_at_gate()
    story.arrive(plate="")
    story.check(2)
    assert story.answers()[-1].result == "N"
    assert [h.scope for h in story.state.holds.values()] == ["container"]
    story.arrive()
    assert story.answers()[-1].result == "N"
    assert "officer_hold" in story.answers()[-1].codes


def test_without_a_pass_or_with_a_void_one_nobody_leaves() -> None:
    story = story_at_gate()
    story.feed(GatePassVoided("P1", "wrong truck"), Role.OFFICER)
    story.arrive()
    assert "gate_pass_missing" in story.answers()[-1].codes


def test_only_customs_issues_a_pass_and_only_for_what_may_leave() -> None:
    story = Departure()
    story.released(A)
    story.open()
    story.scan(A)
    assert story.issue().refusals[0].code == "load_held"
    story.close(1)
    story.weigh_box(2000)
    story.seal()
    assert story.issue(Role.SHIFT_LEAD).refusals[0].code == "role_not_allowed"
    assert not story.issue().refusals
    assert not story.issue().refusals  # the same act again


def test_a_barrier_that_the_plc_refuses_or_that_says_nothing_needs_a_person() -> None:
    for lost in ("refused", "silent", "restart", "plc"):
        story = story_at_gate()
        story.arrive()
        if lost == "refused":
            story.answer_barrier(int(Result.NOT_ALLOWED))
        elif lost == "silent":
            story.wait(GATED.barrier_confirm_ms + 1)
        elif lost == "restart":
            story.feed(DaemonStarted("b2", "1"))
        else:
            story.feed(PlcLost("plc_lost", "cable"))
        assert story.visit.state == "unsure", lost
        assert story.alarms()[-1].code in ("barrier_unconfirmed", "plc_not_ready")
        story.arrive()  # the next truck waits until it is known
        assert story.answers()[-1].result == "M"
        story.session -= 1
        story.sync()
        assert not story.check(1).refusals
        assert len(story.openings()) == 2
        story.barrier(1)
        assert len(story.messages()) == 1


def test_a_barrier_that_opens_after_the_truck_was_told_to_wait_is_no_departure_until_a_person_has_seen_it() -> None:
    story = story_at_gate()
    story.arrive()
    story.feed(PlcLost("plc_lost", "cable"))
    assert story.answers()[-1].result == "M"
    story.sync()
    story.barrier(1)  # it had taken the order before the cable was cut
    assert (story.visit.state, story.messages()) == ("unsure", [])
    assert story.alarms()[-1].code == "barrier_unconfirmed"
    story.barrier(2)
    assert not story.check(4).refusals
    assert len(story.messages()) == 1


def test_an_officer_who_saw_it_leave_says_so() -> None:
    story = story_at_gate()
    story.arrive()
    assert story.check(4).refusals
    story.wait(GATED.barrier_confirm_ms + 1)
    assert not story.check(4).refusals
    assert len(story.messages()) == 1
    assert len(story.openings()) == 1


def test_a_truck_that_comes_while_the_plc_is_away_is_let_go_when_it_is_back() -> None:
    story = story_at_gate()
    story.feed(PlcLost("plc_lost", "cable"))
    story.arrive()
    assert story.answers()[-1].result == "M"
    story.sync()
    assert story.answers()[-1].result == "Y"
    assert len(story.openings()) == 1


def test_the_next_truck_waits_until_the_barrier_is_down() -> None:
    story = story_at_gate()
    story.arrive()
    story.barrier(1)
    story.arrive(box="AKE12345CA")
    assert "barrier_busy" in story.answers()[-1].codes


def test_a_barrier_that_opens_by_itself_is_an_alarm() -> None:
    story = story_at_gate()
    story.barrier(1)
    assert story.alarms()[-1].code == "barrier_without_order"
    assert {c.place for c in story.state.cartons.values()} == {f"container {BOX}"}


def test_what_left_can_not_be_changed_nor_leave_twice() -> None:
    story = story_at_gate()
    story.arrive()
    story.barrier(1)
    story.barrier(2)
    assert story.close(2).refusals[0].code == "container_departed"
    story.arrive()
    assert "container_departed" in story.answers()[-1].codes
    assert story.answers()[-1].result == "N"
    assert story.open().refusals[0].code == "container_departed"


def test_a_late_word_of_customs_still_finds_what_left_then_it_is_let_go_of() -> None:
    story = story_at_gate()
    story.arrive()
    story.barrier(1)
    story.receipt(A, "500", "20261123100000000")
    assert any(a.code == "recalled" for a in story.alarms())
    story.lift_all()
    story.wait(GATED.forget_after_s * 1000 + 1)
    state = story.state
    assert not state.cartons
    assert not state.lists
    assert not state.numbers
    assert not state.passages
    assert not state.containers
    assert not state.passes
    assert not state.holds
    assert not state.references
    assert list(state.gone) == [key(A), key(B)]


def test_the_number_of_a_carton_that_left_does_not_come_in_again() -> None:
    story = story_at_gate()
    story.arrive()
    story.barrier(1)
    story.wait(GATED.forget_after_s * 1000 + 1)
    story.manifest(declared(A))
    story.receipt(A, "800")
    story.load("L2", (A, A, 1, 1))
    story.pass_to_decision(50, A)
    assert "already_departed" in story.codes(50)


def test_a_number_that_is_announced_again_stays_known_as_departed_however_many_leave_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story = story_at_gate()
    story.arrive()
    story.barrier(1)
    story.wait(GATED.forget_after_s * 1000 + 1)
    story.manifest(declared(A))
    story.receipt(A, "800")
    story.load("L2", (A, A, 1, 1))
    monkeypatch.setattr(departing, "GONE_KEPT", 0)
    story.state.timers["forget:ANOTHER"] = story.now_ms  # as if another container had left twelve hours ago
    story.feed(TimerFired("forget:ANOTHER"))
    assert list(story.state.gone) == [key(A)]
    story.pass_to_decision(50, A)
    assert "already_departed" in story.codes(50)


def test_of_ways_without_a_name_the_newest_stay_and_each_that_is_on_the_belt(monkeypatch: pytest.MonkeyPatch) -> None:
    story = story_at_gate()
    read = {track: s10(20000000 + track) for track in (50, 51, 52)}
    for track, number in read.items():
        story.pass_to_decision(track, "", verify=number)
        story.divert(track, 1)
    story.pass_to_decision(53, "")
    monkeypatch.setattr(departing, "NAMELESS_KEPT", 2)
    story.arrive()
    story.barrier(1)
    story.wait(GATED.forget_after_s * 1000 + 1)
    assert [passage.track_id for passage in story.state.passages.values()] == [51, 52, 53]
    assert list(story.state.unnamed) == [read[51], read[52]]


def test_a_way_without_a_name_stays_while_the_carton_is_here_whose_story_it_belongs_to(monkeypatch: pytest.MonkeyPatch) -> None:
    story = story_at_gate()
    late = s10(20000009)
    story.manifest(declared(late))
    story.load("L2", (late, late, 1, 1))
    story.pass_to_decision(50, "")
    story.divert(50, 1)
    story.fetch(late)
    story.pass_to_decision(51, late)
    for track in (52, 53, 54):
        story.pass_to_decision(track, "")
        story.divert(track, 1)
    monkeypatch.setattr(departing, "NAMELESS_KEPT", 0)
    monkeypatch.setattr(departing, "NAMELESS_AT_ONCE", 2)
    story.arrive()
    story.barrier(1)
    story.wait(GATED.forget_after_s * 1000 + 1)
    assert story.passage(50).rerun_as == story.passage(51).key
    assert [passage.track_id for passage in story.state.passages.values()] == [50, 51, 54]


def test_a_list_of_which_a_carton_is_still_here_is_kept() -> None:
    story = Departure()
    one, two = s10(20000001), s10(20000002)
    story.manifest(declared(one, pack_no=2, gross_g=4000))
    story.receipt(one, "800")
    story.load("L1", (one, one, 1, 2), (two, one, 2, 2))
    for track, number in ((1, one), (2, two)):
        story.pass_to_decision(track, number)
        if track == 1:
            story.divert(1, 1)  # the other carton of the list was not seen yet
    story.answer()
    story.divert(2, 3)
    story.open()
    assert story.scan(two).code == ""
    story.close(1)
    story.weigh_box(2000)
    story.seal()
    story.issue()
    story.arrive()
    story.barrier(1)
    story.wait(GATED.forget_after_s * 1000 + 1)
    assert set(story.state.cartons) == {key(one), key(two)}
    assert list(story.state.lists) == [key(one)]


def test_a_no_of_the_port_is_an_alarm() -> None:
    story = story_at_gate()
    story.arrive()
    story.barrier(1)
    story.feed(MessageAnswered("port", 9, 0, f"container:{BOX}", "accepted", ""))
    assert story.alarms() == []
    story.feed(MessageAnswered("port", 9, 0, f"container:{BOX}", "refused", "no such flight"))
    assert story.alarms()[-1].code == "message_refused"


def test_the_whole_story_replays_to_the_same_outcomes() -> None:
    story = story_at_gate()
    story.arrive(plate="")
    story.check(1)
    story.barrier(1)
    story.wait(GATED.forget_after_s * 1000 + 1)
    again = LineState()
    for stamped, outcome in zip(story.stamped, story.outcomes, strict=True):
        assert encode_outcome(apply(again, stamped)) == encode_outcome(outcome)
    assert not any(o.core_fault for o in story.outcomes)
