"""Everything an officer has before one picture: papers, weight, seal, rules, the analyser, earlier cartons of the same goods.

One rule: what the line does not know is null and named in `not_known`; nothing is filled in. Only customs gets any of this, and
names of shipper and consignee are in no list that the line is sent (CEB603 has none), so none are here.
"""

from itertools import islice

import msgspec

from controller.console.pictures import Value, front_of, last_call_mm, last_call_ms
from controller.domain.customs_status import meaning_of
from controller.domain.reasons import Blocker
from controller.domain.sentences import both, in_chinese
from controller.line.inspection import must_look
from controller.line.list_state import ConsignmentList
from controller.line.recheck_standing import last_recheck
from controller.line.scan_in import tolerance_g
from controller.line.seal_check import standing
from controller.line.state import Carton, Draft, LineState, Passage
from controller.line.targeting import hits

EARLIER_MOST = 8
LOOKED_AT_MOST = 5000
FINDINGS = {
    "mass_differs": ("图像质量与申报或称重不符", "the mass in the image is not the declared or weighed one"),
    "metal_high": ("金属占比高于申报货物", "more metal than the declared goods have"),
    "opaque": ("有射线无法穿透的区域", "there are places that let no ray through"),
}
# The message of the list has these or could have them; the line keeps none of them.
GOODS_NOT_KEPT = ("model", "origin", "price", "currency", "net_g", "gross_g")


def case(state: LineState, track: str) -> Value | None:
    """The case of a track; nothing when it is unknown or has no image of its own."""
    passage = state.passages.get(track)
    one = passage.inspection if passage is not None else None
    if passage is None or one is None or one.image is None or state.facts.profile is None:
        return None
    draft = Draft(state, state.facts.line_ms)
    carton = draft.cartons.get(passage.carton) if passage.carton else None
    front_mm, at_ms = front_of(draft.profile, passage, one)
    return {
        "track": track, "carton": carton.carton_no if carton is not None else None,
        "low": one.image.low.sha256, "high": one.image.high.sha256, "pixel_um": one.image.pixel_um, "belt_px_first": 0,
        "bound": one.bound, "problem": one.problem or None, "must": [_reason(blocker) for blocker in must_look(draft, passage)],
        "analysis": {
            "state": one.analysis or "none", "mass_g": one.mass_g if one.analysis == "done" else None,
            "cause": one.analysis_cause or None,
            "findings": [_finding(found.code, found.detail) for found in one.findings],
        },
        "declaration": _declaration(draft, carton), "weight": _weight(draft, passage, carton), "seal": _seal(draft, carton),
        "photos": _photos(draft, carton), "rules": _rules(draft, carton), "earlier": _earlier(state, passage, carton),
        "verdict": {"verdict": one.verdict, "by": one.verdict_by, "at_ms": one.verdict_ms} if one.verdict else None,
        "ordered": {"lane": passage.ordered.lane, "codes": list(passage.ordered.blockers)} if passage.ordered else None,
        "diverted": passage.diverted_lane or None, "ended": passage.ended or None,
        "front_mm": front_mm, "at_ms": at_ms,
        "last_call_ms": last_call_ms(draft.profile, passage, (front_mm, at_ms)), "last_call_mm": last_call_mm(draft.profile),
    }  # fmt: skip


def _reason(blocker: Blocker) -> Value:
    return {"code": blocker.code, "zh": in_chinese(blocker.cause), "en": blocker.cause}


def _finding(code: str, detail: str) -> Value:
    """The analyser says how much, not where: `box` is null."""
    zh, en = FINDINGS.get(code, (code, code))
    return {"code": code, "zh": f"{zh}: {in_chinese(detail)}", "en": f"{en}: {detail}", "box": None}


def _declaration(draft: Draft, carton: Carton | None) -> Value | None:
    found = draft.lists.get(carton.list_key) if carton is not None else None
    if carton is None or found is None:
        return None
    declared = found.declared
    return {
        "list_no": declared.logistics_no, "order_no": declared.order_no, "trader": declared.ebc_code or None,
        "trade_mode": declared.trade_mode or None, "gross_g": declared.gross_weight_g, "net_g": declared.net_weight_g,
        "k": carton.k, "n": carton.n, "receipts": _receipts(draft, found),
        "goods": [
            {"gnum": item.gnum, "name": item.gname, "hs": item.gcode, "quantity": item.qty, "unit": item.unit,
             "bar_code": item.bar_code or None} | dict.fromkeys(GOODS_NOT_KEPT)
            for item in declared.items
        ],
        "goods_left_out": declared.items_cut, "shipper": None, "consignee": None,
        "not_known": ["shipper", "consignee", *(f"goods.{name}" for name in GOODS_NOT_KEPT)],
    }  # fmt: skip


def _receipts(draft: Draft, found: ConsignmentList) -> list[Value]:
    """The newest word of customs; the line keeps no older one."""
    if not found.status:
        return []
    meaning = meaning_of(found.status, draft.profile.released_words)
    return [{"status": found.status, "meaning": str(meaning), "time": found.status_time or None}]


def _weight(draft: Draft, passage: Passage, carton: Carton | None) -> Value:
    """`declared_g` only where the list has one carton: of several, nobody declared the weight of each."""
    found = draft.lists.get(carton.list_key) if carton is not None else None
    alone = found is not None and found.declared.pack_no == 1
    declared_g = found.declared.gross_weight_g if found is not None and alone else None
    return {
        "scale_g": passage.weight_g if passage.weight_g >= 0 else None, "problem": passage.weight_problem or None,
        "declared_g": declared_g, "tolerance_g": tolerance_g(draft, declared_g) if declared_g is not None else None,
    }  # fmt: skip


def _seal(draft: Draft, carton: Carton | None) -> Value | None:
    """The seal of its load; `result` is `agrees`, or the first reason that stands against it."""
    load = draft.loads.get(carton.load_id) if carton is not None and carton.load_id else None
    if load is None:
        return None
    check = draft.seal_checks.get(load.load_id)
    against = standing(draft, load) if draft.profile.seal_required else ()
    looks = (*check.earlier, *check.cameras) if check is not None else ()  # whoever looks again sees what was found before
    numbers = (*(check.all_scanned if check is not None else ()), *(number for look in looks for number in look.numbers))
    result = "not_required" if not draft.profile.seal_required else against[0][0] if against else "agrees"
    return {
        "result": result, "detail": msgspec.to_builtins(both(against[0][1])) if against else None, "load": load.load_id,
        "expected": list(load.seals) if load.noticed else None, "found": list(dict.fromkeys(numbers)),
        "photos": [picture.sha256 for look in looks for picture in look.pictures],
    }  # fmt: skip


def _photos(draft: Draft, carton: Carton | None) -> list[Value]:
    """Stills of its last open box: of a carton on the belt no camera keeps a picture."""
    last = last_recheck(draft, carton) if carton is not None else None
    if last is None:
        return []
    return [{"sha256": still.sha256, "device": last.bench, "at_ms": last.opened_ms} for still in last.stills]


def _rules(draft: Draft, carton: Carton | None) -> list[Value]:
    """Rules of customs that hit, in the words that customs wrote."""
    found = draft.lists.get(carton.list_key) if carton is not None else None
    rules = draft.facts.rules
    if found is None or rules is None:
        return []
    return [{"rule": rule.rule_id, "zh": rule.text, "en": rule.text} for rule in rules.rules if hits(rule, found)]


def _earlier(state: LineState, passage: Passage, carton: Carton | None) -> list[Value]:
    """Earlier cartons with one of the same goods, newest first: those that are still in the line's memory."""
    codes = _codes(state, carton)
    if not codes:
        return []
    found: list[Value] = []
    for other in islice(reversed(state.passages.values()), LOOKED_AT_MOST):
        one, its = other.inspection, state.cartons.get(other.carton)
        if other.key == passage.key or one is None or one.image is None or not one.bound or not codes & _codes(state, its):
            continue
        found.append({
            "track": other.key, "carton": its.carton_no if its is not None else None, "at_ms": one.image.at_ms,
            "low": one.image.low.sha256, "high": one.image.high.sha256, "pixel_um": one.image.pixel_um,
            "verdict": one.verdict or None, "outcome": other.diverted_lane or None,
        })  # fmt: skip
        if len(found) == EARLIER_MOST:
            break
    return found


def _codes(state: LineState, carton: Carton | None) -> set[str]:
    found = state.lists.get(carton.list_key) if carton is not None else None
    return {item.gcode for item in found.declared.items if item.gcode} if found is not None else set()
