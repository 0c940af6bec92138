"""Starting the daemon as a process: logging, loop, exit code."""

import asyncio
import contextlib
import json
import logging
import sys
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from controller.daemon.clock import WallClock, system_wall_clock
from controller.daemon.companions import Companion
from controller.daemon.log_ring import PROCESS_LOG, entry_of
from controller.daemon.ports import Surroundings
from controller.daemon.scaled_loop import ScaledLoop
from controller.daemon.service import Daemon, paths_of
from controller.daemon.watchdog import notify_from_environment
from controller.records.errors import RecordsError
from controller.records.journal_file import open_reader
from controller.settings.model import Settings

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class JsonLines(logging.Formatter):
    """One JSON object a line, so that a log collector needs no rules."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(entry_of(record), ensure_ascii=False)


def run_daemon(settings: Settings, source: str, time_rate: float, log_level: str, companions: tuple[Companion, ...] = ()) -> int:
    """Run until stopped. 0 asked to stop, 2 could not start, 70 journal dead, 75 start me again."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=LEVELS.get(log_level, logging.INFO), handlers=[handler, PROCESS_LOG])
    logging.getLogger("pymodbus").setLevel(logging.ERROR)
    loop = asyncio.SelectorEventLoop() if time_rate == 1.0 else ScaledLoop(time_rate)
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(_serve(settings, source, loop, companions))
    except RecordsError as error:
        logging.getLogger("xiyong").critical("can not start: %s: %s; %s", error.code, error.cause, error.next_step)
        return 2
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        asyncio.set_event_loop(None)
        loop.close()


def wall_beside(loop: asyncio.AbstractEventLoop, journal: Path) -> WallClock:
    """The system's clock; where simulated time runs faster, one as fast, or each second would look like a leap.

    It begins no earlier than the run before had come to: by a clock that went back nobody can tell how long a daemon was away.
    """
    if not isinstance(loop, ScaledLoop):
        return system_wall_clock
    began, zero_s = max(system_wall_clock(), _last_utc(journal)), loop.time()
    return lambda: began + timedelta(seconds=loop.time() - zero_s)


def _last_utc(journal: Path) -> datetime:
    nothing = datetime.min.replace(tzinfo=UTC)
    if not journal.exists():
        return nothing
    try:
        with contextlib.closing(open_reader(journal)) as reader:
            row = reader.row(reader.last_seq())
            return datetime.fromisoformat(row.utc) if row is not None else nothing
    except (RecordsError, ValueError):  # whoever opens it next says what is the matter
        return nothing


async def _serve(settings: Settings, source: str, loop: asyncio.AbstractEventLoop, companions: tuple[Companion, ...]) -> int:
    wall = wall_beside(loop, paths_of(settings).journal)
    around = Surroundings(version("xiyong-line"), notify=notify_from_environment(), wall=wall, companions=companions)
    daemon = Daemon(settings, source, around)
    daemon.stop_on_signals(loop)
    return await daemon.serve()
