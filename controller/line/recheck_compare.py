"""Declared against found, item by item: by product code, each thing with a trace code of its own.

One rule: what can not be compared counts as different; nothing is taken for right because nobody could tell.
Source: hmi reference (short 短, over 溢, wrong 错货, no code 无码); a list of several cartons names what is in all of them.
"""

import decimal
from collections import Counter
from collections.abc import Iterable

from controller.domain.declarations import DeclaredItem, DeclaredList
from controller.line.recheck_state import Difference, FoundItem

NO_BAR_CODE = frozenset({"", "无", "NONE", "0"})
GTIN_DIGITS = 14


def product_of(text: str) -> str:
    """A product code in one length: GTIN-8, -12 and -13 are GTIN-14 with zeros before it."""
    code = "".join(text.split()).upper()
    return code.zfill(GTIN_DIGITS) if code.isdigit() else code


def compare(
    declared: DeclaredList | None,
    found: tuple[FoundItem, ...],
    counted: tuple[tuple[int, int], ...],
    *,
    elsewhere: Counter[str],
    traces_known: frozenset[str],
    trace_required: bool,
) -> tuple[Difference, ...]:
    """Every difference; empty = what is in it is what is declared.

    `elsewhere`: pieces by product code in other cartons of the list. `traces_known`: trace codes of other things.
    """
    if declared is None:
        return (Difference("unknown", "", "", len(found), "its list has not arrived"),)
    if declared.items_cut or not declared.items:
        return (Difference("unknown", "", "", len(found), "the list's items are not all known"),)
    whole_list = declared.pack_no <= 1
    pieces = Counter(item.product for item in found if item.product)
    lines = _by_product(declared.items)
    differences = [
        one
        for product, items in lines.items()
        if (one := _counted_right(product, items, pieces[product], elsewhere[product], whole_list)) is not None
    ]
    differences += [
        Difference("wrong", product, "", count, "not declared") for product, count in pieces.items() if product not in lines
    ]
    differences += _without_bar_code(declared.items, dict(counted), whole_list)
    differences += _code_differences(found, traces_known, trace_required)
    return tuple(differences)


def countable(declared: DeclaredList | None) -> bool:
    """Whether a carton can be seen to hold all that is declared: it is the list's only one, and every line is in pieces."""
    return declared is not None and declared.pack_no <= 1 and all(_pieces(item) >= 0 for item in declared.items)


def _by_product(items: Iterable[DeclaredItem]) -> dict[str, list[DeclaredItem]]:
    lines: dict[str, list[DeclaredItem]] = {}
    for item in items:
        if item.bar_code.strip().upper() not in NO_BAR_CODE:
            lines.setdefault(product_of(item.bar_code), []).append(item)
    return lines


def _counted_right(product: str, items: list[DeclaredItem], here: int, elsewhere: int, whole_list: bool) -> Difference | None:
    pieces = [_pieces(item) for item in items]
    told = " + ".join(item.qty for item in items)
    total = here + elsewhere
    if any(count < 0 for count in pieces):
        # Weight goods: how much it is no scan tells, but there must be some.
        return Difference("short", product, told, here) if whole_list and not here else None
    declared = sum(pieces)
    if total > declared:
        return Difference("over", product, told, here, f"{elsewhere} in other cartons of the list" if elsewhere else "")
    if whole_list and here < declared:
        return Difference("short", product, told, here)
    return None


def _without_bar_code(items: Iterable[DeclaredItem], counted: dict[int, int], whole_list: bool) -> list[Difference]:
    """Declared lines without a product code are counted by hand; what has one there must show it."""
    found: list[Difference] = []
    for item in items:
        count = counted.pop(item.gnum, 0)
        if item.bar_code.strip().upper() not in NO_BAR_CODE:
            if count:
                found.append(Difference("no_code", product_of(item.bar_code), item.qty, count, f"line {item.gnum}"))
            continue
        declared = _pieces(item)
        if declared >= 0 and count > declared:
            found.append(Difference("over", "", item.qty, count, f"line {item.gnum}"))
        elif whole_list and count < max(declared, 1):
            found.append(Difference("short", "", item.qty, count, f"line {item.gnum}"))
    found += [Difference("wrong", "", "", count, f"line {gnum} is not declared") for gnum, count in counted.items() if count]
    return found


def _code_differences(found: tuple[FoundItem, ...], known: frozenset[str], trace_required: bool) -> list[Difference]:
    differences = []
    bare = [item for item in found if not item.product or (trace_required and not item.trace)]
    for item in bare:
        detail = "no product code" if not item.product else "no trace code"
        differences.append(Difference("no_code", item.product, "", 1, f"{detail} {item.trace}".rstrip()))
    traces = Counter(item.trace for item in found if item.trace)
    twice = [trace for trace, count in traces.items() if count > 1 or trace in known]
    return [*differences, *(Difference("trace_twice", "", "", traces[trace], trace) for trace in twice)]


def _pieces(item: DeclaredItem) -> int:
    """A declared quantity in whole pieces, -1 for anything else (weight goods, no number)."""
    try:
        exact = decimal.Decimal(item.qty)
    except decimal.InvalidOperation:
        return -1
    return int(exact) if exact.is_finite() and exact >= 0 and exact == exact.to_integral_value() else -1
