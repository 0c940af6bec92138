"""The physical line: belts, photo-eyes, diverter, lanes, cartons and the hands that touch them. Knows no
protocol.
"""

from simulators.plant.cartons import Carton, Content, Label, Placed
from simulators.plant.geometry import (
    LANE_ANOMALY,
    LANE_INSPECT,
    LANE_RELEASE,
    EyeSpec,
    LaneSpec,
    LineGeometry,
)
from simulators.plant.log import PlantLog
from simulators.plant.plant import STEP_MS, Plant

__all__ = [
    "LANE_ANOMALY",
    "LANE_INSPECT",
    "LANE_RELEASE",
    "STEP_MS",
    "Carton",
    "Content",
    "EyeSpec",
    "Label",
    "LaneSpec",
    "LineGeometry",
    "Placed",
    "Plant",
    "PlantLog",
]
