"""Departure 出区: what follows when the barrier has opened, and when the core lets go of what has left.

One rule: nothing is forgotten at the barrier. Cartons, lists and loads stay known for `forget_after_s`, so that a late word of
customs still finds them, for as long as a hold on them is open, and until the inspection record of each recheck is filed, here or
elsewhere; after that only the carton's key stays (the newest 50,000, and each that was announced anew), so that the same number
can not come in again. Of ways on the belt that never had a name the newest 2,000 stay.
"""

import msgspec
from msgspec.structs import replace

from controller.line.commands import Message
from controller.line.departure_state import Container, GatePass, Visit, number_of
from controller.line.holds import open_targets, reached_by
from controller.line.loading import container_blockers, has_left, loaded_in, reason_shown, standing_blockers
from controller.line.nameless import move_unnamed
from controller.line.readiness import wake
from controller.line.recalls import members_of
from controller.line.receipts import let_go
from controller.line.recheck_state import ABANDONED, Recheck
from controller.line.record_state import OWES_NOTHING
from controller.line.state import Carton, Draft

GONE_KEPT = 50_000
NAMELESS_KEPT = 2_000
# What one event touches is bounded.
NAMELESS_AT_ONCE = 1_000
LOOK_AGAIN_S = 3600


class LinkedRelease(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the port is told: this container left here inspected, loaded and sealed (one inspection, one loading, one release).

    `against`: what stood against it when it left all the same, each as "kind:name code"; without it there was nothing.
    """

    pass_id: str
    container_no: str
    plate: str
    seal_no: str
    net_g: int
    count: int
    cartons: tuple[str, ...]
    left_line_ms: int
    against: tuple[str, ...] = ()


def depart(draft: Draft, container: Container, gate_pass: GatePass, visit: Visit) -> None:
    """The container is out: its cartons are departed, the port is told, and a timer will let go of it all."""
    number = container.container_no
    by = f"pass {gate_pass.pass_id}, plate {gate_pass.plate}, gate {visit.gate}"
    cartons = loaded_in(draft, number)
    against = _against(draft, container, gate_pass)
    draft.containers.put(number, replace(container, departed_ms=draft.now_ms, departed_by=by))
    draft.note(f"container:{number}", f"departed with {len(cartons)} cartons: {by}")
    for carton in cartons:
        draft.change_carton(carton.key, place="departed")
        draft.note(f"carton:{carton.key}", f"departed in container {number}: {by}")
    told = LinkedRelease(
        gate_pass.pass_id, number, gate_pass.plate, gate_pass.seal_no, container.net_g, len(cartons),
        tuple(carton.key for carton in cartons), draft.now_ms, against,
    )  # fmt: skip
    draft.messages.append(Message("port", "linked_release", f"container:{number}", msgspec.json.encode(told).decode()))
    wake(draft, draft.now_ms + draft.profile.forget_after_s * 1000, f"forget:{number}")


def _against(draft: Draft, container: Container, gate_pass: GatePass) -> tuple[str, ...]:
    """What speaks against this container itself and against what is in it, in the codes that the company may see; of what ails
    the whole line nothing. The port would take it for a good one else.
    """
    line = standing_blockers(draft)
    found = [(b.subject, reason_shown(b.code)) for b in container_blockers(draft, container) if b not in line]
    if gate_pass.voided_ms >= 0:
        found.append((f"pass:{gate_pass.pass_id}", "pass_voided"))
    return tuple(f"{subject} {code}" for subject, code in dict.fromkeys(found))


def on_forget_timer(draft: Draft, container_no: str) -> None:
    """Let go of what left in this container: of each list that has left whole, and of what held nothing else."""
    lists = dict.fromkeys(carton.list_key for carton in loaded_in(draft, container_no))
    leaving: list[Carton] = []
    later, open_ends = False, _open_ends(draft)
    unfiled, owed = _unfiled(draft), list[Recheck]()
    for list_key in lists:
        members = [draft.cartons[key] for key in members_of(draft, list_key) if key in draft.cartons]
        found = draft.lists.get(list_key)
        whole = found is None or len(members) >= found.declared.pack_no
        if not whole or not all(has_left(draft, carton) for carton in members):
            continue
        if not all(_is_settled(draft, carton, open_ends) for carton in members):
            later = True
            continue
        if owing := [one for carton in members for one in unfiled.get(carton.key, ())]:
            owed += owing
            continue
        leaving += members
        _drop_list(draft, list_key)
    if owed:
        draft.alarm("record_overdue", f"container:{container_no}", _overdue(draft, owed))
    if later or owed:
        again_s = min(draft.profile.forget_after_s, LOOK_AGAIN_S) if later else draft.profile.forget_after_s
        wake(draft, draft.now_ms + again_s * 1000, f"forget:{container_no}")
    _drop_cartons(draft, leaving)
    _drop_nameless(draft)
    targets = {("carton", carton.key) for carton in leaving} | {("list", carton.list_key) for carton in leaving}
    targets |= {("load", load_id) for load_id in _drop_loads(draft, leaving)}
    targets |= {("container", number) for number in _drop_containers(draft, leaving)}
    for hold in tuple(draft.holds.values()):
        if (hold.scope, hold.target) in targets:
            draft.holds.drop(hold.hold_id)


def _open_ends(draft: Draft) -> set[tuple[str, str]]:
    """What somebody must see to yet: the targets of open holds, and the cartons whose name something on the belt bears."""
    return {*open_targets(draft), *(("carton", draft.passages[key].carton) for key in draft.facts.live)}


def _is_settled(draft: Draft, carton: Carton, open_ends: set[tuple[str, str]]) -> bool:
    """It left its time ago, nothing holds it that nobody has lifted, and on the belt there is no copy of it."""
    left_ms = draft.now_ms - draft.containers[carton.container].departed_ms
    return left_ms >= draft.profile.forget_after_s * 1000 and open_ends.isdisjoint(reached_by(carton))


def _unfiled(draft: Draft) -> dict[str, list[Recheck]]:
    """Rechecks with an outcome whose inspection record nobody has written, submitted, approved or filed yet, by their carton.

    Who let go of the carton would let go of them: nobody could write or approve that record any more.
    """
    found: dict[str, list[Recheck]] = {}
    for one in draft.rechecks.values():
        record = draft.inspection_records.get(one.recheck_id)
        if not one.is_open and one.outcome != ABANDONED and (record is None or record.stage not in OWES_NOTHING):
            found.setdefault(one.carton, []).append(one)
    return found


def _overdue(draft: Draft, owed: list[Recheck]) -> str:
    """How many, and how far the one is that was closed first."""
    first = min(owed, key=lambda one: one.closed_ms)
    record = draft.inspection_records.get(first.recheck_id)
    return f"{len(owed)} not filed; {first.recheck_id}: {record.stage if record is not None else 'not written yet'}"


def _drop_list(draft: Draft, list_key: str) -> None:
    found = draft.lists.get(list_key)
    if found is not None:
        let_go(draft, found)
        draft.lists.drop(list_key)
    draft.members.drop(list_key)


def _drop_cartons(draft: Draft, leaving: list[Carton]) -> None:
    for carton in leaving:
        others = tuple(key for key in draft.numbers.get(carton.carton_no) or () if key != carton.key)
        draft.numbers.put(carton.carton_no, others) if others else draft.numbers.drop(carton.carton_no)
        draft.cartons.drop(carton.key)
        draft.gone.put(carton.key, number_of(carton.container))
    for key in draft.gone.oldest(len(draft.gone) + len(leaving) - GONE_KEPT):
        if key not in draft.cartons:  # else that number was announced anew: it stays known until it is settled
            draft.gone.drop(key)
    keys = {carton.key for carton in leaving}
    for one in tuple(draft.rechecks.values()):
        if one.carton in keys:
            draft.rechecks.drop(one.recheck_id)
            draft.inspection_records.drop(one.recheck_id)
            draft.new_seals.drop(one.seal_no)
    for passage in tuple(draft.passages.values()):
        if passage.carton in keys and passage.ended:
            draft.passages.drop(passage.key)


def _drop_nameless(draft: Draft) -> None:
    """Ways on the belt that ended and never had a carton's name leave with none: only the newest of them are kept, and those
    that belong to the story of a carton that is still here.
    """
    ways = tuple(draft.passages.values())
    told = {way.key for way in ways if way.carton}
    told_of = {link for way in ways if way.carton for link in (way.previous, way.rerun_as)}
    told_of |= {order.previous for order in draft.facts.reruns}
    told_of |= {word.track for word in draft.facts.nameless_verdicts}  # an officer wants it opened when it has a name
    ended = [way.key for way in ways if way.ended and way.key not in told | told_of and way.rerun_as not in told]
    for key in ended[: min(max(len(ended) - NAMELESS_KEPT, 0), NAMELESS_AT_ONCE)]:
        move_unnamed(draft, draft.passages[key], "")
        draft.passages.drop(key)


def _drop_loads(draft: Draft, leaving: list[Carton]) -> list[str]:
    """The loads that had these cartons and have no other any more."""
    here = {load for carton in draft.cartons.values() for load in _loads_of(carton)}
    here.add(draft.facts.current_load)
    loads = dict.fromkeys(load for carton in leaving for load in _loads_of(carton) if load)
    dropped = [load_id for load_id in loads if load_id not in here]
    for load_id in dropped:
        draft.loads.drop(load_id)
        draft.seal_checks.drop(load_id)
    return dropped


def _loads_of(carton: Carton) -> tuple[str, ...]:
    return carton.load_id, carton.noticed_load, *carton.seen_loads


def _drop_containers(draft: Draft, leaving: list[Carton]) -> list[str]:
    """The departed containers that had these cartons and have no other any more, and their passes."""
    full = {carton.container for carton in draft.cartons.values()}
    numbers = [number for number in dict.fromkeys(carton.container for carton in leaving) if number not in full]
    for number in numbers:
        draft.containers.drop(number)
        for gate_pass in tuple(draft.passes.values()):
            if gate_pass.container_no == number:
                draft.passes.drop(gate_pass.pass_id)
    return numbers
