"""Who is signed in where. Kept in memory: after a restart everybody signs in again.

One rule: a session names an account, never a right. What its person may do is looked up at the moment of the act; a
session of an account that changed has ended. Nobody ends another person's by signing in often: of too many the own oldest
ends, and each organisation has its own room. Tokens have 256 random bits and are kept as their hash.
Source: reliability reference, section 7 (CR 2.5 to 2.7, ASVS 7.1 to 7.4).
"""

import hmac
from collections.abc import Callable

import msgspec

from controller.console.people import CUSTOMS_SIDE, Person
from controller.console.proofs import token_hash

PERSON_MOST, ORGANISATION_MOST = 12, 250


class Limits(msgspec.Struct, frozen=True):
    """In seconds: lock when idle, by organisation; end whatever happens; how long a proof is fresh."""

    idle_customs_s: float = 600
    idle_company_s: float = 900
    longest_s: float = 43_200
    proof_fresh_s: float = 120


class Session(msgspec.Struct):
    """`person` is as it was when the account was last looked at; `acted_s`, `proven_s` are the loop's clock."""

    key: str
    person: Person
    csrf: str
    terminal: str
    by_badge: bool
    began_s: float
    acted_s: float
    proven_s: float
    locked: bool = False


class Sessions:
    """`clock` never goes back; `new_token` gives 128 random bits or more."""

    def __init__(self, limits: Limits, clock: Callable[[], float], new_token: Callable[[], str]) -> None:
        self.limits = limits
        self._clock = clock
        self._new_token = new_token
        self._open: dict[str, Session] = {}

    def begin(self, person: Person, terminal: str, *, by_badge: bool) -> tuple[str, Session]:
        """A new session with a token nobody has seen; of too many the oldest ends, of that person or that side alone."""
        token, now_s = self._new_token(), self._clock()
        session = Session(token_hash(token), person, self._new_token(), terminal, by_badge, now_s, now_s, now_s)
        self._open[session.key] = session
        own = [one for one in self._open.values() if one.person.account == person.account][:-PERSON_MOST]
        side = [one for one in self._open.values() if one.person.organisation == person.organisation and one not in own]
        for one in (*own, *side[:-ORGANISATION_MOST]):
            self.end(one)
        return token, session

    def find(self, token: str) -> Session | None:
        """The session of a token, locked or not; nothing when it has ended."""
        session = self._open.get(token_hash(token)) if token else None
        if session is None:
            return None
        now_s = self._clock()
        if now_s - session.began_s >= self.limits.longest_s:
            self.end(session)
            return None
        if now_s - session.acted_s >= self._idle_s(session):
            session.locked = True
        return session

    def stands(self, session: Session) -> bool:
        """Whether it is still open, and not too old."""
        return self._open.get(session.key) is session and self._clock() - session.began_s < self.limits.longest_s

    def may_read(self, session: Session) -> bool:
        """The company's view stays readable when locked; what customs sees does not."""
        idle = self._clock() - session.acted_s >= self._idle_s(session)
        open_to_all = session.person.organisation != CUSTOMS_SIDE
        return self.stands(session) and (open_to_all or not (session.locked or idle))

    def touch(self, session: Session) -> None:
        """Its person did something: it stays unlocked."""
        session.acted_s = self._clock()

    def prove(self, session: Session) -> None:
        """Its person gave the secret again."""
        session.locked = False
        session.acted_s = session.proven_s = self._clock()

    def is_proven(self, session: Session) -> bool:
        return self._clock() - session.proven_s < self.limits.proof_fresh_s

    def end(self, session: Session) -> None:
        self._open.pop(session.key, None)

    def keep(self, people: tuple[Person, ...]) -> None:
        """End every session whose account has changed, gone or been switched off."""
        versions = {person.account: person.version for person in people if person.active}
        for session in tuple(self._open.values()):
            if versions.get(session.person.account) != session.person.version:
                self.end(session)

    def _idle_s(self, session: Session) -> float:
        customs = session.person.organisation == CUSTOMS_SIDE
        return self.limits.idle_customs_s if customs else self.limits.idle_company_s


def same(one: str, other: str) -> bool:
    """Compare two tokens in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
