"""Gate 卡口: whether the truck that stands there may leave, the barrier, and what a departure means.

One rule (I13): a truck leaves only with a closed, sealed container whose every carton is released and unrecalled when the
barrier is ordered; the order names gate, pass and sequence and acts once, and only the PLC's word that the barrier is
open makes it a departure, and only of a truck that was told to go: behind a no or a wait an officer says whether it left.
What a person may wave through (a number not read, a weight) is a closed list; nothing
else is. Source: reliability reference I13; JGS/T 14-2015 (Y let go, N alarm, M wait for a person; manual check 1, 2, 3).
"""

import binascii

from msgspec.structs import replace

from controller.domain.identifiers import normalise
from controller.domain.reasons import CUSTOMS_DECIDES, Blocker
from controller.line.belt import Result
from controller.line.commands import AnswerGate, CommandCode
from controller.line.departing import depart
from controller.line.departure_state import GatePass, Visit
from controller.line.events import Stamped
from controller.line.gate_events import GateArrived, GatePassIssued, GatePassVoided
from controller.line.gate_reasons import (
    FOR_A_PERSON,
    FOR_THE_LINE,
    TAKES_BACK,
    by_plate,
    gate_blockers,
    has_waited,
    not_waved,
    pass_of,
    waits_for_the_line,
)
from controller.line.loading import container_blockers, is_under_way, known_container, named, refuse
from controller.line.plc_events import CommandAnswered, RingEvent
from controller.line.readiness import command, wake
from controller.line.state import Draft

BARRIER_OPEN = 1
TOLD_TO_GO = ("opening", "opened", "closed")


def check_word(pass_id: str) -> int:
    """The pass as the 16 bits that the barrier command carries: CRC-16 (CCITT, start 0xFFFF) of its id, never 0."""
    return binascii.crc_hqx(pass_id.encode(), 0xFFFF) or 0xFFFF


# --- passes --------------------------------------------------------------------------------------------------------


def on_pass_issued(draft: Draft, stamped: Stamped, event: GatePassIssued) -> None:
    if stamped.role not in CUSTOMS_DECIDES:
        draft.refuse("role_not_allowed", event.pass_id, f"{stamped.role} may not issue a gate pass", "ask an officer")
        return
    container = known_container(draft, event.container_no)
    if container is None:
        return
    number, plate = container.container_no, normalise(event.plate)
    before = draft.passes.get(event.pass_id)
    if before is not None:
        if (before.container_no, before.plate, before.gross_g, before.voided_ms) != (number, plate, event.gross_g, -1):
            draft.refuse("pass_known", event.pass_id, "a pass of this number was issued before", "give a new number")
        return
    blockers = container_blockers(draft, container)
    if blockers:
        refuse(draft, Blocker("load_held", f"container:{number}", named(blockers)))
        return
    if pass_of(draft, number) is not None or not plate:
        draft.refuse("pass_not_valid", event.pass_id, "the container has a pass already, or no plate was given",
                     "void the other pass first, and name the truck")  # fmt: skip
        return
    gate_pass = GatePass(
        event.pass_id, number, plate, container.seal_no, event.gross_g, draft.now_ms, stamped.actor
    )  # fmt: skip
    draft.passes.put(event.pass_id, gate_pass)
    draft.note(f"container:{number}", f"gate pass {event.pass_id} for plate {plate} by {stamped.actor}")


def on_pass_voided(draft: Draft, stamped: Stamped, event: GatePassVoided) -> None:
    gate_pass = draft.passes.get(event.pass_id)
    if stamped.role not in CUSTOMS_DECIDES:
        draft.refuse("role_not_allowed", event.pass_id, f"{stamped.role} may not void a gate pass", "ask an officer")
    elif gate_pass is None:
        draft.refuse("target_unknown", event.pass_id, "no pass of this number", "check the number")
    elif gate_pass.voided_ms < 0:
        draft.passes.put(event.pass_id, replace(gate_pass, voided_ms=draft.now_ms))
        draft.note(f"container:{gate_pass.container_no}", f"gate pass {event.pass_id} void: {event.cause}")


# --- a truck at the gate -------------------------------------------------------------------------------------------


def on_arrived(draft: Draft, event: GateArrived) -> None:
    """A gate tells of a truck. The same session told again gets the same answer and never a second opening."""
    before = draft.visits.get(event.gate)
    if draft.profile.gate_by_name(event.gate) is None:
        draft.refuse("gate_unknown", event.gate, "no such gate in the configuration", "add it as [[gates]]")
        return
    told = Visit(
        event.gate, event.session_id, event.direction, event.mode, normalise(event.plate), normalise(event.container_no),
        normalise(event.seal_no), event.gross_g, event.plate_sure, event.container_sure, draft.now_ms, "waiting",
        form_id=normalise(event.form_id),
    )  # fmt: skip
    if before is not None and before.session_id == event.session_id:
        if claims(before) == claims(told):
            answer(draft, before)
            return
        if not _is_judged_anew(draft, before, told):
            _told_otherwise(draft, before, told)
            return
    elif before is not None and keeps_the_next(draft, before):
        if before.state in ("opening", "unsure"):
            draft.alarm("barrier_unconfirmed", f"gate:{event.gate}", f"session {before.session_id}: it may have left or not")
        _wait_behind(draft, before, told)
        return
    draft.visits.put(event.gate, told)
    judge(draft, event.gate)


def keeps_the_next(draft: Draft, visit: Visit) -> bool:
    """Whether the next truck can not be judged in its place yet: whether this one left is not known, or its order was taken back
    and may open the barrier all the same, and the next one would leave on it.
    """
    return visit.state in ("opening", "unsure") or _may_act_yet(draft, visit)


def _may_act_yet(draft: Draft, visit: Visit) -> bool:
    """Whether an order may open the barrier although its truck was told no, or to wait for a PLC that is away."""
    return visit.state in ("refused", "waiting") and is_under_way(draft, visit)


def _wait_behind(draft: Draft, before: Visit, told: Visit) -> None:
    """It is told to wait, kept for people to see, and judged when its gate tells of it again."""
    known = before.behind
    since_ms = known.arrived_ms if known is not None and known.session_id == told.session_id else told.arrived_ms
    told = replace(told, codes=("barrier_unconfirmed",), arrived_ms=since_ms)
    draft.visits.put(before.gate, replace(before, behind=told))
    answer(draft, told)


def claims(visit: Visit) -> tuple[object, ...]:
    """What the gate tells of a truck."""
    return (visit.direction, visit.mode, visit.plate, visit.read_no, visit.seal_no, visit.gross_g,
            visit.plate_sure, visit.container_sure, visit.form_id)  # fmt: skip


def _is_judged_anew(draft: Draft, before: Visit, told: Visit) -> bool:
    """Whether this is another truck, for the one of that session number has gone; or the one that was, and it was judged
    by the rule alone so far.
    """
    if before.state in ("opened", "closed"):
        gate_pass = draft.passes.get(before.pass_id)
        plate, seal_no = (gate_pass.plate, gate_pass.seal_no) if gate_pass is not None else ("", "")
        # What it left with may be read only as it drives off; what is read no more may be another's.
        same = (told.plate in (before.plate, plate) and told.read_no in (before.read_no, before.container_no)
                and told.seal_no in (before.seal_no, seal_no))  # fmt: skip
        return not same
    return before.order_seq < 0 and not before.no_by


def _told_otherwise(draft: Draft, before: Visit, told: Visit) -> None:
    """What is told now counts. A barrier that was ordered on what is no more is taken back; nothing is ordered by it, and an
    officer's no stands.
    """
    read = told.container_no
    box = before.container_no if before.order_seq >= 0 else read
    visit = replace(
        before, direction=told.direction, mode=told.mode, plate=told.plate, container_no=box, seal_no=told.seal_no,
        gross_g=told.gross_g, plate_sure=told.plate_sure, container_sure=told.container_sure, form_id=told.form_id,
        container_read=None if read == box else read,
    )  # fmt: skip
    draft.visits.put(visit.gate, visit)
    if visit.order_seq >= 0:
        draft.alarm("gate_story_changed", f"gate:{visit.gate}", f"session {visit.session_id} now tells of another truck")
    known = FOR_THE_LINE | _seen(draft, before, told)
    if visit.state == "opening" and any(b.code not in known for b in gate_blockers(draft, visit)):
        judge(draft, visit.gate)
    else:
        answer(draft, visit)


def _seen(draft: Draft, before: Visit, told: Visit) -> set[str]:
    """What an officer let it go in spite of, as far as it is what he saw: no other weight, no other paper."""
    seen, allowed_g = set(before.codes), before.gross_g * draft.profile.gate_tolerance_permille // 1000
    if abs(told.gross_g - before.gross_g) > allowed_g:
        seen.discard("gate_weight_differs")
    if told.form_id != before.form_id:
        seen.discard("gate_form_differs")
    return seen


def judge(draft: Draft, gate: str, waved_by: str = "") -> tuple[Blocker, ...]:
    """Judge the truck at a gate now and answer. `waved_by`: an officer who lets go what a person may let go."""
    visit = draft.visits[gate]
    blockers = gate_blockers(draft, visit)
    against = not_waved(blockers) if waved_by else blockers
    codes = tuple(dict.fromkeys(b.code for b in blockers))
    if not against:
        _order(draft, visit, codes, waved_by)
        return ()
    # Where an order was taken back the truck is told no: it may act yet, and till it is known nobody leaves on it.
    waits = visit.state != "opening" and all(b.code in FOR_A_PERSON | FOR_THE_LINE for b in against)
    visit = replace(visit, state="waiting" if waits else "refused", codes=codes, checked_by=waved_by, no_by="")
    draft.visits.put(gate, visit)
    if waits_for_the_line(visit):
        wake(draft, visit.arrived_ms + draft.profile.gate_wait_s * 1000, f"gate_wait:{gate}")
    subject = f"container:{visit.container_no}" if visit.container_no in draft.containers else f"gate:{gate}"
    told = f"gate {gate}: plate {visit.plate or '-'}, seal {visit.seal_no or '-'}: "
    draft.note(subject, told + ("waits for " if waits else "refused for ") + named(against))
    if not waits:
        draft.alarm("gate_refused", subject, ", ".join(codes))
    answer(draft, visit)
    return against


def _order(draft: Draft, visit: Visit, codes: tuple[str, ...], waved_by: str) -> None:
    """Nothing speaks against it: the barrier is ordered, once, under the number of the pass."""
    container = draft.containers.get(visit.container_no) or by_plate(draft, visit.plate)
    gate_pass = pass_of(draft, container.container_no) if container is not None else None
    barrier = draft.profile.gate_by_name(visit.gate)
    if container is None or gate_pass is None or barrier is None:
        raise LookupError(f"gate {visit.gate} was judged free without container, pass or barrier")
    seq = command(draft, CommandCode.OPEN_BARRIER, barrier.barrier, check_word(gate_pass.pass_id))
    read = visit.container_read if visit.container_no == container.container_no else visit.container_no
    visit = replace(visit, state="opening", codes=codes, container_no=container.container_no, pass_id=gate_pass.pass_id,
                    order_seq=seq, checked_by=waved_by, container_read=read, no_by="")  # fmt: skip
    draft.visits.put(visit.gate, visit)
    by = f", let go by {waved_by} in spite of {', '.join(codes)}" if waved_by and codes else ""
    draft.note(
        f"container:{container.container_no}",
        f"gate {visit.gate}: barrier {barrier.barrier} ordered open for pass {gate_pass.pass_id}, sequence {seq}{by}",
    )
    answer(draft, visit)
    wake(draft, draft.now_ms + draft.profile.barrier_confirm_ms, f"barrier:{visit.gate}:{seq}")


def answer(draft: Draft, visit: Visit) -> None:
    """Tell the gate what its truck may do."""
    result = "Y" if visit.state in TOLD_TO_GO else "N" if visit.state == "refused" else "M"
    hint = {"Y": "leave 放行", "N": "do not open 不放行", "M": "a person looks 待人工确认"}[result]
    draft.commands.append(AnswerGate(visit.gate, visit.session_id, result, visit.codes, hint, visit.pass_id))


# --- the barrier ---------------------------------------------------------------------------------------------------


def stands_open(draft: Draft, visit: Visit) -> bool:
    """Whether the PLC says that the barrier of this gate is open."""
    barrier = draft.profile.gate_by_name(visit.gate)
    return barrier is not None and barrier.barrier in draft.facts.barriers_open


def as_its_pass_says(draft: Draft, visit: Visit) -> bool:
    """Whether its container stands sealed as when a barrier was ordered open for it: nobody opened it, it has not left."""
    container, gate_pass = draft.containers.get(visit.container_no), draft.passes.get(visit.pass_id)
    if visit.order_seq < 0 or container is None or gate_pass is None:
        return False
    return container.departed_ms < 0 <= container.sealed_ms and container.seal_no == gate_pass.seal_no


def _is_for(draft: Draft, visit: Visit) -> bool:
    """Whether an open barrier can be the order of this visit, taken back or not."""
    if visit.order_seq < 0 or visit.state in ("opened", "closed"):
        return False
    return visit.state in ("opening", "unsure") or is_under_way(draft, visit) or as_its_pass_says(draft, visit)


def review_gates(draft: Draft) -> None:
    """After every event: an opening that lost its basis is taken back while it can be; who waited for the line is judged."""
    for visit in tuple(draft.visits.values()):
        if visit.state == "opening":
            blockers = gate_blockers(draft, visit)
            if any(b.code not in (FOR_A_PERSON | FOR_THE_LINE) - TAKES_BACK for b in blockers):
                judge(draft, visit.gate)
        elif _waited_for_the_line(draft, visit):
            judge(draft, visit.gate)


def _waited_for_the_line(draft: Draft, visit: Visit) -> bool:
    """Whether a truck that only waited for the line need wait no more, or has too long and is a person's from now on. Each
    judging is an answer on the wire: only once. Where a gate was taken out of the settings nobody is judged.
    """
    if not waits_for_the_line(visit) or draft.profile.gate_by_name(visit.gate) is None:
        return False
    return has_waited(draft, visit) or FOR_THE_LINE.isdisjoint(b.code for b in gate_blockers(draft, visit))


def is_settled(visit: Visit) -> bool:
    """Whether nobody need say any more what became of it."""
    return visit.state in ("opened", "closed") or (visit.state == "refused" and bool(visit.checked_by))


def still_opens(visits: dict[str, Visit], seq: int) -> bool:
    """Whether the order with this sequence is still meant, when at last it could leave for the PLC."""
    return any(visit.state == "opening" and visit.order_seq == seq for visit in visits.values())


def on_barrier(draft: Draft, event: RingEvent, at_ms: int) -> None:
    """Where the PLC says a barrier is. Open for a truck that was told to go = it has left."""
    gate = next((g for g in draft.profile.gates if g.barrier == event.arg2), None)
    visit = draft.visits.get(gate.name) if gate is not None else None
    is_open = event.arg1 == BARRIER_OPEN
    others = tuple(barrier for barrier in draft.facts.barriers_open if barrier != event.arg2)
    draft.set_facts(barriers_open=(*others, event.arg2) if is_open else others)
    if not is_open:
        if visit is not None and visit.state == "opened":
            draft.visits.put(visit.gate, replace(visit, state="closed"))
    elif visit is None or not _is_for(draft, visit):
        draft.alarm("barrier_without_order", f"barrier:{event.arg2}", "it is open and nothing was ordered")
    elif visit.state == "opening":
        draft.visits.put(visit.gate, replace(visit, state="opened"))
        depart(draft, draft.containers[visit.container_no], draft.passes[visit.pass_id], visit)
    elif visit.state == "refused":
        # Its order was on its way when it was taken back. A driver who was told no may have gone through all the same.
        draft.alarm("recalled", f"container:{visit.container_no}", "the barrier opened after its truck had been told no")
        _unsure(draft, visit, "it opened although the truck had been told no: say whether it left")
    else:
        # Meanwhile the truck was told to wait for a person: whether it went through, that person has seen.
        _unsure(draft, visit, "it opened while the truck had been told to wait: say whether it left")


def on_command_answered(draft: Draft, event: CommandAnswered) -> None:
    if event.code == CommandCode.OPEN_BARRIER and event.result != Result.ACCEPTED:
        _unconfirmed(draft, event.seq, f"the PLC refused the barrier with result {event.result}")


def on_barrier_timer(draft: Draft, rest: str) -> None:
    _unconfirmed(draft, int(rest.rpartition(":")[2]), "the barrier did not report open in time")


def on_sight_lost(draft: Draft, cause: str = "the link to the barrier was lost under way") -> None:
    """A restart, a lost PLC or lost reports: an order under way may have acted. A person looks; it is not sent again."""
    draft.set_facts(barriers_open=())
    for visit in tuple(draft.visits.values()):
        if visit.state == "opening" or _may_act_yet(draft, visit):
            _unsure(draft, visit, cause)


def _unconfirmed(draft: Draft, seq: int, cause: str) -> None:
    """An order that stands and did not act. One that was taken back need not: its truck was told no, and nothing opened."""
    visit = next((v for v in draft.visits.values() if v.order_seq == seq and v.state == "opening"), None)
    if visit is not None:
        _unsure(draft, visit, cause)


def _unsure(draft: Draft, visit: Visit, cause: str) -> None:
    """Nobody knows whether it left: an officer says so, and until then neither port nor the next truck is told anything."""
    draft.alarm("barrier_unconfirmed", f"gate:{visit.gate}", cause)
    if visit.state == "unsure":
        return
    visit = replace(visit, state="unsure", codes=("barrier_unconfirmed",))
    draft.visits.put(visit.gate, visit)
    answer(draft, visit)
