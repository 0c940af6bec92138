"""What the pages of customs' leaders ask: rules that wait, a dry run of them, the sample of second looks. On the first port.

One rule: customs alone, at each request.
"""

from typing import Annotated

from fastapi import Depends, FastAPI

from controller.console.chief_desk import ChiefDesk
from controller.console.identity import Identity
from controller.console.people import Person
from controller.console.refusals import Refused
from controller.console.sessions import Session
from controller.console.statistics_app import From, Until, asked_window
from controller.console.statistics_desk import Statistics
from controller.console.web import Door
from controller.domain.reasons import CUSTOMS


def add_chief_desk(app: FastAPI, desk: ChiefDesk, statistics: Statistics, identity: Identity) -> None:
    """Put the routes on the application of the first port."""
    door = Door(identity)

    async def of_customs(session: Session) -> Person:
        person = await identity.fresh(session)
        if person.role not in CUSTOMS:
            raise Refused("role_not_allowed")
        return person

    @app.get("/api/rules/difference")
    async def difference(session: Annotated[Session, Depends(door.reading)]) -> dict[str, object]:
        """The targeting rules that wait for signatures beside those in force, field by field."""
        await of_customs(session)
        return {"ok": True, "fields": desk.difference()}

    @app.get("/api/rules/dry-run")
    async def run(session: Annotated[Session, Depends(door.reading)], from_: From = "", to: Until = "") -> dict[str, object]:
        """Which cartons of a recorded window the rules that wait would treat otherwise."""
        await of_customs(session)
        from_ms, to_ms = asked_window(from_, to, statistics.now_ms())
        found = await desk.dry_run(from_ms, to_ms)
        if found is None:
            raise Refused("not_found", cause="no rules wait to be signed")
        return {"ok": True, **found}

    @app.get("/api/samples")
    async def samples(session: Annotated[Session, Depends(door.reading)]) -> dict[str, object]:
        """Released images that were drawn for a blind second look, and where second looks disagree."""
        person = await of_customs(session)
        return {"ok": True, **await desk.samples(person.account)}
