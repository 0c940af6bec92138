"""Whose can an image be: the time and the length that it would have to have, and who else may have made it.

One rule: an image that another carton without one may have made as well is nobody's. When a carton was at the beam is reckoned
so that it may have been there rather too early: what could be another's is run again, and never released.
"""

from controller.line.image_count import EARLY_MS
from controller.line.inspection_state import Inspection, WaitingImage
from controller.line.profile import LineProfile
from controller.line.state import Draft, Passage

BELT_MODULUS = 65536
TELLS_MOST_MM = BELT_MODULUS // 2
SLOW_MS = 300
COUNTING = "counting"


def slack_ms(due_ms: int) -> int:
    """How much longer than the belt takes a carton may be in the tunnel before it counts as one that stood there."""
    return due_ms // 10 + SLOW_MS


def speed_mm_s(draft: Draft) -> int:
    """How fast the belt goes, at the least: a drive may be set slower than the configuration says."""
    status, speed = draft.facts.plc_status, draft.profile.speed_mm_s
    return min(status.speed_mm_s, speed) if status is not None and status.speed_mm_s > 0 else speed


def window_of(draft: Draft, one: Inspection) -> tuple[int, int]:
    """When an image of this carton can be first seen: after its rear was at the beam, and not too late for its number."""
    profile = draft.profile
    behind_mm = (profile.xray_exit_mm - profile.xray_beam_mm) * 1000
    early_ms = one.exited_ms - behind_mm // speed_mm_s(draft) - EARLY_MS
    return early_ms, one.exited_ms - behind_mm // profile.speed_mm_s + profile.image_late_ms


def fits_length(profile: LineProfile, one: Inspection, image: WaitingImage) -> bool:
    return abs(image.length_mm - one.length_mm) <= profile.image_length_tolerance_mm


def may_be_of(draft: Draft, mine: Inspection, image: WaitingImage) -> str:
    """Another carton that this image fits by time and length as well, and that has none; empty if there is none. There is such a
    time where `image_late_ms` is longer than the next carton takes to come: as shipped, between close cartons.

    One behind: the machine kept the id of the carton before, whose own image never came, or it missed that one and counted on.
    One before: it wrote a late image under the newest id; not where one with its own id has come, whatever was wrong with it.
    """
    for other in draft.passages.values():
        one = other.inspection
        if one is None or one.bound or one.order == mine.order or (one.order < mine.order and _has_its_own(draft, one)):
            continue
        waits_for_the_next = one.image is not None and not one.problem
        if not waits_for_the_next and may_show(draft, other, mine, image):
            return other.key
    return ""


def is_of(draft: Draft, order: int, mine: Inspection, image: WaitingImage) -> bool:
    """Whether the carton that went in as number `order` has no image yet and can have made this one, late or unusable."""
    for passage in draft.passages.values():
        one = passage.inspection
        if one is None or one.order != order:
            continue
        if one.bound or one.image is not None:
            return False
        left_ms = one.exited_ms if one.exited_ms >= 0 else passage.ended_ms
        if one.order < mine.order:
            return left_ms < 0 or image.at_ms <= left_ms + draft.profile.image_owed_s * 1000
        return may_show(draft, passage, mine, image)
    return False


def _has_its_own(draft: Draft, one: Inspection) -> bool:
    """Whether the image of a carton before is no longer on its way. Of a machine that counts the number tells that."""
    return bool(one.problem) if draft.profile.xray_join == COUNTING else one.image_came


def may_show(draft: Draft, passage: Passage, mine: Inspection, image: WaitingImage) -> bool:
    """Whether this passage can have made the image that fits `mine` as well."""
    one = passage.inspection
    if one is None:
        return False
    if one.exited_ms >= 0:
        early_ms, late_ms = window_of(draft, one)
        return early_ms <= image.at_ms <= late_ms and fits_length(draft.profile, one, image)
    profile = draft.profile
    through_ms = (profile.xray_exit_mm - profile.xray_entry_mm) * 1000 // profile.speed_mm_s
    if passage.ended and image.at_ms > passage.ended_ms + through_ms + profile.image_late_ms:
        return False  # lost sight of in the tunnel, and long through it
    # Its length is not known yet: were it that of the image, its rear was at the beam by then.
    to_beam_mm = profile.xray_beam_mm - profile.xray_entry_mm + image.length_mm - profile.image_length_tolerance_mm
    if not one.entered_blind and image.at_ms < one.entered_ms + to_beam_mm * 1000 // profile.speed_mm_s - EARLY_MS:
        return False
    went_mm = -1 if passage.ended else _went_mm(draft, one, mine, image.at_ms)
    return went_mm < 0 or went_mm >= to_beam_mm - EARLY_MS * profile.speed_mm_s // 1000


def _went_mm(draft: Draft, one: Inspection, mine: Inspection, at_ms: int) -> int:
    """How far a carton behind can have gone into the tunnel by then, by the belt's own counter; -1: it does not tell.

    Reckoned from where it was when `mine` left: forwards at full speed; backwards at the drive's own, less what a carton may take
    longer before it counts as one that stood.
    """
    profile = draft.profile
    if one.order < mine.order or profile.image_late_ms * profile.speed_mm_s // 1000 > TELLS_MOST_MM // 2:
        return -1
    gone_mm = profile.xray_exit_mm - profile.xray_entry_mm + mine.length_mm
    apart_mm = (mine.entered_belt_mm + gone_mm - one.entered_belt_mm + TELLS_MOST_MM) % BELT_MODULUS - TELLS_MOST_MM
    if at_ms >= mine.exited_ms:
        return max(0, apart_mm + (at_ms - mine.exited_ms) * profile.speed_mm_s // 1000)
    speed = speed_mm_s(draft)
    back_ms = mine.exited_ms - at_ms - slack_ms(gone_mm * 1000 // speed)
    return max(0, apart_mm - max(0, back_ms) * speed // 1000)
