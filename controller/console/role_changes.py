"""Another role for an account, where leaders are there to watch each other: asked for by one, signed by another.

One rule: whoever gives rights does not do it alone when another leader is there; what takes rights away waits for nobody. With
one leader beside the account concerned all goes on as before: nobody could sign.
"""

from collections.abc import Callable

import msgspec

from controller.console.identity import Identity
from controller.console.people import LEADS, Person
from controller.console.refusals import Refused
from controller.console.sessions import Session
from controller.domain.reasons import Role

ACT = "account-role"
STANDS_S = 600.0
WAITING_MOST = 100  # of an organisation


class Waiting(msgspec.Struct, frozen=True):
    """A change of an account that waits for a second leader. Empty `role`: it is only switched on again."""

    proposal: str
    account: str
    role: str
    active: bool | None
    first: str
    organisation: str
    until_s: float


class RoleChanges:
    """`clock` never goes back; `new_id` names proposals."""

    def __init__(self, identity: Identity, clock: Callable[[], float], new_id: Callable[[], str]) -> None:
        self._identity = identity
        self._clock = clock
        self._new_id = new_id
        self._waiting: dict[str, Waiting] = {}

    async def ask(self, by: Person, account: str, role: Role | None, active: bool | None) -> Waiting | None:
        """Put it up for signature; nothing when one leader is enough for it."""
        everyone = await self._identity.store(self._identity.people.everyone)
        before = next((one for one in everyone if one.account == account), None)
        gives = before is not None and ((role is not None and role is not before.role) or (active is True and not before.active))
        leader = LEADS[by.organisation]
        if not gives or before is None or before.organisation != by.organisation or _leaders(everyone, leader, account) < 2:
            return None
        one = Waiting(
            self._new_id(), account, str(role) if role is not None else "", active, by.account, by.organisation,
            self._clock() + STANDS_S,
        )  # fmt: skip
        await self._identity.propose(one.proposal, ACT, (leader,), by)
        self._waiting[one.proposal] = one
        own = [number for number, other in self._waiting.items() if other.organisation == by.organisation]
        for number in own[:-WAITING_MOST]:  # neither organisation pushes out what waits in the other
            del self._waiting[number]
        return one

    async def may_add(self, by: Person, role: Role) -> None:
        """A second leader that one leader makes alone could sign for him. Raises `Refused`."""
        everyone = await self._identity.store(self._identity.people.everyone)
        if role is LEADS[by.organisation] and _leaders(everyone, role, "") >= 2:
            raise Refused("account_refused", cause="leaders are made by two: add it in another role, then have that changed")

    async def sign(self, number: str, session: Session) -> Person:
        """The second leader signs. Both are looked up now, and the database looks again. Raises `Refused`."""
        one = self._waiting.get(number)
        person = await self._identity.fresh(session)
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
        if self._waiting.pop(number, None) is None:
            raise Refused("proposal_unknown")
        if not signed or first is None or not first.active or first.role is not LEADS[one.organisation]:
            raise Refused("first_not_authorised")
        changes: dict[str, object] = {"role": Role(one.role)} if one.role else {}
        if one.active is not None:
            changes["active"] = one.active
        return await self._identity.change(one.account, first, **changes)

    def waiting(self, person: Person) -> list[dict[str, object]]:
        """What waits for a leader of this organisation."""
        now_s = self._clock()
        if person.role is not LEADS[person.organisation]:
            return []
        return [
            {"proposal": one.proposal, "account": one.account, "role": one.role, "active": one.active, "first": one.first,
             "expires_s": int(one.until_s - now_s)}
            for one in self._waiting.values() if one.until_s > now_s and one.organisation == person.organisation
        ]  # fmt: skip


def _leaders(everyone: tuple[Person, ...], leader: Role, account: str) -> int:
    """Who could ask and sign, without the account concerned."""
    return sum(1 for one in everyone if one.active and one.role is leader and one.account != account)
