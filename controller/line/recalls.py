"""Recalls: what took the release lane and lost its basis is held where the next station meets it.

One rule: a recall is a hold like any other, placed once, lifted by customs (invariant I5; domain rule 6).
"""

from controller.line.holds import place
from controller.line.state import Carton, Draft

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


def recall(draft: Draft, carton: Carton, cause: str) -> None:
    """Hold a carton that already took the release lane, once for each cause that stands."""
    standing = any(h.lifted_ms < 0 and h.code == "recalled" and h.target == carton.key for h in draft.holds.values())
    if not standing:
        place(draft, "carton", carton.key, "recalled", cause, actor="line", role="line")
        draft.alarm("recalled", f"carton:{carton.key}", cause)
