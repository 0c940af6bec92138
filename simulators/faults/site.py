"""Where faults strike: the line, its people, and the machine that serves it.

The one rule: the machine is seen only as something that can lose power, be killed, hang and have a bad disk.
"""

import random
from collections.abc import Callable
from typing import Protocol

import msgspec

from simulators.line_world import LineWorld
from simulators.people.desk import Desk
from simulators.people.floor import Floor
from simulators.plant import Placed
from simulators.scenarios.stage import Stage
from simulators.world.network import Network


class Machine(Protocol):
    """The computer under the daemon. Each of these returns at once; whoever watches the service starts it again."""

    @property
    def runs(self) -> bool: ...

    def kill(self) -> None: ...

    def power_loss(self) -> None: ...

    def power_loss_at_write(self, operations: int) -> None: ...

    def hang(self, frozen: bool) -> None: ...

    def terminate(self) -> None: ...

    def kill_at_work(self, jobs: int, checkpoint: bool) -> None:
        """The process is killed in the middle of its so-many-th piece of slow work from now, or of its next checkpoint."""

    def library_fault(self) -> None:
        """The next port that is opened fails in a way that its library never mentions."""

    def heal(self) -> None:
        """What was planned for later and has not struck never does."""

    def second_daemon(self) -> None:
        """Somebody starts the daemon once more while it runs."""

    def wall_jump(self, seconds: float) -> None: ...

    def disk_slow(self, seconds: float) -> None: ...

    def disk_full(self, full: bool) -> None: ...

    def disk_error(self) -> None: ...


class Site(msgspec.Struct, frozen=True):
    """What a fault may touch. `rng` is its own stream; `tell` writes into the story of the seed."""

    world: LineWorld
    floor: Floor
    other_desk: Desk
    stage: Stage
    machine: Machine
    network: Network
    rng: random.Random
    tell: Callable[[str], None]

    def on_belt(self, from_mm: float = 0, to_mm: float = 8400) -> list[Placed]:
        left_alone = self.floor.left_alone
        return [p for p in self.floor.on_belt() if from_mm <= p.front_mm <= to_mm and p.carton.carton_no not in left_alone]

    def one_on_belt(self, from_mm: float = 0, to_mm: float = 8400) -> Placed | None:
        found = self.on_belt(from_mm, to_mm)
        return self.rng.choice(found) if found else None
