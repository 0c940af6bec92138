"""What came on the belt while the PLC's records were not read came off the load and before the words that were true then."""

import pytest

from controller.domain.reasons import Role
from controller.line.belt import RingKind
from controller.line.events import (
    CodesRead,
    DaemonStarted,
    DaemonStopping,
    HoldPlaced,
    LoadArrived,
    ReadText,
    UnloadingStarted,
)
from controller.line.plc_events import PlcLost, RingEvent, RingEventsLost, TableItem
from tests.line.line_story import CARRIER, PROFILE, Story, declared, s10
from tests.line.recheck_story import SEAL_NO, Bench

A, B, C = s10(10000001), s10(10000002), s10(10000003)


def two_loads() -> Story:
    """L1 is being unloaded, L2 stands behind it with B, and nothing speaks against it."""
    story = Story()
    story.ready(A, C)
    story.manifest(declared(B))
    story.receipt(B, "800")
    story.feed_notice("L2", B, CARRIER)
    story.feed(LoadArrived("L2", "渝A1"))
    story.check_seal("L2", "S1")
    story.pass_to_decision(1, A)
    story.answer()
    story.divert(1, 3)
    return story


def told(story: Story, kind: RingKind, track: int, at_ms: int, zone: int = 1) -> None:
    story.ring_seq += 1
    story.feed(RingEvent(story.epoch, story.ring_seq, kind, zone, track, 0, 0, at_ms % 65536, 0, story.now_ms, True))


def comes(story: Story, track: int, number: str, *beside: str, weight_g: int = 2000) -> None:
    """Its induct has been told; it goes on with the link up."""
    story.gate(track, PROFILE.scan_zone, number, *beside)
    story.weigh(track, weight_g)
    story.gate(track, PROFILE.verify_zone, number)
    story.decide(track)


def over_the_eye(story: Story, track: int, *, cut: bool) -> int:
    """When it was; with the link cut the line hears of it later."""
    if cut:
        story.feed(PlcLost("silent", "no reply"))
        story.wait(500)
    else:
        story.induct(track)
    return story.now_ms


def link_is_back(story: Story, track: int, at_ms: int, *, cut: bool) -> None:
    if cut:
        told(story, RingKind.INDUCT, track, at_ms)
        story.sync((TableItem(track, 1, 0, 0),))


@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize(("number", "codes"), [(B, ("wrong_load",)), (C, ())])
def test_it_came_off_the_load_that_was_unloaded_then(number: str, codes: tuple[str, ...], cut: bool) -> None:
    story = two_loads()
    at_ms = over_the_eye(story, 2, cut=cut)
    story.wait(2000)
    story.feed(UnloadingStarted("L2"))
    story.wait(1000)
    link_is_back(story, 2, at_ms, cut=cut)
    assert story.passage(2).load_id == "L1"
    comes(story, 2, number)
    assert story.codes(2) == codes


@pytest.mark.parametrize("cut", [False, True])
def test_and_is_held_with_that_load(cut: bool) -> None:
    story = two_loads()
    story.feed(HoldPlaced("H1", "load", "L1", "officer_hold", "word from outside"), Role.OFFICER)
    at_ms = over_the_eye(story, 2, cut=cut)
    story.wait(2000)
    story.feed(UnloadingStarted("L2"))
    link_is_back(story, 2, at_ms, cut=cut)
    comes(story, 2, B)
    assert "officer_hold" in story.codes(2)


@pytest.mark.parametrize("back", ["L1", "L2"])
def test_what_came_after_the_next_load_was_begun_came_off_that(back: str) -> None:
    story = two_loads()
    story.feed(PlcLost("silent", "no reply"))
    story.wait(500)
    story.feed(UnloadingStarted("L2"))
    story.wait(500)
    at_ms = story.now_ms
    story.wait(1000)
    story.feed(UnloadingStarted(back))  # again, or back to the one before
    story.wait(500)
    link_is_back(story, 2, at_ms, cut=True)
    assert story.passage(2).load_id == "L2"
    comes(story, 2, B)
    assert story.codes(2) == ()


# --- the daemon was away: nobody knows the PLC's clock ---


@pytest.mark.parametrize(
    ("before_ms", "begun", "load_id", "codes"),
    [(60_000, False, "L1", ()), (60_000, True, "", ("load_unknown",)), (1000, False, "", ("load_unknown",))],
)
@pytest.mark.parametrize("epoch", [1, 2])
def test_it_came_off_no_known_load_if_another_was_begun_since_the_records_were_read(
    before_ms: int, begun: bool, load_id: str, codes: tuple[str, ...], epoch: int
) -> None:
    """`before_ms`: how long before the daemon fell the load was begun. No record may have been read in its last seconds."""
    story = two_loads()
    story.feed(UnloadingStarted("L2"))
    story.wait(1000)
    story.feed(UnloadingStarted("L1"))
    story.wait(before_ms)
    story.feed(DaemonStarted("b2", "test", 60_000))
    if begun:
        story.feed(UnloadingStarted("L2"))
        story.wait(100)
        story.feed(UnloadingStarted("L1"))
    if epoch == 1:
        told(story, RingKind.INDUCT, 2, story.now_ms)
        story.sync((TableItem(2, 1, 0, 0),))
    else:
        story.epoch = 2
        story.sync()  # records of the new epoch are told behind its sync
        told(story, RingKind.INDUCT, 2, story.now_ms)
    story.wait(1000)
    assert story.passage(2).load_id == load_id
    story.ring(RingKind.JAM, 0)  # the clock is known again
    comes(story, 2, C)
    assert story.codes(2) == codes
    if codes:
        story.answer()
        story.divert(2, 2)
        story.fetch(C, "anomaly")
        story.pass_to_decision(3, C)
        assert story.codes(3) == ()


def inducted_while_away(story: Story, *begun: str) -> None:
    """Track 2 is told of after a restart, in which these loads were begun: nobody knows when it came. Then the clock is known."""
    story.wait(10_000)
    story.feed(DaemonStarted("b2", "test", 60_000))
    for load_id in begun:
        story.feed(UnloadingStarted(load_id))
        story.wait(200)
    told(story, RingKind.INDUCT, 2, story.now_ms)
    story.sync((TableItem(2, 1, 0, 0),))
    story.wait(1000)
    story.ring(RingKind.JAM, 0)


@pytest.mark.parametrize("held", [False, True])
def test_what_may_have_come_off_a_held_load_is_held_with_it_when_it_is_run_again(held: bool) -> None:
    story = two_loads()
    if held:
        story.feed(HoldPlaced("H1", "load", "L1", "officer_hold", "word from outside"), Role.OFFICER)
    inducted_while_away(story, "L2")
    comes(story, 2, B)
    assert story.codes(2) == ("load_unknown", *(["officer_hold"] if held else []))
    story.answer()
    story.divert(2, 2)
    story.fetch(B, "anomaly")
    story.pass_to_decision(3, B)
    assert story.codes(3) == (("officer_hold",) if held else ())


@pytest.mark.parametrize(
    ("held", "third", "codes"),
    [
        ("L1", "in_outage", ("officer_hold",)),
        ("L2", "in_outage", ("officer_hold",)),
        ("", "in_outage", ()),
        ("", "after", ("load_unknown",)),  # it came off L1 or L2, and the notice says L3
    ],
)
def test_every_load_that_it_may_have_come_off_reaches_it_and_no_other_one_counts(
    held: str, third: str, codes: tuple[str, ...]
) -> None:
    story = Story()
    story.ready(A, C)
    story.manifest(declared(B))
    story.receipt(B, "800")
    story.feed_notice("L3", B, CARRIER)
    story.feed_notice("L2", s10(10000009), CARRIER)
    for load_id in ("L2", "L3"):
        story.feed(LoadArrived(load_id, "渝A1"))
        story.check_seal(load_id, "S1")
    if held:
        story.feed(HoldPlaced("H1", "load", held, "officer_hold", "word from outside"), Role.OFFICER)
    inducted_while_away(story, "L2", *(["L3"] if third == "in_outage" else []))
    comes(story, 2, B)
    story.answer()
    story.divert(2, 2)
    if third == "after":
        story.feed(UnloadingStarted("L3"))
    story.fetch(B, "anomaly")
    story.pass_to_decision(3, B)
    assert story.codes(3) == codes


@pytest.mark.parametrize("how", ["away", "cut"])
def test_what_may_have_come_before_or_after_a_word_said_twice_is_held_with_its_copy(how: str) -> None:
    """Where nobody knows when it came, neither word says that the other one's carton is this one."""
    story = two_loads()
    story.pass_to_decision(4, C, 2600)
    story.answer()
    story.divert(4, 1)
    if how == "cut":
        story.feed(PlcLost("silent", "no reply"))
        story.fetch(C)
        story.wait(40_000)
    else:
        story.fetch(C)
        story.wait(3000)
        story.feed(DaemonStarted("b2", "test", 2000))
    told(story, RingKind.INDUCT, 5, story.now_ms)
    story.sync((TableItem(5, 1, 0, 0),))
    story.wait(300)
    assert not story.fetch(C).refusals
    comes(story, 5, C)
    assert "duplicate" in story.codes(5)


def test_what_is_on_the_belt_at_the_sync_and_was_never_told_of_came_off_no_known_load_then() -> None:
    story = two_loads()
    story.feed(PlcLost("silent", "no reply"))
    story.wait(60_000)
    story.feed(UnloadingStarted("L2"))
    story.sync((TableItem(7, 2, 0, 0),))
    assert story.passage(7).load_id == ""


@pytest.mark.parametrize("how", ["epoch", "gap", "cut", "stop"])
def test_a_load_that_was_begun_while_the_records_were_read_is_known(how: str) -> None:
    """For an epoch and a gap no link is lost."""
    story = two_loads()
    story.feed(UnloadingStarted("L2"))
    story.wait(60_000)
    if how == "epoch":
        story.epoch = 2
        story.sync()
    elif how == "gap":
        story.feed(RingEventsLost(1, 5, 9))
    elif how == "cut":
        story.feed(PlcLost("silent", "no reply"))
        story.wait(60_000)
    else:
        story.feed(DaemonStopping("updated"))
        story.feed(DaemonStarted("b2", "test", 60_000))
    told(story, RingKind.INDUCT, 2, story.now_ms)
    assert story.passage(2).load_id == "L2"


# --- what a person said meanwhile ---


@pytest.mark.parametrize("cut", [False, True])
def test_a_number_said_to_be_in_hand_while_its_way_was_on_the_belt_is_on_two_cartons(cut: bool) -> None:
    story = two_loads()
    story.pass_to_decision(2, C, 2600)
    story.answer()
    story.divert(2, 1)
    story.fetch(C)
    story.wait(5000)
    at_ms = over_the_eye(story, 3, cut=cut)
    story.wait(2000)
    story.fetch(C)
    story.wait(1000)
    link_is_back(story, 3, at_ms, cut=cut)
    comes(story, 3, C)
    assert "duplicate" in story.codes(3)


def test_and_so_it_is_where_nobody_knows_the_time_of_any_record() -> None:
    story = two_loads()
    story.pass_to_decision(2, C, 2600)
    story.answer()
    story.divert(2, 1)
    story.fetch(C)
    story.wait(10_000)
    at_ms = over_the_eye(story, 3, cut=True)
    story.wait(2000)
    story.fetch(C)
    story.wait(40_000)
    story.feed(CodesRead("verify", "verify", (ReadText(C),), False, story.now_ms))
    story.wait(1000)
    told(story, RingKind.INDUCT, 3, at_ms)
    for kind in (RingKind.GATE_OPEN, RingKind.GATE_CLOSED):
        told(story, kind, 3, story.now_ms, PROFILE.verify_zone)
    story.sync((TableItem(3, 6, 0, 0),))
    story.wait(1000)
    assert "duplicate" in story.passage(3).marks


@pytest.mark.parametrize("cut", [False, True])
def test_a_number_said_twice_before_its_way_came_is_one_carton(cut: bool) -> None:
    story = two_loads()
    story.pass_to_decision(2, C, 2600)
    story.answer()
    story.divert(2, 1)
    story.fetch(C)
    story.wait(5000)
    if cut:
        story.feed(PlcLost("silent", "no reply"))
    story.fetch(C)
    story.wait(500)
    at_ms = story.now_ms
    if not cut:
        story.induct(3)
    story.wait(2000)
    link_is_back(story, 3, at_ms, cut=cut)
    comes(story, 3, C)
    assert story.codes(3) == ()


@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize("early", [True, False])
def test_what_was_put_on_the_belt_before_its_recheck_was_closed_is_not_what_the_officers_closed(early: bool, cut: bool) -> None:
    story = Bench()
    story.benched(A)
    story.to_inspect(1, A)
    if early:
        at_ms = over_the_eye(story, 2, cut=cut)
    assert not story.matched(A).refusals
    if not early:
        at_ms = over_the_eye(story, 2, cut=cut)
    story.wait(1000)
    link_is_back(story, 2, at_ms, cut=cut)
    comes(story, 2, A, SEAL_NO, weight_g=2600)
    assert ("recheck_open" in story.codes(2)) == early
    assert bool(story.codes(2)) == early
