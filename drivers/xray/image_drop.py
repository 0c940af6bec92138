"""The driver of an X-ray machine that drops its images into a folder.

One rule: a drop counts when its sidecar has been renamed into place, it is reported once, and it is taken away only when
whoever took the report says `done`, and only those very files: a machine may begin its names anew before that, and what is new
under an old name is read when the old one is gone. After a crash it is reported again. Files are touched in an executor
alone: the folder may be a share that hangs. Source: docs/devices/xray-image-drop.md; devices reference section 5.
"""

import asyncio
import contextlib
import hashlib
import os
import stat
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import TypeVar

from drivers.xray.codec import SIDECAR_MOST_BYTES, BadDropError, PictureNamed, Sidecar, check_picture, read_sidecar
from drivers.xray.reports import DropRefused, DropSettings, ImageCame, MachineDown, MachineUp, XrayReport

DROPS_A_LOOK = 8
ORPHAN_AFTER_S = 10.0
REFUSED = "refused"
Report = Callable[[XrayReport], Awaitable[None]]
T = TypeVar("T")
Identity = tuple[int, int, int]
"""Which file stands under a name: its inode, when it was written (ns), its bytes."""


class ImageDrop:
    """`run` watches the folder until cancelled; it never raises for what is in it."""

    def __init__(self, settings: DropSettings, report: Report, executor: Executor | None = None) -> None:
        self._settings = settings
        self._report = report
        self._executor = executor
        self._folder = Path(settings.folder)
        self._reported: set[str] = set()
        self._done: list[tuple[str, tuple[str, ...], bool]] = []
        self._read_as: dict[str, dict[str, Identity]] = {}
        self._stuck = ""
        self._loose_since: dict[str, float] = {}
        self._up: bool | None = None

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                async with asyncio.timeout(self._settings.answer_ms / 1000):
                    reports = await self._call(lambda: self._look(loop.time))
            except TimeoutError:
                await self._down("folder_hangs", f"{self._folder} does not answer")
            except OSError as error:
                await self._down("folder_unreadable", f"{self._folder}: {error.strerror or error}")
            else:
                await (self._down("folder_keeps", self._stuck) if self._stuck else self._is_up())
                # Only here: what a look found that came too late is thrown away, and the next look must find it again.
                self._reported |= {one.name for one in reports}
                for one in reports:
                    await self._report(one)
            await asyncio.sleep(self._settings.poll_ms / 1000)

    def done(self, report: ImageCame | DropRefused) -> None:
        """The report is kept for good: its files may go. A refused drop is put aside, for whoever mends the machine."""
        if isinstance(report, DropRefused) and report.sidecar is None:
            files = tuple(name for name, _ in report.kept if name != report.name)
        else:
            side = report.sidecar
            files = (side.low.file, side.high.file) if side is not None else ()
        self._done.append((report.name, files, isinstance(report, DropRefused)))

    async def _call(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    async def _is_up(self) -> None:
        if self._up is not True:
            self._up = True
            await self._report(MachineUp(self._settings.device))

    async def _down(self, code: str, cause: str) -> None:
        if self._up is not False:
            self._up = False
            step = "look at the X-ray machine's network share and at the rights of the folder"
            await self._report(MachineDown(self._settings.device, code, cause, step))

    # --- in the executor -----------------------------------------------------------------------------------------

    def _look(self, now: Callable[[], float]) -> list[ImageCame | DropRefused]:
        """Clear away what is done, then read the oldest new drops. Names in order: machines number their files.

        They came when the folder has told of them: on a slow share that is seconds after it was asked, and an image with too
        early a time would be that of the carton before.
        """
        self._clear_away()
        with os.scandir(self._folder) as entries:
            names = sorted(entry.name for entry in entries if entry.is_file() and not entry.name.startswith("."))
        at_s = now()
        found: list[ImageCame | DropRefused] = []
        present, named = set(names), set()
        for name in (n for n in names if n.endswith(".json")):
            if name not in self._reported and len(found) < DROPS_A_LOOK:
                found.append(self._read(name, at_s))
            named.add(name.removesuffix(".json"))
        self._reported &= present
        # What was told, and what is told and can not go yet, is waited for by nobody.
        known = self._reported.union(*(files for _, files, _ in self._done))
        loose = (n for n in names if n.endswith(".png") and n not in known)
        found += self._loose([n for n in loose if n.partition(".")[0] not in named], at_s)
        return found

    def _loose(self, names: list[str], at_s: float) -> list[ImageCame | DropRefused]:
        """Pictures that no sidecar names: refused when none has come after a while."""
        self._loose_since = {name: self._loose_since.get(name, at_s) for name in names}
        old = [name for name, since in self._loose_since.items() if at_s - since > ORPHAN_AFTER_S][:DROPS_A_LOOK]
        for name in old:
            with contextlib.suppress(OSError):
                self._read_as[name] = {name: _identity(os.stat(self._folder / name))}
        return [self._refused(name, None, BadDropError("sidecar_missing", "no sidecar names it"), (), at_s) for name in old]

    def _read(self, name: str, at_s: float) -> ImageCame | DropRefused:
        kept: list[tuple[str, bytes]] = []
        sidecar: Sidecar | None = None
        read_as = self._read_as[name] = {}
        try:
            data = self._bytes_of(name, SIDECAR_MOST_BYTES, read_as)
            kept.append((name, data))
            sidecar = read_sidecar(data)
            low, high = (self._picture(named, kept, read_as) for named in (sidecar.low, sidecar.high))
            size = check_picture(low, sidecar.low, self._settings.limits)
            if check_picture(high, sidecar.high, self._settings.limits) != size:
                raise BadDropError("damaged", "the two energies are not of one size")
        except BadDropError as bad:
            if sidecar is None:
                self._keep_beside(name, kept, read_as)
            return self._refused(name, sidecar, bad, tuple(kept), at_s)
        return ImageCame(self._settings.device, name, sidecar, size, low, high, at_s)

    def _keep_beside(self, name: str, kept: list[tuple[str, bytes]], read_as: dict[str, Identity]) -> None:
        """The pictures of a sidecar that can not be read, as machines name them: `<stem>.low.png` and `<stem>.high.png`."""
        for energy in ("low", "high"):
            with contextlib.suppress(BadDropError):
                picture = f"{name.removesuffix('.json')}.{energy}.png"
                kept.append((picture, self._bytes_of(picture, self._settings.limits.file_bytes, read_as)))

    def _picture(self, named: PictureNamed, kept: list[tuple[str, bytes]], read_as: dict[str, Identity]) -> bytes:
        data = self._bytes_of(named.file, self._settings.limits.file_bytes, read_as)
        kept.append((named.file, data))
        return data

    def _bytes_of(self, name: str, most: int, read_as: dict[str, Identity]) -> bytes:
        path = self._folder / name
        try:
            with path.open("rb") as file:
                read_as[name] = _identity(os.fstat(file.fileno()))
                data = file.read(most + 1)
        except OSError as error:
            raise BadDropError("file_missing", f"{name}: {error.strerror or error}") from error
        if len(data) > most:
            raise BadDropError("too_large", f"{name} has more than {most} bytes")
        return data

    def _refused(
        self, name: str, sidecar: Sidecar | None, bad: BadDropError, kept: tuple[tuple[str, bytes], ...], at_s: float
    ) -> DropRefused:
        self._loose_since.pop(name, None)
        told = () if sidecar is None else (sidecar.low.sha256, sidecar.high.sha256)
        came = (hashlib.sha256(data).hexdigest() for each, data in kept if each != name and data)
        return DropRefused(
            self._settings.device, name, sidecar, bad.code, bad.cause, kept, at_s, tuple(dict.fromkeys((*told, *came)))
        )

    def _clear_away(self) -> None:
        """The sidecar goes first, so that a crash in between leaves loose pictures and never half a drop.

        What can not go yet (open on a share, or nobody may write there) is told, tried again at each look, and keeps none
        from reading.
        """
        left: list[tuple[str, tuple[str, ...], bool]] = []
        stuck = ""
        while self._done:
            one = self._done[0]
            try:
                self._clear(*one)
            except OSError as error:
                left.append(one)
                stuck = stuck or f"{one[0]} can not be taken away: {error.strerror or error}"
            self._done.pop(0)  # last: a thread that hangs here loses nothing
        self._done.extend(left)
        self._stuck = stuck

    def _clear(self, name: str, files: tuple[str, ...], refused: bool) -> None:
        read_as = self._read_as.get(name, {})
        for each in (name, *files):
            path = self._folder / each
            try:
                found = path.lstat()
            except FileNotFoundError:
                continue
            if not stat.S_ISREG(found.st_mode):
                continue  # a sidecar may name anything, the folder of what was refused, too
            if each in read_as and read_as[each] != _identity(found):
                continue
            if refused:
                (self._folder / REFUSED).mkdir(exist_ok=True)
                path.replace(self._folder / REFUSED / each)
            else:
                path.unlink(missing_ok=True)
        self._reported.discard(name)
        self._read_as.pop(name, None)


def _identity(found: os.stat_result) -> Identity:
    return found.st_ino, found.st_mtime_ns, found.st_size
