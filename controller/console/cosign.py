"""The second person at one screen: badge and PIN beside the session of the first, for acts that want another person's own word.

One rule: it is that person's own act in a session of its own, which begins with the proof and ends with the answer; the first
person's session stays as it is and lends nothing. On the second port.
"""

from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from controller.console.act_service import Acts
from controller.console.identity import Identity
from controller.console.proposals import Asked
from controller.console.refusals import Refused
from controller.console.sessions import Session
from controller.console.web import Door, terminal_of
from controller.domain.reasons import CUSTOMS_DECIDES

_TEXT = r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$"


class Cosigned(BaseModel):
    """`act` of the second person. `account` in place of badge and PIN is for the made-up people of a simulation alone."""

    model_config = ConfigDict(extra="forbid", strict=True)
    id: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{8,64}$")]
    act: Literal["recheck-confirm", "recheck-witness"]
    code: Annotated[str, Field(min_length=1, max_length=64, pattern=_TEXT)]
    outcome: Literal["released", "detained", "returned", "transferred"] | None = None
    way: Literal["belt", "hand"] | None = None
    place: Annotated[str, Field(max_length=64)] = ""
    shown: Annotated[str, Field(max_length=16)] = ""
    badge: Annotated[str, Field(max_length=64)] = ""
    pin: Annotated[str, Field(max_length=128)] = ""
    account: Annotated[str, Field(max_length=64)] = ""


def add_cosigning(
    app: FastAPI, door: Door, acts: Acts, identity: Identity, made_up: frozenset[str], responses: dict[int | str, dict[str, Any]]
) -> None:
    """Put the route on the application of the second port."""

    async def begin(body: Cosigned, terminal: str) -> Session:
        if body.account and body.account in made_up:
            person = await identity.store(identity.people.person, body.account)
            if person is None or not person.active:
                raise Refused("sign_in_refused")
            _, session = identity.sessions.begin(person, terminal, by_badge=False)
            await identity.store(identity.people.note, identity.utc(), "signed_in", person.account, terminal, "demo")
            return session
        if not body.badge or not body.pin or body.account:
            raise Refused("not_as_asked", cause="give badge and PIN")
        return (await identity.sign_in("", body.badge, body.pin, terminal))[1]

    @app.post("/api/cosign", responses=responses)
    async def cosign(body: Cosigned, request: Request, session: Annotated[Session, Depends(door.changing)]) -> JSONResponse:
        """Another person signs at this screen: the second officer of a recheck, or the witness."""
        first = await identity.fresh(session)
        if first.role not in CUSTOMS_DECIDES:
            raise Refused("role_not_allowed")
        told = (body.outcome is not None, body.way is not None, bool(body.shown))
        if set(told) != {body.act == "recheck-confirm"}:
            raise Refused("not_as_asked", cause="a confirmation names outcome, way and what was shown, a witness none of them")
        second = await begin(body, terminal_of(request))
        try:
            shown = {"outcome": body.outcome, "way": body.way, "place": body.place or None, "shown": body.shown or None}
            values: dict[str, Any] = {"code": body.code} | {name: value for name, value in shown.items() if value is not None}
            status, answer = await acts.act(Asked(body.act, body.id, values), second)
        finally:
            await identity.sign_out(second)
        return JSONResponse({**answer, "by": second.person.account, "name": second.person.name}, status)
