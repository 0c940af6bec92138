"""What the core promises in corners that a review found open: order, wrap-around, forgery, late papers, words."""

import pytest

from controller.domain.reasons import Role
from controller.line.apply import apply
from controller.line.belt import RingKind
from controller.line.commands import Decide, PlcCommand, encode_outcome
from controller.line.events import HoldLifted, HoldPlaced, WeightRead, encode_event
from controller.line.explain import View, company_text, why
from controller.line.plc_events import PlcLost, TableItem
from controller.line.state import decode_state, encode_state
from controller.records.rows import NewRow, check
from tests.line.line_story import CARRIER, Story, declared, s10

A, B, C = s10(10000001), s10(10000002), s10(10000003)
KEY_A = f"{CARRIER}/{A}"


def test_a_state_from_a_checkpoint_decides_byte_for_byte_like_the_one_that_was_never_stopped() -> None:
    story = Story()
    story.ready(A)
    key = f"{CARRIER}/{A}"
    for hold_id in ("H-z", "H-a"):
        story.feed(HoldPlaced(hold_id, "carton", key, "officer_hold" if hold_id == "H-z" else "company_hold", "x"), Role.OFFICER)
    restored = decode_state(encode_state(story.state))
    at = len(story.stamped)
    story.pass_to_decision(1, A)
    again = [apply(restored, stamped) for stamped in story.stamped[at:]]
    assert [encode_outcome(o) for o in again] == [encode_outcome(o) for o in story.outcomes[at:]]
    assert encode_state(restored) == encode_state(story.state)


def test_a_release_that_the_journal_lacks_is_overruled_before_anyone_can_start_the_belt() -> None:
    story = Story()
    story.ready(A)
    outcome = story.sync((TableItem(40, 6, 3, 9),))
    (order,) = [c for c in outcome.commands if isinstance(c, Decide)]
    assert (order.track_id, order.releases) == (40, False)


def test_a_forged_release_over_an_accepted_inspection_is_overruled_too() -> None:
    story = Story()
    story.ready(A, status="500")
    story.pass_to_decision(1, A)
    story.answer()
    outcome = story.sync((TableItem(1, 6, 3, 9),))
    (order,) = [c for c in outcome.commands if isinstance(c, Decide)]
    assert (order.track_id, order.releases) == (1, False)
    assert order.seq != story.decisions(1)[0].seq


def test_a_weekend_without_events_moves_no_window_to_another_carton() -> None:
    for hours in range(44, 96):
        rested = Story()
        rested.ready(A)
        rested.induct(1)
        rested.wait(hours * 3_600_000)
        rested.induct(2)
        rested.wait(200)
        rested.gate(2, 2, A)
        window = rested.passage(2).scan
        assert window is not None
        assert not window.blind, hours
        assert abs(window.closed_ms - (rested.now_ms - 600)) < 1000, hours


def test_an_inspection_order_that_came_before_its_list_survives_any_number_of_repeats() -> None:
    story = Story()
    story.receipt(A, "500", "20261123080000000")
    for _ in range(20):
        story.receipt(A, "800", "20261123090000000")
    for minute in range(40):
        story.receipt(A, "120", f"2026112306{minute:02d}00000")
    story.manifest(declared(A))
    story.load("L1", (A, A, 1, 1))
    story.pass_to_decision(1, A)
    assert story.codes(1) == ("inspection_open",)


def test_an_earlier_release_of_ours_that_the_plc_still_has_is_no_forgery() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A)
    story.answer()
    first = story.decisions(1)[-1].seq
    story.feed(HoldPlaced("H1", "carton", f"{CARRIER}/{A}", "officer_hold", "look"), Role.OFFICER)
    story.feed(HoldLifted("H1", "done"), Role.OFFICER)
    assert [d.lane for d in story.decisions(1)] == ["release", "inspect", "release"]
    story.feed(PlcLost("silent", "no reply"))
    outcome = story.sync((TableItem(1, 6, 3, first),))
    assert not [c for c in outcome.commands if isinstance(c, PlcCommand)]
    assert not any(h.scope == "line" for h in story.state.holds.values())


def test_a_manifest_of_five_thousand_lists_fits_one_journal_row() -> None:
    story = Story()
    numbers = tuple(s10(30000000 + n) for n in range(5000))
    story.manifest(*(declared(n) for n in numbers))
    closing, outcome = story.stamped[-1], story.outcomes[-1]
    assert len(story.state.lists) == 5000
    row = NewRow(0, closing.utc, "ManifestClosed", encode_event(closing), encode_outcome(outcome), outcome.touched)
    check(row, 0)


def test_the_company_view_says_nothing_of_what_customs_ordered() -> None:
    for status in ("500", "501"):
        story = Story()
        story.ready(A, status=status)
        key = f"{CARRIER}/{A}"
        story.feed(HoldPlaced("H1", "carton", key, "officer_hold", "suspected drugs"), Role.OFFICER, "zhang")
        story.pass_to_decision(1, A)
        story.answer()
        story.divert(1, 1)
        shown = str(why(story.state, A, View.COMPANY))
        shown += "".join(company_text(f.text) for o in story.outcomes for f in o.findings)
        for word in (status, "drugs", "zhang", "officer", "customs_inspection", "customs_detained"):
            assert word not in shown, word
        assert "customs_check" in shown
        assert status in str(why(story.state, A, View.CUSTOMS))


def test_why_of_a_recalled_carton_does_not_name_the_order_to_the_company() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A)
    story.answer()
    story.divert(1, 3)
    story.receipt(A, "500", "20261123100000000")
    (answer,) = why(story.state, A, View.COMPANY)
    assert "500" not in str(answer)
    assert answer.headline == "took release: nothing spoke against it"


def test_why_of_an_unread_carton_in_a_lane_gives_its_reason_and_next_step() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, "")
    story.answer()
    story.divert(1, 1)
    (answer,) = why(story.state, "1:1")
    assert "no_read" in answer.headline
    assert "no_read" in [code for code, _, _ in answer.blockers]


def test_why_of_a_carton_with_a_wrong_weight_still_says_so_in_its_lane() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A, 2500)
    story.answer()
    story.divert(1, 1)
    (answer,) = why(story.state, A)
    assert [code for code, _, _ in answer.blockers] == ["weight_differs"]


def test_why_says_when_the_plc_did_not_follow_the_order() -> None:
    full = Story()
    full.ready(A)
    full.pass_to_decision(1, B)
    full.answer()
    full.divert(1, 1, 2)
    assert "lane was full" in why(full.state, "1:1")[0].headline
    late = Story()
    late.ready(A)
    late.pass_to_decision(1, A)
    late.answer()
    late.feed(HoldPlaced("H1", "carton", f"{CARRIER}/{A}", "company_hold", "wet"), Role.SHIFT_LEAD)
    late.answer(2)
    late.divert(1, 3)
    assert "too late" in why(late.state, A)[0].headline


def test_a_weight_that_fits_two_cartons_belongs_to_neither() -> None:
    story = Story()
    story.ready(A, B)
    story.induct(1)
    story.gate(1, 2, A)
    story.induct(2)
    story.gate(2, 2, B)
    story.ring(2, 1, 3)
    story.wait(600)
    story.ring(2, 2, 3)
    story.wait(100)
    story.feed(WeightRead("scale", 2000, story.now_ms))
    story.wait(900)
    story.ring(3, 2, 3)
    story.wait(400)
    assert [story.passage(track).weight_g for track in (1, 2)] == [-1, -1]


def test_a_late_original_neither_undoes_a_withdrawal_nor_quarrels_with_a_change() -> None:
    change = declared(A, gross_g=2500, app_type="2", app_time="20261123100000")
    late = Story()
    late.manifest(change)
    late.manifest(declared(A))
    found = late.state.lists[f"{CARRIER}/{A}"]
    assert (late.state.holds, found.declared.gross_weight_g) == ({}, 2500)
    gone = Story()
    gone.manifest(declared(A))
    gone.manifest(declared(A, app_type="3", app_time="20261123100000"))
    gone.manifest(declared(A))
    assert gone.state.lists[f"{CARRIER}/{A}"].withdrawn


def test_an_unknown_result_of_the_plc_holds_no_line() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A)
    assert not story.answer(13).core_fault


def test_a_hold_that_the_plc_refused_is_said_again_while_its_release_still_stands() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A)
    story.answer()
    story.feed(HoldPlaced("H1", "carton", f"{CARRIER}/{A}", "officer_hold", "look"), Role.OFFICER)
    story.answer(7)
    assert any(isinstance(c, PlcCommand) and c.code == 3 for c in story.commands())
    before = len(story.decisions(1))
    for _ in range(5):
        story.wait(1500)
        story.answer(7)
    said = story.decisions(1)[before:]
    assert 3 <= len(said) <= 7
    assert all(d.lane == "inspect" for d in said)


def test_the_same_forgery_seen_at_every_sync_is_one_hold_to_lift() -> None:
    story = Story()
    story.ready(A)
    for _ in range(5):
        story.sync((TableItem(40, 6, 3, 9),))
    assert [h.code for h in story.state.holds.values()] == ["foreign_release"]
    assert sum(a.code == "foreign_release" for a in story.alarms()) == 5


def test_the_company_hears_that_a_hold_of_customs_was_lifted_and_not_by_whom_or_why() -> None:
    assert company_text("hold H1 officer_hold by zhang: drugs") == "hold H1 customs_check"
    assert company_text("hold H1 officer_hold lifted by zhang") == "hold H1 customs_check lifted"
    assert company_text("hold H2 company_hold lifted by chen") == "hold H2 company_hold lifted by chen"


def test_why_of_a_way_that_a_new_epoch_cut_off_says_so_and_asks_nobody_to_wait() -> None:
    story = Story()
    story.ready(A)
    story.induct(1)
    story.epoch = 2
    story.sync()
    (answer,) = why(story.state, "1:1")
    assert answer.headline == "tracking began anew while it was on the belt: no decision"
    assert [code for code, _, _ in answer.blockers] == ["old_epoch"]
    assert answer.place == "unidentified", "as xiyong lanes says"


def test_why_of_a_carton_that_was_lost_on_the_belt_names_the_loss() -> None:
    story = Story()
    story.ready(A)
    story.induct(1)
    story.ring(RingKind.LOST, 1, 3)
    (answer,) = why(story.state, "1:1")
    assert answer.headline == "lost on the belt: tracking_lost"
    assert [code for code, _, _ in answer.blockers] == ["tracking_lost"]


@pytest.mark.parametrize("how", ["receipt", "hold"])
def test_what_left_by_release_while_the_plc_could_not_be_told_of_a_hold_is_recalled(how: str) -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A)
    story.answer()
    story.feed(PlcLost("silent", "no reply"))
    if how == "receipt":
        story.receipt(A, "500", "20261123100000000")
    else:
        story.feed(HoldPlaced("H1", "carton", KEY_A, "officer_hold", "look"), Role.OFFICER)
    assert story.last(1).lane == "release"  # nobody could be told
    story.divert(1, 3)
    assert [a.subject for a in story.alarms() if a.code == "recalled"] == [f"carton:{KEY_A}"]
    assert "recalled" in {hold.code for hold in story.state.holds.values()}
