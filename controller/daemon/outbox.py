"""Outboxes: what other organisations must be told, taken from the journal in order, sent again until it is answered.

One rule: the journal row is the outbox. A message is sent only after its row is durable, under the key (line, row, place in the
row), which it keeps for ever; the cursor moves only after the answer is in the journal. A receiver that drops repeated
keys has exactly the journal's list (invariant I7).
"""

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from pathlib import Path

import msgspec

from controller.daemon.core_loop import CoreLoop
from controller.line.commands import Message, Outcome, decode_outcome
from controller.line.events import DeviceDown, DeviceUp, Stamped
from controller.line.gate_events import MessageAnswered
from controller.records.errors import RecordsError
from controller.records.journal_file import Reader, open_reader
from controller.records.ownership import sync_directory
from controller.records.rows import JournalRow

log = logging.getLogger("xiyong.outbox")

PAGE_ROWS = 500
RETRY_FIRST_S = 0.5
TEXT_KEPT = 500
HAS_MESSAGES = b'"messages":[{'


class Envelope(msgspec.Struct, frozen=True):
    """A message with its key. `utc` is when the row was written."""

    line: int
    seq: int
    index: int
    utc: str
    message: Message

    @property
    def key(self) -> str:
        return f"{self.line}-{self.seq}-{self.index}"


class Receipt(msgspec.Struct, frozen=True):
    """The receiver has it: `result` is accepted or refused."""

    result: str
    text: str = ""


class NotSentError(Exception):
    """The receiver did not answer: it is sent again."""

    def __init__(self, code: str, cause: str) -> None:
        super().__init__(f"{code}: {cause}")
        self.code, self.cause = code, cause


Send = Callable[[Envelope], Awaitable[Receipt]]


class Cursor(msgspec.Struct, frozen=True):
    """Everything up to this place is answered: row `seq` with this hash, and its messages before `index`."""

    seq: int = 0
    index: int = 0
    row_hash: str = ""


class Outbox:
    """Follows one journal for one receiver. `run` under supervision; it never ends by itself."""

    def __init__(
        self, to: str, line: int, journal: Path, cursor: Path, send: Send, core: CoreLoop, executor: Executor, *,
        retry_most_s: float,
    ) -> None:  # fmt: skip
        self._to, self._line, self._journal, self._cursor_path = to, line, journal, cursor
        self._send, self._core, self._executor = send, core, executor
        self._retry_most_s = retry_most_s
        self._wanted = asyncio.Event()
        self._wanted.set()  # what an earlier run left behind
        self._down = False
        core.on_outcome.append(self._look)

    def _look(self, seq: int, stamped: Stamped, outcome: Outcome) -> None:
        if any(message.to == self._to for message in outcome.messages):
            self._wanted.set()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        cursor = await loop.run_in_executor(self._executor, self._load)
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            while True:
                found, cursor = await loop.run_in_executor(self._executor, self._after, cursor)
                if not found:
                    break
                for envelope, behind in found:
                    await self._deliver(envelope)
                    cursor = behind
                    await loop.run_in_executor(self._executor, self._save, cursor)
            await loop.run_in_executor(self._executor, self._save, cursor)

    async def _deliver(self, envelope: Envelope) -> None:
        """Send until it is answered, then wait until the answer is durable."""
        retry_s = RETRY_FIRST_S
        while True:
            try:
                receipt = await self._send(envelope)
                break
            except NotSentError as error:
                if not self._down:
                    log.warning("%s does not take message %s: %s", self._to, envelope.key, error)
                    self._core.post(DeviceDown(self._to, error.code, error.cause[:TEXT_KEPT]), actor=self._to)
                self._down = True
            await asyncio.sleep(retry_s)
            retry_s = min(retry_s * 2, self._retry_most_s)
        if self._down:
            self._down = False
            self._core.post(DeviceUp(self._to), actor=self._to)
        answered = MessageAnswered(
            self._to, envelope.seq, envelope.index, envelope.message.about, receipt.result, receipt.text[:TEXT_KEPT]
        )
        durable = asyncio.Event()
        self._core.post(answered, actor=self._to, on_durable=durable.set)
        await durable.wait()

    # --- in the executor ---

    def _after(self, cursor: Cursor) -> tuple[list[tuple[Envelope, Cursor]], Cursor]:
        """The next messages, each with the cursor behind it, and the place up to which there is nothing else."""
        reader = open_reader(self._journal)
        try:
            self._check_place(reader, cursor)
            begin = cursor.seq + (0 if cursor.index else 1)
            while rows := reader.page(max(begin, 1), PAGE_ROWS):
                found = [pair for row in rows for pair in self._messages(row, cursor)]
                last = rows[-1]
                if found:
                    return found, cursor
                cursor = Cursor(last.seq, 0, last.hash.hex())
                begin = last.seq + 1
        finally:
            reader.close()
        return [], cursor

    def _messages(self, row: JournalRow, cursor: Cursor) -> list[tuple[Envelope, Cursor]]:
        if HAS_MESSAGES not in row.outcome:
            return []
        messages = decode_outcome(row.outcome).messages
        done = cursor.index if row.seq == cursor.seq else 0
        pairs = []
        for index, message in enumerate(messages):
            if index >= done and message.to == self._to:
                behind = Cursor(row.seq, 0 if index + 1 == len(messages) else index + 1, row.hash.hex())
                pairs.append((Envelope(self._line, row.seq, index, row.utc, message), behind))
        return pairs

    def _check_place(self, reader: Reader, cursor: Cursor) -> None:
        if cursor.seq == 0:
            return
        row = reader.row(cursor.seq)
        if row is None or row.hash.hex() != cursor.row_hash:
            raise RecordsError(
                "outbox_of_another_journal", f"{self._cursor_path.name} stands on row {cursor.seq}, which this journal lacks",
                "run verify first: the journal may have been cut or replaced; then ask what the receiver already has",
            )  # fmt: skip

    def _load(self) -> Cursor:
        try:
            return msgspec.json.decode(self._cursor_path.read_bytes(), type=Cursor)
        except FileNotFoundError:
            return Cursor()
        except (OSError, msgspec.DecodeError) as error:
            raise RecordsError(
                "outbox_cursor_unreadable", f"{self._cursor_path}: {error}",
                "restore it from a backup; without it everything is sent again, which the receiver drops by its key",
            ) from error  # fmt: skip

    def _save(self, cursor: Cursor) -> None:
        """Whole or not at all, and on the disk when this returns."""
        self._cursor_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self._cursor_path.with_name(f".{self._cursor_path.name}.new")
        with fresh.open("wb") as file:
            file.write(msgspec.json.encode(cursor))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._cursor_path)
        sync_directory(self._cursor_path.parent)


def as_json(envelope: Envelope) -> bytes:
    """The neutral form of a message: its key in parts, its kind, when it was written, and its body."""
    message = envelope.message
    return json.dumps(
        {"line": envelope.line, "seq": envelope.seq, "index": envelope.index, "utc": envelope.utc, "kind": message.kind,
         "about": message.about, "body": json.loads(message.body)},
        ensure_ascii=False,
    ).encode()  # fmt: skip
