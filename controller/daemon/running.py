"""Starting the daemon as a process: logging, loop, exit code."""

import asyncio
import json
import logging
import sys
from datetime import timedelta
from importlib.metadata import version

from controller.daemon.clock import WallClock, system_wall_clock
from controller.daemon.companions import Companion
from controller.daemon.log_ring import PROCESS_LOG, entry_of
from controller.daemon.ports import Surroundings
from controller.daemon.scaled_loop import ScaledLoop
from controller.daemon.service import Daemon
from controller.daemon.watchdog import notify_from_environment
from controller.records.errors import RecordsError
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


def _wall_beside(loop: asyncio.AbstractEventLoop) -> WallClock:
    """The system's clock; where simulated time runs faster, one as fast, or each second would look like a leap."""
    if not isinstance(loop, ScaledLoop):
        return system_wall_clock
    began, zero_s = system_wall_clock(), loop.time()
    return lambda: began + timedelta(seconds=loop.time() - zero_s)


async def _serve(settings: Settings, source: str, loop: asyncio.AbstractEventLoop, companions: tuple[Companion, ...]) -> int:
    around = Surroundings(
        version("xiyong-line"), notify=notify_from_environment(), wall=_wall_beside(loop), companions=companions
    )  # fmt: skip
    daemon = Daemon(settings, source, around)
    daemon.stop_on_signals(loop)
    return await daemon.serve()
