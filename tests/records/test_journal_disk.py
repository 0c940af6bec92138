"""The journal on a failing disk: every write and every sync fails once, or it and all after it.

`FaultyDisk` lies below the real SQLite. What a power cut leaves is in `test_power_cuts.py`.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import apsw
import pytest

from controller.records import journal as journal_module
from controller.records.errors import JournalDead, JournalRefused
from controller.records.journal import Journal
from controller.records.rows import NewRow
from controller.records.verify import verify

SECTOR = 512


class Disk:
    """Counts every write, truncation and sync of the database files and lets a subclass interfere."""

    name = "disk"

    def __init__(self) -> None:
        self.operations = 0

    def before(self, operation: str) -> None:
        self.operations += 1


class DiskFile(apsw.VFSFile):
    def __init__(self, disk: Disk, name: apsw.URIFilename | str, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self.disk = disk

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 (SQLite's name)
        self.disk.before("write")
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self.disk.before("write")
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self.disk.before("sync")
        super().xSync(flags)


class DiskVFS(apsw.VFS):
    def __init__(self, disk: Disk) -> None:
        super().__init__(disk.name, "")
        self.disk = disk

    def xOpen(self, name: apsw.URIFilename | str | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        assert name is not None
        return DiskFile(self.disk, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        self.disk.before("write")
        super().xDelete(filename, syncdir)


class FaultyDisk(Disk):
    name = "faulty"

    def __init__(self, fail_at: int, error: type[apsw.Error], lasting: bool) -> None:
        super().__init__()
        self.fail_at, self.error, self.lasting = fail_at, error, lasting
        self.failed = False

    def before(self, operation: str) -> None:
        super().before(operation)
        if self.operations == self.fail_at or (self.failed and self.lasting):
            self.failed = True
            raise self.error("injected")


@pytest.fixture(autouse=True)
def small_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log is recycled within the short script, so that those writes are cut, too."""
    monkeypatch.setattr(journal_module, "WAL_PAGES_BEFORE_CHECKPOINT", 12)


def script(path: Path, disk: Disk) -> tuple[int, bool, JournalDead | None]:
    """Ten transactions and a checkpoint; how many rows were acknowledged, whether it opened, its death."""
    vfs = DiskVFS(disk)
    acknowledged = 0
    try:
        journal = Journal.open(path, disk.name, anchor_every_rows=3)
    except JournalRefused:
        vfs.unregister()
        return 0, False, None
    death: JournalDead | None = None
    try:
        for number in range(10):
            rows = [NewRow(number, "u", "k", b'"%s"' % (b"x" * 700), b"{}") for _ in range(1 + number % 3)]
            acknowledged = journal.append(rows)
            if number == 5:
                journal.save_checkpoint(acknowledged, b"state" * 300)
    except JournalDead as dead:
        death = dead
    if death is not None:
        with pytest.raises(JournalDead):  # fail-stop: the disk may work again, the journal does not
            journal.append([NewRow(99, "u", "k", b"1", b"1")])
    try:
        journal.close()
    except JournalDead as dead:
        death = dead
    vfs.unregister()
    return acknowledged, True, death


def operations_of_a_good_run(tmp_path: Path) -> int:
    (tmp_path / "good").mkdir()
    disk = Disk()
    acknowledged, opened, death = script(tmp_path / "good" / "journal.db", disk)
    assert (acknowledged, opened, death) == (19, True, None)
    return disk.operations


def prove(path: Path, acknowledged: int) -> int:
    report = verify(path)
    assert report.ok, report
    journal = Journal.open(path)
    assert journal.last_seq >= acknowledged
    assert [row.seq for row in journal.rows()] == list(range(1, journal.last_seq + 1))
    assert journal.append([NewRow(100, "u", "k", b"1", b"1")]) == journal.last_seq
    journal.close()
    return report.rows


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "for-ever"])
@pytest.mark.parametrize("error", [apsw.IOError, apsw.FullError], ids=["EIO", "ENOSPC"])
def test_any_failing_write_or_sync_stops_the_journal_and_loses_no_acknowledged_row(
    tmp_path: Path, error: type[apsw.Error], lasting: bool
) -> None:
    total = operations_of_a_good_run(tmp_path)
    silent = []
    for fail_at in range(1, total + 1):
        directory = tmp_path / str(fail_at)
        directory.mkdir()
        disk = FaultyDisk(fail_at, error, lasting)
        acknowledged, opened, death = script(directory / "journal.db", disk)
        assert disk.failed
        if opened and death is None:
            silent.append(fail_at)
        if opened:
            prove(directory / "journal.db", acknowledged)
        else:
            Journal.open(directory / "journal.db").close()  # nothing was promised; it can be made now
        shutil.rmtree(directory)
    # Only the very last act of closing, deleting the emptied log, may fail unseen: every row is in the file then.
    assert set(silent) <= {total}
