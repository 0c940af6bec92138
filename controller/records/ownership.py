"""One owner for one journal, and directory entries that survive a power cut.

Rule: whoever writes a journal holds an exclusive `flock` on `<journal>.lock` for as long as it lives. The
kernel gives the lock back when the process dies, so a stale file never blocks a start; the file is
therefore never deleted (deleting it would let two processes hold two different locks).
"""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

from controller.records.errors import JournalBusy

_PID_BYTES = 32
# What a directory says that this process could not have made anything in.
_NOT_OURS = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EINVAL)


class Ownership:
    """An exclusive lock; `take` refuses at once and names the other process."""

    def __init__(self, fd: int, path: Path) -> None:
        self._fd: int | None = fd
        self.path = path

    @classmethod
    def take(cls, journal: Path) -> Ownership:
        path = lock_path(journal)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = os.pread(fd, _PID_BYTES, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(fd)
            raise JournalBusy(
                "journal_busy",
                f"process {pid} owns {journal}",
                "stop that process first; two daemons must never write one journal",
            ) from error
        except BaseException:
            os.close(fd)
            raise
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        return cls(fd, path)

    def release(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def lock_path(journal: Path) -> Path:
    return journal.with_name(journal.name + ".lock")


def is_owned(journal: Path) -> bool:
    """Whether a living process owns the journal; asks without disturbing it."""
    try:
        fd = os.open(lock_path(journal), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def sync_directory(directory: Path) -> None:
    """A new or renamed file is only certain after its directory has been synced."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def make_directory(directory: Path) -> None:
    """Makes a directory and its parents (mode 0700), certain after a power cut when this returns.

    Every name up to the mount point is synced, also of directories that were there: a process that died
    may have made them a moment ago.
    """
    directory = directory.absolute()
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    while not directory.is_mount():
        try:
            sync_directory(directory.parent)
        except OSError as error:
            if error.errno not in _NOT_OURS:
                raise
            return
        directory = directory.parent
