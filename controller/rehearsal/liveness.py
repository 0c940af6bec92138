"""Liveness after the faults: the line must come back by itself.

One rule: it is asked only when everything is healed, disks and noise too; what then does not happen in time, and waits for no
person that it names, is a breach.
Source: reliability notes, L1 (ready within 10 s) and L3 (every carton leaves).
"""

import asyncio

from controller.line.readiness import line_blockers
from controller.line.state import Draft
from controller.rehearsal.host import Host
from simulators.oracle import Breach
from simulators.people.floor import Floor

READY_WITHIN_S = 10.0
LOOK_EVERY_S = 0.1


async def check_ready(host: Host) -> list[Breach]:
    """L1: ready to decide."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + READY_WITHIN_S
    while loop.time() < until_s:
        if not _missing(host):
            return []
        await asyncio.sleep(LOOK_EVERY_S)
    return [Breach("L1", "", f"not ready {READY_WITHIN_S:g} s after the last fault was healed: {_missing(host)}")]


def check_still_ready(host: Host) -> list[Breach]:
    """L1 at the end, when the people it named have had their time: nothing is missing at all."""
    missing = _missing(host) or ", ".join(_blockers(host))
    return [Breach("L1", "", f"not ready at the end of the shift: {missing}")] if missing else []


def _missing(host: Host) -> str:
    """What is not well; a hold on the whole line, or two hosts, names the person it waits for, and is well."""
    if not host.runs or host.daemon is None or host.daemon.core is None:
        return "no daemon runs"
    state = host.daemon.core.state
    line_holds = (hold.code for hold in state.holds.values() if hold.scope == "line" and hold.lifted_ms < 0)
    for_people = {"session_conflict", *line_holds}
    return ", ".join(code for code in _blockers(host) if code not in for_people)


def _blockers(host: Host) -> list[str]:
    if host.daemon is None or host.daemon.core is None:
        return ["no daemon runs"]
    state = host.daemon.core.state
    return [blocker.code for blocker in line_blockers(Draft(state, state.facts.line_ms))]


def beyond_knowledge(breach: Breach) -> bool:
    """A carton that no photo-eye told apart from its neighbour, in a lane other than release: nobody could record it.

    In the release lane the same is a breach of I3, which is not excused.
    """
    return breach.invariant == "ACC" and "(none)" in breach.what and not breach.what.startswith("it is in lane 3")


def check_rest(floor: Floor) -> list[Breach]:
    """L3: the belts are empty."""
    return [
        Breach("L3", str(placed.carton.carton_no), f"still on the line, front at {placed.front_mm:.0f} mm, lane {placed.lane}")
        for placed in floor.plant.on_line()
    ]
