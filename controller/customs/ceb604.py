"""CEB604 (receipt of an export list 清单回执): bytes in, receipts out.

One rule: a receipt is kept whenever its list and its status can be told, since it may be the one that
orders an inspection: only the status, the time and one of the list's numbers are required, other
missing fields are warnings. Status words stay text; what they allow is decided by the line. Order and
repetition are not judged here either. Source: GACC e-commerce interface specification, CEB604.
"""

from controller.customs.fields import Fields
from controller.customs.parsed import Notes, Parsed, RefusedPartError, shorten
from controller.customs.xml_input import SEND_AGAIN, Node, messages
from controller.domain.declarations import RETURN_INFO_CHARS, Receipt

MESSAGE = "CEB604Message"

_JOINS = ("copNo", "invtNo", "preNo", "orderNo")
_EXPECTED = ("guid", "agentCode", "ebcCode", "returnInfo")
_HOLD = "keep the list held and ask customs for the receipt again"


def parse(data: bytes) -> Parsed[Receipt]:
    """Read every receipt of a file."""
    notes = Notes()
    receipts: list[Receipt] = []
    index = 0
    for message in messages(data, MESSAGE, notes):
        nodes = message.all("InventoryReturn")
        if not nodes:
            notes.refuse(RefusedPartError("message_empty", f"{MESSAGE} without InventoryReturn", SEND_AGAIN, message.line))
        for node in nodes:
            index += 1
            try:
                receipts.append(_receipt(node, index, notes))
            except RefusedPartError as refused:
                notes.refuse(refused, index, _subject(node))
    return notes.result(tuple(receipts))


def _subject(node: Node) -> str:
    texts = {child.name: child.text for child in reversed(node.children)}
    return " ".join(texts[name] for name in (*_JOINS, "returnStatus") if texts.get(name))


def _receipt(node: Node, index: int, notes: Notes) -> Receipt:
    fields = Fields(node, index, notes)
    fields.require(("returnStatus", "returnTime"))
    if not any(fields.text(name) for name in _JOINS):
        cause = f"InventoryReturn has none of {', '.join(_JOINS)}: its list is unknown"
        raise RefusedPartError("element_missing", cause, _HOLD, node.line)
    missing = [name for name in _EXPECTED if not fields.text(name)]
    if missing:
        fields.warn("element_missing", f"InventoryReturn has no {', '.join(missing)}")
    time = fields.receipt_time("returnTime", _HOLD)
    return Receipt(
        cop_no=fields.key("copNo"),
        pre_no=fields.key("preNo"),
        invt_no=fields.key("invtNo"),
        order_no=fields.key("orderNo"),
        ebc_code=fields.key("ebcCode"),
        agent_code=fields.key("agentCode"),
        return_status=fields.key("returnStatus"),
        return_time=time,
        return_info=shorten(fields.text("returnInfo"), RETURN_INFO_CHARS),
        guid=fields.key("guid"),
    )
