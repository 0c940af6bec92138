"""CEB507 (arrival at the supervised site 物流运抵单): values -> bytes.

One rule: strict on output. What the schema would not take is an `ArrivalRefusedError` that names the field, never a message
that customs rejects. The same values and time give the same bytes, so a message that is sent again is the same message.
Source: GACC e-commerce interface specification, CEB507, element order and lengths of the XSD editions 2018 and 2022.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from xml.sax.saxutils import escape

import msgspec

from controller.customs.writers import NOT_XML
from controller.customs.xml_input import CEB_NAMESPACE
from controller.domain.arrivals import Arrival, ArrivedList

MESSAGE = "CEB507Message"
BEIJING = timezone(timedelta(hours=8))
NEW, DECLARED, EXPORT = "1", "2", "E"
MOST_LISTS = 99_999
NONE = "无"  # what the specification writes where an element must be there and there is nothing

Element = tuple[str, str, int]  # name, text, longest; a longest < 0 is the exact length


class Site(msgspec.Struct, frozen=True):
    """Who sends: the operator of the supervised site 监管场所经营人, as registered with customs. `dxp_id`: its sender id."""

    operator_code: str
    operator_name: str
    loct_no: str
    traf_mode: str
    dxp_id: str


class ArrivalRefusedError(Exception):
    """The values can not be told in a message that customs takes."""

    def __init__(self, field: str, cause: str) -> None:
        super().__init__(f"{field} {cause}")
        self.field, self.cause = field, cause
        self.next_step = "mend the setting or the declaration that it comes from"


def encode(arrival: Arrival, site: Site, key: str, utc: str) -> bytes:
    """One message with one part of an arrival. `key` makes its guid, `utc` (ISO 8601) its time, told in Beijing time."""
    if not 1 <= len(arrival.lists) <= MOST_LISTS:
        raise ArrivalRefusedError("ArrivalList", f"has {len(arrival.lists)} rows, 1 to {MOST_LISTS} are allowed")
    if not 1 <= arrival.msg_seq <= arrival.msg_count:
        raise ArrivalRefusedError("msgSeqNo", f"is {arrival.msg_seq} of {arrival.msg_count}")
    start = f'<ceb:{MESSAGE} guid="{_guid("message", key)}" version="1.0" xmlns:ceb="{CEB_NAMESPACE}">'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', start, "<ceb:Arrival>"]
    lines += _node("ArrivalHead", _head(arrival, site, key, utc))
    for gnum, row in enumerate(arrival.lists, start=1):
        lines += _node("ArrivalList", _row(gnum, row))
    lines += ["</ceb:Arrival>", *_node("BaseTransfer", _transfer(site)), f"</ceb:{MESSAGE}>", ""]
    return "\n".join(lines).encode()


def beijing_time(utc: str) -> str:
    """14 digits."""
    return datetime.fromisoformat(utc).astimezone(BEIJING).strftime("%Y%m%d%H%M%S")


def _guid(*parts: str) -> str:
    """36 upper-case characters that are always the same for the same message."""
    text = hashlib.sha256("/".join(parts).encode()).hexdigest().upper()[:32]
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _head(arrival: Arrival, site: Site, key: str, utc: str) -> Iterator[Element]:
    # The carrier's name is not on a list; its code stands in its place.
    yield from (
        ("guid", _guid("arrival", key), -36), ("appType", NEW, -1), ("appTime", beijing_time(utc), -14),
        ("appStatus", DECLARED, -1), ("customsCode", arrival.customs_code, -4), ("copNo", arrival.cop_no, 30),
        ("operatorCode", site.operator_code, 18), ("operatorName", site.operator_name, 100), ("loctNo", site.loct_no, 10),
        ("ieFlag", EXPORT, -1), ("trafMode", site.traf_mode, -1), ("billNo", arrival.bill_no, 37),
        ("domesticTrafNo", arrival.plate or NONE, 100), ("logisticsCode", arrival.logistics_code, 18),
        ("logisticsName", arrival.logistics_code, 100), ("msgCount", str(arrival.msg_count), 9),
        ("msgSeqNo", str(arrival.msg_seq), 9), ("note", f"load {arrival.load_id}", 1000),
    )  # fmt: skip


def _row(gnum: int, row: ArrivedList) -> Iterator[Element]:
    yield from (("gnum", str(gnum), 5), ("logisticsNo", row.logistics_no, 32), ("totalPackageNo", row.total_package_no, 37))


def _transfer(site: Site) -> Iterator[Element]:
    yield from (
        ("copCode", site.operator_code, 18), ("copName", site.operator_name, 100), ("dxpMode", "DXP", -3),
        ("dxpId", site.dxp_id, 30), ("note", "", 1000),
    )  # fmt: skip


# Elements that the schema lets be left out.
MAY_BE_LEFT_OUT = frozenset({"loctNo", "billNo", "totalPackageNo", "note"})


def _node(name: str, elements: Iterator[Element]) -> list[str]:
    lines = [f"<ceb:{name}>"]
    for element, text, longest in elements:
        if not text and element in MAY_BE_LEFT_OUT:
            continue
        _check(element, text, longest)
        lines.append(f"<ceb:{element}>{escape(text)}</ceb:{element}>")
    return [*lines, f"</ceb:{name}>"]


def _check(element: str, text: str, longest: int) -> None:
    if not text:
        raise ArrivalRefusedError(element, "is empty")
    if longest < 0 and len(text) != -longest:
        raise ArrivalRefusedError(element, f"is {text[:40]!r}, {-longest} characters are asked for")
    if len(text) > abs(longest):
        raise ArrivalRefusedError(element, f"has {len(text)} characters, at most {longest}")
    if NOT_XML.search(text):
        raise ArrivalRefusedError(element, f"is {text[:40]!r}, which XML cannot carry")
