"""One carton's whole story on the first port: search by any code, the story, its files, proof of the journal, an export.

One rule: whose session it is chooses the view before anything is read; a file opens only when the story of that view names it.
Reading the journal is a thread's work; proving it whole and making an export are another process's, one at a time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from fastapi import Depends, FastAPI, Query, Response

from controller.console.exports import Taken, recorded
from controller.console.identity import Identity
from controller.console.live import view_of
from controller.console.people import organisation_of
from controller.console.refusals import Refused
from controller.console.sessions import Session
from controller.console.view_app import Text
from controller.console.web import Door
from controller.daemon.core_loop import CoreLoop
from controller.domain.reasons import CUSTOMS, Role
from controller.line.explain import View
from controller.records.all_tables import reached
from controller.records.errors import EvidenceError, RecordsError
from controller.records.evidence import EvidenceStore
from controller.records.recheck_tables import paper_of
from controller.records.story import Found, Story, find, story
from controller.records.unwritten import story_lacks

Value = dict[str, object]
Code = Annotated[str, Query(max_length=200, description="A carton's key, where a code leads to several.")]
MAY_EXPORT = (*CUSTOMS, Role.SHIFT_LEAD, Role.INTEGRATOR)
READS_AT_ONCE = 4
CATCH_UP_S, LOOK_S = 5.0, 0.1  # the records follow the journal within a second
MEDIA = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}


class StoryWork(msgspec.Struct, frozen=True):
    """What takes long and is done elsewhere. `check` proves the journal whole; `export` makes a carton's bundle, and answers its
    path, which is the caller's to remove. `None` where there is no key to sign with.
    """

    check: Callable[[], Awaitable[Mapping[str, Any]]]
    export: Callable[[str, View, str, Mapping[str, str]], Awaitable[bytes]] | None = None


class StoryDesk:
    """What the pages of one console share; whoever made it closes it, once its executor has ended."""

    def __init__(self, records: sa.Engine, journal: Path, evidence: EvidenceStore, executor: Executor, work: StoryWork) -> None:
        self._records = records
        self._journal = journal
        self._evidence = evidence
        self._executor = executor
        self.work = work
        self._reading = 0
        self._long = asyncio.Lock()

    def close(self) -> None:
        self._records.dispose()

    async def look(self, code: str, carton: str, view: View) -> tuple[tuple[Found, ...], Story | None]:
        """Where the code leads, and the story if that is one carton or one was named."""
        return await self._read(self._look, code, carton, view)  # type: ignore[no-any-return]

    def _look(self, code: str, carton: str, view: View) -> tuple[tuple[Found, ...], Story | None]:
        found = find(self._records, code)
        named = [one for one in found if one.carton == carton] if carton else list(found)
        if len(named) != 1:
            return found, None
        return found, story(self._records, self._journal, named[0].carton, view)

    async def file(self, code: str, carton: str, view: View, sha256: str) -> bytes:
        _, told = await self.look(code, carton, view)
        if told is None or not any(one.sha256 == sha256 for row in told.rows for one in row.files):
            raise Refused("not_found")
        try:
            return await self._read(self._evidence.read_by_hash, sha256)  # type: ignore[no-any-return]
        except EvidenceError as error:
            raise Refused("evidence_changed" if error.code == "evidence_changed" else "not_found") from error

    async def paper(self, recheck_id: str, head: int) -> str:
        """The hash of the filed paper of an inspection record, as the records know it once they have row `head`."""
        return await self._known(head, self._paper, recheck_id)

    async def carton(self, code: str, carton: str, head: int) -> str:
        """The one carton that is meant, as the records know it once they have row `head`: its first row may be on its way."""
        return await self._known(head, self._carton, code, carton)

    async def _known(self, head: int, look: Callable[..., tuple[str, int]], *arguments: str) -> str:
        """What `look` finds; that there is none is said only when the records have row `head`."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + CATCH_UP_S
        while True:
            found, upto = await self._read(look, *arguments)
            if found:
                return str(found)
            if upto >= head:
                raise Refused("not_found")
            if loop.time() >= until_s:
                raise Refused("records_behind")
            await asyncio.sleep(LOOK_S)

    def _paper(self, recheck_id: str) -> tuple[str, int]:
        with self._records.connect() as connection:
            upto = reached(connection)  # first: the paper of a row before it is there
            return paper_of(connection, recheck_id), upto

    def _carton(self, code: str, carton: str) -> tuple[str, int]:
        with self._records.connect() as connection:
            upto, lacks = reached(connection), story_lacks(connection)
        found = find(self._records, code)
        named = [one.carton for one in found if carton in ("", one.carton)]
        if not named and lacks:
            raise Refused("records_lack_rows", cause=f"row {lacks} of the journal could not be written into the records")
        if len(named) > 1:
            raise Refused("not_found", cause=f"{len(named)} cartons have it")
        return (named[0] if named else ""), upto

    async def _read(self, work: Callable[..., Any], *arguments: object) -> Any:
        if self._reading >= READS_AT_ONCE:
            raise Refused("busy")
        self._reading += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, lambda: work(*arguments))
        except sa.exc.SQLAlchemyError as error:
            raise Refused("records_away") from error
        finally:
            self._reading -= 1

    async def alone(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """One of these at a time: each reads the whole journal."""
        if self._long.locked():
            raise Refused("busy")
        async with self._long:
            try:
                return await work()
            except RecordsError as error:
                code = error.code if error.code in ("records_behind", "records_lack_rows", "story_too_long") else "export_failed"
                raise Refused(code, cause=error.cause) from error


def add_story_desk(app: FastAPI, desk: StoryDesk, identity: Identity, core: CoreLoop) -> None:
    """Put the routes on the application of the first port."""
    door = Door(identity)

    @app.get("/api/story/{code}")
    async def told(code: Text, session: Annotated[Session, Depends(door.reading)], carton: Code = "") -> Value:
        """Search by any code; `found` is empty where it leads nowhere. With one carton, or one that is named: its whole story."""
        view = view_of(session)
        found, one = await desk.look(code, carton, view)
        names = await _names(identity, session) if one is not None else {}
        return {
            "ok": True, "view": str(view), "found": [msgspec.to_builtins(each) for each in found],
            "story": msgspec.to_builtins(one) if one is not None else None, "names": names,
            "export": desk.work.export is not None and session.person.role in MAY_EXPORT,
        }  # fmt: skip

    @app.get("/api/story/{code}/files/{sha256}", response_class=Response)
    async def file(code: Text, sha256: Text, session: Annotated[Session, Depends(door.reading)], carton: Code = "") -> Response:
        """A file of evidence that the story names for this view."""
        await identity.fresh(session)
        data = await desk.file(code, carton, view_of(session), sha256)
        media = next((kind for start, kind in MEDIA.items() if data.startswith(start)), "application/octet-stream")
        return Response(data, media_type=media, headers={"Cache-Control": "private, no-store"})

    @app.post("/api/story/check")
    async def check(session: Annotated[Session, Depends(door.changing)]) -> Value:
        """Prove the journal whole: every hash, every anchor. Says up to which row, and up to which anchor."""
        report = await desk.alone(desk.work.check)
        wanted = ("rows", "first_bad_seq", "fault", "cause", "next_step", "anchors_checked", "unanchored_rows")
        return {"ok": True, "whole": bool(report["ok"]), **{name: report.get(name) for name in wanted}}

    @app.post("/api/story/{code}/export", response_class=Response)
    async def export(code: Text, body: Taken, session: Annotated[Session, Depends(door.changing)], carton: Code = "") -> Response:
        """The carton as a bundle that a stranger verifies off-line; nothing of customs' own where the company asks."""
        person = await identity.fresh(session)
        if person.role not in MAY_EXPORT:
            raise Refused("role_not_allowed")
        work, view = desk.work.export, view_of(session)
        if work is None:
            raise Refused("no_site_key")
        one = await desk.carton(code, carton, core.journal_seq)
        names = await _names(identity, session)
        data = await desk.alone(lambda: work(one, view, person.account, names))
        await recorded(core, person, "story", str(view), one, body.reason, data)
        name = "".join(char if char.isalnum() else "-" for char in one)
        headers = {"Content-Disposition": f'attachment; filename="carton-{name}-{view}.zip"'}
        return Response(data, media_type="application/zip", headers=headers)


async def _names(identity: Identity, session: Session) -> dict[str, str]:
    """Names of the own organisation's people by their accounts; the other's stay accounts, where they are shown at all."""
    own = organisation_of(session.person.role)
    return {one.account: one.name for one in await identity.store(identity.people.everyone) if one.organisation == own}
