"""What a day brings: loads, lists, cartons and what is wrong with some of them.

The one rule: this is the truth of the day; papers and labels are made from it and may lie on purpose. Source: domain
reference 2 (lists, receipts), issue "First" (named cases of the demo).
"""

from enum import StrEnum

import msgspec

from simulators.plant import Carton, Content, Label
from simulators.plant.dock import Seal


class Trouble(StrEnum):
    """What is wrong with a carton, or what will happen to it. `NONE` = nothing, in truth."""

    NONE = "none"
    NO_READ = "no_read"
    NOT_LISTED = "not_listed"
    DUPLICATE_FIRST = "duplicate_first"
    DUPLICATE_SECOND = "duplicate_second"
    TWO_WAYBILLS = "two_waybills"
    WRONG_CHECK = "wrong_check"
    OVERWEIGHT = "overweight"
    WEIGHT_MISTYPED = "weight_mistyped"
    SIBLING_MISSING = "sibling_missing"
    NO_NOTICE = "no_notice"
    INSPECTION = "inspection"
    INSPECTION_CLEARED = "inspection_cleared"
    UNKNOWN_STATUS = "unknown_status"
    RECALL_RELEASED = "recall_released"
    RECALL_ON_BELT = "recall_on_belt"
    OFFICER_HOLD = "officer_hold"
    EXCHANGED = "exchanged"
    SEAL_DIFFERS = "seal_differs"
    SEAL_BROKEN = "seal_broken"
    SEAL_LIFTED = "seal_lifted"
    XRAY_LATE = "xray_late"
    XRAY_NEVER = "xray_never"
    XRAY_TWICE = "xray_twice"
    XRAY_MERGED = "xray_merged"
    HIDDEN = "hidden"
    HIDDEN_UNSEEN = "hidden_unseen"


# With these nothing is wrong in truth: only the label or a hand made trouble.
ORDINARY = frozenset(
    {
        Trouble.NONE, Trouble.NO_READ, Trouble.EXCHANGED, Trouble.XRAY_LATE, Trouble.XRAY_NEVER, Trouble.XRAY_TWICE,
        Trouble.XRAY_MERGED,
    }
)  # fmt: skip
# Something that nobody declared is in the carton.
HIDING = frozenset({Trouble.HIDDEN, Trouble.HIDDEN_UNSEEN})
# On no list, or bearing a number that is another carton's.
UNDECLARED = frozenset({Trouble.NOT_LISTED, Trouble.DUPLICATE_SECOND})


class Item(msgspec.Struct, frozen=True):
    gname: str
    gcode: str
    gmodel: str
    qty: int
    unit: str
    price: int


class Parcel(msgspec.Struct, frozen=True):
    """One physical carton. `code` is the number that truly is its own; `labels` is what sticks on it."""

    carton_no: int
    code: str
    logistics_code: str
    list_no: str
    load_id: str
    length_mm: int
    weight_g: int
    labels: tuple[Label, ...]
    k: int = 1
    n: int = 1
    trouble: Trouble = Trouble.NONE
    contents: tuple[Content, ...] = ()

    @property
    def carton_key(self) -> str:
        return f"{self.logistics_code}/{self.code}"

    @property
    def list_key(self) -> str:
        return f"{self.logistics_code}/{self.list_no}"

    @property
    def ordinary(self) -> bool:
        return self.trouble in ORDINARY

    @property
    def declared(self) -> bool:
        return self.trouble not in UNDECLARED

    def carton(self) -> Carton:
        """As it comes off the truck."""
        return Carton(self.carton_no, self.length_mm, self.weight_g, self.labels, self.contents)

    def mended(self) -> Carton:
        """With one readable label that bears its own number."""
        return Carton(self.carton_no, self.length_mm, self.weight_g, (Label(self.code),), self.contents)


class Consignment(msgspec.Struct, frozen=True):
    """One declared list with customs' answer to it. `numbers` names each of its cartons, also one that never comes.

    `order`: the serial of its order, where several lists have one; 0 = its own. `numbered` False: customs has given no preNo
    and invtNo yet when it is declared. `deleted`: the sender takes it back; `changed`: says it anew otherwise. `said`: the
    instant, where it is not one of the day's first declarations.
    """

    logistics_code: str
    list_no: str
    serial: int
    trader: str
    gross_g: int
    net_g: int
    items: tuple[Item, ...]
    numbers: tuple[str, ...]
    status: str = "800"
    order: int = 0
    numbered: bool = True
    deleted: bool = False
    said: str = ""
    changed: bool = False

    @property
    def key(self) -> str:
        return f"{self.logistics_code}/{self.list_no}"

    @property
    def cop_no(self) -> str:
        return f"COP{self.serial:012d}"

    @property
    def order_no(self) -> str:
        return f"ORD{self.order or self.serial:012d}"


class SealTrouble(StrEnum):
    """What is the matter with the seals of a truck. `MISTYPED`: the notice is wrong, the seal is the right one."""

    NONE = "none"
    SWAPPED = "swapped"
    BROKEN = "broken"
    ABSENT = "absent"
    DIRTY = "dirty"
    MISTYPED = "mistyped"


class Load(msgspec.Struct, frozen=True):
    """A truck under seal. `seals` as the notice announces them, `hanging` as they truly are.

    `parcels` in the order in which they are unloaded.
    """

    load_id: str
    plate: str
    container_no: str
    seals: tuple[str, ...]
    appointment: str
    noticed: bool
    consignments: tuple[Consignment, ...]
    parcels: tuple[Parcel, ...]
    hanging: tuple[Seal, ...] = ()
    seal_trouble: SealTrouble = SealTrouble.NONE


class Day(msgspec.Struct, frozen=True):
    loads: tuple[Load, ...]

    @property
    def parcels(self) -> tuple[Parcel, ...]:
        return tuple(parcel for load in self.loads for parcel in load.parcels)

    def consignment(self, key: str) -> Consignment:
        return next(one for load in self.loads for one in load.consignments if one.key == key)
