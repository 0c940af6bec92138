"""How many scans will only count time and travel: those may be taken together.

One rule: never one scan too many. Every limit that the program compares time or travel with is named here; what is not named
is left to single scans, so that a run with looking ahead is the same run as one without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.plc.diverting import ENTER_BEFORE_MM, REAR_MARGIN_MM, WAIT_BEFORE_MM
from simulators.plc.memory import Memory

if TYPE_CHECKING:
    from simulators.plc.program import PlcProgram

NO_LIMIT = 1_000_000
FAR_MM = 1e9
# Sums of steps are not exact; this part of a step is far more than their error and far less than a step.
SLACK_STEPS = 1e-6


def quiet_scans(program: PlcProgram, step_mm: float, dt_ms: int) -> int:
    """Scans of `dt_ms` with `step_mm` of travel each, before one in which something may happen."""
    m = program.memory
    if m.ring.torn or program.half_written:
        return 0
    scans = NO_LIMIT
    silent_ms = program.link.quiet_ms()
    for left_ms in (*program.machine.quiet_ms(), *(() if silent_ms is None else (silent_ms,))):
        scans = min(scans, (left_ms - 1) // dt_ms)
    if step_mm > 0:
        scans = min(scans, int(_left_mm(program, m) / step_mm - SLACK_STEPS))
    return max(0, scans)


def _left_mm(program: PlcProgram, m: Memory) -> float:
    """Travel left until the next limit that is not passed yet."""
    c, machine = m.config, program.machine
    left_mm = FAR_MM
    for item in m.items:
        pos_mm = item.pos_mm
        nxt = item.eye + 1
        limits: list[float] = [c.lane_eye_mm + c.window_mm]
        if nxt < len(c.eyes):
            limits.append(c.eyes[nxt].at_mm + c.window_mm)
        if not item.committed_lane:
            limits.append(c.divert_mm - m.deadline_mm)
        if item.at_divert:
            rear_gone_mm = c.divert_mm + REAR_MARGIN_MM + (item.length_mm or c.max_length_mm)
            limits += (c.divert_mm - WAIT_BEFORE_MM, c.divert_mm - ENTER_BEFORE_MM, rear_gone_mm)
        for limit_mm in limits:
            if 0 <= limit_mm - pos_mm < left_mm:
                left_mm = limit_mm - pos_mm
    for travel_mm in machine.tracker.covered_mm():
        if c.jam_mm >= travel_mm:
            left_mm = min(left_mm, c.jam_mm - travel_mm)
        elif not m.jam:
            return 0.0
    if m.purge and machine.purge_left_mm > 0:
        left_mm = min(left_mm, machine.purge_left_mm)
    return left_mm
