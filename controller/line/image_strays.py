"""Images that nobody waits for: a late one, a test shot, a second one of a carton that has its own.

One rule: what no entry explains shows that the machine counts what the line does not see. Then the count may begin only behind an
empty tunnel (`image_count`), and whoever may have been given another's image instead of this one is run again, or recalled.
"""

from msgspec.structs import replace

from controller.line.image_count import is_awaited, is_explained, numbers_doubtful
from controller.line.image_join import lose_count, name_of, orphan, spoil, take_away
from controller.line.image_whose import window_of
from controller.line.inspection_state import Inspection, WaitingImage
from controller.line.recalls import recall_by_way
from controller.line.state import Draft, Passage


def review_strays(draft: Draft) -> None:
    """Part with the images that no carton in the tunnel can still turn out to be on. While the belt's records are not read there
    may be such a carton, and nobody knows.
    """
    if not draft.facts.plc_synced:
        return
    for image in draft.facts.images:
        if is_awaited(draft, image.at_ms):
            continue
        take_away(draft, image)
        orphan(draft, image, "no carton came that it could show")
        if not is_explained(draft, image.number, image.at_ms):
            _doubt(draft, image)


def doubt_unnamed(draft: Draft, at_ms: int) -> None:
    """A drop came of which nobody can read the number, nor whether it has one."""
    known = is_awaited(draft, at_ms) or is_explained(draft, -1, at_ms)
    if draft.facts.plc_synced and not known:
        lose_count(draft)
        numbers_doubtful(draft)


def _doubt(draft: Draft, image: WaitingImage) -> None:
    presumed = draft.facts.image_count.presumed
    lose_count(draft)
    numbers_doubtful(draft)
    for passage in draft.passages.values():
        one = passage.inspection
        if one is not None and one.bound and _may_be_of(draft, one, image, presumed):
            unbind(draft, passage, f"another image came that may be its own: {name_of(image)}")


def _may_be_of(draft: Draft, one: Inspection, image: WaitingImage, presumed: int) -> bool:
    """It came in the time of its own; or what it has is its own by numbers alone, and another may come for long."""
    early_ms, late_ms = window_of(draft, one)
    if 0 <= presumed <= one.order:
        late_ms = one.exited_ms + draft.profile.image_owed_s * 1000
    return early_ms <= image.at_ms <= late_ms


def unbind(draft: Draft, passage: Passage, cause: str) -> None:
    """The image that this carton has may be another's: it is run again, and fetched back if it was released on it. Of a way that
    is over without a lane the PLC may still tell of one: then it speaks against that.
    """
    one = passage.inspection
    if one is not None and not passage.diverted_lane:
        draft.change_passage(passage.key, inspection=replace(one, bound=False))
        spoil(draft, passage.key, "image_ambiguous", cause)
    if passage.ended:
        recall_by_way(draft, passage, cause)
