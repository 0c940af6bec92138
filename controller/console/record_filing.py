"""Makes the paper of each approved inspection record, keeps it in evidence, and says so to the core; and gives it to customs.

One rule: fields and paper are in evidence before the event that names them; a paper that could not be made is tried again, at the
start too, and told once for each cause. It is made in a process of its own, so that nothing on the line waits for it.
"""

import asyncio
import logging
import sys
from typing import Annotated

import msgspec
import sqlalchemy.exc
from fastapi import Depends, FastAPI, Response
from pydantic import Field

from controller.console.exports import Taken, recorded
from controller.console.identity import Identity
from controller.console.refusals import Refused
from controller.console.sessions import Session
from controller.console.story_app import StoryDesk
from controller.console.view_app import evidence_file
from controller.console.web import Door
from controller.daemon.core_loop import CoreLoop, InboxFullError
from controller.domain.reasons import CUSTOMS
from controller.line.commands import Outcome
from controller.line.event_base import EvidenceNamed
from controller.line.events import Stamped
from controller.line.explain import NEUTRAL_EVENT
from controller.line.record_events import RecordApproved, RecordFiled, RecordNotFiled
from controller.line.record_state import APPROVED, InspectionRecord, RecordContent, canonical
from controller.records.errors import EvidenceError, RecordsError
from controller.records.evidence import EvidenceStore
from controller.records.record_paper import PaperOrder

AGAIN_S = 600.0
MADE_WITHIN_S = 60.0
ACTOR = "console"
log = logging.getLogger("xiyong.console")

COMMAND = (sys.executable, "-m", "controller.records.inspection_pdf")


RecheckId = Annotated[str, Field(max_length=160)]


class NotMadeError(Exception):
    """Why there is no paper."""

    def __init__(self, code: str, cause: str) -> None:
        super().__init__(cause)
        self.code, self.cause = code, cause


class RecordFiling:
    """A listener of the core; `run` files what is approved until cancelled. `command` makes a paper from a `PaperOrder`."""

    def __init__(self, core: CoreLoop, identity: Identity, evidence: EvidenceStore, command: tuple[str, ...] = COMMAND) -> None:
        self._core = core
        self._identity = identity
        self._evidence = evidence
        self._command = command
        self._more = asyncio.Event()
        self._told: set[tuple[str, str]] = set()

    def take(self, seq: int, stamped: Stamped, outcome: Outcome) -> None:
        if isinstance(stamped.event, RecordApproved) and not outcome.refusals:
            self._more.set()

    async def run(self) -> None:
        while True:
            self._more.clear()
            for record in [one for one in self._core.state.inspection_records.values() if one.stage == APPROVED]:
                try:
                    await self._file(record)
                except (OSError, InboxFullError, Refused, sqlalchemy.exc.SQLAlchemyError) as error:
                    # The console goes on: the paper is made later. That it is a paper is not said: the log is the company's.
                    log.warning("%s failed: %s", NEUTRAL_EVENT, type(error).__name__)
            try:
                async with asyncio.timeout(AGAIN_S):
                    await self._more.wait()
            except TimeoutError:
                continue

    async def _file(self, record: InspectionRecord) -> None:
        assert record.content is not None
        name = record.recheck_id.replace("/", "_").replace("#", "-")[:90]
        try:
            paper = await self._paper(record.content)
            fields = await self._kept(canonical(record.content), "application/json", f"record-{name}.json")
            pdf = await self._kept(paper, "application/pdf", f"record-{name}.pdf")
        except NotMadeError as error:
            if (record.recheck_id, error.code) not in self._told:
                self._told.add((record.recheck_id, error.code))
                self._core.post(RecordNotFiled(record.recheck_id, error.code, error.cause[:500]), actor=ACTOR)
            return
        self._core.post(RecordFiled(record.recheck_id, record.sha256, fields, pdf), actor=ACTOR)

    async def _paper(self, content: RecordContent) -> bytes:
        try:
            photos = tuple(str(self._evidence.path(photo.sha256)) for photo in content.photos)
        except EvidenceError as error:
            raise NotMadeError(error.code, error.cause) from error
        order = PaperOrder(content, await self._names(content), photos)
        making = await asyncio.create_subprocess_exec(
            *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        try:
            async with asyncio.timeout(MADE_WITHIN_S):
                paper, words = await making.communicate(msgspec.json.encode(order))
        except TimeoutError as error:
            raise NotMadeError("paper_late", f"no paper within {MADE_WITHIN_S:g} s") from error
        finally:
            if making.returncode is None:
                making.kill()
                await making.wait()
        if making.returncode == 0 and paper.startswith(b"%PDF-"):
            return paper
        raise _not_made(words)

    async def _names(self, content: RecordContent) -> dict[str, str]:
        accounts = (*content.officers, content.witness, content.drafted_by, content.approved_by)
        everyone = await self._identity.store(self._identity.people.everyone)
        return {one.account: one.name for one in everyone if one.account in accounts}

    async def _kept(self, data: bytes, media_type: str, name: str) -> EvidenceNamed:
        try:
            reference = await self._identity.files(self._evidence.put, data, media_type)
        except RecordsError as error:
            raise NotMadeError(error.code, error.cause) from error
        return EvidenceNamed(reference.sha256, reference.size, name)


def _not_made(words: bytes) -> NotMadeError:
    """Why the process made none: its own word, or the last line of what it left."""
    last = (words.strip().splitlines() or [b"it ended without a word"])[-1]
    try:
        said = msgspec.json.decode(last, type=dict[str, str])
    except msgspec.DecodeError:
        return NotMadeError("paper_failed", last.decode("utf-8", "replace"))
    return NotMadeError(said.get("code", "paper_failed"), f"{said.get('cause', '')}: {said.get('next_step', '')}")


def add_records(app: FastAPI, core: CoreLoop, identity: Identity, evidence: EvidenceStore, stories: StoryDesk) -> None:
    """Put the papers on the first port. What the line has let go of is found in the records."""
    door = Door(identity)

    @app.post("/api/recheck/{recheck_id:path}/record.pdf", response_class=Response)
    async def paper(recheck_id: RecheckId, body: Taken, session: Annotated[Session, Depends(door.changing)]) -> Response:
        """The filed paper of a recheck's inspection record, as it lies in evidence. Customs alone; who took it is recorded."""
        person = await identity.fresh(session)
        if person.role not in CUSTOMS:
            raise Refused("role_not_allowed")
        record = core.state.inspection_records.get(recheck_id)
        if record is not None and record.elsewhere:
            raise Refused("record_kept_elsewhere", cause=f"it is filed elsewhere: {record.elsewhere}")
        if record is not None and record.pdf is None:
            raise Refused("record_not_filed")
        kept = record.pdf if record is not None else None
        sha256 = kept.sha256 if kept is not None else await stories.paper(recheck_id, core.journal_seq)
        data = await identity.files(evidence_file, evidence, sha256)
        await recorded(core, person, "record", recheck_id, recheck_id.rpartition("#")[0], body.reason, data)
        name = "".join(char if char.isascii() and char.isalnum() else "-" for char in recheck_id)
        headers = {"Cache-Control": "private, no-store", "Content-Disposition": f'attachment; filename="record-{name}.pdf"'}
        return Response(data, media_type="application/pdf", headers=headers)
