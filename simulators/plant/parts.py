"""The parts that a belt line is made of: belts, photo-eyes with their faults, the diverter.

The one rule: a part knows time and position only; who switches it is not its business. Source: devices
reference, sections 2 and 9.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class Belt:
    """One conveyor section with its own motor and encoder."""

    name: str
    from_mm: float
    to_mm: float
    speed_mm_s: float
    motor_on: bool = False
    travel_mm: float = 0.0

    def advance(self, dt_ms: int, powered: bool) -> float:
        if not (self.motor_on and powered):
            return 0.0
        moved_mm = self.speed_mm_s * dt_ms / 1000
        self.travel_mm += moved_mm
        return moved_mm


@dataclass(slots=True)
class PhotoEye:
    """`covered` is the physical truth, `output` is what its wire says; faults make them differ."""

    name: str
    at_mm: float
    covered: bool = False
    output: bool = False
    miss_next: int = 0  # so many cartons will pass unseen
    double_next: int = 0  # so many cartons will flicker once (two edges for one carton)
    stuck_output: bool | None = None  # a dirty lens or a broken wire
    missing: bool = False
    flicker_in_ms: int = 0
    flicker_for_ms: int = 0

    def see(self, covered: bool, dt_ms: int) -> None:
        if covered and not self.covered:
            self._begin()
        self.covered = covered
        output = covered and not self.missing
        if self.flicker_in_ms > 0:
            self.flicker_in_ms = max(0, self.flicker_in_ms - dt_ms)
        elif self.flicker_for_ms > 0:
            self.flicker_for_ms = max(0, self.flicker_for_ms - dt_ms)
            output = False
        self.output = output if self.stuck_output is None else self.stuck_output

    def _begin(self) -> None:
        self.missing = self.miss_next > 0
        self.miss_next = max(0, self.miss_next - 1)
        self.flicker_in_ms = self.flicker_for_ms = 0
        if self.double_next > 0:
            self.double_next -= 1
            self.flicker_in_ms, self.flicker_for_ms = 200, 60


@dataclass(slots=True)
class Diverter:
    """A switch with a spring: it follows its command while powered and falls back to the rest lane without
    power.

    While it travels it still leads to the lane it comes from.
    """

    rest_lane: int
    travel_ms: int
    commanded: int = 0
    position: int = 0
    moving_to: int = 0
    left_ms: int = 0
    blocked: bool = False  # a fault: it stays where it is

    def __post_init__(self) -> None:
        self.commanded = self.position = self.moving_to = self.rest_lane

    def advance(self, dt_ms: int, powered: bool) -> None:
        target = self.commanded if powered else self.rest_lane
        if self.blocked:
            return
        if target != self.moving_to:
            self.moving_to, self.left_ms = target, self.travel_ms
        if self.left_ms > 0:
            self.left_ms = max(0, self.left_ms - dt_ms)
        if self.left_ms == 0:
            self.position = self.moving_to

    @property
    def in_position(self) -> bool:
        return self.position == self.commanded and self.left_ms == 0
