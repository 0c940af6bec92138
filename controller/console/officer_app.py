"""What an officer's screen asks beside the stream: cases, pixels, proofs of drawing, claims. On the first port.

One rule: customs alone, and the right is looked up at each request. None of this acts on the line, and none of it keeps a session
awake: a page asks by itself.
"""

import asyncio
from typing import Annotated

import msgspec
from fastapi import Depends, FastAPI, Query, Request, Response
from pydantic import Field

from controller.console.act_service import Acts
from controller.console.belt import BeltPicture
from controller.console.case import case
from controller.console.claims import FREE_AFTER_S
from controller.console.drawing import POINTS
from controller.console.identity import Identity
from controller.console.line_pool import LinePool, line_pool
from controller.console.live import Live
from controller.console.people import Person
from controller.console.pictures import Picture as Waiting
from controller.console.pictures import Value, pool
from controller.console.pixels import PREVIEW_LEAST_PX, PREVIEW_MOST_PX, Pixels, etag_of
from controller.console.refusals import Refused
from controller.console.sessions import Session
from controller.console.verdict_desk import VerdictDesk
from controller.console.view_app import Body, Text
from controller.console.web import Door
from controller.daemon.core_loop import CoreLoop
from controller.domain.reasons import CUSTOMS, CUSTOMS_DECIDES
from controller.line.explain import View
from controller.vision.materials import Grey

_Side = Annotated[int, Field(ge=PREVIEW_LEAST_PX, le=PREVIEW_MOST_PX)]
Longest = Annotated[_Side | None, Query(alias="max", description="No side longer than this, by area mean.")]


AHEAD = 3
"""So many pictures of the pool are decoded before a screen asks for them."""


class Picture(Body):
    """Which picture: the hash of its file."""

    image: Text


class Drawn(Picture):
    """What the page read back from what it drew, and how long the picture took to reach the screen."""

    nonce: Text
    values: Annotated[list[Annotated[int, Field(ge=0, le=65535)]], Field(min_length=POINTS, max_length=POINTS)]
    first_pixel_ms: Annotated[int, Field(ge=0, le=3_600_000)]


class OfficerDesk:
    """What officers' screens share: pixels, proofs of drawing, claims. `belt` says where a carton's front was, and when."""

    def __init__(self, core: CoreLoop, pixels: Pixels, desk: VerdictDesk, belt: BeltPicture) -> None:
        self.core = core
        self.pixels = pixels
        self.verdicts = desk
        self._belt = belt

    def told(self, line: str) -> LinePool:
        """What other lines of the site are told of this one's pool."""
        profile, now_ms = self.core.state.facts.profile, self.core.now_ms()
        return line_pool(line, self._pool(), self.verdicts.claims, profile, now_ms, running=self._belt.running)

    def _pool(self) -> tuple[Waiting, ...]:
        return pool(self.core.state, self._belt.place)

    def values(self, view: View) -> dict[str, Value]:
        """A source of the live stream: `pictures`, for customs alone."""
        if view is not View.CUSTOMS:
            return {}
        waiting = self._pool()
        self.pixels.ahead(image for one in waiting[:AHEAD] for image in (one.low, one.high))
        return {"pictures": {"list": [self._told(one) for one in waiting]}}

    def _told(self, picture: Waiting) -> Value:
        claim = self.verdicts.claims.of(picture.track)
        who = {"claimed_by": claim.account, "claimed_name": claim.name} if claim is not None else _NOBODY
        return {**msgspec.to_builtins(picture), **who}


_NOBODY: Value = {"claimed_by": None, "claimed_name": None}


def add_officer_desk(app: FastAPI, desk: OfficerDesk, identity: Identity, live: Live, acts: Acts) -> None:
    """Put the officer's questions on the first port, the pool into the stream of customs, and the desk before verdicts."""
    live.sources.append(desk.values)
    acts.desks["verdict"] = desk.verdicts
    door = Door(identity)
    _cases(app, door, desk, identity)
    _pixels(app, door, identity, desk.pixels)
    _drawing(app, door, desk, identity)
    _claims(app, door, desk, identity, live)


async def _of_customs(identity: Identity, session: Session) -> Person:
    person = await identity.fresh(session)
    if person.role not in CUSTOMS:
        raise Refused("role_not_allowed")
    return person


def _cases(app: FastAPI, door: Door, desk: OfficerDesk, identity: Identity) -> None:
    @app.get("/api/pictures/{track}")
    async def picture(track: Text, session: Annotated[Session, Depends(door.reading)]) -> Value:
        """The case: everything about one picture that the line knows. What it does not know is null."""
        await _of_customs(identity, session)
        found = case(desk.core.state, track)
        if found is None:
            raise Refused("not_found")
        for energy in ("low", "high"):
            sha256 = str(found[energy])
            size = await desk.pixels.size(sha256)
            width, height = (size.width, size.height) if size is not None else (None, None)
            found[energy] = {"sha256": sha256, "width": width, "height": height}
        return {"ok": True, "seq": desk.core.journal_seq, **found}


def _drawing(app: FastAPI, door: Door, desk: OfficerDesk, identity: Identity) -> None:
    drawings = desk.verdicts.drawings

    async def stored(track: str, image: str, session: Session) -> Grey:
        """The picture, if it is one of this track's own."""
        await _of_customs(identity, session)
        passage = desk.core.state.passages.get(track)
        its = passage.inspection.image if passage is not None and passage.inspection is not None else None
        if its is None or image not in (its.low.sha256, its.high.sha256):
            raise Refused("not_found")
        return await desk.pixels.grey(image)

    @app.post("/api/pictures/{track}/drawing")
    async def ask(track: Text, body: Picture, session: Annotated[Session, Depends(door.by_itself)]) -> Value:
        """Points (column, row) whose values the page reads back from what it has drawn."""
        height, width = (await stored(track, body.image, session)).shape
        asked = drawings.ask(session, track, body.image, width, height)
        return {"ok": True, "nonce": asked.nonce, "points": [list(point) for point in asked.points]}

    @app.post("/api/pictures/{track}/drawn")
    async def drawn(track: Text, body: Drawn, session: Annotated[Session, Depends(door.by_itself)]) -> Value:
        """The values at these points, in their order. Then this session may judge this picture."""
        grey = await stored(track, body.image, session)
        drawings.prove(session, track, body.image, body.nonce, tuple(body.values), body.first_pixel_ms, grey)
        return {"ok": True}


def _claims(app: FastAPI, door: Door, desk: OfficerDesk, identity: Identity, live: Live) -> None:
    claims = desk.verdicts.claims

    @app.post("/api/pictures/{track}/claim")
    async def claim(track: Text, session: Annotated[Session, Depends(door.by_itself)]) -> Value:
        """Say that one looks at this carton, and go on saying it: it is free again 5 s after the last time."""
        person = await _of_customs(identity, session)
        if person.role not in CUSTOMS_DECIDES:
            raise Refused("role_not_allowed")
        if track not in desk.core.state.passages:
            raise Refused("not_found")
        held = claims.take(track, person)
        live.look_again()
        if held is not None:
            raise Refused("claimed_by_other", claimed_by=held.account, claimed_name=held.name)
        asyncio.get_running_loop().call_later(FREE_AFTER_S + 0.05, live.look_again)
        return {"ok": True, "free_after_s": FREE_AFTER_S}

    @app.delete("/api/pictures/{track}/claim")
    async def free(track: Text, session: Annotated[Session, Depends(door.by_itself)]) -> Value:
        """Somebody else may have it now."""
        claims.free(track, await _of_customs(identity, session))
        live.look_again()
        return {"ok": True}


def _pixels(app: FastAPI, door: Door, identity: Identity, pixels: Pixels) -> None:
    @app.get("/api/pixels/{sha256}", response_class=Response)
    async def rows(
        sha256: Text, request: Request, session: Annotated[Session, Depends(door.reading)], longest: Longest = None
    ) -> Response:
        """Rows of little-endian uint16, as stored; their size is in `X-Width` and `X-Height`."""
        await _of_customs(identity, session)
        longest_px = longest or 0
        body = await pixels.body(sha256, longest_px)
        tag = etag_of(sha256, longest_px)
        headers = {
            "ETag": tag, "Cache-Control": "private, no-cache",
            "X-Width": str(body.size.width), "X-Height": str(body.size.height),
        }  # fmt: skip
        known = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
        if tag in known:
            return Response(status_code=304, headers=headers)
        return Response(body.data, media_type="application/octet-stream", headers=headers)
