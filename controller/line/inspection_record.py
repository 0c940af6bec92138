"""Inspection record 查验记录单: the paper of a closed recheck. An officer who was there writes it, a section chief approves it.

One rule: it can not say other than the journal: a match with differences, or a mismatch without any, is refused, and none is
submitted before every picture is kept and the party or a witness stands on it. A signature is under what the signer was shown:
where another text has taken its place, it is refused. A record that is not kept here is none of this line's: an officer says
where it is filed.
Source: domain reference 3.2 and 3.3 (Order 138, Art. 10).
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from controller.domain.declarations import DeclaredItem, DeclaredList
from controller.domain.reasons import CUSTOMS_DECIDES, Role
from controller.line.event_base import EvidenceNamed
from controller.line.events import Stamped
from controller.line.recheck import refuse, utc_of
from controller.line.recheck_compare import NO_BAR_CODE, product_of
from controller.line.recheck_standing import told_difference
from controller.line.recheck_state import ABANDONED, PRESENT, FoundItem, Recheck
from controller.line.record_events import (
    RecordApproved,
    RecordDrafted,
    RecordFiled,
    RecordFiledElsewhere,
    RecordForm,
    RecordNotFiled,
    RecordReturned,
    RecordSubmitted,
)
from controller.line.record_state import MATCH, MISMATCH, InspectionRecord, RecordContent, RecordRow, hash_of
from controller.line.shown import LOOK, STALE, is_stale, word_of
from controller.line.state import Draft

SCOPES = ("thorough", "sampling")
NOTES_MOST_BYTES = 1200  # in the national encoding, a Chinese letter counts two
STILL_LATE_MS = 60_000  # a picture that is not here by then does not come: the daemon was restarted meanwhile
WHERE_LONGEST = 120
NOT_WRITTEN = RecordForm("", "", "", "", "")
ROWS_MOST = 60
TRACES_SHOWN = 12
DIFFERENCES_SHOWN = 20
PHOTOS_MOST = 12


def on_drafted(draft: Draft, stamped: Stamped, event: RecordDrafted) -> None:
    """Written, or written anew, by an officer of this recheck; it must agree with what the journal has."""
    one = _closed(draft, stamped, event.recheck_id, CUSTOMS_DECIDES)
    if one is None:
        return
    subject, before = f"carton:{one.carton}", draft.inspection_records.get(one.recheck_id)
    if stamped.actor not in one.officers:
        refuse(draft, "record_not_yours", subject, f"{' and '.join(one.officers)} were there")
    elif before is not None and before.submitted_by:
        refuse(draft, "record_submitted", subject, f"by {before.submitted_by}")
    elif cause := _wrong(event.form, one):
        refuse(draft, cause[0], subject, cause[1])
    else:
        returned = before.returned if before is not None else ""
        record = InspectionRecord(one.recheck_id, event.form, stamped.actor, utc_of(stamped), returned=returned)
        draft.inspection_records.put(one.recheck_id, record)
        draft.note(subject, f"customs look: inspection record of {one.recheck_id} drafted by {stamped.actor}")


def _wrong(form: RecordForm, one: Recheck) -> tuple[str, str] | None:
    differs = bool(one.differences)
    if form.result not in (MATCH, MISMATCH) or form.scope not in SCOPES:
        return "record_form_wrong", f"result {form.result!r}, scope {form.scope!r}"
    if (form.result == MISMATCH) != differs:
        told = "; ".join(told_difference(each) for each in one.differences[:3]) or "everything is as declared"
        return "record_says_other", f"it says {form.result}, the journal: {told}"
    if len(form.notes.encode("gb18030")) > NOTES_MOST_BYTES or max(len(form.wrapping), len(form.place)) > 80:
        return "record_form_wrong", f"more than {NOTES_MOST_BYTES} bytes of notes, or more than 80 letters of place or wrapping"
    return None


def on_submitted(draft: Draft, stamped: Stamped, event: RecordSubmitted) -> None:
    """To the section chief, once every picture is kept and the party or a witness stands on it."""
    found = _drafted(draft, stamped, event.recheck_id, CUSTOMS_DECIDES)
    if found is None:
        return
    one, record = found
    subject = f"carton:{one.carton}"
    asked = one.stills_asked * len(draft.profile.bench_cameras)
    pending = asked - len(one.stills) - one.stills_failed if draft.now_ms - one.closed_ms < STILL_LATE_MS else 0
    if record.submitted_by:
        refuse(draft, "record_submitted", subject, f"by {record.submitted_by}")
    elif stamped.actor not in one.officers:
        refuse(draft, "record_not_yours", subject, f"{' and '.join(one.officers)} were there")
    elif event.form is not None and event.form != record.form:
        draft.refuse(STALE, subject, _told_now(record), LOOK)
    elif pending > 0:
        refuse(draft, "record_pictures_pending", subject, f"{pending} of {asked}")
    elif one.party != PRESENT and not one.witness:
        refuse(draft, "record_no_witness", subject, f"party: {one.party or 'not said'}")
    else:
        submitted = replace(record, submitted_by=stamped.actor, submitted_utc=utc_of(stamped), returned="")
        draft.inspection_records.put(one.recheck_id, submitted)
        draft.note(subject, f"customs look: inspection record of {one.recheck_id} submitted by {stamped.actor}")


def on_returned(draft: Draft, stamped: Stamped, event: RecordReturned) -> None:
    """Back to the inspector, with the chief's words."""
    found = _submitted(draft, stamped, event.recheck_id, event.shown)
    if found is not None:
        one, record = found
        changed = replace(record, submitted_by="", submitted_utc="", returned=event.opinion[:500])
        draft.inspection_records.put(one.recheck_id, changed)
        draft.note(f"carton:{one.carton}", f"customs look: inspection record sent back by {stamped.actor}: {event.opinion}")


def on_approved(draft: Draft, stamped: Stamped, event: RecordApproved) -> None:
    """It stands: what it says is put together now and never changes; its paper is made from that."""
    found = _submitted(draft, stamped, event.recheck_id, event.shown)
    if found is None:
        return
    one, record = found
    content = _content(draft, one, record, stamped.actor, utc_of(stamped), event.opinion)
    sha256 = hash_of(content)
    draft.inspection_records.put(one.recheck_id, replace(record, content=content, sha256=sha256))
    draft.note(f"carton:{one.carton}", f"customs look: inspection record {sha256} approved by {stamped.actor}: {event.opinion}")


def on_elsewhere(draft: Draft, stamped: Stamped, event: RecordFiledElsewhere) -> None:
    """This line owes no record of that recheck any more. Said again it is corrected; written here after all, it is void."""
    one = _closed(draft, stamped, event.recheck_id, CUSTOMS_DECIDES)
    if one is None:
        return
    subject, before = f"carton:{one.carton}", draft.inspection_records.get(one.recheck_id)
    where, why = " ".join(event.where.split()), " ".join(event.cause.split())
    if before is not None and before.content is not None:
        refuse(draft, "record_approved", subject, f"by {before.content.approved_by}")
    elif before is not None and before.submitted_by:
        refuse(draft, "record_submitted", subject, f"by {before.submitted_by}")
    elif not why or not 0 < len(where) <= WHERE_LONGEST:
        refuse(draft, "record_form_wrong", subject, f"where it is filed, in at most {WHERE_LONGEST} letters, and why")
    elif not is_stale(draft, subject, event.shown, shown_of(draft, one, before), _told_now(before)):
        record = before if before is not None else InspectionRecord(one.recheck_id, NOT_WRITTEN, "", "")
        draft.inspection_records.put(one.recheck_id, replace(record, elsewhere=where, elsewhere_by=stamped.actor))
        told = f"inspection record of {one.recheck_id} is filed elsewhere, says {stamped.actor}: {where}: {why[:300]}"
        draft.note(subject, f"customs look: {told}")


def on_filed(draft: Draft, event: RecordFiled) -> None:
    record = draft.inspection_records.get(event.recheck_id)
    if record is not None and record.sha256 == event.sha256 and record.pdf is None:
        draft.inspection_records.put(event.recheck_id, replace(record, pdf=event.pdf))
        carton = event.recheck_id.rpartition("#")[0]
        draft.note(f"carton:{carton}", f"customs look: inspection record filed, paper {event.pdf.sha256}")


def on_not_filed(draft: Draft, event: RecordNotFiled) -> None:
    draft.alarm("paper_not_made", f"carton:{event.recheck_id.rpartition('#')[0]}", f"{event.code}: {event.cause}"[:300])


# Acts of people.
ACTS: dict[type, Callable[[Draft, Stamped, Any], None]] = {
    RecordDrafted: on_drafted,
    RecordSubmitted: on_submitted,
    RecordReturned: on_returned,
    RecordApproved: on_approved,
    RecordFiledElsewhere: on_elsewhere,
}

# --- who may, and on what ------------------------------------------------------------------------------------------


def _closed(draft: Draft, stamped: Stamped, recheck_id: str, allowed: tuple[Role, ...]) -> Recheck | None:
    """The closed recheck, with an outcome, that a record is of; or a refusal."""
    one = draft.rechecks.get(recheck_id)
    if stamped.role not in allowed:
        draft.refuse("role_not_allowed", recheck_id, f"{stamped.role} may not do this to a record", "ask " + " or ".join(allowed))
    elif one is None or one.is_open or one.outcome == ABANDONED:
        refuse(draft, "recheck_not_closed", recheck_id, "" if one is None else f"outcome: {one.outcome or 'none yet'}")
    else:
        return one
    return None


def _drafted(
    draft: Draft, stamped: Stamped, recheck_id: str, allowed: tuple[Role, ...]
) -> tuple[Recheck, InspectionRecord] | None:
    one = _closed(draft, stamped, recheck_id, allowed)
    record = draft.inspection_records.get(recheck_id)
    if one is None:
        return None
    if record is None:
        refuse(draft, "record_not_drafted", f"carton:{one.carton}", "")
        return None
    if record.elsewhere:
        refuse(draft, "record_elsewhere", f"carton:{one.carton}", record.elsewhere)
        return None
    return one, record


def _submitted(draft: Draft, stamped: Stamped, recheck_id: str, shown: str) -> tuple[Recheck, InspectionRecord] | None:
    """What a section chief may judge: submitted, not approved yet, as it was shown, and of a recheck the chief was no part of."""
    found = _drafted(draft, stamped, recheck_id, (Role.SECTION_CHIEF,))
    if found is None:
        return None
    one, record = found
    if not record.submitted_by:
        refuse(draft, "record_not_submitted", f"carton:{one.carton}", f"drafted by {record.drafted_by}")
    elif record.content is not None:
        refuse(draft, "record_approved", f"carton:{one.carton}", f"by {record.content.approved_by}")
    elif stamped.actor in one.officers:
        refuse(draft, "same_officer", f"carton:{one.carton}", f"{stamped.actor} had part in it")
    elif not is_stale(draft, f"carton:{one.carton}", shown, shown_of(draft, one, record), _told_now(record)):
        return found
    return None


def shown_of(draft: Draft, one: Recheck, record: InspectionRecord | None) -> str:
    """The word for all that would stand on the paper, were it approved now; empty where nothing is left to decide."""
    if one.carton not in draft.cartons or (record is not None and record.content is not None):
        return ""
    if record is None:
        return word_of("none", one.recheck_id)
    filed = (record.elsewhere,) if record.elsewhere else ()
    return word_of(record.stage, record.returned, _content(draft, one, record, "", "", ""), *filed)


def _told_now(record: InspectionRecord | None) -> str:
    if record is None:
        return "now it is: not written yet"
    if record.elsewhere:
        return f"now it is: filed elsewhere, says {record.elsewhere_by}: {record.elsewhere}"
    return f"now it is: {record.stage}, written by {record.drafted_by}: {record.form.notes[:200]}"


# --- what it says --------------------------------------------------------------------------------------------------


def _content(draft: Draft, one: Recheck, record: InspectionRecord, by: str, utc: str, opinion: str) -> RecordContent:
    carton = draft.cartons[one.carton]
    found = draft.lists.get(carton.list_key)
    load = draft.loads.get(carton.load_id or carton.noticed_load)
    declared = found.declared if found is not None else None
    rows = _rows(declared, one)
    differences = tuple(told_difference(each) for each in one.differences)
    numbers = (declared.logistics_no, declared.order_no, declared.ebc_code, declared.trade_mode) if declared else ("", "", "", "")
    again = next(each for each in draft.rechecks.values() if each.carton == one.carton).recheck_id != one.recheck_id
    return RecordContent(
        one.recheck_id, draft.profile.name, carton.carton_no, *numbers, again, record.form,
        one.outcome, one.by_hand, one.cause[:300], one.opened_utc, one.closed_utc, load.seals if load is not None else (),
        one.seal_no, rows[:ROWS_MOST], max(len(rows) - ROWS_MOST, 0), differences[:DIFFERENCES_SHOWN], _photos(one),
        one.officers, one.party, one.party_name, one.witness, record.drafted_by, record.submitted_utc, by, utc, opinion[:500],
    )  # fmt: skip


def _photos(one: Recheck) -> tuple[EvidenceNamed, ...]:
    """The first and the newest: how it was opened, and how it was closed."""
    half = PHOTOS_MOST // 2
    return one.stills if len(one.stills) <= PHOTOS_MOST else (*one.stills[:half], *one.stills[-half:])


def _rows(declared: DeclaredList | None, one: Recheck) -> tuple[RecordRow, ...]:
    """Declared lines with what was found of each, then what nobody declared."""
    differs = {each.product for each in one.differences if each.product}
    bare = {each.detail for each in one.differences if not each.product}
    by_product: dict[str, list[FoundItem]] = {}
    for thing in one.found:
        by_product.setdefault(thing.product, []).append(thing)
    counted, rows = dict(one.counted), []
    for item in declared.items if declared is not None else ():
        product = "" if item.bar_code.strip().upper() in NO_BAR_CODE else product_of(item.bar_code)
        things = by_product.pop(product, []) if product else []
        pieces = len(things) + counted.pop(item.gnum, 0)
        matches = product not in differs and f"line {item.gnum}" not in bare
        rows.append(_row(item, product, pieces, things, matches=matches))
    for product, things in by_product.items():
        rows.append(RecordRow(0, "", "", product, "0", "", len(things), _traces(things), matches=False))
    rows += [RecordRow(0, "", "", "", "0", "", pieces, (), matches=False) for pieces in counted.values() if pieces]
    return tuple(rows)


def _row(item: DeclaredItem, product: str, pieces: int, things: list[FoundItem], *, matches: bool) -> RecordRow:
    return RecordRow(item.gnum, item.gname[:80], item.gcode, product, item.qty, item.unit, pieces, _traces(things), matches)


def _traces(things: list[FoundItem]) -> tuple[str, ...]:
    """As many trace codes as a row shows, each once."""
    return tuple(Counter(thing.trace for thing in things if thing.trace))[:TRACES_SHOWN]
