"""What changed last about each thing of the line: by this an act is refused that was decided on an old picture.

One rule: it remembers rows of the journal and nothing else, and what it no longer remembers counts as changed.
"""

import msgspec

from controller.line.commands import Outcome
from controller.line.events import Stamped
from controller.line.explain import company_origin

KEPT = 20_000


class Change(msgspec.Struct, frozen=True):
    """The newest row that touched a thing: its number, what it was, and whose act; `company_event`: what the company hears."""

    seq: int
    event: str
    actor: str
    company_event: str


class Changes:
    """A listener of the core. `first_seq`: rows before it are unknown."""

    def __init__(self, first_seq: int) -> None:
        self._first_seq = first_seq
        self._last: dict[str, Change] = {}

    def take(self, seq: int, stamped: Stamped, outcome: Outcome) -> None:
        change = Change(seq, type(stamped.event).__name__, stamped.actor, company_origin(stamped)[0])
        for subject in outcome.touched:
            self._last.pop(subject, None)
            self._last[subject] = change
        while len(self._last) > KEPT:
            oldest = next(iter(self._last))
            self._first_seq = self._last.pop(oldest).seq

    def since(self, subject: str, seen: int) -> Change | None:
        """What changed behind row `seen`; nothing when the picture is new enough."""
        last = self._last.get(subject)
        return last if last is not None and last.seq > seen else None

    def too_old(self, seen: int) -> bool:
        return seen < self._first_seq
