"""A dry run of other targeting rules over cartons that went by: whose treatment would differ.

One rule: pure, and only targeting: which cartons customs would have wanted to look at. What an officer said then, or what else
held a carton, is not judged again.
"""

from collections.abc import Callable, Iterable

import msgspec

from controller.domain.declarations import DeclaredList
from controller.line.inspection_events import Rules
from controller.line.list_state import ConsignmentList
from controller.line.targeting import hits

SELECTED = ("selected", "selection_failed")
Draw = Callable[[str, int], bool]
"""Whether the draw with customs' secret picks this carton at so many of a thousand."""


class Went(msgspec.Struct, frozen=True):
    """A carton that took a lane: its list as it was then, and why customs wanted to look at it (`selected`, ids of rules)."""

    track: str
    carton: str
    declared: DeclaredList | None
    asked: tuple[str, ...]


class Differs(msgspec.Struct, frozen=True):
    track: str
    carton: str
    before: tuple[str, ...]
    after: tuple[str, ...]


class DryRun(msgspec.Struct, frozen=True):
    """`more` would be looked at and were not, `fewer` were and would not be; `other` would be looked at for another reason.

    `undrawn`: cartons whose draw could not be made again, so they keep the one they had.
    """

    cartons: int
    more: tuple[Differs, ...]
    fewer: tuple[Differs, ...]
    other: int
    undrawn: int


def dry_run(went: Iterable[Went], rules: Rules, draw: Draw | None) -> DryRun:
    """Each carton once, as it went last."""
    last = {one.carton or one.track: one for one in went}
    more: list[Differs] = []
    fewer: list[Differs] = []
    other = undrawn = 0
    for one in last.values():
        drawn, known = _drawn(one, rules, draw)
        undrawn += not known
        found = ConsignmentList("", one.declared) if one.declared is not None else None
        after = (*drawn, *(rule.rule_id for rule in rules.rules if found is not None and hits(rule, found)))
        if bool(after) is not bool(one.asked):
            (more if after else fewer).append(Differs(one.track, one.carton, one.asked, after))
        elif after != one.asked:
            other += 1
    return DryRun(len(last), tuple(more), tuple(fewer), other, undrawn)


def _drawn(one: Went, rules: Rules, draw: Draw | None) -> tuple[tuple[str, ...], bool]:
    if rules.random_permille == 0 or not one.carton:
        return (), True
    if draw is None:
        return tuple(code for code in one.asked if code in SELECTED), False
    return (("selected",) if draw(one.carton, rules.random_permille) else ()), True
