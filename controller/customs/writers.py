"""Values -> CEB603, CEB604 and load notice files, for tools and tests.

One rule: what is written here has the element order of the specification and reads back as the same
values. Fields that a value does not carry are filled with fixed, plausible texts. Signatures are not
made. Source: GACC e-commerce interface specification, element order of the XSD edition 2022.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape

from controller.customs.load_notice import COLUMNS
from controller.customs.xml_input import CEB_NAMESPACE
from controller.domain.declarations import DeclaredItem, DeclaredList, LoadNotice, Receipt, kg_from_grams

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Element = tuple[str, str]


def ceb603(lists: Sequence[DeclaredList], *, guid: str, sender: str = "DXPENTTEST000001") -> bytes:
    """A CEB603 message with these lists."""
    nodes: list[str] = []
    for declared in lists:
        nodes += ["<ceb:Inventory>", *_node("InventoryHead", _head(declared))]
        for item in declared.items:
            nodes += _node("InventoryList", _item(item))
        nodes.append("</ceb:Inventory>")
    code = lists[0].ebc_code if lists else ""
    transfer = (("copCode", code), ("copName", "测试企业"), ("dxpMode", "DXP"), ("dxpId", sender), ("note", ""))
    return _message("CEB603Message", guid, [*nodes, *_node("BaseTransfer", transfer)])


def ceb604(receipts: Sequence[Receipt], *, guid: str) -> bytes:
    """A CEB604 message with these receipts."""
    nodes: list[str] = []
    for receipt in receipts:
        nodes += _node("InventoryReturn", _receipt(receipt))
    return _message("CEB604Message", guid, nodes)


def load_notice(notices: Iterable[LoadNotice]) -> bytes:
    """A load notice as CSV in UTF-8, one row a carton."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for notice in notices:
        load = (notice.load_id, notice.plate, notice.container_no, "|".join(notice.seals), notice.appointment)
        for carton in notice.cartons:
            writer.writerow((*load, carton.logistics_code, carton.logistics_no, carton.carton_no, carton.k, carton.n))
    return out.getvalue().encode()


def _head(declared: DeclaredList) -> Iterator[Element]:
    name = "测试企业"
    yield from (
        ("guid", declared.guid), ("appType", declared.app_type), ("appTime", declared.app_time),
        ("appStatus", declared.app_status), ("customsCode", declared.customs_code),
        ("ebpCode", declared.ebp_code), ("ebpName", name), ("orderNo", declared.order_no),
        ("logisticsCode", declared.logistics_code), ("logisticsName", name),
        ("logisticsNo", declared.logistics_no), ("copNo", declared.cop_no), ("preNo", declared.pre_no),
        ("invtNo", declared.invt_no), ("ieFlag", "E"), ("portCode", declared.customs_code),
        ("ieDate", declared.app_time[:8]), ("statisticsFlag", declared.statistics_flag),
        ("agentCode", declared.agent_code), ("agentName", name), ("ebcCode", declared.ebc_code),
        ("ebcName", name), ("ownerCode", declared.ebc_code), ("ownerName", name), ("iacCode", ""),
        ("iacName", ""), ("emsNo", ""), ("tradeMode", declared.trade_mode), ("trafMode", "5"),
        ("trafName", ""), ("voyageNo", ""), ("billNo", declared.bill_no),
        ("totalPackageNo", declared.total_package_no), ("loctNo", declared.loct_no), ("licenseNo", ""),
        ("country", "502"), ("POD", "502"), ("freight", "0"), ("fCurrency", "142"), ("fFlag", "3"),
        ("insuredFee", "0"), ("iCurrency", "142"), ("iFlag", "3"), ("wrapType", "2"),
        ("packNo", str(declared.pack_no)), ("grossWeight", kg_from_grams(declared.gross_weight_g)),
        ("netWeight", kg_from_grams(declared.net_weight_g)), ("note", ""),
    )  # fmt: skip


def _item(item: DeclaredItem) -> Iterator[Element]:
    yield from (
        ("gnum", str(item.gnum)), ("itemNo", f"ITEM{item.gnum}"), ("itemRecordNo", ""), ("itemName", ""),
        ("gcode", item.gcode), ("gname", item.gname), ("gmodel", "无"), ("barCode", item.bar_code),
        ("country", "142"), ("currency", "142"), ("qty", item.qty), ("qty1", item.qty), ("qty2", ""),
        ("unit", item.unit), ("unit1", item.unit), ("unit2", ""), ("price", "1"), ("totalPrice", "1"),
        ("note", ""),
    )  # fmt: skip


def _receipt(receipt: Receipt) -> Iterator[Element]:
    yield from (
        ("guid", receipt.guid), ("agentCode", receipt.agent_code), ("copNo", receipt.cop_no),
        ("preNo", receipt.pre_no), ("invtNo", receipt.invt_no), ("ebcCode", receipt.ebc_code),
        ("ebpCode", receipt.ebc_code), ("orderNo", receipt.order_no), ("statisticsFlag", "A"),
        ("returnStatus", receipt.return_status), ("returnTime", receipt.return_time),
        ("returnInfo", receipt.return_info),
    )  # fmt: skip


# Optional decimals and codes that the XSD does not allow to be empty are left out instead.
_OMIT_EMPTY = frozenset(
    {"qty2", "unit2", "preNo", "invtNo", "loctNo", "totalPackageNo", "billNo", "iacCode", "iacName", "emsNo"}
    | {"trafName", "voyageNo", "licenseNo", "note", "itemRecordNo", "itemName"}
)


def _node(name: str, elements: Iterable[Element]) -> list[str]:
    # A receipt must have the elements preNo and invtNo, even if they are empty.
    keep_all = name == "InventoryReturn"
    lines = [
        f"<ceb:{element}>{escape(_allowed(text))}</ceb:{element}>"
        for element, text in elements
        if text or keep_all or element not in _OMIT_EMPTY
    ]
    return [f"<ceb:{name}>", *lines, f"</ceb:{name}>"]


def _allowed(text: str) -> str:
    if NOT_XML.search(text):
        raise ValueError(f"{text[:40]!r} has a character that XML cannot carry")
    return text


def _message(name: str, guid: str, nodes: Iterable[str]) -> bytes:
    start = f'<ceb:{name} guid="{escape(guid, {chr(34): "&quot;"})}" version="1.0" xmlns:ceb="{CEB_NAMESPACE}">'
    return "\n".join(('<?xml version="1.0" encoding="UTF-8"?>', start, *nodes, f"</ceb:{name}>", "")).encode()
