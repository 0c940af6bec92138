"""Another role or new secrets for an account, where leaders are there to watch each other: asked for by one, signed by another.

One rule: whoever gives rights does not do it alone when another leader is there; what takes rights away waits for nobody. A token
for the secrets of whoever may sign as a second person is such a right: it would make two people of one. With one leader beside
the account concerned all goes on as before: nobody could sign. Whoever switches the other leader off, or gives it another role,
is not alone by that: for a day that one counts as there, and to switch a leader on again always takes two, or the machine.
Whoever becomes one who signs, by two, sets new secrets: one leader alone may have given out those of before.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from weakref import WeakValueDictionary

import msgspec

from controller.console.identity import Identity
from controller.console.people import LEADS, Person
from controller.console.refusals import Refused
from controller.console.sessions import Session
from controller.domain.reasons import COMPANY_LEADS, CUSTOMS_DECIDES, Role

ACT = "account-role"
STANDS_S = 600.0
WAITING_MOST = 100  # of an organisation
TAKEN_COUNTS = timedelta(hours=24)  # as long as a token stands
_SIGNERS = (*CUSTOMS_DECIDES, *COMPANY_LEADS)


class Waiting(msgspec.Struct, frozen=True):
    """A change of an account that waits for a second leader. Empty `role`: it stays; `renew`: its person gets a token."""

    proposal: str
    account: str
    role: str
    active: bool | None
    first: str
    organisation: str
    until_s: float
    renew: bool = False
    secrets_void: bool = False


class RoleChanges:
    """`clock` never goes back; `new_id` names proposals."""

    def __init__(self, identity: Identity, clock: Callable[[], float], new_id: Callable[[], str]) -> None:
        self._identity = identity
        self._clock = clock
        self._new_id = new_id
        self._waiting: dict[str, Waiting] = {}
        self._signed: dict[str, str] = {}
        self._one_by_one: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def ask(
        self, by: Person, account: str, role: Role | None, active: bool | None, *, renew: bool = False
    ) -> Waiting | None:
        """Put it up for signature; nothing when one leader is enough for it."""
        everyone = await self._identity.store(self._identity.people.everyone)
        before = next((one for one in everyone if one.account == account), None)
        gives = before is not None and (
            (role is not None and role is not before.role) or (active is True and not before.active)
            or (renew and account != by.account and before.role in _SIGNERS)
        )  # fmt: skip
        leader = LEADS[by.organisation]
        if not gives or before is None or before.organisation != by.organisation:
            return None
        taken = await self._identity.leaders_taken(leader, TAKEN_COUNTS)
        if _leaders(everyone, leader, account) < 2:
            if renew and before.role is leader and account != by.account:
                raise Refused("account_refused", cause=f"new secrets for the other leader: xiyong account invite {account}")
            if active is True and not before.active and before.role is leader:
                raise Refused("account_refused", cause=f"switching the other leader on takes two: xiyong account on {account}")
            if taken and not _only_takes(before, leader, role, active, renew=renew):
                raise Refused("account_refused", cause=_not_alone(taken))
            return None
        becomes = role in _SIGNERS and before.role not in _SIGNERS
        one = Waiting(
            self._new_id(), account, str(role) if role is not None else "", active, by.account, by.organisation,
            self._clock() + STANDS_S, renew or becomes, becomes,
        )  # fmt: skip
        await self._identity.propose(one.proposal, ACT, (leader,), by)
        self._waiting[one.proposal] = one
        own = [number for number, other in self._waiting.items() if other.organisation == by.organisation]
        for number in own[:-WAITING_MOST]:  # neither organisation pushes out what waits in the other
            del self._waiting[number]
        return one

    async def may_add(self, by: Person, role: Role) -> None:
        """A second signer that one leader makes alone could sign for him. Raises `Refused`."""
        everyone = await self._identity.store(self._identity.people.everyone)
        leader = LEADS[by.organisation]
        if role not in _SIGNERS:
            return
        if _leaders(everyone, leader, "") >= 2:
            raise Refused("account_refused", cause="who may sign is made by two: add it in another role, then have that changed")
        if taken := await self._identity.leaders_taken(leader, TAKEN_COUNTS):
            raise Refused("account_refused", cause=_not_alone(taken))

    async def sign(self, number: str, session: Session) -> tuple[Person, str]:
        """The second leader signs: the account as it is now, and its token if there is one. Of two who do in one moment the first
        counts, and the other is told. Raises `Refused`.
        """
        async with self._one_by_one.setdefault(number, asyncio.Lock()):
            return await self._sign(number, session)

    async def _sign(self, number: str, session: Session) -> tuple[Person, str]:
        """Both leaders are looked up now, and the database looks again."""
        one = self._waiting.get(number)
        person = await self._identity.fresh(session)
        if one is None and self._signed.get(number) == person.organisation and person.role is LEADS[person.organisation]:
            raise Refused("signed_already")
        if one is None or one.until_s <= self._clock() or person.organisation != one.organisation:
            raise Refused("proposal_unknown")
        if person.role is not LEADS[one.organisation]:
            raise Refused("role_not_allowed")
        if person.account in (one.first, one.account):
            raise Refused("same_person")
        if not self._identity.sessions.is_proven(session):
            raise Refused("proof_wanted")
        signed = await self._identity.store(self._identity.people.sign, number, person.account, utc=self._identity.utc())
        first = await self._identity.store(self._identity.people.person, one.first)
        first_may = first is not None and first.active and first.role is LEADS[one.organisation]
        if first_may and not signed:  # it waits on for somebody who may
            raise Refused("role_not_allowed")
        if self._waiting.pop(number, None) is None:
            raise Refused("proposal_unknown")
        if first is None or not first_may:
            raise Refused("first_not_authorised")
        self._signed[number] = one.organisation
        while len(self._signed) > WAITING_MOST:
            self._signed.pop(next(iter(self._signed)))
        changes: dict[str, object] = {"role": Role(one.role)} if one.role else {}
        if one.active is not None:
            changes["active"] = one.active
        changed = await self._identity.change(one.account, first, one.secrets_void, **changes)
        token = await self._identity.invite(one.organisation, one.account, person.account) if one.renew else ""
        return changed, token

    def waiting(self, person: Person) -> list[dict[str, object]]:
        """What waits for a leader of this organisation."""
        now_s = self._clock()
        if person.role is not LEADS[person.organisation]:
            return []
        return [
            {"proposal": one.proposal, "account": one.account, "role": one.role, "active": one.active, "renew_secrets": one.renew,
             "first": one.first, "expires_s": int(one.until_s - now_s)}
            for one in self._waiting.values() if one.until_s > now_s and one.organisation == person.organisation
        ]  # fmt: skip


def _leaders(everyone: tuple[Person, ...], leader: Role, account: str) -> int:
    """Who could ask and sign, without the account concerned."""
    return sum(1 for one in everyone if one.active and one.role is leader and one.account != account)


def _only_takes(before: Person, leader: Role, role: Role | None, active: bool | None, *, renew: bool) -> bool:
    """A leader that is switched off or gets another role, and nothing with it."""
    return before.active and before.role is leader and role is not leader and active is not True and not renew


def _not_alone(taken: frozenset[str]) -> str:
    return f"one leader is not alone within a day of taking another's rights: {', '.join(sorted(taken))}"
