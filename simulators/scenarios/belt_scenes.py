"""Scenes that happen to whatever stands on the belt: full lane, jam, stop, E-stop, power, cable, hands, kill.

The one rule: a scene waits for its place on the belt by looking, acts as a person or a fault would, and names the cartons it
met; if its moment never comes it names none, and the oracle calls that a failed scene.
"""

import asyncio
from collections.abc import Callable

from simulators.plant import LANE_INSPECT, LANE_RELEASE, Placed
from simulators.scenarios import script
from simulators.scenarios.stage import Stage
from simulators.traffic.parcels import Load, Trouble

MOMENT_WITHIN_S = 60.0
STOP_S = 60.0
UNPLUGGED_S = 8.0
POWER_OFF_S = 1.5
DAEMON_DEAD_S = 4.0
PURGED_WITHIN_S = 60.0
READY_AGAIN_S = 90.0
LOOK_EVERY_S = 0.02
# A carton between the divert and the confirmation eye would be taken out by hand after a loss of tracking: the scene waits.
DIVERT_MM = (8460.0, 8840.0)
GATE_MM = 600.0
# Entry photo-eye at 2800, exit photo-eye at 4300; a carton that was seen by the first and will not be by the second.
TUNNEL_FRONT_MM, TUNNEL_REAR_MM = (2900.0, 4600.0), 4000.0


def ordinary_on(stage: Stage, from_mm: float, to_mm: float) -> list[Placed]:
    """Ordinary cartons whose front is in this part of the belt."""
    floor = stage.floor
    return [
        p for p in floor.on_belt()
        if from_mm <= p.front_mm <= to_mm and floor.parcel(p.carton.carton_no).trouble is Trouble.NONE
    ]  # fmt: skip


def numbers(placed: list[Placed]) -> list[int]:
    return [p.carton.carton_no for p in placed]


async def moment(stage: Stage, true: Callable[[], object]) -> bool:
    return await stage.floor.until(lambda: bool(true()), MOMENT_WITHIN_S, LOOK_EVERY_S)


def no_other_story(stage: Stage) -> bool:
    """Whether no carton of another scene is on its way to the lane that ends it: a voided belt would spoil that."""
    return all(p.carton.carton_no not in stage.floor.on_story for p in stage.floor.on_belt())


async def lane_full(stage: Stage, load: Load) -> None:
    """The release lane is full while the next ordinary carton comes to the divert."""
    if not await moment(stage, lambda: ordinary_on(stage, 6600, 7600)):
        return stage.expect(script.LANE_FULL, ())
    stage.announce(script.LANE_FULL)
    first = numbers(ordinary_on(stage, 6600, 7600))[0]
    began_ms = stage.world.sim.line_ms
    stage.loader.close_lane()
    await stage.floor.until(lambda: _exits(stage, began_ms, LANE_INSPECT).count(first) > 0, 10)
    stage.loader.open_lane()
    # Whatever was committed meanwhile has its way; it shares the scene.
    await asyncio.sleep(2.5)
    stage.expect(script.LANE_FULL, {first} & set(_exits(stage, began_ms, LANE_INSPECT)))
    return None


def _exits(stage: Stage, since_ms: int, lane: int) -> list[int]:
    facts = stage.world.sim.log.of("lane_exit")
    return [int(str(f["carton_no"])) for f in facts if f["lane"] == lane and int(str(f["line_ms"])) >= since_ms]


async def jam(stage: Stage, load: Load) -> None:
    """A carton stands still across a photo-eye until people take it and its neighbours off."""
    eye_mm = 4300.0

    def across() -> list[Placed]:
        return [p for p in ordinary_on(stage, eye_mm + 20, 6000) if p.rear_mm < eye_mm - 60]

    if not await moment(stage, across):
        return stage.expect(script.JAM, ())
    with stage.line_in_hand():
        stage.announce(script.JAM)
        stage.floor.plant.jam(across()[0].carton)
        await stage.floor.until(lambda: stage.floor.panel().jam, 15)
        await asyncio.sleep(3.0)
        stage.expect(script.JAM, await stage.operator.clear_jam())
    return None


async def belt_stop(stage: Stage, load: Load) -> None:
    """A normal stop of 60 s with decided cartons past the decision point, and one in the X-ray tunnel."""
    if not await moment(stage, lambda: ordinary_on(stage, 6700, 6900) and _in_tunnel(stage)):
        stage.expect(script.XRAY_STOP, ())
        return stage.expect(script.STOP, ())
    with stage.line_in_hand():
        stage.announce(script.STOP)
        decided = numbers(ordinary_on(stage, 6700, 8200))
        await stage.operator.say("stop", "shift change")
        stage.expect(script.STOP, decided)
        stage.expect(script.XRAY_STOP, numbers(_in_tunnel(stage)))
        await asyncio.sleep(STOP_S)
        await stage.operator.say("start", "shift change over")
        if not await stage.floor.until(lambda: stage.floor.panel().running, 4):
            await stage.operator.restart()
    return None


def _in_tunnel(stage: Stage) -> list[Placed]:
    """Ordinary cartons so far inside that the belt still stops before their rear is out."""
    return [p for p in ordinary_on(stage, *TUNNEL_FRONT_MM) if p.rear_mm < TUNNEL_REAR_MM]


async def exchanged(stage: Stage, load: Load) -> None:
    """Two cartons of one size change places between scan gate and verify gate."""
    one, other = (p for p in load.parcels if p.trouble is Trouble.EXCHANGED)
    floor = stage.floor

    def between() -> bool:
        fronts = (floor.front_mm(one.carton_no), floor.front_mm(other.carton_no))
        return min(fronts) > 2900 and 3900 < max(fronts) < 5000

    if not await moment(stage, between):
        return stage.expect(script.EXCHANGED, ())
    stage.announce(script.EXCHANGED)
    floor.plant.exchange(one.carton(), other.carton())
    stage.expect(script.EXCHANGED, (one.carton_no, other.carton_no))
    return None


async def e_stop(stage: Stage, load: Load) -> None:
    """Emergency stop, local reset, local start, purge to inspection."""
    if not await moment(stage, lambda: ordinary_on(stage, 4500, 6500) and _divert_is_clear(stage) and no_other_story(stage)):
        return stage.expect(script.E_STOP, ())
    with stage.line_in_hand():
        stage.announce(script.E_STOP)
        caught = numbers(ordinary_on(stage, 700, 7900))
        stage.floor.plant.set_estop(True)
        stage.floor.spoil_belt()
        stage.expect(script.E_STOP, caught)
        await asyncio.sleep(3.0)
        stage.floor.plant.set_estop(False)
        await asyncio.sleep(1.0)
        await _purge(stage)
    return None


async def plc_restart(stage: Stage, load: Load) -> None:
    """The PLC loses power; it comes back with a new epoch and an unknown belt."""
    if not await moment(stage, lambda: ordinary_on(stage, 4500, 6500) and _divert_is_clear(stage) and no_other_story(stage)):
        return stage.expect(script.PLC_RESTART, ())
    with stage.line_in_hand():
        stage.announce(script.PLC_RESTART)
        caught = numbers(ordinary_on(stage, 700, 7900))
        stage.world.sim.power_off()
        stage.floor.spoil_belt()
        stage.expect(script.PLC_RESTART, caught)
        await asyncio.sleep(POWER_OFF_S)
        stage.world.sim.power_on()
        await stage.floor.until(lambda: stage.floor.daemon_well, READY_AGAIN_S)
        await _purge(stage)
    return None


def _divert_is_clear(stage: Stage) -> bool:
    return not any(DIVERT_MM[0] < p.front_mm < DIVERT_MM[1] for p in stage.floor.plant.on_line())


async def _purge(stage: Stage) -> None:
    await stage.operator.restart()
    await stage.floor.until(lambda: not stage.floor.panel().purge, PURGED_WITHIN_S)
    stage.floor.spoil_belt()


async def scanner_unplugged(stage: Stage, load: Load) -> None:
    """The induct reader's cable is pulled for 8 s; cartons go on and nobody reads them."""
    floor, port = stage.floor, stage.world.induct.port
    if not await moment(stage, lambda: ordinary_on(stage, 0, 400) and no_other_story(stage)):
        return stage.expect(script.SCANNER_OUT, ())
    stage.announce(script.SCANNER_OUT)
    began_s = asyncio.get_running_loop().time()
    port.unplug()
    floor.reader_well = False
    passed: set[int] = set()
    while asyncio.get_running_loop().time() < began_s + UNPLUGGED_S:
        passed |= set(numbers(ordinary_on(stage, GATE_MM + 80, GATE_MM + 240)))
        await asyncio.sleep(0.1)
    await port.plug()
    stage.floor.on_story |= passed
    stage.expect(script.SCANNER_OUT, passed)
    await floor.until(lambda: floor.reader_well, READY_AGAIN_S)
    return None


async def daemon_killed(stage: Stage, load: Load) -> None:
    """The daemon dies without a word and is started again; the PLC keeps its rules meanwhile."""
    if not await moment(stage, lambda: ordinary_on(stage, 3000, 6800) and no_other_story(stage)):
        return stage.expect(script.DAEMON_KILLED, ())
    with stage.line_in_hand():
        stage.announce(script.DAEMON_KILLED)
        caught = numbers(ordinary_on(stage, 100, 8400))
        stage.cue("kill_daemon")
        stage.expect(script.DAEMON_KILLED, caught)
        stage.floor.spoil_belt()
        stage.floor.daemon_well = False
        await asyncio.sleep(DAEMON_DEAD_S)
        stage.cue("start_daemon")
        await stage.floor.until(lambda: not stage.floor.daemon_well, 3)
        await stage.floor.until(lambda: stage.floor.daemon_well, READY_AGAIN_S)
        if not stage.floor.panel().running:
            await stage.operator.restart()
    return None


def released_lane(stage: Stage, carton_no: int) -> bool:
    return carton_no in stage.floor.released or stage.floor.in_lane(LANE_RELEASE, carton_no)
