"""A container number that left comes back to be loaded again, while cartons that left in it are known yet."""

import json

from controller.domain.reasons import Role
from controller.line.custody_events import CustodyMoved
from controller.line.events import HoldPlaced
from controller.line.gate_events import GateArrived, GatePassIssued
from controller.line.loading_events import ContainerSealed
from tests.line.departure_story import BOX, GATED, PLATE, SEAL, Departure
from tests.line.line_story import CARRIER, FILE, declared, s10

LEFT, DETAINED, NEXT = s10(20000001), s10(20000002), s10(20000003)
DAY_MS = 86_400_000


def key(number: str) -> str:
    return f"{CARRIER}/{number}"


def gone_and_one_detained() -> Departure:
    """A list of two: one is detained for good, the other one left in the box."""
    story = Departure()
    story.manifest(declared(LEFT, pack_no=2, gross_g=4000))
    story.receipt(LEFT, "800")
    story.load("L1", (LEFT, LEFT, 1, 2), (DETAINED, LEFT, 2, 2))
    story.pass_to_decision(1, LEFT)
    story.pass_to_decision(2, DETAINED)
    story.answer()
    story.divert(2, 1)
    story.divert(1, 3)
    assert not story.feed(CustodyMoved(DETAINED, "cage"), Role.OFFICER).refusals
    story.open()
    assert story.scan(LEFT).code == ""
    story.close(1)
    story.weigh_box(2000)
    story.seal()
    story.issue()
    story.arrive()
    story.barrier(1)
    story.barrier(2)
    assert story.state.cartons[key(LEFT)].place == "departed"
    return story


def test_a_container_comes_back_and_is_loaded_while_a_carton_that_left_in_it_is_known_yet() -> None:
    story = gone_and_one_detained()
    assert story.open().refusals[0].code == "container_departed", "not while all that left is kept for a recall"
    story.wait(3 * DAY_MS)
    assert not story.open().refusals
    story.manifest(declared(NEXT))
    story.receipt(NEXT, "800")
    story.load("L2", (NEXT, NEXT, 1, 1))
    story.pass_to_decision(11, NEXT)
    story.answer()
    story.divert(11, 3)
    assert story.scan(NEXT).code == ""
    assert story.scan(LEFT).code == "already_loaded", "what left is in nothing that is loaded now"
    assert not story.close(1).refusals
    assert not story.weigh_box(2000).refusals
    assert story.seal().refusals[0].code == "seal_used"
    assert not story.feed(ContainerSealed(BOX, "SEAL0002"), Role.OPERATOR).refusals
    story.arrive()
    assert "gate_pass_missing" in story.answers()[-1].codes, "the pass of before is for what left"
    assert not story.feed(GatePassIssued("P2", BOX, PLATE, 0), Role.OFFICER).refusals
    story.feed(GateArrived("gate", "S9", "E", "A", PLATE, BOX, SEAL, -1, "", True, True, FILE))
    assert "gate_seal_differs" in story.answers()[-1].codes
    story.feed(GateArrived("gate", "S10", "E", "A", PLATE, BOX, "SEAL0002", -1, "", True, True, FILE))
    assert story.answers()[-1].result == "Y"
    story.barrier(1)
    told = [json.loads(one.body) for one in story.messages() if one.to == "port"]
    assert [one["cartons"] for one in told] == [[key(LEFT)], [key(NEXT)]]
    story.wait(GATED.forget_after_s * 1000 + 1)
    assert set(story.state.cartons) == {key(LEFT), key(DETAINED)}, "the second list left whole, the first did not"
    assert BOX not in story.state.containers
    assert not story.open().refusals, "and a third time"


def test_what_left_keeps_its_holds_and_a_hold_on_the_number_is_seen_to_first() -> None:
    story = gone_and_one_detained()
    story.wait(3 * DAY_MS)
    story.feed(HoldPlaced("H1", "carton", key(LEFT), "officer_hold", "found late"), Role.OFFICER)
    story.feed(HoldPlaced("H2", "container", BOX, "officer_hold", "found late"), Role.OFFICER)
    (refusal,) = story.open().refusals
    assert (refusal.code, "H2" in refusal.cause) == ("container_departed", True)
    story.lift_all()
    story.feed(HoldPlaced("H3", "carton", key(LEFT), "officer_hold", "found late"), Role.OFFICER)
    assert not story.open().refusals
    story.wait(40 * DAY_MS)
    assert [one.hold_id for one in story.state.holds.values() if one.lifted_ms < 0] == ["H3"]
    left = story.state.containers[story.state.cartons[key(LEFT)].container]
    assert left.departed_ms >= 0
    assert story.receipt(LEFT, "500", "20261125100000000").alarms[0].code == "recalled", "a late word still finds it"


def test_the_timer_that_lets_go_goes_along_with_what_left() -> None:
    story = Departure()
    story.sealed_with_pass(LEFT)
    story.arrive()
    story.barrier(1)
    story.feed(HoldPlaced("H1", "carton", key(LEFT), "officer_hold", "found late"), Role.OFFICER)
    story.wait(DAY_MS)
    assert not story.open().refusals
    assert key(LEFT) in story.state.cartons
    assert BOX in story.state.containers
    story.lift_all()
    story.wait(DAY_MS)
    assert not story.state.cartons
    assert list(story.state.containers) == [BOX], "the one that stands at the door"
    assert story.state.gone[key(LEFT)] == BOX
