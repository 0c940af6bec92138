"""Mistakes at the open-box bench: one person for two, a stray thing scanned, a carton on the belt before the second word, a label
forgotten, a careless first word, nobody there.

The one rule: a mistake is made by a person with the next carton, or with one that lies there; what it leads to the oracle sees.
"""

from simulators.faults.site import Site
from simulators.plant import LANE_INSPECT


async def called(site: Site) -> bool:
    """An officer wants to see a carton of the inspect lane opened, whatever it is there for."""
    floor = site.floor
    cartons = [
        c for c in floor.seen.lanes[LANE_INSPECT] if floor.parcel(c.carton_no).declared and c.carton_no not in floor.settled
    ]
    if not cartons:
        return False
    carton = site.rng.choice(cartons)
    parcel = floor.parcel(carton.carton_no)
    floor.settled.add(carton.carton_no)
    floor.plant.take_from_lane(LANE_INSPECT, carton)
    site.stage.open_box.bring(carton)
    answer = await floor.desk.act(
        "removed", "chen", "operator", within_s=20.0, code=parcel.code, place="open_box", cause="an officer wants to see it"
    )
    return answer is not None


async def taken_out(site: Site) -> bool:
    """An officer has a carton taken out of the container at the door and opened; released, it is loaded again by hand."""
    loader, floor = site.stage.loader, site.floor
    if loader.box is None or not loader.box.cartons or loader.at_door.locked():
        return False
    async with loader.at_door:
        if loader.box is None or not loader.box.cartons:
            return False
        carton = site.rng.choice(loader.box.cartons)
        parcel = floor.parcel(carton.carton_no)
        answer = await floor.desk.act(
            "removed", "zhang", "officer", within_s=20.0, code=parcel.code, place="open_box", cause="an officer wants to see it"
        )
        if not (answer and answer.get("ok")):
            return False
        loader.take_out(carton)
        loader.aside.remove(carton)
    site.stage.open_box.bring(carton, by_hand=True)
    return True


async def same_officer(site: Site) -> bool:
    """The officer who opened it also says the second word; or opens again what was opened by the same two before."""
    site.stage.open_box.mistakes.same_officer = True
    return True


async def slip(site: Site) -> bool:
    """Something that lies beside the carton is scanned and taken back."""
    site.stage.open_box.mistakes.wrong_thing = True
    return True


async def slow(site: Site) -> bool:
    site.stage.open_box.mistakes.slow_s = site.rng.uniform(4, 20)
    return True


async def early(site: Site) -> bool:
    """The carton goes onto the belt after the first word; the second comes while it is under way, or later."""
    mistakes = site.stage.open_box.mistakes
    mistakes.early, mistakes.slow_s = True, site.rng.choice((0.0, 4.0, 8.0, 12.0, 20.0))
    return True


async def label(site: Site) -> bool:
    """The new seal label is reported and not stuck on."""
    site.stage.open_box.mistakes.no_label = True
    return True


async def careless(site: Site) -> bool:
    """The first officer says released, whatever lies on the bench; the second nods."""
    site.stage.open_box.mistakes.careless = True
    return True


async def forgot(site: Site) -> bool:
    """They go away in the middle of it; some time later somebody ends it without an outcome."""
    mistakes = site.stage.open_box.mistakes
    mistakes.forget, mistakes.slow_s = True, site.rng.uniform(2, 20)
    return True


async def takes_away(site: Site) -> bool:
    """Who finds what nobody declared ends it without an outcome, and opens the carton again."""
    site.stage.open_box.mistakes.takes_away = True
    return True


async def door(site: Site) -> bool:
    """Something that lies at the bench is shown at the loading door, and loaded if the screen takes it."""
    open_box, loader = site.stage.open_box, site.stage.loader
    if not open_box.kept or loader.at_door.locked():
        return False
    number = site.rng.choice(sorted(open_box.kept))
    async with loader.at_door:
        if await loader.show(open_box.kept[number]) == "" and number in open_box.kept:
            loader.load(open_box.kept.pop(number))
    return True
