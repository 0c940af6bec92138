"""Mutants of inline inspection: whose image it is, who must look, what a verdict moves.

One rule: each leaves the rest of the core as it is, so that only its own fault can be found.
"""

from typing import Any

import pytest
from msgspec.structs import replace

from controller.line import analysis, handlers, image_join, image_whose, inspection, routing, targeting, verdicts
from controller.line.inspection_events import VerdictGiven
from controller.line.state import Draft, Hold, Passage

Patch = pytest.MonkeyPatch


def image_not_needed(patch: Patch) -> None:
    """A carton without an image is released like any other."""
    real = inspection.inspection_blockers

    def blockers(draft: Draft, passage: Passage) -> list[Any]:
        return [b for b in real(draft, passage) if not b.code.startswith("image_")]

    patch.setattr(routing, "inspection_blockers", blockers)


def newest_image_bound(patch: Patch) -> None:
    """The image that came last is the carton's that left the tunnel last, whatever id it bears."""

    def receive(draft: Draft, image: Any) -> None:
        waits = [
            key for key in draft.facts.live
            if (one := draft.passages[key].inspection) is not None and not one.bound and not one.problem
        ]  # fmt: skip
        if waits and not image.refused:
            image_join.bind_image(draft, waits[0], image)
            analysis.consider(draft, waits[0])

    patch.setattr(inspection, "_receive", receive)


def image_length_ignored(patch: Patch) -> None:
    """An image may be of any length: merged ones bind to their first carton."""
    for module in (image_join, image_whose):
        patch.setattr(module, "fits_length", lambda profile, one, image: True)


def image_of_another_taken(patch: Patch) -> None:
    """An image that the next carton can have made is taken for the one whose id it bears."""
    patch.setattr(image_join, "may_be_of", lambda draft, mine, image: "")


def number_of_another_taken(patch: Patch) -> None:
    """A machine that counts: an image that the next carton can have made is this one's, whose number it bears."""
    real = image_whose.may_be_of

    def may_be_of(draft: Draft, mine: Any, image: Any) -> str:
        return "" if image.number >= 0 else real(draft, mine, image)

    patch.setattr(image_join, "may_be_of", may_be_of)


def incomplete_image_taken(patch: Patch) -> None:
    """The machine's word that an image was cut off is not heard, nor that the belt stood."""
    real = image_join.bind_image
    patch.setattr(image_join, "bind_image", lambda draft, key, image: real(draft, key, replace(image, complete=True)))
    patch.setattr(inspection, "belt_stood", lambda draft, detail, *inside: None)


def repeated_picture_taken(patch: Patch) -> None:
    """A detector that shows the same picture again is believed."""
    patch.setattr(inspection, "seen_before", lambda draft, image: "")


def count_begins_anywhere(patch: Patch) -> None:
    """A count of images that was lost begins with whatever image fits a carton by time and length."""
    patch.setattr(image_join, "may_begin", lambda draft, passage, image: True)


def findings_ignored(patch: Patch) -> None:
    """Nobody looks at what the analyser points at."""
    patch.setattr(inspection, "must_look", lambda draft, passage: [])


def draw_ignored(patch: Patch) -> None:
    """A carton that was drawn is not looked at."""
    patch.setattr(targeting, "targeting_blockers", lambda draft, carton: [])


def verdict_moves_its_track(patch: Patch) -> None:
    """A verdict counts for the track that it names, whichever image was looked at."""
    real = verdicts.on_verdict

    def on_verdict(draft: Draft, stamped: Any, event: VerdictGiven) -> None:
        passage = draft.passages.get(event.track)
        one = passage.inspection if passage is not None else None
        sha = one.image.low.sha256 if one is not None and one.image is not None else event.image
        real(draft, stamped, replace(event, image=sha))

    patch.setitem(handlers.ACTS, VerdictGiven, on_verdict)


def open_verdict_forgotten(patch: Patch) -> None:
    """What an officer wants opened is not held: on its next way it is released."""
    patch.setattr(verdicts, "place", lambda *arguments, **more: Hold("", "", "", "", "", "", "", 0))


def undo_leaves_the_verdict(patch: Patch) -> None:
    """An officer who takes a clear verdict back is told so, and the carton is released on it all the same."""
    patch.setattr(verdicts, "_take_back", lambda *arguments: None)
