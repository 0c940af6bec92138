"""Holds: who stops what, and who may lift it again.

One rule: a hold is lifted only by a role that its catalogue entry names; the company may hold, never lift what customs
holds. A hold on a load or list reaches each of its cartons because it is looked up, not copied (invariant I5). Whoever lifts
says which hold is meant, and no other is lifted, whatever number it bears.
"""

import hashlib

from msgspec.structs import replace

from controller.domain.reasons import CATALOGUE, CUSTOMS_DECIDES, Blocker, Role
from controller.line.events import HoldLifted, HoldPlaced, InspectionClosed, Stamped
from controller.line.state import Carton, Draft, Hold

SCOPES = ("carton", "list", "load", "container", "line")
PLACED_BY: dict[str, tuple[Role, ...]] = {
    "officer_hold": CUSTOMS_DECIDES,
    "company_hold": (Role.OPERATOR, Role.SHIFT_LEAD, *CUSTOMS_DECIDES),
}
COUNTED = "L"
HELD_FOR_CHARS = 500
MARK_CHARS = 12


def place(draft: Draft, scope: str, target: str, code: str, cause: str, *, actor: str, role: str, hold_id: str = "") -> Hold:
    """Put a hold into the state. The line's own holds get a number of their own, so a replay names them the same."""
    if not hold_id:
        number = draft.facts.holds_made + 1
        draft.set_facts(holds_made=number)
        hold_id = f"{COUNTED}{number}"
    hold = Hold(hold_id, scope, target, code, cause, actor, role, draft.now_ms)
    draft.holds.put(hold_id, hold)
    draft.note(f"{scope}:{target}", f"hold {hold_id} {code} by {actor}: {cause}")
    return hold


def reached_by(carton: Carton) -> set[tuple[str, str]]:
    """Scope and target of the holds that reach this carton: its own, its list's, its loads', its container's."""
    return {
        ("carton", carton.key),
        ("list", carton.list_key),
        ("load", carton.load_id or carton.noticed_load),
        *(("load", load_id) for load_id in carton.seen_loads),
        ("container", carton.container),
    }


def of_loads(carton: Carton) -> tuple[tuple[str, str], ...]:
    """The load it came with, and those it was seen with where customs says that it came with another, or nobody knows."""
    return tuple(("load", load_id) for load_id in dict.fromkeys((carton.load_id, *carton.seen_loads)) if load_id)


def open_targets(draft: Draft) -> set[tuple[str, str]]:
    """Scope and target of every hold that is open."""
    return {(hold.scope, hold.target) for hold in draft.holds.values() if hold.lifted_ms < 0}


def holds_on(draft: Draft, carton: Carton) -> tuple[Hold, ...]:
    """The open holds that reach this carton."""
    reached = reached_by(carton)
    return tuple(h for h in draft.holds.values() if h.lifted_ms < 0 and (h.scope, h.target) in reached)


def hold_blockers(draft: Draft, carton: Carton) -> tuple[Blocker, ...]:
    return tuple(
        Blocker(hold.code, f"{hold.scope}:{hold.target}", f"{hold.cause} ({hold.hold_id})") for hold in holds_on(draft, carton)
    )


def on_hold_placed(draft: Draft, stamped: Stamped, event: HoldPlaced) -> None:
    allowed = PLACED_BY.get(event.code)
    if allowed is None or event.scope not in SCOPES[:4]:
        draft.refuse("hold_not_valid", event.hold_id, f"{event.code} on {event.scope} is not a hold people place",
                     "use officer_hold or company_hold on a carton, list, load or container")  # fmt: skip
        return
    if stamped.role not in allowed:
        draft.refuse("role_not_allowed", event.hold_id, f"{stamped.role} may not place {event.code}",
                     "ask " + " or ".join(allowed))  # fmt: skip
        return
    known = {
        "carton": event.target in draft.cartons, "list": event.target in draft.lists, "load": event.target in draft.loads,
        "container": event.target in draft.containers,
    }  # fmt: skip
    if not known[event.scope]:
        draft.refuse("target_unknown", event.hold_id, f"no {event.scope} {event.target}",
                     f"check the {event.scope} key with: xiyong carton CODE")  # fmt: skip
        return
    if event.hold_id in draft.holds:
        return
    place(draft, event.scope, event.target, event.code, event.cause,
          actor=stamped.actor, role=stamped.role, hold_id=event.hold_id)  # fmt: skip
    _recall_released(draft, event)


def _recall_released(draft: Draft, event: HoldPlaced) -> None:
    """A hold on something that already took the release lane is a recall: a person must fetch it."""
    for carton in draft.cartons.values():
        keys = {("carton", carton.key), ("list", carton.list_key), *of_loads(carton), ("container", carton.container)}
        if (event.scope, event.target) in keys and carton.released_ms >= 0:
            draft.alarm("recalled", f"carton:{carton.key}", "held after it took the release lane: fetch it")


def lifting(hold: Hold, cause: str) -> HoldLifted:
    """The word that lifts this hold and no other."""
    return HoldLifted(hold.hold_id, cause, hold.scope, hold.target, hold.code, held_for(hold))


def held_for(hold: Hold) -> str:
    """Why it was placed, as the word that lifts it says it. Of a long cause how it begins and a mark of the whole: a word that is
    longer than an event may be is never kept, and the hold would stand for good.
    """
    if len(hold.cause) <= HELD_FOR_CHARS:
        return hold.cause
    mark = hashlib.sha256(hold.cause.encode("utf-8", "replace")).hexdigest()[:MARK_CHARS]
    return f"{hold.cause[:HELD_FOR_CHARS]} ({mark})"


def _is_meant(hold: Hold, event: HoldLifted) -> bool:
    """A word that does not say what it meant stands by the number alone: enough where that was made from the act that placed
    the hold, never where the line counted.
    """
    said = (event.scope, event.target, event.code)
    if not any(said):
        return not hold.hold_id.startswith(COUNTED)
    return said == (hold.scope, hold.target, hold.code) and event.held_for in ("", hold.cause, held_for(hold))


def on_hold_lifted(draft: Draft, stamped: Stamped, event: HoldLifted) -> None:
    hold = draft.holds.get(event.hold_id)
    if hold is None or hold.lifted_ms >= 0:
        draft.refuse("hold_not_open", event.hold_id, "no open hold of this number",
                     "take the number from: xiyong why CODE --customs")  # fmt: skip
        return
    allowed = CATALOGUE[hold.code].lift
    if stamped.role not in allowed:
        draft.refuse("role_not_allowed", event.hold_id, f"{stamped.role} may not lift {hold.code}",
                     "ask " + " or ".join(allowed))  # fmt: skip
        return
    if not _is_meant(hold, event):
        draft.refuse("hold_is_another", event.hold_id, f"hold {hold.hold_id} is {hold.code} on {hold.scope}:{hold.target}",
                     "look at the open holds, then lift the one that is meant")  # fmt: skip
        return
    draft.holds.put(
        hold.hold_id,
        Hold(hold.hold_id, hold.scope, hold.target, hold.code, hold.cause, hold.actor, hold.role, hold.placed_ms,
             draft.now_ms, stamped.actor, event.cause),
    )  # fmt: skip
    draft.note(f"{hold.scope}:{hold.target}", f"hold {hold.hold_id} {hold.code} lifted by {stamped.actor}")


def on_inspection_closed(draft: Draft, stamped: Stamped, event: InspectionClosed) -> None:
    """Officers closed the inspection customs ordered; only then does a later 800 count.

    Of a deleted list they close what else customs stopped it for, too: no release will come for it, and what is declared anew
    under its number waits for that.
    """
    found = draft.lists.get(event.list_key)
    if stamped.role not in CUSTOMS_DECIDES:
        draft.refuse("role_not_allowed", event.list_key, f"{stamped.role} may not close an inspection",
                     "ask an officer")  # fmt: skip
    elif found is None or not (found.inspection_open or (found.withdrawn and found.stopped_by)):
        draft.refuse("target_unknown", event.list_key, "no list with an open inspection", "check the list key")
    else:
        draft.lists.put(found.key, replace(found, inspection_open=False, stopped_by="" if found.withdrawn else found.stopped_by))
        draft.note(f"list:{found.key}", f"inspection closed by {stamped.actor}: {event.cause}")
