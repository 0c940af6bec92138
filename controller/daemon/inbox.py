"""The inbox: a folder that message files are put into, by customs' adapter or by hand.

One rule: files are taken in name order, once they have stopped growing, and moved aside, never deleted. A folder that is away
or hangs is a device that is down; it is looked at again until it is back. After a start, as after that, it is up when what lay in
it has been taken: an order of customs may be in there. Files are touched off the loop alone.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from controller.daemon.folder_work import FolderWork
from controller.daemon.imports import Imported, Importer, read_file
from controller.domain.reasons import Role
from controller.line.customs_out import INBOX
from controller.line.events import AnyEvent, DeviceDown, DeviceUp

log = logging.getLogger("xiyong.inbox")

DONE, REFUSED = "done", "refused"
Mark = tuple[int, int]


class Inbox:
    """`run` watches the folder until cancelled."""

    def __init__(
        self, importer: Importer, folder: Path, poll_s: float, work: FolderWork, post: Callable[[AnyEvent], None]
    ) -> None:  # fmt: skip
        self._importer = importer
        self._folder = folder
        self._poll_s = poll_s
        self._work = work
        self._post = post
        self._seen: dict[str, Mark] = {}
        self._stuck: dict[str, Mark] = {}
        self._up: bool | None = None  # nobody knows yet
        self._owed: set[str] | None = None  # what lay there at the first look, and was not taken yet

    async def run(self) -> None:
        made = False
        while True:
            try:
                if not made:
                    # Not at every look: a share that is not mounted any more is away, and not an empty folder.
                    await self._work.do(self._make)
                    made = True
                await self._look()
            except TimeoutError:
                self._tell_down("folder_hangs", f"{self._folder} does not answer")
            except OSError as error:
                self._tell_down("folder_unreadable", f"{self._folder}: {error.strerror or error}")
            else:
                if not self._owed:
                    self._tell_up()
            await asyncio.sleep(self._poll_s)

    async def _look(self) -> None:
        """Take what two looks have found the same: the others are new, or still being copied."""
        before, self._seen = self._seen, await self._work.do(self._marks)
        if self._owed is None:
            self._owed = set(self._seen)
        for name, mark in self._seen.items():
            # Imported, but it can not be moved away: once is enough.
            if before.get(name) == mark and self._stuck.get(name) != mark:
                await self._take(name, mark)
        self._owed = {name for name in self._owed if name in self._seen and before.get(name) != self._seen[name]}

    async def _take(self, name: str, mark: Mark) -> None:
        path = self._folder / name
        try:
            data = await self._work.do(lambda: read_file(path))
        except TimeoutError:
            raise
        except FileNotFoundError:
            return  # who put it there took it away again
        except OSError as error:
            imported = await self._importer.unreadable(name, "file_unreadable", f"{error.strerror or error}")
        else:
            imported = await self._importer.take_bytes(name, data, INBOX, Role.LINE)
        self._stuck[name] = mark
        await self._move_aside(path, imported)

    async def _move_aside(self, path: Path, imported: Imported) -> None:
        aside = self._folder / (REFUSED if imported.refused and not imported.taken else DONE)
        try:
            await self._work.do(lambda: _put_aside(path, aside))
        except TimeoutError:
            raise
        except OSError as error:
            log.warning("%s is imported but can not be moved away: %s; mend the rights of the inbox", path.name, error)
            return
        del self._stuck[path.name]
        log.info("imported %s: %s %s, %s refused", imported.taken, imported.kind, imported.name, len(imported.refused))

    def _tell_down(self, code: str, cause: str) -> None:
        self._owed = None
        if self._up is not False:
            log.warning("inbox: %s: %s; look at the share and at the rights of the folder", code, cause)
            self._post(DeviceDown(INBOX, code, cause))
        self._up = False

    def _tell_up(self) -> None:
        if not self._up:
            log.info("inbox: the folder can be read")
            self._post(DeviceUp(INBOX))
        self._up = True

    # --- in the folder's thread ---

    def _make(self) -> None:
        for folder in (self._folder, self._folder / DONE, self._folder / REFUSED):
            folder.mkdir(parents=True, exist_ok=True)

    def _marks(self) -> dict[str, Mark]:
        """The files that wait, in name order, each with what changes while it is being copied."""
        marks: dict[str, Mark] = {}
        for path in sorted(self._folder.iterdir()):
            if path.name.startswith((".", "~")) or path.suffix in (".tmp", ".part") or not path.is_file():
                continue
            stat = path.stat()
            marks[path.name] = (stat.st_mtime_ns, stat.st_size)
        return marks


def _put_aside(path: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    target = folder / path.name
    number = 1
    while target.exists():
        target = folder / f"{number}-{path.name}"
        number += 1
    path.replace(target)
