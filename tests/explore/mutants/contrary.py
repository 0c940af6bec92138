"""Mutants of how papers that contradict each other are taken, and of what is let go of.

One rule: each is what somebody could write and believe right.
"""

import pytest

from controller.line import analysis, departing, inspection, papers, receipts, recheck_standing, rerun, routing
from controller.line.as_declared import declared_ms
from controller.line.inspection_state import Inspection
from controller.line.list_names import is_strong, names_of
from controller.line.list_state import ConsignmentList
from controller.line.state import Draft, Passage
from controller.line.waiting_receipts import waiting_under

Patch = pytest.MonkeyPatch


def order_alone_names_a_list(patch: Patch) -> None:
    """A receipt is of the list that has arrived of its order, whatever copNo and invtNo it bears."""
    # Both guards are off: that another number is not this list's, and that an order alone with a number of nobody is not sure.
    real = receipts._lists_meant

    def meant(draft: Draft, names: tuple[str, ...]) -> tuple[bool, tuple[str, ...]]:
        by_number = receipts._known_by_number(draft, names)
        return real(draft, names if by_number else tuple(name for name in names if not is_strong(name)))

    patch.setattr(receipts, "_lists_meant", meant)


def waits_under_its_first_name(patch: Patch) -> None:
    """A receipt before its list waits under the strongest of its names alone."""

    def under(draft: Draft, names: tuple[str, ...]) -> list[str]:
        return [one for one in waiting_under(draft, names) if names_of(draft.orphan_receipts[one])[0].startswith("cop:")]

    patch.setattr(receipts, "waiting_under", under)


def newest_paper_is_right(patch: Patch) -> None:
    """A later notice or declaration corrects those before it: nothing is held for it."""
    patch.setattr(papers, "hold_contradictions", lambda draft, found: list(found) and None)


def named_stays_named(patch: Patch) -> None:
    """Which carrier's a carton is was settled when it was scanned."""
    patch.setattr(routing, "naming_blockers", lambda draft, carton: [])
    patch.setattr(papers, "tell_ambiguous", lambda draft, number: None)


def fetched_is_fetched(patch: Patch) -> None:
    """Whoever says that a carton was taken from a lane has it in hand."""
    patch.setattr(rerun, "_is_in_no_hands", lambda draft, code: False)


def names_outlive_their_list(patch: Patch) -> None:
    """What is let go of keeps the names that customs taught."""

    def let_go(draft: Draft, found: ConsignmentList) -> None:
        for name in names_of(found.declared):
            others = tuple(key for key in draft.references.get(name) or () if key != found.key)
            draft.references.put(name, others) if others else draft.references.drop(name)

    patch.setattr(departing, "let_go", let_go)


def late_word_is_a_note(patch: Patch) -> None:
    """What customs says of a list that left and was let go of is written down, and nobody is told."""
    patch.setattr(receipts, "_would_have_held", lambda draft, left, receipt: False)


def old_opening_answers(patch: Patch) -> None:
    """What two officers found in a box stays found, whatever its sender declares afterwards."""
    patch.setattr(recheck_standing, "_is_outdated", lambda draft, carton, last: False)


def old_clear_answers(patch: Patch) -> None:
    """An officer has said clear to this image, whatever was declared then."""
    for room in (analysis, inspection):
        patch.setattr(room, "is_cleared", lambda draft, passage, one: one.verdict == "clear")


def old_analysis_answers(patch: Patch) -> None:
    """An image is analysed once: it stays what it is."""
    patch.setattr(analysis, "declared_ms", lambda draft, carton: -1)

    def cleared(draft: Draft, passage: Passage, one: Inspection) -> bool:
        return one.verdict == "clear" and one.verdict_ms > declared_ms(draft, draft.cartons[passage.carton])

    for room in (analysis, inspection):
        patch.setattr(room, "is_cleared", cleared)
