"""The first port: signing in, accounts, questions, evidence, and the live stream.

One rule: nothing here acts on the line. What is answered is put together for the view of whoever asks.
"""

import hashlib
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Receive, Scope, Send

from controller.console.identity import Identity
from controller.console.live import Live, Screen, view_of
from controller.console.people import Person
from controller.console.refusals import Refused
from controller.console.role_changes import RoleChanges
from controller.console.sessions import Session
from controller.console.web import COOKIE, Door, application, terminal_of
from controller.console.words import words
from controller.daemon.core_loop import CoreLoop
from controller.domain.reasons import CUSTOMS, Role
from controller.line.explain import why
from controller.records.errors import EvidenceError
from controller.records.evidence import SIZE_LIMIT_BYTES, EvidenceStore

Text = Annotated[str, Field(max_length=64)]
Secret = Annotated[str, Field(max_length=128)]


class Body(BaseModel):
    """What nobody asked for is refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SignIn(Body):
    """Account with password, or badge with PIN: a badge number alone is a name, never a proof."""

    account: Text = ""
    password: Secret = ""
    badge: Text = ""
    pin: Secret = ""


class Proof(Body):
    """Password, or PIN when the session was opened by badge."""

    secret: Secret


class SetUp(Body):
    """A one-time token; `account`, `name` and `badge` only for the first account of an organisation."""

    token: Secret
    account: Text = ""
    name: Text = ""
    badge: Text = ""
    password: Secret
    pin: Secret = ""


class NewAccount(Body):
    account: Text
    name: Text
    role: Literal["officer", "section_chief", "customs_auditor", "operator", "shift_lead", "integrator"]
    badge: Text = ""


class ChangedAccount(Body):
    """What is left out stays. Every session of the account ends."""

    role: Literal["officer", "section_chief", "customs_auditor", "operator", "shift_lead", "integrator"] | None = None
    active: bool | None = None
    badge: Text | None = None
    renew_secrets: bool = False


class AccountSignature(Body):
    proposal: Text


class StreamOf(StreamingResponse):
    """The live stream to one screen; however it ends, the screen is taken off the list."""

    def __init__(self, live: Live, screen: Screen) -> None:
        super().__init__(screen, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        self._live = live
        self._screen = screen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._live.disconnect(self._screen)


def view_app(core: CoreLoop, identity: Identity, live: Live, evidence: EvidenceStore, version: str, *, tls: bool) -> FastAPI:
    """The application of the first port."""
    app = application("Xiyong console: sign-in, questions, live stream", version, __doc__ or "")
    door = Door(identity)
    _sessions(app, door, identity, tls=tls)
    _accounts(app, door, identity)
    _questions(app, door, core, identity, live, evidence)
    return app


def _sessions(app: FastAPI, door: Door, identity: Identity, *, tls: bool) -> None:
    @app.post("/api/session")
    async def sign_in(body: SignIn, request: Request, response: Response) -> dict[str, object]:
        """Sign in. Answers the token that acts must carry in the header `X-CSRF-Token`; the session is a cookie."""
        if bool(body.badge) == bool(body.account) or bool(body.badge) != bool(body.pin):
            raise Refused("not_as_asked", cause="give account and password, or badge and PIN")
        before = door.session(request)
        secret = body.pin if body.badge else body.password
        token, session = await identity.sign_in(body.account, body.badge, secret, terminal_of(request))
        if before is not None:
            identity.sessions.end(before)
        response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=tls, path="/")
        return told_session(session, identity)

    @app.get("/api/session")
    async def who(session: Annotated[Session, Depends(door.reading)]) -> dict[str, object]:
        """Who is signed in here."""
        return told_session(session, identity)

    @app.post("/api/session/proof")
    async def prove(body: Proof, session: Annotated[Session, Depends(door.proving)]) -> dict[str, object]:
        """Give password or PIN again: unlocks, and lets acts through that want a fresh proof."""
        await identity.prove(session, body.secret)
        return told_session(session, identity)

    @app.post("/api/session/lock")
    async def lock(session: Annotated[Session, Depends(door.proving)]) -> dict[str, object]:
        """Lock at once: the badge was taken away, or its person goes."""
        session.locked = True
        return {"ok": True}

    @app.delete("/api/session")
    async def sign_out(response: Response, session: Annotated[Session, Depends(door.proving)]) -> dict[str, object]:
        """Sign out."""
        await identity.sign_out(session)
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict", secure=tls)
        return {"ok": True}


def told_session(session: Session, identity: Identity) -> dict[str, object]:
    """What a page needs to know of its session."""
    person = session.person
    return {
        "ok": True, "account": person.account, "name": person.name, "role": str(person.role), "organisation": person.organisation,
        "csrf": session.csrf, "locked": session.locked, "proven": identity.sessions.is_proven(session),
    }  # fmt: skip


def _accounts(app: FastAPI, door: Door, identity: Identity) -> None:
    roles = RoleChanges(identity, identity.now_s, identity.new_id)

    @app.post("/api/set-up")
    async def set_up(body: SetUp) -> dict[str, object]:
        """Set the own secrets with a one-time token."""
        account = await identity.accept(body.token, body.account, body.name, body.password, body.pin, body.badge)
        return {"ok": True, "account": account}

    @app.get("/api/accounts")
    async def accounts(session: Annotated[Session, Depends(door.reading)]) -> dict[str, object]:
        """The accounts of the own organisation, for whoever looks after them and for the auditor."""
        person = await identity.fresh(session)
        if person.role not in (Role.SECTION_CHIEF, Role.SHIFT_LEAD, Role.CUSTOMS_AUDITOR):
            raise Refused("role_not_allowed")
        everyone = await identity.store(identity.people.everyone)
        rows = [
            {"account": one.account, "name": one.name, "role": str(one.role), "badge": bool(one.badge), "active": one.active}
            for one in everyone if one.organisation == person.organisation
        ]  # fmt: skip
        return {"ok": True, "accounts": rows}

    @app.post("/api/accounts")
    async def add(body: NewAccount, session: Annotated[Session, Depends(door.changing)]) -> dict[str, object]:
        """A new account of the own organisation. Answers its one-time token, which its person uses to set the secrets."""
        by = await _lead(identity, session)
        await roles.may_add(by, Role(body.role))
        person = Person(body.account, body.name, Role(body.role), body.badge, True, 1)
        return {"ok": True, "account": body.account, "token": await identity.add(person, by)}

    @app.post("/api/accounts/{account}")
    async def change(
        account: Text, body: ChangedAccount, response: Response, session: Annotated[Session, Depends(door.changing)]
    ) -> dict[str, object]:
        """Another role, badge or standing; or a token for new secrets. 202: what gives rights waits for a second leader, and of
        such a request nothing else is done yet.
        """
        by = await _lead(identity, session)
        role = Role(body.role) if body.role is not None else None
        waits = await roles.ask(by, account, role, body.active, renew=body.renew_secrets)
        if waits is not None:
            response.status_code = 202
            return {"ok": True, "waits_for": "second_person", "proposal": waits.proposal}
        changes: dict[str, object] = {}
        if body.role is not None:
            changes["role"] = Role(body.role)
        if body.active is not None:
            changes["active"] = body.active
        if body.badge is not None:
            changes["badge"] = body.badge or None
        person = await identity.change(account, by, **changes)
        if not body.renew_secrets:
            return {"ok": True, "account": account, "role": str(person.role), "active": person.active}
        return {"ok": True, "account": account, "token": await identity.invite(person.organisation, account, by.account)}

    @app.post("/api/account-signatures")
    async def sign(body: AccountSignature, session: Annotated[Session, Depends(door.changing)]) -> dict[str, object]:
        """The second leader signs a changed role or new secrets; then it counts, and a token for these is in the answer."""
        person, token = await roles.sign(body.proposal, session)
        more = {"token": token} if token else {}
        return {"ok": True, "account": person.account, "role": str(person.role), "active": person.active, **more}

    @app.get("/api/account-signatures")
    async def waiting(session: Annotated[Session, Depends(door.reading)]) -> dict[str, object]:
        """Changed roles that wait for a second leader of the own organisation."""
        return {"ok": True, "waiting": roles.waiting(await identity.fresh(session))}


async def _lead(identity: Identity, session: Session) -> Person:
    """Whoever looks after the accounts of an organisation, freshly proven."""
    person = await identity.fresh(session)
    if person.role not in (Role.SECTION_CHIEF, Role.SHIFT_LEAD):
        raise Refused("role_not_allowed")
    if not identity.sessions.is_proven(session):
        raise Refused("proof_wanted")
    return person


def _questions(app: FastAPI, door: Door, core: CoreLoop, identity: Identity, live: Live, evidence: EvidenceStore) -> None:
    @app.get("/api/state")
    async def state(session: Annotated[Session, Depends(door.reading)]) -> Response:
        """The snapshot with which the live stream begins, at most 100 ms old."""
        return Response(live.recent_bytes(view_of(session)), media_type="application/json")

    @app.get("/api/words")
    async def all_words(session: Annotated[Session, Depends(door.reading)]) -> dict[str, object]:
        """What every code means and what to do, in both languages, as far as this view may know."""
        return {"ok": True, "words": words(view_of(session))}

    @app.get("/api/cartons/{code}")
    async def carton(code: Text, session: Annotated[Session, Depends(door.reading)]) -> dict[str, object]:
        """Why a carton is where it is: what holds it, the facts, the next step."""
        answers = why(core.state, code, view_of(session))
        if not answers:
            raise Refused("not_found")
        rows = [
            {"subject": one.subject, "headline": one.headline, "place": one.place, "ordered": one.ordered,
             "confirmed": one.confirmed, "facts": [{"at_ms": fact.at_ms, "text": fact.text} for fact in one.facts],
             "blockers": [{"code": code, "cause": cause, "next_step": step} for code, cause, step in one.blockers]}
            for one in answers
        ]  # fmt: skip
        return {"ok": True, "cartons": rows}

    @app.get("/api/evidence/{sha256}")
    async def stored(sha256: Text, request: Request, session: Annotated[Session, Depends(door.reading)]) -> Response:
        """A file of the evidence by its hash, which is its strong ETag. Customs only; read again at each request's right."""
        person = await identity.fresh(session)
        if person.role not in CUSTOMS:
            raise Refused("role_not_allowed")
        headers = {"ETag": f'"{sha256}"', "Cache-Control": "private, no-cache"}
        known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
        data = await identity.files(evidence_file, evidence, sha256)
        if f'"{sha256}"' in known:
            return Response(status_code=304, headers=headers)
        return Response(data, media_type="application/octet-stream", headers=headers)

    @app.get("/api/stream", response_class=StreamingResponse)
    async def stream(request: Request, session: Annotated[Session, Depends(door.reading)]) -> Response:
        """Server-sent events: `snapshot`, then `values`, `happened`, `heartbeat` each second, `dropped`."""
        screen = live.connect(session, request.headers.get("last-event-id", ""))
        if screen is None:
            raise Refused("too_many_streams")
        return StreamOf(live, screen)


def evidence_file(evidence: EvidenceStore, sha256: str) -> bytes:
    """In a thread: the content, compared with its hash."""
    try:
        path = evidence.path(sha256)
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT_BYTES + 1)
    except (EvidenceError, OSError) as error:
        raise Refused("not_found") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Refused("evidence_changed")
    return data
