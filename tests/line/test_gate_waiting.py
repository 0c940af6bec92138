"""A truck that waits for the line alone is let go by itself for a short time; a gate that is no more is answered for."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from controller.console.gate_desk import called, gates_told
from controller.domain.reasons import Role
from controller.line.apply import apply
from controller.line.commands import encode_outcome
from controller.line.customs_events import CustomsHeard
from controller.line.events import AnyEvent, ConfigLoaded, DaemonStarted, DeviceUp
from controller.line.gate_check import wants_a_person
from controller.line.gate_events import GateArrived, GateChecked
from controller.line.loading_events import ContainerReopened
from controller.line.plc_events import PlcLost, RingEventsLost
from controller.line.profile import GateLane
from controller.line.state import LineState
from tests.line.departure_story import BOX, GATED, PLATE, SEAL, Departure
from tests.line.line_story import FILE, s10

A = s10(10000001)
RENAMED = replace(GATED, gates=(GateLane("gate-east", 1),))
HEARD = replace(GATED, customs_silence_limit_s=600, customs_answers=True)


def waits_for_the_plc() -> Departure:
    story = Departure()
    story.sealed_with_pass(A)
    story.feed(PlcLost("plc_lost", "cable"))
    story.arrive()
    assert (story.answers()[-1].result, story.answers()[-1].codes) == ("M", ("plc_not_ready",))
    assert not wants_a_person(story.visit)
    return story


def test_within_its_time_it_is_let_go_when_the_line_is_back() -> None:
    story = waits_for_the_plc()
    story.wait(GATED.gate_wait_s * 1000 - 1)
    story.sync()
    assert (story.answers()[-1].result, len(story.openings())) == ("Y", 1)


def test_after_that_a_person_is_called_and_the_line_alone_lets_nobody_go() -> None:
    story = waits_for_the_plc()
    story.wait(GATED.gate_wait_s * 1000)
    assert (story.answers()[-1].result, story.answers()[-1].codes) == ("M", ("plc_not_ready", "gate_waited"))
    assert wants_a_person(story.visit)
    told = len(story.answers())
    story.sync()
    story.wait(10 * 3_600_000)
    assert (story.openings(), len(story.answers())) == ([], told)
    assert not story.check(1).refusals  # it stands there still
    assert len(story.openings()) == 1


def test_a_start_of_the_daemon_ends_that_time() -> None:
    story = waits_for_the_plc()
    story.wait(10)
    story.feed(DaemonStarted("b2", "1"))
    story.sync()
    assert (story.answers()[-1].codes, wants_a_person(story.visit)) == (("plc_not_ready", "gate_waited"), True)
    assert story.openings() == []


def test_behind_a_barrier_that_stays_open_it_is_the_same() -> None:
    story = Departure()
    story.sealed_with_pass(A)
    story.barrier(1)
    story.arrive()
    assert story.answers()[-1].codes == ("barrier_busy",)
    story.wait(GATED.gate_wait_s * 1000)
    story.barrier(2)
    assert (story.openings(), wants_a_person(story.visit)) == ([], True)


def test_a_site_may_want_a_person_always() -> None:
    story = Departure(replace(GATED, gate_wait_s=0))
    story.sealed_with_pass(A)
    story.arrive()
    assert story.answers()[-1].result == "Y"  # nothing to wait for
    story = Departure(replace(GATED, gate_wait_s=0))
    story.sealed_with_pass(A)
    story.feed(PlcLost("plc_lost", "cable"))
    story.arrive()
    story.sync()
    assert (story.openings(), wants_a_person(story.visit)) == ([], True)


def test_a_truck_that_comes_before_customs_was_heard_after_a_start_waits_and_is_let_go() -> None:
    story = Departure(HEARD)
    story.feed(DeviceUp("inbox"))
    story.feed(CustomsHeard("http"))
    story.sealed_with_pass(A)
    story.wait(10)
    story.feed(DaemonStarted("b2", "1"))
    story.sync()
    story.arrive()
    assert (story.answers()[-1].result, story.answers()[-1].codes) == ("M", ("customs_silent",))
    assert story.check(1).refusals[0].code == "customs_silent"
    story.feed(DeviceUp("inbox"))
    story.feed(CustomsHeard("http"))
    assert (story.answers()[-1].result, len(story.openings())) == ("Y", 1)


def test_an_order_is_still_taken_back_when_customs_falls_silent() -> None:
    story = Departure(HEARD)
    story.feed(DeviceUp("inbox"))
    story.feed(CustomsHeard("http"))
    story.sealed_with_pass(A)
    story.wait(HEARD.customs_silence_limit_s * 1000 - story.now_ms + story.state.facts.customs_heard_ms - 5)
    story.sync()
    story.arrive()
    assert story.answers()[-1].result == "Y"
    story.wait(10)
    assert story.answers()[-1].result == "N"


# --- let go without a PLC, with an order of before ---------------------------------------------------------------


def let_go_while_the_order_may_act() -> Departure:
    """Its barrier was ordered, the PLC went away, and the officer lets go the truck that he sees standing there."""
    story = Departure()
    story.sealed_with_pass(A)
    story.arrive()
    story.feed(PlcLost("plc_lost", "cable"))
    assert story.check(1).refusals[0].code == "plc_not_ready"
    assert (story.visit.state, story.visit.order_seq >= 0) == ("waiting", True)
    return story


def test_behind_a_truck_that_waits_and_whose_order_may_act_the_next_one_waits_too() -> None:
    story = let_go_while_the_order_may_act()
    story.feed(GateArrived("gate", "S9", "E", "A", "渝X66666", "MSKU0000006", "SEAL9999", -1, "", True, True, FILE))
    assert (story.answers()[-1].session_id, story.answers()[-1].codes) == ("S9", ("barrier_unconfirmed",))
    story.barrier(1)
    assert (story.visit.session_id, story.visit.state) == ("S1", "unsure")
    assert not story.check(4).refusals
    assert len(story.messages()) == 1


def test_nor_is_its_container_opened_or_let_go_at_another_gate_until_the_order_can_not_act() -> None:
    story = let_go_while_the_order_may_act()
    (refusal,) = story.feed(ContainerReopened(BOX, "x"), Role.OPERATOR).refusals
    assert refusal.code == "barrier_unconfirmed"
    story.wait(GATED.barrier_confirm_ms + 1)
    assert not story.feed(ContainerReopened(BOX, "x"), Role.OPERATOR).refusals


@pytest.mark.parametrize("lost", [DaemonStarted("b2", "1"), PlcLost("time_out", "cable"), RingEventsLost(1, 5, 9)])
def test_a_start_or_lost_reports_leave_it_to_an_officer_and_the_line_orders_nothing_by_itself(lost: AnyEvent) -> None:
    story = let_go_while_the_order_may_act()
    story.feed(lost)
    story.sync()
    assert (story.visit.state, len(story.openings())) == ("unsure", 1)
    assert not story.check(1).refusals  # he sees that it stands there
    assert len(story.openings()) == 2


# --- a gate that is no more ----------------------------------------------------------------------------------------


def renamed(story: Departure) -> None:
    """The gate has another name in the settings, and the daemon was started again."""
    story.wait(10)
    story.feed(DaemonStarted("b2", "1"))
    story.feed(ConfigLoaded(RENAMED, "cf" * 32, "test", "c5" * 32))


@pytest.mark.parametrize("started", [False, True])
def test_a_truck_that_waited_at_a_gate_that_is_no_more_is_judged_no_more(started: bool) -> None:
    story = waits_for_the_plc()
    if started:
        renamed(story)
    else:
        story.feed(ConfigLoaded(RENAMED, "cf" * 32, "test", "c5" * 32))
    assert not story.sync().core_fault
    assert not any(hold.lifted_ms < 0 for hold in story.state.holds.values())
    (refusal,) = story.check(1).refusals
    assert (refusal.code, story.openings()) == ("gate_unknown", [])
    assert not any(outcome.core_fault for outcome in story.outcomes)
    assert not story.check(3).refusals
    assert [one["gate"] for one in gates_told(story.state)] == ["gate-east"]


def test_a_truck_that_may_have_left_by_a_gate_that_is_no_more_is_shown_until_an_officer_has_spoken() -> None:
    story = Departure()
    story.sealed_with_pass(A)
    story.arrive()
    renamed(story)
    story.sync()
    assert story.visit.state == "unsure"
    shown = msgspec.convert(gates_told(story.state), list[dict[str, Any]])
    assert [one["gate"] for one in shown] == ["gate-east", "gate"]
    assert [answer["counts"] for answer in shown[1]["truck"]["answers"]] == [False, True, True, True]
    (call,) = msgspec.convert(called(story.state)["gates"], dict[str, Any])["list"]
    assert (call["gate"], call["wants_person"]) == ("gate", True)
    story.feed(GateArrived("gate-east", "T1", "E", "A", PLATE, BOX, SEAL, -1, "", True, True, FILE))
    assert story.answers()[-1].codes == ("barrier_unconfirmed",)
    assert not story.check(3).refusals
    assert [one["gate"] for one in gates_told(story.state)] == ["gate-east"]
    assert not story.feed(GateChecked("gate-east", "T1", 1, "looked"), Role.OFFICER, "zhang").refusals
    story.barrier(1)
    assert len(story.messages()) == 1


def test_it_can_be_opened_again_when_an_officer_has_said_that_it_stands_here() -> None:
    story = Departure()
    story.sealed_with_pass(A)
    story.arrive()
    renamed(story)
    assert not story.check(2).refusals
    assert not story.feed(ContainerReopened(BOX, "looked through"), Role.OPERATOR).refusals


def test_the_stories_replay() -> None:
    story = waits_for_the_plc()
    story.wait(GATED.gate_wait_s * 1000)
    renamed(story)
    story.check(3)
    again = LineState()
    for stamped, outcome in zip(story.stamped, story.outcomes, strict=True):
        assert encode_outcome(apply(again, stamped)) == encode_outcome(outcome)
