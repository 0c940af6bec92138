"""What a person is told of an act: accepted, or why not, in the words that the person's organisation may see.

One rule: the company gets the neutral code and text of what is customs' own, in answers as everywhere.
"""

from collections.abc import Mapping, Sequence

from controller.console.interlocks import Condition
from controller.console.people import Person
from controller.domain.reasons import CATALOGUE, CUSTOMS
from controller.domain.sentences import in_chinese, in_english, no_in_chinese
from controller.line.commands import Outcome, Refusal
from controller.line.explain import company_text
from controller.line.inspection_events import VerdictGiven, VerdictUndone
from controller.line.state import LineState

Answer = tuple[int, dict[str, object]]

# Refusals of the core that are about who asks, not about the thing.
OF_THE_PERSON = frozenset({"role_not_allowed", "same_person", "same_officer", "verdict_of_another"})
TOO_LATE = frozenset({"verdict_too_late", "undo_too_late"})


def told(seq: int, outcome: Outcome, person: Person, more: Mapping[str, object]) -> Answer:
    """200 accepted, 403 not this person, 423 with every unmet condition, 409 when the thing is not as the act wants it."""
    if outcome.core_fault:
        return 409, {"ok": False, "code": "core_fault", "cause": CATALOGUE["core_fault"].en,
                     "next_step": CATALOGUE["core_fault"].next_en, "seq": seq,
                     "zh": {"cause": CATALOGUE["core_fault"].zh, "next_step": CATALOGUE["core_fault"].next_zh}}  # fmt: skip
    if not outcome.refusals:
        return 200, {"ok": True, "seq": seq, **more}
    first = outcome.refusals[0]
    shown = _refusal(first, person)
    if first.code in OF_THE_PERSON:
        return 403, {"ok": False, **shown, "seq": seq}
    if first.code in CATALOGUE:
        return 423, {"ok": False, **shown, "seq": seq, "unmet": [_refusal(one, person) for one in outcome.refusals]}
    return 409, {"ok": False, **shown, "seq": seq}


def told_condition(unmet: Sequence[Condition], person: Person) -> dict[str, object]:
    """The body of a 423 that came before the core was asked."""
    rows = [
        {"code": one.code, "cause": one.en if person.role in CUSTOMS else company_text(one.en), "next_step": one.next_en,
         "zh": {"cause": one.zh, "next_step": one.next_zh}}
        for one in unmet
    ]  # fmt: skip
    return {"ok": False, **rows[0], "unmet": rows}


def whereabouts(state: LineState, event: VerdictGiven | VerdictUndone, outcome: Outcome) -> dict[str, object]:
    """Whether an officer's word came after the belt had to decide, and where the carton is or went."""
    passage = state.passages.get(event.track)
    if passage is None or passage.inspection is None:
        return {}
    late = any(refusal.code in TOO_LATE for refusal in outcome.refusals)
    if isinstance(event, VerdictGiven) and not outcome.refusals:
        over = [at_ms for at_ms in (passage.last_call_ms, passage.ended_ms) if at_ms >= 0]
        late = bool(over) and passage.inspection.verdict_ms >= min(over)
    ordered = passage.ordered.lane if passage.ordered is not None else None
    went = {"ordered": ordered, "diverted": passage.diverted_lane or None, "ended": passage.ended or None}
    return {"late": late, "went": went}


def _refusal(refusal: Refusal, person: Person) -> dict[str, object]:
    reason = CATALOGUE.get(refusal.code)
    hidden = reason is not None and reason.customs_only and person.role not in CUSTOMS
    found: dict[str, object] = {"code": refusal.code, "cause": refusal.cause, "next_step": refusal.next_step}
    if hidden and reason is not None:
        found = {"code": reason.neutral, "cause": "customs looks at it", "next_step": "bring it to customs"}
    elif person.role not in CUSTOMS:
        found["cause"] = company_text(refusal.cause)
    cause = no_in_chinese(str(found["code"]), str(found["cause"]))
    told = {"cause": cause, "next_step": in_chinese(str(found["next_step"]))}
    return found | {"cause": in_english(str(found["cause"])), "zh": told}
