"""Inline inspection aboard the daemon: the X-ray machine's drop, the analyser's process, the random draw.

One rule: put together and taken apart here, nothing decided; a line without an X-ray machine has none of it.
"""

from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

from controller.daemon.clock import LineClock
from controller.daemon.core_loop import CoreLoop
from controller.daemon.image_work import Analyser, Draw, image_jobs
from controller.daemon.long_work import Worker
from controller.daemon.xray_link import XrayLink
from controller.records.evidence import EvidenceStore
from controller.settings.model import Settings


class Imaging:
    """`tasks()` are to be supervised; `close()` ends the analyser's process."""

    def __init__(
        self, settings: Settings, clock: LineClock, core: CoreLoop, evidence: EvidenceStore,
        new_pool: Callable[[], Executor], reader: Executor,
    ) -> None:  # fmt: skip
        self._xray = settings.xray
        # A thread of its own: the folder may be a share that hangs for ever.
        self._folder_reader = ThreadPoolExecutor(1, thread_name_prefix="xray")
        limit_s = max((one.analysis_limit_ms for one in self._xray), default=0) / 1000
        self._analyser = Analyser(evidence, reader, new_pool, limit_s)
        draw = Draw(settings.customs.selection_secret_file, reader)
        self._worker = Worker(image_jobs(self._analyser, draw, limit_s), lambda event: core.post(event, actor="analyser"))
        core.on_work = self._worker.start
        self._links = [XrayLink(one, clock, core, evidence, self._folder_reader) for one in self._xray]

    def tasks(self) -> dict[str, Callable[[], Coroutine[Any, Any, None]]]:
        """A task for the machine, one for what is asked of the analyser and the draw, one that warms the analyser up."""
        if not self._links:
            return {}
        starts: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
            f"xray:{one.name}": link.run for one, link in zip(self._xray, self._links, strict=True)
        }
        return starts | {"long_work": self._worker.run, "analyser": self._analyser.run}

    def close(self) -> None:
        self._analyser.close()
        self._folder_reader.shutdown(wait=False, cancel_futures=True)
