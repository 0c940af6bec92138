"""Custody 暂存: in which place a carton is kept, who put it there and when.

One rule: a carton in custody goes nowhere else: no release lane, no container, no gate, until customs takes it out.
Taking it out releases nothing: whatever else speaks against the carton still does.
Source: domain reference, open-box recheck; the move itself is a scan of its label.
"""

from controller.domain.identifiers import normalise
from controller.domain.reasons import CUSTOMS_DECIDES, Blocker, Role
from controller.line.custody_events import CustodyEnded, CustodyMoved, StockTaken
from controller.line.custody_state import SAID_BY_THE_LINE, StockTake
from controller.line.events import Stamped
from controller.line.naming import named, not_one, spend_order, way_on_belt
from controller.line.shown import is_stale, word_of
from controller.line.state import Carton, Draft

KEEPERS = (Role.OPERATOR, Role.SHIFT_LEAD, *CUSTOMS_DECIDES)
PLACE_LONGEST = 40
STOCK_MOST = 300
STOCK_PLACES_KEPT = 200


def custody_blockers(carton: Carton) -> list[Blocker]:
    """A carton that is kept somewhere is held wherever else it turns up."""
    return [Blocker("in_custody", f"carton:{carton.key}", f"kept at {carton.custody}")] if carton.custody else []


def on_moved(draft: Draft, stamped: Stamped, event: CustodyMoved) -> None:
    """Into custody, or from one custody place to another."""
    place = event.place.strip()
    carton = _scanned(draft, stamped, event.code, "move a carton into custody", KEEPERS)
    if carton is None:
        return
    subject = f"carton:{carton.key}"
    if not 1 <= len(place) <= PLACE_LONGEST or place.casefold() in SAID_BY_THE_LINE:
        draft.refuse("custody_place_wrong", subject, f"{place!r} is no place name", "scan the label of the custody place")
        return
    if _is_on_belt(draft, carton):
        return
    if carton.container:
        draft.refuse("already_loaded", subject, f"it is in container {carton.container}", "take it out of the container first")
        return
    if carton.custody == place:
        return  # the same act again
    origin = carton.custody or carton.place
    spend_order(draft, carton.carton_no)
    draft.change_carton(carton.key, custody=place, custody_ms=draft.now_ms, place=f"custody {place}")
    draft.note(subject, f"moved into custody at {place} from {origin} by {stamped.actor}")


def on_ended(draft: Draft, stamped: Stamped, event: CustodyEnded) -> None:
    """Out of custody, into a person's hands: it is on no lane, so nothing loads it before it is seen again."""
    carton = _scanned(draft, stamped, event.code, "take a carton out of custody", CUSTOMS_DECIDES)
    if carton is None:
        return
    subject = f"carton:{carton.key}"
    if not carton.custody:
        draft.refuse("not_in_custody", subject, f"it stands: {carton.place}", "see where it is with: xiyong carton")
        return
    if _is_on_belt(draft, carton):
        return  # somebody took it from there, or another has its number: handed back, that one would pass as it
    if is_stale(draft, subject, event.shown, shown_of(carton), f"it is kept anew since then, now at {carton.custody}"):
        return
    draft.change_carton(carton.key, custody="", custody_ms=-1, place=f"taken out of custody {carton.custody}")
    draft.note(subject, f"taken out of custody at {carton.custody} by {stamped.actor}: {event.cause}")


def shown_of(carton: Carton) -> str:
    """The word for where it is kept, since when, and by which recheck: it may be kept anew, for another reason."""
    return word_of(carton.key, carton.custody, carton.custody_ms, carton.recheck)


def on_stock_taken(draft: Draft, stamped: Stamped, event: StockTaken) -> None:
    """What stands there against what should; every difference is told, and nothing moves by it."""
    place = event.place.strip()
    if stamped.role not in KEEPERS:
        draft.refuse("role_not_allowed", place, f"{stamped.role} may not take stock", "ask " + " or ".join(KEEPERS))
        return
    if not 1 <= len(place) <= PLACE_LONGEST or len(event.codes) > STOCK_MOST:
        wrong = f"{place!r} with {len(event.codes)} labels"
        draft.refuse("custody_place_wrong", place, wrong, "scan the label of the custody place")
        return
    scanned = tuple(dict.fromkeys(normalise(code) for code in event.codes))
    here: dict[str, None] = {}
    elsewhere, unknown = [], []
    for code in scanned:
        keys = [key for key in named(draft, code) if key not in draft.gone]
        carton = draft.cartons[keys[0]] if len(keys) == 1 else None
        if carton is None:
            unknown.append(code)
        elif carton.custody != place:
            elsewhere.append((carton.carton_no, carton.custody or carton.place))
        else:
            here[carton.key] = None
    missing = tuple(one.carton_no for one in draft.cartons.values() if one.custody == place and one.key not in here)
    taken = StockTake(place, stamped.actor, draft.now_ms, len(scanned), missing[:STOCK_MOST], tuple(elsewhere), tuple(unknown))
    draft.stock_takes.put(place, taken)
    # By the latest take of each place: one that is taken every day is never the oldest, however long it has been known.
    for one in sorted(draft.stock_takes.values(), key=lambda one: one.at_ms)[:-STOCK_PLACES_KEPT]:
        draft.stock_takes.drop(one.place)
    told = f"{len(missing)} missing, {len(elsewhere)} of elsewhere, {len(unknown)} unknown"
    draft.note(f"place:{place}", f"stock taken by {stamped.actor}: {len(scanned)} scanned, {told}")
    if taken.differs:
        draft.alarm("custody_differs", f"place:{place}", told)


def _is_on_belt(draft: Draft, carton: Carton) -> bool:
    """Whether what is in hand is another one with its number, or the line was not told of its lane yet; then it is refused."""
    if not way_on_belt(draft, carton):
        return False
    told = "the line still tracks it on the belt"
    draft.refuse("on_belt", f"carton:{carton.key}", told, "wait for its lane, or report it taken off")
    return True


def _scanned(draft: Draft, stamped: Stamped, code: str, what: str, allowed: tuple[Role, ...]) -> Carton | None:
    """The one carton that is named, still here and in the hands of someone who may; or a refusal."""
    if stamped.role not in allowed:
        draft.refuse("role_not_allowed", code, f"{stamped.role} may not {what}", "ask " + " or ".join(allowed))
        return None
    keys = named(draft, code)
    if len(keys) != 1:
        found = not_one(keys, code)
        draft.refuse(found.code, code, found.cause, found.next_step)
        return None
    carton = draft.cartons[keys[0]]
    if carton.key in draft.gone:
        found = Blocker("already_departed", f"carton:{carton.key}")
        draft.refuse(found.code, found.subject, found.cause, found.next_step)
        return None
    return carton
