"""The names by which receipts of customs find a list: copNo, invtNo, preNo and orderNo, as texts with their kind.

One rule: a copNo, invtNo or preNo is of one list alone; an order may have several.
"""

from controller.domain.declarations import DeclaredList, Receipt


def names_of(one: DeclaredList | Receipt) -> tuple[str, ...]:
    """The strongest first; what it does not have is left out."""
    named = (("cop", one.cop_no), ("invt", one.invt_no), ("pre", one.pre_no), ("order", one.order_no))
    return tuple(f"{kind}:{number}" for kind, number in named if number)


def is_strong(name: str) -> bool:
    """Whether one list alone can bear it."""
    return not name.startswith("order:")


def kind_of_name(name: str) -> str:
    return name.partition(":")[0]
