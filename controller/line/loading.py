"""Loading 装箱: which cartons are in which container, and when a container is closed, weighed and sealed.

One rule: a carton counts as loaded only by a scan at which nothing spoke against it, at a door whose container is open; a
closed container takes nothing more, and whoever opens it again undoes closing, weight, seal and pass.
Source: domain reference, rule 12 (the loading list is exactly the released cartons).
"""

import re

from msgspec.structs import replace

from controller.domain.identifiers import Check, container_check, normalise
from controller.domain.reasons import CATALOGUE, CUSTOMS_DECIDES, Blocker, LaneKind, Role
from controller.line.departure_state import Container, Door, Visit
from controller.line.events import CodesRead, Stamped
from controller.line.label_reads import judge_reads
from controller.line.loading_events import (
    ContainerClosed,
    ContainerOpened,
    ContainerReopened,
    ContainerSealed,
    ContainerWeighed,
)
from controller.line.naming import meant, not_one
from controller.line.readiness import line_blockers, wake
from controller.line.recheck_standing import BY_HAND, last_recheck, seal_shown
from controller.line.routing import carton_blockers
from controller.line.state import Carton, Draft
from controller.line.window_state import BufferedRead

LOADERS = (Role.OPERATOR, Role.SHIFT_LEAD, *CUSTOMS_DECIDES)
# The belt's own troubles say nothing about a carton that has left it.
BELT_ONLY = frozenset({"plc_not_ready", "plc_fail_safe", "session_conflict"})
CODES_NAMED = 5
SEAL_SHOWN = "seal_shown"
_CONTAINER_NO = re.compile(r"[0-9A-Z][0-9A-Z-]{3,19}")


# --- what speaks against it ----------------------------------------------------------------------------------------


def standing_blockers(draft: Draft) -> tuple[Blocker, ...]:
    """What keeps the whole line from letting anything out, wherever it stands."""
    return tuple(b for b in line_blockers(draft) if b.code not in BELT_ONLY)


def loading_blockers(draft: Draft, carton: Carton, read: tuple[str, ...] = ()) -> tuple[Blocker, ...]:
    """Everything that speaks against putting this carton into a container now; empty = it counts. `read`: codes of the scan."""
    subject = f"carton:{carton.key}"
    found = [*standing_blockers(draft), *carton_blockers(draft, carton)]
    if carton.container:
        found.append(Blocker("already_loaded", subject, carton.container))
    elif carton.released_ms < 0:
        found.append(Blocker("not_released", subject, f"it stands: {carton.place}"))
    elif carton.place == BY_HAND:
        released = last_recheck(draft, carton)
        found += seal_shown(draft, released, read, subject) if released is not None else [Blocker("not_released", subject)]
    elif not _on_release_lane(draft, carton):
        found.append(Blocker("not_from_release_lane", subject, f"it was last confirmed at {carton.place}"))
    return tuple(found)


def _on_release_lane(draft: Draft, carton: Carton) -> bool:
    lane = draft.profile.lane_by_name(carton.place)
    return lane is not None and lane.kind is LaneKind.RELEASE


def loaded_in(draft: Draft, container_no: str) -> list[Carton]:
    """The loading list: the cartons of a container in the order of their scans."""
    return sorted((c for c in draft.cartons.values() if c.container == container_no), key=lambda c: c.loaded_ms)


def container_blockers(draft: Draft, container: Container) -> tuple[Blocker, ...]:
    """Everything that keeps a container here: its own state, and each carton that may not leave. Empty = it may go."""
    subject = f"container:{container.container_no}"
    found = list(standing_blockers(draft))
    if container.departed_ms >= 0:
        found.append(Blocker("container_departed", subject, container.departed_by))
    if container.closed_ms < 0:
        found.append(Blocker("container_not_closed", subject))
    elif container.weighed_ms < 0:
        found.append(Blocker("container_not_weighed", subject))
    elif container.sealed_ms < 0:
        found.append(Blocker("container_not_sealed", subject))
    return (*found, *load_list_blockers(draft, container))


def load_list_blockers(draft: Draft, container: Container) -> tuple[Blocker, ...]:
    """What speaks against any of the cartons in it; an empty list is no list."""
    cartons = loaded_in(draft, container.container_no)
    if not cartons:
        return (Blocker("container_empty", f"container:{container.container_no}"),)
    found: list[Blocker] = []
    for carton in cartons:
        found += carton_blockers(draft, carton)
        if carton.released_ms < 0:
            found.append(Blocker("not_released", f"carton:{carton.key}", f"in container {container.container_no}"))
    return tuple(found)


# --- scans at a door -----------------------------------------------------------------------------------------------


def on_scan(draft: Draft, event: CodesRead) -> None:
    """A carton is shown to the reader of a door: it counts, or the door says why not."""
    door = draft.doors.get(event.device) or Door(event.device)
    read = BufferedRead(event.role, event.device, event.codes, event.frame_checked, event.at_ms, event.at_ms)
    identity = judge_reads(draft, (read,))
    text = identity.text or ", ".join(identity.codes)
    door = replace(door, scans=door.scans + 1, text=text, carton="", at_ms=draft.now_ms)
    container = container_at(draft, door.name)
    seal = next((one for one in identity.codes if draft.new_seals.get(normalise(one))), "")
    if identity.problem == "no_read" and seal:
        # Hand scanners read one label at a time: the seal label of a recheck, then the carton's own number.
        draft.doors.put(door.name, replace(door, unsure="", seal=seal, code=SEAL_SHOWN, cause="now scan the carton's own number"))
    elif container is None:
        _refused(draft, replace(door, unsure=""), Blocker("no_container", f"door:{door.name}"))
    elif identity.problem:
        _refused(draft, replace(door, unsure=""), Blocker(identity.problem, f"door:{door.name}", text))
    elif not identity.confirmed and door.unsure != identity.text:
        _refused(draft, replace(door, unsure=identity.text), Blocker("identity_uncertain", f"door:{door.name}", text))
    else:
        shown = (*identity.codes, door.seal)
        _judge(draft, replace(door, unsure="", seal=""), container, identity.text, shown)


def _judge(draft: Draft, door: Door, container: Container, text: str, read: tuple[str, ...]) -> None:
    keys = meant(draft, text)
    if len(keys) != 1:
        _refused(draft, door, not_one(keys, f"door:{door.name}", text))
        return
    carton = draft.cartons[keys[0]]
    door = replace(door, carton=carton.key)
    blockers = loading_blockers(draft, carton, read)
    if blockers:
        _refused(draft, door, blockers[0], blockers)
        return
    draft.change_carton(
        carton.key, container=container.container_no, loaded_ms=draft.now_ms, place=f"container {container.container_no}"
    )
    draft.doors.put(door.name, replace(door, code="", cause=""))
    draft.note(f"carton:{carton.key}", f"loaded into {container.container_no} at door {door.name}")


def _refused(draft: Draft, door: Door, first: Blocker, blockers: tuple[Blocker, ...] = ()) -> None:
    draft.doors.put(door.name, replace(door, code=first.code, cause=first.cause))
    codes = ", ".join(dict.fromkeys(b.code for b in blockers or (first,)))
    subject = f"carton:{door.carton}" if door.carton else f"door:{door.name}"
    draft.note(subject, f"loading scan of {door.text or 'nothing readable'} refused: {codes}")
    draft.refuse(first.code, subject, first.cause, first.next_step)
    if door.carton and first.code != "already_loaded":
        draft.alarm("loading_refused", subject, codes)


def container_at(draft: Draft, door: str) -> Container | None:
    """The open container that stands at a door: the newest, where an older one was opened again elsewhere."""
    standing = [c for c in draft.containers.values() if c.door == door and c.is_open]
    return max(standing, key=lambda c: c.opened_ms, default=None)


# --- containers ----------------------------------------------------------------------------------------------------


def _may(draft: Draft, stamped: Stamped, what: str, subject: str, allowed: tuple[Role, ...] = LOADERS) -> bool:
    if stamped.role in allowed:
        return True
    draft.refuse("role_not_allowed", subject, f"{stamped.role} may not {what}", "ask " + " or ".join(allowed))
    return False


def known_container(draft: Draft, text: str) -> Container | None:
    """A container of this number that is still here, or a refusal."""
    container = draft.containers.get(normalise(text))
    if container is None:
        draft.refuse("container_unknown", text, "no container with this number was opened here",
                     "see what stands at the doors with: xiyong load-list")  # fmt: skip
        return None
    if container.departed_ms >= 0:
        refuse(draft, Blocker("container_departed", f"container:{container.container_no}", container.departed_by))
        return None
    return container


def refuse(draft: Draft, blocker: Blocker) -> None:
    draft.refuse(blocker.code, blocker.subject, blocker.cause, blocker.next_step)


def on_opened(draft: Draft, stamped: Stamped, event: ContainerOpened) -> None:
    number = normalise(event.container_no)
    if not _may(draft, stamped, "open a container", event.container_no):
        return
    if not _CONTAINER_NO.fullmatch(number) or container_check(number) is Check.WRONG:
        draft.refuse("container_number_wrong", event.container_no, "its check digit is wrong, or it is no container number",
                     "read the number on the container again")  # fmt: skip
        return
    known, standing = draft.containers.get(number), container_at(draft, event.door)
    if known is not None and known.is_open and known.door == event.door:
        return  # the same act again
    if known is not None and known.departed_ms < 0:
        draft.refuse("container_here_already", number, f"it is at door {known.door}, opened before",
                     "reopen it if something must change in it")  # fmt: skip
        return
    if standing is not None:
        draft.refuse("door_taken", event.door, f"container {standing.container_no} is open at this door",
                     "close it first, or use another door")  # fmt: skip
        return
    if known is not None and not _goes_again(draft, known):
        return
    draft.containers.put(number, Container(number, event.door, draft.now_ms))
    draft.note(f"container:{number}", f"opened at door {event.door} by {stamped.actor}")


def _goes_again(draft: Draft, left: Container) -> bool:
    """A number that left comes back empty: what left is known by a name of its own from now on, with its cartons, its pass and
    the timer that lets go of it, so that nothing of it is forgotten and nothing of it is in what is loaded now. Refused so long
    as all that left is kept for a recall, and while somebody must see to what left under this number.
    """
    number, name = left.container_no, f"{left.container_no}@{left.departed_ms}"
    visit = maybe_out(draft, number) or next(
        (one for one in draft.visits.values() if one.container_no == number and is_under_way(draft, one)), None
    )
    held = next((h for h in draft.holds.values() if h.lifted_ms < 0 and (h.scope, h.target) == ("container", number)), None)
    if draft.now_ms - left.departed_ms < draft.profile.forget_after_s * 1000:
        draft.refuse("container_departed", number, f"the container of this number left: {left.departed_by}",
                     f"it can be loaded again {draft.profile.forget_after_s // 60} minutes after it left")  # fmt: skip
        return False
    if visit is not None:
        refuse(draft, not_known(visit, f"container:{number}"))
    elif held is not None:
        draft.refuse("container_departed", number, f"the container of this number left, and hold {held.hold_id} on it is open",
                     "have customs lift that hold first")  # fmt: skip
    if visit is not None or held is not None:
        return False
    for carton in loaded_in(draft, number):
        draft.change_carton(carton.key, container=name)
    for gate_pass in tuple(draft.passes.values()):
        if gate_pass.container_no == number:
            draft.passes.put(gate_pass.pass_id, replace(gate_pass, container_no=name))
    draft.containers.put(name, replace(left, container_no=name))
    due_ms = draft.timers.get(f"forget:{number}")
    if due_ms is not None:
        draft.timers.drop(f"forget:{number}")
        wake(draft, due_ms, f"forget:{name}")
    return True


def on_closed(draft: Draft, stamped: Stamped, event: ContainerClosed) -> None:
    """The list is closed when people counted what was scanned and nothing in it is held."""
    container = known_container(draft, event.container_no)
    if container is None or not _may(draft, stamped, "close a container", event.container_no):
        return
    subject = f"container:{container.container_no}"
    if not container.is_open:
        if event.count != container.count:
            draft.refuse("container_closed", subject, f"it is closed with {container.count} cartons", "reopen it to count again")
        return
    listed = len(loaded_in(draft, container.container_no))
    if event.count != listed:
        refuse(draft, Blocker("count_differs", subject, f"counted {event.count}, scanned {listed}"))
        return
    blockers = load_list_blockers(draft, container)
    if blockers:
        refuse(draft, Blocker("load_held", subject, named(blockers)))
        return
    draft.containers.put(container.container_no, replace(container, closed_ms=draft.now_ms, count=event.count))
    draft.note(subject, f"closed with {event.count} cartons by {stamped.actor}")


def named(blockers: tuple[Blocker, ...]) -> str:
    """A few of them in words, for one line."""
    told = [f"{b.subject.partition(':')[2] or b.subject} {b.code}" for b in blockers]
    more = len(told) - CODES_NAMED
    return ", ".join(told[:CODES_NAMED]) + (f" and {more} more" if more > 0 else "")


def on_weighed(draft: Draft, stamped: Stamped, event: ContainerWeighed) -> None:
    """The weight of a closed container against the sum of what was weighed on the belt."""
    container = known_container(draft, event.container_no)
    if container is None or not _may(draft, stamped, "weigh a container", event.container_no):
        return
    subject = f"container:{container.container_no}"
    if container.closed_ms < 0:
        refuse(draft, Blocker("container_not_closed", subject))
        return
    net_g = event.gross_g - event.tare_g
    weights = [carton.weight_g for carton in loaded_in(draft, container.container_no)]
    expected_g = sum(weights)
    allowed_g = max(draft.profile.container_tolerance_g, expected_g * draft.profile.container_tolerance_permille // 1000)
    if min(weights, default=-1) >= 0 and abs(net_g - expected_g) > allowed_g:
        detail = f"scale {net_g} g, its {len(weights)} cartons {expected_g} g, tolerance {allowed_g} g"
        refuse(draft, Blocker("container_weight_differs", subject, detail))
        draft.alarm("container_weight_differs", subject, detail)
        if container.weighed_ms >= 0:
            # `net_g` stays: where an order under way lets it out all the same, that is the weight it was let go with.
            draft.containers.put(container.container_no, replace(container, weighed_ms=-1))
            _void_passes(draft, container.container_no, "void: its container was weighed again and differs")
        return
    draft.containers.put(container.container_no, replace(container, weighed_ms=draft.now_ms, net_g=net_g))
    draft.note(subject, f"weighed {net_g} g without the empty container, by {stamped.actor}")


def on_sealed(draft: Draft, stamped: Stamped, event: ContainerSealed) -> None:
    container, seal_no = known_container(draft, event.container_no), normalise(event.seal_no)
    if container is None or not _may(draft, stamped, "seal a container", event.container_no):
        return
    subject = f"container:{container.container_no}"
    if container.weighed_ms < 0:
        refuse(draft, Blocker("container_not_weighed", subject))
        return
    if container.sealed_ms >= 0:
        if container.seal_no != seal_no:
            draft.refuse("seal_set_already", subject, f"seal {container.seal_no} is on it", "reopen it to set another seal")
        return
    if not 4 <= len(seal_no) <= 40:
        draft.refuse("seal_number_wrong", subject, f"{seal_no!r} is no seal number", "scan the number on the seal")
        return
    other = next((c for c in draft.containers.values() if c.seal_no == seal_no and c.sealed_ms >= 0), None)
    if other is not None:
        draft.refuse("seal_used", subject, f"seal {seal_no} is on container {other.container_no}", "use a new seal")
        return
    draft.containers.put(container.container_no, replace(container, sealed_ms=draft.now_ms, seal_no=seal_no))
    draft.note(subject, f"sealed with {seal_no} by {stamped.actor}")


def on_reopened(draft: Draft, stamped: Stamped, event: ContainerReopened) -> None:
    container = known_container(draft, event.container_no)
    if container is None or not _may(draft, stamped, "open a container again", event.container_no):
        return
    gone = maybe_out(draft, container.container_no)
    if gone is not None:
        refuse(draft, not_known(gone, f"container:{container.container_no}"))
        return
    standing = container_at(draft, container.door)
    if container.closed_ms >= 0 and standing is not None:
        draft.refuse("door_taken", container.door, f"container {standing.container_no} is open at this door", "close it first")
        return
    reopen(draft, container, f"opened again by {stamped.actor}: {event.cause}")


def has_left(draft: Draft, carton: Carton) -> bool:
    """Its container has departed, wherever something that bears its number was seen since."""
    container = draft.containers.get(carton.container) if carton.container else None
    return container is not None and container.departed_ms >= 0


def maybe_out(draft: Draft, container_no: str, but_gate: str = "") -> Visit | None:
    """The visit at a gate (but at this one) by which the container may have left, or may at any moment by an order under way:
    an officer says whether it did, or that it stays, before it is used again.
    """
    visits = (v for v in draft.visits.values() if v.container_no == container_no and v.gate != but_gate)
    return next((v for v in visits if v.state in ("opening", "unsure") or _may_open_yet(draft, v)), None)


def _may_open_yet(draft: Draft, visit: Visit) -> bool:
    stays = visit.state == "refused" and visit.checked_by
    return visit.state in ("refused", "waiting") and not stays and is_under_way(draft, visit)


def is_under_way(draft: Draft, visit: Visit) -> bool:
    """Whether the order of a visit may act yet: so long as the PLC has for it, whatever was said meanwhile."""
    return visit.order_seq >= 0 and f"barrier:{visit.gate}:{visit.order_seq}" in draft.timers


def not_known(visit: Visit, subject: str) -> Blocker:
    return Blocker("barrier_unconfirmed", subject, f"it may have left by gate {visit.gate}, session {visit.session_id}")


def reopen(draft: Draft, container: Container, why: str) -> None:
    """Closing, weight and seal are undone, and with them every pass."""
    draft.note(f"container:{container.container_no}", why)
    if container.closed_ms < 0:
        return
    draft.containers.put(
        container.container_no,
        replace(container, closed_ms=-1, count=-1, weighed_ms=-1, net_g=-1, sealed_ms=-1, seal_no=""),
    )
    _void_passes(draft, container.container_no, "void: its container was opened again")


def _void_passes(draft: Draft, container_no: str, told: str) -> None:
    for gate_pass in tuple(draft.passes.values()):
        if gate_pass.container_no == container_no and gate_pass.voided_ms < 0:
            draft.passes.put(gate_pass.pass_id, replace(gate_pass, voided_ms=draft.now_ms))
            draft.note(f"pass:{gate_pass.pass_id}", told)


def taken_out(draft: Draft, carton: Carton) -> None:
    """A person took a loaded carton out: the container is no longer what was closed, weighed and sealed."""
    container = draft.containers.get(carton.container) if carton.container else None
    if container is None or container.departed_ms >= 0:
        return
    draft.change_carton(carton.key, container="", loaded_ms=-1)
    reopen(draft, container, f"carton {carton.key} taken out")


def reason_shown(code: str) -> str:
    """The code of a door's last answer as company screens show it."""
    return CATALOGUE[code].neutral if code in CATALOGUE else code
