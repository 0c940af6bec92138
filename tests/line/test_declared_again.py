"""A number declared new once more: after customs rejected it, and where the first declaration still stands."""

from typing import Any

import pytest

from controller.domain.declarations import DeclaredList, Receipt
from controller.line.events import ReceiptArrived
from tests.line.line_story import FILE, Story, declared
from tests.line.test_contradictory_papers import A, codes, held, key, lifts

# --- after a rejection ---


@pytest.mark.parametrize("word", ["4", "100"])
@pytest.mark.parametrize(("grams", "goes"), [(9000, True), (2000, False)])
def test_what_is_declared_new_after_a_rejection_replaces_what_was_rejected_and_is_what_a_release_speaks_of(
    word: str, grams: int, goes: bool
) -> None:
    story = Story()
    story.manifest(declared(A, gross_g=2000))
    story.load("L1", (A, A, 1, 1))
    story.feed(ReceiptArrived(Receipt(f"C{A}", "P1", "I1", "", "E1", "", word, "20261123083000000", "", ""), FILE))
    story.manifest(declared(A, gross_g=9000, app_time="20261123084000"))
    assert held(story) == []
    assert story.state.lists[key(A)].status == ""
    story.manifest(declared(A, gross_g=2000))  # what was rejected is sent once more
    story.receipt(A, word, "20261123083000000")
    story.feed(ReceiptArrived(Receipt(f"C{A}", "P2", "I2", "", "E1", "", "800", "20261123090000000", "", ""), FILE))
    assert held(story) == []
    story.pass_to_decision(1, A, grams)
    assert (story.last(1).lane == "release") is goes, story.codes(1)


@pytest.mark.parametrize(
    ("word", "at", "app_time"),
    [
        ("120", "20261123083000000", "20261123084000"),  # not rejected
        ("100", "20261123083000000", "20261123082000"),  # declared before the rejection: it may be what was rejected
        ("100", "20261123083000000", "20261123080000"),
    ],
)
def test_two_new_declarations_of_one_number_are_held_where_no_rejection_lies_between_them(
    word: str, at: str, app_time: str
) -> None:
    story = Story()
    story.manifest(declared(A, gross_g=2000))
    story.receipt(A, word, at)
    story.manifest(declared(A, gross_g=9000, app_time=app_time))
    assert held(story) == [("declaration_conflict", "list", key(A))]
    assert story.state.lists[key(A)].declared.gross_weight_g == 2000


def test_a_third_new_declaration_after_one_rejection_is_held_and_after_the_next_it_is_not() -> None:
    story = Story()
    story.manifest(declared(A, gross_g=2000))
    story.receipt(A, "100", "20261123083000000")
    story.manifest(declared(A, gross_g=9000, app_time="20261123084000"))
    story.receipt(A, "100", "20261123085000000")
    story.manifest(declared(A, gross_g=8000, app_time="20261123090000"))
    assert held(story) == []
    story.manifest(declared(A, gross_g=7000, app_time="20261123091000"))
    assert held(story) == [("declaration_conflict", "list", key(A))]
    assert story.state.lists[key(A)].declared.gross_weight_g == 8000


def test_a_draft_after_a_rejection_changes_nothing() -> None:
    story = Story()
    story.manifest(declared(A, gross_g=2000))
    story.receipt(A, "100", "20261123083000000")
    story.manifest(declared(A, gross_g=9000, app_time="20261123084000", app_status="1"))
    assert (story.state.lists[key(A)].status, story.state.lists[key(A)].declared.gross_weight_g, held(story)) == ("100", 2000, [])


def test_a_number_that_customs_gave_again_after_a_rejection_binds_again() -> None:
    story = Story()
    story.manifest(declared(A))
    for time, invt in (("20261123083000000", "I1"), ("20261123090000000", "I1"), ("20261123093000000", "I2")):
        word = "100" if time < "202611230840" else "800"
        story.feed(ReceiptArrived(Receipt(f"C{A}", "", invt, "", "E1", "", word, time, "", ""), FILE))
        if word == "100":
            story.manifest(declared(A, gross_g=9000, app_time="20261123084000"))
    assert (story.state.lists[key(A)].status_time, story.state.lists[key(A)].status_conflict) == ("20261123090000000", True)


# --- beside the declaration that stands ---


def settled() -> tuple[Story, DeclaredList]:
    """Another new declaration came beside the one that stands, customs settled it, and the carton was released."""
    story = Story()
    story.ready(A)
    other = declared(A, gross_g=2100, app_time="20261123084000")
    story.manifest(other)
    lifts(story)
    story.pass_to_decision(1, A, 2000)
    story.answer()
    story.divert(1, 3)
    assert story.last(1).lane == "release"
    return story, other


def test_a_contradiction_that_customs_has_settled_does_not_come_back_with_the_same_file() -> None:
    story, other = settled()
    story.manifest(other)
    assert held(story) == []
    assert codes(story.outcomes[-1]) == []
    told = "a new declaration that customs has settled came once more: it changes nothing"
    assert [(one.subject, one.text) for one in story.outcomes[-1].findings] == [(f"list:{key(A)}", told)]
    assert story.state.lists[key(A)].declared.gross_weight_g == 2000


@pytest.mark.parametrize("changes", [{"gross_g": 2200}, {"app_time": "20261123085000"}, {"guid": "another"}])
def test_any_other_declaration_beside_it_holds_and_recalls_as_the_first_one_did(changes: dict[str, Any]) -> None:
    story, _ = settled()
    beside: dict[str, Any] = {"gross_g": 2100, "app_time": "20261123084000"}
    story.manifest(declared(A, **(beside | changes)))
    assert ("declaration_conflict", "list", key(A)) in held(story)
    assert codes(story.outcomes[-1]) == ["declaration_conflict", "recalled"]


def test_what_was_settled_for_one_declaration_is_not_settled_for_the_one_that_replaced_it() -> None:
    story, other = settled()
    story.manifest(declared(A, gross_g=2050, app_type="2", app_time="20261123083000"))
    story.manifest(other)
    assert ("declaration_conflict", "list", key(A)) in held(story)


def test_two_declarations_beside_one_are_two_contradictions_and_the_same_one_told_again_is_none_more() -> None:
    story = Story()
    story.ready(A)
    for grams in (2100, 2200, 2100):
        story.manifest(declared(A, gross_g=grams))
    assert len(held(story)) == 2
