"""Where the count of a machine that numbers by itself stands, and where it may begin anew.

One rule: an image that came late looks just like the next carton's, but its number is behind. So a count that was lost begins
only where the numbers can not be behind, or where nothing was in the tunnel for as long as an image can be on its way
(`image_owed_s`). Where neither is so the infeed pauses until the tunnel has been empty for that long.

Numbers only rise, so an image that came when so many cartons had been at the beam says how far ahead those of the others are at
least. One that no carton can have made (a test shot, a carton that nobody counted) shows that the machine counts what the line
does not see: of the next such shot a number may be used up whose image never comes. Then numbers prove nothing any more.
"""

from msgspec.structs import replace

from controller.line.inspection_state import Inspection, WaitingImage
from controller.line.state import Draft, Passage

EARLY_MS = 400


def stand_at(draft: Draft, number: int, order: int) -> None:
    """A certain match: from here on image numbers step as entries do."""
    count = draft.facts.image_count
    behind = number - order
    floor = behind if count.floor is None else max(count.floor, behind)
    draft.set_facts(image_count=replace(count, number=number, order=order, provisional="", floor=floor, wanted_empty_ms=-1))


def lose_count(draft: Draft) -> str:
    """Forget where the count stood. Gives the passage that waited for the next image to agree with it, or nothing."""
    count = draft.facts.image_count
    draft.set_facts(image_count=replace(count, number=-1, order=-1, provisional=""))
    return count.provisional


def numbers_doubtful(draft: Draft) -> None:
    """Nobody knows any more how far numbers and entries are apart: cartons may have been imaged that nobody counted, or an image
    came that is of no carton.
    """
    draft.set_facts(image_count=replace(draft.facts.image_count, floor=None, missed_ms=draft.now_ms))


def hear_number(draft: Draft, image: WaitingImage) -> None:
    """Whatever becomes of an image: of those that come after it, the ones with lower numbers are late, and cartons that were not
    at the beam yet have higher ones.
    """
    count = draft.facts.image_count
    if image.number < 0:
        return
    floor = count.floor
    if floor is not None and draft.facts.plc_synced:  # else more may have gone in than is known
        floor = max(floor, image.number - _imaged(draft, image.at_ms))
    draft.set_facts(image_count=replace(count, newest=max(count.newest, image.number), floor=floor))


def _imaged(draft: Draft, at_ms: int) -> int:
    """How many cartons can have been at the beam by then, of all that went in."""
    inside = (draft.passages[key].inspection for key in draft.facts.live)
    before = sum(1 for one in inside if one is not None and one.exited_ms < 0 and not _imaged_by(draft, one, at_ms))
    return draft.facts.images_due - before


def _imaged_by(draft: Draft, one: Inspection, at_ms: int) -> bool:
    """Whether an image that came then can be of this carton: its front had reached the beam, or nobody knows when it went in."""
    to_beam_ms = (draft.profile.xray_beam_mm - draft.profile.xray_entry_mm) * 1000 // draft.profile.speed_mm_s
    return one.entered_blind or at_ms >= one.entered_ms + to_beam_ms - EARLY_MS


def is_awaited(draft: Draft, at_ms: int) -> bool:
    """Whether a carton is in the tunnel that an image of this time may turn out to be of, when it leaves."""
    inside = (draft.passages[key].inspection for key in draft.facts.live)
    return any(one is not None and one.exited_ms < 0 and one.image is None and _imaged_by(draft, one, at_ms) for one in inside)


def is_explained(draft: Draft, number: int, at_ms: int, *, but: str = "") -> bool:
    """Whether a carton (another one than `but`) has no image yet and may have made this one, late as it is, or unusable.

    `number` -1: nobody can read it. While entries may have been missed, an image is of one of those.
    """
    count, owed_ms = draft.facts.image_count, draft.profile.image_owed_s * 1000
    if count.floor is None and count.missed_ms >= 0 and draft.now_ms <= count.missed_ms + owed_ms:
        return True
    for passage in draft.passages.values():
        one = passage.inspection
        if one is None or one.bound or passage.key == but or not _imaged_by(draft, one, at_ms):
            continue
        left_ms = one.exited_ms if one.exited_ms >= 0 else passage.ended_ms
        in_time = left_ms < 0 or at_ms <= left_ms + owed_ms
        if in_time and (count.floor is None or number < 0 or number - one.order <= count.floor):
            return True
    return False


def may_begin(draft: Draft, passage: Passage, image: WaitingImage) -> bool:
    """Whether the image that fits this passage can be no late one of a carton before. If not, the tunnel must become empty."""
    one, count = passage.inspection, draft.facts.image_count
    assert one is not None
    behind = image.number - one.order
    if _quiet_before(draft, passage):
        draft.set_facts(image_count=replace(count, floor=behind, newest=image.number, wanted_empty_ms=-1, presumed=-1))
        return True
    if count.floor is not None and behind >= count.floor and image.number >= count.newest:
        draft.set_facts(image_count=replace(count, presumed=one.order if count.presumed < 0 else count.presumed))
        return True
    want_empty(draft)
    return False


def want_empty(draft: Draft) -> None:
    """Only behind an empty tunnel numbers mean one carton each again: while cartons are close, each would take the next one's."""
    count = draft.facts.image_count
    if count.wanted_empty_ms < 0:
        draft.set_facts(image_count=replace(count, wanted_empty_ms=draft.now_ms))


def begins_behind_empty(draft: Draft) -> None:
    """The tunnel was empty for long enough: whatever is the next image, it is that of the next carton."""
    draft.set_facts(image_count=replace(draft.facts.image_count, wanted_empty_ms=-1))


def _quiet_before(draft: Draft, passage: Passage) -> bool:
    """Whether no image can be on its way: every carton of the time before it entered has its own, beyond doubt."""
    mine = passage.inspection
    assert mine is not None
    since_ms, missed_ms = mine.entered_ms - draft.profile.image_owed_s * 1000, draft.facts.image_count.missed_ms
    if missed_ms >= 0 and missed_ms > since_ms:
        return False
    for other in draft.passages.values():
        one = other.inspection
        if one is None or one.bound or one.order >= mine.order:
            continue
        left_ms = one.exited_ms if one.exited_ms >= 0 else other.ended_ms
        if left_ms > since_ms or left_ms < 0:
            return False
    return True


def note_exit(draft: Draft, exited_ms: int) -> None:
    """A carton has left the tunnel."""
    count = draft.facts.image_count
    draft.set_facts(image_count=replace(count, left_ms=max(count.left_ms, exited_ms)))


def empty_at_ms(draft: Draft) -> int:
    """When the tunnel will have been empty for long enough; -1: something is still on its way into it."""
    for key in draft.facts.live:
        one = draft.passages[key].inspection
        if one is None or one.exited_ms < 0:
            return -1
    count = draft.facts.image_count
    return max(count.left_ms, count.missed_ms) + draft.profile.image_owed_s * 1000
