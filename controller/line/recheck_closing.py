"""How a recheck ends: what two officers may release, and what follows from each outcome.

One rule: a release by hand is a release: nothing may speak against the carton at that moment, as at the divert; loading and
gate ask again. What customs is told is the message `inspection_result` of the closing row.
"""

from collections import Counter

import msgspec
from msgspec.structs import replace

from controller.line.commands import Message
from controller.line.customs_out import tell_closed
from controller.line.naming import spend_order
from controller.line.recalls import members_of
from controller.line.recheck_compare import compare
from controller.line.recheck_standing import BY_HAND, LIFTED_HOLDS, last_recheck, standing_release, told_difference
from controller.line.recheck_state import ABANDONED, DETAINED, FOUND_MOST, RELEASED, Difference, InspectionResult, Recheck
from controller.line.routing import carton_blockers
from controller.line.shown import word_of
from controller.line.state import Carton, Draft

# Trace codes that are remembered, of cartons that have left, too.
TRACES_KEPT = 50_000
# What can be too much in it, of all that can differ: that something was not scanned yet says nothing.
UNDECLARED = ("over", "wrong", "trace_twice")
FOUND_BEFORE_MOST = 40
# What closing the recheck itself takes away.
ANSWERED_BY_CLOSING = LIFTED_HOLDS | {"recheck_open", "inspection_open"}


def differences(draft: Draft, one: Recheck) -> tuple[Difference, ...]:
    """What was found against what is declared now."""
    carton = draft.cartons[one.carton]
    declared = draft.lists.get(carton.list_key)
    siblings = [last_recheck(draft, draft.cartons[key]) for key in members_of(draft, carton.list_key) if key != carton.key]
    elsewhere = Counter(item.product for sibling in siblings if sibling is not None for item in sibling.found if item.product)
    known = _traces_elsewhere(draft, one)
    found = compare(
        declared.declared if declared is not None else None, one.found, one.counted, elsewhere=elsewhere,
        traces_known=frozenset(known), trace_required=draft.profile.recheck_trace_required,
    )  # fmt: skip
    if max(len(one.found), len(one.counted)) < FOUND_MOST:
        return found
    detail = f"a recheck keeps {FOUND_MOST} things: what came after them is not compared"
    return (Difference("unknown", "", "", len(one.found), detail), *found)


def found_and_left(draft: Draft, one: Recheck) -> tuple[Difference, ...]:
    """What was in a carton whose recheck ended without an outcome, and nobody declared: whoever opens it next may not see it."""
    return tuple(each for each in differences(draft, one) if each.kind in UNDECLARED) if one.outcome == ABANDONED else ()


def had_part(draft: Draft, carton_key: str, but: str = "") -> list[str]:
    """Who takes no part in another recheck of this carton: those of one with an outcome, or that found what nobody declared."""
    before = [one for one in draft.rechecks.values() if one.carton == carton_key and not one.is_open and one.recheck_id != but]
    counted = [one for one in before if one.outcome != ABANDONED or found_and_left(draft, one)]
    return list(dict.fromkeys(name for one in counted for name in one.officers))


def shown_of(draft: Draft, one: Recheck) -> str:
    """The word for what was found in it, as both officers see it: the same before the first one's word and behind it."""
    found = (*one.found, one.waiting)[:FOUND_MOST] if one.waiting is not None else one.found
    whole = replace(one, waiting=None, found=found)
    return word_of(one.recheck_id, found, one.counted, one.seal_no, differences(draft, whole), *_found_before(draft, one))


def _found_before(draft: Draft, one: Recheck) -> tuple[Difference, ...]:
    others = [other for other in draft.rechecks.values() if other.carton == one.carton and other.recheck_id != one.recheck_id]
    return tuple(each for other in others for each in found_and_left(draft, other))[:FOUND_BEFORE_MOST]


def _traces_elsewhere(draft: Draft, one: Recheck) -> set[str]:
    """The trace codes of this carton that were found in another one, now or in any recheck before."""
    mine = dict.fromkeys(item.trace for item in one.found if item.trace)
    known = {trace for trace in mine if any(key != one.carton for key in draft.traces.get(trace) or ())}
    others = [other for other in draft.rechecks.values() if other.is_open and other.carton != one.carton]
    return known | {item.trace for other in others for item in other.found if item.trace in mine}


def keep_traces(draft: Draft, one: Recheck) -> None:
    """Which trace codes were found in it, for every carton that is ever opened after it; the newest TRACES_KEPT."""
    new = 0
    for trace in dict.fromkeys(item.trace for item in one.found if item.trace):
        cartons = draft.traces.get(trace) or ()
        new += not cartons
        if one.carton not in cartons:
            draft.traces.put(trace, (*cartons, one.carton))
    for trace in draft.traces.oldest(len(draft.traces) + new - TRACES_KEPT):
        draft.traces.drop(trace)


def not_releasable(draft: Draft, one: Recheck, found: tuple[Difference, ...], *, by_hand: bool) -> tuple[str, str, str] | None:
    """Why two officers may not release this, as (code, subject, detail)."""
    subject, carton = f"carton:{one.carton}", draft.cartons[one.carton]
    if found:
        return "recheck_differs", subject, "; ".join(told_difference(d) for d in found[:5])
    if not one.seal_no:
        return "new_seal_missing", subject, ""
    if draft.profile.bench_cameras and not one.sealed_still:
        return "recheck_no_still", subject, f"{one.stills_failed} failed, {len(one.stills)} before it was sealed"
    if by_hand and (carton.seen_ms < 0 or (draft.profile.weight_required and carton.weight_g < 0)):
        return "not_scanned_in", subject, f"it stands: {carton.place}"
    answered = ANSWERED_BY_CLOSING | ({"in_custody"} if carton.custody == one.kept_at else frozenset())
    if not _is_after_the_order(draft, carton, one):
        answered -= {"inspection_open"}
    against = [b for b in carton_blockers(draft, carton) if b.code not in answered] if by_hand else []
    return (against[0].code, against[0].subject, against[0].detail) if against else None


def carry_out(draft: Draft, one: Recheck) -> None:
    """What follows from a closed recheck: place, holds, customs' order, and the word to customs."""
    carton, subject = draft.cartons[one.carton], f"carton:{one.carton}"
    place = f"{one.outcome} at {one.bench}"
    keep_traces(draft, one)
    if carton.custody == one.kept_at:  # it waited there for the second officer, who has spoken
        draft.change_carton(carton.key, custody="", custody_ms=-1)
    if one.outcome == RELEASED:
        place = BY_HAND if one.by_hand else place
        draft.change_carton(carton.key, place=place, released_ms=draft.now_ms if one.by_hand else -1)
        _lift(draft, one)
    elif one.outcome == DETAINED:
        cage = one.place or "detained"
        draft.change_carton(carton.key, place=f"custody {cage}", custody=cage, custody_ms=draft.now_ms)
    else:
        draft.change_carton(carton.key, place=one.outcome)
    if one.outcome != RELEASED:
        spend_order(draft, carton.carton_no)
    told = "; ".join(told_difference(d) for d in one.differences) or "as declared"
    draft.note(subject, f"open-box recheck closed: {one.outcome}" + (" by hand" if one.by_hand else ""))
    draft.note(subject, f"customs look: {' and '.join(one.officers)}: {told}: {one.cause}")
    result = result_of(draft, one)
    body = msgspec.json.encode(result).decode()
    draft.messages.append(Message("customs", "inspection_result", f"list:{carton.list_key}", body))
    _record_result(draft, carton)


def _lift(draft: Draft, one: Recheck) -> None:
    """An officer's wish to have it opened is answered; a hold of any other kind stays."""
    for hold in tuple(draft.holds.values()):
        mine = hold.scope == "carton" and hold.target == one.carton and hold.lifted_ms < 0
        if mine and hold.code in LIFTED_HOLDS:
            by, cause = " and ".join(one.officers), f"recheck {one.recheck_id}: as declared"
            draft.holds.put(hold.hold_id, replace(hold, lifted_ms=draft.now_ms, lifted_by=by, lift_cause=cause))
            draft.note(f"carton:{one.carton}", f"hold {hold.hold_id} {hold.code} lifted by {by}")


def _record_result(draft: Draft, carton: Carton) -> None:
    """Customs' order to inspect a list has its result when every carton of it was opened after it, and let go."""
    found = draft.lists.get(carton.list_key)
    if found is None or not found.inspection_open:
        return
    rechecks = [standing_release(draft, draft.cartons[key]) for key in members_of(draft, carton.list_key)]
    let_go = [one is not None and _is_after_the_order(draft, draft.cartons[one.carton], one) for one in rechecks]
    if len(let_go) >= found.declared.pack_no and all(let_go):
        draft.lists.put(found.key, replace(found, inspection_open=False))
        draft.note(f"list:{found.key}", "inspection closed by open-box recheck")
        names = dict.fromkeys(name for one in rechecks if one is not None for name in one.officers)
        tell_closed(draft, draft.lists[found.key], "every carton was opened and let go", tuple(names))


def _is_after_the_order(draft: Draft, carton: Carton, one: Recheck) -> bool:
    """Whether the carton was opened because of it. Who had opened a carton before did not look for what customs looks for now."""
    found = draft.lists.get(carton.list_key)
    return found is None or one.opened_ms > found.ordered_ms


def result_of(draft: Draft, one: Recheck) -> InspectionResult:
    """What customs is told of a closed recheck."""
    carton = draft.cartons[one.carton]
    found = draft.lists.get(carton.list_key)
    names = (found.declared.cop_no, found.declared.invt_no, found.declared.pre_no) if found is not None else ("", "", "")
    return InspectionResult(
        one.recheck_id, one.carton, carton.carton_no, carton.list_key, *names, one.outcome, not one.differences,
        one.differences, one.found, one.counted, one.officers, one.seal_no, tuple(still.sha256 for still in one.stills),
        one.cause, one.opened_ms, one.closed_ms, _found_before(draft, one),
    )  # fmt: skip
