"""What the core knows of its line: geometry, lanes, windows, rules. Comes from configuration, in an event."""

import msgspec

from controller.domain.reasons import LaneKind


class Lane(msgspec.Struct, frozen=True):
    """A lane as the PLC numbers it (plc-contract: 1 inspect, 2 anomaly, 3 release; others as a site has them)."""

    name: str
    code: int
    kind: LaneKind


class GateLane(msgspec.Struct, frozen=True):
    """A gate and the number of its barrier in the PLC (command 35)."""

    name: str
    barrier: int


class LineProfile(msgspec.Struct, frozen=True):
    """Everything of the configuration that a decision can depend on. Distances from the induct photo-eye."""

    line_id: int
    name: str
    mode: str
    speed_mm_s: int
    lanes: tuple[Lane, ...]
    scan_zone: int
    weigh_zone: int
    verify_zone: int
    divert_mm: int
    decision_point_mm: int
    deadline_mm: int
    verify_read: bool = True
    weight_required: bool = True
    weight_tolerance_g: int = 50
    weight_tolerance_permille: int = 30
    list_incomplete: str = "divert"
    released_words: tuple[str, ...] = ("800", "899")
    read_early_ms: int = 150
    read_late_ms: int = 250
    weight_late_ms: int = 150
    decide_margin_ms: int = 500
    pass_mask: int = 0xFFFF
    image_required: bool = False
    xray_join: str = "scan_id"
    xray_entry_mm: int = 2800
    xray_beam_mm: int = 3550
    xray_exit_mm: int = 4300
    image_late_ms: int = 1500
    image_owed_s: int = 20
    image_length_tolerance_mm: int = 60
    analysis_limit_ms: int = 3000
    gates: tuple[GateLane, ...] = ()
    container_tolerance_g: int = 2000
    container_tolerance_permille: int = 20
    gate_tolerance_permille: int = 30
    barrier_confirm_ms: int = 8000
    gate_wait_s: int = 300
    forget_after_s: int = 43_200
    seal_required: bool = True
    seal_scanner: bool = True
    seal_cameras: tuple[str, ...] = ()
    seal_limit_s: int = 120
    bench_readers: tuple[str, ...] = ()
    bench_cameras: tuple[str, ...] = ()
    recheck_trace_required: bool = True
    recheck_limit_s: int = 1800
    rerun_limit_s: int = 7200
    label_cameras: tuple[tuple[str, str], ...] = ()
    arrival_wait_s: int = 60
    customs_silence_limit_s: int = 0
    customs_answers: bool = False
    customs_ahead_limit_s: int = 900
    induct_zone: int = 1
    pictures_most: int = 0
    unanswered_s: int = 60

    def lane_by_code(self, code: int) -> Lane | None:
        return next((lane for lane in self.lanes if lane.code == code), None)

    def lane_by_name(self, name: str) -> Lane | None:
        return next((lane for lane in self.lanes if lane.name == name), None)

    def gate_by_name(self, name: str) -> GateLane | None:
        return next((gate for gate in self.gates if gate.name == name), None)

    def lane_of_kind(self, kind: LaneKind) -> Lane:
        """The first lane of a kind; a site without an anomaly lane sends such cartons to inspection."""
        for lane in self.lanes:
            if lane.kind is kind:
                return lane
        if kind is LaneKind.ANOMALY:
            return self.lane_of_kind(LaneKind.INSPECT)
        raise ValueError(f"the line profile has no {kind} lane")

    @property
    def default_lane(self) -> Lane:
        return self.lane_of_kind(LaneKind.INSPECT)
