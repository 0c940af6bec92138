"""Receipts that came before their list 先到回执: each waits under all of its names, in the order in which they came.

One rule: one that stops goods (an order to inspect, detained, returned, an unknown word) is never dropped without a word. When
too many wait, the one with the oldest time among the others goes: a list is held without its release, and a pending or rejected
list by the time that is kept: no release from before it counts any more (`is_overdue`). Where nothing may go, the line is held
until people of customs have seen to it, and their lift makes room: the oldest go then, orders to inspect last.
"""

from controller.domain.customs_status import StatusMeaning, meaning_of
from controller.domain.declarations import Receipt
from controller.line.customs_time import is_ahead, not_ahead
from controller.line.list_names import names_of
from controller.line.readiness import hold_line
from controller.line.state import Draft

RECEIPTS_KEPT = 5000
ROOM_MADE_OF_10 = 1
NOT_KEPT = "receipt_not_kept"
MAY_GO = frozenset({StatusMeaning.RELEASED, StatusMeaning.NO_DECISION, StatusMeaning.PENDING, StatusMeaning.REJECTED})


def said_by(draft: Draft, receipt: Receipt) -> StatusMeaning:
    return meaning_of(receipt.return_status, draft.profile.released_words)


def would_hold(draft: Draft, receipt: Receipt) -> bool:
    """Whether the list it means is held by it; an error text decides nothing."""
    return said_by(draft, receipt) not in (StatusMeaning.RELEASED, StatusMeaning.NO_DECISION)


def waiting_under(draft: Draft, names: tuple[str, ...]) -> list[str]:
    """The numbers of what waits under any of these, in the order in which it came."""
    return sorted({number for name in names for number in draft.orphan_names.get(name) or ()}, key=int)


def take_out(draft: Draft, number: str) -> Receipt | None:
    receipt = draft.orphan_receipts.get(number)
    if receipt is not None:
        draft.orphan_receipts.drop(number)
        for name in names_of(receipt):
            others = tuple(one for one in draft.orphan_names.get(name) or () if one != number)
            draft.orphan_names.put(name, others) if others else draft.orphan_names.drop(name)
    return receipt


def let_wait(draft: Draft, receipt: Receipt, number: str = "") -> None:
    """`number` is its place among those that wait, if it has one already. A word that says nothing new is not kept."""
    names = names_of(receipt)
    if not names:
        return  # nothing could ever bring it to its list
    for other_number in waiting_under(draft, names[:1]):
        other = draft.orphan_receipts[other_number]
        if _same(other, receipt) or _overtakes(draft, other, receipt):
            return
        if _overtakes(draft, receipt, other):
            take_out(draft, other_number)
    if not number:
        if not _has_room(draft, receipt):
            return
        draft.set_facts(receipts_waited=draft.facts.receipts_waited + 1)
        number = str(draft.facts.receipts_waited)
    draft.orphan_receipts.put(number, receipt)
    for name in names:
        draft.orphan_names.put(name, (*(draft.orphan_names.get(name) or ()), number))


def _same(one: Receipt, other: Receipt) -> bool:
    return _word(one) == _word(other) and names_of(one) == names_of(other)


def _word(one: Receipt) -> tuple[str, str, str]:
    return one.return_status, one.return_time, one.ebc_code


def _overtakes(draft: Draft, newer: Receipt, older: Receipt) -> bool:
    """Whether the list that the older one means would take the newer word. An order to inspect is overtaken by nothing, and an
    error text, which may still teach a name, overtakes nothing.
    """
    return (
        newer.return_time > older.return_time
        and newer.ebc_code == older.ebc_code
        and said_by(draft, older) is not StatusMeaning.INSPECTION
        and said_by(draft, newer) is not StatusMeaning.NO_DECISION
        and set(names_of(older)) <= set(names_of(newer))
        and not is_ahead(draft, newer.return_time)
    )


def is_overdue(draft: Draft, receipt: Receipt) -> bool:
    """Whether it is a release from before a word that had to go and may have said otherwise of the same list."""
    return said_by(draft, receipt) is StatusMeaning.RELEASED and receipt.return_time <= draft.facts.receipts_gone_until


def _has_room(draft: Draft, receipt: Receipt) -> bool:
    if len(draft.orphan_receipts) < RECEIPTS_KEPT:
        return True
    waiting = ((number, draft.orphan_receipts.get(number)) for number in draft.orphan_receipts.oldest(RECEIPTS_KEPT))
    may_go = [(one.return_time, int(number), one) for number, one in waiting if one is not None and said_by(draft, one) in MAY_GO]
    if may_go:
        time, oldest, gone = min(may_go, key=lambda one: one[:2])
        take_out(draft, str(oldest))
        if would_hold(draft, gone):
            draft.set_facts(receipts_gone_until=max(not_ahead(draft, time), draft.facts.receipts_gone_until))
        return True
    first = names_of(receipt)[0]
    if would_hold(draft, receipt):
        hold_line(draft, NOT_KEPT, "too many receipts wait for their lists")
        draft.alarm("receipt_without_list", first, "it would hold its list, and too many receipts wait")
    draft.refuse("receipt_without_list", first, "no list bears this number, and too many receipts wait",
                 "import the manifest, then this receipt again")  # fmt: skip
    return False


def make_room(draft: Draft, actor: str) -> None:
    """Customs answers for what has waited longest and lets the line go on. No release from before it counts for any list."""
    kept = min(RECEIPTS_KEPT * (10 - ROOM_MADE_OF_10) // 10, RECEIPTS_KEPT - 1)
    numbered = [(int(number), draft.orphan_receipts[number]) for number in draft.orphan_receipts.oldest(RECEIPTS_KEPT)]
    waiting = [(said_by(draft, one) is StatusMeaning.INSPECTION, one.return_time, number, one) for number, one in numbered]
    going = sorted(waiting, key=lambda one: one[:3])[: max(len(waiting) - kept, 0)]
    for _, _, number, _ in going:
        take_out(draft, str(number))
    times = [not_ahead(draft, time) for _, time, _, one in going if would_hold(draft, one)]
    if times:
        draft.set_facts(receipts_gone_until=max(*times, draft.facts.receipts_gone_until))
        draft.note("line", f"{len(going)} receipts up to {max(times)} wait for their lists no more: seen to by {actor}")
