"""CEB603 (export list 出口清单): bytes in, declared lists out.

One rule: lenient in form, strict in what identifies and counts. Order of elements, prefixes, extra
elements do not matter; a list without its keys, its number of cartons or its weights is refused, the
others of the file are kept. Nothing is judged: draft or change lists (`app_status`, `app_type`) come
out like any other. Signatures are not verified here. Source: GACC e-commerce interface specification,
CEB603 (2018 and 2022 field tables).
"""

import hashlib
import re

import msgspec

from controller.customs.fields import Fields
from controller.customs.parsed import Notes, Parsed, RefusedPartError, shorten
from controller.customs.xml_input import SEND_AGAIN, Node, messages
from controller.domain.declarations import GNAME_CHARS, DeclaredItem, DeclaredList
from controller.domain.identifiers import normalise

MESSAGE = "CEB603Message"
MAX_LIST_JSON_BYTES = 14 * 1024
MAX_NODES = 100
MAX_ITEMS = 100
MARK_CHARS = 12

_HEAD_REQUIRED = (
    "guid", "appType", "appTime", "appStatus", "customsCode", "ebpCode", "orderNo", "logisticsCode",
    "logisticsNo", "copNo", "statisticsFlag", "agentCode", "ebcCode", "tradeMode", "packNo", "grossWeight",
    "netWeight",
)  # fmt: skip
_ITEM_REQUIRED = ("gnum", "gcode", "gname", "barCode", "qty", "unit")
_INVT_NO = re.compile(r"[0-9]{8}[IE][0-9]{9,11}")
_SEVERAL_ITEMS = frozenset({"InventoryList"})


def parse(data: bytes) -> Parsed[DeclaredList]:
    """Read every list of a file."""
    notes = Notes()
    lists: list[DeclaredList] = []
    index = 0
    for message in messages(data, MESSAGE, notes):
        nodes = message.all("Inventory")
        if not nodes:
            notes.refuse(RefusedPartError("message_empty", f"{MESSAGE} without Inventory", SEND_AGAIN, message.line))
        if len(nodes) > MAX_NODES:
            notes.warn("too_many_nodes", f"{len(nodes)} lists, the specification allows {MAX_NODES}")
        for node in nodes:
            index += 1
            try:
                lists.append(_declared(node, index, notes))
            except RefusedPartError as refused:
                notes.refuse(refused, index, _subject(node))
    return notes.result(tuple(lists))


def _subject(node: Node) -> str:
    """What people can find the refused list by."""
    head = next(iter(node.all("InventoryHead")), node)
    texts = {child.name: child.text for child in reversed(head.children)}
    return " ".join(texts[name] for name in ("logisticsCode", "logisticsNo", "copNo") if texts.get(name))


def _declared(node: Node, index: int, notes: Notes) -> DeclaredList:
    parts = Fields(node, index, notes, several=_SEVERAL_ITEMS)
    parts_head = parts.node("InventoryHead")
    if parts_head is None:
        cause = "Inventory has no InventoryHead"
        raise RefusedPartError("element_missing", cause, "ask the sender to send the list again", node.line)
    head = Fields(parts_head, index, notes)
    head.require(_HEAD_REQUIRED)
    _look_at(head)
    children = node.all("InventoryList")
    items = [_item(child, index, notes) for child in children]
    if not items:
        head.warn("list_without_items", "Inventory has no InventoryList")
    if len(items) > MAX_ITEMS:
        head.warn("too_many_items", f"{len(items)} items, the specification allows {MAX_ITEMS}")
    return _fitted(_from_head(head), items, [_name(child) for child in children], head)


def _look_at(head: Fields) -> None:
    flag, invt_no = head.text("ieFlag"), head.text("invtNo")
    if flag != "E":
        head.warn("flag_not_export", f"ieFlag is {flag[:10]!r}, not 'E'", "ieFlag")
    if invt_no and not _INVT_NO.fullmatch(invt_no):
        head.warn("invt_no_form", f"invtNo {invt_no[:40]!r} has not the form of one", "invtNo")


def _from_head(head: Fields) -> DeclaredList:
    return DeclaredList(
        # Normalised, as labels are: the pair is what a read is matched with.
        logistics_code=normalise(head.key("logisticsCode")),
        logistics_no=normalise(head.key("logisticsNo")),
        order_no=head.key("orderNo"),
        cop_no=head.key("copNo"),
        pre_no=head.key("preNo"),
        invt_no=head.key("invtNo"),
        ebc_code=head.key("ebcCode"),
        ebp_code=head.key("ebpCode"),
        agent_code=head.key("agentCode"),
        statistics_flag=head.key("statisticsFlag"),
        trade_mode=head.key("tradeMode"),
        customs_code=head.key("customsCode"),
        loct_no=head.key("loctNo"),
        total_package_no=head.key("totalPackageNo"),
        bill_no=head.key("billNo"),
        pack_no=head.integer("packNo", 1),
        gross_weight_g=head.grams("grossWeight"),
        net_weight_g=head.grams("netWeight"),
        app_type=head.key("appType"),
        app_status=head.key("appStatus"),
        app_time=head.key("appTime"),
        guid=head.key("guid"),
    )


def _item(node: Node, index: int, notes: Notes) -> DeclaredItem:
    fields = Fields(node, index, notes)
    fields.require(_ITEM_REQUIRED)
    return DeclaredItem(
        gnum=fields.integer("gnum", 0),
        gcode=fields.key("gcode"),
        gname=shorten(fields.text("gname"), GNAME_CHARS),
        bar_code=fields.key("barCode"),
        qty=fields.decimal("qty"),
        unit=fields.key("unit"),
    )


def _name(node: Node) -> str:
    """As it was sent."""
    return next((child.text for child in node.children if child.name == "gname"), "")


def _fitted(head: DeclaredList, items: list[DeclaredItem], names: list[str], fields: Fields) -> DeclaredList:
    """The list with as many items as fit into an event; how many were left out is said in it, and a mark of all that was."""
    encoder = msgspec.json.Encoder()
    # 8 bytes are for the digits of items_cut.
    size, kept = len(encoder.encode(head)) + 8 + MARK_CHARS, 0
    for item in items:
        size += len(encoder.encode(item)) + 1
        if size > MAX_LIST_JSON_BYTES:
            break
        kept += 1
    cut = len(items) - kept
    if cut:
        fields.warn("items_cut", f"{cut} of {len(items)} items left out: the list is too large for one event")
    rest = [*map(encoder.encode, items[kept:]), *(name.encode() for name in names if len(name) > GNAME_CHARS)]
    mark = hashlib.sha256(b"\n".join(rest)).hexdigest()[:MARK_CHARS] if rest else ""
    return msgspec.structs.replace(head, items=tuple(items[:kept]), items_cut=cut, cut_mark=mark)
