"""Somebody with plain SQLite tools, and the proof that verify sees what he did: `python -m tests.records.tampering --count N`.

Each attempt damages a copy of a whole journal in one way; found must be the damage, its kind and its place. What the chain
alone cannot show (a tail cut off or rewritten, an older copy put back or written on) must pass without the marks and be
found with them: so it is the marks that show it.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from controller.records.journal import Journal
from controller.records.rows import NewRow, StoredRow, chain
from controller.records.verify import Fault, verify

ANCHOR_EVERY_ROWS = 7
ROWS = 24
COLUMNS = ("line_ms", "utc", "kind", "event", "outcome", "touched", "prev_hash", "hash")


def new_row(number: int, note: str = "") -> NewRow:
    event = msgspec.json.encode({"n": number, "note": note})
    utc = f"2026-11-23T08:00:{number % 60:02d}Z"
    return NewRow(number * 10, utc, "Seen", event, b"{}", (f"carton:{number % 5}",))


def make(directory: Path, rows: int = ROWS) -> Path:
    journal = Journal.open(directory / "journal.db", anchor_every_rows=ANCHOR_EVERY_ROWS)
    for number in range(1, rows + 1):
        journal.append([new_row(number)])
    if rows > 1:
        journal.save_checkpoint(min(rows, ROWS) // 2, b"state")
    journal.close()
    return directory / "journal.db"


class Tamperer:
    """Somebody with plain SQLite tools."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = sqlite3.connect(path)

    def replace_by(self, content: bytes) -> None:
        self.database.close()
        self.path.write_bytes(content)
        self.database = sqlite3.connect(self.path)

    def done(self) -> None:
        self.database.commit()
        self.database.close()

    def get(self, seq: int) -> StoredRow:
        found = self.database.execute("SELECT * FROM journal WHERE seq = ?", (seq,)).fetchone()
        parts: list[Any] = [part.encode() if isinstance(part, str) else part for part in found]
        return StoredRow(*parts)

    def put(self, row: StoredRow) -> None:
        texts = [text.decode() for text in (row.utc, row.kind, row.event, row.outcome, row.touched)]
        values = (row.seq, row.line_ms, *texts, row.prev_hash, row.hash)
        self.database.execute("INSERT OR REPLACE INTO journal VALUES (?,?,?,?,?,?,?,?,?)", values)

    def delete(self, seq: int) -> None:
        self.database.execute("DELETE FROM journal WHERE seq = ?", (seq,))

    def cut(self, last_seq: int) -> None:
        self.database.execute("DELETE FROM journal WHERE seq > ?", (last_seq,))
        self.database.execute("DELETE FROM checkpoints WHERE seq > ?", (last_seq,))

    def shift(self, from_seq: int, by: int) -> None:
        self.database.execute("UPDATE journal SET seq = -seq WHERE seq >= ?", (from_seq,))
        self.database.execute("UPDATE journal SET seq = -seq + ? WHERE seq < 0", (by,))


def flip(tamper: Tamperer, rng: random.Random) -> tuple[int, set[Fault]]:
    seq, column = rng.randint(1, ROWS), rng.choice(COLUMNS)
    (value,) = tamper.database.execute(f"SELECT {column} FROM journal WHERE seq = ?", (seq,)).fetchone()
    changed: object
    if isinstance(value, int):
        changed = value ^ (1 << rng.randrange(40))
    elif isinstance(value, bytes):
        place = rng.randrange(len(value))
        changed = value[:place] + bytes([value[place] ^ (1 << rng.randrange(8))]) + value[place + 1 :]
    else:
        place = rng.randrange(len(value))
        changed = value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]
    tamper.database.execute(f"UPDATE journal SET {column} = ? WHERE seq = ?", (changed, seq))
    return seq, {Fault.CHANGED}


def delete(tamper: Tamperer, rng: random.Random) -> tuple[int, set[Fault]]:
    seq = rng.randint(1, ROWS - 1)
    tamper.delete(seq)
    if rng.random() < 0.5:
        tamper.shift(seq + 1, -1)
    return seq, {Fault.REMOVED}


def swap(tamper: Tamperer, rng: random.Random) -> tuple[int, set[Fault]]:
    first, second = sorted(rng.sample(range(1, ROWS + 1), 2))
    one, other = tamper.get(first), tamper.get(second)
    tamper.put(msgspec.structs.replace(one, seq=second))
    tamper.put(msgspec.structs.replace(other, seq=first))
    return first, {Fault.REORDERED}


def insert(tamper: Tamperer, rng: random.Random) -> tuple[int, set[Fault]]:
    place = rng.randint(1, ROWS)
    genuine = tamper.get(place)
    tamper.shift(place, 1)
    forged = chain(new_row(place, "forged"), place, genuine.prev_hash)
    if rng.random() < 0.5:
        forged = msgspec.structs.replace(forged, hash=rng.randbytes(32))
    tamper.put(forged)
    # An insert that also passes as another row is told by the anchor standing there.
    return place, {Fault.INSERTED, Fault.FORKED}


def truncate(tamper: Tamperer, rng: random.Random) -> tuple[int, set[Fault]]:
    last = rng.randint(0, ROWS - 1)
    tamper.cut(last)
    return last + 1, {Fault.TRUNCATED}


def rewrite_tail(tamper: Tamperer, rng: random.Random) -> tuple[int, set[Fault]]:
    first = rng.randint(1, ROWS)
    previous = tamper.get(first).prev_hash
    tamper.cut(first - 1)
    for seq in range(first, ROWS + rng.randint(0, 3) + 1):
        row = chain(new_row(seq, "rewritten"), seq, previous)
        tamper.put(row)
        previous = row.hash
    return first, {Fault.FORKED}


def put_back(tamper: Tamperer, rng: random.Random) -> tuple[int, set[Fault]]:
    """An older copy of the file: what a backup brings back."""
    last = rng.randint(1, ROWS - 1)
    tamper.replace_by(old_copy(last))
    return last + 1, {Fault.TRUNCATED}


def fork(tamper: Tamperer, rng: random.Random) -> tuple[int, set[Fault]]:
    """An older copy, written on with other rows until it looks current."""
    last = rng.randint(1, ROWS - 1)
    tamper.replace_by(old_copy(last))
    previous = tamper.get(last).hash
    until = rng.randint(last + 1, ROWS + 3)
    for seq in range(last + 1, until + 1):
        row = chain(new_row(seq, "forked"), seq, previous)
        tamper.put(row)
        previous = row.hash
    reaches_a_mark = any(last < mark <= until for mark in MARKS)
    return last + 1, {Fault.FORKED} if reaches_a_mark else {Fault.TRUNCATED}


Kind = Callable[[Tamperer, random.Random], tuple[int, set[Fault]]]
KINDS: tuple[Kind, ...] = (flip, delete, swap, insert, truncate, rewrite_tail, put_back, fork)
UNSEEN_BY_THE_CHAIN: tuple[Kind, ...] = (truncate, rewrite_tail, put_back, fork)
# Every 7 rows, the checkpoint in the middle, the clean end.
MARKS = (7, 12, 14, 21, 24)

_old_copies: dict[int, bytes] = {}


def old_copy(rows: int) -> bytes:
    """The journal's file as it was after so many rows (the rows are always the same)."""
    if rows not in _old_copies:
        with tempfile.TemporaryDirectory() as folder:
            _old_copies[rows] = make(Path(folder), rows).read_bytes()
    return _old_copies[rows]


class Attempt(msgspec.Struct, frozen=True):
    """One tampering; `wrong` is empty when it was found as what and where it is."""

    kind: str
    wrong: str


def attempt(whole: Path, directory: Path, seed: int) -> Attempt:
    """Damages a copy of the journal in `directory` and judges the judge."""
    rng = random.Random(seed)
    shutil.copytree(whole.parent, directory)
    path = directory / whole.name
    kind = rng.choice(KINDS)
    tamper = Tamperer(path)
    first, faults = kind(tamper, rng)
    tamper.done()
    report, chain_alone = verify(path), verify(path, anchors=[])
    shutil.rmtree(directory)
    wrong = ""
    if report.ok or report.fault not in faults or report.first_bad_seq is None:
        wrong = "not found, or as something else"
    elif report.fault is Fault.FORKED or kind is fork:
        # Between two marks nobody can say which row was the first: the earliest possible is named; and where no mark
        # stands among the rows written on, the first that is missing.
        latest = first if report.fault is Fault.FORKED else ROWS
        if not first - ANCHOR_EVERY_ROWS < report.first_bad_seq <= latest:
            wrong = "another place is named"
    elif report.first_bad_seq != first:
        wrong = "another place is named"
    if chain_alone.ok is not (kind in UNSEEN_BY_THE_CHAIN):
        wrong = f"the chain alone says ok={chain_alone.ok}"
    return Attempt(kind.__name__, wrong and f"seed {seed}: {kind.__name__} at {first}: {wrong}: {report}")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="tampering", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000, help="attempts (default 10000)")
    parser.add_argument("--seed", type=int, default=0, help="the first of them")
    asked = parser.parse_args(arguments)
    memory = Path("/dev/shm")
    kinds: Counter[str] = Counter()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="tamper-", dir=memory if memory.is_dir() else None) as folder:
        (Path(folder) / "whole").mkdir()
        whole = make(Path(folder) / "whole")
        for seed in range(asked.seed, asked.seed + asked.count):
            tried = attempt(whole, Path(folder) / "copy", seed)
            kinds[tried.kind] += 1
            wrong += [tried.wrong] if tried.wrong else []
            if (seed - asked.seed) % 1000 == 999:
                sys.stderr.write(f"{seed - asked.seed + 1} of {asked.count}, {len(wrong)} wrong\n")
    for line in wrong:
        sys.stdout.write(f"WRONG {line}\n")
    what = ", ".join(f"{count} {name}" for name, count in sorted(kinds.items()))
    sys.stdout.write(f"tampering: {asked.count} ({what}), {len(wrong)} not found or misnamed, {time.process_time():.0f} s CPU\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
