"""What every screen asks of the line beside the stream: reports of screens, and a device's own page. On the first port.

One rule: none of this acts on the line or keeps a session awake, and no secret of the configuration leaves by it.
"""

from typing import Annotated, Literal

from fastapi import Depends, FastAPI, Request
from pydantic import Field

from controller.console.devices import Devices
from controller.console.identity import Identity
from controller.console.live import view_of
from controller.console.refusals import Refused
from controller.console.screens import Report, Screens
from controller.console.sessions import Session, same
from controller.console.view_app import Body, Text
from controller.console.web import CSRF_HEADER, Door, terminal_of


class Drawn(Body):
    """What a screen last drew. `link` is what it thinks of its connection."""

    screen: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,32}$")]
    seq: Annotated[int, Field(ge=-1, le=2**53)]
    link: Literal["connecting", "live", "stale", "lost", "resync"]


def add_line_desk(app: FastAPI, identity: Identity, screens: Screens, devices: Devices) -> None:
    """Put the routes on the application of the first port."""
    door = Door(identity)

    @app.post("/api/screens")
    async def told(body: Drawn, request: Request) -> dict[str, object]:
        """A screen lives: each second, with the row it last drew; a kiosk also between two people.

        `counts` is false where another machine already speaks for this kiosk. Without the session's token it is a page's word
        at which nobody is signed in: one whose person is just signing in, or locked, has the cookie before it has the token.
        """
        session = door.session(request)
        if session is not None and not same(request.headers.get(CSRF_HEADER, ""), session.csrf):
            session = None
        person = session.person if session is not None else None
        counts = screens.told(Report(
            body.screen, body.seq, body.link, terminal_of(request), person.account if person is not None else "",
            str(person.role) if person is not None else "", session is not None and identity.sessions.may_read(session),
        ))  # fmt: skip
        return {"ok": True, "counts": counts}

    @app.get("/api/devices/{name}")
    async def device(name: Text, session: Annotated[Session, Depends(door.reading)]) -> dict[str, object]:
        """A device: whether it is there, its settings without secrets, its ten newest events."""
        found = devices.page(name, view_of(session))
        if found is None:
            raise Refused("not_found")
        return {"ok": True, **found}
