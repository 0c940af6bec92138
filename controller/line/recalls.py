"""Recalls: what took the release lane and lost its basis is held where the next station meets it.

One rule: a recall is a hold like any other, placed once, lifted by customs (invariant I5; domain rule 6).
"""

from controller.domain.reasons import LaneKind
from controller.line.holds import place
from controller.line.recheck_standing import standing_release
from controller.line.state import Carton, Draft, Passage

UNDECIDED = "it took the release lane without a decision"


def recall_released(draft: Draft, list_key: str, cause: str) -> None:
    """What took the release lane and lost its basis is recalled: a hold that loading and gate will meet."""
    for key in members_of(draft, list_key):
        carton = draft.cartons[key]
        if carton.released_ms >= 0:
            recall(draft, carton, cause)


def members_of(draft: Draft, list_key: str) -> tuple[str, ...]:
    """The cartons of a list: those a notice names, else the one that bears the list's own number and is of no other list."""
    own = draft.cartons.get(list_key)
    return draft.members.get(list_key) or ((list_key,) if own is not None and own.list_key == list_key else ())


def recall_by_way(draft: Draft, passage: Passage, cause: str) -> None:
    """What this way showed is in doubt: its carton is recalled if it was released by it, though a copy bears its name since."""
    carton = draft.cartons.get(passage.carton) if passage.carton else None
    if carton is None or carton.released_ms < 0:
        return
    if carton.passage == passage.key or _left_by(draft, passage, carton):
        recall(draft, carton, cause)


def _left_by(draft: Draft, passage: Passage, carton: Carton) -> bool:
    """It took the release lane, and what it showed counts: no officers have opened the carton and let it go since."""
    lane = draft.profile.lane_by_name(passage.diverted_lane)
    opened = standing_release(draft, carton)
    return lane is not None and lane.kind is LaneKind.RELEASE and (opened is None or opened.closed_ms < passage.ended_ms)


def recall(draft: Draft, carton: Carton, cause: str) -> None:
    """Hold a carton that already took the release lane, once for each cause that stands."""
    standing = any(h.lifted_ms < 0 and h.code == "recalled" and h.target == carton.key for h in draft.holds.values())
    if not standing:
        place(draft, "carton", carton.key, "recalled", cause, actor="line", role="line")
        draft.alarm("recalled", f"carton:{carton.key}", cause)
