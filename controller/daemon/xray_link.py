"""The X-ray machine's image drop: reports of the driver become evidence first, then events.

One rule: an image is in evidence before the event that names it, and its files leave the drop only when that event is durable.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any

from controller.daemon.clock import LineClock
from controller.daemon.core_loop import CoreLoop
from controller.line.event_base import EvidenceNamed
from controller.line.events import DeviceDown, DeviceUp
from controller.line.inspection_events import ImageRefused, ImageTaken
from controller.records.evidence import EvidenceStore
from controller.settings.model import Xray as XrayOptions
from drivers.xray.codec import Limits
from drivers.xray.image_drop import ImageDrop
from drivers.xray.reports import DropRefused, DropSettings, ImageCame, MachineDown, MachineUp, XrayReport

log = logging.getLogger("xiyong.xray")

CAUSE_CHARS = 300
NAME_CHARS = 100
REFUSED_KEPT_BYTES = 1024 * 1024


class XrayLink:
    """One machine. `run` is a supervised task: evidence that can not be kept ends it, and nothing is released meanwhile."""

    def __init__(
        self, options: XrayOptions, clock: LineClock, core: CoreLoop, evidence: EvidenceStore, executor: Executor
    ) -> None:  # fmt: skip
        self._options = options
        self._clock = clock
        self._core = core
        self._evidence = evidence
        self._executor = executor
        self._driver: ImageDrop | None = None

    def run(self) -> Coroutine[Any, Any, None]:
        """A new driver each time: what it had reported and nobody kept, it reports again."""
        options = self._options
        limits = Limits(options.file_limit_kb * 1024, options.pixels_limit_k * 1000)
        settings = DropSettings(options.name, options.drop_dir, options.poll_ms, limits=limits)
        self._driver = ImageDrop(settings, self._report, self._executor)
        return self._driver.run()

    async def _report(self, report: XrayReport) -> None:
        match report:
            case ImageCame():
                await self._came(report)
            case DropRefused():
                await self._refused(report)
            case MachineUp():
                log.info("X-ray %s: the drop can be read", report.device)
                self._core.post(DeviceUp(report.device), actor=report.device)
            case MachineDown():
                log.warning("X-ray %s: %s: %s; %s", report.device, report.code, report.cause, report.next_step)
                self._core.post(DeviceDown(report.device, report.code, report.cause[:CAUSE_CHARS]), actor=report.device)

    async def _came(self, report: ImageCame) -> None:
        side = report.sidecar
        low = await self._keep(side.low.file, report.low)
        high = await self._keep(side.high.file, report.high)
        event = ImageTaken(
            report.device, side.scan_id, side.number, low, high, report.size.width_px, report.size.height_px,
            side.length_mm, side.pixel_um, side.complete, self._clock.at(report.at_s),
        )  # fmt: skip
        self._core.post(event, actor=report.device, on_durable=self._done(report))

    async def _refused(self, report: DropRefused) -> None:
        name, cause = _as_text(report.name), _as_text(report.cause)
        log.warning("X-ray %s: %s is refused: %s: %s", report.device, name, report.code, cause)
        kept = [await self._keep(each, data[:REFUSED_KEPT_BYTES]) for each, data in report.kept]
        side = report.sidecar
        event = ImageRefused(
            report.device, name[:NAME_CHARS], side.scan_id if side is not None else "", side.number if side is not None else -1,
            report.code, cause[:CAUSE_CHARS], self._clock.at(report.at_s), tuple(kept), report.pictures,
        )  # fmt: skip
        self._core.post(event, actor=report.device, on_durable=self._done(report))

    def _done(self, report: ImageCame | DropRefused) -> Callable[[], None]:
        driver = self._driver

        def done() -> None:
            if driver is not None:
                driver.done(report)

        return done

    async def _keep(self, name: str, data: bytes) -> EvidenceNamed:
        loop = asyncio.get_running_loop()
        ref = await loop.run_in_executor(self._executor, lambda: self._evidence.put(data, "image/png"))
        return EvidenceNamed(ref.sha256, len(data), _as_text(name)[:NAME_CHARS])


def _as_text(told: str) -> str:
    """A file's name, or words with it, as text: a name that is not UTF-8 (a machine of another system) has its bytes escaped."""
    return told.encode("utf-8", "backslashreplace").decode()
