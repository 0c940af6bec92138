"""Who looks at which carton now, so that two officers do not judge one.

One rule: a claim is a person's, lives by being renewed, and is free again by itself; it decides nothing and outlives nothing. A
carton that nobody has claimed may be judged by anyone who may judge.
"""

from collections.abc import Callable

import msgspec

from controller.console.people import Person

FREE_AFTER_S = 5.0
CLAIMS_MOST = 200


class Claim(msgspec.Struct, frozen=True):
    account: str
    name: str
    until_s: float


class Claims:
    """`clock` never goes back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._claims: dict[str, Claim] = {}

    def take(self, track: str, person: Person) -> Claim | None:
        """Claim or renew; when somebody else has it, that claim, and nothing is changed."""
        held = self.of(track)
        if held is not None and held.account != person.account:
            return held
        self._claims.pop(track, None)
        self._claims[track] = Claim(person.account, person.name, self._clock() + FREE_AFTER_S)
        while len(self._claims) > CLAIMS_MOST:
            self._claims.pop(next(iter(self._claims)))
        return None

    def free(self, track: str, person: Person) -> None:
        """Give it back; nothing when it is not this person's."""
        held = self.of(track)
        if held is not None and held.account == person.account:
            del self._claims[track]

    def of(self, track: str) -> Claim | None:
        held = self._claims.get(track)
        return held if held is not None and held.until_s > self._clock() else None
