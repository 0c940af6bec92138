"""What an officer's screen asks beside the stream: the case of a picture, and its pixels. On the first port.

One rule: customs alone, and the right is looked up at each request. None of this acts on the line, and none of it keeps a session
awake: a page asks by itself.
"""

from typing import Annotated

from fastapi import Depends, FastAPI, Query, Request, Response
from pydantic import Field

from controller.console.case import case
from controller.console.identity import Identity
from controller.console.live import Live
from controller.console.people import Person
from controller.console.pictures import Value, pool, told
from controller.console.pixels import PREVIEW_LEAST_PX, PREVIEW_MOST_PX, Pixels, etag_of
from controller.console.refusals import Refused
from controller.console.sessions import Session
from controller.console.view_app import Text
from controller.console.web import Door
from controller.daemon.core_loop import CoreLoop
from controller.domain.reasons import CUSTOMS
from controller.line.explain import View

_Side = Annotated[int, Field(ge=PREVIEW_LEAST_PX, le=PREVIEW_MOST_PX)]
Longest = Annotated[_Side | None, Query(alias="max", description="No side longer than this, by area mean.")]


def add_officer_desk(app: FastAPI, core: CoreLoop, identity: Identity, live: Live, pixels: Pixels) -> None:
    """Put the officer's questions on the first port, and the pool of pictures into the stream of customs."""
    live.sources.append(lambda view: {"pictures": _waiting(core)} if view is View.CUSTOMS else {})
    door = Door(identity)
    _cases(app, door, core, identity, pixels)
    _pixels(app, door, identity, pixels)


def _waiting(core: CoreLoop) -> Value:
    return {"list": [told(one) for one in pool(core.state)]}


async def _of_customs(identity: Identity, session: Session) -> Person:
    person = await identity.fresh(session)
    if person.role not in CUSTOMS:
        raise Refused("role_not_allowed")
    return person


def _cases(app: FastAPI, door: Door, core: CoreLoop, identity: Identity, pixels: Pixels) -> None:
    @app.get("/api/pictures/{track}")
    async def picture(track: Text, session: Annotated[Session, Depends(door.reading)]) -> Value:
        """The case: everything about one picture that the line knows. What it does not know is null."""
        await _of_customs(identity, session)
        found = case(core.state, track)
        if found is None:
            raise Refused("not_found")
        for energy in ("low", "high"):
            sha256 = str(found[energy])
            size = await pixels.size(sha256)
            width, height = (size.width, size.height) if size is not None else (None, None)
            found[energy] = {"sha256": sha256, "width": width, "height": height}
        return {"ok": True, "seq": core.journal_seq, **found}


def _pixels(app: FastAPI, door: Door, identity: Identity, pixels: Pixels) -> None:
    @app.get("/api/pixels/{sha256}", response_class=Response)
    async def rows(
        sha256: Text, request: Request, session: Annotated[Session, Depends(door.reading)], longest: Longest = None
    ) -> Response:
        """Rows of little-endian uint16, as stored; their size is in `X-Width` and `X-Height`."""
        await _of_customs(identity, session)
        longest_px, packed = longest or 0, _wants_packed(request)
        body = await pixels.body(sha256, longest_px, packed=packed)
        tag = etag_of(sha256, longest_px, packed=packed)
        headers = {
            "ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding",
            "X-Width": str(body.size.width), "X-Height": str(body.size.height),
        }  # fmt: skip
        known = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
        if tag in known:
            return Response(status_code=304, headers=headers)
        if packed:
            headers["Content-Encoding"] = "gzip"
        return Response(body.data, media_type="application/octet-stream", headers=headers)


def _wants_packed(request: Request) -> bool:
    """To the machine itself packing costs more than it saves."""
    asked = [one.partition(";")[0].strip() for one in request.headers.get("accept-encoding", "").split(",")]
    here = request.client is not None and request.client.host in ("127.0.0.1", "::1")
    return "gzip" in asked and not here
