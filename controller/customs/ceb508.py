"""CEB508 (receipt of an arrival 物流运抵单回执): bytes in, answers out.

One rule: as lenient as CEB604: an answer is kept whenever it says which arrival it means, what, and when. Nothing is judged.
Source: GACC e-commerce interface specification, CEB508.
"""

from controller.customs.fields import Fields
from controller.customs.parsed import Notes, Parsed, RefusedPartError, shorten
from controller.customs.xml_input import SEND_AGAIN, Node, messages
from controller.domain.arrivals import ArrivalReceipt
from controller.domain.declarations import RETURN_INFO_CHARS

MESSAGE = "CEB508Message"

_EXPECTED = ("guid", "operatorCode", "returnInfo")
_AGAIN = "ask customs for the receipt again; the lists it is about keep their own status meanwhile"


def parse(data: bytes) -> Parsed[ArrivalReceipt]:
    """Read every answer of a file."""
    notes = Notes()
    answers: list[ArrivalReceipt] = []
    index = 0
    for message in messages(data, MESSAGE, notes):
        nodes = message.all("ArrivalReturn")
        if not nodes:
            notes.refuse(RefusedPartError("message_empty", f"{MESSAGE} without ArrivalReturn", SEND_AGAIN, message.line))
        for node in nodes:
            index += 1
            try:
                answers.append(_answer(node, index, notes))
            except RefusedPartError as refused:
                notes.refuse(refused, index, _subject(node))
    return notes.result(tuple(answers))


def _subject(node: Node) -> str:
    texts = {child.name: child.text for child in reversed(node.children)}
    return " ".join(texts[name] for name in ("copNo", "msgSeqNo", "returnStatus") if texts.get(name))


def _answer(node: Node, index: int, notes: Notes) -> ArrivalReceipt:
    fields = Fields(node, index, notes)
    fields.require(("copNo", "returnStatus", "returnTime"))
    missing = [name for name in _EXPECTED if not fields.text(name)]
    if missing:
        fields.warn("element_missing", f"ArrivalReturn has no {', '.join(missing)}")
    time = fields.receipt_time("returnTime", _AGAIN)
    return ArrivalReceipt(
        cop_no=fields.key("copNo"),
        msg_seq=fields.integer("msgSeqNo", 1) if fields.text("msgSeqNo") else 1,
        operator_code=fields.key("operatorCode"),
        logistics_code=fields.key("logisticsCode"),
        return_status=fields.key("returnStatus"),
        return_time=time,
        return_info=shorten(fields.text("returnInfo"), RETURN_INFO_CHARS),
        guid=fields.key("guid"),
    )
