"""What customs is told, once, and nothing released while customs is not heard.

The one rule: the office's own notes against the journal's rows. Each message is counted once by its key, never before its row
is there, never with other bytes; a list is told to have arrived once, and only when decisions show that each of its cartons
was known on the belt. Words of customs are worked out again from the events: a receipt newer than all before, an answer, a
sign of life; after a start of the daemon there was none, and none counts while the folder of receipts is not read to its end.
"""

import json

import msgspec

from simulators.oracle.customs_dates import CustomsDates
from simulators.oracle.run import Run
from simulators.oracle.verdict import Breach
from simulators.oracle.walking import AtRow, Walk

CUSTOMS, ARRIVAL, INBOX = "customs", "arrival", "inbox"
# From the row of a message to the office, when both work; and from the last carton of a list to its row.
TOLD_WITHIN_MS = 40_000
ROW_WITHIN_MS = 10_000
OPEN_BARRIER = 35


class Message(msgspec.Struct, frozen=True):
    row: int
    line_ms: int
    index: int
    kind: str
    lists: tuple[str, ...]


def check_customs(run: Run) -> Walk:
    """Everything that can be judged of any run, whole or cut short."""
    arrived = yield from _arrived(run)
    return [*_told(run), *arrived, *_silence(run)]


def messages(run: Run) -> dict[tuple[int, int], Message]:
    """What the journal has for customs, by row and place in the row."""
    found = {}
    for row in run.journal.rows:
        for index, told in enumerate(row.outcome_list("messages")):
            if told.get("to") == CUSTOMS:
                body = json.loads(str(told["body"]))
                found[(row.seq, index)] = Message(row.seq, row.line_ms, index, str(told["kind"]), _lists(told["kind"], body))
    return found


def _lists(kind: str, body: dict[str, object]) -> tuple[str, ...]:
    if kind != ARRIVAL:
        return (str(body.get("list_key")),)
    rows = body.get("lists")
    return tuple(f"{body.get('logistics_code')}/{one['logistics_no']}" for one in rows) if isinstance(rows, list) else ()


def _told(run: Run) -> list[Breach]:
    known, counted, found = messages(run), set(), []
    for told in run.wire.customs_told:
        line, _, place = str(told["key"]).partition("-")
        row, _, index = place.partition("-")
        message = known.get((int(row), int(index))) if line and index else None
        if message is None:
            found.append(Breach("I7", "", f"customs was told {told['key']}, and no row of the journal says so"))
        elif message.kind != told["kind"] or list(message.lists) != list(told["lists"]):
            found.append(
                Breach("I7", "", f"customs was told {told['kind']} {told['lists']} as {told['key']}, its row says otherwise")
            )
        if not told["same"]:
            found.append(Breach("I7", "", f"customs was told {told['key']} again with other bytes"))
        if not told["repeat"]:
            if told["key"] in counted:
                found.append(Breach("I7", "", f"customs counted {told['key']} twice"))
            counted.add(told["key"])
    return found


def never_told(run: Run, end_ms: int) -> list[Breach]:
    """L4: what is in the journal long enough has reached customs. Asked only when the office works at the end."""
    reached = {str(told["key"]).partition("-")[2] for told in run.wire.customs_told}
    late = [m for m in messages(run).values() if m.line_ms < end_ms - TOLD_WITHIN_MS and f"{m.row}-{m.index}" not in reached]
    return [Breach("L4", "", f"customs was never told of row {m.row}: {m.kind} of {', '.join(m.lists)[:80]}") for m in late]


# --- arrivals ------------------------------------------------------------------------------------------------------


def _arrived(run: Run) -> Walk:
    """Each list once, none before it was whole, none forgotten.

    Which cartons a list has while papers are in conflict over it nobody can say: it is told when customs has settled that.
    """
    known_at = _known_cartons(run)
    told_at: dict[str, int] = {}
    settled_ms: dict[str, int] = {}
    found: list[Breach] = []
    by_row: dict[int, list[Message]] = {}
    for message in messages(run).values():
        if message.kind == ARRIVAL:
            by_row.setdefault(message.row, []).append(message)

    def look(at: AtRow) -> None:
        settled_ms.update((key, at.row.line_ms) for key in at.papers.contested if at.papers.in_question(key))
        for message in by_row.get(at.row.seq, ()):
            for key in message.lists:
                if key in told_at:
                    found.append(Breach("I7", "", f"row {at.row.seq} tells the arrival of {key} again, row {told_at[key]} did"))
                told_at.setdefault(key, at.row.seq)
                listed = at.papers.lists.get(key)
                members = at.papers.members(key)
                seen = [m for m in members if at.papers.seen(m)]
                whole = listed is not None and len(seen) >= int(listed.declared.get("pack_no", 1))
                if at.papers.in_question(key):
                    found.append(Breach("I4", "", f"row {at.row.seq} tells the arrival of {key}, papers are in conflict over it"))
                elif not whole:
                    found.append(
                        Breach("I4", "", f"row {at.row.seq} tells the arrival of {key}, {len(seen)} of its cartons were read")
                    )

    end = yield look
    wait_ms = int(end.papers.profile.get("arrival_wait_s") or 0) * 1000 + ROW_WITHIN_MS
    for key, listed in end.papers.lists.items():
        times = [known_at.get(member, -1) for member in end.papers.members(key)]
        whole = len(times) >= int(listed.declared.get("pack_no", 1)) and times and min(times) >= 0
        due = whole and not listed.withdrawn and not end.papers.in_question(key)
        since_ms = end.row.line_ms - max(*times, settled_ms.get(key, -1)) if due else 0
        if due and key not in told_at and since_ms > wait_ms:
            found.append(Breach("L4", "", f"all of {key} was on the line {since_ms} ms ago, no row tells customs"))
    return found


def _known_cartons(run: Run) -> dict[str, int]:
    """When the first decision named each carton: then at the latest it was scanned in."""
    known: dict[str, int] = {}
    for decision in run.journal.decisions:
        if decision.carton:
            known.setdefault(decision.carton, decision.line_ms)
    return known


# --- silence -------------------------------------------------------------------------------------------------------


def _silence(run: Run) -> list[Breach]:
    found: list[Breach] = []
    limit_ms, heard_ms, dates, answers, signs = 0, -1, CustomsDates(), False, 0
    unread, word_ms = False, -1  # behind the last word that was read there may lie an order to inspect
    releasing = {decide.row for decide in run.journal.decides if decide.releases}
    for row in run.journal.rows:
        if row.type == "ConfigLoaded":
            profile = row.event.get("profile") or {}
            limit_ms, answers = int(profile.get("customs_silence_limit_s") or 0) * 1000, bool(profile.get("customs_answers"))
        elif row.type == "DaemonStarted":
            heard_ms, word_ms, unread = -1, -1, True
        elif row.type in ("DeviceUp", "DeviceDown") and row.event.get("device") == INBOX:
            unread = row.type == "DeviceDown"
        signs += row.type == "CustomsHeard"
        answered = row.type == "MessageAnswered" and row.event.get("to") == CUSTOMS and answers
        if dates.take(row):
            word_ms = row.line_ms
        if not unread and (row.type == "CustomsHeard" or answered):
            heard_ms = row.line_ms
        if not unread and word_ms >= 0:
            heard_ms, word_ms = max(heard_ms, word_ms), -1
        lets_out = row.seq in releasing or any(c.get("code") == OPEN_BARRIER for c in row.outcome_list("commands"))
        if limit_ms and lets_out and (heard_ms < 0 or row.line_ms - heard_ms >= limit_ms):
            silent = "not since its start" if heard_ms < 0 else f"{row.line_ms - heard_ms} ms ago"
            found.append(Breach("I2", "", f"row {row.seq} lets something out, and customs was last heard {silent}"))
    if signs > run.wire.customs_hellos:
        found.append(
            Breach("I14", "", f"the journal has {signs} signs of life of customs, the office gave {run.wire.customs_hellos}")
        )
    return found
