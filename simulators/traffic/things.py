"""The single things in a carton, each with a product code and a trace code of its own (dual-code 双码).

The one rule: what is truly in it comes from the day's plan; papers and people may say otherwise. Things of a list of several
cartons are dealt out to them in turn.
"""

import msgspec

from simulators.traffic.parcels import Consignment, Item, Parcel, Trouble

# Cartons in which there is something that nobody declared, and how many pieces of it.
STOWAWAYS = {Trouble.OVERWEIGHT: 3}
NOT_DECLARED = Item("手表", "9102110000", "石英", 1, "007", 260)


class Thing(msgspec.Struct, frozen=True):
    product: str
    trace: str


def bar_code(item: Item) -> str:
    """The product's EAN-13: 69, its ten-digit goods code, and the check digit."""
    digits = "69" + item.gcode
    total = sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def things_in(parcel: Parcel, consignment: Consignment | None) -> tuple[Thing, ...]:
    """What lies in it, in the order in which hands take it out."""
    products = [bar_code(item) for item in (consignment.items if consignment is not None else ()) for _ in range(item.qty)]
    mine = products[parcel.k - 1 :: parcel.n] + [bar_code(NOT_DECLARED)] * STOWAWAYS.get(parcel.trouble, 0)
    return tuple(Thing(product, f"ZS{parcel.carton_no:06d}{place:04d}") for place, product in enumerate(mine, start=1))
