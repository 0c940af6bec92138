"""Which carton a number means, and by what a person names one where a number means several.

One rule: a number that is on the papers of two carriers names no carton, whichever of them was seen first, and holds what it
named before wherever that stands. A label never says the carrier; a person may, by the full key CARRIER/NUMBER. A list that was
deleted does not count where nothing of the line's own speaks of its carton and customs has not stopped it: else who deletes it
and declares it anew under another carrier would be rid of a hold, or of an order to inspect.
"""

from msgspec.structs import replace

from controller.domain.identifiers import normalise
from controller.domain.reasons import Blocker
from controller.line.deleted_lists import still_stops
from controller.line.holds import holds_on
from controller.line.recalls import recall
from controller.line.recheck_standing import recheck_blockers, standing_release
from controller.line.state import Carton, Draft

NEVER_SEEN = "expected"
HANDED_BACK = ("taken out of custody ", "released at ")  # by customs, into the hands of whoever puts it on the belt
DECLARED_ANEW = "declared anew as "


# --- by a label ----------------------------------------------------------------------------------------------------


def meant(draft: Draft, number: str) -> tuple[str, ...]:
    """The cartons that a label with this number may be on; one = it names that carton."""
    keys = draft.numbers.get(number) or ()
    if len(keys) < 2:
        return keys
    return tuple(key for key in keys if _counts(draft, draft.cartons[key])) or keys


def _counts(draft: Draft, carton: Carton) -> bool:
    """Whether a carton stands beside another of its number: not where its list was deleted, nothing holds or keeps it, and it
    never came, or a person said that it is taken to the induct again.
    """
    found = draft.lists.get(carton.list_key)
    if found is None or not found.withdrawn:
        return True
    way = draft.passages.get(carton.passage) if carton.passage else None
    on_belt = way is not None and not way.ended
    if on_belt or carton.released_ms >= 0 or carton.custody or carton.container:
        return True
    if holds_on(draft, carton) or recheck_blockers(draft, carton) or still_stops(draft, carton.list_key):
        return True
    if carton.selection == "selected" and standing_release(draft, carton) is None:
        return True  # under another key it would be drawn again
    return not (carton.place == NEVER_SEEN or carton.place.startswith(DECLARED_ANEW) or is_fetched(draft, carton))


def take_over(draft: Draft, carton: Carton) -> None:
    """It was named on the belt: what a deleted list called by its number before is this one from now on."""
    for key in draft.numbers.get(carton.carton_no) or ():
        if key != carton.key and draft.cartons[key].place != NEVER_SEEN:
            draft.change_carton(key, place=f"{DECLARED_ANEW}{carton.key}")


def is_fetched(draft: Draft, carton: Carton) -> bool:
    """Somebody has said that it comes again: an order for a re-run, or customs by handing it back."""
    return carton.place.startswith(HANDED_BACK) or is_ordered(draft, carton)


def is_ordered(draft: Draft, carton: Carton) -> bool:
    """A person has ordered it over the belt once more, and not so long ago that another could bear its number by now."""
    return is_said(draft, carton.carton_no)


def is_said(draft: Draft, number: str) -> bool:
    limit_s = draft.facts.profile.rerun_limit_s if draft.facts.profile is not None else 0
    return any(one.code == number and one.stands(draft.now_ms, limit_s) for one in draft.facts.reruns)


def spend_order(draft: Draft, number: str) -> None:
    """It went elsewhere since it was ordered over the belt: what comes with its number is not that one."""
    draft.set_facts(reruns=tuple(replace(one, used=True) if one.code == number else one for one in draft.facts.reruns))


# --- by a person ---------------------------------------------------------------------------------------------------


def named(draft: Draft, text: str) -> tuple[str, ...]:
    """The cartons that a person names, by the number on the label or by the full key."""
    code = normalise(text)
    return tuple(dict.fromkeys((*meant(draft, code), *((code,) if code in draft.cartons else ()))))


def number_of(draft: Draft, text: str) -> str:
    """What stands on the label of what a person names."""
    code = normalise(text)
    carton = draft.cartons.get(code)
    return carton.carton_no if carton is not None and code not in draft.numbers else code


def name_of(draft: Draft, carton: Carton) -> str:
    """The shortest by which a person names it: its number, or where that names several the full key."""
    return carton.carton_no if meant(draft, carton.carton_no) == (carton.key,) else carton.key


def not_one(keys: tuple[str, ...], subject: str, detail: str = "") -> Blocker:
    """Why a number names no single carton, with the full keys that a person may name."""
    return Blocker("carrier_ambiguous", subject, ", ".join(keys)) if keys else Blocker("not_declared", subject, detail)


# --- on the belt ---------------------------------------------------------------------------------------------------


def way_on_belt(draft: Draft, carton: Carton) -> str:
    """A track on the belt that bears its number now, the last one of it or not: by name, or by what one gate alone has read.

    Whoever has it in hand then has another one with its number, or speaks before the line was told of its lane.
    """
    for key in draft.facts.live:
        passage = draft.passages[key]
        read = [one.text for one in (passage.scan_identity, passage.verify_identity) if one is not None]
        if passage.carton == carton.key or carton.carton_no in read:
            return key
    return ""


# --- what it holds -------------------------------------------------------------------------------------------------


def naming_blockers(draft: Draft, carton: Carton) -> list[Blocker]:
    """Another carton of the same number is expected or here: which of the two this one is nobody can tell."""
    keys = meant(draft, carton.carton_no)
    alone = all(key == carton.key for key in keys)
    return [] if alone else [not_one(tuple(dict.fromkeys((carton.key, *keys))), f"carton:{carton.key}")]


def tell_ambiguous(draft: Draft, number: str) -> None:
    """Papers have brought a carton: people are told of what is here under its number already, what was released is recalled."""
    keys = meant(draft, number)
    for key in keys if len(keys) > 1 else ():
        carton = draft.cartons[key]
        if carton.seen_ms < 0 or carton.place == "departed":
            continue
        draft.alarm("carrier_ambiguous", f"carton:{key}", ", ".join(keys))
        if carton.released_ms >= 0:
            recall(draft, carton, "another carrier's list has its number")
