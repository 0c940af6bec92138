"""The open-box bench as its page shows it: what lies open and was scanned of it, what waits, what is kept where, the records.

One rule: it is customs' own and is put together for no other view; it is read from the state with the rules that decide, so that
the page can not say "as declared" where the core would say no.
"""

from collections import deque

import msgspec
from msgspec.structs import replace

from controller.console.rework import Rework
from controller.console.views import Value, last4
from controller.domain.declarations import DeclaredItem
from controller.domain.identifiers import normalise
from controller.domain.reasons import Blocker
from controller.domain.sentences import in_chinese
from controller.line.commands import Outcome
from controller.line.custody import shown_of as custody_shown
from controller.line.custody_state import StockTake
from controller.line.events import CodesRead, Stamped
from controller.line.explain import View
from controller.line.inspection_record import shown_of as record_shown
from controller.line.naming import meant, name_of
from controller.line.recheck_closing import differences, had_part, not_releasable, shown_of
from controller.line.recheck_compare import NO_BAR_CODE, countable, product_of
from controller.line.recheck_standing import recheck_blockers
from controller.line.recheck_state import ABANDONED, Difference, FoundItem, Recheck
from controller.line.record_state import OWES_NOTHING, InspectionRecord, code_of
from controller.line.state import Carton, Draft, LineState

SCANS_KEPT = 12
THINGS_SHOWN = 60
WAITS_SHOWN, KEPT_SHOWN, RECORDS_SHOWN = 40, 120, 40


class BenchDesk:
    """A listener of the core, for what is scanned while nothing lies open, and a source of the live stream of customs."""

    def __init__(self, state: LineState, rework: Rework) -> None:
        self._state = state
        self._rework = rework
        self._scans: deque[Value] = deque(maxlen=SCANS_KEPT)
        self._standing: dict[str, None] = {}  # cartons in custody or at the bench, by key: few of many
        for key in state.cartons:
            self._look(key)

    def take(self, seq: int, stamped: Stamped, outcome: Outcome) -> None:
        event = stamped.event
        if isinstance(event, CodesRead) and event.role == "bench":
            codes = [normalise(code.text) for code in event.codes]
            cartons = [self._carton_no(code) for code in codes]
            carton = next((one for one in cartons if one), "")
            self._scans.append({"n": seq, "reader": event.device, "codes": codes, "carton": carton, "at_ms": event.at_ms})

        for subject in outcome.touched:
            kind, _, key = subject.partition(":")
            if kind == "carton":
                self._look(key)

    def _look(self, key: str) -> None:
        carton = self._state.cartons.get(key)
        if carton is not None and (carton.custody or carton.place == "open_box"):
            self._standing[key] = None
        else:
            self._standing.pop(key, None)

    def _carton_no(self, code: str) -> str:
        keys = meant(Draft(self._state, self._state.facts.line_ms), code)
        return self._state.cartons[keys[0]].carton_no if len(keys) == 1 and keys[0] not in self._state.gone else ""

    def values(self, view: View) -> dict[str, Value]:
        """`bench` and `bench_lists`, for customs alone."""
        profile = self._state.facts.profile
        if view is not View.CUSTOMS or profile is None:
            return {}
        draft = Draft(self._state, self._state.facts.line_ms)
        opened = [_opened(draft, one) for one in self._state.rechecks.values() if one.is_open]
        bench: Value = {
            "readers": list(profile.bench_readers), "cameras": len(profile.bench_cameras),
            "trace_required": profile.recheck_trace_required, "open": opened, "scans": list(self._scans),
        }  # fmt: skip
        lists: Value = {
            "waits": self._waits(draft), "kept": _kept(draft, self._here()), 
            "stock": [msgspec.to_builtins(one) for one in _newest(draft)],
            "records": _records(draft),
        }  # fmt: skip
        return {"bench": bench, "bench_lists": lists}

    def _waits(self, draft: Draft) -> list[Value]:
        """What people bring to the bench, the longest wait first: suspicions in a lane, and cartons opened without an outcome."""
        told = self._rework.value(View.CUSTOMS)["list"]
        assert isinstance(told, list)
        rows = [_row_of_lane(draft, row) for row in told if row["way"] == "customs" and row["carton"]]
        rows += [
            _waiting(draft, carton, [one.code for one in recheck_blockers(draft, carton)], self._closed_ms(carton))
            for carton in self._here() if not carton.custody
        ]  # fmt: skip
        return sorted(rows, key=lambda row: int(str(row["since_ms"])))[:WAITS_SHOWN]

    def _here(self) -> list[Carton]:
        return [self._state.cartons[key] for key in self._standing if key in self._state.cartons]

    def _closed_ms(self, carton: Carton) -> int:
        one = self._state.rechecks.get(carton.recheck)
        return one.closed_ms if one is not None else carton.seen_ms


def _row_of_lane(draft: Draft, row: Value) -> Value:
    way = draft.passages.get(str(row["track"]))
    carton = draft.cartons.get(way.carton) if way is not None else None
    return {
        "carton": name_of(draft, carton) if carton is not None else row["carton"],
        "last4": row["last4"], "codes": row["codes"], "place": row["place"] or row["lane"],
        "since_ms": row["ended_ms"], "earlier": _earlier(draft, carton) if carton is not None else [],
    }  # fmt: skip


def _waiting(draft: Draft, carton: Carton, codes: list[str], since_ms: int) -> Value:
    return {
        "carton": name_of(draft, carton), "last4": last4(carton.carton_no), "codes": codes, "place": carton.place,
        "since_ms": since_ms, "earlier": [],
    }  # fmt: skip


def _earlier(draft: Draft, carton: Carton, but: str = "") -> list[str]:
    """Who had part in a recheck of it with an outcome: they take no part in another."""
    return had_part(draft, carton.key, but)


# --- what lies open ------------------------------------------------------------------------------------------------


def _opened(draft: Draft, one: Recheck) -> Value:
    carton = draft.cartons[one.carton]
    found = draft.lists.get(carton.list_key)
    items = found.declared.items if found is not None else ()
    differs = differences(draft, one)
    whole = replace(one, waiting=None, found=(*one.found, one.waiting)) if one.waiting is not None else one
    against = not_releasable(draft, whole, differences(draft, whole), by_hand=False)
    lines = _lines(items, one, differs)
    names = {str(line["product"]): str(line["name"]) for line in lines if line["product"]}
    things = [_thing(item, names, differs) for item in one.found]
    sealed_last = one.waiting is None and one.seal_no and (not one.found or one.sealed_ms >= one.found[-1].at_ms)
    last: Value | None = {"kind": "seal", "seal_no": one.seal_no} if sealed_last else None
    if last is None and (one.waiting is not None or one.found):
        last = {"kind": "code" if one.waiting is not None else "thing", **_thing(one.waiting or one.found[-1], names, differs)}
    return {
        "recheck_id": one.recheck_id, "carton": name_of(draft, carton), "last4": last4(carton.carton_no), "bench": one.bench,
        "opened_by": one.opened_by, "opened_ms": one.opened_ms, "earlier": _earlier(draft, carton, one.recheck_id),
        "list_no": found.declared.logistics_no if found is not None else None, "k": carton.k, "n": carton.n,
        "lines": lines, "things": things[-THINGS_SHOWN:], "things_n": len(things),
        "waiting": _thing(one.waiting, names, ()) if one.waiting is not None else None, "last": last,
        "differences": [_difference(each, names) for each in differs],
        "seal_by_scan": countable(found.declared if found is not None else None),
        "matched": not differs and one.waiting is None and bool(one.found or one.counted),
        "stills": [{"sha256": still.sha256, "name": still.name} for still in one.stills],
        "stills_pending": max(one.stills_asked * len(draft.profile.bench_cameras) - len(one.stills) - one.stills_failed, 0),
        "stills_failed": one.stills_failed, "seal_no": one.seal_no, "sealed_still": one.sealed_still,
        "decided": one.decided, "by_hand": one.by_hand, "place": one.place, "cause": one.cause, "party": one.party,
        "party_name": one.party_name, "witness": one.witness, "called_ms": one.called_ms,
        "against_release": _against(against) if against is not None else None, "shown": shown_of(draft, one),
    }  # fmt: skip


def _lines(items: tuple[DeclaredItem, ...], one: Recheck, differs: tuple[Difference, ...]) -> list[Value]:
    """Declared lines; `state`: open (nothing of it yet), short, match, over, or some (weight goods: there is some of it)."""
    counted = dict(one.counted)
    kinds = {each.product: each.kind for each in differs if each.product and each.kind in ("short", "over")}
    bare = {each.detail: each.kind for each in differs if not each.product}
    lines: list[Value] = []
    for item in items:
        product = "" if item.bar_code.strip().upper() in NO_BAR_CODE else product_of(item.bar_code)
        here = sum(1 for thing in one.found if thing.product == product) if product else counted.get(item.gnum, 0)
        kind = kinds.get(product, "") if product else bare.get(f"line {item.gnum}", "")
        state = kind or ("match" if here else "open")
        lines.append({
            "gnum": item.gnum, "name": item.gname, "hs": item.gcode, "product": product, "declared": item.qty, "unit": item.unit,
            "found": here, "state": "open" if state == "short" and not here else state,
        })  # fmt: skip
    return lines


def _thing(item: FoundItem, names: dict[str, str], differs: tuple[Difference, ...]) -> Value:
    """One scanned thing; `fault` says what is wrong with it by itself: wrong, no_code or trace_twice."""
    twice = any(each.kind == "trace_twice" and each.detail == item.trace for each in differs)
    bare = any(each.kind == "no_code" and each.detail.endswith(item.trace) and not item.product for each in differs)
    wrong = any(each.kind == "wrong" and each.product and each.product == item.product for each in differs)
    no_trace = not item.trace and any(each.kind == "no_code" and each.product == item.product for each in differs)
    fault = "trace_twice" if twice and item.trace else "no_code" if bare or no_trace else "wrong" if wrong else ""
    return {"product": item.product, "trace": item.trace, "name": names.get(item.product), "at_ms": item.at_ms, "fault": fault}


def _difference(each: Difference, names: dict[str, str]) -> Value:
    return {**msgspec.to_builtins(each), "name": names.get(each.product), "detail_zh": in_chinese(each.detail)}


def _against(against: tuple[str, str, str]) -> Value:
    blocker = Blocker(*against)
    reason = blocker.reason
    return {
        "code": reason.code, "cause": blocker.cause, "next_step": blocker.next_step,
        "zh": {"cause": in_chinese(blocker.cause), "next_step": reason.next_zh},
    }  # fmt: skip


# --- places and records --------------------------------------------------------------------------------------------


def _kept(draft: Draft, here: list[Carton]) -> list[Value]:
    """What is in custody, the oldest first."""
    kept = [carton for carton in here if carton.custody]
    kept.sort(key=lambda carton: carton.custody_ms)
    return [
        {
            "carton": name_of(draft, carton), "last4": last4(carton.carton_no), "place": carton.custody,
            "since_ms": carton.custody_ms if carton.custody_ms >= 0 else None,
            "codes": [one.code for one in recheck_blockers(draft, carton)], "shown": custody_shown(carton),
        }
        for carton in kept[:KEPT_SHOWN]
    ]  # fmt: skip


def _newest(draft: Draft) -> list[StockTake]:
    return sorted(draft.stock_takes.values(), key=lambda one: -one.at_ms)


def _records(draft: Draft) -> list[Value]:
    """Closed rechecks and how far the record of each is: what wants somebody first, and of that what has left already; each part
    newest first.
    """
    closed = [one for one in draft.rechecks.values() if not one.is_open and one.outcome != ABANDONED]
    closed.sort(key=lambda one: -one.closed_ms)
    closed.sort(key=lambda one: not ((carton := draft.cartons.get(one.carton)) is not None and carton.place == "departed"))
    rows = [_record(draft, one, draft.inspection_records.get(one.recheck_id)) for one in closed]
    rows.sort(key=lambda row: row["stage"] in OWES_NOTHING)
    return rows[:RECORDS_SHOWN]


def _record(draft: Draft, one: Recheck, record: InspectionRecord | None) -> Value:
    carton = draft.cartons.get(one.carton)
    number = carton.carton_no if carton is not None else one.carton
    return {
        "recheck_id": one.recheck_id, "carton": number, "last4": last4(number), "outcome": one.outcome,
        "officers": list(one.officers), "closed_ms": one.closed_ms,
        "matched": not one.differences, "party": one.party, "witness": one.witness,
        "differences": [_difference(each, {}) for each in one.differences[:8]], "stills": len(one.stills),
        "stage": record.stage if record is not None else "none",
        "form": msgspec.to_builtins(record.form) if record is not None and record.drafted_by else None,
        "drafted_by": record.drafted_by or None if record is not None else None,
        "returned": record.returned if record is not None else "",
        "shown": record_shown(draft, one, record),
        "elsewhere": record.elsewhere if record is not None else "",
        "elsewhere_by": record.elsewhere_by if record is not None else "",
        "approved_by": record.content.approved_by if record is not None and record.content is not None else None,
        "code": code_of(record.sha256) if record is not None and record.sha256 else None,
    }  # fmt: skip
