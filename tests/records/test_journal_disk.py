"""The journal on a bad disk: every write and every sync fails once, and the power fails at each of them.

Two disks below the real SQLite. `FaultyDisk` fails the n-th write or sync (and, if told so, all after
it). `PowerCutDisk` passes everything on, remembers what was synced, and after the cut leaves of the
unsynced writes a random part, torn at 512 bytes.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from controller.records import journal as journal_module
from controller.records import journal_file
from controller.records.anchors import read_anchors
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

    def wrote(self, path: str, data: bytes, offset: int) -> None: ...

    def truncated(self, path: str, size: int) -> None: ...

    def synced(self, path: str) -> None: ...

    def deleted(self, path: str) -> None: ...


class DiskFile(apsw.VFSFile):
    def __init__(self, disk: Disk, name: apsw.URIFilename | str, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self.disk = disk
        self.path = name if isinstance(name, str) else name.filename()

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 (SQLite's name)
        self.disk.before("write")
        super().xWrite(data, offset)
        self.disk.wrote(self.path, bytes(data), offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self.disk.before("write")
        super().xTruncate(newsize)
        self.disk.truncated(self.path, newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self.disk.before("sync")
        super().xSync(flags)
        self.disk.synced(self.path)


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
        self.disk.deleted(filename)


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


class PowerCutDisk(Disk):
    """A file is its durable bytes and a list of writes that no sync has covered yet."""

    name = "power"

    def __init__(self, cut_at: int, rng: random.Random, lying: bool) -> None:
        super().__init__()
        self.cut_at, self.rng, self.lying = cut_at, rng, lying
        self.durable: dict[str, bytes] = {}
        self.pending: dict[str, list[tuple[int, bytes | None]]] = {}

    def before(self, operation: str) -> None:
        super().before(operation)
        if self.operations >= self.cut_at:
            raise apsw.IOError("power is off")

    def wrote(self, path: str, data: bytes, offset: int) -> None:
        self.pending.setdefault(path, []).append((offset, data))

    def truncated(self, path: str, size: int) -> None:
        self.pending.setdefault(path, []).append((size, None))

    def synced(self, path: str) -> None:
        if self.lying:
            return
        content = bytearray(self.durable.get(path, b""))
        for offset, data in self.pending.pop(path, []):
            _apply(content, offset, data)
        self.durable[path] = bytes(content)

    def deleted(self, path: str) -> None:
        self.durable.pop(path, None)
        self.pending.pop(path, None)

    def leave(self, directory: Path) -> None:
        """What is found when the power is back: synced bytes, and of the rest what happened to get there."""
        for path in sorted(self.durable.keys() | self.pending.keys()):
            content = bytearray(self.durable.get(path, b""))
            for offset, data in self.pending.get(path, []):
                if data is None:
                    if self.rng.random() < 0.5:
                        _apply(content, offset, None)
                    continue
                for start in range(0, len(data), SECTOR):
                    if self.rng.random() < 0.5:
                        _apply(content, offset + start, data[start : start + SECTOR])
            (directory / Path(path).name).write_bytes(content)


def _apply(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del content[offset:]
        return
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


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


def cuts(tmp_path: Path, lying: bool = False) -> Iterator[tuple[int, Path, bool]]:
    """The power fails at every operation of the script, with five different remainders each."""
    total = operations_of_a_good_run(tmp_path)
    for cut_at in range(1, total + 2):
        for seed in range(5):
            before, after = tmp_path / "before", tmp_path / "after"
            for directory in (before, after):
                directory.mkdir()
            disk = PowerCutDisk(cut_at, random.Random(cut_at * 1000 + seed), lying)
            acknowledged, _, _ = script(before / "journal.db", disk)
            disk.leave(after)
            if (before / "anchors.jsonl").exists():
                shutil.copy(before / "anchors.jsonl", after)
            if not (after / "journal.db").exists():
                (after / "journal.db").touch()
            yield acknowledged, after / "journal.db", cut_at > total
            for directory in (before, after):
                shutil.rmtree(directory)


def test_a_power_cut_at_any_write_loses_no_acknowledged_row(tmp_path: Path) -> None:
    count = 0
    for acknowledged, path, _ in cuts(tmp_path):
        if acknowledged == 0:
            Journal.open(path).close()
            continue
        prove(path, acknowledged)
        count += 1
    assert count > 100


def test_the_same_cuts_do_lose_rows_without_full_synchronisation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proof that the test above can fail: `synchronous=NORMAL` does not sync each commit."""
    weak = tuple(
        ("synchronous", "NORMAL", 1) if setting[0] == "synchronous" else setting for setting in journal_file.WRITER_SETTINGS
    )
    monkeypatch.setattr(journal_file, "WRITER_SETTINGS", weak)
    lost = seen = 0
    for acknowledged, path, _ in cuts(tmp_path):
        # The anchors tell of rows that are gone; without an anchor only this test knows.
        report = verify(path)
        seen += acknowledged > 0
        lost += not report.ok or report.rows < acknowledged
    assert lost > seen // 4


def test_a_disk_that_only_says_it_synced_is_found_out_by_the_anchors(tmp_path: Path) -> None:
    """Nothing can save rows from such a disk; but a loss of anchored rows never passes for a whole journal."""
    lost = 0
    for acknowledged, path, _ in cuts(tmp_path, lying=True):
        anchored = max((anchor.seq for anchor in read_anchors(path.with_name("anchors.jsonl")).anchors), default=0)
        report = verify(path)
        assert not report.ok or report.rows >= anchored
        lost += acknowledged > 0 and not report.ok
    assert lost > 50
