"""What the integrator's page asks: configuration with origins, live values with source and age, the log, the diagnostics bundle.

One rule: no secret and nothing of customs' own leaves by it, whoever asks: texts are those of the company's view.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Query, Response
from pydantic import Field

from controller.console.devices import Devices
from controller.console.exports import Taken, recorded
from controller.console.identity import Identity
from controller.console.people import Person
from controller.console.refusals import Refused
from controller.console.sessions import Session
from controller.console.story_work import in_process
from controller.console.web import Door
from controller.daemon.answers import journal_of
from controller.daemon.core_loop import CoreLoop
from controller.daemon.diagnostics import Row, bundle, config_rows, proof_of
from controller.daemon.log_ring import LogRing
from controller.domain.reasons import Role
from controller.line.belt import PlcFlag
from controller.records.errors import RecordsError
from controller.records.story_process import Check
from controller.settings.model import Settings
from controller.settings.provenance import Origins

MAY = (Role.INTEGRATOR, Role.SHIFT_LEAD, Role.SECTION_CHIEF, Role.CUSTOMS_AUDITOR)
IN_BUNDLE = 1000
Files = Callable[..., Awaitable[bytes]]
Work = Callable[[Check], Awaitable[tuple[dict[str, Any], bytes]]]
Level = Literal["debug", "info", "warning", "error", "critical"]


class IntegratorDesk:
    """`log` is the ring of this process; nothing where it keeps none. `files` does off the loop what blocks for a moment."""

    def __init__(
        self, core: CoreLoop, settings: Settings, devices: Devices, origins: Origins, log: LogRing | None, version: str,
        journal: Path, files: Files, work: Work = in_process,
    ) -> None:  # fmt: skip
        self.core = core
        self.settings = settings
        self.log = log
        self._devices = devices
        self._origins = origins
        self._version = version
        self._journal = journal
        self._files = files
        self.work = work
        self._alone = asyncio.Lock()

    def config(self) -> list[Row]:
        return config_rows(self.settings, self._origins)

    def values(self) -> list[Row]:
        """What the PLC and each device said last, from whom, and how long ago."""
        facts, now_ms = self.core.state.facts, self.core.now_ms()
        found: list[Row] = []
        status = facts.plc_status
        if status is not None and facts.plc_synced:  # of a PLC that is away nothing is so any more
            flags = [flag.name for flag in PlcFlag if status.flags & flag]
            told = {
                "state": status.state, "flags": ", ".join(str(one) for one in flags), "speed_mm_s": status.speed_mm_s,
                "lane_full": f"{status.lane_full:b}", "epoch": facts.epoch, "session": facts.session,
            }  # fmt: skip
            found += [{"source": "plc", "name": name, "value": value, "age_ms": None} for name, value in told.items()]
        for said in self._devices.newest():
            found.append({"source": said["device"], "name": said["event"], "value": said["text"],
                          "age_ms": max(now_ms - int(str(said["at_ms"])), 0)})  # fmt: skip
        return found

    async def bundle(self) -> bytes:
        """One at a time, whoever asks and hangs up: it reads the whole journal. Raises `Refused` while one is made."""
        if self._alone.locked():
            raise Refused("diagnostics_busy")
        async with self._alone:
            proof = await self._proof()
            log = self.log.newest(IN_BUNDLE) if self.log is not None else []
            devices = [dict(row) for row in self._devices.rows()]
            return await self._files(bundle, self.config(), self._version, devices, log, proof)

    async def _proof(self) -> Row:
        """By a process beside the daemon, ended with whoever waits for it: the line and its stop have nothing of it."""
        if not self._journal.is_file():
            return {"ok": False, "cause": "there is no journal"}
        try:
            answer, _ = await self.work(Check(str(self._journal), str(journal_of(self.settings)[1])))
        except RecordsError as error:  # the rest of the bundle is wanted all the same
            return {"ok": None, "cause": f"not proven: {error.code}: {error.cause}"}
        return proof_of(answer)


def add_integrator_desk(app: FastAPI, desk: IntegratorDesk, identity: Identity) -> None:
    """Put the routes on the application of the first port."""
    door = Door(identity)

    async def may(session: Session) -> Person:
        person = await identity.fresh(session)
        if person.role not in MAY:
            raise Refused("role_not_allowed")
        return person

    @app.get("/api/config")
    async def config(session: Annotated[Session, Depends(door.reading)]) -> dict[str, object]:
        """Every setting in force with where it came from; of secrets only whether they are set."""
        await may(session)
        return {"ok": True, "sha256": desk.core.state.facts.config_sha256, "settings": desk.config()}

    @app.get("/api/live-values")
    async def values(session: Annotated[Session, Depends(door.reading)]) -> dict[str, object]:
        """What the PLC and each device said last, with its age."""
        await may(session)
        return {"ok": True, "seq": desk.core.journal_seq, "values": desk.values()}

    @app.get("/api/log")
    async def log(
        session: Annotated[Session, Depends(door.reading)], level: Level = "info",
        contains: Annotated[str, Query(max_length=80)] = "", most: Annotated[int, Field(ge=1, le=500)] = 100,
    ) -> dict[str, object]:  # fmt: skip
        """The newest lines of this run's log, newest first; `level`: this one and worse."""
        await may(session)
        return {"ok": True, "kept": desk.log is not None, "lines": desk.log.newest(most, level, contains) if desk.log else []}

    @app.post("/api/diagnostics", response_class=Response)
    async def diagnostics(body: Taken, session: Annotated[Session, Depends(door.changing)]) -> Response:
        """The diagnostics bundle as a zip: no secret, nothing of customs' own, no personal data. Reads the whole journal.

        Who took it is recorded.
        """
        person = await may(session)
        headers = {"Content-Disposition": 'attachment; filename="xiyong-diagnostics.zip"'}
        data = await desk.bundle()
        await recorded(desk.core, person, "diagnostics", "", "", body.reason, data)
        return Response(data, media_type="application/zip", headers=headers)
