"""The yard behind the release lane: containers, seals, trucks and the barrier at the gate.

The one rule: it knows what truly is in which container and which truck passed when; no list, no pass and no program is asked.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from simulators.plant.cartons import Carton
from simulators.plant.log import PlantLog

OPEN, CLOSED, BETWEEN = 1, 2, 0
TRAVEL_MS = 1500


@dataclass(slots=True)
class Barrier:
    """A boom with two limit switches; without power it falls. `stuck`: it does not move, whatever it is told."""

    travel_ms: int = TRAVEL_MS
    raised_ms: int = 0
    driven: bool = False
    stuck: bool = False

    def drive(self, to_open: bool) -> None:
        self.driven = to_open

    def step(self, dt_ms: int) -> None:
        if not self.stuck:
            self.raised_ms = min(self.travel_ms, self.raised_ms + dt_ms) if self.driven else max(0, self.raised_ms - dt_ms)

    @property
    def position(self) -> int:
        if self.raised_ms >= self.travel_ms:
            return OPEN
        return CLOSED if self.raised_ms <= 0 else BETWEEN

    @property
    def moves(self) -> bool:
        return not self.stuck and self.raised_ms != (self.travel_ms if self.driven else 0)


@dataclass(slots=True)
class Box:
    """A container as it truly is."""

    container_no: str
    tare_g: int
    cartons: list[Carton] = field(default_factory=list)
    seal_no: str = ""

    @property
    def gross_g(self) -> int:
        return self.tare_g + sum(carton.weight_g for carton in self.cartons)


@dataclass(slots=True)
class Truck:
    plate: str
    tare_g: int
    box: Box

    @property
    def gross_g(self) -> int:
        return self.tare_g + self.box.gross_g


class Yard:
    """Hands and wheels. Everything they do is a fact of the plant log."""

    def __init__(self, log: PlantLog, line_ms: Callable[[], int], gates: int = 1) -> None:
        self._log = log
        self._line_ms = line_ms
        self.barriers = {gate: Barrier() for gate in range(1, gates + 1)}
        self._all = tuple(self.barriers.values())
        self.boxes: dict[str, Box] = {}

    def step(self, dt_ms: int) -> None:
        for gate, barrier in self.barriers.items():
            if not barrier.moves:
                continue
            before = barrier.position
            barrier.step(dt_ms)
            if barrier.position not in (before, BETWEEN):
                self._note("barrier", gate=gate, position="open" if barrier.position == OPEN else "closed")

    @property
    def moves(self) -> bool:
        """Whether the next step changes anything."""
        for barrier in self._all:  # asked at every step: no call for each
            if not barrier.stuck and barrier.raised_ms != (barrier.travel_ms if barrier.driven else 0):
                return True
        return False

    def power_lost(self) -> None:
        for barrier in self.barriers.values():
            barrier.driven = False

    # --- hands ---
    def bring(self, container_no: str, tare_g: int) -> Box:
        """An empty container of this number."""
        box = self.boxes[container_no] = Box(container_no, tare_g)
        self._note("box_brought", container_no=container_no)
        return box

    def load(self, box: Box, carton: Carton) -> None:
        if box.seal_no:
            raise ValueError(f"{box.container_no} is sealed")
        box.cartons.append(carton)
        self._note("loaded", carton_no=carton.carton_no, container_no=box.container_no)

    def unload(self, box: Box, carton: Carton) -> None:
        """Take a carton out again; a seal is broken for it."""
        box.cartons.remove(carton)
        box.seal_no = ""
        self._note("unloaded", carton_no=carton.carton_no, container_no=box.container_no)

    def seal(self, box: Box, seal_no: str) -> None:
        box.seal_no = seal_no
        self._note("box_sealed", container_no=box.container_no, seal_no=seal_no)

    def leave(self, gate: int, truck: Truck) -> None:
        """Drive out under the open barrier; under any other there is no way."""
        if self.barriers[gate].position != OPEN:
            raise ValueError(f"barrier {gate} is not open")
        del self.boxes[truck.box.container_no]
        self._note(
            "truck_left", gate=gate, plate=truck.plate, container_no=truck.box.container_no, seal_no=truck.box.seal_no,
            cartons=[carton.carton_no for carton in truck.box.cartons],
        )  # fmt: skip

    def _note(self, fact: str, **details: object) -> None:
        self._log.note(self._line_ms(), fact, **details)
