"""The desks of those who lead and of the integrator, put on the first port together: statistics, the wall board, changes,
the integrator's page.

One rule: each desk stands in its own module; here they only get what they ask of.
"""

from pathlib import Path

import msgspec
from fastapi import FastAPI

from controller.console.act_service import Acts
from controller.console.chief_app import add_chief_desk
from controller.console.chief_desk import ChiefDesk
from controller.console.config_app import add_config_desk
from controller.console.config_desk import ConfigDesk
from controller.console.config_runs import ConfigRuns
from controller.console.custody_app import add_custody_list
from controller.console.devices import Devices
from controller.console.identity import Identity
from controller.console.integrator_app import IntegratorDesk, add_integrator_desk
from controller.console.statistics_app import add_statistics
from controller.console.statistics_desk import Statistics
from controller.daemon.clock import WallClock
from controller.daemon.companions import Aboard
from controller.daemon.core_loop import CoreLoop
from controller.daemon.log_ring import PROCESS_LOG, LogRing
from controller.settings.model import Settings
from controller.settings.provenance import FileSource, Origins


class Ground(msgspec.Struct, frozen=True):
    """What the desks stand on. `data` and `journal` are the daemon's own places."""

    core: CoreLoop
    identity: Identity
    acts: Acts
    settings: Settings
    data: Path
    journal: Path
    wall: WallClock
    devices: Devices
    origins: Origins
    log: LogRing | None
    version: str
    source: FileSource | None = None


def ground_of(
    aboard: Aboard, identity: Identity, acts: Acts, devices: Devices, origins: Origins, source: FileSource | None
) -> Ground:  # fmt: skip
    """Aboard the daemon."""
    return Ground(
        aboard.core, identity, acts, aboard.settings, aboard.data, aboard.journal, aboard.wall, devices, origins, PROCESS_LOG,
        aboard.version, source,
    )  # fmt: skip


class Boards:
    """Whoever made them closes them."""

    def __init__(self, ground: Ground, app: FastAPI) -> None:
        self.statistics = Statistics(ground.data, ground.core, ground.wall)
        chief = self.chief = ChiefDesk(ground.core, self.statistics, ground.settings.customs.selection_secret_file)
        ground.acts.desks["sample-review"] = chief
        add_custody_list(app, ground.core, ground.identity)
        add_chief_desk(app, chief, self.statistics, ground.identity)
        add_statistics(app, self.statistics, ground.identity, ground.core, ground.settings.console.target_per_hour)

        of = (ground.devices, ground.origins, ground.log, ground.version, ground.journal, ground.identity.files)
        self.integrator = IntegratorDesk(ground.core, ground.settings, *of)
        add_integrator_desk(app, self.integrator, ground.identity)

        self.config = ConfigDesk(ground.core, ground.settings, ground.origins, ground.source, ground.data)
        self.config_runs = ConfigRuns(ground.core, ground.journal, self.statistics)
        ground.acts.desks["config-propose"] = self.config
        add_config_desk(app, self.config, self.config_runs, self.statistics, ground.identity)

    def close(self) -> None:
        self.statistics.close()
