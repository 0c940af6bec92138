"""The long work of the story page, done by a process beside the daemon, and the page's desk put together.

One rule: the daemon's own process neither proves a journal nor makes an export: both would hold up the line. A process that takes
too long is ended.
"""

import asyncio
import sys
from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Any

import msgspec

from controller.console.story_app import StoryDesk, StoryWork
from controller.daemon.clock import WallClock
from controller.daemon.companions import Aboard
from controller.daemon.service import paths_of
from controller.line.explain import View
from controller.records.anchors import ANCHORS_NAME
from controller.records.carton_export import Asked
from controller.records.errors import RecordsError
from controller.records.evidence import EvidenceStore
from controller.records.story_process import Check, DryRun, Export, records_reader
from controller.settings.model import Settings

MODULE = "controller.records.story_process"
ENDS_WITHIN_S = 600.0


async def in_process(wanted: Check | Export | DryRun) -> tuple[dict[str, Any], bytes]:
    """The answer of one process, and what follows it."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", MODULE, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(ENDS_WITHIN_S):
            out, _ = await child.communicate(msgspec.json.encode(wanted))
    except TimeoutError as error:
        raise RecordsError("took_too_long", f"it was not done within {ENDS_WITHIN_S:.0f} s", "use the command line") from error
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    first, _, rest = out.partition(b"\n")
    if not first:
        raise RecordsError("work_failed", f"the process ended with {child.returncode}", "try the command line")
    answer: dict[str, Any] = msgspec.json.decode(first)
    if isinstance(wanted, Export) and not answer["ok"]:
        raise RecordsError(answer["code"], answer["cause"], answer["next_step"])
    return answer, rest


def request_of(settings: Settings, carton: str, asked: Asked) -> Export:
    """An export as the process wants it."""
    paths = paths_of(settings)
    return Export(
        str(paths.journal), str(paths.anchors / ANCHORS_NAME), str(paths.evidence), settings.records.url,
        settings.export.key_file, carton, asked,
    )  # fmt: skip


def story_work(settings: Settings, wall: WallClock) -> StoryWork:
    """Both kinds of long work for this site."""
    paths = paths_of(settings)

    async def check() -> Mapping[str, Any]:
        return (await in_process(Check(str(paths.journal), str(paths.anchors / ANCHORS_NAME))))[0]

    async def export(carton: str, view: View, by: str, names: Mapping[str, str]) -> bytes:
        asked = Asked(view, settings.site.name, settings.line.name, by, wall().isoformat(timespec="seconds"), names)
        return (await in_process(request_of(settings, carton, asked)))[1]

    return StoryWork(check, export if settings.export.key_file else None)


def story_desk(aboard: Aboard, executor: Executor) -> StoryDesk:
    """The desk of a running daemon's console. `executor` is the console's own: the daemon's two threads keep images and read
    what customs sends, and whoever reads stories takes none of them.
    """
    settings = aboard.settings
    return StoryDesk(
        records_reader(settings.records.url), aboard.journal, EvidenceStore(aboard.data / "evidence"), executor,
        story_work(settings, aboard.wall),
    )  # fmt: skip
