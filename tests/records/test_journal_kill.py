"""kill -9 of a process that writes: every row whose append returned is there, and the chain is whole."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from controller.records.journal import Journal
from controller.records.journal_file import open_reader
from controller.records.verify import verify

pytestmark = pytest.mark.kill

CHILD = """
import random, sys
from controller.records import journal as module
from controller.records.journal import Journal
from controller.records.rows import NewRow

module.WAL_PAGES_BEFORE_CHECKPOINT = 30
rng = random.Random(int(sys.argv[2]))
journal = Journal.open(sys.argv[1], anchor_every_rows=5)
while True:
    line_ms = journal.last_line_ms + 1
    event = b'{"pad":"%s"}' % (b"x" * rng.randrange(8000))
    last = journal.append([NewRow(line_ms, "u", "k", event, b"{}", ("a",))] * rng.randint(1, 4))
    print(last, journal.last_hash.hex(), flush=True)
    if rng.random() < 0.1:
        journal.save_checkpoint(last, bytes(rng.randrange(20000)))
"""


def test_twenty_kills_lose_no_acknowledged_row(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    acknowledged: dict[int, str] = {}
    for seed in range(20):
        rng = random.Random(seed)
        command = [sys.executable, "-c", CHILD, str(path), str(seed)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            for _ in range(rng.randint(1, 120)):
                _note(acknowledged, child.stdout.readline())
            child.send_signal(signal.SIGKILL)
            for line in child.stdout:
                if line.endswith("\n"):
                    _note(acknowledged, line)
        reader = open_reader(path)  # works on what the dead process left
        assert reader.last_seq() >= max(acknowledged)
        reader.close()
        report = verify(path)
        assert report.ok, report
        assert report.rows >= max(acknowledged)
    journal = Journal.open(path)
    hashes = {row.seq: row.hash.hex() for row in journal.rows()}
    journal.close()
    assert acknowledged.items() <= hashes.items()
    assert len(acknowledged) > 500


def _note(acknowledged: dict[int, str], line: str) -> None:
    seq, digest = line.split()
    acknowledged[int(seq)] = digest
