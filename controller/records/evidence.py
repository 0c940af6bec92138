"""Evidence: files kept under the SHA-256 of their content.

Rule: `put` returns only when the bytes and the directory entry are on the disk, so that an event may name
them; `read` returns only bytes that still have the hash they are asked for by. The same content is stored
once.

Layout: <root>/ab/abcdef... (64 hex digits); a file being written has a name beginning with "." and is
never evidence.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from controller.records.errors import EvidenceError
from controller.records.ownership import make_directory, sync_directory

SIZE_LIMIT_BYTES = 32 * 1024 * 1024
_MEDIA_TYPE_LIMIT = 100


class EvidenceRef(msgspec.Struct, frozen=True):
    """What an event carries in place of the bytes."""

    sha256: str
    size: int
    media_type: str


class EvidenceFault(msgspec.Struct, frozen=True):
    sha256: str
    code: str
    cause: str


class EvidenceStore:
    def __init__(self, root: Path | str, *, size_limit_bytes: int = SIZE_LIMIT_BYTES) -> None:
        self.root = Path(root)
        self._limit = size_limit_bytes
        self._counter = itertools.count()
        self._certain: set[Path] = set()

    def put(self, data: bytes, media_type: str) -> EvidenceRef:
        if len(data) > self._limit:
            raise EvidenceError(
                "evidence_too_large",
                f"{len(data)} bytes, the limit is {self._limit}",
                "send a smaller file, or raise the limit in the configuration",
            )
        if not 0 < len(media_type) <= _MEDIA_TYPE_LIMIT or not media_type.isascii():
            raise EvidenceError("evidence_media_type", f"{media_type!r} is no media type", "name the format")
        reference = EvidenceRef(hashlib.sha256(data).hexdigest(), len(data), media_type)
        try:
            self._store(self.path(reference.sha256), data)
        except OSError as error:
            raise EvidenceError("evidence_not_stored", f"{type(error).__name__}: {error}", "look at the evidence disk") from error
        return reference

    def read(self, reference: EvidenceRef) -> bytes:
        data = self.read_by_hash(reference.sha256, reference.size)
        if len(data) != reference.size:
            raise EvidenceError("evidence_changed", f"{reference.sha256} has another size", "keep the file, and report it")
        return data

    def read_by_hash(self, sha256: str, size_most: int = SIZE_LIMIT_BYTES) -> bytes:
        """The content of this hash, whatever its size."""
        path = self.path(sha256)
        try:
            with path.open("rb") as file:
                data = file.read(size_most + 1)
        except FileNotFoundError as error:
            cause = f"{path.name} is not there"
            raise EvidenceError("evidence_missing", cause, "restore it from a backup") from error
        except OSError as error:
            cause = f"{path.name}: {error}"
            raise EvidenceError("evidence_unreadable", cause, "look at the evidence disk") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise EvidenceError(
                "evidence_changed",
                f"{path.name} no longer has the content it was stored with",
                "keep the file, restore it from a backup, and report it",
            )
        return data

    def path(self, sha256: str) -> Path:
        """Where the content lies; refuses anything that is no hash, so that no name leaves the store."""
        if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
            raise EvidenceError("evidence_bad_hash", f"{sha256[:80]!r} is no SHA-256", "check the reference")
        return self.root / sha256[:2] / sha256

    def check(self) -> Iterator[EvidenceFault]:
        """Reads everything and names what changed; meant for a daily walk."""
        for path in sorted(self.root.glob("[0-9a-f][0-9a-f]/*")):
            if path.name.startswith("."):
                continue
            try:
                found = _hash_of(path)
            except OSError as error:
                yield EvidenceFault(path.name, "evidence_unreadable", str(error))
                continue
            if found != path.name:
                yield EvidenceFault(path.name, "evidence_changed", f"the content has hash {found}")

    def remove_unfinished(self) -> int:
        """Deletes what a crash left half written. Only the owner of the journal may call it."""
        left = list(self.root.glob("[0-9a-f][0-9a-f]/.*"))
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def _store(self, path: Path, data: bytes) -> None:
        self._make_directories(path.parent)
        if _holds(path, data):
            # Another writer may have renamed it a moment ago without having synced it yet.
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(fd)
            finally:
                os.close(fd)
            sync_directory(path.parent)
            return
        unfinished = path.with_name(f".{path.name}.{os.getpid()}.{next(self._counter)}")
        try:
            _write_synced(unfinished, data)
            unfinished.rename(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        sync_directory(path.parent)

    def _make_directories(self, shard: Path) -> None:
        """Certain, not only there: a process that was killed may have made them without having synced their names."""
        if shard in self._certain and shard.is_dir():
            return
        if self.root not in self._certain:
            make_directory(self.root)
            self._certain.add(self.root)
        shard.mkdir(exist_ok=True)
        sync_directory(self.root)
        self._certain.add(shard)


def _write_synced(path: Path, data: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o440)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]
        os.fsync(fd)
    finally:
        os.close(fd)


def _holds(path: Path, data: bytes) -> bool:
    """Whether the file is there and right; a damaged one is written again."""
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except FileNotFoundError:
        return False


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
