"""What stands at the doors and what is in each container: for the people who load, and for `xiyong load-list`.

One rule: told from the core's state alone; the company sees neutral codes.
"""

import json
from typing import Any

from controller.domain.identifiers import normalise
from controller.domain.reasons import CATALOGUE, NEUTRAL, Blocker
from controller.line.departure_state import Container, Door
from controller.line.explain import company_text
from controller.line.gate_reasons import pass_of
from controller.line.loading import container_at, container_blockers, loaded_in, reason_shown, standing_blockers
from controller.line.routing import carton_blockers
from controller.line.state import Draft, LineState

Told = dict[str, Any]


def loading_told(state: LineState) -> Told:
    """Doors with the answer to their last scan, containers with where they stand, and whether the whole line is held."""
    draft = Draft(state, state.facts.line_ms)
    counts: dict[str, int] = {}
    for carton in state.cartons.values():
        if carton.container:
            counts[carton.container] = counts.get(carton.container, 0) + 1
    return {
        "line_held": bool(standing_blockers(draft)),
        "doors": [_door(draft, door) for door in state.doors.values()],
        "containers": [_container(box) | {"count": counts.get(box.container_no, 0)} for box in state.containers.values()],
    }


def _door(draft: Draft, door: Door) -> Told:
    standing = container_at(draft, door.name)
    carton = draft.cartons.get(door.carton) if door.carton else None
    return {
        "name": door.name, "scans": door.scans, "text": door.text, "carton": door.carton, "code": reason_shown(door.code),
        "cause": company_text(door.cause), "container": standing.container_no if standing is not None else "",
        "in": carton.container if carton is not None else "",
    }  # fmt: skip


def _container(box: Container) -> Told:
    steps = (("departed", box.departed_ms), ("sealed", box.sealed_ms), ("weighed", box.weighed_ms), ("closed", box.closed_ms))
    stands = next((name for name, at_ms in steps if at_ms >= 0), "open")
    return {"container_no": box.container_no, "door": box.door, "stands": stands, "seal_no": box.seal_no, "net_g": box.net_g}


def load_list(state: LineState, container_no: str) -> Told | None:
    """One container with its loading list and what keeps it here; None if the core does not know it (any more)."""
    box = state.containers.get(container_no)
    if box is None:
        return None
    draft = Draft(state, state.facts.line_ms)
    gate_pass = pass_of(draft, container_no)
    blockers = () if box.departed_ms >= 0 else container_blockers(draft, box)
    return _container(box) | {
        "departed_by": box.departed_by,
        "pass": gate_pass.pass_id if gate_pass is not None else "",
        "plate": gate_pass.plate if gate_pass is not None else "",
        "cartons": [{"carton": c.key, "loaded_ms": c.loaded_ms, "weight_g": c.weight_g} for c in loaded_in(draft, container_no)],
        "held_by": _held_by(draft, container_no, blockers),
    }


def _held_by(draft: Draft, container_no: str, blockers: tuple[Blocker, ...]) -> list[Told]:
    """What keeps it here. Of customs' own a row for each carton, at the end, however many reasons there are and of which kind."""
    told = dict.fromkeys((b.code, b.subject, b.next_step) for b in blockers if not b.reason.customs_only)
    if any(b.reason.customs_only for b in blockers):
        cartons = loaded_in(draft, container_no)
        asked = [f"carton:{c.key}" for c in cartons if any(b.reason.customs_only for b in carton_blockers(draft, c))]
        told |= {(NEUTRAL, about, "bring it to customs"): None for about in asked or [f"container:{container_no}"]}
    return [{"code": code, "about": about, "next_step": step} for code, about, step in told]


def print_load_list(state: LineState, text: str, as_json: bool) -> int:
    """Print one container's list, or every container with where it stands. 1 = no such container."""
    if not text:
        told = loading_told(state)
        if as_json:
            print(json.dumps({"ok": True, **told}, ensure_ascii=False))
            return 0
        for box in told["containers"]:
            print(f"{box['container_no']:<14} {box['stands']:<9} {box['count']:>5} cartons  door {box['door']}  {box['seal_no']}")
        if not told["containers"]:
            print(
                "no container was opened, or all that left were put away\n  next step: xiyong act open-container container_no=..."
            )
        return 0
    found = load_list(state, normalise(text))
    if found is None:
        cause, step = f"no container {text} is known here", "see all with: xiyong load-list"
        answer = {"ok": False, "code": "container_unknown", "cause": cause, "next_step": step}
        print(json.dumps(answer, ensure_ascii=False) if as_json else f"{cause}\n  next step: {step}")
        return 1
    if as_json:
        print(json.dumps({"ok": True, **found}, ensure_ascii=False))
        return 0
    _print_one(found)
    return 0


def _print_one(found: Told) -> None:
    left = f"  departed: {found['departed_by']}" if found["departed_by"] else ""
    print(f"container {found['container_no']}: {found['stands']}, {len(found['cartons'])} cartons, net {found['net_g']} g{left}")
    print(f"  seal {found['seal_no'] or '-'}    pass {found['pass'] or '-'}    plate {found['plate'] or '-'}")
    for place, carton in enumerate(found["cartons"], start=1):
        print(f"  {place:>4}  {carton['carton']}  {carton['weight_g']} g")
    for held in found["held_by"]:
        zh = CATALOGUE[held["code"]].zh if held["code"] in CATALOGUE else "海关查看"
        print(f"  [{held['code']} {zh}] {held['about']}\n      next step: {held['next_step']}")
