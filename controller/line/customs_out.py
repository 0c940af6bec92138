"""What customs is told of lists, and whether it is still heard: arrivals 运抵, the end of inspections, and silence.

One rule: a list is told to have arrived once, and only when each of its cartons has been scanned in; nothing that customs is
told releases anything. A line that has not heard customs for `customs_silence_limit_s` releases nothing: an order to inspect
may be on its way. After a restart nobody knows how long it has been, so the next word is waited for.
Source: domain reference 2 (CEB507, CEB508), 9.1 (loss of the customs link = no pass), 9.6 (receipts repeat and are shuffled).
"""

import msgspec
from msgspec.structs import replace

from controller.domain.arrivals import Arrival, ArrivedList, ClosedInspection
from controller.domain.customs_status import StatusMeaning, meaning_of
from controller.domain.reasons import Blocker
from controller.line.commands import Message
from controller.line.contradictions import disputes_over
from controller.line.customs_events import ArrivalAnswered, CustomsHeard
from controller.line.customs_time import is_ahead, tell_ahead
from controller.line.gate_events import MessageAnswered
from controller.line.list_state import ConsignmentList
from controller.line.papers import seen_count
from controller.line.readiness import SILENCE_TOKEN, is_silent, wake
from controller.line.recalls import members_of
from controller.line.state import Draft, LineFacts

CUSTOMS = "customs"
INBOX = "inbox"
ARRIVAL, CLOSED = "arrival", "inspection_closed"
LISTS_A_PART = 100
NUMBER_CHARS, PACKAGE_CHARS = 32, 37  # what a row of CEB507 can carry
ARRIVAL_TOKEN = "arrival"


# --- arrivals ------------------------------------------------------------------------------------------------------


def list_seen(draft: Draft, list_key: str, load_id: str) -> None:
    """A carton of this list was scanned in, or its list came: when it is whole, it goes into the next arrival of the load."""
    found = draft.lists.get(list_key)
    if found is None or found.arrival_no or found.arrival_load or not _has_arrived(draft, found):
        return
    declared = found.declared
    if len(declared.logistics_no) > NUMBER_CHARS or len(declared.total_package_no) > PACKAGE_CHARS:
        draft.alarm("arrival_untold", f"list:{list_key}", "a number of it is too long for the message: tell customs by hand")
        return
    draft.lists.put(list_key, replace(found, arrival_load=load_id or "-"))
    token = f"{ARRIVAL_TOKEN}:{load_id or '-'}"
    if draft.timers.get(token) is None:
        wake(draft, draft.now_ms + draft.profile.arrival_wait_s * 1000, token)


def _has_arrived(draft: Draft, found: ConsignmentList) -> bool:
    """It is whole. While papers contradict each other about what it is or which cartons it has, nobody knows that."""
    if found.withdrawn or seen_count(draft, found) < found.declared.pack_no:
        return False
    cartons = [draft.cartons[key] for key in members_of(draft, found.key)]
    others = (key for carton in cartons for key in (carton.key, *carton.lists_before))
    return not any(disputes_over(draft, key) for key in dict.fromkeys((found.key, *others)))


def list_came(draft: Draft, list_key: str) -> None:
    """Its cartons may have been scanned in before their list came, or before what papers said of it was settled."""
    keys = members_of(draft, list_key)
    if keys:
        list_seen(draft, list_key, draft.cartons[keys[-1]].load_id)


def on_arrival_timer(draft: Draft, load_id: str) -> None:
    """Tell customs of the lists of a load that are whole and were not told yet; the others go with a later part."""
    load = draft.loads.get(load_id)
    plate = (load.arrived_plate or load.plate) if load is not None else ""
    for (carrier, office, bill_no), lists in _waiting(draft, load_id).items():
        number = draft.facts.arrivals_made + 1
        draft.set_facts(arrivals_made=number)
        cop_no = f"XY{draft.profile.line_id:05d}{number:010d}"
        parts = [lists[start : start + LISTS_A_PART] for start in range(0, len(lists), LISTS_A_PART)]
        for place, part in enumerate(parts, start=1):
            rows = tuple(ArrivedList(one.declared.logistics_no, one.declared.total_package_no) for one in part)
            told = Arrival(cop_no, load_id, plate, carrier, office, bill_no, rows, len(parts), place)
            draft.messages.append(Message(CUSTOMS, ARRIVAL, f"load:{load_id}", msgspec.json.encode(told).decode()))
        for one in lists:
            draft.lists.put(one.key, replace(one, arrival_load="", arrival_no=cop_no))
            draft.note(f"list:{one.key}", f"arrival {cop_no} goes to customs")
        draft.note(f"load:{load_id}", f"arrival {cop_no} of {len(lists)} lists goes to customs in {len(parts)} part(s)")


def _waiting(draft: Draft, load_id: str) -> dict[tuple[str, str, str], list[ConsignmentList]]:
    """By what one message can say of all its lists. One that is whole no more, or of which nobody knows it, is not told."""
    groups: dict[tuple[str, str, str], list[ConsignmentList]] = {}
    for found in tuple(draft.lists.values()):
        if found.arrival_load != load_id:
            continue
        if not _has_arrived(draft, found):
            draft.lists.put(found.key, replace(found, arrival_load=""))
            continue
        declared = found.declared
        groups.setdefault((declared.logistics_code, declared.customs_code, declared.bill_no), []).append(found)
    return groups


def on_arrival_answered(draft: Draft, event: ArrivalAnswered) -> None:
    """A word of customs; a rejection is for people, and holds what the receipts of the lists say, nothing more."""
    receipt = event.receipt
    _word_at(draft, receipt.return_time)
    if is_ahead(draft, receipt.return_time):
        tell_ahead(draft, f"arrival:{receipt.cop_no}", receipt.return_time)
    lists = [found for found in draft.lists.values() if found.arrival_no == receipt.cop_no]
    subject = f"arrival:{receipt.cop_no}"
    if not lists:
        draft.alarm("arrival_unknown", subject, f"customs answered {receipt.return_status}, nothing like it was told")
        return
    said = f"customs answered arrival {receipt.cop_no} part {receipt.msg_seq}: {receipt.return_status} {receipt.return_info}"
    for found in lists:
        draft.lists.put(found.key, replace(found, arrival_answer=receipt.return_status))
        draft.note(f"list:{found.key}", said.rstrip())
    if _rejects(draft, receipt.return_status):
        draft.alarm(
            "arrival_rejected", subject, f"part {receipt.msg_seq}: {receipt.return_status} {receipt.return_info}".rstrip()
        )


def _rejects(draft: Draft, word: str) -> bool:
    return word.startswith("-") or meaning_of(word, draft.profile.released_words) is StatusMeaning.REJECTED


# --- inspections ---------------------------------------------------------------------------------------------------


def tell_closed(draft: Draft, found: ConsignmentList, remark: str, closed_by: tuple[str, ...]) -> None:
    """The inspection that customs ordered for this list has ended; only customs' own word then lifts it.

    What was found in each carton is told by the recheck that opened it.
    """
    declared = found.declared
    told = ClosedInspection(
        found.key, declared.logistics_code, declared.logistics_no, declared.cop_no, declared.pre_no, declared.invt_no,
        declared.order_no, remark, closed_by, members_of(draft, found.key),
    )  # fmt: skip
    draft.messages.append(Message(CUSTOMS, CLOSED, f"list:{found.key}", msgspec.json.encode(told).decode()))
    draft.note(f"list:{found.key}", "customs look: the inspection has ended, customs is told")


# --- silence -------------------------------------------------------------------------------------------------------


def on_heard(draft: Draft, event: CustomsHeard) -> None:
    _answered(draft)


def on_receipt_time(draft: Draft, return_time: str) -> None:
    """A receipt is a word of customs if it is newer than all before: a file that is imported again says nothing new.

    One that is dated ahead is none: no later one would be any more.
    """
    _word_at(draft, return_time)


def on_message_answered(draft: Draft, event: MessageAnswered) -> None:
    """Over HTTP it is customs' own system that answers; in a folder nobody has."""
    if event.to == CUSTOMS and draft.facts.profile is not None and draft.profile.customs_answers:
        _answered(draft)


def _answered(draft: Draft) -> None:
    """Customs' system is there. That is no word before the folder that its orders come by was read, or while it can not be."""
    if orders_are_read(draft.facts):
        _heard(draft, draft.now_ms)


def orders_are_read(facts: LineFacts) -> bool:
    return not facts.inbox_unread and INBOX not in facts.devices_down


def _word_at(draft: Draft, return_time: str) -> None:
    """A word out of a folder that is not read to its end counts when it is: what lies behind it may be an order to inspect."""
    if return_time > draft.facts.customs_newest and not is_ahead(draft, return_time):
        draft.set_facts(customs_newest=return_time, customs_word_ms=draft.now_ms)
        on_inbox_read(draft)


def on_inbox_read(draft: Draft) -> None:
    """All that lay in the folder was taken, if it was: the newest word among it is heard, as of when it was taken."""
    word_ms = draft.facts.customs_word_ms
    if word_ms >= 0 and orders_are_read(draft.facts):
        draft.set_facts(customs_word_ms=-1)
        _heard(draft, word_ms)


def _heard(draft: Draft, at_ms: int) -> None:
    if draft.facts.profile is None or not draft.profile.customs_silence_limit_s:
        return
    silent = is_silent(draft)
    draft.set_facts(customs_heard_ms=max(at_ms, draft.facts.customs_heard_ms))
    if silent and not is_silent(draft):
        draft.note("line", "customs is heard again")
    wake(draft, draft.facts.customs_heard_ms + draft.profile.customs_silence_limit_s * 1000, SILENCE_TOKEN)


def on_silence_timer(draft: Draft, rest: str) -> None:
    if is_silent(draft):
        limit_s = draft.profile.customs_silence_limit_s
        draft.alarm("customs_silent", "line", Blocker("customs_silent", "line", f"no word for {limit_s} s").cause)


def on_restart(draft: Draft) -> None:
    """What came meanwhile lies in the folder, and whether that can be read nobody knows: until the inbox says so."""
    draft.set_facts(customs_heard_ms=-1, customs_word_ms=-1, inbox_unread=True, clock_at_start=(draft.utc, draft.now_ms))
