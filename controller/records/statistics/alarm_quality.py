"""Whether the alarms help: how many come, floods, what stands, what chatters, which come most, how soon they are seen.

One rule: an alarm counts when the core counted it; what follows from a cause that is told does not.
Source: ISA-18.2 and EEMUA 191 as the HMI reference tells them: more than ten in ten minutes is a flood; three of one in a minute
chatter; what stands for a day is stale.
"""

from collections import Counter

from controller.domain.alarms import kind_of
from controller.line.explain import View
from controller.records.statistics.facts import Came
from controller.records.statistics.window import Facts, at_rank, gaps, overlap_ms

TEN_MINUTES_MS = 600_000
FLOOD_OVER = 10
CHATTER_TIMES = 3
CHATTER_MS = 60_000
STALE_MS = 86_400_000
TOP = 10
PRIORITIES = (1, 2, 3, 4)
Row = dict[str, object]


def alarm_quality(facts: Facts, view: View) -> Row:
    """All of it for the window. `bins`: ten minutes each, null where nothing was written down."""
    window = facts.window
    came = sorted((one for one in facts.came if window.has(one.utc_ms)), key=lambda one: (one.utc_ms, one.seq, one.place))
    bins = _bins(facts, came)
    known = [int(str(one["n"])) for one in bins if one["n"] is not None]
    priorities = Counter(kind_of(one.code).priority for one in came)
    codes = Counter(one.code for one in came)
    waited = [max(one.acked_utc_ms - one.utc_ms, 0) for one in came if one.acked_utc_ms >= 0]
    return {
        "n": len(came), "bins": bins, "mean_10_min": round(len(came) / len(known), 2) if known else None,
        "most_10_min": max(known, default=None), "floods": sum(n > FLOOD_OVER for n in known),
        "priorities": {str(one): priorities[one] for one in PRIORITIES},
        "top": [{"code": code, "n": n} for code, n in sorted(codes.items(), key=lambda item: (-item[1], item[0]))[:TOP]],
        "standing": _standing(facts), "chattering": _chattering(came),
        "seen": {
            "n": len(waited), "not_yet": len(came) - len(waited),
            "median_ms": at_rank(waited, 500), "p95_ms": at_rank(waited, 950),
        },
    }  # fmt: skip


def _bins(facts: Facts, came: list[Came]) -> list[Row]:
    window, holes = facts.window, gaps(facts)
    numbers = Counter(one.utc_ms // TEN_MINUTES_MS for one in came)
    found: list[Row] = []
    for place in range(window.from_ms // TEN_MINUTES_MS, -(-window.to_ms // TEN_MINUTES_MS)):
        span = (max(place * TEN_MINUTES_MS, window.from_ms), min((place + 1) * TEN_MINUTES_MS, window.to_ms))
        known = numbers[place] or overlap_ms(span, holes) < span[1] - span[0]
        found.append({"from_ms": span[0], "n": numbers[place] if known else None})
    return found


def _standing(facts: Facts) -> list[Row]:
    """What had come before the cut-off and was not over by then, the oldest first."""
    end_ms = facts.window.end_ms
    stands = [one for one in facts.came if one.utc_ms < end_ms and not 0 <= one.ended_utc_ms <= end_ms]
    rows = sorted((one for one in stands if kind_of(one.code).standing), key=lambda one: (one.utc_ms, one.seq, one.place))
    return [
        {"alarm": one.key, "code": one.code, "since_ms": one.utc_ms, "ms": (ms := end_ms - one.utc_ms), "stale": ms >= STALE_MS}
        for one in rows
    ]  # fmt: skip


def _chattering(came: list[Came]) -> list[Row]:
    times: dict[str, list[int]] = {}
    for one in came:
        times.setdefault(one.key, []).append(one.utc_ms)
    found: list[Row] = []
    for key, at_ms in sorted(times.items()):
        fast = sum(later - first <= CHATTER_MS for first, later in zip(at_ms, at_ms[CHATTER_TIMES - 1 :], strict=False))
        if fast:
            found.append({"alarm": key, "code": key.partition(":")[0], "n": len(at_ms), "bursts": fast})
    return sorted(found, key=lambda row: (-int(str(row["n"])), str(row["alarm"])))
