"""The window of time that a figure is of, what is known in it, and plain reckoning: Wilson's interval, medians.

One rule: a figure says up to when it counts, and where nothing was written down there is a gap, never a zero.
"""

import math
from collections.abc import Iterable, Sequence

import msgspec

from controller.domain.alarms import hidden
from controller.domain.reasons import CATALOGUE, neutral_codes
from controller.line.explain import View
from controller.records.statistics.facts import Came, Diverted, EmergencyEntered, Judged, Opened, Reviewed, ShiftBegan, Spell

SMALL_N = 30  # fewer cases say little about one person; the interval says how little
Z_95 = 1.959964


class Window(msgspec.Struct, frozen=True):
    """From `from_ms` to before `to_ms`; nothing is known behind `cut_ms`."""

    from_ms: int
    to_ms: int
    cut_ms: int

    @property
    def end_ms(self) -> int:
        return max(self.from_ms, min(self.to_ms, self.cut_ms))

    def has(self, utc_ms: int) -> bool:
        return self.from_ms <= utc_ms < self.to_ms


class Facts(msgspec.Struct, frozen=True):
    """What was gathered for a window: spells with the one that began before it, rechecks also behind it, all shifts."""

    window: Window
    diverted: Sequence[Diverted] = ()
    judged: Sequence[Judged] = ()
    opened: Sequence[Opened] = ()
    spells: Sequence[Spell] = ()
    came: Sequence[Came] = ()
    shifts: Sequence[ShiftBegan] = ()
    emergencies: Sequence[EmergencyEntered] = ()
    reviews: Sequence[Reviewed] = ()


class Piece(msgspec.Struct, frozen=True):
    """A spell as far as it lies in the window. `begun`: it began in it."""

    from_ms: int
    to_ms: int
    kind: str
    cause: str
    begun: bool

    @property
    def ms(self) -> int:
        return self.to_ms - self.from_ms


def seen_by(facts: Facts, view: View) -> Facts:
    """The facts that an organisation may count. The company has nothing of targeting, of pictures or of who judged them."""
    if view is View.CUSTOMS:
        return facts
    replace = msgspec.structs.replace
    stripped = tuple(
        replace(one, codes=tuple(neutral_codes(one.codes)), asked=(), selection="", image="",
                verdict="", verdict_by="")
        for one in facts.diverted
    )  # fmt: skip
    came = tuple(one for one in facts.came if not hidden(one.code))
    return replace(facts, diverted=stripped, judged=(), opened=(), came=came, reviews=())


def neutral(code: str) -> str:
    return CATALOGUE[code].neutral if code in CATALOGUE else code


def pieces(facts: Facts) -> list[Piece]:
    """The spells of the window one after the other, without holes; `unknown` where there is none."""
    window = facts.window
    spells = sorted(facts.spells, key=lambda one: (one.utc_ms, one.seq, one.place))
    found: list[Piece] = []
    at_ms, kind, cause, begun = window.from_ms, "unknown", "", False
    for spell in (one for one in spells if one.utc_ms <= window.end_ms):
        until_ms = max(spell.utc_ms, at_ms)
        if begun or until_ms > at_ms:  # one that was over at once has begun all the same
            found.append(Piece(at_ms, until_ms, kind, cause, begun))
        at_ms, kind, cause, begun = until_ms, spell.kind, spell.cause, window.has(spell.utc_ms)
    if begun or window.end_ms > at_ms:
        found.append(Piece(at_ms, window.end_ms, kind, cause, begun))
    if window.to_ms > window.end_ms:
        found.append(Piece(window.end_ms, window.to_ms, "unknown", "", False))
    return found


def gaps(facts: Facts) -> list[tuple[int, int]]:
    """Where nothing was written down: the daemon was off, or it is behind the cut-off. Neighbours are one."""
    found: list[tuple[int, int]] = []
    for piece in pieces(facts):
        if piece.kind not in ("off", "unknown"):
            continue
        if found and found[-1][1] == piece.from_ms:
            found[-1] = (found[-1][0], piece.to_ms)
        else:
            found.append((piece.from_ms, piece.to_ms))
    return found


def overlap_ms(one: tuple[int, int], spans: Iterable[tuple[int, int]]) -> int:
    return sum(max(0, min(one[1], to_ms) - max(one[0], from_ms)) for from_ms, to_ms in spans)


def wilson(hits: int, n: int) -> tuple[float, float] | None:
    """The interval of 95 % for a share (Wilson 1927): honest also for few cases and for none of them. Nothing for no case."""
    if n == 0:
        return None
    share, z2 = hits / n, Z_95 * Z_95
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4)


def share_of(hits: int, n: int) -> dict[str, object]:
    """A share with how many cases it is of, its interval, and whether they are few."""
    interval = wilson(hits, n)
    return {
        "hits": hits, "n": n, "share": round(hits / n, 4) if n else None,
        "low": interval[0] if interval else None, "high": interval[1] if interval else None, "small": n < SMALL_N,
    }  # fmt: skip


def at_rank(values: Sequence[int], permille: int) -> int | None:
    """The value at this rank (nearest rank: the least that so many of a thousand do not exceed)."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * permille // 1000) - 1)]
