"""The long work of inline inspection: images are analysed in a process of their own, draws are made with customs' secret.

One rule: a hostile image may end its process and nothing else; the secret stays in its file, only what was drawn comes back.
"""

import asyncio
import hashlib
import hmac
import os
import resource
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import TypeVar, TypeVarTuple

from controller.daemon.long_work import Job
from controller.line.commands import AnalyseImage, DrawSelection, LongWork
from controller.line.event_base import EvidenceNamed
from controller.line.events import AnyEvent
from controller.line.inspection_events import (
    AnalysisFailed,
    ImageAnalysed,
    ImageFinding,
    SelectionDrawn,
    SelectionFailed,
)
from controller.records.evidence import EvidenceRef, EvidenceStore
from controller.records.secret_files import read_secret

DRAW_WITHIN_S = 2.0
SECRET_SETTING = "customs.selection_secret_file"
WORKER_MEMORY_BYTES = 2 * 1024**3
# The process ends itself a little before its caller gives up waiting, so that the next image finds a new one.
WORKER_EARLIER_S = 0.3
FINDINGS_MOST, DETAIL_CHARS = 8, 200

Ts = TypeVarTuple("Ts")
R = TypeVar("R")

_bounded = False


def begin_process() -> None:
    """In the analyser's own process: it may not grow without end, and one thread is enough."""
    global _bounded  # noqa: PLW0603
    _bounded = True
    resource.setrlimit(resource.RLIMIT_AS, (WORKER_MEMORY_BYTES, WORKER_MEMORY_BYTES))
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    import cv2  # noqa: PLC0415

    cv2.setNumThreads(1)


def _end_with_parent() -> None:
    """A daemon that is killed closes no pool: its analyser would wait for the next image for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def analyse_files(low: bytes, high: bytes, work: AnalyseImage, limit_s: float) -> tuple[int, tuple[tuple[str, str], ...], str]:
    """(mass, findings, version) of one pair of pictures. In its own process this can not last longer than `limit_s`."""
    if _bounded:
        # The default action of SIGALRM ends the process, also inside a decoder that does not come back.
        signal.setitimer(signal.ITIMER_REAL, limit_s)
    from controller.vision import materials  # noqa: PLC0415

    declared = materials.Declared(work.gross_g, work.pack_no, work.weight_g, work.gcodes)
    reading = materials.read_image(low, high, work.pixel_um, declared)
    if _bounded:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return reading.mass_g, reading.findings, materials.VERSION


def warm() -> bool:
    """Loads what an analysis needs, so that the first image is not the slow one."""
    from controller.vision import materials  # noqa: PLC0415

    return bool(materials.VERSION)


def own_process() -> Executor:
    """One process for one analysis after another, with bounds of its own."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=begin_process)


class Analyser:
    """The analyser's process, begun anew when an image has ended it."""

    def __init__(
        self, evidence: EvidenceStore, reader: Executor, new_pool: Callable[[], Executor], limit_s: float
    ) -> None:  # fmt: skip
        self._evidence = evidence
        self._reader = reader
        self._new_pool = new_pool
        self._limit_s = limit_s
        self._pool: Executor | None = None

    async def run(self) -> None:
        """Begin the process before the first image needs it; each image that finds it gone begins another."""
        await self._in_process(warm)
        await asyncio.Event().wait()

    async def analyse(self, work: LongWork) -> AnyEvent:
        assert isinstance(work, AnalyseImage)
        loop = asyncio.get_running_loop()
        low, high = await loop.run_in_executor(self._reader, lambda: (self._read(work.low), self._read(work.high)))
        within_s = max(self._limit_s - WORKER_EARLIER_S, 0.1)
        mass_g, found, version = await self._in_process(analyse_files, low, high, work, within_s)
        findings = tuple(ImageFinding(code, detail[:DETAIL_CHARS]) for code, detail in found[:FINDINGS_MOST])
        return ImageAnalysed(work.work_id, work.track, work.low.sha256, mass_g, findings, version)

    def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    async def _in_process(self, do: Callable[[*Ts], R], *args: *Ts) -> R:
        if self._pool is None:
            self._pool = self._new_pool()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, do, *args)
        except BrokenProcessPool:
            self.close()
            raise

    def _read(self, named: EvidenceNamed) -> bytes:
        return self._evidence.read(EvidenceRef(named.sha256, named.size, "image/png"))


def analysis_failed(work: LongWork, code: str, cause: str) -> AnyEvent:
    assert isinstance(work, AnalyseImage)
    return AnalysisFailed(work.work_id, work.track, work.low.sha256, code, cause)


class Draw:
    """The random draw: HMAC-SHA256 of the carton under customs' secret, as a number of a thousand."""

    def __init__(self, secret_file: str, reader: Executor) -> None:
        self._secret_file = secret_file
        self._reader = reader

    async def draw(self, work: LongWork) -> AnyEvent:
        assert isinstance(work, DrawSelection)
        selected = await asyncio.get_running_loop().run_in_executor(self._reader, self._drawn, work)
        return SelectionDrawn(work.carton, selected)

    def _drawn(self, work: DrawSelection) -> bool:
        return drawn(read_secret(self._secret_file, SECRET_SETTING), work.carton, work.permille)


def drawn(secret: bytes, carton: str, permille: int) -> bool:
    """The same carton under the same secret gives the same answer; without the secret nobody can tell it."""
    digest = hmac.new(secret, carton.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") * 1000 < permille * 2**64


def draw_failed(work: LongWork, code: str, cause: str) -> AnyEvent:
    assert isinstance(work, DrawSelection)
    return SelectionFailed(work.carton, f"{code}: {cause}")


def image_jobs(analyser: Analyser, draw: Draw, limit_s: float) -> dict[type, Job]:
    """What inline inspection asks for."""
    return {
        AnalyseImage: Job(analyser.analyse, analysis_failed, limit_s),
        DrawSelection: Job(draw.draw, draw_failed, DRAW_WITHIN_S),
    }
