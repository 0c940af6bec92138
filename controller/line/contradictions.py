"""Papers that contradict each other 单证矛盾: all that they speak of is held until people of customs have settled it.

One rule: no paper takes such a hold away, neither the one that would put things right nor the same one sent again. The wrong one
is put right first (its list deleted or changed, the right notice sent again); then customs lifts the hold (`xiyong act lift`).
A new declaration changes nothing beside the one that stands: when customs has settled that, the same one sent again is a note.
"""

import hashlib
from collections.abc import Iterable

import msgspec

from controller.domain.declarations import DeclaredList
from controller.line.holds import of_loads, place
from controller.line.recalls import members_of, recall
from controller.line.state import Carton, Draft, Hold

# Scope and target of the hold, its code, what contradicts what.
Contradiction = tuple[str, str, str, str]
MARK_CHARS = 12


def hold_contradictions(draft: Draft, found: Iterable[Contradiction]) -> None:
    """One hold for each contradiction that has none open, and a recall of what took the release lane meanwhile."""
    standing = {(h.scope, h.target, h.code, h.cause) for h in draft.holds.values() if h.lifted_ms < 0}
    for one in dict.fromkeys(found):
        scope, target, code, cause = one
        if one not in standing:
            place(draft, scope, target, code, cause, actor="line", role="line")
            draft.alarm(code, f"{scope}:{target}", cause)
        for carton in _concerned(draft, scope, target):
            if carton.released_ms >= 0:
                recall(draft, carton, cause)


def _concerned(draft: Draft, scope: str, target: str) -> tuple[Carton, ...]:
    if scope == "load":
        return tuple(carton for carton in draft.cartons.values() if (scope, target) in of_loads(carton))
    keys = members_of(draft, target) if scope == "list" else (target,)
    return tuple(draft.cartons[key] for key in keys)


def of_two_lists(carton_key: str, lists: Iterable[str]) -> list[Contradiction]:
    """Papers say of one carton that it is of each of these lists: nobody knows which of them is whole, so all are held."""
    named = sorted(set(lists))
    cause = f"papers say of carton {carton_key} that it is of the lists {', '.join(named)}"
    return [("list", key, "declaration_conflict", cause) for key in named]


def of_two_declarations(list_key: str, known: DeclaredList, declared: DeclaredList) -> Contradiction:
    """Two different new declarations of one number. The cause tells these two from any others, to the letter."""
    mark = hashlib.sha256(msgspec.json.encode((known, declared))).hexdigest()[:MARK_CHARS]
    cause = f"two different new declarations of one number, of {known.app_time} and of {declared.app_time} ({mark})"
    return "list", list_key, "declaration_conflict", cause


def is_settled(draft: Draft, one: Contradiction) -> bool:
    """Whether customs has lifted the hold for this very contradiction."""
    return any((h.scope, h.target, h.code, h.cause) == one and h.lifted_ms >= 0 for h in draft.holds.values())


def disputes_over(draft: Draft, list_key: str) -> tuple[Hold, ...]:
    """The contradictions about this list that are not settled yet."""
    wanted = ("list", list_key, "declaration_conflict", -1)
    return tuple(h for h in draft.holds.values() if (h.scope, h.target, h.code, h.lifted_ms) == wanted)
