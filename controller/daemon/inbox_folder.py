"""The files of the inbox as the folder's own thread sees them: marked, claimed, read, put aside.

One rule: what is imported is claimed first, that is renamed into `taking/` under a number that nobody else uses: what comes
under its old name meanwhile is another file. Each step compares what changes while a file is written (its mark) with what was
seen before, and does nothing where they differ: so it may also run later than it was asked for, or twice. What a crash leaves
in `taking/` is found there. What is written on after it was put aside is taken back and waits again.
"""

import errno
import hashlib
import logging
from pathlib import Path

from controller.daemon.imports import read_file

log = logging.getLogger("xiyong.inbox")

TAKING, DONE, REFUSED = "taking", "done", "refused"
WATCHED = 64  # of what was put aside, the newest: a writer that stood still may go on
Mark = tuple[int, int]


class InboxFolder:
    """A `place` is a file's path below the folder. Every method may raise OSError; a file that is gone is none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taking = folder / TAKING
        self._number = 0
        self._read: dict[str, bytes] = {}
        self._watched: dict[Path, tuple[Mark, bytes]] = {}

    def make(self) -> None:
        for folder in (self._folder, self._taking, self._folder / DONE, self._folder / REFUSED):
            folder.mkdir(parents=True, exist_ok=True)

    def waiting(self) -> dict[str, Mark]:
        """The files that wait, what was claimed before the rest, each in name order."""
        self._make_taking_anew()
        self._take_back()
        claimed = sorted(path for path in self._taking.iterdir() if path.is_file())
        marks = {f"{TAKING}/{path.name}": mark for path in claimed if (mark := _mark(path)) is not None}
        for path in sorted(self._folder.iterdir()):
            if path.name.startswith((".", "~")) or path.suffix in (".tmp", ".part") or not path.is_file():
                continue
            if (mark := _mark(path)) is not None:
                marks[path.name] = mark
        self._read = {place: digest for place, digest in self._read.items() if place in marks}
        return marks

    def _make_taking_anew(self) -> None:
        """A job that clears away empty folders takes it. Where nothing of ours is left the share is not mounted."""
        if self._taking.is_dir():
            return
        if not any((self._folder / aside).is_dir() for aside in (DONE, REFUSED)):
            raise FileNotFoundError(errno.ENOENT, f"there is no {TAKING}/ in it: mount the share, or make that folder if it is")
        self._taking.mkdir()

    def claim(self, place: str, mark: Mark) -> str:
        """Where it lies from now on, in `taking/`; nothing if it is not the file that was seen any more.

        One that can not be renamed stays where it is and is read there: it may be an order to inspect.
        """
        path = self._folder / place
        if _mark(path) != mark:
            return ""
        if path.parent == self._taking:
            return place
        claimed = self._free_place(path.name)
        try:
            path.replace(claimed)
        except FileNotFoundError:
            return ""
        except OSError as error:
            log.warning("%s can not be claimed: %s; mend the rights of the inbox", place, error)
            return place
        return f"{TAKING}/{claimed.name}"  # reading it tells whether something else was renamed to it in between

    def read(self, place: str, mark: Mark) -> bytes | None:
        """What is in it; None if it is not the file that was seen, or is being written."""
        path = self._folder / place
        if _mark(path) != mark:
            return None
        try:
            data = read_file(path)
        except FileNotFoundError:
            return None
        if _mark(path) != mark:
            return None
        self._read[place] = hashlib.sha256(data).digest()
        return data

    def put_aside(self, place: str, mark: Mark, aside: str) -> bool:
        """Move what was imported to `aside`; False if it is not what was read any more: then it waits like a new one."""
        path, folder = self._folder / place, self._folder / aside
        digest = self._read.get(place, b"")
        if _mark(path) != mark:
            return False
        folder.mkdir(exist_ok=True)
        target = folder / name_of(place)
        number = 1
        while target.exists():
            target = folder / f"{number}-{name_of(place)}"
            number += 1
        path.replace(target)
        self._read.pop(place, None)
        self._watched[target] = (mark, digest)
        while len(self._watched) > WATCHED:
            del self._watched[next(iter(self._watched))]
        return True

    def _free_place(self, name: str) -> Path:
        """Numbers go on in the order of claims, also after a restart while something of before lies there."""
        numbers = [_number_of(path.name) for path in self._taking.iterdir()]
        self._number = max([self._number, *numbers]) + 1
        return self._taking / f"{self._number:08d}-{name}"

    def _take_back(self) -> None:
        """A writer that stood still for two looks goes on writing into the file, whatever it is called by now."""
        for path, (mark, digest) in list(self._watched.items()):
            now = _mark(path)
            if now == mark:
                continue
            if now is not None and digest and _digest(path) == digest:
                self._watched[path] = (now, digest)  # touched, or a share that dates it anew
                continue
            if now is not None:
                log.warning("%s was written on after it was imported: it is taken once more", path.name)
                path.replace(self._free_place(path.name))
            del self._watched[path]


def name_of(place: str) -> str:
    """The name a file came by."""
    name = Path(place).name
    return name.partition("-")[2] if place.startswith(f"{TAKING}/") and _number_of(name) else name


def _number_of(name: str) -> int:
    number, dash, _ = name.partition("-")
    return int(number) if dash and len(number) == 8 and number.isascii() and number.isdecimal() else 0


def _digest(path: Path) -> bytes:
    try:
        return hashlib.sha256(read_file(path)).digest()
    except OSError:
        return b""  # too large by now: whoever reads it again says so


def _mark(path: Path) -> Mark | None:
    """What changes while a file is written. Not the inode: there are shares on which that is another one at each look."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_mtime_ns, stat.st_size
