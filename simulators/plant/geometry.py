"""Where things stand on the line, in millimetres from the induct photo-eye.

The one rule: this is steel, not program. A PLC program is told its own layout; if the two differ, that is a
commissioning fault
that the simulation may make on purpose. Source: default geometry of the Xiyong line.
"""

import msgspec

LANE_INSPECT, LANE_ANOMALY, LANE_RELEASE = 1, 2, 3


class EyeSpec(msgspec.Struct, frozen=True):
    name: str
    at_mm: int


class LaneSpec(msgspec.Struct, frozen=True):
    lane: int
    capacity: int = 1000  # cartons standing behind the confirmation eye when the "full" eye is covered


class LineGeometry(msgspec.Struct, frozen=True):
    infeed_from_mm: int = -2000
    divert_mm: int = 8500
    lane_eye_mm: int = 8800  # confirmation eyes, 300 mm behind the divert
    belt_speed_mm_s: int = 500
    diverter_travel_ms: int = 250
    rest_lane: int = LANE_INSPECT
    weigh_from_mm: int = 1200
    weigh_to_mm: int = 2200
    xray_beam_mm: int = 3550
    eyes: tuple[EyeSpec, ...] = (
        EyeSpec("induct", 0),
        EyeSpec("scan_gate", 600),
        EyeSpec("weigh_in", 1200),
        EyeSpec("weigh_out", 2200),
        EyeSpec("xray_in", 2800),
        EyeSpec("xray_out", 4300),
        EyeSpec("verify_gate", 5200),
        EyeSpec("decision", 5900),
        EyeSpec("divert", 8300),
    )
    lanes: tuple[LaneSpec, ...] = (LaneSpec(LANE_INSPECT), LaneSpec(LANE_ANOMALY), LaneSpec(LANE_RELEASE))


def lane_eye_name(lane: int) -> str:
    return f"lane_{lane}"
