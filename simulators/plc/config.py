"""What the PLC programmer fills in: layout, limits, and the counters the program comes up with.

The one rule: nothing here can be changed over the wire. Source: contract CIL-1 "Status block S" (values in
force) and the default
geometry of the Xiyong line.
"""

import msgspec

from simulators.plc import registers as reg


class TrackEye(msgspec.Struct, frozen=True):
    """A photo-eye of the tracking: the events it makes when a front arrives and when a rear has passed (0 =
    none).
    """

    name: str
    at_mm: int
    zone: int
    on_front: int = 0
    on_rear: int = 0
    point: int = 0  # number of the decision point, event 4 arg2


DEFAULT_EYES = (
    TrackEye("induct", 0, 1, on_front=reg.EVT_INDUCT),
    TrackEye("scan_gate", 600, 2, on_front=reg.EVT_GATE_OPEN, on_rear=reg.EVT_GATE_CLOSED),
    TrackEye("weigh_in", 1200, 3, on_front=reg.EVT_ARRIVED),
    TrackEye("weigh_out", 2200, 3, on_rear=reg.EVT_LEFT),
    TrackEye("xray_in", 2800, 4, on_front=reg.EVT_XRAY_ENTRY),
    TrackEye("xray_out", 4300, 4, on_rear=reg.EVT_XRAY_EXIT),
    TrackEye("verify_gate", 5200, 5, on_front=reg.EVT_GATE_OPEN, on_rear=reg.EVT_GATE_CLOSED),
    TrackEye("decision", 5900, 6, on_front=reg.EVT_DECISION_WANTED, point=1),
    TrackEye("divert", 8300, 7),
)


class PlcConfig(msgspec.Struct, frozen=True):
    line_id: int = 1
    eyes: tuple[TrackEye, ...] = DEFAULT_EYES
    divert_mm: int = 8500
    divert_zone: int = 7
    lane_eye_mm: int = 8800
    rest_lane: int = reg.LANE_INSPECT
    nominal_speed_mm_s: int = 500
    # The values in force when the host writes 0 or something out of range.
    deadline_mm: int = 500
    hb_limit_ms: int = 2000
    default_lane: int = reg.LANE_INSPECT
    deadline_range_mm: tuple[int, int] = (250, 2500)
    hb_limit_range_ms: tuple[int, int] = (500, 10_000)
    # Tracking.
    window_mm: int = 120
    min_length_mm: int = 150
    max_length_mm: int = 800
    min_gap_mm: int = 130
    length_tolerance_mm: int = 80
    jam_mm: int = 1500  # belt travel with an eye covered
    losses_until_jam: int = 3  # one after the other at the same eye
    # Zones (besides zone 1, the induction) at which PASS_MASK stops the belt under an arriving item.
    hold_stations: tuple[int, ...] = ()
    heartbeat_ms: int = 200
    horn_ms: int = 1000
    barrier_ms: int = 5000
    barriers: int = 4
    retentive: bool = True  # False: comes up with EPOCH 0 after each power-up


class PlcCounters(msgspec.Struct, frozen=True):
    """Where the counters stand at the first power-up; a test starts them near their wrap."""

    epoch: int = 1
    session_echo: int = 0
    next_track_id: int = 1
    next_ring_seq: int = 1
    heartbeat: int = 0
    t_ms: int = 0
    belt_mm: int = 0
    events_lost: int = 0
    totals: int = 0
