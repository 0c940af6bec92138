"""Acts that wait for a second person.

One rule: nobody pushes out what another side waits for. A person has few of them at once, a new one in place of the own oldest;
and each organisation has its own room.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from controller.console.people import organisation_of
from controller.domain.reasons import Role
from controller.line.events import AnyEvent

PROPOSAL_STANDS_S = 600.0
PERSON_MOST = 5
ORGANISATION_MOST = 100


class Asked(msgspec.Struct, frozen=True):
    """An act as a page asks for it. `seen`: the newest row of the journal that the page had drawn; -1 = it does not say."""

    name: str
    act_id: str
    values: dict[str, Any]
    reason: str = ""
    seen: int = -1


class Proposal(msgspec.Struct, frozen=True):
    """An act that waits for a second person."""

    proposal: str
    asked: Asked
    event: AnyEvent
    first: str
    first_role: Role
    journal_id: str
    roles: tuple[Role, ...]
    until_s: float

    @property
    def organisation(self) -> str:
        return organisation_of(self.first_role)


class Signed(msgspec.Struct, frozen=True):
    """A proposal that waits no longer, and whose second signature counts."""

    by: str
    proposal: Proposal


class Proposals:
    """What waits, the oldest first; what is over is not there any more. `clock` never goes back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._waiting: dict[str, Proposal] = {}

    def everything(self) -> tuple[Proposal, ...]:
        now_s = self._clock()
        for one in tuple(self._waiting.values()):
            if one.until_s <= now_s:
                del self._waiting[one.proposal]
        return tuple(self._waiting.values())

    def get(self, number: str) -> Proposal | None:
        return next((one for one in self.everything() if one.proposal == number), None)

    def take(self, number: str) -> Proposal | None:
        """It waits no longer. Also when it is over by now: whoever takes it found it waiting before."""
        return self._waiting.pop(number, None)

    def of_act(self, journal_id: str) -> Proposal | None:
        """What this press of a person asked for."""
        return next((one for one in self.everything() if one.journal_id == journal_id), None)

    def add(self, proposal: Proposal) -> None:
        everything = self.everything()
        own = [one for one in everything if one.first == proposal.first]
        side = [one for one in everything if one.organisation == proposal.organisation and one not in own[: 1 - PERSON_MOST]]
        for one in (*own[: 1 - PERSON_MOST], *side[: 1 - ORGANISATION_MOST]):
            self._waiting.pop(one.proposal, None)
        self._waiting[proposal.proposal] = proposal
