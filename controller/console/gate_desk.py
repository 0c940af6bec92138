"""Trucks at the gates as an officer's screen shows them: who stands where, what speaks against it, which answers count now.

One rule: it is customs' own and is put together for no other view; what an answer is worth is asked of the function that
judges the answer itself. The stream says no more than that somebody is wanted: the whole looks at every carton, and is asked for.
"""

from typing import Annotated

from fastapi import Depends, FastAPI

from controller.console.identity import Identity
from controller.console.live import Live
from controller.console.refusals import Refused
from controller.console.sessions import Session
from controller.console.views import Value
from controller.console.web import Door
from controller.daemon.core_loop import CoreLoop
from controller.domain.reasons import CATALOGUE, CUSTOMS
from controller.domain.sentences import in_chinese, in_english, no_in_chinese
from controller.line.commands import Refusal
from controller.line.departure_state import Visit
from controller.line.explain import View
from controller.line.gate import is_settled, keeps_the_next
from controller.line.gate_check import RESULTS, check_refusal, pass_shown, reasons_shown, shown_of, wants_a_person
from controller.line.state import Draft, LineState


def add_gate_desk(app: FastAPI, core: CoreLoop, identity: Identity, live: Live) -> None:
    """Put the question about the gates on the first port, and who waits there into the stream of customs."""
    live.sources.append(lambda view: called(core.state) if view is View.CUSTOMS else {})
    door = Door(identity)

    @app.get("/api/gate")
    async def gates(session: Annotated[Session, Depends(door.reading)]) -> Value:
        """Each gate with the truck that stands there, the reasons in words, and which of the four answers count now."""
        person = await identity.fresh(session)
        if person.role not in CUSTOMS:
            raise Refused("role_not_allowed")
        return {"ok": True, "seq": core.journal_seq, "line_ms": core.now_ms(), "gates": gates_told(core.state)}


def called(state: LineState) -> dict[str, Value]:
    """The value `gates` of the stream: what stands at each and whether it wants a person; cheap, for it is asked all the time."""
    found = [
        {"gate": visit.gate, "session": visit.session_id, "state": visit.state, "since_ms": visit.arrived_ms,
         "wants_person": wants_a_person(visit)}
        for visit in _visits(state).values() if visit is not None
    ]  # fmt: skip
    return {"gates": {"list": found}}


def gates_told(state: LineState) -> list[Value]:
    """One entry for each gate of the configuration; `truck` is null while nothing was told of one. Behind them each gate that is
    no more and has a truck of which nobody has said what became of it.
    """
    draft = Draft(state, state.facts.line_ms)
    return [
        {"gate": gate, "truck": None if visit is None else _truck(draft, visit)} for gate, visit in _visits(state).items()
    ]  # fmt: skip


def _visits(state: LineState) -> dict[str, Visit | None]:
    profile = state.facts.profile
    if profile is None:
        return {}
    known: dict[str, Visit | None] = {one.name: state.visits.get(one.name) for one in profile.gates}
    # A gate that was taken out of the settings is shown as long as somebody must say what became of its truck.
    return known | {name: visit for name, visit in state.visits.items() if name not in known and not is_settled(visit)}


def _truck(draft: Draft, visit: Visit) -> Value:
    container = draft.containers.get(visit.container_no)
    gate_pass = pass_shown(draft, visit)
    return {
        "session": visit.session_id, "state": visit.state, "since_ms": visit.arrived_ms, "wants_person": wants_a_person(visit),
        "plate": visit.plate or None, "plate_sure": visit.plate_sure,
        "container_no": visit.read_no or visit.container_no or None, "container_sure": visit.container_sure,
        "container_known": container is not None, "seal_no": visit.seal_no or None,
        "form_id": visit.form_id or None,
        "gross_g": visit.gross_g if visit.gross_g >= 0 else None, "checked_by": visit.checked_by or None,
        "pass": None if gate_pass is None else {
            "pass_id": gate_pass.pass_id, "plate": gate_pass.plate, "seal_no": gate_pass.seal_no,
            "gross_g": gate_pass.gross_g or None, "stands": gate_pass.voided_ms < 0,
        },
        "reasons": [_reason(code) for code in reasons_shown(draft, visit)], "shown": shown_of(draft, visit),
        "answers": [_answer(result, check_refusal(draft, visit, result)) for result in RESULTS],
        "behind": _behind(visit.behind) if visit.behind is not None and keeps_the_next(draft, visit) else None,
    }  # fmt: skip


def _behind(visit: Visit) -> Value:
    """A truck that waits for what becomes of the one before it; nothing can be answered to it yet."""
    return {
        "session": visit.session_id, "since_ms": visit.arrived_ms, "plate": visit.plate or None, "plate_sure": visit.plate_sure,
        "container_no": visit.container_no or None,
    }  # fmt: skip


def _reason(code: str) -> Value:
    word = CATALOGUE[code]
    return {"code": code, "cause": word.en, "next_step": word.next_en, "zh": {"cause": word.zh, "next_step": word.next_zh}}


def _answer(result: int, refusal: Refusal | None) -> Value:
    """`refusal` is what the core would say to this answer now."""
    why = None if refusal is None else {
        "code": refusal.code, "cause": in_english(refusal.cause), "next_step": refusal.next_step,
        "zh": {"cause": no_in_chinese(refusal.code, refusal.cause), "next_step": in_chinese(refusal.next_step)},
    }  # fmt: skip
    return {"result": result, "counts": refusal is None, "refusal": why}
