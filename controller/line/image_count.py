"""Where the count of a machine that numbers by itself stands, and where it may begin anew.

One rule: an image that came late looks just like the next carton's, but its number is behind. So a count that was lost begins
only where the numbers can not be behind, or where nothing was in the tunnel for as long as an image can be on its way
(`image_owed_s`). Where neither is so the infeed pauses until the tunnel has been empty for that long.
"""

from msgspec.structs import replace

from controller.line.inspection_state import WaitingImage
from controller.line.state import Draft, Passage


def stand_at(draft: Draft, number: int, order: int) -> None:
    """A certain match: from here on image numbers step as entries do."""
    count = draft.facts.image_count
    behind = number - order
    floor = behind if count.floor is None else max(count.floor, behind)
    draft.set_facts(image_count=replace(count, number=number, order=order, provisional="", floor=floor))


def lose_count(draft: Draft) -> str:
    """Forget where the count stood. Gives the passage that waited for the next image to agree with it, or nothing."""
    count = draft.facts.image_count
    draft.set_facts(image_count=replace(count, number=-1, order=-1, provisional=""))
    return count.provisional


def entries_missed(draft: Draft) -> None:
    """Cartons may have been imaged that nobody counted: how far numbers and entries are apart is not known any more."""
    draft.set_facts(image_count=replace(draft.facts.image_count, floor=None, missed_ms=draft.now_ms))


def hear_number(draft: Draft, image: WaitingImage) -> None:
    """Whatever becomes of an image: of those that come after it, the ones with lower numbers are late."""
    count = draft.facts.image_count
    if image.number > count.newest:
        draft.set_facts(image_count=replace(count, newest=image.number))


def may_begin(draft: Draft, passage: Passage, image: WaitingImage) -> bool:
    """Whether the image that fits this passage can be no late one of a carton before. If not, the tunnel must become empty."""
    one, count = passage.inspection, draft.facts.image_count
    assert one is not None
    behind = image.number - one.order
    if _quiet_before(draft, passage):
        draft.set_facts(image_count=replace(count, floor=behind, newest=image.number, wanted_empty_ms=-1))
        return True
    if count.floor is not None and behind >= count.floor and image.number >= count.newest:
        return True
    if count.wanted_empty_ms < 0:
        draft.set_facts(image_count=replace(count, wanted_empty_ms=draft.now_ms))
    return False


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
