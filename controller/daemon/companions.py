"""Companions: parts that live in rooms above the daemon and run beside it (telemetry, the console).

One rule: a companion changes state only by posting an event, and the line works without any of them.
"""

from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import msgspec

from controller.daemon.clock import WallClock
from controller.daemon.core_loop import CoreLoop
from controller.settings.model import Settings

Start = Callable[[], Coroutine[Any, Any, None]]


class Aboard(msgspec.Struct, frozen=True):
    """What a companion finds. `data` and `journal` are the daemon's own places; `executor` is for work that blocks; `wall` is
    the time that people are told.
    """

    settings: Settings
    core: CoreLoop
    journal: Path
    data: Path
    boot_id: str
    version: str
    executor: Executor
    wall: WallClock


Companion = Callable[[Aboard], dict[str, Start]]
"""Gives the tasks of the companion by name; none when it is not configured."""
