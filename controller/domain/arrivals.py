"""What the centre tells customs of a list: it has arrived, its inspection has ended; and customs' answer to an arrival.

One rule: these are facts as they are told. How they look on a wire is the codec's business, when they are told the line's.
Source: GACC e-commerce interface specification, export messages 507 and 508; the end of an inspection: docs/customs.md.
"""

import msgspec


class ArrivedList(msgspec.Struct, frozen=True):
    """A list 清单 whose every carton has been scanned in."""

    logistics_no: str
    total_package_no: str = ""


class Arrival(msgspec.Struct, frozen=True):
    """One part of an arrival 运抵: lists of one carrier that came with one load. `msg_seq` of `msg_count` parts."""

    cop_no: str
    load_id: str
    plate: str
    logistics_code: str
    customs_code: str
    bill_no: str
    lists: tuple[ArrivedList, ...]
    msg_count: int = 1
    msg_seq: int = 1


class ArrivalReceipt(msgspec.Struct, frozen=True):
    """Customs' answer 运抵回执 to one part of an arrival. `return_time` is as given: 17 digits, Beijing time."""

    cop_no: str
    msg_seq: int
    operator_code: str
    logistics_code: str
    return_status: str
    return_time: str
    return_info: str
    guid: str


class ClosedInspection(msgspec.Struct, frozen=True):
    """The inspection that customs ordered for a list has ended. Numbers join it as they join a receipt."""

    list_key: str
    logistics_code: str
    logistics_no: str
    cop_no: str
    pre_no: str
    invt_no: str
    order_no: str
    remark: str
    closed_by: tuple[str, ...]
    cartons: tuple[str, ...]
