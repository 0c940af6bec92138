"""The gate when the barrier opens behind a no: nobody knows whether the truck left until an officer has said so."""

import json

import pytest
from msgspec.structs import replace

from controller.domain.reasons import Role
from controller.line.apply import apply
from controller.line.commands import encode_outcome
from controller.line.events import AnyEvent, CartonRemoved, DaemonStarted, HoldLifted, HoldPlaced
from controller.line.gate_events import GateArrived, GateChecked
from controller.line.loading_events import ContainerReopened
from controller.line.plc_events import PlcLost, RingEventsLost
from controller.line.profile import GateLane
from controller.line.state import LineState
from tests.line.departure_story import BOX, GATED, PLATE, SEAL, Departure
from tests.line.line_story import CARRIER, FILE, s10

A, B = s10(10000001), s10(10000002)
HERE = {f"container {BOX}"}


def taken_out(story: Departure) -> tuple[str, ...]:
    outcome = story.feed(CartonRemoved(A, "open_box", "held"), Role.OFFICER)
    return tuple(refusal.code for refusal in outcome.refusals)


def told_no() -> Departure:
    """Its barrier was ordered open; then a hold came, and the truck was told no."""
    story = Departure()
    story.sealed_with_pass(A, B)
    story.arrive()
    story.feed(HoldPlaced("H1", "carton", f"{CARRIER}/{A}", "officer_hold", "look"), Role.OFFICER)
    assert (story.visit.state, story.answers()[-1].result) == ("refused", "N")
    return story


def opened_behind_a_no() -> Departure:
    """The order had been on its way: the barrier opens all the same."""
    story = told_no()
    story.barrier(1)
    return story


def places(story: Departure) -> set[str]:
    return {carton.place for carton in story.state.cartons.values()}


def reopen(story: Departure) -> tuple[str, ...]:
    return tuple(r.code for r in story.feed(ContainerReopened(BOX, "sent back"), Role.OPERATOR).refusals)


def test_it_is_no_departure_and_customs_hears_loudly_that_it_may_be_one() -> None:
    story = opened_behind_a_no()
    assert (story.visit.state, story.visit.codes) == ("unsure", ("barrier_unconfirmed",))
    assert (places(story), story.messages()) == (HERE, [])
    raised = {(alarm.code, alarm.subject) for alarm in story.outcomes[-1].alarms}
    assert raised == {("recalled", f"container:{BOX}"), ("barrier_unconfirmed", "gate:gate")}
    assert story.answers()[-1].result == "M"  # the gate asks for a person, and names no reason to leave
    story.barrier(2)
    assert (story.visit.state, places(story), story.messages()) == ("unsure", HERE, [])


def test_an_officer_saw_it_leave_then_it_departed_and_the_port_is_told_once() -> None:
    story = opened_behind_a_no()
    story.barrier(2)
    story.wait(60_000)
    assert not story.check(4).refusals
    assert [alarm.code for alarm in story.outcomes[-1].alarms] == ["recalled"]  # with what stood against it, from now on
    (message,) = [one for one in story.messages() if one.to == "port"]
    body = json.loads(message.body)
    assert (places(story), body["container_no"], body["seal_no"], body["count"]) == ({"departed"}, BOX, SEAL, 2)
    assert any(one.startswith("carton:") for one in body["against"]), "a plain release would be taken for a good one"
    assert story.check(4).refusals[0].code == "gate_check_late"
    assert [one for one in story.messages() if one.to == "port"] == [message]


@pytest.mark.parametrize("word", [2, 3])
def test_an_officer_says_that_it_stayed_then_it_can_be_opened_again_and_shipped(word: int) -> None:
    story = opened_behind_a_no()
    assert reopen(story) == ("barrier_unconfirmed",)  # it may be gone: first an officer says whether it is
    assert not story.check(word).refusals
    assert (story.visit.state, story.answers()[-1].result) == ("refused", "N")
    story.barrier(2)
    assert reopen(story) == ()
    assert (places(story), story.messages()) == (HERE, [])
    assert story.check(4).refusals[0].code == "gate_check_void"  # somebody has had it in hand since


def test_who_said_that_it_stayed_may_see_it_leave_after_all() -> None:
    story = opened_behind_a_no()
    story.check(3)
    assert not story.check(4).refusals
    assert (places(story), len(story.messages())) == ({"departed"}, 1)


def test_without_a_report_of_the_barrier_an_officer_may_still_say_that_it_left() -> None:
    story = told_no()
    story.wait(GATED.barrier_confirm_ms + 1)
    assert (story.visit.state, story.answers()[-1].result) == ("refused", "N")  # nothing opened: a no is a no
    assert not story.check(4).refusals
    assert (places(story), len(story.messages())) == ({"departed"}, 1)


def test_letting_it_go_while_the_barrier_stands_open_orders_no_second_opening() -> None:
    story = opened_behind_a_no()
    story.feed(HoldLifted("H1", "looked"), Role.OFFICER)
    assert story.check(1).refusals[0].code == "barrier_busy"
    assert (story.visit.state, len(story.openings())) == ("unsure", 1)
    story.barrier(2)
    assert not story.check(1).refusals  # it stands there still, and the officer lets it go: a new order
    assert (len(story.openings()), story.answers()[-1].result) == (2, "Y")
    story.barrier(1)
    assert (places(story), len(story.messages())) == ({"departed"}, 1)


def test_letting_it_go_while_held_is_refused_and_it_may_yet_be_seen_to_leave() -> None:
    story = opened_behind_a_no()
    story.barrier(2)
    assert story.check(1).refusals[0].code == "officer_hold"
    assert story.answers()[-1].result == "N"
    assert not story.check(4).refusals
    assert len(story.messages()) == 1


def test_a_hold_or_recall_reaches_what_may_have_left() -> None:
    story = opened_behind_a_no()
    story.feed(HoldLifted("H1", "looked"), Role.OFFICER)
    story.receipt(B, "500", "20261123100000000")
    assert any(a.code == "recalled" and a.subject == f"carton:{CARRIER}/{B}" for a in story.outcomes[-1].alarms)
    story.barrier(2)
    assert story.check(1).refusals[0].code in ("recalled", "customs_inspection")
    assert len(story.openings()) == 1


def test_the_next_truck_waits_until_an_officer_has_said_it() -> None:
    story = opened_behind_a_no()
    story.arrive(box="AKE12345CA")
    assert (story.answers()[-1].result, story.answers()[-1].codes) == ("M", ("barrier_unconfirmed",))
    story.session -= 1
    assert not story.check(4).refusals  # of the one before it
    story.session += 1
    story.arrive(box="AKE12345CA", again=True)
    assert "gate_container_unknown" in story.answers()[-1].codes


def test_the_next_truck_does_not_get_the_opening_of_an_order_that_was_taken_back() -> None:
    story = told_no()
    story.arrive(box="AKE12345CA")
    assert (story.answers()[-1].result, story.answers()[-1].codes) == ("M", ("barrier_unconfirmed",))
    assert story.visit.session_id == "S1"
    assert not any(a.code == "barrier_unconfirmed" for a in story.alarms())  # a no that is a few seconds old
    story.wait(GATED.barrier_confirm_ms + 1)
    story.arrive(box="AKE12345CA", again=True)
    assert story.visit.session_id == "S2"
    story.barrier(1)
    assert story.alarms()[-1].code == "barrier_without_order"
    assert not story.messages()


@pytest.mark.parametrize("lost", [DaemonStarted("b2", "1"), PlcLost("plc_lost", "cable"), RingEventsLost(1, 5, 9)])
def test_a_restart_or_lost_reports_while_the_order_may_yet_act_leave_it_to_an_officer(lost: AnyEvent) -> None:
    story = told_no()
    story.feed(lost)
    assert story.visit.state == "unsure"
    story.sync()
    story.barrier(1)
    assert (story.visit.state, story.messages()) == ("unsure", [])
    settled = told_no()
    settled.wait(GATED.barrier_confirm_ms + 1)
    settled.feed(lost)
    assert settled.visit.state == "refused"


def test_unsure_survives_a_restart() -> None:
    story = opened_behind_a_no()
    story.feed(DaemonStarted("b2", "1"))
    story.sync()
    assert story.visit.state == "unsure"
    assert not story.check(4).refusals
    assert len(story.messages()) == 1


def test_a_late_opening_is_its_own_as_long_as_its_container_stands_as_it_was() -> None:
    story = told_no()
    story.wait(60_000)  # it had stuck
    story.barrier(1)
    assert story.visit.state == "unsure"
    other = told_no()
    other.wait(60_000)
    assert reopen(other) == ()
    other.barrier(1)
    assert (other.visit.state, other.alarms()[-1].code) == ("refused", "barrier_without_order")


def test_a_truck_that_was_let_go_without_a_plc_and_told_to_wait_did_not_leave_on_its_first_order() -> None:
    story = Departure()
    story.sealed_with_pass(A, B)
    story.arrive()
    story.feed(PlcLost("plc_lost", "cable"))
    story.check(1)  # the officer lets it go, the line is not there yet
    assert story.visit.state == "waiting"
    story.barrier(1)
    assert (story.visit.state, story.messages()) == ("unsure", [])


def test_nothing_is_taken_out_while_nobody_knows_whether_it_left_and_an_officer_says_so_first() -> None:
    """Else the port would be told of one carton fewer than went through the gate, of a container that was opened."""
    story = opened_behind_a_no()
    assert taken_out(story) == ("barrier_unconfirmed",)
    assert (story.state.cartons[f"{CARRIER}/{A}"].place, story.state.containers[BOX].seal_no) == (f"container {BOX}", SEAL)
    assert not story.check(4).refusals
    body = json.loads(story.messages()[0].body)
    assert (body["net_g"], body["cartons"]) == (4000, [f"{CARRIER}/{A}", f"{CARRIER}/{B}"])
    assert taken_out(story) == ("already_departed",)
    stays = opened_behind_a_no()
    stays.check(3)
    assert taken_out(stays) == ()
    assert stays.state.containers[BOX].sealed_ms < 0


def test_nothing_is_taken_out_while_the_order_is_under_way() -> None:
    story = Departure()
    story.sealed_with_pass(A, B)
    story.arrive()
    assert taken_out(story) == ("barrier_unconfirmed",)
    refused = told_no()
    assert taken_out(refused) == ("barrier_unconfirmed",)
    assert reopen(refused) == ("barrier_unconfirmed",)
    refused.wait(GATED.barrier_confirm_ms + 1)
    assert taken_out(refused) == ()
    stays = told_no()
    stays.check(3)  # the officer's word is enough
    assert taken_out(stays) == ()


def test_two_gates_do_not_open_for_one_container_at_once() -> None:
    story = Departure(replace(GATED, gates=(GateLane("gate", 1), GateLane("north", 2))))
    story.sealed_with_pass(A, B)
    story.arrive()
    story.feed(GateArrived("north", "N1", "E", "A", PLATE, BOX, SEAL, -1, "", True, True, FILE))
    assert [a.codes for a in story.answers() if a.session_id == "N1"] == [("barrier_unconfirmed",)]
    assert len(story.openings()) == 1


def test_at_another_gate_it_waits_too() -> None:
    story = Departure(replace(GATED, gates=(GateLane("gate", 1), GateLane("north", 2))))
    story.sealed_with_pass(A, B)
    story.arrive()
    story.wait(GATED.barrier_confirm_ms + 1)
    assert story.visit.state == "unsure"
    for session, state in (("N1", "refused"), ("N2", "opening")):
        story.feed(GateArrived("north", session, "E", "A", PLATE, BOX, SEAL, -1, "", True, True, FILE))
        assert story.state.visits["north"].state == state
        story.check(3)  # at the first gate: it never left there
    assert [a.codes for a in story.answers() if a.session_id == "N1"] == [("barrier_unconfirmed",)]


def test_the_story_replays_and_nothing_breaks() -> None:
    story = opened_behind_a_no()
    story.barrier(2)
    story.check(4)
    again = LineState()
    for stamped, outcome in zip(story.stamped, story.outcomes, strict=True):
        assert encode_outcome(apply(again, stamped)) == encode_outcome(outcome)
    assert not any(o.core_fault for o in story.outcomes)


def test_a_barrier_whose_closing_was_not_heard_is_not_taken_for_open_for_ever() -> None:
    story = Departure()
    story.sealed_with_pass(A, B)
    story.barrier(1)
    story.arrive()
    assert story.answers()[-1].codes == ("barrier_busy",)
    story.feed(RingEventsLost(1, 5, 9))
    assert story.answers()[-1].result == "Y"


def test_who_waits_behind_a_truck_of_which_nobody_knows_is_kept_with_the_time_it_was_first_told_of() -> None:
    story = opened_behind_a_no()
    story.arrive(plate="渝C00007", box="AKE12345CA", sure=False)
    came_ms = story.now_ms
    story.wait(5000)
    story.arrive(plate="渝C00007", box="AKE12345CA", sure=False, again=True)
    (first, waits) = story.visit, story.visit.behind
    assert waits is not None
    assert (waits.session_id, waits.plate, waits.plate_sure, waits.arrived_ms) == ("S2", "渝C00007", False, came_ms)
    assert (first.session_id, first.state) == ("S1", "unsure")
    assert story.answers()[-1].session_id == "S2"
    assert (first.of_session("S1"), first.of_session("S2"), first.of_session("S3")) == (first, waits, None)
    story.feed(GateChecked("gate", "S1", 3, "it stands here"), Role.OFFICER, "zhang")
    story.barrier(2)
    story.wait(GATED.barrier_confirm_ms + 1)
    story.arrive(plate="渝C00007", box="AKE12345CA", sure=False, again=True)
    assert (story.visit.session_id, story.visit.behind) == ("S2", None)
