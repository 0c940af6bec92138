"""What the page of changed settings asks: what stands, a check of another file or of single values, a dry run. On the first port.

One rule: proposing, signing and turning down are acts, on the other port; nothing here changes anything but a file of the data
directory that nobody reads before it is signed.
"""

from typing import Annotated

from fastapi import Depends, FastAPI
from pydantic import Field

from controller.console.config_desk import ConfigDesk
from controller.console.config_runs import ConfigRuns
from controller.console.identity import Identity
from controller.console.people import Person
from controller.console.refusals import Refused
from controller.console.sessions import Session
from controller.console.statistics_app import From, Until, asked_window
from controller.console.statistics_desk import Statistics
from controller.console.view_app import Body
from controller.console.web import BODY_MOST_BYTES, Door
from controller.domain.reasons import CUSTOMS
from controller.line.configuring import COMPANY_MAY, MAY_PROPOSE

MAY_READ = (*COMPANY_MAY, *CUSTOMS)


class Asked(Body):
    """A whole file, or single values over the file that is there: dotted key (a device by its name) to a value as in TOML.

    An empty value takes the line away.
    """

    text: Annotated[str, Field(max_length=BODY_MOST_BYTES)] = ""
    values: Annotated[
        dict[Annotated[str, Field(pattern="^[a-z0-9_-]+([.][a-zA-Z0-9_-]+){1,3}$")], Annotated[str, Field(max_length=500)]],
        Field(max_length=50),
    ] = {}  # fmt: skip  # noqa: RUF012


def add_config_desk(app: FastAPI, desk: ConfigDesk, runs: ConfigRuns, statistics: Statistics, identity: Identity) -> None:
    """Put the routes on the application of the first port."""
    door = Door(identity)

    async def one_of(roles: tuple[object, ...], session: Session) -> Person:
        person = await identity.fresh(session)
        if person.role not in roles:
            raise Refused("role_not_allowed")
        return person

    @app.get("/api/config/changes")
    async def standing(session: Annotated[Session, Depends(door.reading)]) -> dict[str, object]:
        """What is in force, what runs unsigned, what waits for signatures, what is agreed to and waits for the next start."""
        await one_of(MAY_READ, session)
        return {"ok": True, **await desk.standing()}

    @app.post("/api/config/check")
    async def check(body: Asked, session: Annotated[Session, Depends(door.changing)]) -> dict[str, object]:
        """Check another settings file, or changed values, as `xiyong check-config` does; and say what would change."""
        await one_of(MAY_PROPOSE, session)
        return await desk.check(body.text, body.values)

    @app.get("/api/config/dry-run")
    async def run(session: Annotated[Session, Depends(door.reading)], from_: From = "", to: Until = "") -> dict[str, object]:
        """Which cartons of a recorded window the settings that wait would have sent elsewhere, as far as it is known. Customs."""
        await one_of(CUSTOMS, session)
        from_ms, to_ms = asked_window(from_, to, statistics.now_ms())
        return {"ok": True, **await runs.run(from_ms, to_ms)}
