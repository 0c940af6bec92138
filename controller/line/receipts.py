"""Receipts of customs (CEB604): which list a receipt speaks of, and what it says.

One rule: a receipt that could mean two lists holds both and releases none; one that means none waits, and is an alarm if
it would have held something. A list whose copNo, invtNo or preNo is another one is not meant, though the order is its own; one
that has none yet may be meant by an order alone, and so may the next list of that order.
Receipts come late, twice and in any order (domain reference 2.2); a receipt has no waybill number, so a list is found by
copNo, invtNo, preNo or orderNo, whichever the receipt has. A receipt of a list that has left and was let go of is a word
about something departed.
"""

from msgspec.structs import replace

from controller.domain.customs_status import StatusMeaning, meaning_of
from controller.domain.declarations import DeclaredList, Receipt
from controller.line.contradictions import hold_contradictions
from controller.line.customs_time import hold_dated_ahead, is_ahead, tell_ahead
from controller.line.deleted_lists import stopped_by
from controller.line.events import ReceiptArrived
from controller.line.list_names import is_strong, kind_of_name, names_of
from controller.line.list_state import ConsignmentList, LeftList
from controller.line.recalls import recall_released
from controller.line.state import Draft
from controller.line.waiting_receipts import is_overdue, let_wait, said_by, take_out, waiting_under, would_hold

ORDERS_KEPT = 16
BEARERS_NAMED = 8
LEFT_NAMES_KEPT = 50_000


def claim_references(draft: Draft, declared: DeclaredList, key: str) -> None:
    """A new or changed list takes the names it declares, and keeps those it had: a late receipt may still use them.

    Two lists with one copNo, invtNo or preNo can not both be meant, also where the other one has left.
    """
    names = tuple(name for name in names_of(declared) if name not in draft.lists[key].names)
    for name in names:
        others = draft.references.get(name) or ()
        _add_name(draft, key, name)
        left = draft.left_names.get(name)
        bearers = tuple(dict.fromkeys((*others, *((left.key,) if left is not None else ()), key)))
        if is_strong(name) and len(bearers) > 1:
            cause = _told_of_bearers(name, bearers)
            hold_contradictions(draft, [("list", clash, "declaration_conflict", cause) for clash in (*others, key)])
    _take_waiting(draft, names)


def _told_of_bearers(name: str, bearers: tuple[str, ...]) -> str:
    """Each more is another contradiction of all before; a file with one number on all of its lists would be thousands of them."""
    if len(bearers) > BEARERS_NAMED:
        return f"{name} stands on more than {BEARERS_NAMED} lists"
    return f"{name} stands on the lists {', '.join(bearers)}"


def _add_name(draft: Draft, key: str, name: str) -> None:
    found = draft.lists[key]
    draft.lists.put(key, replace(found, names=(*found.names, name)))
    draft.references.put(name, (*(draft.references.get(name) or ()), key))


def let_go(draft: Draft, found: ConsignmentList) -> None:
    """A list that left is forgotten: no name leads to it any more, and of the newest it is still known that they are its."""
    for name in found.names:
        others = tuple(key for key in draft.references.get(name) or () if key != found.key)
        draft.references.put(name, others) if others else draft.references.drop(name)
    strong = [name for name in found.names if is_strong(name)]
    for name in strong:
        draft.left_names.put(name, LeftList(found.key, found.status, found.status_time, found.orders_taken))
    for name in draft.left_names.oldest(len(draft.left_names) + len(strong) - LEFT_NAMES_KEPT):
        draft.left_names.drop(name)


def on_receipt(draft: Draft, event: ReceiptArrived) -> None:
    receipt = event.receipt
    names = names_of(receipt)
    if not _lists_meant(draft, names)[1] and not _tell_of_unknown(draft, receipt, names):
        return
    _take_waiting(draft, _settle(draft, receipt))


def _take_waiting(draft: Draft, gained: tuple[str, ...]) -> None:
    """A list has gained these names: it takes what waits under them; one that teaches it another name brings more."""
    while gained:
        taught: tuple[str, ...] = ()
        for number in waiting_under(draft, gained):
            receipt = draft.orphan_receipts.get(number)
            if receipt is not None and _lists_meant(draft, names_of(receipt))[1]:
                take_out(draft, number)
                taught += _settle(draft, receipt, number)
        gained = taught


def _settle(draft: Draft, receipt: Receipt, number: str = "") -> tuple[str, ...]:
    """Give a receipt to the list it means, or to all it could mean; one that may mean a list to come waits (`number`: its place).

    Gives the names that a list has learned from it.
    """
    names = names_of(receipt)
    sure, lists = _lists_meant(draft, names)
    unknown = tuple(name for name in names if is_strong(name) and not draft.references.get(name))
    if sure:
        for name in unknown:
            _add_name(draft, lists[0], name)  # customs gives invtNo and preNo only now
        _apply(draft, lists[0], receipt)
        return unknown
    if lists:
        _take_doubtful(draft, receipt, lists)
    if not lists or (unknown and (would_hold(draft, receipt) or not _known_by_number(draft, names))):
        let_wait(draft, receipt, number)
    return ()


def _lists_meant(draft: Draft, names: tuple[str, ...]) -> tuple[bool, tuple[str, ...]]:
    """The one list that a receipt with these names means for sure, or else all that it could mean."""
    known = [lists for name in names if (lists := draft.references.get(name))]
    meant = tuple(key for key in known[0] if all(key in lists for lists in known)) if known else ()
    by_number = _known_by_number(draft, names)
    # By the order alone a number of nobody may be of a list of that order that is still to come.
    sure = by_number or not any(is_strong(name) for name in names)
    if len(meant) == 1 and sure and not _differs(draft, meant[0], names):
        return True, meant
    could = meant or tuple(dict.fromkeys(key for lists in known for key in lists))
    if not by_number:
        could = tuple(key for key in could if not _differs(draft, key, names))
    return False, could


def _known_by_number(draft: Draft, names: tuple[str, ...]) -> bool:
    """Whether a list bears a copNo, invtNo or preNo among these."""
    return any(is_strong(name) and draft.references.get(name) for name in names)


def _differs(draft: Draft, key: str, names: tuple[str, ...]) -> bool:
    """Whether one of these is a copNo, invtNo or preNo that is not this list's: it has another, or a list that left had it.

    What customs called a list before it rejected it binds no more: declared again it is given other numbers.
    """
    found = draft.lists[key]
    rejected = meaning_of(found.status, draft.profile.released_words) is StatusMeaning.REJECTED
    bind = names_of(found.declared) if rejected else (name for name in found.names if name not in found.names_rejected)
    kinds = {kind_of_name(name) for name in bind}
    others = [name for name in names if is_strong(name) and name not in found.names]
    return any(kind_of_name(name) in kinds or name in draft.left_names for name in others)


def _take_doubtful(draft: Draft, receipt: Receipt, lists: tuple[str, ...]) -> None:
    """A receipt that fits several lists, or whose numbers contradict each other: it may hold, never release."""
    meaning = said_by(draft, receipt)
    for key in lists:
        if meaning is StatusMeaning.RELEASED:
            draft.lists.put(key, replace(draft.lists[key], status_conflict=True))
        else:
            _apply(draft, key, receipt)
        draft.alarm("customs_status_conflict", f"list:{key}", "a receipt could mean this list or another")


def _tell_of_unknown(draft: Draft, receipt: Receipt, names: tuple[str, ...]) -> bool:
    """No list is meant. Says whether the receipt is to wait for one: not where its list has left and it would hold nothing."""
    if is_ahead(draft, receipt.return_time) and said_by(draft, receipt) is not StatusMeaning.NO_DECISION:
        tell_ahead(draft, names[0] if names else "-", receipt.return_time)
    left = [one for name in names if is_strong(name) and (one := draft.left_names.get(name)) is not None]
    if left:
        draft.note(f"list:{left[0].key}", f"customs status {receipt.return_status} at {receipt.return_time}")
        held = [one for one in left if _would_have_held(draft, one, receipt)]
        for key in dict.fromkeys(one.key for one in held):
            draft.alarm("receipt_after_departure", f"list:{key}", "it would hold what has left and was let go of")
        return bool(held)
    if would_hold(draft, receipt) and not receipt.cop_no:
        draft.alarm("receipt_without_list", names[0] if names else "-", "it would hold a list that nobody can name")
    return True


def _would_have_held(draft: Draft, left: LeftList, receipt: Receipt) -> bool:
    """Whether it says something new of a list that left: receipts come late and twice, also those from before its release."""
    if said_by(draft, receipt) is StatusMeaning.INSPECTION and receipt.return_time not in left.orders_taken:
        return True
    known = (left.status_time, left.status)
    return (
        would_hold(draft, receipt)
        and receipt.return_time >= left.status_time
        and known != (receipt.return_time, receipt.return_status)
    )


def _apply(draft: Draft, key: str, receipt: Receipt) -> None:
    found = draft.lists[key]
    meaning = said_by(draft, receipt)
    if meaning is StatusMeaning.NO_DECISION:
        draft.note(f"list:{key}", f"receipt {receipt.return_status} is an error text, not a decision")
        return
    if receipt.ebc_code and found.declared.ebc_code and receipt.ebc_code != found.declared.ebc_code:
        draft.lists.put(key, replace(found, status_conflict=True))
        draft.alarm("customs_status_conflict", f"list:{key}", "a receipt with this copNo names another trader")
        return
    if receipt.return_time > found.status_time and is_overdue(draft, receipt):
        draft.lists.put(key, replace(found, status_conflict=True))
        draft.alarm(
            "customs_status_conflict", f"list:{key}", "a release from before receipts that found no room while they waited"
        )
        return
    changes: dict[str, object] = {}
    if meaning is StatusMeaning.INSPECTION and receipt.return_time not in found.orders_taken:
        # An inspection order stands until its result is recorded, whatever order the receipts came in. The same order told
        # again is no second one: its file may be imported twice. One older than the orders kept would open again.
        changes["inspection_open"] = True
        changes["orders_taken"] = (*found.orders_taken, receipt.return_time)[-ORDERS_KEPT:]
        changes["ordered_ms"] = draft.now_ms
    ahead = is_ahead(draft, receipt.return_time)
    if ahead:
        told = hold_dated_ahead(draft, key, receipt)
        if told != found.dated_ahead:
            changes["dated_ahead"] = told
    elif receipt.return_time > found.status_time:
        changes |= {"status": receipt.return_status, "status_time": receipt.return_time, "status_conflict": False}
        changes["names_rejected"] = tuple(name for name in found.names_rejected if name not in names_of(receipt))
    elif receipt.return_time == found.status_time and receipt.return_status != found.status:
        changes["status_conflict"] = True
    if not ahead and (stop := stopped_by(found, receipt, meaning)) != found.stopped_by:
        changes["stopped_by"] = stop
    if not changes:
        return
    draft.lists.put(key, replace(found, **changes))
    draft.note(f"list:{key}", f"customs status {receipt.return_status} at {receipt.return_time}")
    if meaning is not StatusMeaning.RELEASED or changes.get("status_conflict"):
        recall_released(draft, key, f"customs status {receipt.return_status} after release")
