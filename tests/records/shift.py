"""A scripted shift for crash tests: some hundred rows of a real line through the real journal, checkpoints, anchors, evidence.

`work` does it below any folder, once, always the same; `Ledger` is what must be found of it afterwards. The shift begins in
an empty folder as the daemon does, is interrupted by a killed process (everything is let go, nothing finished) and by a
clean stop, and recovers after both.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from controller.daemon.recovery import recover
from controller.domain.reasons import Role
from controller.line.apply import apply
from controller.line.commands import Outcome, encode_outcome
from controller.line.event_base import EvidenceNamed
from controller.line.events import AnyEvent, DaemonStarted, Stamped, encode_event
from controller.line.state import LineState, decode_state, encode_state
from controller.records import journal as journal_module
from controller.records.evidence import EvidenceRef, EvidenceStore
from controller.records.journal import Journal
from controller.records.ownership import make_directory
from controller.records.rows import GENESIS, NewRow, chain
from controller.records.writer import JournalWriter
from tests.line.line_story import Story, s10

CARTONS = 20
CHECKPOINT_EVERY_ROWS = 36
ANCHOR_EVERY_ROWS = 16
WAL_PAGES = 40
SEED = 7
MEDIA_TYPE = "application/octet-stream"


class Folders:
    """Where a shift keeps its files, laid out as the daemon lays them out."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.journal = home / "journal" / "journal.sqlite"
        self.anchors = home / "anchor" / "anchors.jsonl"
        self.evidence = home / "evidence"

    def make(self) -> None:
        for folder in (self.journal.parent, self.anchors.parent, self.evidence):
            make_directory(folder)

    def open(self, vfs: str | None = None) -> Journal:
        return Journal.open(self.journal, vfs, anchors_dir=self.anchors.parent, anchor_every_rows=ANCHOR_EVERY_ROWS)


class Entry(msgspec.Struct, frozen=True):
    """A row, the evidence that must be there before it, and the state after it."""

    row: NewRow
    evidence: tuple[bytes, ...]
    state: bytes


class Told(Story):
    """A story whose every paper is in evidence first."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        super().__init__()

    def feed(self, event: AnyEvent, role: Role = Role.LINE, actor: str = "test") -> Outcome:
        files: tuple[bytes, ...] = ()
        named = getattr(event, "evidence", None)
        if isinstance(named, EvidenceNamed):
            data = f"paper {len(self.entries)} ".encode() * (40 + 97 * (len(self.entries) % 5))
            files = (data,)
            event = msgspec.structs.replace(event, evidence=EvidenceNamed(reference(data).sha256, len(data), "paper"))
        outcome = super().feed(event, role, actor)
        self.entries.append(Entry(new_row(self.stamped[-1], outcome), files, encode_state(self.state)))
        return outcome


def reference(data: bytes) -> EvidenceRef:
    return EvidenceRef(hashlib.sha256(data).hexdigest(), len(data), MEDIA_TYPE)


def new_row(stamped: Stamped, outcome: Outcome) -> NewRow:
    kind = type(stamped.event).__name__
    return NewRow(stamped.line_ms, stamped.utc, kind, encode_event(stamped), encode_outcome(outcome), outcome.touched)


def script(cartons: int = CARTONS) -> tuple[Entry, ...]:
    """Papers and cartons: most released, some held, some not known, one unread."""
    told = Told()
    numbers = [s10(30000000 + n) for n in range(cartons)]
    told.ready(*numbers)
    for track, number in enumerate(numbers, start=1):
        told.pass_to_decision(track, "" if track == 5 else s10(39999999) if track == 8 else number, 2600 if track == 3 else 2000)
        told.answer()
        told.wait(2000)
        told.divert(track, told.last(track).lane_code)
    return tuple(told.entries)


class Ledger:
    """What must be there: hashes, states and evidence of every row that may be in the journal."""

    def __init__(self, entries: tuple[Entry, ...], hashes: list[bytes] | None = None) -> None:
        self.entries = entries
        self.hashes = hashes or [GENESIS]
        for seq in range(len(self.hashes), len(entries) + 1):
            self.hashes.append(chain(entries[seq - 1].row, seq, self.hashes[-1]).hash)

    def state_after(self, seq: int) -> bytes:
        return self.entries[seq - 1].state if seq else encode_state(LineState())

    def evidence_until(self, seq: int) -> list[EvidenceRef]:
        return [reference(data) for entry in self.entries[:seq] for data in entry.evidence]

    def going_on_from(self, seq: int) -> Ledger:
        """The ledger of a shift that stopped behind row `seq` and was started again."""
        state = decode_state(self.state_after(seq))
        line_ms = self.entries[seq - 1].row.line_ms if seq else 0
        stamped = Stamped(line_ms + 1, "2026-11-24T00:00:00Z", False, "daemon", Role.LINE, DaemonStarted("again", "0"))
        row = new_row(stamped, apply(state, stamped))
        # The paper that was being taken when the power went is taken again.
        paper = next((entry.evidence for entry in self.entries[seq:] if entry.evidence), (b"a new paper",))
        return Ledger((*self.entries[:seq], Entry(row, paper, encode_state(state))), self.hashes[: seq + 1])


def settings() -> None:
    """The log is recycled within the short shift, so that those writes are cut, too."""
    journal_module.WAL_PAGES_BEFORE_CHECKPOINT = WAL_PAGES


class Worker:
    """One process of the shift: opens, recovers, writes, and tells what is safe."""

    def __init__(self, folders: Folders, ledger: Ledger, said: Callable[[int], None], vfs: str | None) -> None:
        self.folders = folders
        self.ledger = ledger
        self.said = said
        folders.make()
        self.evidence = EvidenceStore(folders.evidence)
        self.journal = folders.open(vfs)
        self.evidence.remove_unfinished()
        self.recovered = recover(self.journal)
        # From here on commands may rest on these rows, and marks of them are public.
        said(self.journal.last_seq)

    async def work(self, until: int, rng: random.Random) -> None:
        with ThreadPoolExecutor(1) as executor:
            writer = JournalWriter(self.journal, executor)
            done = self.journal.last_seq
            checkpoint = done - done % CHECKPOINT_EVERY_ROWS + CHECKPOINT_EVERY_ROWS
            while done < until:
                batches = [rng.choice((1, 1, 1, 2, 4)) for _ in range(rng.choice((1, 1, 1, 2)))]
                waiting = []
                for size in batches:
                    entries = self.ledger.entries[done : min(done + size, until)]
                    for entry in entries:
                        for data in entry.evidence:
                            self.evidence.put(data, MEDIA_TYPE)
                    if entries:
                        waiting.append(writer.append([entry.row for entry in entries]))
                    done += len(entries)
                for last in await asyncio.gather(*waiting):
                    self.said(last)
                if done >= checkpoint:
                    checkpoint += CHECKPOINT_EVERY_ROWS
                    await writer.save_checkpoint(done, self.ledger.state_after(done))


def work(home: Path, ledger: Ledger, said: Callable[[int], None], vfs: str | None = None) -> None:
    """The whole shift, in three processes' lives."""
    settings()
    folders = Folders(home)
    rng = random.Random(SEED)
    total = len(ledger.entries)
    for until, killed in ((total // 3, True), (2 * total // 3, False), (total, False)):
        worker = Worker(folders, ledger, said, vfs)
        asyncio.run(worker.work(until, rng))
        if killed:
            worker.journal.abandon()
        else:
            worker.journal.close()
