"""What the pages of those who lead ask: statistics and the wall board. On the first port.

One rule: each organisation has its own view; what officers judged is customs' own, and an officer sees the own figures alone.
"""

from typing import Annotated

from fastapi import Depends, FastAPI, Query, Response
from pydantic import Field

from controller.console.exports import recorded
from controller.console.identity import Identity
from controller.console.live import view_of
from controller.console.refusals import Refused
from controller.console.sessions import Session
from controller.console.statistics_desk import Asked, By, Statistics, utc_of, window_of
from controller.console.web import Door
from controller.daemon.core_loop import CoreLoop
from controller.domain.reasons import CUSTOMS, Role
from controller.records.statistics.csv_file import csv_of

Time = Annotated[str, Field(max_length=40)]
From = Annotated[Time, Query(alias="from", description="ISO 8601 with zone; left out: twelve hours before `to`.")]
Until = Annotated[Time, Query(alias="to", description="ISO 8601 with zone, not counted itself; left out: now.")]


def add_statistics(app: FastAPI, statistics: Statistics, identity: Identity, core: CoreLoop, target_per_hour: int) -> None:
    """Put the routes on the application of the first port."""
    door = Door(identity)

    @app.get("/api/statistics")
    async def figures(
        session: Annotated[Session, Depends(door.reading)], by: By = "hour", from_: From = "", to: Until = ""
    ) -> dict[str, object]:
        """Figures of a window of a week at most, by one thing; with cut-off and gaps."""
        return {"ok": True, **await statistics.answer(await asked(session, by, from_, to))}

    @app.post("/api/statistics.csv", response_class=Response)
    async def file(
        session: Annotated[Session, Depends(door.changing)], by: By = "hour", from_: From = "", to: Until = ""
    ) -> Response:
        """The rows of the same answer as a CSV file. Who took it, and how many rows, is recorded."""
        person = await identity.fresh(session)
        wish = await asked(session, by, from_, to)
        rows, cut_off = await statistics.table(wish)
        data = csv_of(rows, cut_off)
        about = f"{by}, {len(rows)} rows, {utc_of(wish.from_ms)} to {utc_of(wish.to_ms)}"
        await recorded(core, person, "statistics", about, "", "", data)
        name = f"xiyong-{by}-{utc_of(wish.from_ms)}-{utc_of(wish.to_ms)}.csv".replace(":", "")
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(data, media_type="text/csv; charset=utf-8", headers=headers)

    async def asked(session: Session, by: By, from_text: str, to_text: str) -> Asked:
        person = await identity.fresh(session)
        if by == "officer" and person.role not in CUSTOMS:
            raise Refused("role_not_allowed")
        from_ms, to_ms = asked_window(from_text, to_text, statistics.now_ms())
        own = person.account if by == "officer" and person.role is Role.OFFICER else ""
        return Asked(by, from_ms, to_ms, view_of(session), own)

    @app.get("/api/board")
    async def board(session: Annotated[Session, Depends(door.reading)]) -> dict[str, object]:
        """The last hour for the wall board, at most five seconds old."""
        return {"ok": True, "target_per_hour": target_per_hour or None, **await statistics.board(view_of(session))}


def asked_window(from_text: str, to_text: str, now_ms: int) -> tuple[int, int]:
    try:
        return window_of(from_text, to_text, now_ms)
    except ValueError as error:
        raise Refused("not_as_asked", cause=str(error)) from error
