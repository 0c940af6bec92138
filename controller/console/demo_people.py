"""Made-up people of every role who sign in with one click, so that anybody may try the screens of a simulated line.

One rule: only where the configuration says so, which is refused outside simulation and beyond this machine. They are accounts
like all others, without any secret: password and PIN open none of them, and what they do is recorded under their names.
"""

from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from controller.console.identity import Identity
from controller.console.people import People, Person
from controller.console.refusals import Refused
from controller.console.sessions import Session
from controller.console.view_app import told_session
from controller.console.web import COOKIE, Door, terminal_of
from controller.domain.reasons import Role
from controller.records.errors import RecordsError

BY = "demo"
MADE_UP = (
    Person("li.ming", "李明", Role.OPERATOR, "", True, 1),
    Person("ban.hua", "班华", Role.SHIFT_LEAD, "", True, 1),
    Person("ji.cheng", "季成", Role.INTEGRATOR, "", True, 1),
    Person("zhang.wei", "张伟", Role.OFFICER, "", True, 1),
    Person("liu.fang", "刘芳", Role.OFFICER, "", True, 1),
    Person("zhou", "周宁", Role.OFFICER, "", True, 1),  # also the simulated first one at the bench
    Person("ke.jun", "柯军", Role.SECTION_CHIEF, "", True, 1),
    Person("shen.ji", "沈稽", Role.CUSTOMS_AUDITOR, "", True, 1),
)
NAMES = frozenset(person.account for person in MADE_UP)


class Chosen(BaseModel):
    """Which of the made-up people."""

    model_config = ConfigDict(extra="forbid", strict=True)
    account: Annotated[str, Field(max_length=64)]


def make_people(people: People, utc: str) -> None:
    """In a thread: their accounts, if they are not there yet. Raises `RecordsError` for a name that somebody real has."""
    for person in MADE_UP:
        there = people.person(person.account)
        if there is None:
            people.add(person, by=BY, utc=utc)
        elif people.secrets(person.account).password_hash or people.secrets(person.account).pin_hash:
            cause = f"{person.account} has secrets: it is somebody's own account"
            raise RecordsError("demo_people_taken", cause, "leave [console] demo_people out, or use another data directory")


def demo_routes(app: FastAPI, identity: Identity, *, tls: bool) -> None:
    """Signing in and proving without a secret, for the made-up people alone."""
    door = Door(identity)

    @app.get("/api/demo/people")
    async def made_up() -> dict[str, object]:
        """Who can be chosen. There is no such path outside of a simulation."""
        rows = [{"account": one.account, "name": one.name, "role": str(one.role)} for one in MADE_UP]
        return {"ok": True, "people": rows}

    @app.post("/api/demo/session")
    async def choose(body: Chosen, request: Request, response: Response) -> dict[str, object]:
        """Sign in as one of them."""
        person = await identity.store(identity.people.person, body.account) if body.account in NAMES else None
        if person is None or not person.active:
            raise Refused("sign_in_refused")
        before = door.session(request)
        terminal = terminal_of(request)
        token, session = identity.sessions.begin(person, terminal, by_badge=False)
        await identity.store(identity.people.note, identity.utc(), "signed_in", person.account, terminal, BY)
        if before is not None:
            identity.sessions.end(before)
        response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=tls, path="/")
        return told_session(session, identity)

    @app.post("/api/demo/proof")
    async def prove(session: Annotated[Session, Depends(door.proving)]) -> dict[str, object]:
        """Where others give password or PIN again."""
        person = await identity.fresh(session)
        if person.account not in NAMES:
            raise Refused("role_not_allowed")
        identity.sessions.prove(session)
        return told_session(session, identity)
