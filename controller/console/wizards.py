"""Which guided recovery is in whose hands, so that two people do not clear one jam past each other.

One rule: it decides nothing and bars nobody: whoever comes second is told who has it, may take over, and then both are told. What
was done with each carton goes along. Kept in memory: it lives by being renewed, and after a restart everybody begins anew.
"""

from collections.abc import Callable
from typing import Literal, get_args

import msgspec

from controller.console.people import Person
from controller.console.views import Value
from controller.domain.reasons import CUSTOMS
from controller.line.explain import View

Kind = Literal["jam", "no_read", "seal", "xray", "divert", "lane_full", "tracking", "e_stop", "guards"]
KINDS: tuple[str, ...] = get_args(Kind)
FREE_AFTER_S = 30.0
HANDLED_MOST = 40


class Handled(msgspec.Struct, frozen=True):
    """What became of one carton. `track` or `code` may be empty: not every carton has a number that can be read."""

    track: str
    code: str
    outcome: str


class Holder(msgspec.Struct, frozen=True):
    """Who has it, at which screen. `session` tells two screens of one person apart and is never shown."""

    account: str
    name: str
    customs: bool
    screen: str
    session: str


class Wizard(msgspec.Struct, frozen=True):
    """`began_ms` is line time; `taken_from` had it before, and is told so."""

    kind: str
    holder: Holder
    began_ms: int
    until_s: float
    handled: tuple[Handled, ...] = ()
    taken_from: Holder | None = None


class Wizards:
    """`clock` never goes back; `line_ms` is the line's time."""

    def __init__(self, clock: Callable[[], float], line_ms: Callable[[], int]) -> None:
        self._clock = clock
        self._line_ms = line_ms
        self._open: dict[str, Wizard] = {}

    def take(
        self, kind: str, by: Holder, handled: tuple[Handled, ...] | None = None, *, over: bool = False
    ) -> tuple[Wizard, bool]:
        """Begin, renew or, with `over`, take over. The wizard as it stands now, and whether it is in these hands.

        `handled` replaces what was done so far; None leaves it, so that whoever takes over goes on where the other stopped.
        """
        held = self.of(kind)
        if held is not None and held.holder != by and not over:
            return held, False
        now = Wizard(kind, by, self._line_ms(), 0.0) if held is None else held
        if held is not None and held.holder != by:
            now = msgspec.structs.replace(now, holder=by, taken_from=held.holder)
        kept = now.handled if handled is None else handled[:HANDLED_MOST]
        now = msgspec.structs.replace(now, handled=kept, until_s=self._clock() + FREE_AFTER_S)
        self._open[kind] = now
        return now, True

    def leave(self, kind: str, by: Holder) -> None:
        """It is over, or given up; nothing when it is in other hands."""
        held = self.of(kind)
        if held is not None and held.holder == by:
            del self._open[kind]

    def of(self, kind: str) -> Wizard | None:
        held = self._open.get(kind)
        return held if held is not None and held.until_s > self._clock() else None

    def values(self, view: View) -> dict[str, Value]:
        """A source of the live stream: `wizards`, each that somebody has in hand."""
        held = [self.of(kind) for kind in KINDS]
        return {"wizards": {"list": [told(one, view) for one in held if one is not None]}}


def holder_of(person: Person, screen: str, session: str) -> Holder:
    return Holder(person.account, person.name, person.role in CUSTOMS, screen, session)


def told(wizard: Wizard, view: View) -> Value:
    """As this view may see it: the company does not learn who of customs it is."""
    before = wizard.taken_from
    return {
        "kind": wizard.kind, "began_ms": wizard.began_ms, **_who(wizard.holder, view),
        "taken_from": _who(before, view) if before is not None else None,
        "handled": [msgspec.to_builtins(one) for one in wizard.handled],
    }  # fmt: skip


def _who(holder: Holder, view: View) -> Value:
    if holder.customs and view is View.COMPANY:
        return {"account": "customs", "name": "海关 customs", "screen": holder.screen}
    return {"account": holder.account, "name": holder.name, "screen": holder.screen}
