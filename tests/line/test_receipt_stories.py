"""Which list a receipt of customs means: by which of its numbers, before its list came, and after it left."""

from controller.domain.declarations import Receipt
from controller.line.commands import Outcome
from controller.line.events import ReceiptArrived
from controller.line.receipts import LEFT_NAMES_KEPT
from tests.line.departure_story import GATED, Departure
from tests.line.line_story import CARRIER, FILE, Story, declared, s10

A, B = s10(10000001), s10(10000002)
KEY_A, KEY_B = f"{CARRIER}/{A}", f"{CARRIER}/{B}"


def says(story: Story, status: str, hour: int, cop: str = "", invt: str = "", pre: str = "", order: str = "") -> Outcome:
    time = f"20261123{hour:02d}0000000"
    return story.feed(ReceiptArrived(Receipt(cop, pre, invt, order, "E1", "", status, time, "", ""), FILE))


# --- a list that has left ---


def left_and_let_go_of(number: str, left_before: dict[str, str] | None = None) -> Departure:
    """Customs' release named the list by numbers of its own; the carton left, and twelve hours passed."""
    story = Departure()
    story.ready(number)
    says(story, "800", 9, f"C{number}", "I1", "P1")
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


def test_another_list_with_a_number_of_one_that_left_is_in_conflict_and_the_rest_of_its_file_counts() -> None:
    story = left_and_let_go_of(A)
    story.manifest(declared(B), declared(s10(3), pre_no="P1"), declared(s10(4)))
    assert len(story.state.lists) == 3
    assert [(one.code, one.target) for one in story.state.holds.values()] == [("declaration_conflict", f"{CARRIER}/{s10(3)}")]


def test_a_list_that_comes_again_is_in_no_conflict_with_itself() -> None:
    story = left_and_let_go_of(A)
    story.manifest(declared(A))
    assert not story.state.holds
    says(story, "500", 23, f"C{A}")
    assert story.state.lists[KEY_A].inspection_open


def test_of_lists_that_left_only_the_newest_names_are_kept() -> None:
    story = left_and_let_go_of(A, {f"cop:{number}": "another" for number in range(LEFT_NAMES_KEPT)})
    names = list(story.state.left_names)
    assert (len(names), names[0]) == (LEFT_NAMES_KEPT, "cop:3")
    assert names[-3:] == [f"cop:C{A}", "invt:I1", "pre:P1"]
