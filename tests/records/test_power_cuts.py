"""The power fails at every operation of a shift and of recoveries: nothing acknowledged is lost; planted mistakes are found."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from controller.records import evidence as evidence_module
from controller.records import journal as journal_module
from controller.records import journal_file
from controller.records.anchors import read_anchors
from controller.records.rows import StoredRow
from controller.records.verify import verify
from tests.records.platter import Act, Op, Platter, Survivors, write_out
from tests.records.power_cuts import Campaign, moments, record
from tests.records.shift import CARTONS, Folders, Ledger, script

pytestmark = pytest.mark.kill

RECOVERIES_CUT = 160
WAL = "data/journal/journal.sqlite-wal"
ANCHORS = "data/anchor/anchors.jsonl"


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    pages = journal_module.WAL_PAGES_BEFORE_CHECKPOINT
    yield
    journal_module.WAL_PAGES_BEFORE_CHECKPOINT = pages


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return Ledger(script())


def test_a_cut_at_every_operation_of_a_shift_and_of_recoveries_loses_nothing(ledger: Ledger) -> None:
    log = record(ledger)
    report = Campaign(ledger, log, again_every=RECOVERIES_CUT).run()
    assert report.broken == []
    assert report.cuts == report.operations + 1 > 1500
    assert report.cuts_in_recovery > 200
    assert len(ledger.entries) > 15 * CARTONS
    # The script reaches what it is there for: a recycled log, a deleted log, new names, all remainders.
    assert {op.act for op in log} == set(Act)
    assert min(report.by_survivors[survivors.value] for survivors in Survivors) > 200
    assert report.rows_kept_unacknowledged > 100


def no_sync(directory: Path) -> None:
    """A directory whose new names nobody syncs."""


def weak_settings() -> tuple[tuple[str, str, object], ...]:
    return tuple(
        ("synchronous", "NORMAL", 1) if setting[0] == "synchronous" else setting for setting in journal_file.WRITER_SETTINGS
    )


def plant_no_full_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_file, "WRITER_SETTINGS", weak_settings())


def plant_unsynced_evidence_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_module, "sync_directory", no_sync)


def plant_unsynced_journal_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("tests.records.shift", "controller.records.evidence"):
        monkeypatch.setattr(f"{place}.make_directory", lambda path: path.mkdir(parents=True, exist_ok=True))


def plant_mark_before_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mark of a row is published before its transaction is on the disk."""
    real = journal_module.Journal._commit

    def early(self: journal_module.Journal, stored: Sequence[StoredRow]) -> None:
        self._anchors.append(stored[-1].seq, stored[-1].hash)
        real(self, stored)

    monkeypatch.setattr(journal_module.Journal, "_commit", early)


@pytest.mark.parametrize(
    ("plant", "word"),
    [
        (plant_no_full_sync, "gone"),
        (plant_unsynced_evidence_names, "gone"),
        (plant_unsynced_journal_name, "gone"),
        (plant_mark_before_row, "anchored"),
    ],
)
def test_a_planted_mistake_is_found(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None], word: str
) -> None:
    """The proof that the test above can fail: each mistake is in the shift itself, and is told for what it is."""
    plant(monkeypatch)
    report = Campaign(ledger, record(ledger), again_every=0).run(lambda number: number % 23 == 5)
    assert any(word in line for line in report.broken), report


def test_a_log_read_back_from_memory_alone_is_found(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between write and sync, started again, and then the power fails: what `settle_log` is there for."""
    monkeypatch.setattr(journal_module, "settle_log", lambda path, vfs: None)
    log = record(ledger)
    before_sync = [n for n, (_, op, _, _) in enumerate(moments(log, Platter())) if op and (op.act, op.path) == (Act.SYNC, WAL)]
    report = Campaign(ledger, log, again_every=1).run(lambda number: number in before_sync[40:46])
    assert report.by_survivors["killed"]
    assert any("anchored" in line or "acknowledged" in line for line in report.broken), report


def test_a_disk_that_only_says_it_synced_is_found_out_by_the_anchors(ledger: Ledger, tmp_path: Path) -> None:
    """Nothing can save rows from such a disk; but a loss of anchored rows never passes for a whole journal."""
    log = record(ledger)
    assert len(Campaign(ledger, log, again_every=0, lying=True).run(lambda number: number % 23 == 5).broken) > 40
    honest = Platter()
    found = 0
    for number, (_, op, liar, _) in enumerate(moments(log, Platter(lying=True))):
        folders = Folders(tmp_path / str(number) / "data")
        if number > 600 and number % 23 == 5:
            # The marks are on another disk, which does not lie; the journal's disk keeps some of what it was given.
            kept, marks = liar.left(Survivors.WRITES, random.Random(number)), honest.left(Survivors.NOTHING, random.Random(0))
            (tmp_path / str(number)).mkdir()
            image = {path: None if content is None else kept.get(path, b"") for path, content in marks.items()}
            write_out(image | {ANCHORS: marks[ANCHORS]}, tmp_path / str(number))
            anchored = max(anchor.seq for anchor in read_anchors(folders.anchors).anchors)
            report = verify(folders.journal, folders.anchors)
            assert not report.ok or report.rows >= anchored
            found += not report.ok
        if op is not None:
            honest.do(op)
    assert found > 20


def left(*log: Op, survivors: Survivors = Survivors.NOTHING) -> dict[str, bytes | None]:
    return [platter.left(survivors, random.Random(1)) for _, _, platter, _ in moments(log, Platter())][-1]


def test_bytes_need_the_sync_of_their_file_and_names_that_of_their_directory(tmp_path: Path) -> None:
    create, write = Op(Act.CREATE, "d/a"), Op(Act.WRITE, "d/a", 2, b"xy")
    start = (Op(Act.MAKE_DIRECTORY, "d"), create, write)
    names, data = (Op(Act.SYNC_DIRECTORY, "."), Op(Act.SYNC_DIRECTORY, "d")), Op(Act.SYNC, "d/a")
    assert left(*start) == {}
    assert left(*start, data) == {}
    assert left(*start, data, names[1]) == {}
    assert left(*start, *names) == {"d": None, "d/a": b""}
    assert left(*start, *names, data) == {"d": None, "d/a": b"\0\0xy"}
    assert left(*start, survivors=Survivors.EVERYTHING) == {"d": None, "d/a": b"\0\0xy"}
    renamed = (*start, *names, data, Op(Act.RENAME, "d/a", target="d/b"))
    assert left(*renamed) == {"d": None, "d/a": b"\0\0xy"}
    assert left(*renamed, names[1]) == {"d": None, "d/b": b"\0\0xy"}
    assert left(*renamed, Op(Act.DELETE, "d/b"), names[1]) == {"d": None}
    write_out(left(*renamed, names[1]), tmp_path)
    assert (tmp_path / "d" / "b").read_bytes() == b"\0\0xy"


def test_unsynced_writes_are_torn_at_the_sectors_of_the_disk() -> None:
    start = (Op(Act.CREATE, "a"), Op(Act.SYNC_DIRECTORY, "."), Op(Act.WRITE, "a", 0, bytes(4096)), Op(Act.SYNC, "a"))
    seen = set()
    for seed in range(200):
        platter = Platter()
        for op in (*start, Op(Act.WRITE, "a", 500, b"\1" * 1000)):
            platter.do(op)
        content = platter.left(Survivors.SECTORS, random.Random(seed))["a"]
        assert content is not None
        seen.add(tuple(content[start:end] == b"\1" * (end - start) for start, end in ((500, 512), (512, 1024), (1024, 1500))))
        assert content[:500] + content[1500:] == bytes(500 + 4096 - 1500)
    assert len(seen) == 8
