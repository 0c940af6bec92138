"""Ways over the belt that a number was read on and that have no name: by the verify gate alone, or before papers knew the number.

One rule: a way without a name names no carton, but stands for a body with that number. What bears the number now, while such a
way is on the belt or in a lane that nobody took it from by a word, is another one.
"""

from controller.line.naming import NEVER_SEEN, is_fetched, is_ordered, is_said, spend_order
from controller.line.state import Carton, Draft, Passage

UNIDENTIFIED = "unidentified"
UNSAID = (NEVER_SEEN, UNIDENTIFIED, "removed")  # no person has said where it is


def keep_nameless(draft: Draft, number: str, passage: Passage, carton: Carton | None) -> None:
    """Remember that a way with this number has no name. What a word was said of before it was taken from where it stood."""
    said = is_fetched(draft, carton) if carton is not None else is_said(draft, number)
    draft.unnamed.put(number, passage.key)
    if said:
        take_one(draft, number, passage)
    use_up(draft, number, carton)


def take_one(draft: Draft, number: str, passage: Passage) -> None:
    """A word has brought this way: of those that stand in a lane the one that the order names was in it, else the first."""
    meant = {one.previous for one in draft.facts.reruns if one.code == number}
    standing = [way for way in _ways(draft, number) if way.key != passage.key and _stands(way)]
    for way in sorted(standing, key=lambda way: way.key not in meant)[:1]:
        draft.change_passage(way.key, rerun_as=passage.key)


def standing_nameless(draft: Draft, carton: Carton, passage: Passage) -> str:
    """The track of another way with this number and no name: it is on the belt now, or went to a lane, by the default lane where
    its epoch ended. A word of a person takes one from there, and no second one that came without a word.
    """
    ways = [way for way in _ways(draft, carton.carton_no) if way.key != passage.key]
    for way in ways:
        if not way.ended and way.epoch == passage.epoch:
            return way.key
    standing = [way.key for way in ways if _stands(way)] if carton.place in UNSAID else []
    taken = 1 if is_ordered(draft, carton) else 0
    return standing[taken] if len(standing) > taken else ""


def _stands(way: Passage) -> bool:
    return bool(way.diverted_lane) or way.ended == "epoch"


def _ways(draft: Draft, number: str) -> list[Passage]:
    """All that are not taken by a word."""
    if draft.unnamed.get(number) is None:
        return []
    ways = [way for way in draft.passages.values() if not way.carton and _reads(way, number)]
    return [way for way in ways if not _is_taken(draft, way, number)]


def _is_taken(draft: Draft, way: Passage, number: str) -> bool:
    """Run again as what has this number; an order for another carton may have been linked to it, too."""
    again = draft.passages.get(way.rerun_as) if way.rerun_as else None
    if again is None:
        return False
    carton = draft.cartons.get(again.carton) if again.carton else None
    return _reads(again, number) or (carton is not None and carton.carton_no == number)


def _reads(way: Passage, number: str) -> bool:
    return any(one is not None and not one.problem and one.text == number for one in (way.scan_identity, way.verify_identity))


def use_up(draft: Draft, number: str, carton: Carton | None) -> None:
    """What was said of a carton before this way, that it comes again or was handed back, says nothing of what comes after it."""
    if carton is not None and carton.place != NEVER_SEEN and is_fetched(draft, carton):
        draft.change_carton(carton.key, place=UNIDENTIFIED)
    spend_order(draft, number)


def move_unnamed(draft: Draft, way: Passage, key: str) -> None:
    """A way that is kept under another key from now on; with an empty one it is forgotten: those before it are already."""
    for identity in (way.scan_identity, way.verify_identity):
        number = identity.text if identity is not None else ""
        if draft.unnamed.get(number) == way.key and key:
            draft.unnamed.put(number, key)
        elif draft.unnamed.get(number) == way.key:
            draft.unnamed.drop(number)


def leave_to_others(draft: Draft, way: Passage) -> None:
    """It has a name from now on: the others with its number have none yet."""
    for identity in (way.scan_identity, way.verify_identity):
        number = identity.text if identity is not None else ""
        if draft.unnamed.get(number) == way.key:
            others = [one.key for one in _ways(draft, number) if one.key != way.key]
            draft.unnamed.put(number, others[-1]) if others else draft.unnamed.drop(number)
