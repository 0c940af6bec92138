"""What changed last about each thing of the line: by this an act is refused that was decided on an old picture.

One rule: it remembers rows of the journal and nothing else, and what it no longer remembers counts as changed. That an image
waits for an officer, or what is found, drawn or judged and shows in no decision and no hold, is no change to the company: it
would tell which carton was picked.
"""

import msgspec

from controller.line.commands import Outcome
from controller.line.events import Stamped, TimerFired
from controller.line.explain import OF_CUSTOMS, company_origin
from controller.line.pacing import UNANSWERED_TOKEN

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
        self._company: dict[str, Change] = {}

    def take(self, seq: int, stamped: Stamped, outcome: Outcome) -> None:
        change = Change(seq, type(stamped.event).__name__, stamped.actor, company_origin(stamped)[0])
        for known in (self._last,) if _silent(stamped, outcome) else (self._last, self._company):
            for subject in outcome.touched:
                known.pop(subject, None)
                known[subject] = change
            while len(known) > KEPT:
                oldest = next(iter(known))
                self._first_seq = max(self._first_seq, known.pop(oldest).seq)

    def since(self, subject: str, seen: int, *, customs: bool = True) -> Change | None:
        """What changed behind row `seen`; nothing when the picture is new enough."""
        last = (self._last if customs else self._company).get(subject)
        return last if last is not None and last.seq > seen else None

    def too_old(self, seen: int) -> bool:
        return seen < self._first_seq


def _silent(stamped: Stamped, outcome: Outcome) -> bool:
    """Whether the company's picture is as it was before this row, and only customs' is another."""
    if isinstance(stamped.event, OF_CUSTOMS):
        return not outcome.decisions and not any(subject.startswith("hold:") for subject in outcome.touched)
    return isinstance(stamped.event, TimerFired) and stamped.event.token.startswith(UNANSWERED_TOKEN)
