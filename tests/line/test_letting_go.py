"""What left is let go of twelve hours later: not while something that bears its number is still on the belt, nor while a hold
on it is open.
"""

import pytest

from controller.domain.reasons import Role
from controller.line import handlers
from controller.line.apply import AGAIN_MS
from controller.line.belt import RingKind
from controller.line.commands import WakeAt
from controller.line.departing import LOOK_AGAIN_S
from controller.line.events import CartonRemoved, HoldPlaced, TimerFired
from controller.line.gate_events import GatePassIssued
from controller.line.loading_events import ContainerClosed, ContainerSealed, ContainerWeighed
from tests.line.departure_story import BOX, GATED, PLATE, Departure
from tests.line.line_story import CARRIER, PROFILE, declared, s10

A, OTHER = s10(10000001), "TGHU7654320"
KEY = f"{CARRIER}/{A}"
FORGET_MS = GATED.forget_after_s * 1000


def departed(*numbers: str) -> Departure:
    story = Departure()
    story.sealed_with_pass(*(numbers or (A,)))
    story.arrive()
    story.barrier(1)
    return story


def copy_on_the_belt() -> Departure:
    """A copy of what departed is named on the belt, which stands while the time comes to let go of the departed one."""
    story = departed()
    story.wait(FORGET_MS - 20_000)
    story.induct(7)
    story.gate(7, PROFILE.scan_zone, A)
    story.weigh(7, 2000)
    story.wait(30_000)
    assert story.passage(7).carton == KEY
    return story


def next_epoch(story: Departure) -> None:
    story.epoch = 2
    story.sync()


@pytest.mark.parametrize(
    "ends",
    [
        lambda story: story.divert(7, 2),
        lambda story: story.ring(RingKind.REMOVED_BY_HAND, 7),
        lambda story: story.ring(RingKind.LOST, 7),
        next_epoch,
    ],
)
def test_what_departed_is_not_let_go_of_while_a_copy_of_it_is_on_the_belt(ends) -> None:  # type: ignore[no-untyped-def]
    story = copy_on_the_belt()
    story.decide(7)
    ends(story)
    assert not [outcome.core_fault for outcome in story.outcomes if outcome.core_fault]
    assert not story.state.facts.live
    assert story.state.cartons[KEY].place == "departed"  # where the copy went is its own way's story
    story.lift_all()
    story.wait(LOOK_AGAIN_S * 1000)
    state = story.state
    assert not any((state.cartons, state.lists, state.numbers, state.passages, state.containers, state.holds))
    assert list(state.gone) == [KEY]
    assert not any(token.startswith("forget:") for token in state.timers)


def test_a_way_whose_carton_is_unknown_ends_all_the_same() -> None:
    """As a state of an older program may have it."""
    story = copy_on_the_belt()
    story.state.cartons.clear()
    assert not story.divert(7, 2).core_fault
    assert story.passage(7).diverted_lane == "anomaly"


def test_a_timer_whose_event_was_a_fault_is_fired_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever fires timers does so once for each time that the core asks for."""
    story, token = departed(), f"forget:{BOX}"

    def broken(*_: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setitem(handlers.TIMERS, "forget", broken)
    story.now_ms += FORGET_MS
    for _ in range(2):
        outcome = story.feed(TimerFired(token))
        assert outcome.core_fault
        assert [one for one in outcome.commands if isinstance(one, WakeAt)] == [WakeAt(story.now_ms + AGAIN_MS, token)]
        story.now_ms += AGAIN_MS
    assert [hold.code for hold in story.state.holds.values()] == ["core_fault"]  # the same thing again is no second hold
    monkeypatch.undo()
    assert not story.feed(TimerFired(token)).core_fault
    assert not story.state.cartons
    assert token not in story.state.timers


def test_a_timer_whose_event_no_row_can_hold_is_fired_again(monkeypatch: pytest.MonkeyPatch) -> None:
    story, token = departed(), f"forget:{BOX}"
    monkeypatch.setitem(handlers.TIMERS, "forget", lambda draft, _: draft.note("x" * 300, "planted"))
    story.now_ms += FORGET_MS
    for _ in range(2):
        outcome = story.feed(TimerFired(token))
        assert [one.code for one in outcome.refusals] == ["not_recordable"]
        assert [one for one in outcome.commands if isinstance(one, WakeAt)] == [WakeAt(story.now_ms + AGAIN_MS, token)]
        story.now_ms += AGAIN_MS
    monkeypatch.undo()
    assert not story.feed(TimerFired(token)).refusals
    assert not story.state.cartons
    assert token not in story.state.timers


def test_a_list_is_kept_for_its_time_after_the_last_of_its_containers_has_left() -> None:
    story = Departure()
    one, two = s10(20000001), s10(20000002)
    story.manifest(declared(one, pack_no=2, gross_g=4000))
    story.receipt(one, "800")
    story.load("L1", (one, one, 1, 2), (two, one, 2, 2))
    for track, number in ((1, one), (2, two)):
        story.pass_to_decision(track, number)
    for track in (1, 2):
        story.answer()
        story.divert(track, 3)
    for box, number, pass_id in ((BOX, one, "P1"), (OTHER, two, "P2")):
        story.open(box)
        assert story.scan(number).code == ""
        story.feed(ContainerClosed(box, 1), Role.OPERATOR)
        story.feed(ContainerWeighed(box, 2_302_000, 2_300_000), Role.OPERATOR)
        story.feed(ContainerSealed(box, f"SEAL{pass_id}"), Role.OPERATOR)
    for box, pass_id in ((BOX, "P1"), (OTHER, "P2")):
        story.feed(GatePassIssued(pass_id, box, PLATE, 0), Role.OFFICER)
        story.arrive(box=box, seal=f"SEAL{pass_id}")
        story.barrier(1)
        story.barrier(2)
        story.wait(FORGET_MS // 2)
    assert [one.result for one in story.answers()] == ["Y", "Y"]
    story.wait(FORGET_MS // 4)
    assert set(story.state.cartons) == {f"{CARRIER}/{one}", f"{CARRIER}/{two}"}
    story.wait(FORGET_MS // 4 + LOOK_AGAIN_S * 1000)
    assert not story.state.cartons
    assert not story.state.containers


def test_what_customs_orders_of_what_left_stands_until_somebody_has_seen_to_it() -> None:
    story = departed()
    story.wait(FORGET_MS - 60_000)
    story.receipt(A, "501", "20261123200000000")
    story.wait(FORGET_MS)
    (hold,) = story.state.holds.values()
    assert (hold.code, hold.target, hold.lifted_ms) == ("recalled", KEY, -1)
    assert story.state.lists[KEY].status == "501"
    story.lift_all()
    story.wait(LOOK_AGAIN_S * 1000)
    assert not any((story.state.holds, story.state.lists, story.state.cartons, story.state.containers))


@pytest.mark.parametrize(("scope", "target"), [("list", KEY), ("load", "L1"), ("container", BOX)])
def test_a_hold_on_its_list_load_or_container_keeps_it_too(scope: str, target: str) -> None:
    story = departed()
    story.wait(FORGET_MS - 60_000)
    story.feed(HoldPlaced("H1", scope, target, "officer_hold", "call the airline"), Role.OFFICER)
    story.wait(FORGET_MS)
    assert list(story.state.holds) == ["H1"]
    assert list(story.state.cartons) == [KEY]
    story.lift_all()
    story.wait(LOOK_AGAIN_S * 1000)
    assert not story.state.cartons


def test_what_departed_is_taken_from_nowhere() -> None:
    story = departed()
    outcome = story.feed(CartonRemoved(A, "desk", "it lay there"), Role.OPERATOR)
    assert [refusal.code for refusal in outcome.refusals] == ["already_departed"]
    assert story.state.cartons[KEY].place == "departed"
    story.wait(FORGET_MS)
    assert not story.state.cartons
    assert not story.state.containers
