"""PLC, restarts and faults of the daemon as stories: what it is no longer sure of is inspected, and it replays the same."""

import pytest

from controller.domain.reasons import Role
from controller.line.belt import PlcFlag, RingKind
from controller.line.commands import PlcCommand, SetOutputs
from controller.line.events import CodesRead, DaemonStarted, HoldPlaced, ReadText, TaskBack, TaskEnded, TimerFired
from controller.line.plc_events import EpochWanted, PlcLost, PlcStatus, PlcStatusChanged, RingEventsLost, TableItem
from controller.line.tracking import last_ring_seq
from tests.line.line_story import CARRIER, PROFILE, RUNNING, Story, s10

A, B, C = s10(10000001), s10(10000002), s10(10000003)


def test_a_release_lane_confirmed_without_a_decision_stops_the_belt_and_holds_the_line() -> None:
    story = Story()
    story.ready(A, B)
    story.pass_to_decision(1, "")
    story.divert(1, 3)
    assert any(isinstance(c, PlcCommand) and c.code == 3 for c in story.commands())
    story.pass_to_decision(2, B)
    assert "released_without_decision" in story.codes(2)


def test_a_release_in_the_table_that_the_journal_lacks_stops_the_belt() -> None:
    story = Story()
    story.ready(A)
    story.sync((TableItem(40, 6, 3, 9),))
    assert any(isinstance(c, PlcCommand) and c.code == 3 for c in story.commands())
    story.pass_to_decision(1, A)
    assert "foreign_release" in story.codes(1)


@pytest.mark.parametrize("rows", [((1, 3, 9), (1, 1, 0)), ((1, 1, 0), (1, 3, 9))], ids=["first", "last"])
def test_a_foreign_release_in_one_of_two_rows_of_the_same_track_is_seen(rows: tuple[tuple[int, int, int], ...]) -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A, weight_g=900)
    story.sync(tuple(TableItem(track, 6, lane, seq) for track, lane, seq in rows))
    assert "foreign_release" in story.codes(1)


@pytest.mark.parametrize("foreign_first", [True, False])
def test_a_foreign_release_is_seen_beside_one_of_the_same_track_that_the_journal_has(foreign_first: bool) -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A)
    story.answer()
    rows = [TableItem(1, 6, 3, 99), TableItem(1, 6, 3, story.last(1).seq)]
    story.sync(tuple(rows if foreign_first else reversed(rows)))
    assert "foreign_release" in story.codes(1)


def held_after_release(result: int = -1, released: bool = True) -> Story:
    """A carton's release was accepted, then a hold was ordered, and the PLC answered it so (-1: not yet)."""
    story = Story()
    story.ready(A, B)
    if released:
        story.pass_to_decision(1, A)
        story.answer()
    story.feed(HoldPlaced("H1", "carton", f"{CARRIER}/{A}", "officer_hold", "look"), Role.OFFICER)
    if not released:
        story.pass_to_decision(1, A)
    if result >= 0:
        story.answer(result)
    return story


def foreign(story: Story, seq: int) -> bool:
    """Whether a table that shows a release of track 1 under this number is called foreign."""
    outcome = story.sync((TableItem(1, 7, 3, seq),))
    return any(alarm.code == "foreign_release" for alarm in outcome.alarms)


def test_a_release_under_the_number_of_a_hold_that_came_too_late_is_the_journals_own() -> None:
    story = held_after_release(result=2)
    hold = story.last(1).seq
    assert not foreign(story, hold)
    assert not foreign(story, hold), "nor at the next sync"
    assert story.last(1).seq == hold, "it has its answer, and nothing is said again"
    assert not any(hold.scope == "line" for hold in story.state.holds.values())


def test_a_hold_whose_answer_was_lost_with_the_link_is_said_again_and_its_release_is_the_journals_own() -> None:
    story = held_after_release()
    hold = story.last(1).seq
    assert not foreign(story, hold)
    again = story.last(1)
    assert (again.lane, again.seq > hold) == ("inspect", True)
    assert not foreign(story, hold), "the link was lost again before that was taken"
    assert story.last(1).seq > again.seq
    assert any(alarm.code == "recalled" for alarm in story.answer(2).alarms)


@pytest.mark.parametrize(
    ("result", "released", "step"),
    [
        (1, True, 0),  # the hold was taken: whoever shows a release under its number forged it
        (7, True, 0),  # a hold that cannot be carried out lets no release stand
        (2, True, 1),  # a number that the journal never gave
        (-1, False, 0),  # there never was a release
    ],
)
def test_any_other_release_under_the_number_of_a_hold_is_foreign(result: int, released: bool, step: int) -> None:
    story = held_after_release(result, released)
    assert foreign(story, story.last(1).seq + step)


def test_a_new_epoch_voids_the_belt_and_the_same_id_is_another_carton() -> None:
    story = Story()
    story.ready(A, B)
    story.pass_to_decision(1, A)
    story.answer()
    story.epoch = 2
    story.sync()
    assert story.state.passages["1:1"].ended == "epoch"
    story.induct(1)
    story.decide(1)
    assert story.last(1).lane != "release"
    story.divert(1, 1)
    story.fetch(A)
    story.pass_to_decision(2, A)
    assert story.last(2).lane == "release"
    assert story.passage(2).previous == "2:1", "what came nameless into the lane"
    assert story.passage(1).previous == "1:1", "and that was what the old epoch lost"


def test_a_used_epoch_that_comes_back_holds_the_line() -> None:
    story = Story()
    story.epoch = 2
    story.sync()
    story.epoch = 1
    story.sync()
    assert any(h.scope == "line" for h in story.state.holds.values())


def test_lost_ring_events_send_everything_on_the_belt_to_inspection() -> None:
    story = Story()
    story.ready(A)
    story.induct(1)
    story.gate(1, 2, A)
    story.feed(RingEventsLost(1, 5, 9))
    story.weigh(1, 2000)
    story.gate(1, 5, A)
    story.decide(1)
    assert story.codes(1) == ("events_lost",)


@pytest.mark.parametrize(("acknowledged", "alarms"), [(0, ["events_lost"]), (7, ["events_lost", "journal_behind"])])
def test_events_that_were_acknowledged_and_are_in_no_row_are_told(acknowledged: int, alarms: list[str]) -> None:
    story = Story()
    story.ready(A)
    told = story.feed(RingEventsLost(1, 5, 9, acknowledged)).alarms
    assert [alarm.code for alarm in told] == alarms
    if acknowledged:
        cause = "the PLC let go of records up to 7, this journal has none from 5 on"
        assert told[1].detail == cause


def test_after_a_restart_an_accepted_release_stands_and_an_undecided_carton_is_inspected() -> None:
    story = Story()
    story.ready(A, B)
    story.pass_to_decision(1, A)
    story.answer()
    seq = story.last(1).seq
    story.induct(2)
    story.gate(2, 2, B)
    story.weigh(2, 2000)
    story.decide(2)
    story.feed(DaemonStarted("b2", "0"))
    story.sync((TableItem(1, 6, 3, seq), TableItem(2, 6, 0, 0)))
    assert [d.lane for d in story.decisions(1)] == ["release"]
    assert "restarted" in story.codes(2)
    story.divert(1, 3)
    assert not any(isinstance(c, PlcCommand) and c.code == 3 for c in story.commands())


def test_a_release_that_the_plc_no_longer_has_after_a_restart_is_not_given_again() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A)
    story.answer()
    story.feed(DaemonStarted("b2", "0"))
    story.sync((TableItem(1, 6, 0, 0),))
    assert [d.lane for d in story.decisions(1)] == ["release", "inspect"]


def test_nothing_is_released_while_the_plc_is_away_or_a_task_is_down() -> None:
    story = Story()
    story.ready(A, B)
    story.feed(TaskEnded("scanner:induct", "ValueError"))
    story.pass_to_decision(1, A)
    assert "task_down" in story.codes(1)
    story.feed(TaskBack("scanner:induct"))
    story.feed(PlcLost("plc_silent", "no reply"))
    story.pass_to_decision(2, B)
    assert not story.decisions(2)
    assert SetOutputs(False, 0, 2) in story.commands()


def test_fail_safe_is_left_by_command_34_and_decides_only_after() -> None:
    story = Story()
    story.ready(A)
    story.sync(flags=int(RUNNING | PlcFlag.FAIL_SAFE))
    asked = [c for c in story.commands() if isinstance(c, PlcCommand) and c.code == 34]
    assert len(asked) == 1
    story.pass_to_decision(1, A)
    assert "plc_fail_safe" in story.codes(1)
    story.feed(PlcStatusChanged(PlcStatus(6, int(RUNNING), 0, 0, 0, 0xFFFF, 500)))
    assert story.last(1).lane == "release"


def test_a_conflict_of_two_hosts_waits_for_a_person() -> None:
    story = Story()
    story.sync(flags=int(RUNNING | PlcFlag.SESSION_CONFLICT | PlcFlag.FAIL_SAFE))
    assert not [c for c in story.commands() if isinstance(c, PlcCommand) and c.code == 34]


def test_a_repeated_ring_record_is_applied_once() -> None:
    story = Story()
    story.induct(1)
    story.ring_seq -= 1
    story.ring(6, 1)
    assert story.passage(1).ended == ""


def test_a_fault_inside_holds_every_carton_and_replays_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story()
    story.ready(A, B)
    story.pass_to_decision(1, A)
    story.answer()
    from controller.line import tracking

    def broken(*_: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setitem(tracking._RING, 10, broken)
    outcome = story.ring(10, 0)
    assert outcome.core_fault
    assert [d.lane for d in outcome.decisions] == ["inspect"]
    monkeypatch.undo()
    story.pass_to_decision(2, B)
    assert "core_fault" in story.codes(2)


def test_replaying_the_events_gives_the_same_bytes() -> None:
    from controller.line.apply import apply
    from controller.line.commands import encode_outcome
    from controller.line.state import LineState, decode_state, encode_state

    story = Story()
    story.ready(A, B)
    story.pass_to_decision(1, A)
    story.answer()
    story.divert(1, 3)
    middle = decode_state(encode_state(story.state))
    at = len(story.stamped)
    story.pass_to_decision(2, B)
    again = LineState()
    outcomes = [apply(again, stamped) for stamped in story.stamped]
    assert [encode_outcome(o) for o in outcomes] == [encode_outcome(o) for o in story.outcomes]
    assert encode_state(again) == encode_state(story.state)
    for stamped in story.stamped[at:]:
        apply(middle, stamped)
    assert encode_state(middle) == encode_state(story.state)


def test_a_window_that_was_open_at_a_restart_is_blind_and_the_carton_is_inspected() -> None:
    story = Story()
    story.ready(A)
    story.induct(1)
    story.ring(RingKind.GATE_OPEN, 1, PROFILE.scan_zone)
    story.wait(200)
    story.feed(DaemonStarted("boot2", "test"))
    story.sync(table=(TableItem(1, PROFILE.scan_zone, 0, 0),))
    story.feed(CodesRead("induct", "induct", (ReadText(A),), True, story.now_ms))
    story.wait(400)
    story.ring(RingKind.GATE_CLOSED, 1, PROFILE.scan_zone)
    story.wait(600)
    story.weigh(1, 2000)
    story.gate(1, PROFILE.verify_zone, A)
    story.decide(1)
    assert story.last(1).lane == "inspect"
    assert "no_read" in story.codes(1), "what was read while nobody looked can not be known"


def test_a_timer_before_its_time_does_nothing_and_still_fires_when_it_is_due() -> None:
    story = Story()
    story.ready(A)
    story.induct(1)
    story.ring(RingKind.GATE_OPEN, 1, PROFILE.scan_zone)
    story.wait(400)
    story.feed(CodesRead("induct", "induct", (ReadText(A),), True, story.now_ms))
    story.ring(RingKind.GATE_CLOSED, 1, PROFILE.scan_zone)
    (token,) = (name for name in story.state.timers if name.startswith("settle:scan"))
    story.feed(TimerFired(token))
    assert story.passage(1).scan_identity is None, "a later read of this window may still come"
    assert token in story.state.timers
    story.wait(600)
    identity = story.passage(1).scan_identity
    assert identity is not None
    assert identity.text == A


def test_a_new_run_knows_that_the_ring_was_lost_until_a_record_of_the_new_one_is_known() -> None:
    """Where reading stood in the old one is kept however often the memory is lost; a row that tells the loss may be the last."""
    story = Story()
    story.ready(A)
    story.induct(1)
    stood = story.ring_seq
    assert (last_ring_seq(story.state.facts), story.state.facts.ring_lost_at) == (stood, 0)
    for nonce in (7, 8):
        story.feed(EpochWanted(nonce))
        assert (last_ring_seq(story.state.facts), story.state.facts.ring_lost_at) == (stood, stood)
    story.feed(RingEventsLost(0, stood + 1, 1))
    assert last_ring_seq(story.state.facts) == story.state.facts.ring_lost_at == stood
    story.epoch, story.ring_seq = 0, 0
    story.ring(RingKind.DIVERTED, 1, 7, arg1=1, arg2=4)
    assert (last_ring_seq(story.state.facts), story.state.facts.ring_lost_at) == (1, 0)
    story.feed(EpochWanted(9))
    story.feed(EpochWanted(10))
    assert last_ring_seq(story.state.facts) == story.state.facts.ring_lost_at == 1, "epoch 0 is no key, but a place"


def test_a_plc_that_loses_its_memory_again_counts_its_records_from_1_and_each_is_heard() -> None:
    """The same words in epoch 0 after another power-up are another carton in the lane."""
    story = Story()
    story.epoch = 0
    heard = []
    for _ in range(2):
        story.feed(PlcLost("peer_closed", "its power went"))
        story.feed(EpochWanted(boot_nonce=7))
        story.ring_seq = 0
        heard.append(story.ring(RingKind.DIVERTED, 1, 7, arg1=1, arg2=4).findings)
        assert not story.feed(story.stamped[-1].event).findings, "told again by the ring, it says nothing new"
    assert [len(findings) for findings in heard] == [1, 1]
