"""Open-box recheck 开箱复验: two officers open a carton, scan what is in it, and say what becomes of it.

One rule: an outcome needs two different officers, and a carton is released only when everything in it is what is declared, a
picture shows it, and a new seal is on it. A second recheck of a carton is for officers who had no part in the first.
Source: architecture, station 4; reliability rule I6.
"""

from msgspec.structs import replace

from controller.domain.identifiers import Kind, classify, normalise
from controller.domain.reasons import CUSTOMS_DECIDES, Blocker
from controller.line.as_declared import declared_ms
from controller.line.commands import TakeStill
from controller.line.events import CodesRead, Stamped
from controller.line.naming import named, not_one, way_on_belt
from controller.line.readiness import wake
from controller.line.recheck_closing import (
    carry_out,
    differences,
    found_and_left,
    had_part,
    keep_traces,
    not_releasable,
    shown_of,
)
from controller.line.recheck_compare import countable, product_of
from controller.line.recheck_events import (
    ItemsCounted,
    NewSealSet,
    RecheckAbandoned,
    RecheckConfirmed,
    RecheckDecided,
    RecheckOpened,
    ScanUndone,
    StillNotTaken,
    StillTaken,
    StillWanted,
)
from controller.line.recheck_standing import last_recheck, told_difference
from controller.line.recheck_state import (
    ABANDONED,
    FOUND_MOST,
    OUTCOMES,
    RELEASED,
    FoundItem,
    Recheck,
)
from controller.line.shown import LOOK, STALE, is_stale
from controller.line.state import Carton, Draft

# A product code and its trace code belong together when they are read within this time.
PAIR_MS = 10_000
STILLS_MOST = 40
COUNT_MOST = 100_000
DIFFERENCES_KEPT = 40
SEAL_CHARS = (4, 40)


def refuse(draft: Draft, code: str, subject: str, detail: str = "") -> None:
    """Refuse an act with an entry of the catalogue."""
    blocker = Blocker(code, subject, detail)
    draft.refuse(code, subject, blocker.cause, blocker.next_step)


def utc_of(stamped: Stamped) -> str:
    """The clock's time for a paper; `?` behind it when the clock was in doubt."""
    return stamped.utc + ("?" if stamped.utc_doubtful else "")


# --- opening -------------------------------------------------------------------------------------------------------


def on_opened(draft: Draft, stamped: Stamped, event: RecheckOpened) -> None:
    """The carton lies open on the bench: whatever released it before is void."""
    carton = _carton(draft, stamped, event.code)
    if carton is None or not _may_open(draft, stamped, carton, event.bench):
        return
    # Counted over the line and for ever: what left is forgotten, and its number may be announced again.
    number = draft.facts.rechecks_made + 1
    recheck_id = f"{carton.key}#{number}"
    draft.set_facts(rechecks_made=number)
    one = Recheck(recheck_id, carton.key, event.bench, stamped.actor, draft.now_ms, carton.weight_g, opened_utc=utc_of(stamped))
    draft.rechecks.put(recheck_id, one)
    draft.change_carton(carton.key, recheck=recheck_id, place=f"bench {event.bench}", released_ms=-1)
    draft.note(f"carton:{carton.key}", f"open-box recheck {number} begun at {event.bench}")
    _take_still(draft, recheck_id)
    wake(draft, draft.now_ms + draft.profile.recheck_limit_s * 1000, f"recheck:{recheck_id}")


def _may_open(draft: Draft, stamped: Stamped, carton: Carton, bench: str) -> bool:
    subject = f"carton:{carton.key}"
    before = [one for one in draft.rechecks.values() if one.carton == carton.key]
    there = next((one for one in draft.rechecks.values() if one.is_open and one.bench == bench), None)
    if bench not in draft.profile.bench_readers:
        refuse(draft, "bench_unknown", bench, f"there is: {', '.join(draft.profile.bench_readers) or 'none'}")
    elif there is not None:
        refuse(draft, "recheck_open", f"carton:{there.carton}", f"recheck {there.recheck_id} at {bench}")
    elif any(one.is_open for one in before):
        refuse(draft, "recheck_open", subject, f"recheck {carton.recheck}")
    elif stamped.actor in had_part(draft, carton.key):
        refuse(draft, "same_officer", subject, f"{stamped.actor} had part in an earlier recheck of it")
    elif way_on_belt(draft, carton):
        draft.refuse("on_belt", subject, "the line still tracks it on the belt", "wait for its lane, or report it taken off")
    elif carton.container:
        draft.refuse("already_loaded", subject, f"it is in container {carton.container}", "take it out of the container first")
    elif carton.custody:
        refuse(draft, "in_custody", subject, f"kept at {carton.custody}")
    else:
        return True
    return False


def _carton(draft: Draft, stamped: Stamped, code: str) -> Carton | None:
    """The one carton that is named, still here, in the hands of an officer; or a refusal."""
    keys = named(draft, code)
    if stamped.role not in CUSTOMS_DECIDES:
        draft.refuse("role_not_allowed", code, f"{stamped.role} may not recheck", "ask " + " or ".join(CUSTOMS_DECIDES))
    elif len(keys) != 1:
        several = not_one(keys, code)
        refuse(draft, several.code, code, several.detail)
    elif keys[0] in draft.gone:
        refuse(draft, "already_departed", f"carton:{keys[0]}")
    else:
        return draft.cartons[keys[0]]
    return None


def open_one(draft: Draft, stamped: Stamped, code: str) -> Recheck | None:
    """The open recheck of the carton that is named, or a refusal."""
    carton = _carton(draft, stamped, code)
    if carton is None:
        return None
    one = last_recheck(draft, carton)
    if one is None or not one.is_open:
        refuse(draft, "recheck_not_open", f"carton:{carton.key}", f"it stands: {carton.place}")
        return None
    return one


# --- what is in it -------------------------------------------------------------------------------------------------


def on_codes(draft: Draft, event: CodesRead) -> None:
    """A thing was scanned: product code and trace code in any order make one thing."""
    one = next((r for r in draft.rechecks.values() if r.is_open and r.bench == event.device), None)
    texts = [normalise(code.text) for code in event.codes]
    if one is None:
        draft.note("line", f"{', '.join(texts)} scanned at {event.device} while no recheck is open there")
        return
    for code in event.codes:
        text = normalise(code.text)
        if text in draft.numbers or text in draft.new_seals:
            continue  # a label of a carton lay under the beam: that is no thing in it
        is_product = classify(text, code.symbology or None).kind is Kind.GTIN
        if not is_product and _closes(draft, one, text):
            one = _put_on(draft, one, text)
            continue
        one = _scanned(one, FoundItem(product_of(text), "", event.at_ms) if is_product else FoundItem("", text, event.at_ms))
    _changed(draft, one)
    draft.note(f"carton:{one.carton}", f"customs look: scanned {', '.join(texts)}")


def _closes(draft: Draft, one: Recheck, text: str) -> bool:
    """All that is declared has been found: a code behind it that is no product and no thing's is the label of the new seal."""
    if one.waiting is not None or one.seal_no or not (one.found or one.counted) or any(item.trace == text for item in one.found):
        return False
    found = draft.lists.get(draft.cartons[one.carton].list_key)
    if not countable(found.declared if found is not None else None):
        return False  # nobody can say which thing is the last
    right = SEAL_CHARS[0] <= len(text) <= SEAL_CHARS[1] and text not in draft.traces
    return right and not differences(draft, one)


def _scanned(one: Recheck, item: FoundItem) -> Recheck:
    waiting = one.waiting
    if waiting is None:
        return replace(one, waiting=item)
    fits = bool(waiting.product) != bool(item.product) and item.at_ms - waiting.at_ms <= PAIR_MS
    if fits:
        return _found(
            replace(one, waiting=None), FoundItem(waiting.product or item.product, waiting.trace or item.trace, item.at_ms)
        )
    return replace(_found(one, waiting), waiting=item)


def _found(one: Recheck, item: FoundItem) -> Recheck:
    return replace(one, found=(*one.found, item)[:FOUND_MOST])


def _changed(draft: Draft, one: Recheck) -> None:
    """What was decided before counted other things."""
    draft.rechecks.put(one.recheck_id, replace(one, decided="", by_hand=False, place="", cause=""))


def on_undone(draft: Draft, stamped: Stamped, event: ScanUndone) -> None:
    one = open_one(draft, stamped, event.code)
    if one is None:
        return
    last = one.waiting or (one.found[-1] if one.found else None)
    if one.waiting is None and one.seal_no and (last is None or one.sealed_ms >= last.at_ms):
        draft.new_seals.drop(one.seal_no)
        _changed(draft, replace(one, seal_no="", sealed_ms=-1, sealed_still=False))
        draft.note(f"carton:{one.carton}", f"customs look: new seal {one.seal_no} taken back by {stamped.actor}")
        return
    if last is None:
        draft.refuse("nothing_scanned", f"carton:{one.carton}", "nothing was scanned yet", "scan what is in it")
        return
    _changed(draft, replace(one, waiting=None) if one.waiting else replace(one, found=one.found[:-1]))
    draft.note(f"carton:{one.carton}", f"customs look: scan of {last.product} {last.trace} taken back by {stamped.actor}")


def on_counted(draft: Draft, stamped: Stamped, event: ItemsCounted) -> None:
    one = open_one(draft, stamped, event.code)
    if one is None:
        return
    if not (0 <= event.gnum <= COUNT_MOST and 0 <= event.count <= COUNT_MOST):
        draft.refuse("count_wrong", f"carton:{one.carton}", f"{event.count} of line {event.gnum}", "give line and pieces")
        return
    counted = {**dict(one.counted), event.gnum: event.count}
    _changed(draft, replace(one, counted=tuple(sorted(counted.items()))[:FOUND_MOST]))
    draft.note(f"carton:{one.carton}", f"customs look: {event.count} without a code for line {event.gnum}")


# --- pictures and the new seal -------------------------------------------------------------------------------------


def on_still_wanted(draft: Draft, stamped: Stamped, event: StillWanted) -> None:
    one = open_one(draft, stamped, event.code)
    if one is not None:
        _take_still(draft, one.recheck_id)


def _take_still(draft: Draft, recheck_id: str) -> None:
    one = draft.rechecks[recheck_id]
    if one.stills_asked >= STILLS_MOST:
        return
    draft.rechecks.put(recheck_id, replace(one, stills_asked=one.stills_asked + 1))
    work_id = f"{recheck_id}:{one.stills_asked + 1}"
    draft.commands += [TakeStill(f"{work_id}:{camera}", recheck_id, camera) for camera in draft.profile.bench_cameras]


def on_still(draft: Draft, event: StillTaken) -> None:
    one = draft.rechecks.get(event.recheck_id)  # also one that was closed meanwhile: its record wants every picture
    if one is None or any(still.name == event.picture.name for still in one.stills):
        return
    sealed = one.sealed_still or 0 <= one.sealed_ms <= event.at_ms
    stills = (*one.stills, event.picture)[:STILLS_MOST]
    draft.rechecks.put(one.recheck_id, replace(one, stills=stills, sealed_still=sealed))
    draft.note(f"carton:{one.carton}", f"still of camera {event.camera} kept: {event.picture.name}")


def on_still_failed(draft: Draft, event: StillNotTaken) -> None:
    one = draft.rechecks.get(event.recheck_id)
    if one is not None:
        draft.rechecks.put(one.recheck_id, replace(one, stills_failed=one.stills_failed + 1))
        draft.note(f"carton:{one.carton}", f"no still of camera {event.camera}: {event.code}: {event.cause}")


def on_sealed(draft: Draft, stamped: Stamped, event: NewSealSet) -> None:
    """A new seal label is on the closed carton; its number is used once."""
    one = open_one(draft, stamped, event.code)
    if one is None:
        return
    seal_no, subject = normalise(event.seal_no), f"carton:{one.carton}"
    owner = draft.new_seals.get(seal_no)
    if not SEAL_CHARS[0] <= len(seal_no) <= SEAL_CHARS[1] or seal_no in draft.numbers:
        draft.refuse("seal_number_wrong", subject, f"{seal_no!r} is no seal number", "scan the number on the seal label")
        return
    if owner is not None:
        if owner != one.recheck_id:
            draft.refuse("seal_used", subject, f"seal {seal_no} was put on before, in {owner}", "use a new seal")
        return
    _changed(draft, _put_on(draft, one, seal_no))


def _put_on(draft: Draft, one: Recheck, seal_no: str) -> Recheck:
    """The new seal is on, and a still is taken of it."""
    draft.new_seals.put(seal_no, one.recheck_id)
    draft.rechecks.put(one.recheck_id, replace(one, seal_no=seal_no, sealed_ms=draft.now_ms, sealed_still=False))
    draft.note(f"carton:{one.carton}", f"closed again under new seal {seal_no}")
    _take_still(draft, one.recheck_id)
    return draft.rechecks[one.recheck_id]


# --- the outcome ---------------------------------------------------------------------------------------------------


def on_decided(draft: Draft, stamped: Stamped, event: RecheckDecided) -> None:
    """The first officer's word. It changes nothing but what the second is asked."""
    one = open_one(draft, stamped, event.code)
    if one is None:
        return
    subject = f"carton:{one.carton}"
    if event.outcome not in OUTCOMES:
        draft.refuse("outcome_unknown", subject, f"no outcome {event.outcome}", "one of " + ", ".join(OUTCOMES))
        return
    if stamped.actor != one.opened_by:
        refuse(draft, "not_your_recheck", subject, f"{one.opened_by} opened it")
        return
    one = _whole(one)
    found = differences(draft, one)
    if event.outcome == RELEASED and (cause := not_releasable(draft, one, found, by_hand=event.by_hand)):
        refuse(draft, *cause)
        return
    decided = replace(one, decided=event.outcome, by_hand=event.by_hand, place=event.place.strip()[:40], cause=event.cause)
    draft.rechecks.put(one.recheck_id, decided)
    draft.note(subject, f"customs look: {event.outcome} proposed by {stamped.actor}: {event.cause}")


def _whole(one: Recheck) -> Recheck:
    """A code that still waits for its pair stands alone."""
    return _found(replace(one, waiting=None), one.waiting) if one.waiting is not None else one


def on_confirmed(draft: Draft, stamped: Stamped, event: RecheckConfirmed) -> None:
    """The second officer's word closes it."""
    one = open_one(draft, stamped, event.code)
    if one is None:
        return
    subject = f"carton:{one.carton}"
    if not one.decided or one.decided != event.outcome:
        refuse(draft, "outcome_differs", subject, f"the first officer said {one.decided or 'nothing yet'}")
        return
    if stamped.actor == one.opened_by or stamped.actor in had_part(draft, one.carton):
        refuse(draft, "same_officer", subject, f"{stamped.actor} had part in it")
        return
    if way_on_belt(draft, draft.cartons[one.carton]):
        draft.refuse("on_belt", subject, "the line tracks it on the belt: it is not at the bench", "take it back to the bench")
        return
    if _is_another(draft, one, event):
        return
    found = differences(draft, one)
    if one.decided == RELEASED and (cause := not_releasable(draft, one, found, by_hand=one.by_hand)):
        refuse(draft, *cause)  # papers may have changed since the first word
        return
    closed = replace(
        one, confirmed_by=stamped.actor, closed_ms=draft.now_ms, closed_utc=utc_of(stamped), outcome=one.decided,
        differences=found[:DIFFERENCES_KEPT], declared_ms=declared_ms(draft, draft.cartons[one.carton]),
    )  # fmt: skip
    draft.rechecks.put(one.recheck_id, closed)
    draft.timers.drop(f"recheck:{one.recheck_id}")
    carry_out(draft, closed)


def _is_another(draft: Draft, one: Recheck, event: RecheckConfirmed) -> bool:
    """Whether the second officer was shown another way, another place, or other things than there are now; then it is refused."""
    way = "hand" if one.by_hand else "belt"
    now = f"now it is: {one.decided} by {way}, place {one.place or '-'}, {len(one.found)} things, new seal {one.seal_no or '-'}"
    if event.way and (event.way, event.place.strip()[:40]) != (way, one.place):
        draft.refuse(STALE, f"carton:{one.carton}", now, LOOK)
        return True
    return is_stale(draft, f"carton:{one.carton}", event.shown, shown_of(draft, one), now)


def on_abandoned(draft: Draft, stamped: Stamped, event: RecheckAbandoned) -> None:
    """It ends without an outcome: it stays blocked until another recheck has one."""
    one = open_one(draft, stamped, event.code)
    if one is None:
        return
    ended = replace(_whole(one), closed_ms=draft.now_ms, outcome=ABANDONED, cause=event.cause)
    draft.rechecks.put(one.recheck_id, ended)
    if left := found_and_left(draft, ended):
        told = "; ".join(told_difference(each) for each in left[:5])
        draft.alarm("recheck_found_and_left", f"carton:{one.carton}", f"recheck {one.recheck_id} of {one.opened_by}: {told}")
    draft.timers.drop(f"recheck:{one.recheck_id}")
    keep_traces(draft, one)
    if not draft.cartons[one.carton].custody:  # what waits in custody for a second officer stays there
        draft.change_carton(one.carton, place="open_box")
    draft.note(f"carton:{one.carton}", f"open-box recheck ended without an outcome: {event.cause}")


def on_timer(draft: Draft, recheck_id: str) -> None:
    """Nobody closed it: people are told, again and again."""
    one = draft.rechecks.get(recheck_id)
    if one is not None and one.is_open:
        draft.alarm("recheck_forgotten", f"carton:{one.carton}", f"open at {one.bench} for {draft.profile.recheck_limit_s} s")
        wake(draft, draft.now_ms + draft.profile.recheck_limit_s * 1000, f"recheck:{recheck_id}")
