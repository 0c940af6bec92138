"""Where the time of a window went: working, waiting, slow, stopped by cause; and the stops as a Pareto.

One rule: the parts add up to the window, with what nobody wrote down as a part of its own.
"""

from collections.abc import Iterable

from controller.domain.alarms import hidden
from controller.line.explain import View
from controller.records.statistics.window import Facts, Piece, neutral, pieces

SPELLS = ("working", "waiting", "slow", "stopped", "away", "off", "unknown")
STANDS = ("stopped", "away")
Row = dict[str, object]


def losses(facts: Facts, view: View) -> list[Row]:
    """Each kind of time with its share of the window, and its causes."""
    found = pieces(facts)
    window_ms = facts.window.to_ms - facts.window.from_ms
    return [
        {
            "kind": kind, "ms": (ms := sum(one.ms for one in mine)), "share": round(ms / window_ms, 4) if window_ms else None,
            "causes": [{"cause": cause, "ms": ms, "times": times} for cause, ms, times in _by_cause(mine, view) if cause],
        }
        for kind in SPELLS for mine in [[one for one in found if one.kind == kind]]
    ]  # fmt: skip


def stops(facts: Facts, view: View) -> list[Row]:
    """Causes of standing, the longest first, with what they and those before them make of all."""
    stood = [one for one in pieces(facts) if one.kind in STANDS]
    all_ms = sum(one.ms for one in stood)
    found: list[Row] = []
    so_far_ms = 0
    for cause, ms, times in _by_cause(stood, view):
        so_far_ms += ms
        longest_ms = max(one.ms for one in stood if _told(one.cause, view) == cause)
        found.append({
            "cause": cause, "ms": ms, "times": times, "longest_ms": longest_ms,
            "cumulative": round(so_far_ms / all_ms, 4) if all_ms else None,
        })  # fmt: skip
    return found


def _by_cause(found: Iterable[Piece], view: View) -> list[tuple[str, int, int]]:
    """(cause, how long, how often it began in the window)."""
    ms: dict[str, int] = {}
    times: dict[str, int] = {}
    for one in found:
        cause = _told(one.cause, view)
        ms[cause] = ms.get(cause, 0) + one.ms
        times[cause] = times.get(cause, 0) + one.begun
    return sorted(((cause, ms[cause], times[cause]) for cause in ms), key=lambda row: (-row[1], row[0]))


def _told(cause: str, view: View) -> str:
    if view is View.CUSTOMS or not hidden(cause):
        return cause
    shown = neutral(cause)
    return shown if shown != cause else "customs_check"
