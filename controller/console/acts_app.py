"""The second port: acts, one path each, made from the table of acts; and the stop.

One rule: the body says what is to be done and under which id, never who does it or in which role.
"""

import asyncio
import functools
import json
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, create_model
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect

from controller.console.act_service import Acts
from controller.console.act_table import ACT_TABLE, Act, Argument
from controller.console.cosign import add_cosigning
from controller.console.identity import Identity
from controller.console.proposals import Asked
from controller.console.sessions import Session
from controller.console.web import BODY_MOST_BYTES, CSRF_HEADER, STOP_PATH, Door, Place, application, terminal_of

ACT_ID = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{8,64}$", description="Made by the page for this one press.")]
SEEN = Annotated[int, Field(ge=-1, le=2**53, description="Newest row of the journal the page had drawn; -1 = not said.")]
WHOLE_MOST = 1_000_000_000
REASON_MOST = 500
BODY_WITHIN_S = 0.5


class Answered(BaseModel):
    """What every act answers; more fields by kind."""

    model_config = ConfigDict(extra="allow")
    ok: bool


class Signature(BaseModel):
    """The second person signs a proposal."""

    model_config = ConfigDict(extra="forbid", strict=True)
    proposal: Annotated[str, Field(max_length=64)]


_NO = {
    401: "nobody is signed in, or locked", 403: "not this person", 409: "the line has moved on; says what changed",
    422: "not as the contract wants it", 423: "interlocked; every unmet condition", 503: "nothing was done",
}  # fmt: skip
# The contract names the form of an answer; a model here would be made anew for each of them, at each of some sixty paths.
_ANSWERED = {"application/json": {"schema": {"$ref": "#/components/schemas/Answered"}}}
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"content": _ANSWERED, "description": words} for status, words in ({202: "waits for a second person"} | _NO).items()
}


def acts_app(acts: Acts, identity: Identity, place: Place, version: str, made_up: frozenset[str] = frozenset()) -> FastAPI:
    """The application of the second port. Pages of the first port alone may use it. `made_up` people sign without a secret."""
    app = application("Xiyong console: acts", version, __doc__ or "")
    app.add_middleware(
        CORSMiddleware, allow_origins=[place.origin], allow_credentials=True, allow_methods=["GET", "POST"],
        allow_headers=["content-type", CSRF_HEADER], max_age=600,
    )  # fmt: skip
    door = Door(identity)
    for act in ACT_TABLE.values():
        if act.name != "stop":
            app.post(f"/api/acts/{act.name}", summary=f"{act.zh} {act.en}", response_model=Answered, responses=RESPONSES,
                     name=act.name)(_endpoint(act, acts, door))  # fmt: skip
    _two_people(app, door, acts, identity)
    add_cosigning(app, door, acts, identity, made_up, RESPONSES)
    _stop(app, door, acts)
    return app


def _endpoint(act: Act, acts: Acts, door: Door) -> Callable[..., Coroutine[Any, Any, JSONResponse]]:
    body_of = _body(act)

    async def carry_out(body: Any, session: Annotated[Session, Depends(door.changing)]) -> JSONResponse:
        values = {one.name: getattr(body, one.name) for one in act.arguments}
        asked = Asked(act.name, body.id, values, getattr(body, "reason", ""), body.seen)
        return _response(await acts.act(asked, session))

    carry_out.__annotations__["body"] = body_of
    return carry_out


@functools.cache
def _body(act: Act) -> type[BaseModel]:
    fields: dict[str, Any] = {"id": (ACT_ID, ...), "seen": (SEEN, -1)}
    for one in act.arguments:
        fields[one.name] = (_kind(one), ...) if one.required else (_kind(one) | None, None)
    if act.reason:
        fields["reason"] = (Annotated[str, Field(min_length=1, max_length=REASON_MOST, pattern=r"\S")], ...)
    name = "".join(part.capitalize() for part in act.name.split("-"))
    return create_model(name, __config__=ConfigDict(extra="forbid", strict=True), **fields)


def _kind(one: Argument) -> Any:
    if one.choices:
        return Literal[one.choices]
    if one.whole_number:
        return Annotated[int, Field(ge=0, le=WHOLE_MOST)]
    return Annotated[str, Field(min_length=1, max_length=one.longest, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")]


def _two_people(app: FastAPI, door: Door, acts: Acts, identity: Identity) -> None:
    @app.post("/api/signatures", response_model=Answered, responses=RESPONSES)
    async def sign(body: Signature, session: Annotated[Session, Depends(door.changing)]) -> JSONResponse:
        """The second of two people signs; then the act is carried out."""
        return _response(await acts.confirm(body.proposal, session))

    @app.get("/api/signatures", response_model=Answered, responses=RESPONSES)
    async def waiting(session: Annotated[Session, Depends(door.reading)]) -> JSONResponse:
        """What waits for a second person of the own role."""
        person = await identity.fresh(session)
        return JSONResponse({"ok": True, "waiting": acts.waiting(person.role)})


def _stop(app: FastAPI, door: Door, acts: Acts) -> None:
    @app.post(STOP_PATH, response_model=Answered, openapi_extra={"requestBody": {"required": False, "content": {
        "application/json": {"schema": {"type": "object", "properties": {
            "id": {"type": "string"}, "reason": {"type": "string"}}}}}}})  # fmt: skip
    async def stop(request: Request) -> JSONResponse:
        """停止: stop the line. Never refused: any role, nobody signed in, a locked session, a body that can not be read."""
        told = await _what_was_said(request)
        session = door.session(request)
        person = session.person if session is not None else None
        return _response(await acts.stop(person, terminal_of(request), told.get("id", "")[:64], told.get("reason", "")))


async def _what_was_said(request: Request) -> dict[str, str]:
    """The texts of the body, as far as there are any and they come at once: a stop waits for nobody's words."""
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > BODY_MOST_BYTES:
        return {}
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            found = json.loads(await request.body())
    except (ValueError, RecursionError, TimeoutError, ClientDisconnect):
        return {}
    return {str(key): value for key, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}


def _response(answer: tuple[int, dict[str, object]]) -> JSONResponse:
    status, body = answer
    return JSONResponse(body, status)
