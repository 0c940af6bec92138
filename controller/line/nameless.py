"""Ways over the belt that a number was read on and that have no name: by the verify gate alone, or before papers knew the number.

One rule: a way without a name names no carton, but stands for a body with that number. What bears the number now, while such a
way is on the belt or in a lane that nobody took it from by a word, is another one.
"""

from msgspec.structs import replace

from controller.line.naming import NEVER_SEEN, is_fetched, is_ordered, is_said
from controller.line.state import Carton, Draft, Passage

UNIDENTIFIED = "unidentified"
UNSAID = (NEVER_SEEN, UNIDENTIFIED, "removed")  # no person has said where it is


def keep_nameless(draft: Draft, number: str, passage: Passage, carton: Carton | None) -> None:
    """Remember the last way with this number and no name. While papers do not know the number there is no carton to hold: then
    one that is on the belt, or in a lane that nobody took it from by a word, is kept, and this one is its copy when they come.
    """
    before = draft.passages.get(draft.unnamed.get(number) or "")
    there = before is not None and before.key != passage.key and _is_there(before, passage)
    if carton is None and there and not is_said(draft, number):
        return
    use_up(draft, number, carton)
    draft.unnamed.put(number, passage.key)


def _is_there(way: Passage, passage: Passage) -> bool:
    return bool(way.diverted_lane) or way.ended == "epoch" or (not way.ended and way.epoch == passage.epoch)


def standing_nameless(draft: Draft, carton: Carton, passage: Passage) -> str:
    """The track of another way with this number and no name: it is on the belt now, or went to a lane, by the default lane where
    its epoch ended. A word of a person takes one from there, and no second one that came without a word.
    """
    kept = draft.passages.get(draft.unnamed.get(carton.carton_no) or "")
    if kept is None:
        return ""
    standing: list[str] = []
    for way in (kept, *_later_ones(draft, kept, carton.carton_no)):
        if way.key == passage.key:
            continue
        if not way.ended and way.epoch == passage.epoch:
            return way.key
        if (way.diverted_lane or way.ended == "epoch") and carton.place in UNSAID:
            standing.append(way.key)
    taken = 1 if is_ordered(draft, carton) else 0
    return standing[taken] if len(standing) > taken else ""


def _later_ones(draft: Draft, kept: Passage, number: str) -> list[Passage]:
    """Those that came behind the first one while that was still there."""
    ways = (way for way in draft.passages.values() if not way.carton and way.key != kept.key and not way.rerun_as)
    return [way for way in ways if way.inducted_ms >= kept.inducted_ms and _reads(way, number)]


def _reads(way: Passage, number: str) -> bool:
    return any(one is not None and not one.problem and one.text == number for one in (way.scan_identity, way.verify_identity))


def use_up(draft: Draft, number: str, carton: Carton | None) -> None:
    """What was said of a carton before this way, that it comes again or was handed back, says nothing of what comes after it."""
    if carton is not None and carton.place != NEVER_SEEN and is_fetched(draft, carton):
        draft.change_carton(carton.key, place=UNIDENTIFIED)
    draft.set_facts(reruns=tuple(replace(one, used=True) if one.code == number else one for one in draft.facts.reruns))


def move_unnamed(draft: Draft, way: Passage, key: str) -> None:
    """A way that is kept under another key from now on; with an empty one it has a name, or is forgotten."""
    for identity in (way.scan_identity, way.verify_identity):
        number = identity.text if identity is not None else ""
        if draft.unnamed.get(number) == way.key and key:
            draft.unnamed.put(number, key)
        elif draft.unnamed.get(number) == way.key:
            draft.unnamed.drop(number)
