"""The desks of those who lead and of the integrator, put on the first port together: statistics, the wall board.

One rule: each desk stands in its own module; here they only get what they ask of.
"""

from pathlib import Path

import msgspec
from fastapi import FastAPI

from controller.console.identity import Identity
from controller.console.statistics_app import add_statistics
from controller.console.statistics_desk import Statistics
from controller.daemon.clock import WallClock
from controller.daemon.core_loop import CoreLoop
from controller.settings.model import Settings


class Ground(msgspec.Struct, frozen=True):
    """What the desks stand on. `data` and `journal` are the daemon's own places."""

    core: CoreLoop
    identity: Identity
    settings: Settings
    data: Path
    journal: Path
    wall: WallClock


class Boards:
    """Whoever made them closes them."""

    def __init__(self, ground: Ground, app: FastAPI) -> None:
        self.statistics = Statistics(ground.data, ground.core, ground.wall)
        add_statistics(app, self.statistics, ground.identity, ground.settings.console.target_per_hour)

    def close(self) -> None:
        self.statistics.close()
