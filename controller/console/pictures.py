"""The pool of pictures that wait for an officer, as the officers' screens show it, and where each carton is meanwhile.

One rule: this is customs' own and is put together for no other view. A place on the belt is what the photo-eyes last said; what
nobody measured is null.
"""

from collections.abc import Callable

import msgspec

from controller.console.views import last4
from controller.line.inspection import is_over, must_look
from controller.line.inspection_state import Inspection
from controller.line.profile import LineProfile
from controller.line.state import Draft, LineState, Passage

Value = dict[str, object]
Place = Callable[[str], tuple[int, int] | None]


class Picture(msgspec.Struct, frozen=True):
    """A picture in the pool. `last_call_ms`: by the belt's speed while it runs; exact once the PLC has asked for the lane."""

    track: str
    carton: str
    last4: str
    low: str
    high: str
    since_ms: int
    last_call_mm: int
    front_mm: int
    at_ms: int
    last_call_ms: int
    must: tuple[str, ...]
    calls: int
    verdict: str
    verdict_by: str


def pool(state: LineState, place: Place = lambda track: None) -> tuple[Picture, ...]:
    """Every picture that an officer has to look at, or has judged and may still take back; the oldest deadline first.

    `place` says where a carton's front is, where somebody follows the belt.
    """
    if state.facts.profile is None:
        return ()
    draft = Draft(state, state.facts.line_ms)
    found = [one for key in state.facts.live if (one := _picture(draft, state.passages[key], place)) is not None]
    return tuple(sorted(found, key=lambda one: one.last_call_ms))


def _picture(draft: Draft, passage: Passage, place: Place) -> Picture | None:
    one = passage.inspection
    if one is None or one.image is None or not one.bound or one.problem or is_over(draft, passage):
        return None
    look = must_look(draft, passage)
    if not look and not one.verdict:
        return None
    carton = draft.cartons[passage.carton].carton_no if passage.carton else ""
    front_mm, at_ms = place(passage.key) or front_of(draft.profile, passage, one)
    return Picture(
        passage.key, carton, last4(carton), one.image.low.sha256, one.image.high.sha256, one.image.at_ms,
        last_call_mm(draft.profile), front_mm, at_ms, last_call_ms(draft.profile, passage, (front_mm, at_ms)),
        tuple(dict.fromkeys(blocker.code for blocker in look)), one.calls, one.verdict, one.verdict_by,
    )  # fmt: skip


def front_of(profile: LineProfile, passage: Passage, one: Inspection) -> tuple[int, int]:
    """Where its front was when a photo-eye or the PLC last told of it, and when that was."""
    if passage.decide_ms >= 0:
        return profile.divert_mm - passage.decide_mm, passage.decide_ms
    if one.exited_ms >= 0:
        return profile.xray_exit_mm + max(one.length_mm, 0), one.exited_ms
    return profile.xray_entry_mm, one.entered_ms


def last_call_mm(profile: LineProfile) -> int:
    """Where a carton's front is at its last call."""
    return profile.divert_mm - profile.deadline_mm - profile.decide_margin_ms * profile.speed_mm_s // 1000


def last_call_ms(profile: LineProfile, passage: Passage, front: tuple[int, int]) -> int:
    """When the belt has to decide; reckoned from where the front was until the PLC has asked for the lane."""
    if passage.last_call_ms >= 0:
        return passage.last_call_ms
    front_mm, at_ms = front
    return at_ms + max(last_call_mm(profile) - front_mm, 0) * 1000 // profile.speed_mm_s
