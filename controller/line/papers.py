"""Papers: manifests, customs receipts, load notices, and which load is being unloaded.

One rule: a file counts whole or not at all; a list before its closing event does not exist for the line, and a receipt
never makes a list freer than customs' latest word (domain reference 2.2: late, repeated and shuffled receipts).
"""

from msgspec.structs import replace

from controller.domain.customs_status import BLOCKER_OF, StatusMeaning, meaning_of
from controller.domain.declarations import DeclaredList, NoticedCarton
from controller.domain.reasons import Blocker
from controller.line.as_declared import content_ms, list_ms
from controller.line.batch_state import Batch
from controller.line.came_when import begin_unloading
from controller.line.contradictions import (
    Contradiction,
    disputes_over,
    hold_contradictions,
    is_settled,
    of_two_declarations,
    of_two_lists,
)
from controller.line.customs_time import is_ahead, not_ahead
from controller.line.deleted_lists import still_stops
from controller.line.events import (
    LoadArrived,
    ManifestClosed,
    ManifestList,
    NoticeCartons,
    NoticeClosed,
    UnloadingStarted,
)
from controller.line.list_names import names_of
from controller.line.list_state import ConsignmentList
from controller.line.naming import tell_ambiguous
from controller.line.recalls import members_of, recall_released
from controller.line.receipts import claim_references
from controller.line.state import Carton, Draft, Load
from controller.line.two_notices import Moved, of_two_notices

LISTS_KEPT = 8
NOTICES_KEPT = 8
LATE = "load_notice_late"
# What one notice contradicts: once for the same lists, the same carton, the same count.
Found = dict[tuple[str, ...], list[Contradiction]]


def key_of(logistics_code: str, number: str) -> str:
    """Cartons and lists are keyed by carrier and number: a number alone repeats across carriers."""
    return f"{logistics_code}/{number}"


# --- manifests -----------------------------------------------------------------------------------------------------


def on_manifest_list(draft: Draft, event: ManifestList) -> None:
    batch = draft.batches.get(event.batch) or Batch()
    if event.index != len(batch.lists):
        return  # a repeat after a crash of the importer, or a part out of order: the closing count will tell
    draft.batches.put(event.batch, replace(batch, lists=(*batch.lists, event.declared)))


def on_manifest_closed(draft: Draft, event: ManifestClosed) -> None:
    batch = draft.batches.get(event.batch) or Batch()
    draft.batches.drop(event.batch)
    if len(batch.lists) != event.count:
        draft.refuse("manifest_incomplete", event.evidence.name,
                     f"{len(batch.lists)} of {event.count} lists arrived: none counts", "import the file again")  # fmt: skip
        return
    for declared in batch.lists:
        _take_list(draft, declared)


def _take_list(draft: Draft, declared: DeclaredList) -> None:
    key = key_of(declared.logistics_code, declared.logistics_no)
    known = draft.lists.get(key)
    draft_only = declared.app_status != "2"
    withdrawn = draft_only or declared.app_type == "3"
    if known is None:
        draft.lists.put(key, ConsignmentList(key, declared, withdrawn=withdrawn, content_ms=draft.now_ms))
        if not draft.members.get(key) and key not in draft.cartons:
            _add_carton(draft, Carton(key, declared.logistics_no, key, "", 1, declared.pack_no))
        claim_references(draft, declared, key)
        _compare_numbers(draft, key)
        return
    if _same_content(known.declared, declared) and known.withdrawn == withdrawn:
        return
    late = declared.app_time < known.declared.app_time and not declared.app_type == known.declared.app_type == "1"
    if late and not is_ahead(draft, _time_of(known.declared)):
        return  # a late message from before the newest word: it changes nothing
    again = _declared_after_rejection(draft, known, declared)
    if declared.app_type == "1" and not known.withdrawn and (draft_only or not again):
        if draft_only or _time_of(declared) <= known.rejected_time:
            return  # a draft beside a declared list, or what customs rejected once more: it changes nothing
        contradiction = of_two_declarations(key, known.declared, declared)
        if is_settled(draft, contradiction):
            draft.note(f"list:{key}", "a new declaration that customs has settled came once more: it changes nothing")
        else:
            hold_contradictions(draft, [contradiction])
        return
    # A changed or withdrawn list needs a newer word of customs: the old release was for the old list.
    time = max(known.status_time, not_ahead(draft, _time_of(declared)))
    if again:
        rejected = tuple(name for name in known.names if name not in names_of(declared))
        known = replace(known, rejected_time=known.status_time, names_rejected=rejected)
    since_ms = content_ms(draft, known, declared)
    told = replace(known, declared=declared, withdrawn=withdrawn, status="", status_time=time, content_ms=since_ms)
    draft.lists.put(key, told)
    claim_references(draft, declared, key)
    if late:
        cause = "its declaration before this one is dated ahead of the clock: nobody can tell which is the newer"
        hold_contradictions(draft, [("list", key, "declaration_conflict", cause)])
    recall_released(draft, key, "its list was changed or withdrawn")
    for member in members_of(draft, key):
        tell_ambiguous(draft, draft.cartons[member].carton_no)
    if known.withdrawn:
        _compare_numbers(draft, key)


def _declared_after_rejection(draft: Draft, known: ConsignmentList, declared: DeclaredList) -> bool:
    """Whether it is declared new because customs had rejected it: both it and the rejection are newer than what stands here."""
    rejected = meaning_of(known.status, draft.profile.released_words) is StatusMeaning.REJECTED and not known.status_conflict
    newer = known.declared.app_time < declared.app_time and known.status_time < _time_of(declared)
    return declared.app_type == "1" and rejected and newer


def _time_of(declared: DeclaredList) -> str:
    """With the digits of a receipt's time."""
    return declared.app_time.ljust(17, "0")


def _compare_numbers(draft: Draft, key: str) -> None:
    """A list counts from now on. A number is of one carton: where a carton bears that of one list and is noticed for another,
    both lists are held.
    """
    if draft.lists[key].withdrawn:
        return
    found: list[Contradiction] = []
    own = draft.cartons.get(key)
    if own is not None and own.list_key != key and not _may_be_corrected(draft, own):
        found += of_two_lists(key, (key, own.list_key))
    for member in draft.members.get(key) or ():
        if member != key and _speaks(draft, member):
            found += of_two_lists(member, (member, key))
    hold_contradictions(draft, found)


def _counts(draft: Draft, list_key: str) -> bool:
    found = draft.lists.get(list_key)
    return found is not None and not found.withdrawn


def _speaks(draft: Draft, list_key: str) -> bool:
    """Whether papers may not pass a list over: it counts, or it was deleted and still stops its goods."""
    return _counts(draft, list_key) or still_stops(draft, list_key)


def _may_be_corrected(draft: Draft, carton: Carton) -> bool:
    """Before a carton is here, papers may still say another list than one that does not count and stops nothing."""
    return not _speaks(draft, carton.list_key) and not _is_here(draft, carton)


def _is_here(draft: Draft, carton: Carton) -> bool:
    """It was seen, or what it was announced with has arrived."""
    load = draft.loads.get(carton.load_id or carton.noticed_load)
    return carton.seen_ms >= 0 or (load is not None and load.arrived_ms >= 0)


def _same_content(one: DeclaredList, other: DeclaredList) -> bool:
    return replace(one, guid="", app_time="") == replace(other, guid="", app_time="")


def _add_carton(draft: Draft, carton: Carton) -> None:
    draft.cartons.put(carton.key, carton)
    known = draft.numbers.get(carton.carton_no) or ()
    if carton.key not in known:
        draft.numbers.put(carton.carton_no, (*known, carton.key))
        tell_ambiguous(draft, carton.carton_no)


# --- loads ---------------------------------------------------------------------------------------------------------


def on_notice_cartons(draft: Draft, event: NoticeCartons) -> None:
    batch = draft.batches.get(event.batch) or Batch()
    if event.index != batch.parts:
        return
    rows = tuple((c.carton_no, c.logistics_code, c.logistics_no, c.k, c.n) for c in event.cartons)
    draft.batches.put(event.batch, replace(batch, cartons=(*batch.cartons, *rows), parts=batch.parts + 1))


def on_notice_closed(draft: Draft, event: NoticeClosed) -> None:
    batch = draft.batches.get(event.batch) or Batch()
    draft.batches.drop(event.batch)
    if batch.parts != event.parts or len(batch.cartons) != event.count:
        draft.refuse("notice_incomplete", event.evidence.name,
                     f"{len(batch.cartons)} of {event.count} cartons arrived: the notice does not count",
                     "import the file again")  # fmt: skip
        return
    before = draft.loads.get(event.load_id) or Load(event.load_id)
    load = _announced(before, event)
    draft.loads.put(event.load_id, load)
    found: Found = {}
    moved: list[Moved] = []
    for row in batch.cartons:
        _notice_carton(draft, NoticedCarton(*row), event.load_id, found, moved)
    draft.note(f"load:{event.load_id}", f"load notice with {event.count} cartons, plate {event.plate}")
    if load.arrived_ms >= 0:
        found[("plate",)] = _plates_differ(load, event.plate)
        if not before.noticed and load.load_id in draft.seal_checks:
            found[("late",)] = [("load", load.load_id, LATE, "its first notice came after its seals had been looked at")]
    found[("notices",)] = [*of_two_notices(draft, event.load_id, moved)]
    hold_contradictions(draft, (one for several in found.values() for one in several))


def _announced(load: Load, event: NoticeClosed) -> Load:
    """What a load is held against is what was announced when it came; a notice after that takes nothing back, it can only add.

    Notices are often minutes behind their truck. But the first one that comes after somebody has begun to look at the seals may
    say what hangs there: it counts, under a hold (`LATE`).
    """
    told = replace(load, noticed=True, container_no=event.container_no, appointment=event.appointment, count=event.count)
    if not load.noticed or load.arrived_ms < 0:
        return replace(told, plate=event.plate, seals=event.seals)
    if {*event.seals} == {*load.seals}:
        return told
    others = (seals for seals in load.seals_later if {*seals} != {*event.seals})
    return replace(told, seals_later=(*others, event.seals)[-NOTICES_KEPT:])


def _plates_differ(load: Load, plate: str) -> list[Contradiction]:
    cause = f"notice {plate}, arrived {load.arrived_plate}"
    return [] if plate == load.arrived_plate else [("load", load.load_id, "load_plate_differs", cause)]


def _notice_carton(draft: Draft, noticed: NoticedCarton, load_id: str, found: Found, moved: list[Moved]) -> None:
    """The newest notice counts, but for what has departed; what it contradicts goes to `found`, once for the same lists."""
    key = key_of(noticed.logistics_code, noticed.carton_no)
    list_key = key_of(noticed.logistics_code, noticed.logistics_no)
    known = draft.cartons.get(key)
    lists = _lists_of(draft, key, known, list_key)
    if len(lists) > 1:
        found.setdefault(lists, of_two_lists(key, lists))
    # Whatever another notice says, it was on this truck.
    came = known is not None and bool(known.load_id) and known.load_id == known.noticed_load
    if known is not None:
        _contradicts(draft, known, noticed, found)
        if known.noticed_load not in ("", load_id):
            moved.append((known.key, known.noticed_load, known.noticed_load if came else load_id))
        if known.place == "departed":
            return
    carton = known or Carton(key, noticed.carton_no, list_key, load_id, noticed.k, noticed.n)
    before = (*(one for one in carton.lists_before if one != carton.list_key), carton.list_key)[-LISTS_KEPT:]
    _put_under(draft, carton, list_key)
    _add_carton(
        draft,
        replace(carton, noticed_load=carton.noticed_load if came else load_id, list_key=list_key, k=noticed.k, n=noticed.n,
                lists_before=before if len(lists) > 1 else carton.lists_before, list_ms=list_ms(draft, known, list_key)),
    )  # fmt: skip
    draft.note(f"carton:{key}", f"announced for load {load_id}, {noticed.k} of {noticed.n} of list {list_key}")


def _lists_of(draft: Draft, key: str, known: Carton | None, list_key: str) -> tuple[str, ...]:
    """The lists that papers say a carton is of: this notice, papers before it, and its own number."""
    if known is not None and known.list_key == list_key:
        return (list_key,)
    lists = {list_key}
    if known is not None and not _may_be_corrected(draft, known):
        lists.add(known.list_key)
    if _speaks(draft, key):
        lists.add(key)
    return tuple(sorted(lists))


def _contradicts(draft: Draft, known: Carton, noticed: NoticedCarton, found: Found) -> None:
    """Once it is here: another number of cartons of its list."""
    if known.noticed_load and known.n != noticed.n and _is_here(draft, known):
        few, many = sorted((known.n, noticed.n))
        cause = f"load notices say of its list that it has {few} cartons and that it has {many}"
        found.setdefault(("list", known.list_key), [("list", known.list_key, "declaration_conflict", cause)])


def _put_under(draft: Draft, carton: Carton, list_key: str) -> None:
    """A carton is among the cartons of one list, and of no other any more."""
    before = draft.members.get(carton.list_key) or ()
    if carton.list_key != list_key and carton.key in before:
        rest = tuple(key for key in before if key != carton.key)
        draft.members.put(carton.list_key, rest) if rest else draft.members.drop(carton.list_key)
    members = draft.members.get(list_key) or ()
    if carton.key not in members:
        draft.members.put(list_key, (*members, carton.key))


def on_load_arrived(draft: Draft, event: LoadArrived) -> None:
    """Said again with another plate, it was typed wrong, or the truck is another: what was found by the first plate stays."""
    before = draft.loads.get(event.load_id) or Load(event.load_id)
    load = replace(before, arrived_plate=event.plate, arrived_ms=draft.now_ms if before.arrived_ms < 0 else before.arrived_ms)
    if load == before:
        return
    draft.loads.put(event.load_id, load)
    said = f"arrived, plate {event.plate}" if before.arrived_ms < 0 else f"its plate is {event.plate}, not {before.arrived_plate}"
    draft.note(f"load:{event.load_id}", said)
    if load.noticed:
        hold_contradictions(draft, _plates_differ(load, load.plate))


def on_unloading_started(draft: Draft, event: UnloadingStarted) -> None:
    load = draft.loads.get(event.load_id)
    if load is None or load.arrived_ms < 0:
        draft.refuse("load_not_arrived", event.load_id, "this load has not been reported as arrived",
                     "report its arrival first: xiyong act load-arrived")  # fmt: skip
        return
    draft.loads.put(event.load_id, replace(load, unloading_ms=draft.now_ms))
    begin_unloading(draft, event.load_id)
    draft.note(f"load:{event.load_id}", "unloading")


# --- what papers have against a release ----------------------------------------------------------------------------


def paper_blockers(draft: Draft, carton: Carton) -> tuple[Blocker, ...]:
    """Load, list and customs status of one carton; of each of its lists, while papers contradict each other about them.

    A hold on one of them that is not its list by the newest paper holds it, too: a contradiction is settled when all of it is.
    """
    found = [*_load_blockers(draft, carton), *_list_blockers(draft, carton)]
    for key in dict.fromkeys((carton.key, *carton.lists_before)):
        if key == carton.list_key or not (disputes := disputes_over(draft, key)):
            continue
        other = draft.lists.get(key)
        found += _status_blockers(draft, other) if other is not None else ()
        if not disputes_over(draft, carton.list_key):  # else the hold on its own list says it already
            found += (Blocker(one.code, f"list:{key}", f"{one.cause} ({one.hold_id})") for one in disputes)
    return tuple(found)


def _load_blockers(draft: Draft, carton: Carton) -> tuple[Blocker, ...]:
    load = draft.loads.get(carton.load_id)
    if load is None:
        return (Blocker("load_unknown", f"carton:{carton.key}"),)
    subject = f"load:{load.load_id}"
    if not load.noticed:
        return (Blocker("load_notice_missing", subject),)
    if carton.noticed_load != load.load_id:
        return (Blocker("wrong_load", f"carton:{carton.key}", f"noticed for {carton.noticed_load or 'no load'}"),)
    return ()


def _list_blockers(draft: Draft, carton: Carton) -> tuple[Blocker, ...]:
    found = draft.lists.get(carton.list_key)
    subject = f"list:{carton.list_key}"
    if found is None:
        return (Blocker("not_declared", f"carton:{carton.key}", f"list {carton.list_key} has not arrived"),)
    blockers: list[Blocker] = []
    if found.withdrawn:
        blockers.append(Blocker("list_withdrawn", subject))
    pack_no = found.declared.pack_no
    noticed = len(draft.members.get(found.key) or ()) or carton.n
    if noticed > pack_no or carton.n != pack_no:
        blockers.append(Blocker("pack_count_differs", subject, f"list {pack_no}, notice {max(noticed, carton.n)}"))
    seen = seen_count(draft, found)
    if draft.profile.list_incomplete == "divert" and seen < pack_no:
        blockers.append(Blocker("list_incomplete", subject, f"{seen} of {pack_no} cartons seen"))
    return (*blockers, *_status_blockers(draft, found))


def seen_count(draft: Draft, found: ConsignmentList) -> int:
    """How many cartons of a list the line has identified so far."""
    return sum(1 for key in members_of(draft, found.key) if draft.cartons[key].seen_ms >= 0)


def _status_blockers(draft: Draft, found: ConsignmentList) -> tuple[Blocker, ...]:
    subject = f"list:{found.key}"
    blockers: list[Blocker] = []
    if found.status_conflict:
        blockers.append(Blocker("customs_status_conflict", subject))
    if not found.status:
        blockers.append(Blocker("customs_status_missing", subject))
    else:
        meaning = meaning_of(found.status, draft.profile.released_words)
        if meaning is not StatusMeaning.RELEASED:
            blockers.append(Blocker(BLOCKER_OF[meaning], subject, f"status {found.status} at {found.status_time}"))
        elif found.inspection_open:
            blockers.append(Blocker("inspection_open", subject, f"status {found.status} at {found.status_time}"))
    return tuple(blockers)
