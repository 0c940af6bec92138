"""What one line tells the site's other lines of its pool: which pictures wait, how urgently, and who looks at them.

One rule: this is customs' own. It has no times of any clock, only for how long and how long still, because two lines have two
clocks; and it is bounded, the most urgent first, whatever waits.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from controller.console.claims import Claims
from controller.console.pictures import Picture
from controller.line.profile import LineProfile

WAITING_MOST = 20
_LONGEST_MS = 10 * 24 * 3_600_000

_Ms = Annotated[int, Meta(ge=0, le=_LONGEST_MS)]
_Text = Annotated[str, Meta(max_length=64)]


class Waiting(msgspec.Struct, frozen=True):
    """A picture that nobody has judged. `left_ms` until its last call if the belt runs as `running` says; null = not known."""

    track: Annotated[str, Meta(pattern=r"^[0-9]{1,10}:[0-9]{1,5}$")]
    carton: _Text
    last4: Annotated[str, Meta(max_length=8)]
    must: Annotated[tuple[_Text, ...], Meta(max_length=32)]
    waits_ms: _Ms
    left_ms: _Ms
    running: bool | None
    calls: Annotated[int, Meta(ge=0, le=100_000)]
    claimed_by: _Text | None
    claimed_name: _Text | None


class LinePool(msgspec.Struct, frozen=True):
    """The whole answer of a line; `more` wait beside these."""

    line: _Text
    waiting: Annotated[tuple[Waiting, ...], Meta(max_length=WAITING_MOST)]
    more: Annotated[int, Meta(ge=0, le=100_000)]


def line_pool(
    line: str, pictures: Sequence[Picture], claims: Claims, profile: LineProfile | None, now_ms: int, *, running: bool | None
) -> LinePool:
    """`pictures` as the own officers see them; what is judged already waits no longer."""
    waiting = [_waiting(one, claims, profile, now_ms, running=running) for one in pictures if not one.verdict and profile]
    waiting.sort(key=lambda one: one.left_ms)
    return LinePool(line, tuple(waiting[:WAITING_MOST]), max(len(waiting) - WAITING_MOST, 0))


def _waiting(one: Picture, claims: Claims, profile: LineProfile | None, now_ms: int, *, running: bool | None) -> Waiting:
    left_ms = one.last_call_ms - now_ms
    if running is False and profile is not None:  # a belt that stands takes nothing nearer
        left_ms = (one.last_call_mm - one.front_mm) * 1000 // profile.speed_mm_s
    claim = claims.of(one.track)
    return Waiting(
        one.track, one.carton, one.last4, one.must[:32], _within(now_ms - one.since_ms), _within(left_ms), running, one.calls,
        claim.account if claim is not None else None, claim.name if claim is not None else None,
    )  # fmt: skip


def _within(ms: int) -> int:
    return min(max(ms, 0), _LONGEST_MS)
