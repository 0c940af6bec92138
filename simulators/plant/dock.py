"""The dock: a truck with its doors, and the seals that truly hang there.

The one rule: it knows what hangs at the doors, whatever any paper says; every truck that parks is a fact of the plant log.
"""

from collections.abc import Callable
from enum import StrEnum

import msgspec

from simulators.plant.log import PlantLog


class Condition(StrEnum):
    """What is truly the matter with a seal."""

    INTACT = "intact"
    BROKEN = "broken"
    ABSENT = "absent"


class Seal(msgspec.Struct, frozen=True):
    """A seal at a door. `dirty`: no device can read its number. Of an absent one only the empty hasp is there."""

    number: str
    condition: Condition = Condition.INTACT
    dirty: bool = False


class Dock:
    """Room for one truck. `on_change` tells who looks at the doors."""

    def __init__(self, log: PlantLog, line_ms: Callable[[], int]) -> None:
        self._log = log
        self._line_ms = line_ms
        self.load_id = ""
        self.seals: tuple[Seal, ...] = ()
        self.on_change: Callable[[tuple[Seal, ...]], None] = lambda seals: None

    def park(self, load_id: str, seals: tuple[Seal, ...]) -> None:
        """A truck backs up to the dock, whatever stood there before has gone."""
        self.load_id, self.seals = load_id, seals
        self._log.note(self._line_ms(), "truck_parked", load_id=load_id, seals=msgspec.to_builtins(seals))
        self.on_change(seals)

    def put_together(self) -> None:
        """What was cut is put together for the eye; from now on nobody can see it."""
        if any(seal.condition is Condition.BROKEN for seal in self.seals):
            self.seals = tuple(
                msgspec.structs.replace(seal, condition=Condition.INTACT) if seal.condition is Condition.BROKEN else seal
                for seal in self.seals
            )
            self._log.note(self._line_ms(), "seal_put_together", load_id=self.load_id)
            self.on_change(self.seals)
