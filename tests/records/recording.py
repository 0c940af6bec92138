"""Writes down what a program does to the files below one folder, and passes everything on to the real ones.

Two ears: an APSW VFS for SQLite, and the functions of `os` for all other files. What they hear must be what the kernel
is asked for: `tests/wire/test_power_recording.py` compares both with strace.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import apsw

from tests.records.platter import Act, Op

VFS_NAME = "recorded"
_SYNCS_ITS_DIRECTORY = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL


class Recorder:
    """`log` is what was done, in order. One at a time may listen."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.log: list[Op] = []

    def said(self, number: int) -> None:
        """Somebody was told that this row is safe."""
        self.log.append(Op(Act.SAID, "", number))

    def name(self, path: object) -> str | None:
        """The path below the recorded folder ("." for itself), or None for what lies elsewhere."""
        try:
            return Path(os.path.abspath(str(path))).relative_to(self.root).as_posix()
        except ValueError:
            return None

    def note(self, act: Act, path: str | None, number: int = 0, data: bytes = b"", target: str = "") -> None:
        if path is not None:
            self.log.append(Op(act, path, number, data, target))

    @contextmanager
    def listening(self) -> Iterator[Recorder]:
        vfs = _RecordingVFS(self)
        with _Functions(self):
            try:
                yield self
            finally:
                vfs.unregister()


class _RecordingFile(apsw.VFSFile):
    """SQLite syncs the directory of a log with the first sync after opening it; so this is written down behind that."""

    def __init__(self, recorder: Recorder, name: apsw.URIFilename | str | None, flags: list[int]) -> None:
        text = name.filename() if isinstance(name, apsw.URIFilename) else name or ""
        self._recorder = recorder
        self._path = recorder.name(text) if text else None
        is_new = bool(text) and not os.path.exists(text)
        super().__init__("", name, flags)
        self._sync_directory = bool(flags[0] & apsw.SQLITE_OPEN_CREATE and flags[0] & _SYNCS_ITS_DIRECTORY)
        if is_new:
            recorder.note(Act.CREATE, self._path)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 (SQLite's name)
        super().xWrite(data, offset)
        self._recorder.note(Act.WRITE, self._path, offset, bytes(data))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        super().xTruncate(newsize)
        self._recorder.note(Act.TRUNCATE, self._path, newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        super().xSync(flags)
        self._recorder.note(Act.SYNC, self._path)
        if self._sync_directory and self._path is not None:
            self._sync_directory = False
            self._recorder.note(Act.SYNC_DIRECTORY, Path(self._path).parent.as_posix())


class _RecordingVFS(apsw.VFS):
    def __init__(self, recorder: Recorder) -> None:
        super().__init__(VFS_NAME, "")
        self._recorder = recorder

    def xOpen(self, name: apsw.URIFilename | str | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return _RecordingFile(self._recorder, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        super().xDelete(filename, syncdir)
        path = self._recorder.name(filename)
        self._recorder.note(Act.DELETE, path)
        if syncdir and path is not None:
            self._recorder.note(Act.SYNC_DIRECTORY, Path(path).parent.as_posix())


class _Functions:
    """The functions of `os` that change files; each is called as before and then written down."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._paths: dict[int, str] = {}
        self._real: dict[str, Callable[..., Any]] = {}
        self._heard: dict[str, Callable[..., Any]] = {
            "open": self._os_open, "close": self._os_close, "write": self._os_write, "pwrite": self._os_pwrite,
            "ftruncate": self._os_ftruncate, "fsync": self._os_fsync, "rename": self._os_rename, "replace": self._os_rename,
            "unlink": self._os_unlink, "mkdir": self._os_mkdir,
        }  # fmt: skip

    def __enter__(self) -> None:
        self._real = {name: getattr(os, name) for name in self._heard}
        for name, heard in self._heard.items():
            setattr(os, name, heard)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        for name, real in self._real.items():
            setattr(os, name, real)

    def _os_open(self, path: Any, flags: int, mode: int = 0o777, **more: Any) -> int:
        is_new = not os.path.exists(path)
        fd: int = self._real["open"](path, flags, mode, **more)
        name = self._recorder.name(path)
        if name is not None:
            self._paths[fd] = name
            if is_new:
                self._recorder.note(Act.CREATE, name)
            elif flags & os.O_TRUNC:
                self._recorder.note(Act.TRUNCATE, name, 0)
        return fd

    def _os_close(self, fd: int) -> None:
        self._paths.pop(fd, None)
        self._real["close"](fd)

    def _os_write(self, fd: int, data: bytes) -> int:
        path = self._paths.get(fd)
        offset = os.lseek(fd, 0, os.SEEK_CUR) if path is not None else 0
        written: int = self._real["write"](fd, data)
        self._recorder.note(Act.WRITE, path, offset, bytes(data[:written]))
        return written

    def _os_pwrite(self, fd: int, data: bytes, offset: int) -> int:
        written: int = self._real["pwrite"](fd, data, offset)
        self._recorder.note(Act.WRITE, self._paths.get(fd), offset, bytes(data[:written]))
        return written

    def _os_ftruncate(self, fd: int, size: int) -> None:
        self._real["ftruncate"](fd, size)
        self._recorder.note(Act.TRUNCATE, self._paths.get(fd), size)

    def _os_fsync(self, fd: int) -> None:
        self._real["fsync"](fd)
        path = self._paths.get(fd)
        is_directory = path is not None and (self._recorder.root / path).is_dir()
        self._recorder.note(Act.SYNC_DIRECTORY if is_directory else Act.SYNC, path)

    def _os_rename(self, path: Any, target: Any, **more: Any) -> None:
        self._real["rename"](path, target, **more)
        self._recorder.note(Act.RENAME, self._recorder.name(path), target=self._recorder.name(target) or "")

    def _os_unlink(self, path: Any, **more: Any) -> None:
        self._real["unlink"](path, **more)
        self._recorder.note(Act.DELETE, self._recorder.name(path))

    def _os_mkdir(self, path: Any, mode: int = 0o777, **more: Any) -> None:
        self._real["mkdir"](path, mode, **more)
        self._recorder.note(Act.MAKE_DIRECTORY, self._recorder.name(path))
