"""How many scans will only count time and travel: those may be taken together.

One rule: never one scan too many. Every limit that the program compares time or travel with is named here; what is not named
is left to single scans, so that a run with looking ahead is the same run as one without.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulators.plc.diverting import ENTER_BEFORE_MM, REAR_MARGIN_MM, WAIT_BEFORE_MM
from simulators.plc.memory import Memory

if TYPE_CHECKING:
    from simulators.plc.program import PlcProgram

NO_LIMIT = 1_000_000
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
        for left_mm in _left_mm(program, m):
            scans = min(scans, int(left_mm / step_mm - SLACK_STEPS))
    return max(0, scans)


def _left_mm(program: PlcProgram, m: Memory) -> Iterator[float]:
    """Travel left until each limit that is not passed yet."""
    c, machine = m.config, program.machine
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
            if limit_mm >= pos_mm:
                yield limit_mm - pos_mm
    for travel_mm in machine.tracker.covered_mm():
        if c.jam_mm >= travel_mm:
            yield c.jam_mm - travel_mm
        elif not m.jam:
            yield 0.0
    if m.purge and machine.purge_left_mm > 0:
        yield machine.purge_left_mm
