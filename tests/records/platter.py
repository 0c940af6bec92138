"""What is on the platters when the power fails: a log of operations, and the files that may be left of it.

One rule, harsher than most file systems: bytes are certain only after a sync of their file, a name (new, renamed, deleted,
a directory) only after a sync of its directory, and neither sync does the other's work. Of what is not certain, what is
left depends on the `Survivors`; unsynced writes are torn at 512 bytes and may arrive out of order, the unsynced names of
one directory arrive in order.
"""

from __future__ import annotations

import copy
import enum
import random
from pathlib import Path, PurePosixPath
from typing import NamedTuple

SECTOR = 512


class Act(enum.Enum):
    CREATE = "create"
    WRITE = "write"
    TRUNCATE = "truncate"
    SYNC = "sync"
    RENAME = "rename"
    DELETE = "delete"
    MAKE_DIRECTORY = "mkdir"
    SYNC_DIRECTORY = "syncdir"
    # Not an operation of the disk: from here on somebody was told something.
    SAID = "said"


class Op(NamedTuple):
    """One operation. `path` is relative to the recorded folder; `number` is an offset, a size, or what was said."""

    act: Act
    path: str
    number: int = 0
    data: bytes = b""
    target: str = ""


class Survivors(enum.Enum):
    """What gets to the platters of that which no sync has covered."""

    NOTHING = "nothing"
    SECTORS = "sectors"
    WRITES = "writes"
    NEWEST = "newest"
    EVERYTHING = "everything"


class File:
    """The bytes of a file, whatever its names."""

    def __init__(self, durable: bytes = b"") -> None:
        self.durable = bytearray(durable)
        self.pending: list[tuple[int, bytes | None]] = []

    def sync(self) -> None:
        for offset, data in self.pending:
            put(self.durable, offset, data)
        self.pending.clear()

    def left(self, survivors: Survivors, rng: random.Random) -> bytes:
        content = bytearray(self.durable)
        newest = rng.randrange(len(self.pending)) if self.pending else 0
        for place, (offset, data) in enumerate(self.pending):
            match survivors:
                case Survivors.NOTHING:
                    continue
                case Survivors.NEWEST if place < newest:
                    continue
                case Survivors.WRITES if rng.random() < 0.5:
                    continue
                case Survivors.SECTORS:
                    self._put_sectors(content, offset, data, rng)
                    continue
            put(content, offset, data)
        return bytes(content)

    @staticmethod
    def _put_sectors(content: bytearray, offset: int, data: bytes | None, rng: random.Random) -> None:
        if data is None:
            if rng.random() < 0.5:
                put(content, offset, None)
            return
        start = 0
        while start < len(data):
            # Sectors are the disk's, not the write's.
            end = start + SECTOR - (offset + start) % SECTOR
            if rng.random() < 0.5:
                put(content, offset + start, data[start:end])
            start = end


Names = dict[str, File | None]  # a directory has no File


class Platter:
    """Takes operations one by one and tells at any moment what a power cut could leave."""

    def __init__(self, lying: bool = False) -> None:
        self._lying = lying
        self._now: Names = {}
        self._certain: Names = {}
        self._pending: dict[str, list[tuple[Op, File | None]]] = {}

    @classmethod
    def holding(cls, image: dict[str, bytes | None]) -> Platter:
        """A platter on which all of this is certain, as after a power cut."""
        made = cls()
        made._now = {path: None if content is None else File(content) for path, content in image.items()}
        made._certain = dict(made._now)
        return made

    def copy(self) -> Platter:
        return copy.deepcopy(self)

    def do(self, op: Op) -> None:
        match op.act:
            case Act.WRITE:
                self._file(op).pending.append((op.number, op.data))
            case Act.TRUNCATE:
                self._file(op).pending.append((op.number, None))
            case Act.SYNC if not self._lying:
                self._file(op).sync()
            case Act.SYNC_DIRECTORY if not self._lying:
                for waiting, file in self._pending.pop(op.path, ()):
                    _rename(self._certain, waiting, file)
            case Act.CREATE | Act.MAKE_DIRECTORY | Act.RENAME | Act.DELETE:
                file = File() if op.act is Act.CREATE else self._now.get(op.path)
                _rename(self._now, op, file)
                self._pending.setdefault(parent(op.path), []).append((op, file))

    def _file(self, op: Op) -> File:
        file = self._now.get(op.path)
        assert file is not None, f"{op.act} of {op.path}, which is no file here"
        return file

    def left(self, survivors: Survivors, rng: random.Random) -> dict[str, bytes | None]:
        """The files and directories (None) that are found when the power is back."""
        names = dict(self._certain)
        for directory in sorted(self._pending):
            waiting = self._pending[directory]
            arrived = {Survivors.NOTHING: 0, Survivors.EVERYTHING: len(waiting)}.get(survivors, rng.randint(0, len(waiting)))
            for op, file in waiting[:arrived]:
                _rename(names, op, file)
        return {
            path: None if file is None else file.left(survivors, rng)
            for path, file in sorted(names.items())
            if all(str(folder) in names for folder in PurePosixPath(path).parents if str(folder) != ".")
        }


def _rename(names: Names, op: Op, file: File | None) -> None:
    if op.act is Act.RENAME:
        names.pop(op.path, None)
        names[op.target] = file
    elif op.act is Act.DELETE:
        names.pop(op.path, None)
    else:
        names[op.path] = file


def parent(path: str) -> str:
    return str(PurePosixPath(path).parent)


def put(content: bytearray, offset: int, data: bytes | None) -> None:
    """A write at an offset (a gap is zeros), or with None the end of the file."""
    if data is None:
        del content[offset:]
        return
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def write_out(image: dict[str, bytes | None], folder: Path) -> None:
    """Makes the files; parents come before what is in them, because a name is sorted after its beginning."""
    for path, content in image.items():
        if content is None:
            (folder / path).mkdir()
        else:
            (folder / path).write_bytes(content)
