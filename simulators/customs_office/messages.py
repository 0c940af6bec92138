"""Writes CEB603 lists and CEB604 receipts as senders do.

The one rule: written from the field tables alone, in their order; no reader of such files is known here. Times are Beijing
time without a zone. Source: GACC unified interface specification, CEB603 and CEB604 (fields as in domain reference 2.1, 2.2).
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from xml.etree import ElementTree

from simulators.traffic.parcels import Consignment, Item
from simulators.traffic.things import bar_code

NAMESPACE = "http://www.chinaport.gov.cn/ceb"
CUSTOMS_CODE = "8013"
DAY = "20261123"
MOST_NODES = 100
# By which of its numbers a receipt may name its list.
ALL_NAMES = ("copNo", "preNo", "invtNo", "orderNo")

ElementTree.register_namespace("ceb", NAMESPACE)
Field = tuple[str, str]


def guid(*parts: object) -> str:
    """36 upper-case characters made from what the node is about: the same day has the same ones, and no two nodes one."""
    text = hashlib.sha256("-".join(str(part) for part in parts).encode()).hexdigest()[:32].upper()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def kilograms(grams: int) -> str:
    return f"{grams // 1000}.{grams % 1000:03d}"


def lists_message(consignments: Sequence[Consignment], name: str) -> bytes:
    """One CEB603 message; at most 100 lists go into one."""
    root = _root("CEB603Message", guid("603", name), len(consignments))
    for consignment in consignments:
        inventory = ElementTree.SubElement(root, _tag("Inventory"))
        _fields(inventory, "InventoryHead", _head(consignment))
        for number, item in enumerate(consignment.items, start=1):
            _fields(inventory, "InventoryList", _item(number, item))
    trader = consignments[0].trader if consignments else ""
    transfer = (
        ("copCode", trader),
        ("copName", "重庆跨境电商有限公司"),
        ("dxpMode", "DXP"),
        ("dxpId", "DXPENTXY00000001"),
        ("note", ""),
    )
    _fields(root, "BaseTransfer", transfer)
    return _bytes(root)


def receipts_message(receipts: Iterable[tuple[Consignment, str, str]], name: str, names: Sequence[str] = ALL_NAMES) -> bytes:
    """One CEB604 message with (list, status word, time of 17 digits); of the numbers of a list only `names` are filled."""
    rows = list(receipts)
    root = _root("CEB604Message", guid("604", name), len(rows))
    for consignment, status, time in rows:
        fields = _receipt(consignment, status, time)
        _fields(root, "InventoryReturn", ((f, "" if f in ALL_NAMES and f not in names else text) for f, text in fields))
    return _bytes(root)


def arrival_answers(rows: Iterable[tuple[str, int, str, str]], name: str) -> bytes:
    """One CEB508 message with (copNo, part, status word, time of 17 digits)."""
    answers = list(rows)
    root = _root("CEB508Message", guid("508", name), len(answers))
    for cop_no, part, status, time in answers:
        text = {"399": "审结", "100": "退单", "3": "发送海关成功"}.get(status, "处理中")
        fields = (
            ("guid", guid("arrival answer", cop_no, part, status, time)), ("operatorCode", "5001980099"),
            ("logisticsCode", "50010001"), ("preNo", f"B{DAY}{part:09d}"), ("copNo", cop_no), ("billNo", ""),
            ("msgSeqNo", str(part)), ("returnStatus", status), ("returnTime", time), ("returnInfo", text),
        )  # fmt: skip
        _fields(root, "ArrivalReturn", fields)
    return _bytes(root)


def receipt_guid(one: Consignment, status: str, time: str) -> str:
    return guid("receipt", one.serial, status, time)


def numbers_of(one: Consignment) -> tuple[str, str]:
    """preNo and invtNo, which customs gives."""
    return f"B{DAY}{one.serial % 10**9:09d}", f"{CUSTOMS_CODE}2026E{one.serial % 10**9:09d}"


def _head(one: Consignment) -> Iterator[Field]:
    platform, agent = "5001968888", "5001980001"
    app_type, app_time = "3" if one.deleted else "2" if one.changed else "1", one.said[:14] or f"{DAY}070000"
    told = ("list", one.serial, app_type, *((one.said,) if one.changed else ()))
    pre_no, invt_no = numbers_of(one) if one.numbered else ("", "")
    yield from (
        ("guid", guid(*told)), ("appType", app_type), ("appTime", app_time), ("appStatus", "2"),
        ("customsCode", CUSTOMS_CODE), ("ebpCode", platform), ("ebpName", "渝新欧跨境平台"),
        ("orderNo", one.order_no), ("logisticsCode", one.logistics_code), ("logisticsName", "物流企业"),
        ("logisticsNo", one.list_no), ("copNo", one.cop_no), ("preNo", pre_no),
        ("invtNo", invt_no), ("ieFlag", "E"), ("portCode", CUSTOMS_CODE),
        ("ieDate", DAY), ("statisticsFlag", "A"), ("agentCode", agent), ("agentName", "西永报关有限公司"),
        ("ebcCode", one.trader), ("ebcName", "重庆跨境电商有限公司"), ("ownerCode", one.trader),
        ("ownerName", "重庆跨境电商有限公司"), ("tradeMode", "9610"), ("trafMode", "3"), ("loctNo", "CQXY01"),
        ("country", "304"), ("POD", "304"), ("freight", "0"), ("fCurrency", "142"), ("fFlag", "3"),
        ("insuredFee", "0"), ("iCurrency", "142"), ("iFlag", "3"), ("wrapType", "2"), ("packNo", str(len(one.numbers))),
        ("grossWeight", kilograms(one.gross_g)), ("netWeight", kilograms(one.net_g)), ("note", ""),
    )  # fmt: skip


def _item(number: int, item: Item) -> Iterator[Field]:
    yield from (
        ("gnum", str(number)), ("itemNo", f"SKU{number:04d}"), ("gcode", item.gcode), ("gname", item.gname),
        ("gmodel", item.gmodel), ("barCode", bar_code(item)), ("country", "304"), ("currency", "142"), ("qty", str(item.qty)),
        ("qty1", str(item.qty)), ("unit", item.unit), ("unit1", item.unit), ("price", str(item.price)),
        ("totalPrice", str(item.price * item.qty)), ("note", ""),
    )  # fmt: skip


def _receipt(one: Consignment, status: str, time: str) -> Iterator[Field]:
    text = {"800": "放行", "899": "结关", "500": "查验", "120": "逻辑校验通过"}.get(status, "处理中")
    pre_no, invt_no = numbers_of(one)
    yield from (
        ("guid", receipt_guid(one, status, time)), ("agentCode", "5001980001"), ("copNo", one.cop_no),
        ("preNo", pre_no), ("invtNo", invt_no),
        ("ebcCode", one.trader), ("ebpCode", "5001968888"), ("orderNo", one.order_no),
        ("statisticsFlag", "A"), ("returnStatus", status), ("returnTime", time), ("returnInfo", text),
    )  # fmt: skip


def _root(name: str, identity: str, nodes: int) -> ElementTree.Element:
    if nodes > MOST_NODES:
        raise ValueError(f"{nodes} nodes in one {name}, the specification allows {MOST_NODES}")
    return ElementTree.Element(_tag(name), {"guid": identity, "version": "1.0"})


def _fields(parent: ElementTree.Element, name: str, fields: Iterable[Field]) -> None:
    node = ElementTree.SubElement(parent, _tag(name))
    for field, text in fields:
        ElementTree.SubElement(node, _tag(field)).text = text


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _bytes(root: ElementTree.Element) -> bytes:
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True))
