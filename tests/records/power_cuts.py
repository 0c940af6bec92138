"""Cuts the power at every operation of a scripted shift, and again during the recovery: `python -m tests.records.power_cuts`.

The shift runs once and is written down; each cut builds the files that may be left of the log up to that operation and
starts on them as a daemon does. Found must be: every acknowledged row, no row that nobody wrote, a whole chain, sound SQLite
files, checkpoints and states equal to the first computation, and all evidence that a row names.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

import apsw
import msgspec

from controller.daemon.recovery import Recovered
from controller.line.state import encode_state
from controller.records.errors import RecordsError
from controller.records.evidence import EvidenceStore
from controller.records.journal import Journal
from controller.records.verify import verify
from tests.records.platter import Act, Op, Platter, Survivors, write_out
from tests.records.recording import VFS_NAME, Recorder
from tests.records.shift import Folders, Ledger, Worker, script, work

AGAIN_EVERY = 100
ORDER = tuple(Survivors)


class Broken(Exception):  # noqa: N818 (a result, not an error)
    """What a cut destroyed."""


FAILURES = (Broken, RecordsError, apsw.Error, OSError)


class Report(msgspec.Struct):
    operations: int = 0
    cuts: int = 0
    cuts_in_recovery: int = 0
    by_survivors: Counter[str] = msgspec.field(default_factory=Counter)
    by_operation: Counter[str] = msgspec.field(default_factory=Counter)
    rows_kept_unacknowledged: int = 0
    broken: list[str] = []
    cpu_s: float = 0.0

    def add(self, other: Report) -> None:
        self.cuts += other.cuts
        self.cuts_in_recovery += other.cuts_in_recovery
        self.by_survivors += other.by_survivors
        self.by_operation += other.by_operation
        self.rows_kept_unacknowledged += other.rows_kept_unacknowledged
        self.broken += other.broken
        self.cpu_s += other.cpu_s


def scratch() -> tempfile.TemporaryDirectory[str]:
    """In memory where there is such a place: what is durable here is the platter's business, not the machine's disk."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(prefix="cuts-", dir=memory if memory.is_dir() else None)


def record(ledger: Ledger, shift: Callable[..., None] = work) -> list[Op]:
    with scratch() as folder:
        recorder = Recorder(Path(folder))
        with recorder.listening():
            shift(Path(folder) / "data", ledger, recorder.said, VFS_NAME)
        return recorder.log


def moments(log: Sequence[Op], platter: Platter, acknowledged: int = 0) -> Iterator[tuple[int, Op | None, Platter, int]]:
    """Before each operation and after the last: the platter as it is then, and the last row somebody was told of."""
    for place, op in enumerate(log):
        if op.act is Act.SAID:
            acknowledged = max(acknowledged, op.number)
            continue
        yield place, op, platter, acknowledged
        platter.do(op)
    yield len(log), None, platter, acknowledged


def start_again(home: Path, ledger: Ledger, acknowledged: int, vfs: str | None, said: Callable[[int], None]) -> int:
    """What a daemon does on such files, up to one more row; raises `Broken`. The row on which it went on."""
    folders = Folders(home)
    worker = Worker(folders, ledger, said, vfs)
    try:
        seq = worker.journal.last_seq
        _check_journal(worker.journal, worker.recovered, ledger, acknowledged)
        _check_evidence(worker.evidence, ledger, seq)
        worker.ledger = ledger.going_on_from(seq)
        asyncio.run(worker.work(seq + 1, random.Random(0)))
        worker.journal.save_checkpoint(seq + 1, worker.ledger.state_after(seq + 1))
        worker.journal.close()
    finally:
        worker.journal.abandon()
    return seq


def _check_journal(journal: Journal, recovered: Recovered, ledger: Ledger, acknowledged: int) -> None:
    seq = journal.last_seq
    if seq < acknowledged:
        raise Broken(f"rows {seq + 1} to {acknowledged} were acknowledged and are gone")
    if seq >= len(ledger.hashes) or journal.last_hash != ledger.hashes[seq]:
        raise Broken(f"row {seq} is not the one that was written")
    checkpoint = journal.load_checkpoint()
    if checkpoint is not None and checkpoint.state != ledger.state_after(checkpoint.seq):
        raise Broken(f"the checkpoint of row {checkpoint.seq} is another state")
    if recovered.differs_at or recovered.seq != seq:
        raise Broken(f"the replay reached row {recovered.seq} of {seq} and differs at {recovered.differs_at}")
    if encode_state(recovered.state) != ledger.state_after(seq):
        raise Broken(f"the state after row {seq} is not the one before the cut")


def _check_evidence(store: EvidenceStore, ledger: Ledger, seq: int) -> None:
    for fault in store.check():
        raise Broken(f"evidence {fault.sha256}: {fault.cause}")
    for named in ledger.evidence_until(seq):
        if not store.path(named.sha256).exists():
            raise Broken(f"evidence {named.sha256}, named by a row up to {seq}, is gone")


def check_files(home: Path) -> None:
    """SQLite's own judgement and that of `verify`, once the new life is over."""
    connection = apsw.Connection(str(Folders(home).journal))
    try:
        said = [row[0] for row in connection.execute("PRAGMA integrity_check")]
    finally:
        connection.close(True)
    if said != ["ok"]:
        raise Broken(f"integrity_check: {said[:3]}")
    report = verify(Folders(home).journal, Folders(home).anchors)
    if not report.ok:
        raise Broken(f"verify after going on: {report.fault}: {report.cause}")


class Campaign:
    """Cuts at the moments it is given. `again_every`: at every n-th cut the recovery is cut at each of its operations, too."""

    def __init__(
        self, ledger: Ledger, log: Sequence[Op], *, rounds: int = 1, again_every: int = AGAIN_EVERY, seed: int = 0,
        lying: bool = False,
    ) -> None:  # fmt: skip
        self.ledger, self.log, self.lying = ledger, log, lying
        self.rounds, self.again_every, self.seed = rounds, again_every, seed
        self.report = Report(operations=sum(op.act is not Act.SAID for op in log))

    def run(
        self, mine: Callable[[int], bool] = lambda place: True, tell: Callable[[Report], None] = lambda report: None
    ) -> Report:
        began = time.process_time()
        for number, (place, op, platter, acknowledged) in enumerate(moments(self.log, Platter(self.lying))):
            if not mine(number):
                continue
            for turn in range(self.rounds):
                survivors = ORDER[(number + turn) % len(ORDER)]
                rng = random.Random(f"{self.seed}/{place}/{turn}")
                again = self.again_every > 0 and rng.randrange(self.again_every) == 0
                where = f"cut before operation {place} ({told(op)}), {survivors.value}, turn {turn}"
                self._cut(platter, survivors, rng, acknowledged, where, again)
                self.report.by_operation[op.act.value if op else "end"] += 1
            self.report.cpu_s = time.process_time() - began
            tell(self.report)
        return self.report

    def _cut(
        self, platter: Platter, survivors: Survivors, rng: random.Random, acknowledged: int, where: str, again: bool
    ) -> None:
        # Before a second cut, every other time the first was a mere kill: nothing is lost, but what was not synced is still
        # under way, and the next process knows nothing of it.
        killed = again and rng.random() < 0.5
        self.report.cuts += 1
        self.report.by_survivors["killed" if killed else survivors.value] += 1
        image = platter.left(Survivors.EVERYTHING if killed else survivors, rng)
        with scratch() as folder:
            recorder = Recorder(Path(folder))
            try:
                write_out(image, Path(folder))
                with recorder.listening() if again else contextlib.nullcontext():
                    seq = start_again(
                        Path(folder) / "data", self.ledger, acknowledged, VFS_NAME if again else None, recorder.said
                    )
                check_files(Path(folder) / "data")
                self.report.rows_kept_unacknowledged += seq - acknowledged
            except FAILURES as error:
                self.report.broken.append(f"{where}: {type(error).__name__}: {error}")
                return
        if again:
            below = platter.copy() if killed else Platter.holding(image)
            self._cut_recovery(below, recorder.log, seq, acknowledged, rng, where)

    def _cut_recovery(
        self, platter: Platter, log: Sequence[Op], seq: int, acknowledged: int, rng: random.Random, where: str
    ) -> None:
        ledger = self.ledger.going_on_from(seq)
        for place, op, now, told_of in moments(log, platter, acknowledged):
            survivors = rng.choice(ORDER)
            self.report.cuts_in_recovery += 1
            with scratch() as folder:
                try:
                    write_out(now.left(survivors, rng), Path(folder))
                    start_again(Path(folder) / "data", ledger, told_of, None, lambda _: None)
                    check_files(Path(folder) / "data")
                except FAILURES as error:
                    self.report.broken.append(
                        f"{where}, again before {place} of the recovery ({told(op)}), {survivors.value}: {error}"
                    )


def told(op: Op | None) -> str:
    return f"{op.act.value} {op.path}" if op else "end"


def _part(arguments: tuple[Ledger, list[Op], int, int, int, int]) -> Report:
    ledger, log, seed, again_every, job, jobs = arguments
    return Campaign(ledger, log, again_every=again_every, seed=seed).run(lambda number: number % jobs == job)


def campaign(cuts: int, *, jobs: int, again_every: int, seed: int, tell: Callable[[str], None]) -> Report:
    """Rounds over every operation until so many cuts are made; a round is not left half done."""
    ledger = Ledger(script())
    log = record(ledger)
    total = Report(operations=sum(op.act is not Act.SAID for op in log))
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        while total.cuts + total.cuts_in_recovery < cuts:
            parts = [(ledger, log, seed, again_every, job, jobs) for job in range(jobs)]
            for part in pool.imap_unordered(_part, parts):
                total.add(part)
            seed += 1
            tell(f"{total.cuts + total.cuts_in_recovery} of {cuts} cuts, {len(total.broken)} broken")
    return total


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="power_cuts", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", type=int, default=2000, help="at least so many (default 2000)")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default 1)")
    parser.add_argument("--seed", type=int, default=0, help="which remainders are drawn; rounds count up from it")
    parser.add_argument(
        "--again-every", type=int, default=AGAIN_EVERY, help="cut the recovery, too, after every n-th cut; 0 never"
    )
    asked = parser.parse_args(arguments)
    began = time.monotonic()
    report = campaign(
        asked.cuts, jobs=asked.jobs, again_every=asked.again_every, seed=asked.seed, tell=lambda text: _say(sys.stderr, text)
    )  # fmt: skip
    for line in report.broken:
        _say(sys.stdout, f"BROKEN {line}")
    what = ", ".join(f"{count} {name}" for name, count in sorted(report.by_survivors.items()))
    _say(
        sys.stdout,
        f"power cuts: {report.cuts} in the shift of {report.operations} operations ({what}),"
        f" {report.cuts_in_recovery} in recoveries, {len(report.broken)} broken,"
        f" {report.rows_kept_unacknowledged} rows kept that nobody was told of,"
        f" {report.cpu_s:.0f} s CPU, {time.monotonic() - began:.0f} s",
    )
    return 1 if report.broken else 0


def _say(where: TextIO, text: str) -> None:
    where.write(text + "\n")
    where.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
