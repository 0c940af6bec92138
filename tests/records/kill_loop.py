"""kill -9 of a process that writes, again and again: `python -m tests.records.kill_loop --kills N`.

Each victim is a process of its own (forked, so that its start costs little) on real files: it opens and recovers the journal,
puts evidence before the row that names it, appends through the journal writer and its thread, saves checkpoints, and has a
follower build the records; what is safe it tells through a pipe. It is killed at a random moment, also while it starts.
Then: every row it told of is there with its hash, the chain and the marks agree, all named evidence is whole, and the
records hold exactly the journal's rows once a follower has caught up.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import select
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import sqlalchemy as sa

from controller.records import journal as journal_module
from controller.records.evidence import EvidenceRef, EvidenceStore
from controller.records.follower import Follower
from controller.records.journal_file import open_reader
from controller.records.rows import JournalRow, NewRow
from controller.records.tables import JOURNAL_INDEX, TOUCHED, open_records
from controller.records.verify import verify
from controller.records.writer import JournalWriter
from tests.records.shift import MEDIA_TYPE, Folders

KILLS_A_JOURNAL = 40
STARTED_WITHIN_S = 20
HASH_NOT_KNOWN_YET = "-"
# A disk that is fast hides the planted mistake from most kills.
DISK_TAKES_S = 0.003


class Report(msgspec.Struct):
    kills: int = 0
    in_start: int = 0
    rows: int = 0
    rows_told: int = 0
    checkpoints: int = 0
    evidence: int = 0
    followed: int = 0
    broken: list[str] = []

    def text(self) -> str:
        return (
            f"kill -9: {self.kills} ({self.in_start} before anything was told), {self.rows} rows in {self.rows_told} told"
            f" transactions, {self.checkpoints} checkpoints, {self.evidence} files of evidence,"
            f" {self.followed} rows followed by killed processes, {len(self.broken)} broken"
        )


# --- the victim ----------------------------------------------------------------------------------------------------


def victim(home: Path, seed: int, pipe: int, tells_early: bool) -> None:
    """Writes until it is killed."""
    journal_module.WAL_PAGES_BEFORE_CHECKPOINT = 30
    asyncio.run(_write(Folders(home), random.Random(seed), pipe, tells_early))


async def _write(folders: Folders, rng: random.Random, pipe: int, tells_early: bool) -> None:
    folders.make()
    evidence = EvidenceStore(folders.evidence)
    journal = folders.open()
    evidence.remove_unfinished()
    follower = Follower(
        "records", folders.journal, open_records(folders.home / "records.sqlite"), {}, batch_rows=rng.randint(1, 30)
    )
    loop = asyncio.get_running_loop()
    # The journal's thread and the follower's, as in the daemon.
    with ThreadPoolExecutor(1) as executor, ThreadPoolExecutor(1) as long_work:
        writer = JournalWriter(journal, executor)
        while True:
            following = loop.run_in_executor(long_work, follower.step)
            groups = [
                [_row(journal.last_line_ms, evidence, rng) for _ in range(rng.randint(1, 3))] for _ in range(rng.randint(1, 3))
            ]
            if tells_early:
                _tell(pipe, f"rows {journal.last_seq + sum(map(len, groups))} {HASH_NOT_KNOWN_YET}")
                await asyncio.sleep(DISK_TAKES_S)
            lasts = await asyncio.gather(*(writer.append(group) for group in groups))
            _tell(pipe, f"rows {max(lasts)} {journal.last_hash.hex()}")
            if rng.random() < 0.2:
                await writer.save_checkpoint(max(lasts), rng.randbytes(rng.randrange(20_000)))
                _tell(pipe, f"checkpoint {max(lasts)}")
            if taken := await following:
                _tell(pipe, f"followed {taken}")


def _row(line_ms: int, evidence: EvidenceStore, rng: random.Random) -> NewRow:
    named: dict[str, str | int] = {"pad": "x" * rng.randrange(3000)}
    if rng.random() < 0.3:
        reference = evidence.put(rng.randbytes(rng.randrange(1, 30_000)), MEDIA_TYPE)
        named |= {"sha256": reference.sha256, "size": reference.size}
    return NewRow(line_ms, "2026-11-23T08:00:00Z", "Seen", msgspec.json.encode(named), b"{}", (f"carton:{rng.randrange(9)}",))


def _tell(pipe: int, text: str) -> None:
    os.write(pipe, text.encode() + b"\n")


# --- the killer ----------------------------------------------------------------------------------------------------


class Loop:
    def __init__(self, folder: Path, seed: int, tells_early: bool = False) -> None:
        self.folder = folder
        self.tells_early = tells_early
        self.rng = random.Random(seed)
        self.report = Report()
        self._home = folder
        self._told: dict[int, str] = {}
        self._rows = self._judged = 0

    def run(self, kills: int) -> Report:
        for number in range(kills):
            if number % KILLS_A_JOURNAL == 0:
                if number:
                    shutil.rmtree(self._home)
                self._home, self._told, self._rows, self._judged = self.folder / str(number), {}, 0, 0
                self._home.mkdir()
            self._kill_one(number)
            if wrong := self._judge():
                self.report.broken.append(f"kill {number}: {wrong}")
        return self.report

    def _kill_one(self, number: int) -> None:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.close(reading)
                victim(self._home, self.rng.getrandbits(30) + number, writing, self.tells_early)
            finally:
                os._exit(1)
        os.close(writing)
        said = b""
        if self.rng.random() < 0.7:
            # After so many messages, to the microsecond at which the next one may be under way.
            wanted = self.rng.randint(1, 12)
            while said.count(b"\n") < wanted and select.select([reading], [], [], STARTED_WITHIN_S)[0]:
                said += os.read(reading, 65536) or b"\n" * wanted
        time.sleep(self.rng.random() * 0.02)
        os.kill(child, signal.SIGKILL)
        while more := os.read(reading, 65536):
            said += more
        os.close(reading)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            self.report.broken.append(f"kill {number}: the victim ended by itself, status {status}")
        self._note(said)

    def _note(self, said: bytes) -> None:
        self.report.kills += 1
        lines = [line for line in said.decode().split("\n")[:-1] if line]
        self.report.in_start += not lines
        for line in lines:
            what, number, *rest = line.split()
            if what == "rows":
                self._told[int(number)] = rest[0]
                self.report.rows_told += 1
            elif what == "checkpoint":
                self.report.checkpoints += 1
            else:
                self.report.followed += int(number)

    def _judge(self) -> str:
        folders = Folders(self._home)
        last_told = max(self._told, default=0)
        if not folders.journal.exists():
            return f"row {last_told} was told, and there is no journal" if last_told else ""
        found = verify(folders.journal, folders.anchors)
        if found.fault is not None and not (found.rows == 0 == last_told):
            return f"verify: {found.fault}: {found.cause}"
        if found.rows < last_told:
            return f"row {last_told} was told, the journal ends at row {found.rows}"
        if found.rows == 0:
            return ""
        reader = open_reader(folders.journal)
        try:
            rows = list(reader.rows())
        finally:
            reader.close()
        hashes = {row.seq: row.hash.hex() for row in rows}
        if any(told not in (HASH_NOT_KNOWN_YET, hashes[seq]) for seq, told in self._told.items()):
            return "a row that was told is there with another hash"
        self.report.rows += len(rows) - self._rows
        self._rows = len(rows)
        return self._judge_evidence(folders, rows) or self._judge_records(folders, rows)

    def _judge_evidence(self, folders: Folders, rows: Sequence[JournalRow]) -> str:
        store = EvidenceStore(folders.evidence)
        for fault in store.check():
            return f"evidence {fault.sha256}: {fault.cause}"
        self.report.evidence += sum(b'"sha256"' in row.event for row in rows[self._judged :])
        self._judged = len(rows)
        for row in rows:
            event = msgspec.json.decode(row.event)
            if "sha256" in event:
                store.read(EvidenceRef(event["sha256"], event["size"], MEDIA_TYPE))
        return ""

    def _judge_records(self, folders: Folders, rows: Sequence[JournalRow]) -> str:
        engine = open_records(folders.home / "records.sqlite")
        follower = Follower("records", folders.journal, engine, {})
        try:
            follower.catch_up()
            with engine.connect() as connection:
                index = list(
                    connection.execute(sa.select(JOURNAL_INDEX.c.seq, JOURNAL_INDEX.c.line_ms).order_by(JOURNAL_INDEX.c.seq))
                )
                touched = set(connection.execute(sa.select(TOUCHED.c.seq, TOUCHED.c.subject)))
                sound = connection.exec_driver_sql("PRAGMA quick_check").scalar()
        finally:
            follower.close()
            engine.dispose()
        if sound != "ok" or [tuple(row) for row in index] != [(row.seq, row.line_ms) for row in rows]:
            return f"the records are {sound} and hold {len(index)} of {len(rows)} rows"
        return "" if touched == {(row.seq, subject) for row in rows for subject in row.touched} else "the records touch others"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="kill_loop", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=5000, help="how many (default 5000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tells-early", action="store_true", help="a planted mistake: the victim tells before the disk has it")
    parser.add_argument("--json", action="store_true", help="the report as one JSON object")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        loop = Loop(Path(folder), asked.seed, asked.tells_early)
        report = loop.run(asked.kills)
    for line in report.broken:
        sys.stderr.write(f"BROKEN {line}\n")
    sys.stdout.write((msgspec.json.encode(report).decode() if asked.json else report.text()) + "\n")
    return 1 if report.broken else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
