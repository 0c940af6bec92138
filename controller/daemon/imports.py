"""Files from outside: manifests, receipts and load notices become events.

One rule: the file is in evidence before an event names it, and its parts count only after the closing event. A file
that can not be read changes nothing and is an alarm, because it may be the one that would have held a carton.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from controller.customs import ceb508, ceb603, ceb604, load_notice
from controller.customs.parsed import Parsed, Refusal
from controller.daemon.core_loop import Applied, CoreLoop
from controller.domain.reasons import Role
from controller.line.customs_events import ArrivalAnswered
from controller.line.event_base import EvidenceNamed
from controller.line.events import (
    ImportRefused,
    ManifestClosed,
    ManifestList,
    NoticeCartons,
    NoticeClosed,
    ReceiptArrived,
)
from controller.line.explain import company_text
from controller.records.errors import RowRefused
from controller.records.evidence import EvidenceStore

log = logging.getLogger("xiyong.imports")

MANIFEST, RECEIPTS, ANSWERS, LOAD_NOTICE = "manifest", "receipts", "arrival_answers", "load_notice"
# In this order: a list is there before the receipts of its own file.
READERS: dict[str, Callable[[bytes], Parsed[Any]]] = {
    MANIFEST: ceb603.parse, RECEIPTS: ceb604.parse, ANSWERS: ceb508.parse,
}  # fmt: skip
KIND_OF_MESSAGE = {ceb603.MESSAGE: MANIFEST, ceb604.MESSAGE: RECEIPTS, ceb508.MESSAGE: ANSWERS}
NO_MESSAGE = "no_message"
BLANK = b" \t\r\n\0\xef\xbb\xbf\xfe\xff"  # before the first sign of a file, with the marks of UTF-8 and UTF-16
SEE_TO_IT = "give it to whom it is for; the other parts of the file count"
FILE_LIMIT_BYTES = 20 * 1024 * 1024
POSTED_AT_ONCE = 100
T = TypeVar("T")


class Imported(msgspec.Struct, frozen=True):
    """What came of one file."""

    name: str
    kind: str
    taken: int
    refused: tuple[str, ...]
    warnings: tuple[str, ...]
    seq: int


class Importer:
    """Takes files one after another, in the order they are given."""

    def __init__(self, core: CoreLoop, evidence: EvidenceStore, executor: Executor) -> None:
        self._core = core
        self._evidence = evidence
        self._executor = executor
        self._one_at_a_time = asyncio.Lock()

    async def take(self, path: Path, actor: str, role: Role) -> Imported:
        """Import one file. Never raises for what is in it; an unreadable file is refused with a reason."""
        try:
            data = await self._run(lambda: read_file(path))
        except OSError as error:
            return await self.unreadable(path.name, "file_unreadable", f"{error.strerror or error}")
        return await self.take_bytes(path.name, data, actor, role)

    async def take_bytes(self, name: str, data: bytes, actor: str, role: Role) -> Imported:
        """Import what a file holds."""
        async with self._one_at_a_time:
            named = await self._keep(name, data)
            try:
                return await self._take(data, named, actor, role)
            except RowRefused as refused:
                return await self.unreadable(name, refused.code, refused.cause)

    async def unreadable(self, name: str, code: str, cause: str) -> Imported:
        """Nothing of it counts, and that is an alarm: it may be the file that would have held a carton."""
        event = ImportRefused(_as_text(name), code, cause[:1000], EvidenceNamed("", 0, _as_text(name)))
        applied = await self._core.submit(event, actor="import", role=Role.LINE)
        return Imported(_as_text(name), "unreadable", 0, (f"{code}: {cause}",), (), applied.seq)

    async def _take(self, data: bytes, named: EvidenceNamed, actor: str, role: Role) -> Imported:
        first = kind_of(data)
        if first == LOAD_NOTICE:
            return await self._take_notices(data, named, actor, role)
        read = {first: await self._run(lambda: READERS[first](data))}
        for kind in [KIND_OF_MESSAGE[name] for name in read[first].others if name in KIND_OF_MESSAGE]:
            read[kind] = await self._run(lambda kind=kind: READERS[kind](data))  # type: ignore[misc]
        if len(read) > 1 and any(one.code == NO_MESSAGE for one in read[first].refusals):
            del read[first]  # its beginning looked like another kind than it is
        refusals = _refused(read)
        applied = await self._refusals(refusals, named)
        batch = hashlib.sha256(data).hexdigest()[:16]
        said: list[Applied] = []
        for kind in sorted(read, key=tuple(READERS).index):
            said += await self._submit(kind, read[kind], batch, named, actor, role)
        warnings = dict.fromkeys(warning.cause for parsed in read.values() for warning in parsed.warnings)
        taken = sum(len(parsed.values) for parsed in read.values())
        return _imported(named, " and ".join(read), taken, refusals, [*warnings], said[-1] if said else applied, said)

    async def _submit(
        self, kind: str, parsed: Parsed[Any], batch: str, named: EvidenceNamed, actor: str, role: Role
    ) -> list[Applied]:
        """What was read of one kind becomes events."""
        if kind == MANIFEST:
            for index, declared in enumerate(parsed.values):
                await self._paced(ManifestList(batch, index, declared), index)
            closing = ManifestClosed(batch, len(parsed.values), len(parsed.refusals), named)
            return [await self._core.submit(closing, actor=actor, role=role)]
        event = ReceiptArrived if kind == RECEIPTS else ArrivalAnswered
        return [await self._core.submit(event(value, named), actor=actor, role=role) for value in parsed.values]

    async def _take_notices(self, data: bytes, named: EvidenceNamed, actor: str, role: Role) -> Imported:
        notices = await self._run(lambda: load_notice.parse(data))
        applied = await self._refusals(notices.refusals, named)
        batch = hashlib.sha256(data).hexdigest()[:16]
        told: list[Applied] = []
        for notice in notices.values:
            part_batch = f"{batch}:{notice.load_id}"
            parts = load_notice.parts(notice)
            for index, cartons in enumerate(parts):
                await self._paced(NoticeCartons(part_batch, index, cartons), index)
            closing_notice = NoticeClosed(
                part_batch, len(parts), len(notice.cartons), notice.load_id, notice.plate, notice.container_no,
                notice.seals, notice.appointment, named,
            )  # fmt: skip
            applied = await self._core.submit(closing_notice, actor=actor, role=role)
            told.append(applied)
        warnings = [w.cause for w in notices.warnings]
        return _imported(named, LOAD_NOTICE, len(notices.values), notices.refusals, warnings, applied, told)

    async def _paced(self, event: ManifestList | NoticeCartons, index: int) -> None:
        """Parts go in without waiting, but never more than POSTED_AT_ONCE ahead of the disk."""
        if index % POSTED_AT_ONCE == POSTED_AT_ONCE - 1:
            await self._core.submit(event, actor="import", role=Role.LINE)
        else:
            self._core.post(event, actor="import")

    async def _refusals(self, refusals: tuple[Refusal, ...], named: EvidenceNamed) -> Applied | None:
        applied = None
        for refusal in refusals:
            cause = company_text(refusal.cause)
            log.warning("import %s: %s (%s): %s; %s", named.name, refusal.code, refusal.where, cause, refusal.next_step)
            event = ImportRefused(named.name, refusal.code, f"{refusal.where}: {refusal.subject} {refusal.cause}"[:1000], named)
            applied = await self._core.submit(event, actor="import", role=Role.LINE)
        return applied

    async def _keep(self, name: str, data: bytes) -> EvidenceNamed:
        ref = await self._run(lambda: self._evidence.put(data, "application/octet-stream"))
        return EvidenceNamed(ref.sha256, len(data), _as_text(name))

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)


def kind_of(data: bytes) -> str:
    """What a file is, by its beginning: CEB604 receipts, CEB508 answers, CEB603 lists (or an envelope), else a load notice.

    Messages of other kinds in it are found when it is read. Its names are looked for in UTF-16, too: that has a zero beside
    each of their letters.
    """
    head = data.lstrip(BLANK)[:4096].replace(b"\0", b"")
    if b"<" not in head[:64]:
        return LOAD_NOTICE
    if b"CEB604" in head or b"InventoryReturn" in head:
        return RECEIPTS
    if b"CEB508" in head or b"ArrivalReturn" in head:
        return ANSWERS
    if b"DxpMsg" in head:
        return _kind_in_envelope(data)
    return MANIFEST


def _kind_in_envelope(data: bytes) -> str:
    """An envelope carries its message as base64: its `MsgType` says what that is."""
    data = data.replace(b"\0", b"")
    if b"CEB604" in data:
        return RECEIPTS
    return ANSWERS if b"CEB508" in data else MANIFEST


def _refused(read: dict[str, Parsed[Any]]) -> tuple[Refusal, ...]:
    """What was refused by any reader, once; and the messages in the file that the line has no reader for."""
    said = dict.fromkeys(refusal for parsed in read.values() for refusal in parsed.refusals)
    unread = dict.fromkeys(name for parsed in read.values() for name in parsed.others if name not in KIND_OF_MESSAGE)
    if not any(refusal.code == NO_MESSAGE for refusal in said):  # else the file as a whole is refused already
        said |= {Refusal("message_unread", f"{name} is nothing that the line reads", SEE_TO_IT): None for name in unread}
    return tuple(said)


def _as_text(name: str) -> str:
    """A file name as text: one that is not UTF-8 (a folder filled from another system) is shown with its bytes escaped."""
    return name.encode("utf-8", "backslashreplace").decode()[:200]


def read_file(path: Path) -> bytes:
    size = path.stat().st_size
    if size > FILE_LIMIT_BYTES:
        raise OSError(27, f"{size} bytes, at most {FILE_LIMIT_BYTES} are taken")
    return path.read_bytes()


def _imported(
    named: EvidenceNamed, kind: str, taken: int, refusals: tuple[Refusal, ...], warnings: list[str], applied: Applied | None,
    said: Sequence[Applied] = (),
) -> Imported:  # fmt: skip
    """`applied` is the last thing that came of the file; `said` all of which the core may have refused."""
    refused = [f"{r.code} ({r.where}): {r.cause}; {r.next_step}" for r in refusals]
    for one in said or ((applied,) if applied is not None else ()):
        refused += [f"{r.code}: {r.cause}; {r.next_step}" for r in one.outcome.refusals]
    seq = applied.seq if applied is not None else 0
    return Imported(named.name, kind, taken, tuple(refused), tuple(warnings), seq)
