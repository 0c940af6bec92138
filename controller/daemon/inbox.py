"""The inbox: a folder that message files are put into, by customs' adapter or by hand.

One rule: files are taken in name order, once they have stopped growing, claimed before they are read, and moved aside, never
deleted (`inbox_folder`). A folder that is away or hangs is a device that is down; it is looked at again until it is back. After
a start, as after that, it is up when what lay in it has been taken: an order of customs may be in there. Files are touched off
the loop alone.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from controller.daemon.folder_work import FolderWork
from controller.daemon.imports import Imported, Importer
from controller.daemon.inbox_folder import DONE, REFUSED, InboxFolder, Mark, name_of
from controller.domain.reasons import Role
from controller.line.customs_out import INBOX
from controller.line.events import AnyEvent, DeviceDown, DeviceUp

log = logging.getLogger("xiyong.inbox")


class Inbox:
    """`run` watches the folder until cancelled."""

    def __init__(
        self, importer: Importer, folder: Path, poll_s: float, work: FolderWork, post: Callable[[AnyEvent], None]
    ) -> None:  # fmt: skip
        self._importer = importer
        self._folder = folder
        self._files = InboxFolder(folder)
        self._poll_s = poll_s
        self._work = work
        self._post = post
        self._seen: dict[str, Mark] = {}
        # Imported and not moved aside yet: under which mark, and whereto.
        self._imported: dict[str, tuple[Mark, Imported]] = {}
        self._up: bool | None = None  # nobody knows yet
        self._owed: set[str] | None = None  # what lay there at the first look, and was not taken yet

    async def run(self) -> None:
        made = False
        while True:
            try:
                if not made:
                    # Not at every look: a share that is not mounted any more is away, and not an empty folder.
                    await self._work.do(self._files.make)
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
        before, self._seen = self._seen, await self._work.do(self._files.waiting)
        self._imported = {place: one for place, one in self._imported.items() if place in self._seen}
        owed = set(self._seen) if self._owed is None else self._owed & set(self._seen)
        for place, mark in self._seen.items():
            if before.get(place) == mark:
                left = await self._take(place, mark)
                if place in owed:
                    owed = owed - {place} | ({left} if left else set())
        self._owed = owed

    async def _take(self, place: str, mark: Mark) -> str:
        """Gives the place where it lies now if it is still to be read."""
        if place in self._imported and self._imported[place][0] == mark:
            # It could not be moved then; imported once is enough.
            return "" if await self._put_aside(place) else place
        claimed = await self._work.do(lambda: self._files.claim(place, mark))
        if not claimed:
            return place  # who put it there took it away again, or writes: the next looks tell
        name = name_of(claimed)
        try:
            data = await self._work.do(lambda: self._files.read(claimed, mark))
        except TimeoutError:
            raise
        except OSError as error:
            imported = await self._importer.unreadable(name, "file_unreadable", f"{error.strerror or error}")
        else:
            if data is None:
                return claimed
            imported = await self._importer.take_bytes(name, data, INBOX, Role.LINE)
        log.info("imported %s: %s %s, %s refused", imported.taken, imported.kind, imported.name, len(imported.refused))
        self._imported[claimed] = (mark, imported)
        return "" if await self._put_aside(claimed, first=True) else claimed

    async def _put_aside(self, place: str, *, first: bool = False) -> bool:
        """False if it is not what was imported any more: then it waits like a new one."""
        mark, imported = self._imported[place]
        aside = REFUSED if imported.refused and not imported.taken else DONE
        try:
            moved = await self._work.do(lambda: self._files.put_aside(place, mark, aside))
        except TimeoutError:
            raise
        except OSError as error:
            if first:
                log.warning("%s is imported but can not be moved away: %s; mend the rights of the inbox", place, error)
            return True
        del self._imported[place]
        if not moved:
            log.warning("%s was written on while it was imported: it is taken once more", place)
        return moved

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
