"""Makes a day out of a plan and a seed: carriers, waybills, weights, lengths, goods, lists, loads.

The one rule: the same plan and seed give the same day, byte for byte. A plan is a sequence of loads, each a sequence of
slots: what comes off the truck next, and in how many cartons to a list.
"""

import random
from collections.abc import Sequence

import msgspec

from simulators.plant import Label
from simulators.traffic import numbers
from simulators.traffic.contents import contents_of
from simulators.traffic.parcels import HIDING, Consignment, Day, Item, Load, Parcel, SealTrouble, Trouble
from simulators.traffic.seals import hanging

EMS, SF = "50010001", "440316T001"
TRADERS = ("5001960ABC", "50019607XY", "4403160K8M")
SHORTEST_MM, LONGEST_MM = 250, 600
TARE_G = 180
GOODS = (
    ("蓝牙耳机", "8518300000", "TWS-5|无", "007", 126),
    ("棉制T恤", "6109100010", "100%棉|男式", "011", 35),
    ("陶瓷茶具", "6911101900", "6件套|盖碗", "006", 88),
    ("手机壳", "3926909090", "TPU|透明", "007", 12),
    ("LED台灯", "9405219000", "5W|触控", "001", 76),
    ("运动鞋", "6404110000", "合成革|42码", "025", 158),
    ("不锈钢保温杯", "9617009000", "500ml", "007", 49),
    ("花椒", "0910991000", "净重500克|未磨", "035", 42),
)
METAL_GOODS = "9617009000"


class Slot(msgspec.Struct, frozen=True):
    """What comes off the truck next: `cartons` of one list, of which `missing` never come.

    `same_order`: the list before it is of the same order. `numbered`: it bears customs' own numbers when it is declared.
    """

    trouble: Trouble = Trouble.NONE
    cartons: int = 1
    missing: int = 0
    status: str = "800"
    same_order: bool = False
    numbered: bool = True


class LoadPlan(msgspec.Struct, frozen=True):
    slots: tuple[Slot, ...]
    noticed: bool = True
    seal: SealTrouble = SealTrouble.NONE


class DayMaker:
    """Counts the serials of a day. One object makes one day."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._serial = rng.randrange(10_000_000, 60_000_000)
        self._next_no = 1
        self._duplicated: Parcel | None = None
        self._order = 0

    def make(self, plans: Sequence[LoadPlan]) -> Day:
        return Day(tuple(self._load(f"XY{number:03d}", plan) for number, plan in enumerate(plans, start=1)))

    def _load(self, load_id: str, plan: LoadPlan) -> Load:
        rng = self._rng
        consignments: list[Consignment] = []
        parcels: list[Parcel] = []
        for slot in plan.slots:
            found, new = self._slot(load_id, slot)
            parcels += new
            if found is not None:
                consignments.append(found)
        seal = f"CQ{rng.randrange(10**6):06d}"
        plate, container, seals = numbers.plate(rng), numbers.container(rng), (seal, f"E{rng.randrange(10**8):08d}")
        return Load(
            load_id, plate, container, seals, f"AP{rng.randrange(10**6):06d}", plan.noticed, tuple(consignments), tuple(parcels),
            hanging(seals, plan.seal), plan.seal,
        )  # fmt: skip

    # --- one slot ----------------------------------------------------------------------------------------------
    def _slot(self, load_id: str, slot: Slot) -> tuple[Consignment | None, list[Parcel]]:
        if slot.trouble is Trouble.DUPLICATE_SECOND:
            return None, [self._copy_of_first(load_id)]
        total = slot.cartons + slot.missing
        carrier = SF if total == 1 and self._rng.random() < 0.3 else EMS
        list_no = self._number(carrier)
        codes = (list_no,) if total == 1 else tuple(self._number(carrier) for _ in range(total))
        items = self._items()
        if slot.trouble in HIDING:
            # Behind declared goods of metal a hidden block of metal would be nothing to see.
            items = tuple(item for item in items if item.gcode != METAL_GOODS) or (Item(*GOODS[1][:3], 4, *GOODS[1][3:]),)
        weights = [self._weight(items, total) for _ in codes]
        parcels = [
            self._parcel(load_id, carrier, list_no, code, weight, slot.trouble, place, total, items)
            for place, (code, weight) in enumerate(zip(codes[: slot.cartons], weights, strict=False), start=1)
        ]
        if slot.trouble is Trouble.DUPLICATE_FIRST:
            self._duplicated = parcels[0]
        if slot.trouble is Trouble.NOT_LISTED:
            return None, parcels
        # Somebody typed the weight of another carton into the list; what is in it is right.
        gross_g = sum(weights) + (900 if slot.trouble is Trouble.WEIGHT_MISTYPED else 0)
        consignment = Consignment(
            carrier, list_no, self._serial, self._rng.choice(TRADERS), gross_g, max(gross_g - TARE_G * total, 1),
            items, codes, slot.status, self._order if slot.same_order else 0, slot.numbered,
        )  # fmt: skip
        self._order = consignment.order or consignment.serial
        return consignment, parcels

    def _parcel(
        self, load_id: str, carrier: str, list_no: str, code: str, weight_g: int, trouble: Trouble, k: int, n: int,
        items: tuple[Item, ...],
    ) -> Parcel:  # fmt: skip
        rng = self._rng
        # Two cartons of one length can be exchanged without a photo-eye telling.
        length_mm = 400 if trouble is Trouble.EXCHANGED else rng.randrange(SHORTEST_MM, LONGEST_MM + 1, 10)
        true_g = weight_g + max(weight_g * 3 // 10, 600) if trouble is Trouble.OVERWEIGHT else weight_g
        labels = self._labels(trouble, code)
        number, self._next_no = self._next_no, self._next_no + 1
        contents = contents_of(code, items, length_mm, true_g, hidden=trouble in HIDING)
        return Parcel(number, code, carrier, list_no, load_id, length_mm, true_g, labels, k, n, trouble, contents)

    def _labels(self, trouble: Trouble, code: str) -> tuple[Label, ...]:
        if trouble is Trouble.NO_READ:
            return (Label(code, readable=False),)
        if trouble is Trouble.WRONG_CHECK:
            return (Label(numbers.misprinted(code)),)
        if trouble is Trouble.TWO_WAYBILLS:
            # A used box: the label of its last journey was not taken off.
            return (Label(code), Label(self._number(EMS)))
        return (Label(code),)

    def _copy_of_first(self, load_id: str) -> Parcel:
        first = self._duplicated
        if first is None:
            raise ValueError("a second carton with one number needs a first one earlier in the day")
        number, self._next_no = self._next_no, self._next_no + 1
        length_mm = self._rng.randrange(SHORTEST_MM, LONGEST_MM + 1, 10)
        return Parcel(
            number, first.code, first.logistics_code, first.list_no, load_id, length_mm, first.weight_g + 40,
            first.labels, trouble=Trouble.DUPLICATE_SECOND, contents=first.contents,
        )  # fmt: skip

    def _number(self, carrier: str) -> str:
        self._serial += self._rng.randrange(3, 40)
        return numbers.s10(self._serial) if carrier == EMS else numbers.sf(144_000_000_000 + self._serial)

    def _items(self) -> tuple[Item, ...]:
        chosen = self._rng.sample(GOODS, self._rng.randint(1, 3))
        return tuple(Item(name, code, model, self._rng.randint(1, 6), unit, price) for name, code, model, unit, price in chosen)

    def _weight(self, items: Sequence[Item], cartons: int) -> int:
        content_g = sum(item.qty * self._rng.randrange(150, 900, 5) for item in items)
        return TARE_G + max(content_g // cartons, 300)
