"""A carton that was seen under the load before its own, because somebody pressed `unload` too late or too early."""

import pytest
from msgspec.structs import replace

from controller.domain.declarations import NoticedCarton
from controller.domain.reasons import Role
from controller.domain.sentences import in_chinese, recognised
from controller.line import departing
from controller.line.belt import RingKind
from controller.line.commands import Outcome
from controller.line.events import (
    CameWithLoad,
    HoldLifted,
    HoldPlaced,
    LoadArrived,
    NoticeCartons,
    NoticeClosed,
    UnloadingStarted,
)
from controller.line.explain import company_told
from controller.line.seal_events import SealReported, SecondLook
from controller.line.state import Draft
from tests.line.departure_story import Departure
from tests.line.line_story import CARRIER, FILE, PROFILE, declared, s10

A, B = s10(10000001), s10(10000002)


def late() -> Departure:
    """L2 is at the dock and its carton B comes over the belt before anybody has said that L2 is unloaded."""
    story = Departure()
    story.ready(A)
    story.manifest(declared(B))
    story.receipt(B, "800")
    story.feed(NoticeCartons("n2", 0, (NoticedCarton(B, CARRIER, B, 1, 1),)))
    story.feed(NoticeClosed("n2", 1, 1, "L2", "渝A1", "", ("S1",), "", FILE))
    story.feed(LoadArrived("L2", "渝A1"))
    story.check_seal("L2", "S1")
    story.pass_to_decision(1, B)
    assert (story.last(1).lane, story.codes(1)) == ("anomaly", ("wrong_load",))
    return story


def in_anomaly() -> Departure:
    story = late()
    story.answer()
    story.divert(1, 2)
    story.feed(UnloadingStarted("L2"))
    return story


def says(story: Departure, load_id: str = "L2", role: Role = Role.OFFICER, code: str = B) -> Outcome:
    return story.feed(CameWithLoad(code, load_id, "看过面单"), role, "zhang")


def refused(story: Departure, outcome: Outcome) -> str:
    """The one refusal, which has words in both languages and changed nothing."""
    (refusal,) = outcome.refusals
    assert recognised(refusal.cause) is not None, refusal.cause
    assert recognised(refusal.next_step) is not None, refusal.next_step
    assert story.state.cartons[f"{CARRIER}/{B}"].load_id == "L1"
    return refusal.code


def test_customs_says_with_which_load_it_came_and_its_rerun_is_released() -> None:
    story = in_anomaly()
    outcome = says(story)
    assert not outcome.refusals
    (finding,) = outcome.findings
    assert finding.text == "came with load L2, not with L1, says zhang: 看过面单"
    assert in_chinese(finding.text) == "zhang 更正: 随车次 L2 到, 非 L1: 看过面单"
    told = company_told(story.stamped[-1], finding.text)
    assert "zhang" not in told
    assert "面单" not in told
    story.fetch(B, "anomaly")
    story.pass_to_decision(2, B)
    assert (story.last(2).lane, story.codes(2)) == ("release", ())
    story.answer()
    story.divert(2, 3)
    story.open()
    assert story.scan(B).code == ""


def test_a_rerun_alone_takes_nothing_back() -> None:
    """It may have come on the other truck; only who looked at it can tell."""
    story = in_anomaly()
    story.fetch(B, "anomaly")
    story.pass_to_decision(2, B)
    assert story.codes(2) == ("wrong_load",)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SHIFT_LEAD, Role.CUSTOMS_AUDITOR, Role.INTEGRATOR])
def test_nobody_but_officers_says_so(role: Role) -> None:
    story = in_anomaly()
    assert refused(story, says(story, role=role)) == "role_not_allowed"


def test_it_came_with_no_other_load_than_its_notice_names() -> None:
    story = in_anomaly()
    assert refused(story, says(story, "L1", code=A)) == "not_scanned_in"
    story.feed(LoadArrived("L3", "渝A1"))
    story.feed(UnloadingStarted("L3"))
    assert refused(story, says(story, "L3")) == "wrong_load"
    assert [r.code for r in says(story, code=s10(10000009)).refusals] == ["not_declared"]


def test_a_load_that_nobody_unloads_has_brought_nothing() -> None:
    story = late()
    story.answer()
    story.divert(1, 2)
    assert refused(story, says(story)) == "load_not_unloaded"


def test_it_is_said_of_what_stands_in_hand_not_of_what_is_on_the_belt() -> None:
    story = late()
    story.feed(UnloadingStarted("L2"))
    assert refused(story, says(story)) == "on_belt"


def test_nor_of_what_an_older_track_bears_still() -> None:
    story = in_anomaly()
    for track in (2, 3):
        story.induct(track)
        story.gate(track, PROFILE.scan_zone, B)
    story.ring(RingKind.LOST, 3, 4)
    assert refused(story, says(story)) == "on_belt"


def test_it_is_not_talked_out_of_a_load_that_is_held_or_whose_seals_are_not_settled() -> None:
    story = in_anomaly()
    story.feed(SealReported("L1", "broken", "剪断"), Role.OPERATOR, "li")
    assert refused(story, says(story)) == "its_load_held"
    story = in_anomaly()
    story.feed(HoldPlaced("H1", "load", "L1", "officer_hold", "look"), Role.OFFICER)
    outcome = says(story)
    assert refused(story, outcome) == "its_load_held"
    assert outcome.refusals[0].cause == "load L1 is held: officer_hold"


def test_what_holds_its_own_load_holds_it_from_now_on() -> None:
    story = in_anomaly()
    story.feed(HoldPlaced("H1", "load", "L2", "officer_hold", "look"), Role.OFFICER)
    says(story)
    story.fetch(B, "anomaly")
    story.pass_to_decision(2, B)
    assert story.codes(2) == ("officer_hold",)


def fetched(story: Departure, track: int) -> tuple[str, ...]:
    """Taken from its lane and over the belt again: what is ordered, and for what."""
    story.fetch(B, "anomaly" if track == 2 else "inspect")
    story.pass_to_decision(track, B)
    return (story.last(track).lane, *story.codes(track))


def test_what_is_found_at_the_seals_of_the_load_it_was_seen_with_reaches_it_whichever_was_said_first() -> None:
    """Found first, it is not talked out of that load; found afterwards, it may have been on that truck all the same."""
    story = in_anomaly()
    assert not says(story).refusals
    story.feed(SealReported("L1", "broken", "剪断"), Role.OPERATOR, "li")
    assert fetched(story, 2) == ("inspect", "seal_broken")
    story.feed(SecondLook("L1", True, "看过, 完好"), Role.SECTION_CHIEF, "ke")
    story.answer()
    story.divert(2, 1)
    assert fetched(story, 3) == ("release",)


def test_what_is_held_of_that_load_afterwards_holds_it_until_it_is_lifted() -> None:
    story = in_anomaly()
    says(story)
    story.feed(HoldPlaced("H1", "load", "L1", "officer_hold", "look"), Role.OFFICER)
    assert fetched(story, 2) == ("inspect", "officer_hold")
    story.feed(HoldLifted("H1", "seen"), Role.OFFICER)
    story.answer()
    story.divert(2, 1)
    assert fetched(story, 3) == ("release",)


@pytest.mark.parametrize("found", ["seal", "hold", "plate"])
def test_what_was_released_is_recalled_for_what_is_found_of_that_load(found: str) -> None:
    story = in_anomaly()
    says(story)
    assert fetched(story, 2) == ("release",)
    story.answer()
    story.divert(2, 3)
    if found == "seal":
        story.feed(SealReported("L1", "broken", "剪断"), Role.OPERATOR, "li")
    elif found == "hold":
        story.feed(HoldPlaced("H1", "load", "L1", "officer_hold", "look"), Role.OFFICER)
    else:
        story.feed(NoticeClosed("n3", 0, 0, "L1", "渝B9", "", ("S1",), "", FILE))
    assert [one.code for one in story.alarms() if one.subject == f"carton:{CARRIER}/{B}"] == ["recalled"]
    story.open()
    assert story.scan(B).code != ""


def test_the_load_it_was_seen_with_stays_known_for_as_long_as_it_does() -> None:
    """What else came with that load has left and was let go of; its seals still say of this one what they said."""
    story = in_anomaly()
    story.pass_to_decision(4, A)
    says(story)
    gone = story.state.cartons[f"{CARRIER}/{A}"]
    draft = Draft(story.state, story.now_ms)
    draft.cartons.drop(gone.key)
    draft.set_facts(current_load="L2")
    assert departing._drop_loads(draft, [replace(gone, load_id="L1", noticed_load="L1")]) == []


def test_the_same_word_again_is_the_same_act() -> None:
    story = in_anomaly()
    says(story)
    outcome = says(story)
    assert (outcome.refusals, outcome.findings) == ((), ())


def test_an_unloading_that_was_said_too_early_is_put_right_the_same_way() -> None:
    story = in_anomaly()
    story.pass_to_decision(2, A)
    assert story.codes(2) == ("wrong_load",)
    story.answer()
    story.divert(2, 2)
    story.feed(UnloadingStarted("L1"))
    assert not says(story, "L1", code=A).refusals
    story.fetch(A, "anomaly")
    story.pass_to_decision(3, A)
    assert story.last(3).lane == "release"


def test_the_arrival_of_its_list_is_told_with_the_load_it_came_with() -> None:
    story = in_anomaly()
    says(story)
    assert story.state.lists[f"{CARRIER}/{B}"].arrival_load == "L2"
    story.wait(PROFILE.arrival_wait_s * 1000 + 1000)
    arrivals = [m for o in story.outcomes for m in o.messages if m.kind == "arrival"]
    assert [m.about for m in arrivals if B in m.body] == ["load:L2"]
