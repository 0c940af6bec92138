"""An officer's word on the truck at a gate: which answers count now, and what follows from each.

One rule: what counts is judged by one function, for the core when the word comes and for the screen before it is given, so that
no page offers what the core would refuse. A word lifts what a person may lift, and nothing of the rule; and it is about what the
officer was shown: of a truck that was told of anew since, or has another pass, it is refused.
Source: JGS/T 14-2015, manual check 1, 2, 3; 4 is ours: the officer saw the truck leave, which the barrier alone does not say.
"""

from msgspec.structs import replace

from controller.domain.reasons import CUSTOMS_DECIDES, Blocker
from controller.line.commands import Refusal
from controller.line.departing import depart
from controller.line.departure_state import Container, GatePass, Visit
from controller.line.events import Stamped
from controller.line.gate import answer, as_its_pass_says, claims, judge, stands_open
from controller.line.gate_events import GateChecked
from controller.line.gate_reasons import FOR_A_PERSON, by_plate, gate_blockers, not_waved, pass_of, waits_for_the_line
from controller.line.holds import place
from controller.line.loading import load_list_blockers, named
from controller.line.shown import is_stale, word_of
from controller.line.state import Draft

RESULTS = LET_GO, TO_INSPECTION, SEND_BACK, SEEN_LEAVING = 1, 2, 3, 4
UNDECIDED = ("waiting", "refused", "unsure")
"""While its visit is one of these a truck can be answered; else its barrier was ordered or has opened for it."""


def check_refusal(draft: Draft, visit: Visit, result: int) -> Refusal | None:
    """Why this answer to this truck would be refused now; nothing = it counts. Changes nothing."""
    subject = f"gate:{visit.gate}"
    if visit.state not in UNDECIDED:
        return Refusal("gate_check_late", subject, f"the barrier is {visit.state} for it", "nothing more to decide here")
    if result == SEEN_LEAVING:
        return _not_seen_leaving(draft, visit)
    if result == TO_INSPECTION and _to_hold(draft, visit) is None:
        return Refusal("container_unknown", subject, "nothing read leads to its container",
                       "hold the container by its number, then send the truck back")  # fmt: skip
    if result != LET_GO:
        return None
    if not _is_known(draft, visit.gate):
        return Refusal("gate_unknown", subject, "no such gate in the configuration", "say whether it left, or send it back")
    if _may_go_through(draft, visit):
        return _refusal(Blocker("barrier_busy", subject, "it stands open for this truck: say whether it left"))
    against = not_waved(gate_blockers(draft, visit))
    if len(against) > 1:
        return _refusal(Blocker(against[0].code, against[0].subject, named(against)))
    return _refusal(against[0]) if against else None


def _not_seen_leaving(draft: Draft, visit: Visit) -> Refusal | None:
    """While nobody knew, the word that it left decides; later it counts as long as nothing says the contrary."""
    container, gate_pass = draft.containers.get(visit.container_no), draft.passes.get(visit.pass_id)
    if container is None or gate_pass is None or not (visit.state == "unsure" or as_its_pass_says(draft, visit)):
        return Refusal(
            "gate_check_void", f"gate:{visit.gate}", "no barrier was ordered open for it", "send it back, or let it go"
        )
    if container.departed_ms >= 0:
        return _refusal(Blocker("container_departed", f"container:{container.container_no}", container.departed_by))
    return None


def _to_hold(draft: Draft, visit: Visit) -> Container | None:
    """The container that an inspection is of: the one that was read, else the one of its order or of the plate's pass."""
    known = draft.containers.get(visit.read_no) or draft.containers.get(visit.container_no)
    return known or by_plate(draft, visit.plate)


def _is_known(draft: Draft, gate: str) -> bool:
    return draft.profile.gate_by_name(gate) is not None


def _may_go_through(draft: Draft, visit: Visit) -> bool:
    """It can go through at any moment: a second order would open for nobody, and only a word whether it left helps."""
    return visit.state == "unsure" and stands_open(draft, visit)


def _refusal(blocker: Blocker) -> Refusal:
    return Refusal(blocker.code, blocker.subject, blocker.cause, blocker.next_step)


def pass_shown(draft: Draft, visit: Visit) -> GatePass | None:
    """The pass that stands beside what the gate read."""
    return draft.passes.get(visit.pass_id) or pass_of(draft, visit.container_no)


def reasons_shown(draft: Draft, visit: Visit) -> tuple[str, ...]:
    """What the truck was told, and what a person's word would lift beside it: a pass may be another one since it was judged."""
    if visit.state not in UNDECIDED:
        return visit.codes
    liftable = [one.code for one in gate_blockers(draft, visit) if one.code in FOR_A_PERSON]
    return tuple(dict.fromkeys((*visit.codes, *liftable)))


def shown_of(draft: Draft, visit: Visit) -> str:
    """The word for all that an officer decides by: what the gate tells, the truck's state, its pass, what would be lifted."""
    gate_pass = pass_shown(draft, visit)
    liftable = [(one.code, one.detail) for one in gate_blockers(draft, visit) if one.code in FOR_A_PERSON]
    return word_of(visit.session_id, visit.state, claims(visit), reasons_shown(draft, visit), gate_pass, liftable)


def _told_now(draft: Draft, visit: Visit) -> str:
    gate_pass, against = pass_shown(draft, visit), ", ".join(reasons_shown(draft, visit)) or "none"
    plate, box, seal = (text or "-" for text in (visit.plate, visit.read_no or visit.container_no, visit.seal_no))
    pass_id = gate_pass.pass_id if gate_pass is not None else "-"
    return f"now it is: plate {plate}, container {box}, seal {seal}, {visit.gross_g} g, pass {pass_id}: {against}"


def wants_a_person(visit: Visit) -> bool:
    """Whether somebody must look: it may have left, it waits for more than the line, or it was told no and nobody has spoken."""
    if visit.state == "waiting":
        return not waits_for_the_line(visit)
    return visit.state == "unsure" or (visit.state == "refused" and not visit.checked_by)


def on_checked(draft: Draft, stamped: Stamped, event: GateChecked) -> None:
    """An officer's word on the truck at a gate, taken or refused by `check_refusal`."""
    visit = draft.visits.get(event.gate)
    subject = f"gate:{event.gate}"
    if stamped.role not in CUSTOMS_DECIDES:
        draft.refuse("role_not_allowed", subject, f"{stamped.role} may not decide at the gate", "ask an officer")
        return
    if visit is None or visit.session_id != event.session_id or event.result not in RESULTS:
        draft.refuse("gate_check_void", subject, f"no truck of session {event.session_id} stands here, or no such result",
                     "look which truck stands at the gate")  # fmt: skip
        return
    if visit.state in UNDECIDED and is_stale(draft, subject, event.shown, shown_of(draft, visit), _told_now(draft, visit)):
        return
    refusal = check_refusal(draft, visit, event.result)
    if visit.state in UNDECIDED:
        about = f"container:{visit.container_no}" if visit.container_no in draft.containers else subject
        draft.note(about, f"gate {event.gate}: officer {stamped.actor} says {event.result}: {event.comment}")
        if event.result == LET_GO and _is_known(draft, event.gate) and not _may_go_through(draft, visit):
            judge(draft, event.gate, stamped.actor)  # also where it is refused: the gate is told anew what stands against it
    if refusal is not None:
        draft.refusals.append(refusal)
        if event.result == TO_INSPECTION and visit.state in UNDECIDED:
            _stays(draft, visit, stamped.actor, visit.checked_by)  # with no hold; somebody is still wanted
    elif event.result == SEEN_LEAVING:
        _seen_leaving(draft, stamped, visit)
    elif event.result != LET_GO:
        container = _to_hold(draft, visit)
        if event.result == TO_INSPECTION and container is not None:
            place(draft, "container", container.container_no, "officer_hold", event.comment or "to inspection from the gate",
                  actor=stamped.actor, role=stamped.role)  # fmt: skip
        _stays(draft, visit, stamped.actor, stamped.actor)


def _stays(draft: Draft, visit: Visit, no_by: str, checked_by: str) -> None:
    """It does not leave: to inspection, or back. Whatever the gate tells of it then, an officer said no."""
    visit = replace(visit, state="refused", no_by=no_by, checked_by=checked_by)
    draft.visits.put(visit.gate, visit)
    answer(draft, visit)


def _seen_leaving(draft: Draft, stamped: Stamped, visit: Visit) -> None:
    """An officer saw it leave."""
    container, gate_pass = draft.containers[visit.container_no], draft.passes[visit.pass_id]
    against = load_list_blockers(draft, container)
    if against:
        draft.alarm("recalled", f"container:{container.container_no}", "it left in spite of " + named(against))
    draft.visits.put(visit.gate, replace(visit, state="opened", checked_by=stamped.actor))
    depart(draft, container, gate_pass, visit)
