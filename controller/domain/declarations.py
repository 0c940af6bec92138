"""What customs and the sender declare: lists (CEB603), receipts (CEB604) and load notices.

One rule: these are facts as they were told. Nothing is judged here; a status is text, and whether it allows a
release is decided by the line. Values go into journal events of at most 16 KiB, so long texts are shortened.

Source: GACC e-commerce interface specification (2018, 2022), export messages 603 and 604.
"""

import decimal
import re

import msgspec

GNAME_CHARS = 60
RETURN_INFO_CHARS = 200

_KILOGRAMS = re.compile(r"[0-9]{1,12}(\.[0-9]{0,10})?")


class DeclaredItem(msgspec.Struct, frozen=True):
    """One line of a list. `qty` stays text: it is a decimal in the unit `unit` (three-digit code)."""

    gnum: int
    gcode: str
    gname: str
    bar_code: str
    qty: str
    unit: str


class DeclaredList(msgspec.Struct, frozen=True):
    """One consignment list 清单. Cartons are found by (`logistics_code`, `logistics_no`), both normalised.

    `pack_no` is how many cartons the list has; `items_cut` how many items were left out to keep it small. `cut_mark` is a mark of
    those, and of names that were shortened: where it is another one the goods are others, though all that is kept is the same.
    """

    logistics_code: str
    logistics_no: str
    order_no: str
    cop_no: str
    pre_no: str
    invt_no: str
    ebc_code: str
    ebp_code: str
    agent_code: str
    statistics_flag: str
    trade_mode: str
    customs_code: str
    loct_no: str
    total_package_no: str
    bill_no: str
    pack_no: int
    gross_weight_g: int
    net_weight_g: int
    app_type: str
    app_status: str
    app_time: str
    guid: str
    items: tuple[DeclaredItem, ...] = ()
    items_cut: int = 0
    cut_mark: str = ""


class Receipt(msgspec.Struct, frozen=True):
    """One receipt 回执. `return_time` is as given (17 digits, Beijing time); its numbers join it."""

    cop_no: str
    pre_no: str
    invt_no: str
    order_no: str
    ebc_code: str
    agent_code: str
    return_status: str
    return_time: str
    return_info: str
    guid: str


class NoticedCarton(msgspec.Struct, frozen=True):
    """A carton of a load: carton `k` of `n` of the list (`logistics_code`, `logistics_no`)."""

    carton_no: str
    logistics_code: str
    logistics_no: str
    k: int
    n: int


class LoadNotice(msgspec.Struct, frozen=True):
    """What arrives under one seal 到货预报."""

    load_id: str
    plate: str
    container_no: str
    seals: tuple[str, ...]
    appointment: str
    cartons: tuple[NoticedCarton, ...]


def grams_from_kg(text: str) -> int | None:
    """Kilograms as decimal text to whole grams, half up; `None` for what is not a plain, unsigned decimal."""
    if not _KILOGRAMS.fullmatch(text):
        return None
    exact = decimal.Decimal(text).scaleb(3, _EXACT)
    return int(exact.quantize(decimal.Decimal(1), rounding=decimal.ROUND_HALF_UP, context=_EXACT))


def kg_from_grams(weight_g: int) -> str:
    """Whole grams as kilograms with three decimals, the form that messages carry."""
    return f"{weight_g // 1000}.{weight_g % 1000:03d}"


# An own context: the caller's precision and rounding must not change a weight.
_EXACT = decimal.Context(prec=40)
