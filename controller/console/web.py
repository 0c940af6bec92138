"""What both ports share: origins, headers, who asks, and how a "no" is written.

One rule: a request that changes something carries its session's token and comes from the console's own page; the cookie alone
is never enough. The one exception is a stop.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
import sqlalchemy.exc
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import APIKeyCookie
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from controller.console.identity import Identity
from controller.console.refusals import Refused
from controller.console.sessions import Session, same

log = logging.getLogger("xiyong.console")

COOKIE = "xiyong_session"
CSRF_HEADER = "x-csrf-token"
STOP_PATH = "/api/stop"
BODY_MOST_BYTES = 16 * 1024
SAFE = ("GET", "HEAD", "OPTIONS")


class Place(msgspec.Struct, frozen=True):
    """Where browsers find the two ports."""

    name: str
    port: int
    acts_port: int
    tls: bool = False

    @property
    def origin(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.name}:{self.port}"

    @property
    def acts_origin(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.name}:{self.acts_port}"


def headers_of(place: Place) -> list[tuple[bytes, bytes]]:
    """No third party, no frame, no inline script; connections go to the two ports alone."""
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {place.acts_origin}; "
        "img-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return [
        (b"content-security-policy", policy.encode()), (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"), (b"cross-origin-resource-policy", b"same-site"),
    ]  # fmt: skip


class Guard:
    """Before the application: foreign pages and long bodies are turned away. Behind it: headers on every answer."""

    def __init__(self, app: ASGIApp, place: Place) -> None:
        self._app = app
        self._headers = headers_of(place)
        self._origins = (place.origin, place.acts_origin)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *self._headers]
                if b"cache-control" not in there:
                    message["headers"].append((b"cache-control", b"no-store"))
            await send(message)

        refused = self._refused(scope)
        if refused is not None:
            await _said(refused)(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)

    def _refused(self, scope: Scope) -> Refused | None:
        if scope["method"] in SAFE or scope["path"] == STOP_PATH:
            return None
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        if origin and origin not in self._origins:
            return Refused("origin_foreign")
        length = headers.get(b"content-length", b"0")
        if b"transfer-encoding" in headers or not length.isdigit() or int(length) > BODY_MOST_BYTES:
            return Refused("too_long")
        return None


_cookie = APIKeyCookie(name=COOKIE, auto_error=False)


class Door:
    """Who asks: the session of a request, with what it needs for this kind of request."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def session(self, request: Request) -> Session | None:
        """Whoever is signed in, locked or not."""
        return self._identity.sessions.find(request.cookies.get(COOKIE, ""))

    async def reading(self, request: Request, _token: Annotated[str | None, Depends(_cookie)]) -> Session:
        """For questions: the company's view stays readable when locked, what customs sees does not."""
        session = self._open(request)
        await self._identity.fresh(session)
        if not self._identity.sessions.may_read(session):
            raise Refused("session_locked")
        return session

    async def changing(self, request: Request, _token: Annotated[str | None, Depends(_cookie)]) -> Session:
        """For acts: unlocked, with the session's own token in a header."""
        session = await self.proving(request, _token)
        if session.locked:
            raise Refused("session_locked")
        self._identity.sessions.touch(session)
        return session

    async def proving(self, request: Request, _token: Annotated[str | None, Depends(_cookie)]) -> Session:
        """For unlocking and signing out: the session's own token in a header."""
        session = self._open(request)
        if not same(request.headers.get(CSRF_HEADER, ""), session.csrf):
            raise Refused("csrf_missing")
        return session

    async def by_itself(self, request: Request, _token: Annotated[str | None, Depends(_cookie)]) -> Session:
        """For what a page sends without a person: unlocked, with the token, and it keeps no session awake."""
        session = await self.proving(request, _token)
        if session.locked:
            raise Refused("session_locked")
        return session

    def _open(self, request: Request) -> Session:
        session = self.session(request)
        if session is None:
            raise Refused("not_signed_in")
        return session


def terminal_of(request: Request) -> str:
    return request.client.host[:60] if request.client is not None else "unknown"


def application(title: str, version: str, description: str) -> FastAPI:
    """An application whose every error has a code, and that repeats nothing of what it was sent."""
    app = FastAPI(
        title=title, version=version, description=description, docs_url=None, redoc_url=None, openapi_url="/openapi.json",
        telemetry={"auto_configure": False},
    )  # fmt: skip
    handlers: dict[type[Exception], Callable[[Request, Any], Awaitable[Response]]] = {
        Refused: _on_refused, RequestValidationError: _on_malformed, HTTPException: _on_http,
        sqlalchemy.exc.SQLAlchemyError: _on_database,
    }  # fmt: skip
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
    return app


def _said(refused: Refused) -> JSONResponse:
    wait_s = refused.answer.get("retry_after_s")
    headers = {"Retry-After": str(wait_s)} if wait_s is not None else None
    return JSONResponse(refused.answer, refused.status, headers)


async def _on_refused(request: Request, refused: Refused) -> Response:
    return _said(refused)


async def _on_malformed(request: Request, error: RequestValidationError) -> Response:
    """Where and what is wrong; never the value, which may be a password."""
    where = [{"where": ".".join(str(part) for part in one["loc"]), "what": one["type"]} for one in error.errors()]
    return _said(Refused("not_as_asked", problems=where))


async def _on_http(request: Request, error: HTTPException) -> Response:
    code = "not_found" if error.status_code in (404, 405) else "not_as_asked"
    return _said(Refused(code, status=error.status_code))


async def _on_database(request: Request, error: sqlalchemy.exc.SQLAlchemyError) -> Response:
    log.error("the database of accounts: %s", type(error).__name__)
    return _said(Refused("identity_down"))
