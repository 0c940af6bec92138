"""How long nothing will happen on the belts: the steps that may be taken together.

One rule: never one step too many. Whatever is not simple travel (a carton that is pushed, a flickering eye, an edge at a mark)
is left to single steps, so that a run with looking ahead is the same run as one without.
"""

from bisect import bisect_left
from collections.abc import Sequence

import msgspec

from simulators.plant.cartons import Placed
from simulators.plant.geometry import LineGeometry
from simulators.plant.parts import Diverter

STEP_MS = 10
NO_LIMIT = 1_000_000
# Sums of steps are not exact; this part of a step is far more than their error and far less than a step.
SLACK_STEPS = 1e-6


class Quiet(msgspec.Struct, frozen=True):
    """`steps` more of plain travel, each of so many millimetres."""

    steps: int
    infeed_mm: float = 0.0
    main_mm: float = 0.0
    moving: tuple[tuple[Placed, float], ...] = ()

    def after(self, steps: int) -> "Quiet":
        return Quiet(self.steps - steps, self.infeed_mm, self.main_mm, self.moving)


NOT_QUIET = Quiet(0)


def marks(geometry: LineGeometry) -> tuple[float, ...]:
    """Every place at which something happens when a carton's front or rear passes it."""
    g = geometry
    places = {0.0, float(g.weigh_from_mm), float(g.weigh_to_mm), float(g.divert_mm), float(g.lane_eye_mm)}
    places.add(float(g.xray_beam_mm))
    return tuple(sorted(places | {float(eye.at_mm) for eye in g.eyes}))


def diverter_steps(diverter: Diverter, powered: bool) -> int:
    """Steps until the diverter arrives; 0 when it is about to set off."""
    if diverter.blocked:
        return NO_LIMIT if diverter.left_ms == 0 else 0
    target = diverter.commanded if powered else diverter.rest_lane
    if target != diverter.moving_to:
        return 0
    return diverter.left_ms // STEP_MS - 1 if diverter.left_ms else NO_LIMIT


def look_ahead(
    moves: Sequence[tuple[Placed, float]], marks_mm: Sequence[float], infeed_mm: float, main_mm: float, at_most: int,
    divert_mm: float,
) -> Quiet:  # fmt: skip
    """`moves`: every carton, the front-most first, with what the next step would carry it."""
    steps = at_most
    ahead: dict[int, tuple[float, float]] = {}  # lane (0 = belts) -> rear and step of what is next in front
    for placed, step_mm in moves:
        lane, front_mm = placed.lane, placed.front_mm
        rear_mm = front_mm - placed.carton.length_mm
        if step_mm > 0:
            steps = min(steps, _until_mark(front_mm, step_mm, marks_mm), _until_mark(rear_mm, step_mm, marks_mm))
            before = ahead.get(lane)
            if before is not None and step_mm > before[1]:
                steps = min(steps, int((before[0] - front_mm) / (step_mm - before[1]) - SLACK_STEPS))
            if steps <= 0:
                return NOT_QUIET
        ahead[lane] = rear_mm, step_mm
        # What is half in a lane still blocks the way on the belt.
        if lane and rear_mm < divert_mm and (0 not in ahead or rear_mm < ahead[0][0]):
            ahead[0] = rear_mm, step_mm
    return Quiet(steps, infeed_mm, main_mm, tuple(move for move in moves if move[1]))


def _until_mark(place_mm: float, step_mm: float, marks_mm: Sequence[float]) -> int:
    nth = bisect_left(marks_mm, place_mm)
    if nth == len(marks_mm):
        return NO_LIMIT
    return int((marks_mm[nth] - place_mm) / step_mm - SLACK_STEPS)
