"""The demo: eleven loads at 1,800 cartons an hour, and in them every named trouble of a line.

The one rule: the day is the same for the same seed, and it ends with an empty belt and every carton in a known place.
"""

import asyncio
from collections.abc import Awaitable, Callable

from simulators.plant import LANE_INSPECT
from simulators.scenarios import belt_scenes, script
from simulators.scenarios.stage import Stage
from simulators.traffic.parcels import Load, Parcel, SealTrouble, Trouble

BeltScene = Callable[[Stage, Load], Awaitable[None]]

# What happens during which load, one after the other.
BELT_SCENES: dict[int, tuple[BeltScene, ...]] = {
    5: (belt_scenes.lane_full, belt_scenes.jam),
    6: (belt_scenes.exchanged, belt_scenes.belt_stop),
    7: (belt_scenes.e_stop, belt_scenes.scanner_unplugged),
    8: (belt_scenes.plc_restart, belt_scenes.daemon_killed),
}
XRAY_FAULTS = {
    Trouble.XRAY_LATE: "late",
    Trouble.XRAY_NEVER: "never",
    Trouble.XRAY_TWICE: "twice",
    Trouble.XRAY_MERGED: "merged",
}
FIRST_TRUCK_AFTER = 4
PORT_WITHIN_S = 30.0
CARTON_WITHIN_S = 120.0


async def play(stage: Stage) -> None:
    """The whole day."""
    for trouble, scene in script.CARRIED.items():
        stage.expect(scene, stage.with_trouble(*script.carried_cartons(trouble)))
    stage.expect(script.RECHECK_DETAINED, stage.with_trouble(Trouble.OVERWEIGHT))
    loads = stage.day.loads
    _trouble_at_the_xray(stage)
    stage.unloader.on_findings = lambda load, found: _at_the_doors(stage, load, found)
    papers = stage.office.send_papers(loads[0])
    await stage.open()
    watching = [asyncio.create_task(_wrong_scan(stage), name="scene wrong scan")]
    watching.append(asyncio.create_task(_merged(stage), name="scene merged"))
    watching += [asyncio.create_task(_carried(stage, parcel), name=f"scene {parcel.carton_no}") for parcel in _watched(stage)]
    try:
        for number, load in enumerate(loads, start=1):
            await stage.receive(load, papers)
            if number < len(loads):
                papers = stage.office.send_papers(loads[number])
            for happening in BELT_SCENES.get(number, ()):
                await happening(stage, load)
            await stage.unloaded(load)
            if number == FIRST_TRUCK_AFTER:
                watching.append(asyncio.create_task(_first_truck(stage), name="scene first truck"))
        await stage.come_to_rest()
        await asyncio.gather(*watching[-1:])
        await _last_truck(stage)
    finally:
        for task in watching:
            task.cancel()
        results = await asyncio.gather(*watching, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


def _watched(stage: Stage) -> list[Parcel]:
    return [parcel for parcel in stage.day.parcels if parcel.trouble in script.CARRIED]


async def _carried(stage: Stage, parcel: Parcel) -> None:
    """Announce a carton's scene when it comes onto the belt, and do what people do about it."""
    floor, number = stage.floor, parcel.carton_no
    while not await floor.until(lambda: number in floor.placed, CARTON_WITHIN_S):
        pass
    act = _ACTS.get(parcel.trouble)
    if act is not None:
        await act(stage, parcel)
        return
    await floor.until(lambda: floor.front_mm(number) > 0, CARTON_WITHIN_S)
    stage.announce(script.CARRIED[parcel.trouble])


async def _officer_hold(stage: Stage, parcel: Parcel) -> None:
    stage.announce(script.CARRIED[parcel.trouble])
    hold_id = await stage.officer.hold(parcel.carton_key, "the officer wants to see it")
    await stage.floor.until(lambda: stage.floor.in_lane(LANE_INSPECT, parcel.carton_no), CARTON_WITHIN_S)
    await asyncio.sleep(4.0)
    if hold_id and await stage.officer.lift(hold_id, "seen, nothing found"):
        stage.floor.lifted.add(parcel.carton_no)


async def _recall_released(stage: Stage, parcel: Parcel) -> None:
    if not await stage.floor.until(lambda: parcel.carton_no in stage.loader.boxes, CARTON_WITHIN_S):
        return
    stage.announce(script.CARRIED[parcel.trouble])
    await _inspection_order(stage, parcel)
    for _ in range(30):
        if await stage.officer.is_held(parcel.carton_key, "recalled"):
            async with stage.loader.at_door:
                box = stage.loader.boxes[parcel.carton_no]
                carton = next(one for one in box.cartons if one.carton_no == parcel.carton_no)
                stage.loader.take_out(carton)
                stage.loader.aside.remove(carton)
                await stage.officer.fetch(parcel.code, "recalled: taken back from the container")
            return
        await asyncio.sleep(0.5)


async def _wrong_scan(stage: Stage) -> None:
    """Somebody shows a carton of the inspect lane to the scanner at the loading door."""
    stage.expect(script.LOADING_REFUSED, ())
    number = stage.with_trouble(Trouble.UNKNOWN_STATUS)[0]
    while not await stage.floor.until(lambda: stage.floor.in_lane(LANE_INSPECT, number), CARTON_WITHIN_S):
        pass
    stage.announce(script.LOADING_REFUSED)
    async with stage.loader.at_door:
        await stage.loader.show(stage.floor.parcel(number).carton())
    stage.expect(script.LOADING_REFUSED, (number,))


async def _first_truck(stage: Stage) -> None:
    """The gate reads a wrong seal, the truck is sent back; read again it may leave."""
    stage.expect(script.GATE_SEAL, ())
    stage.shipping.mistakes.wrong_seal = True
    stage.announce(script.GATE_SEAL)
    if await stage.shipping.ship():
        stage.expect(script.GATE_SEAL, [carton.carton_no for carton in stage.shipping.left[-1].cartons])


async def _last_truck(stage: Stage) -> None:
    """What was loaded since leaves, and the port is told of it."""
    stage.expect(script.GATE_GOOD, ())
    stage.announce(script.GATE_GOOD)
    if await stage.shipping.ship():
        number = stage.shipping.left[-1].container_no
        await stage.floor.until(lambda: any(r["container_no"] == number for r in stage.world.harbour.released), PORT_WITHIN_S)
        stage.expect(script.GATE_GOOD, [carton.carton_no for carton in stage.shipping.left[-1].cartons])
        await asyncio.sleep(2.0)


async def _recall_on_belt(stage: Stage, parcel: Parcel) -> None:
    if not await stage.floor.until(lambda: stage.floor.front_mm(parcel.carton_no) > 6250, CARTON_WITHIN_S, 0.02):
        return
    stage.announce(script.CARRIED[parcel.trouble])
    await _inspection_order(stage, parcel)


async def _inspection_order(stage: Stage, parcel: Parcel) -> None:
    stage.floor.recalled.add(parcel.carton_no)
    stage.office.send_receipt(stage.day.consignment(parcel.list_key), "500", stage.office.next_instant())


def _trouble_at_the_xray(stage: Stage) -> None:
    """What the machine and the officer before its screen will do, each once, when its carton comes."""
    for trouble, fault in XRAY_FAULTS.items():
        stage.world.xray.for_carton.update(dict.fromkeys(stage.with_trouble(trouble), fault))
    stage.image_officer.sleeps_over.update(stage.with_trouble(Trouble.HIDDEN_UNSEEN))


async def _merged(stage: Stage) -> None:
    """One image of two cartons: which two, the machine's own log says."""
    stage.expect(script.XRAY_MERGED, ())
    number = stage.with_trouble(Trouble.XRAY_MERGED)[0]
    xray = stage.world.xray
    while not await stage.floor.until(lambda: any(number in both for both in xray.merged), CARTON_WITHIN_S):
        pass
    stage.announce(script.XRAY_MERGED)
    both = next(both for both in xray.merged if number in both)
    stage.expect(script.XRAY_MERGED, [one for one in both if stage.floor.parcel(one).ordinary])


async def _seal_lifted(stage: Stage, parcel: Parcel) -> None:
    """The doors were opened in spite of the finding: all of the load is held until another person has looked."""
    load = next(one for one in stage.day.loads if one.load_id == parcel.load_id)
    if parcel is not load.parcels[-1]:
        return
    stage.announce(script.CARRIED[parcel.trouble])
    numbers = [one.carton_no for one in load.parcels]
    await stage.floor.until(lambda: all(stage.floor.in_lane(LANE_INSPECT, number) for number in numbers), CARTON_WITHIN_S)
    if await stage.unloader.doors.look_again(load):
        stage.floor.lifted.update(numbers)


async def _at_the_doors(stage: Stage, load: Load, found: tuple[str, ...]) -> None:
    """What the first look found: another person looks at once, but for the load whose story is that it comes later."""
    if load.seal_trouble is not SealTrouble.MISTYPED:
        await stage.unloader.doors.look_again(load)


_ACTS: dict[Trouble, Callable[[Stage, Parcel], Awaitable[None]]] = {
    Trouble.OFFICER_HOLD: _officer_hold,
    Trouble.RECALL_RELEASED: _recall_released,
    Trouble.SEAL_LIFTED: _seal_lifted,
    Trouble.RECALL_ON_BELT: _recall_on_belt,
}
