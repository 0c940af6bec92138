"""Seal check 验封: the seals of a load against its load notice, before anything of it may be released.

One rule: until every announced seal was found, intact, and nothing else was found, each carton of the load is held; only another
person's look at exactly what was found takes that away, and no load notice that comes after the load. Late, missing, unclear,
contradictory: held. Source: architecture, station 1; domain notes 4 (seals).
"""

from msgspec.structs import replace

from controller.domain.identifiers import normalise
from controller.domain.reasons import CATALOGUE, COMPANY_LEADS, CUSTOMS, CUSTOMS_DECIDES, Blocker, Role
from controller.line.commands import Fact, ReadSeal
from controller.line.events import CodesRead, NoticeClosed, Stamped, UnloadingStarted
from controller.line.holds import of_loads
from controller.line.readiness import wake
from controller.line.recalls import recall
from controller.line.seal_events import (
    ABSENT,
    BROKEN,
    INTACT,
    SealCheckStarted,
    SealNotSeen,
    SealReported,
    SealSeen,
    SecondLook,
)
from controller.line.seal_state import CameraLook, Look, SealCheck
from controller.line.shown import is_stale, word_of
from controller.line.state import Carton, Draft, Load

SCANNED_MOST = 32
REPORTED_MOST = 8
LOOKS_MOST = 16
STARTS_MOST = 16
LOOKS = (*CUSTOMS_DECIDES, *COMPANY_LEADS)
CHECKS = (Role.OPERATOR, *LOOKS)
PENDING = "seal_not_checked"
OF_CUSTOMS = "customs "  # `explain.company_text` cuts who of customs it was, and the words

Finding = tuple[str, str]


# --- what the check found ------------------------------------------------------------------------------------------


def seal_blockers(draft: Draft, carton: Carton) -> tuple[Blocker, ...]:
    """What the seals of its loads have against a carton, wherever it stands."""
    if not draft.profile.seal_required:
        return ()
    # Of an unknown load the papers say so.
    loads = [load for _, load_id in of_loads(carton) if (load := draft.loads.get(load_id)) is not None]
    return tuple(Blocker(code, f"load:{one.load_id}", detail) for one in loads for code, detail in standing(draft, one))


def standing(draft: Draft, load: Load) -> tuple[Finding, ...]:
    """The findings that no second look has answered."""
    check = draft.seal_checks.get(load.load_id)
    if check is None:
        return ((PENDING, "nobody has looked at its seals yet"),)
    if not check.looks:
        return findings(draft, load, check)
    answered = {finding for look in check.looks if look.accepted for finding in look.findings}
    confirmed = _confirmed(check)
    if confirmed is not None:
        return tuple((code, f"{detail}; confirmed by a second look") for code, detail in confirmed.findings)
    return tuple(finding for finding in findings(draft, load, check) if finding not in answered)


def findings(draft: Draft, load: Load, check: SealCheck) -> tuple[Finding, ...]:
    """Everything that speaks against these seals now; empty = they are the announced ones, and intact."""
    found: list[Finding] = []
    for condition, code in ((BROKEN, "seal_broken"), (ABSENT, "seal_absent")):
        seen = list(dict.fromkeys(look.camera for look in (*check.earlier, *check.cameras) if look.condition == condition))
        told = [told for reported, told in check.reported if reported == condition]
        told += [f"{last} ({count} reports more than are kept)" for of, count, last in check.reported_more if of == condition]
        seen += sorted(told, key=lambda one: one.startswith(OF_CUSTOMS))  # last: what stands behind is cut for the company
        if seen:
            found.append((code, ", ".join(seen)))
    found += _number_findings(draft, load, check)
    found += [("seal_differs", _said_later(load, seals)) for seals in load.seals_later]
    if len(check.all_scanned) >= SCANNED_MOST:
        count = SCANNED_MOST + check.scanned_more  # another text with each code: no look before covers it
        found.append(("seal_differs", f"{count} codes were scanned: what came after {SCANNED_MOST} of them is not compared"))
    return tuple(found)


def _said_later(load: Load, seals: tuple[str, ...]) -> str:
    """Who sends the notices could else announce what was found, once it was found."""
    return f"a notice after its arrival names {', '.join(seals) or 'none'}, the one before {', '.join(load.seals) or 'none'}"


def _number_findings(draft: Draft, load: Load, check: SealCheck) -> list[Finding]:
    announced = load.seals if load.noticed else ()
    in_pictures = tuple(number for look in check.cameras for number in look.numbers)
    before = tuple(number for look in check.earlier for number in look.numbers)
    strange = tuple(dict.fromkeys(n for n in (*check.all_scanned, *in_pictures, *before) if n not in announced))
    if load.noticed and strange:
        return [("seal_differs", f"found {', '.join(strange)}, announced {', '.join(announced) or 'none'}")]
    if load.noticed and not announced:
        return [("seal_differs", "the load notice names no seal")]
    missing = _missing(draft, check, announced, in_pictures)
    if not missing:
        return []
    return [("seal_unread" if check.closed_ms >= 0 else PENDING, "; ".join(missing))]


def _missing(draft: Draft, check: SealCheck, announced: tuple[str, ...], in_pictures: tuple[str, ...]) -> list[str]:
    """Which of the two ways of finding a seal has not given what it must."""
    missing = []
    if draft.profile.seal_scanner:
        unscanned = [number for number in announced if number not in check.scanned]
        if unscanned or not check.scanned:
            missing.append(f"not scanned: {', '.join(unscanned) or 'any seal'}")
    for look in check.cameras:
        if look.condition in (BROKEN, ABSENT):
            continue  # that is said already
        if look.condition != INTACT:
            missing.append(f"camera {look.camera}: {look.failed or look.condition or 'no answer yet'}")
        elif not look.numbers:
            missing.append(f"camera {look.camera}: no number read")
    if not draft.profile.seal_scanner and not check.cameras:
        missing.append("no reader and no camera for seals")
    elif not draft.profile.seal_scanner:
        unseen = [number for number in announced if number not in in_pictures]
        if unseen:
            missing.append(f"not seen: {', '.join(unseen)}")
    return missing


def _confirmed(check: SealCheck) -> Look | None:
    """The last word of whoever looked, if it is that the finding stands."""
    return check.looks[-1] if check.looks and not check.looks[-1].accepted else None


def seal_facts(draft: Draft, carton: Carton) -> list[Fact]:
    """What was found, for the record of a decision."""
    check = draft.seal_checks.get(carton.load_id) if carton.load_id else None
    if check is None:
        return []
    told = [f"scanned {', '.join(check.all_scanned) or 'none'}"]
    for look in (*check.earlier, *check.cameras):
        told.append(
            f"camera {look.camera} {look.condition or look.failed or 'has not answered'} {', '.join(look.numbers)}".rstrip()
        )
    told += [f"{'accepted' if look.accepted else 'confirmed'} by a second look" for look in check.looks]
    return [Fact("seal", "; ".join(told), check.started_ms)]


# --- the first look ------------------------------------------------------------------------------------------------


def on_started(draft: Draft, stamped: Stamped, event: SealCheckStarted) -> None:
    """Begin the check of an arrived load, or begin it again when nothing but reads was missing: what was found counts on."""
    load = draft.loads.get(event.load_id)
    if stamped.role not in CHECKS:
        draft.refuse("role_not_allowed", event.load_id, f"{stamped.role} may not check seals", "ask " + " or ".join(CHECKS))
        return
    if load is None or load.arrived_ms < 0:
        draft.refuse("load_not_arrived", event.load_id, "this load has not been reported as arrived",
                     "report its arrival first: xiyong act load-arrived")  # fmt: skip
        return
    before = draft.seal_checks.get(event.load_id)
    if before is not None and (cause := _not_again(draft, load, before)):
        draft.refuse(*cause)
        return
    _close(draft, draft.facts.seal_check_of)
    at_once = before is not None and before.started_ms == draft.now_ms
    again = f"#{len(before.started_before) + 1}" if before is not None and at_once else ""  # two in one instant are two looks
    cameras = tuple(CameraLook(name, f"{event.load_id}:{name}:{draft.now_ms}{again}") for name in draft.profile.seal_cameras)
    begun = SealCheck(event.load_id, stamped.actor, draft.now_ms, cameras=cameras)
    draft.seal_checks.put(event.load_id, begun if before is None else _done_over(begun, before))
    draft.set_facts(seal_check_of=event.load_id)
    draft.commands += [ReadSeal(look.work_id, event.load_id, look.camera) for look in cameras]
    wake(draft, draft.now_ms + draft.profile.seal_limit_s * 1000, f"seal:{event.load_id}")
    draft.note(f"load:{event.load_id}", f"seal check begun by {stamped.actor}")
    tell_new(draft, load, set())


def _done_over(begun: SealCheck, before: SealCheck) -> SealCheck:
    """A check that is done over asks for new reads and pictures. It takes back no code that was not announced, and nothing that a
    picture showed; an announced one hung there then, and must be scanned now.
    """
    told = tuple(look for look in before.cameras if look.condition in (BROKEN, ABSENT) or look.numbers)
    return replace(
        begun, scanned_before=before.all_scanned[:SCANNED_MOST], reported=before.reported, reported_more=before.reported_more,
        started_before=(*before.started_before, before.started_by), earlier=(*before.earlier, *told),
    )  # fmt: skip


def _not_again(draft: Draft, load: Load, check: SealCheck) -> tuple[str, str, str, str] | None:
    """Why a check may not be done over, as a refusal: doing it over must not wipe out what it found."""
    codes = {code for code, _ in findings(draft, load, check)}
    if _confirmed(check) is not None or codes - {PENDING, "seal_unread"}:
        return ("seal_second_look_needed", load.load_id, "the first check found something; it is not done over",
                "another person looks: xiyong act second-look")  # fmt: skip
    if not codes:
        return "seal_checked", load.load_id, "its seals are checked and match", "nothing to do"
    if len(check.started_before) >= STARTS_MOST - 1:
        return ("seal_second_look_needed", load.load_id, f"its check was begun {STARTS_MOST} times",
                "another person looks: xiyong act second-look")  # fmt: skip
    return None


def on_codes(draft: Draft, event: CodesRead) -> None:
    """A seal was scanned: it belongs to the load whose check is open."""
    check = draft.seal_checks.get(draft.facts.seal_check_of)
    texts = tuple(dict.fromkeys(normalise(code.text) for code in event.codes))
    if check is None or check.closed_ms >= 0:
        draft.note("line", f"seal {', '.join(texts)} scanned while no seal check is open")
        return
    codes = tuple(dict.fromkeys((*check.scanned, *texts)))
    more = check.scanned_more + max(len(codes) - SCANNED_MOST, 0)
    draft.note(f"load:{check.load_id}", f"seal scanned: {', '.join(texts)}")
    _put(draft, replace(check, scanned=codes[:SCANNED_MOST], scanned_more=more))


def on_seen(draft: Draft, event: SealSeen) -> None:
    numbers = tuple(dict.fromkeys(normalise(number) for number in event.numbers))
    told = f"camera {event.camera}: seal {event.condition}, {', '.join(numbers) or 'no number'}"
    draft.note(f"load:{event.load_id}", told + (f" ({event.cause})" if event.cause else ""))
    check = draft.seal_checks.get(event.load_id)
    if check is None or any(look.work_id == event.work_id for look in check.cameras):
        _answer(draft, event.load_id, event.work_id, condition=event.condition, numbers=numbers, pictures=event.pictures,
                at_ms=event.at_ms)  # fmt: skip
    elif event.condition in (BROKEN, ABSENT) or numbers:
        # Of a check that was done over: that it looked intact then says nothing now, what speaks against the seal does.
        late = CameraLook(event.camera, event.work_id, event.condition, numbers, event.pictures, at_ms=event.at_ms)
        known = any(look.work_id == event.work_id for look in check.earlier)
        _put(draft, check if known else replace(check, earlier=(*check.earlier, late)))


def on_not_seen(draft: Draft, event: SealNotSeen) -> None:
    draft.note(f"load:{event.load_id}", f"camera {event.camera}: no picture of the seal, {event.code}: {event.cause}")
    _answer(draft, event.load_id, event.work_id, failed=f"{event.code}: {event.cause}", at_ms=draft.now_ms)


def _answer(draft: Draft, load_id: str, work_id: str, **changes: object) -> None:
    """Put a camera's answer to the look that was asked for."""
    check = draft.seal_checks.get(load_id)
    if check is None:
        return
    looks = tuple(replace(look, **changes) if look.work_id == work_id and look.at_ms < 0 else look for look in check.cameras)
    _put(draft, replace(check, cameras=looks))


def on_reported(draft: Draft, stamped: Stamped, event: SealReported) -> None:
    """What a person sees counts as what a camera sees; it can only hold."""
    check = draft.seal_checks.get(event.load_id)
    if check is None or event.condition not in (BROKEN, ABSENT):
        draft.refuse("seal_report_not_valid", event.load_id, f"{event.condition} of {event.load_id} can not be reported",
                     "begin its seal check; report broken or absent")  # fmt: skip
        return
    said = f"customs {stamped.actor} reports: {event.cause}" if stamped.role in CUSTOMS else f"{stamped.actor}: {event.cause}"
    told = (event.condition, said)
    draft.note(f"load:{event.load_id}", f"seal {event.condition}, says {stamped.actor}: {event.cause}")
    if len(check.reported) < REPORTED_MOST:
        _put(draft, replace(check, reported=(*check.reported, told)))
        return
    more = {of: (count, last) for of, count, last in check.reported_more}
    more[event.condition] = (more.get(event.condition, (0, ""))[0] + 1, said)  # another text: no look before covers it
    _put(draft, replace(check, reported_more=tuple((of, count, last) for of, (count, last) in more.items())))


def on_timer(draft: Draft, load_id: str) -> None:
    _close(draft, load_id)


def _close(draft: Draft, load_id: str) -> None:
    """What is missing now counts as unread."""
    check = draft.seal_checks.get(load_id)
    if check is not None and check.closed_ms < 0:
        _put(draft, replace(check, closed_ms=draft.now_ms))


def _put(draft: Draft, check: SealCheck) -> None:
    """Keep a changed check; tell what is new in it, and close it when nothing is missing any more."""
    load = draft.loads[check.load_id]
    before = set(standing(draft, load))
    draft.seal_checks.put(check.load_id, check)
    if check.closed_ms < 0 and load.noticed and not findings(draft, load, check):
        draft.seal_checks.put(check.load_id, replace(check, closed_ms=draft.now_ms))
        draft.note(f"load:{check.load_id}", "seals match the load notice and are intact")
    tell_new(draft, load, before)


def tell_new(draft: Draft, load: Load, before: set[Finding]) -> None:
    """An alarm for each new finding, and a recall of what has left already."""
    for code, detail in standing(draft, load):
        if (code, detail) in before or code == PENDING:
            continue
        draft.alarm(code, f"load:{load.load_id}", detail)
        for carton in tuple(draft.cartons.values()):
            if ("load", load.load_id) in of_loads(carton) and carton.released_ms >= 0:
                recall(draft, carton, f"{code} found on its load: {detail}")


# --- the second look -----------------------------------------------------------------------------------------------


def on_second_look(draft: Draft, stamped: Stamped, event: SecondLook) -> None:
    """Another person lifts what the check found, or confirms it; who may lift is in the catalogue."""
    load, check = draft.loads.get(event.load_id), draft.seal_checks.get(event.load_id)
    if load is None or check is None:
        draft.refuse("seal_not_checked", event.load_id, "there was no first look", "begin its seal check: xiyong act seal-check")
        return
    confirmed = _confirmed(check)
    found = confirmed.findings if confirmed is not None else standing(draft, load)
    if cause := _look_refused(stamped, event, check, found):
        draft.refuse(*cause)
        return
    if is_stale(draft, f"load:{load.load_id}", event.shown, shown_of(draft, load), _told_now(found)):
        return
    look = Look(stamped.actor, event.accepted, found, event.cause, draft.now_ms)
    draft.seal_checks.put(check.load_id, replace(check, looks=(*check.looks, look)[-LOOKS_MOST:]))
    codes = ", ".join(code for code, _ in found)
    draft.note(f"load:{load.load_id}", f"second look: {codes} {'lifted' if event.accepted else 'confirmed'}")


def shown_of(draft: Draft, load: Load) -> str:
    """The word for everything that findings come from: another one says that there is something new to look at."""
    check = draft.seal_checks.get(load.load_id)
    if check is None:
        return ""
    codes = [code for code, _ in standing(draft, load)]
    asked = [(look.work_id, look.at_ms) for look in (*check.cameras, *check.earlier)]
    told = (len(check.reported), [(condition, count) for condition, count, _ in check.reported_more])
    scanned = (check.all_scanned, check.scanned_more)
    looked = [(look.actor, look.at_ms) for look in check.looks]
    return word_of(load.load_id, codes, asked, scanned, told, check.closed_ms, looked, load.seals, load.seals_later)


def _told_now(found: tuple[Finding, ...]) -> str:
    return f"what is found by now: {', '.join(dict.fromkeys(code for code, _ in found))}"


def _look_refused(
    stamped: Stamped, event: SecondLook, check: SealCheck, found: tuple[Finding, ...]
) -> tuple[str, str, str, str] | None:
    """Why this person may not say this, as a refusal, or nothing."""
    codes = [code for code, _ in found]
    confirmed = _confirmed(check)
    if not found:
        return "seal_nothing_found", event.load_id, "nothing speaks against its seals", "nothing to do"
    if PENDING in codes:
        return "seal_check_open", event.load_id, "the first check is not over", "finish it, or wait for its time limit"
    if stamped.actor in (check.started_by, *check.started_before):
        return "same_person", event.load_id, f"{stamped.actor} made the first check", "another person must look"
    if confirmed is not None and (stamped.role is not Role.SECTION_CHIEF or stamped.actor == confirmed.actor):
        return "seal_confirmed", event.load_id, "a second look confirmed it", "another section chief decides"
    allowed = [role for role in LOOKS if all(role in CATALOGUE[code].lift for code in codes)] if event.accepted else list(LOOKS)
    if stamped.role not in allowed:
        return ("role_not_allowed", event.load_id, f"{stamped.role} may not {'lift' if event.accepted else 'confirm'} "
                + ", ".join(codes), "ask " + " or ".join(allowed))  # fmt: skip
    return None


# --- what others must know -----------------------------------------------------------------------------------------


def on_notice(draft: Draft, event: NoticeClosed) -> None:
    """A load notice that came behind its load is compared then; another one can only add to what was found."""
    load, check = draft.loads.get(event.load_id), draft.seal_checks.get(event.load_id)
    if load is not None and check is not None:
        tell_new(draft, load, set())


def on_unloading(draft: Draft, event: UnloadingStarted) -> None:
    """The doors are opened. If nothing has allowed that, what comes out is held, and people are told."""
    load = draft.loads.get(event.load_id)
    if load is None or load.unloading_ms < 0 or not draft.profile.seal_required:
        return
    found = standing(draft, load)
    if found:
        codes = ", ".join(code for code, _ in found)
        draft.alarm("unloaded_without_seal", f"load:{load.load_id}", f"its doors are opened in spite of {codes}")
