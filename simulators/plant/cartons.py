"""Cartons as the plant knows them: what each truly is, whatever any device believes.

The one rule: `carton_no` is the ground truth identity and never appears on a wire. Source: architecture,
"simulators/plant".
"""

from dataclasses import dataclass

import msgspec


class Label(msgspec.Struct, frozen=True):
    """One label on a carton. A scanner sees `text` only if it is readable."""

    text: str
    readable: bool = True


class Content(msgspec.Struct, frozen=True):
    """A thing in a carton: what it is made of, and where it lies as seen from the side, from front and bottom."""

    name: str
    material: str
    mass_g: int
    x_mm: int
    y_mm: int
    length_mm: int
    height_mm: int


class Carton(msgspec.Struct, frozen=True):
    carton_no: int
    length_mm: int
    weight_g: int
    labels: tuple[Label, ...] = ()
    contents: tuple[Content, ...] = ()


@dataclass(slots=True)
class Placed:
    """A carton standing somewhere on the line. `front_mm` is measured from the induct photo-eye.

    `lane` is 0 on the belts and the lane number past the divert. `stuck` = jammed: it does not move,
    whatever the belt does.
    """

    carton: Carton
    front_mm: float
    lane: int = 0
    stuck: bool = False

    @property
    def rear_mm(self) -> float:
        return self.front_mm - self.carton.length_mm

    def covers(self, at_mm: float) -> bool:
        return self.rear_mm <= at_mm < self.front_mm
