"""Which list a receipt of customs means: by which of its numbers, before its list came, and after it left."""

import pytest

from controller.domain.declarations import Receipt
from controller.domain.reasons import CATALOGUE, Role
from controller.domain.sentences import in_chinese
from controller.line import waiting_receipts
from controller.line.commands import Outcome
from controller.line.events import InspectionClosed, ReceiptArrived
from controller.line.holds import lifting
from controller.line.list_state import LeftList
from controller.line.receipts import LEFT_NAMES_KEPT
from controller.line.waiting_receipts import RECEIPTS_KEPT
from tests.line.departure_story import GATED, Departure
from tests.line.line_story import CARRIER, FILE, Story, declared, s10

A, B = s10(10000001), s10(10000002)
KEY_A, KEY_B = f"{CARRIER}/{A}", f"{CARRIER}/{B}"


def says(story: Story, status: str, hour: int, cop: str = "", invt: str = "", pre: str = "", order: str = "") -> Outcome:
    time = f"20261123{hour:02d}0000000"
    return story.feed(ReceiptArrived(Receipt(cop, pre, invt, order, "E1", "", status, time, "", ""), FILE))


def released(story: Story, number: str, track: int = 1) -> bool:
    story.pass_to_decision(track, number)
    return story.last(track).lane == "release"


# --- which list it means ---


def test_a_release_of_another_list_of_the_same_order_waits_for_that_list() -> None:
    story = Story()
    story.manifest(declared(A, order_no="O1"))
    story.load("L1", (A, A, 1, 1), (B, B, 1, 1))
    says(story, "800", 9, f"C{B}", "IB", "PB", "O1")
    story.pass_to_decision(1, A)
    assert story.codes(1) == ("customs_status_missing",)
    story.manifest(declared(B, order_no="O1"))
    assert released(story, B, 2)
    assert (story.state.lists[KEY_A].status, story.alarms()) == ("", [])


def test_an_order_to_inspect_another_list_of_the_same_order_reaches_that_list_and_no_other() -> None:
    story = Story()
    story.manifest(declared(A, order_no="O1"))
    says(story, "500", 8, f"C{B}", order="O1")
    story.manifest(declared(B, order_no="O1"))
    assert [one.inspection_open for one in story.state.lists.values()] == [False, True]
    assert not story.state.holds


@pytest.mark.parametrize("kind", ["invt", "pre"])
def test_a_number_that_customs_told_is_not_replaced_by_another_one_and_only_a_hold_reaches_the_list(kind: str) -> None:
    story = Story()
    story.ready(A)
    says(story, "800", 9, f"C{A}", "I1", "P1")
    says(story, "899", 10, f"C{A}", **{kind: "9"})
    assert (story.state.lists[KEY_A].status, story.state.lists[KEY_A].status_conflict) == ("800", True)
    says(story, "800", 11, f"C{A}", "I1", "P1")
    assert released(story, A)
    says(story, "500", 12, f"C{A}", **{kind: "9"})
    assert story.state.lists[KEY_A].inspection_open
    assert f"{kind}:9" not in story.state.references


def test_a_release_by_the_order_alone_waits_where_a_declared_number_is_another_one() -> None:
    story = Story()
    story.manifest(declared(A, order_no="O1", invt_no="I1"))
    story.load("L1", (A, A, 1, 1))
    says(story, "800", 9, invt="I2", order="O1")
    assert story.state.lists[KEY_A].status == ""
    says(story, "800", 9, invt="I1", order="O1")
    assert released(story, A)


def test_of_two_lists_of_an_order_the_one_that_differs_less_is_not_thereby_the_one_that_is_meant() -> None:
    story = Story()
    story.manifest(declared(A, order_no="O1", invt_no="I1"), declared(B, order_no="O1"))
    story.load("L1", (A, A, 1, 1), (B, B, 1, 1))
    says(story, "800", 9, invt="I2", order="O1")
    assert [one.status_conflict for one in story.state.lists.values()] == [False, True]
    assert not released(story, B)


@pytest.mark.parametrize(("rejected", "goes"), [(True, True), (False, False)])
def test_a_list_declared_again_after_a_rejection_may_be_given_other_numbers(rejected: bool, goes: bool) -> None:
    story = Story()
    story.manifest(declared(A))
    story.load("L1", (A, A, 1, 1))
    says(story, "100" if rejected else "120", 8, f"C{A}", "I1", "P1")
    says(story, "800", 9, f"C{A}", "I2", "P2")
    assert released(story, A) is goes
    says(story, "500", 10, invt="I1")
    assert story.state.lists[KEY_A].inspection_open


@pytest.mark.parametrize("first", ["", "120", "4", "100"])
def test_a_release_by_the_order_with_a_number_of_nobody_releases_and_teaches_nothing_and_waits_for_its_list(first: str) -> None:
    story = Story()
    story.manifest(declared(A, order_no="O1"))
    story.load("L1", (A, A, 1, 1), (B, B, 1, 1))
    if first:
        says(story, first, 8, f"C{A}", "I1" if first in ("4", "100") else "", order="O1")
    says(story, "800", 9, invt="I2", order="O1")
    assert "invt:I2" not in story.state.lists[KEY_A].names
    assert not released(story, A)
    story.manifest(declared(B, order_no="O1", invt_no="I2"))
    assert released(story, B, 2)
    assert not story.state.holds
    says(story, "800", 10, f"C{A}", "I3", order="O1")
    assert story.state.lists[KEY_A].status == "800"
    assert not story.state.lists[KEY_A].status_conflict


def test_a_release_by_the_order_alone_reaches_its_list_when_customs_has_told_whose_number_it_bears() -> None:
    """The only list of its order: a word with its copNo teaches the number, and the release that waited under it counts."""
    story = Story()
    story.manifest(declared(A, order_no="O1"))
    story.load("L1", (A, A, 1, 1))
    says(story, "800", 9, invt="I1", order="O1")
    assert story.state.lists[KEY_A].status == ""
    says(story, "120", 8, f"C{A}", "I1", order="O1")
    assert released(story, A)
    assert not story.state.orphan_receipts


def test_a_release_by_the_order_alone_without_any_other_number_is_of_the_one_list_of_that_order() -> None:
    story = Story()
    story.manifest(declared(A, order_no="O1"))
    story.load("L1", (A, A, 1, 1))
    says(story, "800", 9, order="O1")
    assert released(story, A)


def test_an_order_to_inspect_by_the_order_with_a_number_of_nobody_holds_the_list_that_came_and_waits_for_the_next() -> None:
    story = Story()
    story.manifest(declared(A, order_no="O1"))
    says(story, "500", 8, invt="I2", order="O1")
    story.manifest(declared(B, order_no="O1", invt_no="I2"))
    assert [one.inspection_open for one in story.state.lists.values()] == [True, True]


# --- before its list came ---


def test_an_order_to_inspect_waits_for_what_the_next_receipt_teaches() -> None:
    story = Story()
    story.manifest(declared(A))
    story.load("L1", (A, A, 1, 1))
    says(story, "500", 8, invt="I1")
    says(story, "800", 9, f"C{A}", "I1")
    story.pass_to_decision(1, A)
    assert story.codes(1) == ("inspection_open",)
    assert not story.state.orphan_receipts
    assert not story.state.orphan_names


def test_what_one_that_waited_teaches_brings_the_next_one() -> None:
    story = Story()
    story.manifest(declared(A))
    says(story, "500", 8, pre="P1")
    says(story, "300", 8, invt="I1", pre="P1")
    says(story, "800", 9, f"C{A}", "I1")
    assert story.state.lists[KEY_A].inspection_open
    assert not story.state.orphan_receipts


def test_an_order_to_inspect_with_a_second_number_of_nobody_reaches_the_list_by_the_first_and_waits_for_the_other() -> None:
    story = Story()
    says(story, "500", 8, "CX", "I1")
    story.manifest(declared(A, invt_no="I1"))
    says(story, "800", 9, f"C{A}")
    assert story.state.lists[KEY_A].inspection_open
    story.manifest(declared(B, cop_no="CX"))
    assert story.state.lists[KEY_B].inspection_open


def test_a_changed_list_takes_what_waits_under_the_number_it_now_has() -> None:
    story = Story()
    story.ready(A)
    says(story, "500", 8, invt="I1")
    assert not story.state.lists[KEY_A].inspection_open
    story.manifest(declared(A, invt_no="I1", app_type="2", app_time="20261123093000"))
    assert story.state.lists[KEY_A].inspection_open


def test_an_order_to_inspect_that_could_mean_a_list_to_come_holds_those_that_came_and_waits_for_it() -> None:
    story = Story()
    story.manifest(declared(A, order_no="O1"), declared(B, order_no="O1"))
    says(story, "500", 8, invt="I3", order="O1")
    story.manifest(declared(s10(3), order_no="O1", invt_no="I3"))
    assert [one.inspection_open for one in story.state.lists.values()] == [True, True, True]


def test_receipts_that_wait_count_once_and_the_newest_word_of_a_list_stands_for_the_older_ones() -> None:
    story = Story()
    for status, hour in (("120", 7), ("500", 8), ("300", 9), ("300", 9), ("120", 7), ("-301", 9), ("899", 10), ("300", 9)):
        says(story, status, hour, f"C{A}")
    assert [one.return_status for one in story.state.orphan_receipts.values()] == ["500", "899"]
    story.manifest(declared(A))
    assert (story.state.lists[KEY_A].status, story.state.lists[KEY_A].inspection_open) == ("899", True)


def test_an_error_text_that_waits_teaches_a_name_and_stands_for_no_word_before_it() -> None:
    story = Story()
    says(story, "300", 7, f"C{A}")
    says(story, "-301", 8, f"C{A}", "I1")
    says(story, "500", 9, invt="I1")
    story.manifest(declared(A))
    assert (story.state.lists[KEY_A].status, story.state.lists[KEY_A].inspection_open) == ("500", True)
    assert not story.state.orphan_receipts


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_words_of_one_instant_that_disagree_both_wait(order: tuple[int, int]) -> None:
    story = Story()
    for place in order:
        says(story, ("800", "300")[place], 9, f"C{A}")
    story.manifest(declared(A))
    assert story.state.lists[KEY_A].status_conflict


def filled(status: str) -> Story:
    story = Story()
    for number in range(RECEIPTS_KEPT):
        says(story, status, 7, f"GONE{number}")
    assert not story.alarms()
    return story


def test_receipts_of_lists_that_never_come_here_do_not_push_out_an_order_to_inspect() -> None:
    story = filled("899")
    ordered = says(story, "500", 8, f"C{A}")
    assert (ordered.refusals, ordered.alarms) == ((), ())
    assert (len(story.state.orphan_receipts), "cop:GONE0" in story.state.orphan_names) == (RECEIPTS_KEPT, False)
    story.manifest(declared(A))
    assert story.state.lists[KEY_A].inspection_open


def test_one_that_would_hold_and_can_not_be_kept_holds_the_line_and_one_that_releases_does_not() -> None:
    story = filled("501")
    releasing = says(story, "800", 9, f"C{B}")
    assert [one.code for one in releasing.refusals] == ["receipt_without_list"]
    assert not story.state.holds
    for number in (A, B):
        ordered = says(story, "500", 8, f"C{number}")
        assert [one.code for one in ordered.refusals] == ["receipt_without_list"]
        assert ("receipt_without_list", f"cop:C{number}") in [(one.code, one.subject) for one in ordered.alarms]
    assert [(one.scope, one.code) for one in story.state.holds.values()] == [("line", "receipt_not_kept")]
    story.ready(A)
    story.pass_to_decision(1, A)
    assert story.codes(1) == ("receipt_not_kept",)


def lifts_receipts_hold(story: Story, role: Role = Role.OFFICER) -> Outcome:
    hold = next(one for one in story.state.holds.values() if one.code == "receipt_not_kept" and one.lifted_ms < 0)
    return story.feed(lifting(hold, "they are of another site"), role, "zhang")


def test_what_customs_has_seen_to_makes_room_so_that_the_line_does_not_stand_again_at_the_next_receipt() -> None:
    story = filled("501")
    says(story, "500", 8, f"C{A}")
    assert lifts_receipts_hold(story, Role.SHIFT_LEAD).refusals
    assert len(story.state.orphan_receipts) == RECEIPTS_KEPT
    told = lifts_receipts_hold(story)
    room = RECEIPTS_KEPT // 10
    assert len(story.state.orphan_receipts) == RECEIPTS_KEPT - room
    assert [f"cop:GONE{number}" in story.state.orphan_names for number in (room - 1, room)] == [False, True]
    (note,) = [one.text for one in told.findings if one.subject == "line" and "wait for their lists" in one.text]
    assert note == f"{room} receipts up to 20261123070000000 wait for their lists no more: seen to by zhang"
    assert in_chinese(note) != note
    says(story, "500", 8, f"C{A}")
    for number in range(room - 1):
        assert not says(story, "501", 8, f"MORE{number}").refusals
    assert not [one for one in story.state.holds.values() if one.lifted_ms < 0]
    story.manifest(declared(A))
    assert story.state.lists[KEY_A].inspection_open
    assert CATALOGUE["receipt_not_kept"].lift == (Role.OFFICER, Role.SECTION_CHIEF)


def test_of_what_makes_room_orders_to_inspect_go_last_and_no_release_of_before_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_receipts, "RECEIPTS_KEPT", 3)
    story = Story()
    says(story, "500", 6, "OTHER")
    says(story, "501", 9, f"C{A}")
    says(story, "501", 10, "ANOTHER")
    says(story, "700", 11, "REFUSED")
    lifts_receipts_hold(story)
    assert [(one.cop_no, one.return_status) for one in story.state.orphan_receipts.values()] == [
        ("OTHER", "500"),
        ("ANOTHER", "501"),
    ]
    says(story, "800", 8, f"C{A}")
    story.manifest(declared(A))
    story.load("L1", (A, A, 1, 1))
    assert not released(story, A)
    assert "customs_status_conflict" in story.codes(1)


def test_a_lift_when_there_is_room_again_lets_nothing_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_receipts, "RECEIPTS_KEPT", 3)
    story = Story()
    for cop in (f"C{A}", f"C{B}", "OTHER", "REFUSED"):
        says(story, "501", 8, cop)
    story.manifest(declared(A), declared(B))
    lifts_receipts_hold(story)
    assert [one.cop_no for one in story.state.orphan_receipts.values()] == ["OTHER"]


@pytest.mark.parametrize("foreign", ["100", "300"])
def test_rejections_and_undecided_words_of_lists_that_never_come_here_give_way_and_the_line_does_not_stand(foreign: str) -> None:
    story = filled(foreign)
    for number, word in enumerate(("300", "100", "500", "800")):
        told = says(story, word, 8, f"MORE{number}")
        assert (told.refusals, told.alarms) == ((), ())
    assert not story.state.holds
    assert len(story.state.orphan_receipts) == RECEIPTS_KEPT
    assert [f"cop:GONE{number}" in story.state.orphan_names for number in (0, 3, 4)] == [False, False, True]
    story.ready(A)
    assert released(story, A)


@pytest.mark.parametrize(("word", "hour", "goes"), [("300", 8, False), ("100", 8, False), ("300", 9, False), ("300", 7, True)])
@pytest.mark.parametrize("late", [False, True])
def test_a_release_that_is_not_newer_than_a_word_that_gave_way_releases_nothing(
    word: str, hour: int, goes: bool, late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The word that gave way may be of the same list and say otherwise; here it is, and the release is of 8:00."""
    monkeypatch.setattr(waiting_receipts, "RECEIPTS_KEPT", 1)
    story = Story()
    says(story, word, hour, f"C{A}")
    says(story, "300", 10, "ANOTHER")
    if not late:
        story.manifest(declared(A))
        story.load("L1", (A, A, 1, 1))
    monkeypatch.setattr(waiting_receipts, "RECEIPTS_KEPT", 5)
    says(story, "800", 8, f"C{A}")
    if late:
        story.manifest(declared(A))
        story.load("L1", (A, A, 1, 1))
    assert released(story, A) is goes
    if not goes:
        assert "customs_status_conflict" in story.codes(1)
        says(story, "800", 11, f"C{A}")
        assert story.state.lists[KEY_A].status == "800"
        assert not story.state.lists[KEY_A].status_conflict


def test_the_word_with_the_oldest_time_gives_way_and_one_that_stops_goods_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_receipts, "RECEIPTS_KEPT", 4)
    story = Story()
    for word, hour in (("300", 9), ("977", 5), ("100", 7), ("800", 8), ("500", 10), ("100", 11)):
        assert not says(story, word, hour, f"GONE{word}{hour}").refusals
    assert [one.return_status for one in story.state.orphan_receipts.values()] == ["300", "977", "500", "100"]
    assert story.state.facts.receipts_gone_until == "20261123070000000"


# --- a list that has left ---


def left_and_let_go_of(number: str, left_before: dict[str, LeftList] | None = None, ordered: bool = False) -> Departure:
    """Customs' release named the list by numbers of its own; the carton left, and twelve hours passed."""
    story = Departure()
    story.ready(number)
    says(story, "800", 9, f"C{number}", "I1", "P1")
    if ordered:
        says(story, "500", 7, f"C{number}")
        story.feed(InspectionClosed(f"{CARRIER}/{number}", "nothing found"), Role.OFFICER)
    story.pass_to_decision(1, number)
    story.answer()
    story.divert(1, 3)
    story.open()
    story.scan(number)
    story.close(1)
    story.weigh_box(2000)
    story.seal()
    story.issue()
    story.arrive()
    story.barrier(1)
    story.state.left_names = left_before or {}
    story.wait(GATED.forget_after_s * 1000 + 1)
    assert not story.state.lists
    return story


def test_a_routine_receipt_of_a_list_that_was_let_go_of_holds_nothing_and_waits_for_nothing() -> None:
    story = left_and_let_go_of(A)
    assert not story.state.references
    closed = says(story, "899", 23, f"C{A}", "I1", "P1")
    assert (closed.core_fault, closed.alarms, closed.refusals) == ("", (), ())
    assert [(one.subject, one.text) for one in closed.findings] == [(f"list:{KEY_A}", "customs status 899 at 20261123230000000")]
    assert not story.state.orphan_receipts
    assert not story.state.holds


def test_a_receipt_that_would_hold_what_left_is_an_alarm_by_whichever_number_it_has() -> None:
    for names in ({"cop": f"C{A}"}, {"invt": "I1"}, {"pre": "P1"}):
        story = left_and_let_go_of(A)
        detained = says(story, "501", 23, **names)
        assert detained.core_fault == ""
        assert [(one.code, one.subject) for one in detained.alarms] == [("receipt_after_departure", f"list:{KEY_A}")]


@pytest.mark.parametrize(
    ("status", "hour", "alarm"), [("120", 8, False), ("120", 10, True), ("500", 8, True), ("500", 7, False), ("501", 9, True)]
)
def test_what_comes_late_of_a_list_that_left_is_an_alarm_only_where_it_says_something_new(
    status: str, hour: int, alarm: bool
) -> None:
    """Released at 09:00 by the receipt that named it; the order of 07:00 was done before."""
    story = left_and_let_go_of(A, ordered=True)
    late = says(story, status, hour, f"C{A}")
    assert bool(late.alarms) is alarm
    assert bool(story.state.orphan_receipts) is alarm


def test_another_list_with_a_number_of_one_that_left_is_in_conflict_and_the_rest_of_its_file_counts() -> None:
    story = left_and_let_go_of(A)
    story.manifest(declared(B), declared(s10(3), pre_no="P1"), declared(s10(4)))
    assert len(story.state.lists) == 3
    assert [(one.code, one.target) for one in story.state.holds.values()] == [("declaration_conflict", f"{CARRIER}/{s10(3)}")]


def test_a_release_with_a_number_of_a_list_that_left_releases_no_other() -> None:
    story = left_and_let_go_of(A)
    story.manifest(declared(B))
    says(story, "800", 23, f"C{B}", "I1")
    assert (story.state.lists[KEY_B].status, story.state.lists[KEY_B].status_conflict) == ("", True)


def test_a_list_that_comes_again_is_in_no_conflict_with_itself() -> None:
    story = left_and_let_go_of(A)
    story.manifest(declared(A))
    assert not story.state.holds
    says(story, "500", 23, f"C{A}")
    assert story.state.lists[KEY_A].inspection_open


def test_of_lists_that_left_only_the_newest_names_are_kept() -> None:
    story = left_and_let_go_of(A, {f"cop:{number}": LeftList("another", "899", "", ()) for number in range(LEFT_NAMES_KEPT)})
    names = list(story.state.left_names)
    assert (len(names), names[0]) == (LEFT_NAMES_KEPT, "cop:3")
    assert names[-3:] == [f"cop:C{A}", "invt:I1", "pre:P1"]
