"""Signing in and out, proving again, and looking after accounts: what joins people, proofs, delays and sessions.

One rule: who asks is told nothing that helps to guess: an unknown account, a wrong secret and an account that is switched
off get one answer after the same work. Nothing typed by a person who is not signed in is recorded but the account it hit.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec
import sqlalchemy.exc

from controller.console.guessing import Guessing
from controller.console.people import LEADS, Invitation, People, Person, Secrets, organisation_of
from controller.console.proofs import LONGEST, Proofs, password_weak, pin_weak, token_hash
from controller.console.refusals import Refused
from controller.console.sessions import Session, Sessions
from controller.domain.reasons import Role
from controller.records.errors import RecordsError

T = TypeVar("T")

log = logging.getLogger("xiyong.console")

SIGN_INS_AT_ONCE = 8
FILES_AT_ONCE = 16
INVITATION_STANDS = timedelta(hours=24)
UNSIGNED_STANDS = timedelta(minutes=11)  # longer than anything waits for its second person


class Pools(msgspec.Struct, frozen=True):
    """Threads of the console: `store` for the database of accounts, `hashing` for argon2, `pictures`, `files` for evidence and
    journal: none waits for another, so a disk that hangs holds no act up.
    """

    store: ThreadPoolExecutor
    hashing: ThreadPoolExecutor
    pictures: ThreadPoolExecutor
    files: ThreadPoolExecutor


class Identity:
    """`wall` is for the rows of the history, `new_token` for what nobody may guess."""

    def __init__(
        self, people: People, proofs: Proofs, sessions: Sessions, pools: Pools, clock: Callable[[], float],
        wall: Callable[[], datetime], new_token: Callable[[], str],
    ) -> None:  # fmt: skip
        self.people = people
        self.sessions = sessions
        self.guessing = Guessing()
        self._proofs = proofs
        self._pools = pools
        self._clock = clock
        self._wall = wall
        self._new_token = new_token
        self._hashing_now = 0
        self._files_now = 0
        self._told_down = False

    async def store(self, work: Callable[..., T], *arguments: object, **named: object) -> T:
        """Carry out a call of `people` off the loop."""
        return await asyncio.get_running_loop().run_in_executor(self._pools.store, lambda: work(*arguments, **named))

    async def files(self, work: Callable[..., T], *arguments: object) -> T:
        """Carry out what reads or writes files that are not the accounts', off the loop. Raises `Refused` when too much waits."""
        if self._files_now >= FILES_AT_ONCE:
            raise Refused("busy")
        self._files_now += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pools.files, lambda: work(*arguments))
        finally:
            self._files_now -= 1

    def utc(self) -> str:
        return _text(self._wall())

    async def leaders_taken(self, role: Role, within: timedelta) -> frozenset[str]:
        """Leaders of before, whom another one switched off or gave another role `within` this time."""
        return await self.store(self.people.leaders_taken, role, _text(self._wall() - within))

    def now_s(self) -> float:
        """The clock of sessions; it never goes back."""
        return self._clock()

    def new_id(self) -> str:
        """A name for something that waits; nobody can guess it."""
        return self._new_token()[:20]

    # --- signing in ---

    async def sign_in(self, account: str, badge: str, secret: str, terminal: str) -> tuple[str, Session]:
        """A session for a password (by account) or a PIN (by badge), with its token. Raises `Refused`."""
        person = await self.store(self.people.by_badge if badge else self.people.person, badge or account)
        name = f"badge {badge}" if badge else account
        await self._check(person, name, secret, terminal, by_badge=bool(badge))
        assert person is not None
        token, session = self.sessions.begin(person, terminal, by_badge=bool(badge))
        await self.store(self.people.note, self.utc(), "signed_in", person.account, terminal, "badge" if badge else "")
        return token, session

    async def prove(self, session: Session, secret: str) -> None:
        """Unlock, or prove again before an act that wants it. Raises `Refused`."""
        person = await self.fresh(session)
        by = f"badge {person.badge}" if session.by_badge else person.account
        await self._check(person, by, secret, session.terminal, by_badge=session.by_badge)
        self.sessions.prove(session)

    async def sign_out(self, session: Session) -> None:
        self.sessions.end(session)
        await self.store(self.people.note, self.utc(), "signed_out", session.person.account, session.terminal)

    async def _check(self, person: Person | None, name: str, secret: str, terminal: str, *, by_badge: bool) -> None:
        waits = self.guessing.wait_s(name, terminal, self._clock())
        if waits > 0:
            raise Refused("guessing_delayed", retry_after_s=int(waits) + 1)
        if self._hashing_now >= SIGN_INS_AT_ONCE:
            raise Refused("busy")
        self.guessing.begins(name, terminal, self._clock())
        self._hashing_now += 1
        try:
            right = await self._matches(person, secret, by_badge=by_badge)
        finally:
            self._hashing_now -= 1
        if person is None or not person.active or not right:
            await self.store(
                self.people.note, self.utc(), "sign_in_refused", person.account if person is not None else "unknown", terminal
            )
            raise Refused("sign_in_refused")
        self.guessing.was_right(name, terminal)

    async def _matches(self, person: Person | None, secret: str, *, by_badge: bool) -> bool:
        kept = await self.store(self.people.secrets, person.account if person is not None else "")
        one = kept.pin_hash if by_badge else kept.password_hash
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pools.hashing, self._proofs.matches, one, secret[:LONGEST])

    # --- while signed in ---

    async def fresh(self, session: Session) -> Person:
        """The session's person as the account stands at this moment. Raises `Refused` when the session has ended."""
        person = await self.store(self.people.person, session.person.account)
        if person is None or not person.active or person.version != session.person.version:
            self.sessions.end(session)
        if person is None or not self.sessions.stands(session):
            raise Refused("not_signed_in")
        return person

    async def propose(self, proposal: str, act: str, roles: Sequence[Role], first: Person) -> None:
        """Put up for the signature of a second person; what nobody signed in time is not kept."""
        over_utc = _text(self._wall() - UNSIGNED_STANDS)
        await self.store(self.people.propose, proposal, act, roles, first.account, utc=self.utc(), over_utc=over_utc)

    async def end_changed(self) -> None:
        """End the sessions of accounts that changed meanwhile, also by another process. While the accounts can not be asked no
        act goes through, and nothing else ends: a stop still works.
        """
        try:
            self.sessions.keep(await self.store(self.people.everyone))
        except sqlalchemy.exc.SQLAlchemyError as error:
            if not self._told_down:
                log.error("the database of accounts: %s: only a stop works", type(error).__name__)
            self._told_down = True
        else:
            self._told_down = False

    # --- looking after accounts ---

    async def invite(self, organisation: str, account: str, by: str) -> str:
        """A one-time token with which a person sets the own secrets. It stands for a day, and only its hash is kept."""
        token = self._new_token()
        await self.store(
            self.people.invite, token_hash(token), Invitation(organisation, account),
            expires_utc=_text(self._wall() + INVITATION_STANDS), by=by, utc=self.utc(),
        )  # fmt: skip
        return token

    async def accept(self, token: str, account: str, name: str, password: str, pin: str, badge: str) -> str:
        """Set the secrets an invitation is for; the first account of an organisation is made by it. Raises `Refused`."""
        key = token_hash(token)
        found = await self.store(self.people.invitation, key, utc=self.utc())
        if found is None:
            raise Refused("invitation_refused")
        person = Person(account, name, LEADS[found.organisation], badge, True, 1) if not found.account else None
        account = found.account or account
        if password_weak(password, account) or (pin and pin_weak(pin)):
            raise Refused("secret_too_weak")
        loop = asyncio.get_running_loop()
        hashed = await loop.run_in_executor(self._pools.hashing, self._proofs.kept, password)
        pin_hash = await loop.run_in_executor(self._pools.hashing, self._proofs.kept, pin) if pin else ""
        secrets = Secrets(hashed, pin_hash)
        try:
            done = await self.store(self.people.accept, key, person, account, secrets, utc=self.utc())
        except RecordsError as error:
            raise Refused("account_refused", cause=error.cause) from error
        if not done:
            raise Refused("invitation_refused")
        return account

    async def add(self, person: Person, by: Person) -> str:
        """A new account of the lead's own organisation, and the token its person needs. Raises `Refused`."""
        _may_look_after(by, person.role)
        try:
            await self.store(self.people.add, person, by=by.account, utc=self.utc())
        except RecordsError as error:
            raise Refused("account_refused", cause=error.cause) from error
        return await self.invite(person.organisation, person.account, by.account)

    async def change(self, account: str, by: Person, secrets_void: bool = False, /, **changes: object) -> Person:
        """Another role or standing of an account of the lead's own organisation. Raises `Refused`."""
        person = await self.store(self.people.person, account)
        if person is None or person.organisation != by.organisation:
            raise Refused("account_unknown")
        _may_look_after(by, changes.get("role", person.role))
        try:
            changed = await self.store(self.people.change, account, secrets_void, by=by.account, utc=self.utc(), **changes)
        except RecordsError as error:
            raise Refused("account_refused", cause=error.cause) from error
        await self.end_changed()
        assert changed is not None
        return changed


def _may_look_after(by: Person, role: object) -> None:
    if not isinstance(role, Role) or by.role is not LEADS[by.organisation] or organisation_of(role) != by.organisation:
        raise Refused("role_not_allowed")


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
