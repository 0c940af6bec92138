"""Liveness after the faults: the line must come back by itself.

One rule: it is asked only when everything is healed, disks and noise too; what then does not happen in time, and waits for no
person that it names, is a breach.
Source: reliability notes, L1 (ready within 10 s), L2 (releases happen again), L3 (every carton leaves), L6 (none goes to the
default lane for nothing).
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from controller.line.departure_state import number_of
from controller.line.readiness import line_blockers
from controller.line.state import Draft
from controller.rehearsal.host import Host
from simulators.beacon.patlite import LAMPS
from simulators.line_world import LineWorld
from simulators.oracle import Breach
from simulators.oracle.sources import Fact
from simulators.people.floor import Floor
from simulators.plant import LANE_RELEASE

READY_WITHIN_S = 10.0
TOLD_WITHIN_S = 40.0
# Of 1,800 cartons an hour: a place that comes by while a hand is still busy stays empty.
FULL_FLOW_AN_HOUR = 0.9 * 1800
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


def check_still_ready(host: Host, not_there: tuple[str, ...] = ()) -> list[Breach]:
    """L1 at the end, when the people it named have had their time: nothing is missing but what was `not_there` all day."""
    missing = _missing(host) or ", ".join(_blockers(host))
    if missing:
        return [Breach("L1", "", f"not ready at the end of the shift: {missing}")]
    core = host.daemon.core if host.daemon is not None else None
    told = core.state.facts.devices_down if core is not None else ()
    down = [device for device in told if device not in not_there]
    return [Breach("L5", "", f"every device works and these are told to be down: {', '.join(down)}")] if down else []


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


def check_told(host: Host, released: Iterable[dict[str, Any]]) -> list[Breach]:
    """L4: the port has heard of every container that left more than TOLD_WITHIN_S ago."""
    if host.daemon is None or host.daemon.core is None:
        return []
    state = host.daemon.core.state
    told = {str(one["container_no"]) for one in released}
    due_ms = state.facts.line_ms - int(TOLD_WITHIN_S * 1000)
    late = [
        number_of(box.container_no)
        for box in state.containers.values()
        if 0 <= box.departed_ms <= due_ms and number_of(box.container_no) not in told
    ]
    return [Breach("L4", "", f"the port was never told of container {number}") for number in late]


def check_stack_light(world: LineWorld) -> list[Breach]:
    """A tower on the network shows at the end what the lamps at the PLC show."""
    if world.stack_light is None:
        return []
    shows = {name: world.stack_light.shows[name] > 0 for name in LAMPS}
    lamps = {name: on for name, on in world.sim.look()[1].lamps().items() if name in LAMPS}
    return [Breach("L5", "", f"the stack light shows {shows}, the lamps at the PLC {lamps}")] if shows != lamps else []


def check_rest(floor: Floor) -> list[Breach]:
    """L3: the belts are empty."""
    return [
        Breach("L3", str(placed.carton.carton_no), f"still on the line, front at {placed.front_mm:.0f} mm, lane {placed.lane}")
        for placed in floor.plant.on_line()
    ]


def check_flow(facts: Iterable[Fact], cartons: frozenset[int]) -> list[Breach]:
    """L2 and L6: ordinary `cartons` that came when all was well again are inducted at full rate and released at once."""
    inducted: dict[int, int] = {}
    all_inducted: list[int] = []
    lanes: dict[int, list[int]] = {number: [] for number in cartons}
    for fact in facts:
        number = fact.get("carton_no")
        if fact["fact"] == "induct_eye":
            all_inducted.append(fact["line_ms"])
            if number in cartons:
                inducted.setdefault(number, fact["line_ms"])
        elif fact["fact"] == "lane_exit" and number in cartons:
            lanes[number].append(fact["lane"])
    found = []
    if len(inducted) < len(cartons):
        found.append(Breach("L2", "", f"{len(cartons) - len(inducted)} of {len(cartons)} cartons never came onto the belt"))
    for number in sorted(inducted):
        if not lanes[number] or lanes[number][-1] != LANE_RELEASE:
            found.append(Breach("L2", str(number), f"came when all was well, is not released: lanes {lanes[number]}"))
        elif lanes[number][0] != LANE_RELEASE:
            found.append(Breach("L6", str(number), f"came when all was well, was not released at once: lanes {lanes[number]}"))
    if len(inducted) > 1:
        first_ms, last_ms = min(inducted.values()), max(inducted.values())
        an_hour = (sum(first_ms <= at_ms <= last_ms for at_ms in all_inducted) - 1) * 3_600_000 / max(1, last_ms - first_ms)
        if an_hour < FULL_FLOW_AN_HOUR:
            found.append(Breach("L2", "", f"only {an_hour:.0f} cartons an hour came in, {FULL_FLOW_AN_HOUR:.0f} are full flow"))
    return found
