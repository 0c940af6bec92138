"""With which load a carton came, where the line was told of the unloading too late or too early.

One rule: a carton came with the load that was being unloaded when it was seen first, until people of customs who looked at it say
that it came with the one that its notice names. They talk nothing out of a load that is held: what came on that truck, or may
have, stays held with it, also by what is found there or said of it afterwards (`of_loads`).
"""

from msgspec.structs import replace

from controller.domain.reasons import CATALOGUE, Blocker
from controller.line.customs_out import list_seen
from controller.line.events import CameWithLoad, Stamped
from controller.line.naming import named, not_one, way_on_belt
from controller.line.seal_check import standing
from controller.line.state import Carton, Draft

WRONG = "wrong_load"


def on_came_with(draft: Draft, stamped: Stamped, event: CameWithLoad) -> None:
    allowed = CATALOGUE[WRONG].lift
    if stamped.role not in allowed:
        draft.refuse("role_not_allowed", event.code, f"{stamped.role} may not say with which load it came",
                     "ask " + " or ".join(allowed))  # fmt: skip
        return
    keys = named(draft, event.code)
    if len(keys) != 1:
        _refuse(draft, not_one(keys, event.code))
        return
    carton = draft.cartons[keys[0]]
    if carton.load_id == event.load_id or not _may_be(draft, carton, event.load_id):
        return
    before = carton.load_id
    seen = carton.seen_loads or ((before,) if before else ())
    draft.change_carton(carton.key, load_id=event.load_id, seen_loads=seen)
    told = f"came with load {event.load_id}, not with {before or 'none'}, says {stamped.actor}: {event.cause}"
    draft.note(f"carton:{carton.key}", told)
    found = draft.lists.get(carton.list_key)
    if found is not None and found.arrival_load == (before or "-"):  # customs was not told yet with which it came
        draft.lists.put(found.key, replace(found, arrival_load=""))
        list_seen(draft, found.key, event.load_id)


def _may_be(draft: Draft, carton: Carton, load_id: str) -> bool:
    """Whether it may have come with this load, or a refusal."""
    subject = f"carton:{carton.key}"
    load = draft.loads.get(load_id)
    held = _held_by(draft, carton.load_id)
    if carton.key in draft.gone or carton.place == "departed":
        _refuse(draft, Blocker("already_departed", subject))
    elif carton.seen_ms < 0:
        _refuse(draft, Blocker("not_scanned_in", subject))
    elif carton.noticed_load != load_id:
        _refuse(draft, Blocker(WRONG, subject, f"noticed for {carton.noticed_load or 'no load'}"))
    elif load is None or load.unloading_ms < 0:
        draft.refuse("load_not_unloaded", load_id, "nobody has said that it is unloaded", "report it: xiyong act unload")
    elif way_on_belt(draft, carton):
        draft.refuse("on_belt", subject, "the line still tracks it on the belt", "wait for its lane, or report it taken off")
    elif carton.container:
        draft.refuse("already_loaded", subject, f"it is in container {carton.container}", "take it out of the container first")
    elif held:
        draft.refuse("its_load_held", subject, f"load {carton.load_id} is held: {', '.join(held)}", "settle that first")
    else:
        return True
    return False


def _held_by(draft: Draft, load_id: str) -> tuple[str, ...]:
    """What stands against the load that it was seen with: holds, and what was found at its seals."""
    load = draft.loads.get(load_id)
    codes = [hold.code for hold in draft.holds.values() if (hold.scope, hold.target) == ("load", load_id) and hold.lifted_ms < 0]
    if load is not None and draft.profile.seal_required:
        codes += [code for code, _ in standing(draft, load)]
    return tuple(dict.fromkeys(codes))


def _refuse(draft: Draft, blocker: Blocker) -> None:
    draft.refuse(blocker.code, blocker.subject, blocker.cause, blocker.next_step)
