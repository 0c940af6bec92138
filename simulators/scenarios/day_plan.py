"""What the demo day consists of: eleven loads, the named troubles in their places, ordinary cartons in between.

The one rule: the named cartons are always there; only the number of ordinary ones follows the wish for a longer or shorter
day. Lists of several cartons come only in loads where nothing happens to the belt, so that each scene has one cause; and whose
image is merged has an ordinary one behind it, which it is merged with.
"""

from itertools import cycle

from simulators.traffic.day import LoadPlan, Slot
from simulators.traffic.parcels import SealTrouble, Trouble

NAMED_CARTONS = 34
FEWEST_CARTONS = 57
UNKNOWN_STATUS = "733"

# The fewest ordinary cartons a load needs for its scenes; None = no ordinary cartons at all.
_FEWEST = (1, 1, 1, None, 5, 6, 5, 4, None, None, None)


def demo_plan(cartons: int) -> tuple[LoadPlan, ...]:
    """Plans for `cartons` cartons, at least FEWEST_CARTONS."""
    if cartons < FEWEST_CARTONS:
        raise ValueError(f"the demo needs at least {FEWEST_CARTONS} cartons, not {cartons}")
    plain = _shares(cartons - NAMED_CARTONS)
    t = Trouble
    return (
        _mixed(plain[0], True, (Slot(t.NO_READ),), (Slot(t.NOT_LISTED),),
               (Slot(t.DUPLICATE_FIRST), Slot(t.DUPLICATE_SECOND)), (Slot(t.TWO_WAYBILLS),), (Slot(t.WRONG_CHECK),)),
        _mixed(plain[1], True, (Slot(t.OVERWEIGHT),), (Slot(t.WEIGHT_MISTYPED),),
               (Slot(t.SIBLING_MISSING, cartons=2, missing=1),), (Slot(t.INSPECTION, status="500"),),
               (Slot(t.INSPECTION_CLEARED, status="500"),),
               (Slot(t.UNKNOWN_STATUS, status=UNKNOWN_STATUS),), (Slot(t.XRAY_LATE),), (Slot(t.XRAY_NEVER),),
               (Slot(t.XRAY_TWICE),)),
        _mixed(plain[2], True, (Slot(t.OFFICER_HOLD),), (Slot(t.RECALL_RELEASED),), (Slot(t.RECALL_ON_BELT),),
               (Slot(t.HIDDEN),), (Slot(t.XRAY_MERGED), Slot()), (Slot(t.HIDDEN_UNSEEN),)),
        LoadPlan((Slot(t.NO_NOTICE),) * 4, noticed=False),
        _mixed(plain[4], False),
        _mixed(plain[5], False, (), (Slot(t.EXCHANGED), Slot(t.EXCHANGED))),
        _mixed(plain[6], False),
        _mixed(plain[7], False),
        LoadPlan((Slot(t.SEAL_LIFTED), Slot(t.SEAL_LIFTED)), seal=SealTrouble.MISTYPED),
        LoadPlan((Slot(t.SEAL_DIFFERS),), seal=SealTrouble.SWAPPED),
        LoadPlan((Slot(t.SEAL_BROKEN), Slot(t.SEAL_BROKEN)), seal=SealTrouble.BROKEN),
    )  # fmt: skip


def steady_plan(cartons: int, a_load: int = 60) -> tuple[LoadPlan, ...]:
    """Ordinary cartons only, one to a list."""
    sizes = [min(a_load, cartons - start) for start in range(0, cartons, a_load)]
    return tuple(LoadPlan((Slot(),) * size) for size in sizes)


def open_plan(cartons: int, a_load: int = 60) -> tuple[LoadPlan, ...]:
    """Loads with a little of everything that a carton can bring: one in eight is not ordinary."""
    t = Trouble
    brought = cycle((
        Slot(t.HIDDEN), Slot(t.NO_READ), Slot(t.WEIGHT_MISTYPED), Slot(t.XRAY_LATE), Slot(t.OVERWEIGHT), Slot(t.NOT_LISTED),
        Slot(t.INSPECTION_CLEARED, status="500"), Slot(t.WRONG_CHECK), Slot(t.UNKNOWN_STATUS, status=UNKNOWN_STATUS),
    ))  # fmt: skip
    sizes = [min(a_load, cartons - start) for start in range(0, cartons, a_load)]
    return tuple(LoadPlan(tuple(next(brought) if place % 8 == 5 else Slot() for place in range(size))) for size in sizes)


def _shares(plain: int) -> list[int]:
    shares = [fewest or 0 for fewest in _FEWEST]
    places = [place for place, fewest in enumerate(_FEWEST) if fewest is not None]
    for count in range(plain - sum(shares)):
        shares[places[count % len(places)]] += 1
    return shares


def _mixed(plain: int, lists: bool, *named: tuple[Slot, ...]) -> LoadPlan:
    """The named slots with an ordinary carton behind each while there are any, the other ordinary ones at the end."""
    slots: list[Slot] = []
    for group in named:
        slots += group
        if plain > 0:
            slots.append(Slot())
            plain -= 1
    for size in (3, 2) if lists else ():
        if plain >= size + 1:
            slots.append(Slot(cartons=size))
            plain -= size
    return LoadPlan((*slots, *(Slot() for _ in range(plain))))
