"""Outboxes: what other organisations must be told, taken from the journal in order, sent again until it is answered.

One rule: the journal row is the outbox. A message is sent only after its row is durable, under the key (line, row, place in the
row), which it keeps for ever; the cursor moves only after the answer is in the journal. A receiver that drops repeated
keys has exactly the journal's list (invariant I7). A message that the receiver itself does not take is told by an alarm after
some tries and stays owed: it is sent again from time to time, and keeps back only what is about the same thing.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from pathlib import Path

import msgspec

from controller.daemon.core_loop import CoreLoop
from controller.daemon.owed import OWED_MOST, Owed, OwedFile
from controller.line.commands import Message, Outcome, decode_outcome
from controller.line.events import DeviceDown, DeviceUp, Stamped
from controller.line.gate_events import MessageAnswered
from controller.records.journal_file import open_reader
from controller.records.place import Place, PlaceFile
from controller.records.rows import JournalRow

log = logging.getLogger("xiyong.outbox")

PAGE_ROWS = 500
RETRY_FIRST_S = 0.5
TRIES = 6
OWED_AGAIN_S = 300.0
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
    """The receiver did not answer: it is sent again. `of_this`: it is there, and does not take this very message."""

    def __init__(self, code: str, cause: str, *, of_this: bool = False) -> None:
        super().__init__(f"{code}: {cause}")
        self.code, self.cause, self.of_this = code, cause, of_this


Send = Callable[[Envelope], Awaitable[Receipt]]


class Outbox:
    """Follows one journal for one receiver. `run` under supervision; it never ends by itself."""

    def __init__(
        self, to: str, line: int, journal: Path, cursor: Path, send: Send, core: CoreLoop, executor: Executor, *,
        retry_most_s: float,
    ) -> None:  # fmt: skip
        self._to, self._line, self._journal, self._place_file = to, line, journal, PlaceFile(cursor)
        self._owed_file = OwedFile(cursor.with_suffix(".owed.json"))
        self._owed: list[Owed] = []
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
        cursor = await loop.run_in_executor(self._executor, self._place_file.load)
        self._owed = await loop.run_in_executor(self._executor, self._owed_file.load)
        again_s = loop.time()
        while True:
            if self._owed and loop.time() >= again_s:
                await self._send_owed()
                again_s = loop.time() + OWED_AGAIN_S
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(OWED_AGAIN_S if self._owed else None):
                    await self._wanted.wait()
            self._wanted.clear()
            while True:
                found, cursor = await loop.run_in_executor(self._executor, self._after, cursor)
                if not found:
                    break
                for envelope, behind in found:
                    await self._deliver(envelope, behind.row_hash)
                    cursor = behind
                    await loop.run_in_executor(self._executor, self._place_file.save, cursor)
            await loop.run_in_executor(self._executor, self._place_file.save, cursor)

    async def _deliver(self, envelope: Envelope, row_hash: str) -> None:
        """Send until it is answered, then wait until the answer is durable; or set it aside, on the disk."""
        owed = Owed(Place(envelope.seq, row_hash, envelope.index), envelope.message.about)
        if owed not in self._owed and any(one.about == owed.about for one in self._owed) and len(self._owed) < OWED_MOST:
            log.warning("%s: message %s waits behind another about %s", self._to, envelope.key, owed.about)
            await self._keep_owed([*self._owed, owed])
            return
        retry_s, refusals = RETRY_FIRST_S, 0
        while True:
            try:
                receipt = await self._send(envelope)
                break
            except NotSentError as error:
                refusals += error.of_this
                if error.of_this and refusals >= TRIES and (owed in self._owed or len(self._owed) < OWED_MOST):
                    await self._set_aside(envelope, owed, error)
                    return
                if not self._down and (not error.of_this or refusals >= TRIES):
                    log.warning("%s does not take message %s: %s", self._to, envelope.key, error)
                    self._core.post(DeviceDown(self._to, error.code, error.cause[:TEXT_KEPT]), actor=self._to)
                    self._down = True
            await asyncio.sleep(retry_s)
            retry_s = min(retry_s * 2, self._retry_most_s)
        await self._answered(envelope, receipt)
        if owed in self._owed:
            await self._keep_owed([one for one in self._owed if one != owed])

    async def _set_aside(self, envelope: Envelope, owed: Owed, error: NotSentError) -> None:
        """People are told of it by an alarm; it is sent again from time to time, and the others go on."""
        if owed not in self._owed:
            await self._keep_owed([*self._owed, owed])
        await self._answered(envelope, Receipt("refused", f"{error.cause}; it stays owed and is sent again"))

    async def _keep_owed(self, owed: list[Owed]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._executor, self._owed_file.save, owed)
        self._owed = owed

    async def _send_owed(self) -> None:
        """Once each, the oldest about a thing first; when nobody is there, all of it later."""
        held: set[str] = set()
        for owed in tuple(self._owed):
            if owed.about in held:
                continue
            envelope = await asyncio.get_running_loop().run_in_executor(self._executor, self._envelope_of, owed)
            try:
                receipt = await self._send(envelope)
            except NotSentError as error:
                if not error.of_this:
                    return
                held.add(owed.about)
                continue
            await self._answered(envelope, receipt)
            await self._keep_owed([one for one in self._owed if one != owed])

    async def _answered(self, envelope: Envelope, receipt: Receipt) -> None:
        """Into the journal; the receiver is there. Returns when it is durable."""
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

    def _envelope_of(self, owed: Owed) -> Envelope:
        reader = open_reader(self._journal)
        try:
            self._place_file.check(reader, owed.place)
            row = reader.row(owed.place.seq)
        finally:
            reader.close()
        assert row is not None  # as `check` has seen
        return Envelope(self._line, row.seq, owed.place.index, row.utc, decode_outcome(row.outcome).messages[owed.place.index])

    def _after(self, cursor: Place) -> tuple[list[tuple[Envelope, Place]], Place]:
        """The next messages, each with the cursor behind it, and the place up to which there is nothing else."""
        reader = open_reader(self._journal)
        try:
            self._place_file.check(reader, cursor)
            begin = cursor.seq + (0 if cursor.index else 1)
            while rows := reader.page(max(begin, 1), PAGE_ROWS):
                found = [pair for row in rows for pair in self._messages(row, cursor)]
                last = rows[-1]
                if found:
                    return found, cursor
                cursor = Place(last.seq, last.hash.hex())
                begin = last.seq + 1
        finally:
            reader.close()
        return [], cursor

    def _messages(self, row: JournalRow, cursor: Place) -> list[tuple[Envelope, Place]]:
        if HAS_MESSAGES not in row.outcome:
            return []
        messages = decode_outcome(row.outcome).messages
        done = cursor.index if row.seq == cursor.seq else 0
        pairs = []
        for index, message in enumerate(messages):
            if index >= done and message.to == self._to:
                behind = Place(row.seq, row.hash.hex(), 0 if index + 1 == len(messages) else index + 1)
                pairs.append((Envelope(self._line, row.seq, index, row.utc, message), behind))
        return pairs


def as_json(envelope: Envelope) -> bytes:
    """The neutral form of a message: its key in parts, its kind, when it was written, and its body."""
    message = envelope.message
    return json.dumps(
        {"line": envelope.line, "seq": envelope.seq, "index": envelope.index, "utc": envelope.utc, "kind": message.kind,
         "about": message.about, "body": json.loads(message.body)},
        ensure_ascii=False,
    ).encode()  # fmt: skip
