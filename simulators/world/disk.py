"""The disk under a journal, as an APSW VFS over real files: what was not synced may be lost when the power goes.

One rule: bytes are durable only once a sync covered them. After a power cut each unsynced write is there, is not there, or
is there in some of its 512-byte sectors. A disk may also fail (once, or until mended), be full, and cut the power at a
chosen write. Source: reliability notes, disk model.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from pathlib import Path

import apsw

SECTOR = 512


VFS_NAME = "rehearsal-disk"


class CrashDisk:
    """One at a time: it is under APSW's default VFS until `close`."""

    def __init__(self, rng: random.Random) -> None:
        self.full = False
        self.fail_next = 0
        self.cut_at_operation = 0
        self.on_cut: Callable[[], None] = lambda: None
        self.operations = 0
        self.lost_writes = 0
        self._off = False
        self._rng = rng
        self._salt = random.Random(rng.getrandbits(64))
        self._durable: dict[str, bytearray] = {}
        self._pending: dict[str, list[tuple[int, bytes | None]]] = {}
        self._vfs = _the_vfs()
        self._vfs.disk = self
        apsw.set_default_vfs(VFS_NAME)

    @property
    def is_off(self) -> bool:
        """The power went at a write; nothing works until `power_cut` has told what is left."""
        return self._off

    def close(self) -> None:
        self.close_connections()
        self._vfs.disk = None
        apsw.set_default_vfs(self._vfs.below)

    def close_connections(self) -> None:
        """What a dead process had open: its kernel closes it, nothing is written."""
        for connection in apsw.connections():
            if connection.open_vfs == VFS_NAME:
                connection.set_wal_hook(None)
                with contextlib.suppress(apsw.Error):
                    connection.close(True)

    def power_cut(self) -> None:
        """Everything that was open is gone, and the files are what the platters hold."""
        self._off = True
        self.close_connections()
        for name in sorted(self._durable.keys() | self._pending.keys()):
            content = self._durable.setdefault(name, bytearray())
            for offset, data in self._pending.get(name, ()):
                self._survive(content, offset, data)
            Path(name).write_bytes(content)
            Path(f"{name}-shm").unlink(missing_ok=True)
        self._pending.clear()
        self._off = False
        self.cut_at_operation = 0

    def _survive(self, content: bytearray, offset: int, data: bytes | None) -> None:
        if data is None:
            if self._rng.random() < 0.5:
                _put(content, offset, None)
            return
        lost = False
        for start in range(0, len(data), SECTOR):
            if self._rng.random() < 0.5:
                _put(content, offset + start, data[start : start + SECTOR])
            else:
                lost = True
        self.lost_writes += lost

    def random_bytes(self, count: int) -> bytes:
        """SQLite's own salts and names come from the seed, too."""
        return self._salt.randbytes(count)

    # --- what the files tell ---

    def before(self, writes: bool) -> None:
        if self._off:
            raise apsw.IOError("the power is off")
        self.operations += 1
        if self.cut_at_operation and self.operations >= self.cut_at_operation:
            self._off = True
            self.on_cut()
            raise apsw.IOError("the power went")
        if self.fail_next > 0:
            self.fail_next -= 1
            raise apsw.IOError("the disk reports an error")
        if self.full and writes:
            raise apsw.FullError("the disk is full")

    def wrote(self, name: str, offset: int, data: bytes | None) -> None:
        self._pending.setdefault(name, []).append((offset, data))

    def synced(self, name: str) -> None:
        content = self._durable.setdefault(name, bytearray())
        for offset, data in self._pending.pop(name, ()):
            _put(content, offset, data)

    def deleted(self, name: str) -> None:
        self._durable.pop(name, None)
        self._pending.pop(name, None)


class _DiskFile(apsw.VFSFile):
    def __init__(self, disk: CrashDisk, below: str, name: apsw.URIFilename | str | None, flags: list[int]) -> None:
        super().__init__(below, name, flags)
        self._disk = disk
        text = name.filename() if isinstance(name, apsw.URIFilename) else name
        # Temporary files have no name and no part in what survives.
        self._name = text or ""

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 (SQLite's name)
        self._disk.before(True)
        super().xWrite(data, offset)
        if self._name:
            self._disk.wrote(self._name, offset, bytes(data))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._disk.before(True)
        super().xTruncate(newsize)
        if self._name:
            self._disk.wrote(self._name, newsize, None)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.before(False)
        if self._name:
            self._disk.synced(self._name)


class _DiskVFS(apsw.VFS):
    """Registered once and never taken away: SQLite may still hold files of it when a seed is long over."""

    def __init__(self) -> None:
        self.below = apsw.vfs_names()[0]
        self.disk: CrashDisk | None = None
        super().__init__(VFS_NAME, self.below)

    def xOpen(self, name: apsw.URIFilename | str | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        if self.disk is None:
            raise apsw.CantOpenError("no disk is under the rehearsal's file system")
        return _DiskFile(self.disk, self.below, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        if self.disk is not None:
            self.disk.before(True)
        super().xDelete(filename, syncdir)
        if self.disk is not None:
            self.disk.deleted(filename)

    def xRandomness(self, numbytes: int) -> bytes:  # noqa: N802
        return self.disk.random_bytes(numbytes) if self.disk is not None else super().xRandomness(numbytes)


_registered: list[_DiskVFS] = []


def _the_vfs() -> _DiskVFS:
    if not _registered:
        _registered.append(_DiskVFS())
    return _registered[0]


def _put(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del content[offset:]
        return
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data
