"""Pixels of X-ray images for a screen: raw 16-bit rows of a stored file, whole or as a small preview.

One rule: a value that a page gets is the value that the machine wrote. The size is read before anything is unpacked, the file
is compared with its hash, and all of it happens in a thread: a large image never holds up the line.
"""

import asyncio
import hashlib
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import cv2
import msgspec
import numpy as np

from controller.console.refusals import Refused
from controller.records.errors import EvidenceError
from controller.records.evidence import SIZE_LIMIT_BYTES, EvidenceStore
from controller.vision.materials import Grey, UnreadableImageError, read_grey

T = TypeVar("T")

PIXELS_MOST = 8_000_000
SIDE_MOST_PX = 8192
PREVIEW_LEAST_PX, PREVIEW_MOST_PX = 16, 4096
GREYS_KEPT = 8
PREVIEWS_KEPT = 64
AT_ONCE_MOST = 16
AHEAD_MOST = 4  # what is asked for finds room behind what is only expected
SIGNATURE = b"\x89PNG\r\n\x1a\n"


class Size(msgspec.Struct, frozen=True):
    width: int
    height: int


class Body(msgspec.Struct, frozen=True):
    """What goes over the wire: rows of little-endian uint16, and the size of the picture in it. Never packed: the noise of
    photons hardly packs, and packing takes longer than sending over any network that a desk is on."""

    size: Size
    data: bytes


class Pixels:
    """Decodes in `pool`, and keeps the newest few pictures decoded and the newest previews made."""

    def __init__(self, evidence: EvidenceStore, pool: ThreadPoolExecutor) -> None:
        self._evidence = evidence
        self._pool = pool
        self._waiting = 0
        self._opening: dict[str, asyncio.Future[Grey]] = {}
        self._greys: OrderedDict[str, Grey] = OrderedDict()
        self._sizes: OrderedDict[str, Size | None] = OrderedDict()
        self._previews: OrderedDict[tuple[str, int], Body] = OrderedDict()
        self._bad: deque[str] = deque(maxlen=GREYS_KEPT)  # not decoded ahead again and again

    async def body(self, sha256: str, longest_px: int) -> Body:
        """The rows of a picture; `longest_px` > 0 = made smaller by area mean until no side is longer. Raises `Refused`."""
        key = (sha256, longest_px)
        if (known := self._previews.get(key)) is not None:
            self._previews.move_to_end(key)
            return known
        made = await self._off_the_loop(_body, await self.grey(sha256), longest_px)
        if longest_px:
            self._previews[key] = made
            while len(self._previews) > PREVIEWS_KEPT:
                self._previews.popitem(last=False)
        return made

    async def grey(self, sha256: str) -> Grey:
        """The whole picture as numbers. Raises `Refused`."""
        if (known := self._greys.get(sha256)) is not None:
            self._greys.move_to_end(sha256)
            return known
        # Whoever asks may go away meanwhile; the others who wait for the same picture still get it.
        return await asyncio.shield(self._opening.get(sha256) or self._open(sha256))

    def ahead(self, hashes: Iterable[str]) -> None:
        """Decode what will be asked for soon. What can not be had is said to whoever asks; nothing is said here."""
        for sha256 in hashes:
            if self._waiting >= AHEAD_MOST:
                return
            if sha256 not in self._greys and sha256 not in self._opening and sha256 not in self._bad:
                self._open(sha256)

    async def size(self, sha256: str) -> Size | None:
        """Width and height from the file's head; nothing when there is no such picture."""
        if sha256 not in self._sizes:
            self._sizes[sha256] = await self._off_the_loop(_size_of_file, self._evidence, sha256)
            while len(self._sizes) > 1000:
                self._sizes.popitem(last=False)
        return self._sizes[sha256]

    def _open(self, sha256: str) -> asyncio.Future[Grey]:
        opening = self._off_the_loop(_grey, self._evidence, sha256)
        self._opening[sha256] = opening
        opening.add_done_callback(lambda done: self._opened(sha256, done))
        return opening

    def _opened(self, sha256: str, done: asyncio.Future[Grey]) -> None:
        del self._opening[sha256]
        if done.cancelled():
            return
        if done.exception() is not None:
            self._bad.append(sha256)
            return
        self._greys[sha256] = done.result()
        while len(self._greys) > GREYS_KEPT:
            self._greys.popitem(last=False)

    def _off_the_loop(self, work: Callable[..., T], *arguments: object) -> asyncio.Future[T]:
        if self._waiting >= AT_ONCE_MOST:
            raise Refused("pictures_busy")
        self._waiting += 1
        working = asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)
        working.add_done_callback(self._worked)
        return working

    def _worked(self, done: asyncio.Future[T]) -> None:
        self._waiting -= 1


def etag_of(sha256: str, longest_px: int) -> str:
    """A strong tag names these very bytes: another one for a preview."""
    return f'"{sha256}{f"-{longest_px}" if longest_px else ""}"'


# --- in a thread ---------------------------------------------------------------------------------------------------


def _body(grey: Grey, longest_px: int) -> Body:
    height, width = grey.shape
    if longest_px and max(height, width) > longest_px:
        scale = longest_px / max(height, width)
        smaller = (max(round(width * scale), 1), max(round(height * scale), 1))
        grey = cv2.resize(grey, smaller, interpolation=cv2.INTER_AREA).astype(np.uint16, copy=False)
    rows = np.ascontiguousarray(grey).astype("<u2", copy=False).tobytes()
    height, width = grey.shape
    return Body(Size(width, height), rows)


def _grey(evidence: EvidenceStore, sha256: str) -> Grey:
    data = _read(evidence, sha256, SIZE_LIMIT_BYTES + 1)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Refused("evidence_changed")
    if _size_in(data) is None:
        raise Refused("not_a_picture")
    try:
        return read_grey(data)
    except UnreadableImageError as error:
        raise Refused("not_a_picture") from error


def _size_of_file(evidence: EvidenceStore, sha256: str) -> Size | None:
    try:
        return _size_in(_read(evidence, sha256, 64))
    except Refused:
        return None


def _read(evidence: EvidenceStore, sha256: str, most_bytes: int) -> bytes:
    try:
        with evidence.path(sha256).open("rb") as file:
            return file.read(most_bytes)
    except (EvidenceError, OSError) as error:
        raise Refused("not_found") from error


def _size_in(data: bytes) -> Size | None:
    """From the head of a PNG, before anything is unpacked; nothing for another kind of file or one that is too large."""
    if not data.startswith(SIGNATURE) or data[12:16] != b"IHDR" or data[24:26] != bytes((16, 0)):
        return None
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if not (0 < width <= SIDE_MOST_PX and 0 < height <= SIDE_MOST_PX and width * height <= PIXELS_MOST):
        return None
    return Size(width, height)
