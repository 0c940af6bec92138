"""Throughput and lanes by hour, shift, lane, chapter of goods and shipper; what officers judged, with how sure that is.

One rule: pure functions over facts; each carton that took a lane counts once for each time it took one. Goods of several chapters
count in each of theirs, so those rows add up to more than all.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence

from controller.domain.reasons import LaneKind
from controller.line.explain import View
from controller.records.statistics.facts import Diverted, Judged, Opened
from controller.records.statistics.gathering import UNDONE
from controller.records.statistics.window import Facts, at_rank, gaps, overlap_ms, share_of

HOUR_MS = 3_600_000
KINDS = tuple(kind.value for kind in LaneKind)
CODES_SHOWN = 8
Row = dict[str, object]


def counted(rows: Sequence[Diverted]) -> Row:
    """How many took which lane."""
    by_kind = Counter(one.kind for one in rows)
    return {
        "n": len(rows), **{kind: by_kind[kind] for kind in KINDS}, "other": len(rows) - sum(by_kind[kind] for kind in KINDS),
        "reruns": sum(one.rerun for one in rows),
    }  # fmt: skip


UNKNOWN = (*counted(()), "emergency_released")


def totals(facts: Facts) -> Row:
    """All of the window; beside them, never among them, what left by emergency releases that were entered in it."""
    return counted(_inside(facts)) | {"emergency_released": _entered(facts, (facts.window.from_ms, facts.window.to_ms))}


def _entered(facts: Facts, span: tuple[int, int]) -> int:
    """Cartons of emergency releases entered in this span: when they left stands in the entry, and may be days before."""
    return sum(one.count for one in facts.emergencies if span[0] <= one.utc_ms < span[1])


def by_hour(facts: Facts, view: View) -> list[Row]:
    """Every hour that the window touches, in order. An hour of which nothing was written down has no numbers."""
    window, holes = facts.window, gaps(facts)
    rows: dict[int, list[Diverted]] = {}
    for one in _inside(facts):
        rows.setdefault(one.utc_ms // HOUR_MS, []).append(one)
    found: list[Row] = []
    for hour in range(window.from_ms // HOUR_MS, -(-window.to_ms // HOUR_MS)):
        span = (max(hour * HOUR_MS, window.from_ms), min((hour + 1) * HOUR_MS, window.to_ms))
        gap_ms, inside = overlap_ms(span, holes), rows.get(hour, [])
        known = inside or gap_ms < span[1] - span[0]
        numbers = counted(inside) | {"emergency_released": _entered(facts, span)} if known else dict.fromkeys(UNKNOWN, None)
        found.append({"from_ms": span[0], "to_ms": span[1], "gap_ms": gap_ms, **numbers})
    return found


def by_shift(facts: Facts, view: View) -> list[Row]:
    """Each shift as far as it lies in the window; what was before the first handover has no lead."""
    window, holes = facts.window, gaps(facts)
    shifts = sorted(facts.shifts, key=lambda one: (one.utc_ms, one.seq))
    starts = [one.utc_ms for one in shifts]
    rows: dict[int, list[Diverted]] = {}
    for one in _inside(facts):
        rows.setdefault(bisect_right(starts, one.utc_ms) - 1, []).append(one)
    found: list[Row] = []
    for place in range(-1, len(shifts)):
        from_ms = shifts[place].utc_ms if place >= 0 else window.from_ms
        to_ms = shifts[place + 1].utc_ms if place + 1 < len(shifts) else window.to_ms
        span = (max(from_ms, window.from_ms), min(to_ms, window.to_ms))
        if span[0] < span[1]:
            lead = shifts[place].lead if place >= 0 else ""
            gap_ms = overlap_ms(span, holes)
            numbers = counted(rows.get(place, [])) | {"emergency_released": _entered(facts, span)}
            found.append({"lead": lead, "from_ms": span[0], "to_ms": span[1], "gap_ms": gap_ms, **numbers})
    return found


def by_lane(facts: Facts, view: View) -> list[Row]:
    """Each lane: how many, why the PLC took it, and what spoke against release."""
    found: list[Row] = []
    for lane, rows in sorted(_grouped(_inside(facts), lambda one: (one.lane,)).items()):
        why, codes = Counter(one.why for one in rows), Counter(code for one in rows for code in one.codes)
        most = sorted(codes.items(), key=lambda item: (-item[1], item[0]))[:CODES_SHOWN]
        found.append({
            "lane": lane, "kind": rows[0].kind, "n": len(rows), "why": dict(sorted(why.items())),
            "codes": [{"code": code, "n": n} for code, n in most],
        })  # fmt: skip
    return found


def by_chapter(facts: Facts, view: View) -> list[Row]:
    return _by_goods(facts, view, "chapter", lambda one: one.chapters or ("",))


def by_shipper(facts: Facts, view: View) -> list[Row]:
    return _by_goods(facts, view, "shipper", lambda one: (one.shipper,))


def _by_goods(facts: Facts, view: View, name: str, keys: Callable[[Diverted], tuple[str, ...]]) -> list[Row]:
    """The company is told how many: which goods or shippers are looked at more often is targeting."""
    found: list[Row] = []
    for key, rows in _grouped(_inside(facts), keys).items():
        row: Row = {name: key, "n": len(rows)}
        if view is View.CUSTOMS:
            opened = share_of(sum(one.kind != LaneKind.RELEASE.value for one in rows), len(rows))
            row |= counted(rows) | {"asked": sum(bool(one.asked) for one in rows), "not_released": opened}
        found.append(row)
    return sorted(found, key=lambda row: (-int(str(row["n"])), str(row[name])))


def _grouped(rows: Sequence[Diverted], keys: Callable[[Diverted], tuple[str, ...]]) -> dict[str, list[Diverted]]:
    found: dict[str, list[Diverted]] = {}
    for one in rows:
        for key in keys(one):
            found.setdefault(key, []).append(one)
    return found


def _inside(facts: Facts) -> list[Diverted]:
    return [one for one in facts.diverted if facts.window.has(one.utc_ms)]


# --- officers: customs alone ---------------------------------------------------------------------------------------


def last_words(judged: Sequence[Judged]) -> list[Judged]:
    """What counts: each officer's last word on an image, unless it was taken back."""
    last: dict[tuple[str, str, str], Judged] = {}
    for one in sorted(judged, key=lambda one: one.seq):
        last[one.track, one.image, one.officer] = one
    return [one for one in last.values() if one.verdict != UNDONE]


def by_officer(facts: Facts, view: View) -> list[Row]:
    """What each officer judged, how long it took, and what the boxes said that were opened afterwards.

    `hit`: sent to be opened, and what was found was not what is declared. `false_hold`: opened for nothing. `missed`: judged
    clear, and a recheck of the same carton afterwards found a difference. d' is not given: it wants images of known content.
    """
    if view is not View.CUSTOMS:
        return []
    words = [one for one in last_words(facts.judged) if facts.window.has(one.utc_ms)]
    boxes: dict[str, list[Opened]] = {}
    for closed in sorted(facts.opened, key=lambda one: one.seq):
        boxes.setdefault(closed.carton, []).append(closed)
    grouped: dict[str, list[Judged]] = {}
    for one in words:
        grouped.setdefault(one.officer, []).append(one)
    found: list[Row] = []
    for officer, rows in sorted(grouped.items()):
        sent = [one for one in rows if one.verdict != "clear"]
        results = [box for one in sent if (box := _first_after(boxes, one)) is not None]
        cleared = [box for one in rows if one.verdict == "clear" and (box := _first_after(boxes, one)) is not None]
        took = [one.took_ms for one in rows]
        found.append({
            "officer": officer, "n": len(rows), "sent": share_of(len(sent), len(rows)),
            "hit": share_of(sum(not box.matched for box in results), len(results)),
            "false_hold": share_of(sum(box.matched for box in results), len(results)),
            "missed": sum(not box.matched for box in cleared),
            "median_ms": at_rank(took, 500), "p95_ms": at_rank(took, 950),
        })  # fmt: skip
    return found


def _first_after(boxes: dict[str, list[Opened]], one: Judged) -> Opened | None:
    return next((box for box in boxes.get(one.carton, ()) if box.seq > one.seq), None) if one.carton else None


def decision_time(facts: Facts) -> Row:
    """Of all officers together: how long from the image to the word that counts."""
    took = [one.took_ms for one in last_words(facts.judged) if facts.window.has(one.utc_ms)]
    return {"n": len(took), "median_ms": at_rank(took, 500), "p95_ms": at_rank(took, 950)}
