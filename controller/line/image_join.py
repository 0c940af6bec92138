"""Whose image is it: the joining of images to passages through the X-ray machine.

One rule: an image counts only when its identity, its time and its length agree with one passage and no other; where they
do not, that carton is run again, and when counting every carton since the last certain match.

Two profiles. `scan_id`: the PLC hands `epoch:track` to the machine and the image brings it back. `counting`: the machine
numbers by itself; image numbers must step as entries into the tunnel do. In both an image must come within the time window
of its carton (rear at the beam, plus `image_late_ms`) and be as long as the photo-eyes measured it. When counting, without
a number to start from, a match stands alone only if the tunnel held no other carton, else when the next one agrees with it, and
in either case only where it can be no late image of a carton before (`image_count`). With ids and with numbers alike an image
that another carton may have made is nobody's (`image_whose`).
"""

from msgspec.structs import replace

from controller.line.image_count import hear_number, may_begin, stand_at, want_empty
from controller.line.image_count import lose_count as forget_count
from controller.line.image_whose import fits_length, is_of, may_be_of, window_of
from controller.line.inspection_events import ImageRefused
from controller.line.inspection_state import Inspection, WaitingImage
from controller.line.state import Draft, Passage

IMAGES_KEPT = 32
HASHES_KEPT = 256


def seen_before(draft: Draft, image: WaitingImage) -> str:
    """The name of the image that had this very picture: X-ray noise never repeats, a frozen detector does."""
    for shot, name in draft.facts.image_hashes:
        if shot in (image.low.sha256, image.high.sha256):
            return name
    return ""


def remember(draft: Draft, name: str, *pictures: str) -> None:
    """Pictures that came as image `name`, usable or not. One that comes again keeps its first name, and is kept the longest."""
    known = dict(draft.facts.image_hashes)
    for shot in pictures:
        known[shot] = known.pop(shot, name)
    draft.set_facts(image_hashes=tuple(known.items())[-HASHES_KEPT:])


def name_of(image: WaitingImage | ImageRefused) -> str:
    """How people call an image: by the id that the PLC gave, or by the machine's own number."""
    return image.scan_id or (f"number {image.number}" if image.number >= 0 else "without id")


def keep(draft: Draft, image: WaitingImage) -> None:
    """Keep an image until its carton has left the tunnel; `image_strays` says when there is none."""
    draft.set_facts(images=(*draft.facts.images, image)[-IMAGES_KEPT:])
    hear_number(draft, image)


def orphan(draft: Draft, image: WaitingImage, cause: str) -> None:
    draft.alarm("image_unbound", "xray", f"image {name_of(image)}: {cause}")


def take_away(draft: Draft, *images: WaitingImage) -> None:
    draft.set_facts(images=tuple(one for one in draft.facts.images if one not in images))


def lengths(one: Inspection, image: WaitingImage) -> str:
    return f"image {name_of(image)} shows {image.length_mm} mm, the photo-eyes saw {one.length_mm} mm"


# --- scan_id -------------------------------------------------------------------------------------------------------


def judge_by_id(draft: Draft, passage: Passage) -> None:
    """Join the image that bears the passage's own id, once the carton has left the tunnel."""
    one = passage.inspection
    if one is None or one.exited_ms < 0 or one.bound or one.problem:
        return
    mine = tuple(image for image in draft.facts.images if image.scan_id == passage.key)
    if not mine:
        return
    take_away(draft, *mine)
    early_ms, late_ms = window_of(draft, one)
    if len(mine) > 1:
        spoil(draft, passage.key, "image_ambiguous", f"{len(mine)} images bear its id")
    elif mine[0].refused:
        spoil(draft, passage.key, "image_unusable", mine[0].cause)
    elif mine[0].at_ms < early_ms:
        spoil(draft, passage.key, "image_ambiguous", "the image came before the carton had passed the beam")
    elif mine[0].at_ms > late_ms:
        # So late it may be of a carton behind, with an id that the machine kept by mistake.
        spoil(draft, passage.key, "image_late", f"its image came {mine[0].at_ms - late_ms} ms after it was due")
    elif not fits_length(draft.profile, one, mine[0]):
        spoil(draft, passage.key, "image_ambiguous", lengths(one, mine[0]))
    elif other := may_be_of(draft, one, mine[0]):
        spoil(draft, passage.key, "image_ambiguous", f"its image came when that of track {other} was due, which has none")
    else:
        bind_image(draft, passage.key, mine[0])


# --- counting ------------------------------------------------------------------------------------------------------


def judge_by_count(draft: Draft, passage: Passage) -> None:
    """Join the one image that fits by time and length, if its number steps on from the last certain match."""
    one = passage.inspection
    if one is None or one.exited_ms < 0 or one.image is not None:
        return
    low, high = window_of(draft, one)
    near = tuple(image for image in draft.facts.images if low <= image.at_ms <= high)
    if not near:
        return
    if one.problem:
        _part_with(draft, passage, near)  # it is run again whatever they show; the carton after it must not be given them
        return
    if len(near) > 1:
        near = _without_neighbours(draft, passage, near)
    if len(near) != 1:
        _part_with(draft, passage, near)
        _disagree(draft, passage.key, f"{len(near)} images came while one was due")
        return
    image = near[0]
    take_away(draft, image)
    if image.refused:
        _count_refused(draft, passage, image)
    elif not fits_length(draft.profile, one, image):
        _disagree(draft, passage.key, lengths(one, image))
    else:
        _number(draft, passage, image)


def _part_with(draft: Draft, passage: Passage, near: tuple[WaitingImage, ...]) -> None:
    """Images of which none is this carton's beyond doubt. Whose own may have gone with them takes none in its place: what comes
    next may be a test shot, alone in its time, and the carton behind would agree with its number.
    """
    take_away(draft, *near)
    for image in near:
        if passage.inspection is not None and (other := may_be_of(draft, passage.inspection, image)):
            spoil(draft, other, "image_ambiguous", f"image {name_of(image)} may be its own, or that of track {passage.key}")


def _without_neighbours(draft: Draft, passage: Passage, near: tuple[WaitingImage, ...]) -> tuple[WaitingImage, ...]:
    """Two cartons close behind each other: an image that only the other's number can mean is not this one's.

    One that the very carton of its number can not have made may be this carton's like the one that is due (a test shot took that
    number): which of the two, nobody knows.
    """
    one, count = passage.inspection, draft.facts.image_count
    if one is None or count.number < 0:
        return near
    due = count.number + (one.order - count.order)
    mine = tuple(image for image in near if image.number == due)
    others = tuple(image for image in near if image.number != due)
    if not mine or len({image.number for image in others}) < len(others):
        return near
    return mine if all(is_of(draft, one.order + image.number - due, one, image) for image in others) else near


def _count_refused(draft: Draft, passage: Passage, image: WaitingImage) -> None:
    """An unusable image still has its place in the count when its number could be read."""
    one = passage.inspection
    assert one is not None
    spoil(draft, passage.key, "image_unusable", image.cause)
    count = draft.facts.image_count
    if image.number >= 0 and count.number >= 0 and image.number - count.number == one.order - count.order:
        stand_at(draft, image.number, one.order)
    else:
        lose_count(draft)


def _number(draft: Draft, passage: Passage, image: WaitingImage) -> None:
    one, count = passage.inspection, draft.facts.image_count
    assert one is not None
    if image.number < 0:
        _disagree(draft, passage.key, "the image bears no number")
        return
    if other := may_be_of(draft, one, image):
        # A machine that missed a carton counts on: numbers would agree with each other, one carton further on.
        _disagree(draft, passage.key, f"image number {image.number} came when that of track {other} was due, which has none")
        want_empty(draft)
        return
    if count.number < 0 and not count.provisional:
        if not may_begin(draft, passage, image):
            _disagree(draft, passage.key, f"image number {image.number} may be a late one of a carton before")
        elif _alone(draft, passage):
            stand_at(draft, image.number, one.order)
            bind_image(draft, passage.key, image)
        else:
            draft.set_facts(image_count=replace(draft.facts.image_count, provisional=passage.key))
            draft.change_passage(passage.key, inspection=replace(one, image=image))
        return
    before = draft.passages.get(count.provisional) if count.provisional else None
    if before is not None and before.inspection is not None and before.inspection.image is not None:
        steps = image.number - before.inspection.image.number == one.order - before.inspection.order
        if steps and not before.inspection.problem:
            bind_image(draft, before.key, before.inspection.image)
    else:
        steps = image.number - count.number == one.order - count.order
    if not steps:
        _disagree(draft, passage.key, f"its image is number {image.number}, the count says another carton's")
        return
    stand_at(draft, image.number, one.order)
    bind_image(draft, passage.key, image)


def _alone(draft: Draft, passage: Passage) -> bool:
    """Whether no other carton was in the tunnel, or waited for its image, while this one was."""
    one = passage.inspection
    assert one is not None
    for key in draft.facts.live:
        other = draft.passages[key].inspection
        if key == passage.key or other is None:
            continue
        inside_ms = other.exited_ms if other.exited_ms >= 0 else draft.now_ms
        if inside_ms + draft.profile.image_late_ms >= one.entered_ms and not other.bound:
            return False
    return True


def _disagree(draft: Draft, key: str, cause: str) -> None:
    """The count does not agree: whoever went in since the last certain match is run again, this carton too."""
    lose_count(draft)
    spoil(draft, key, "image_ambiguous", cause)
    mine = draft.passages[key].inspection
    for other in draft.facts.live:
        one = draft.passages[other].inspection
        if other != key and one is not None and mine is not None and one.order < mine.order and not one.bound:
            spoil(draft, other, "image_ambiguous", f"the count of images did not agree at track {key}")
    draft.alarm("image_count_differs", "xray", f"track {key}: {cause}")


def lose_count(draft: Draft) -> None:
    """Forget where the count stood; a match that was waiting for the next one to agree is none."""
    provisional = forget_count(draft)
    before = draft.passages.get(provisional) if provisional else None
    if before is not None and before.inspection is not None and not before.inspection.bound:
        spoil(draft, provisional, "image_ambiguous", "the image after it did not agree with its number")


# --- both ----------------------------------------------------------------------------------------------------------


def bind_image(draft: Draft, key: str, image: WaitingImage) -> None:
    """The image is this carton's. One that the machine calls incomplete is no image of the whole carton."""
    one = draft.passages[key].inspection
    assert one is not None
    bound = replace(one, image=image, bound=True)
    draft.change_passage(key, inspection=bound)
    if not image.complete:
        spoil(draft, key, "image_incomplete", image.cause or "the machine says so")
    draft.note(subject_of(draft, key), f"image {name_of(image)} is of track {key}: files {image.low.sha256} {image.high.sha256}")


def spoil(draft: Draft, key: str, code: str, detail: str) -> None:
    """The first thing that is wrong with a carton's imaging stands until it is imaged again."""
    one = draft.passages[key].inspection
    if one is None or one.problem:
        return
    draft.change_passage(key, inspection=replace(one, problem=code, problem_detail=detail))
    draft.note(subject_of(draft, key), f"{code}: {detail}")


def subject_of(draft: Draft, key: str) -> str:
    carton = draft.passages[key].carton
    return f"carton:{carton}" if carton else f"passage:{key}"
