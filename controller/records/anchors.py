"""Anchors: marks outside the journal that say which hash stood at which place.

Rule: an anchor is written only after its row is durable, and is never changed. The chain alone cannot
show that its tail was cut off, rewritten with fresh hashes, or replaced by an older copy; a mark kept
elsewhere can. The further away the marks are (other directory, other disk, other organisation), the more
they prove.

One JSON object a line: seq, hash (hex), state_hash (hex, when the mark stands for a saved checkpoint),
check (first 16 hex digits of the SHA-256 of the other values), so that a damaged mark is told from a
damaged journal.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec

from controller.records.errors import JournalRefused
from controller.records.ownership import sync_directory

ANCHORS_NAME = "anchors.jsonl"


class Anchor(msgspec.Struct, frozen=True, omit_defaults=True):
    seq: int
    hash: str
    state_hash: str = ""
    check: str = ""

    def sealed(self) -> Anchor:
        return msgspec.structs.replace(self, check=self._sum())

    def is_whole(self) -> bool:
        return self.check == self._sum()

    def _sum(self) -> str:
        return hashlib.sha256(f"{self.seq}|{self.hash}|{self.state_hash}".encode()).hexdigest()[:16]


class AnchorReading(msgspec.Struct, frozen=True):
    """What a file of anchors holds; `damaged_line` is the first unreadable one, a torn last line aside."""

    anchors: tuple[Anchor, ...] = ()
    torn: bool = False
    damaged_line: int | None = None
    whole_bytes: int = 0


def read_anchors(path: Path) -> AnchorReading:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return AnchorReading()
    lines = data.split(b"\n")
    torn = lines.pop() != b""
    anchors: list[Anchor] = []
    whole_bytes = 0
    for number, line in enumerate(lines, start=1):
        anchor = _parse(line)
        if anchor is None:
            # A power cut may leave rubbish in the last line, of which nobody was told.
            if number == len(lines) and not torn:
                return AnchorReading(tuple(anchors), True, None, whole_bytes)
            return AnchorReading(tuple(anchors), torn, number, whole_bytes)
        anchors.append(anchor)
        whole_bytes += len(line) + 1
    return AnchorReading(tuple(anchors), torn, None, whole_bytes)


def _parse(line: bytes) -> Anchor | None:
    try:
        anchor = msgspec.json.decode(line, type=Anchor)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return anchor if anchor.is_whole() and anchor.seq > 0 else None


class AnchorFile:
    """The open end of a file of anchors; every `append` is on the disk when it returns."""

    def __init__(self, fd: int, reading: AnchorReading) -> None:
        self._fd: int | None = fd
        self.reading = reading

    @classmethod
    def open(cls, path: Path) -> AnchorFile:
        reading = read_anchors(path)
        if reading.damaged_line is not None:
            raise JournalRefused(
                "anchors_damaged",
                f"line {reading.damaged_line} of {path} cannot be read",
                "keep the file as it is and run verify with another copy of the anchors",
            )
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            os.ftruncate(fd, reading.whole_bytes)
            os.lseek(fd, 0, os.SEEK_END)
            os.fsync(fd)
            sync_directory(path.parent)
        except BaseException:
            os.close(fd)
            raise
        return cls(fd, reading)

    def append(self, seq: int, row_hash: bytes, state_hash: bytes = b"") -> None:
        if self._fd is None:
            raise OSError("the file of anchors is closed")
        line = msgspec.json.encode(Anchor(seq, row_hash.hex(), state_hash.hex()).sealed()) + b"\n"
        if os.write(self._fd, line) != len(line):
            raise OSError("the anchor was written only in part")
        os.fsync(self._fd)

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
