"""The XML forms 0x81 to 0x85: bytes <-> frozen values.

One rule: names are those of the standard, its misspellings (GETHER_MODE, DEVIC_ID) with them; SESSION_ID goes back as it came.
What a form does not say is empty. Source: JGS/T 14-2015; element names as in the public implementation Quick.JGST14.
"""

import decimal
import re
from collections.abc import Callable
from enum import IntEnum
from xml.sax.saxutils import escape

import msgspec

from drivers.gate.xml_input import FormError, Node, tree_of


class FormCode(IntEnum):
    GATHER_INFO = 0x81
    GATHER_FEEDBACK = 0x82
    OPERATE_INFO = 0x83
    OPERATE_FEEDBACK = 0x84
    MANUAL_CHECK = 0x85


class GatherInfo(msgspec.Struct, frozen=True):
    """0x81: a truck, as the gate saw it. `gross_g` -1 = not told or unreadable.

    `plate` and `container_no` are what the form names, else what its recognition read; `..._sure` is false where the
    recognition says so or names another number.
    """

    session_id: str
    area_id: str
    channel_no: str
    direction: str
    mode: str
    plate: str
    container_no: str
    seal_no: str
    gross_g: int
    form_type: str
    form_id: str
    plate_sure: bool
    container_sure: bool
    operator_id: str
    operate_time: str


class OperateFeedback(msgspec.Struct, frozen=True):
    """0x84: what came of the device operations of a session; each (device, result), result 0 none, 1 done, 2 failed."""

    session_id: str
    area_id: str
    channel_no: str
    results: tuple[tuple[str, str], ...]


class ManualCheck(msgspec.Struct, frozen=True):
    """0x85: an officer's word: 1 let it go, 2 alarm, to inspection, 3 refused, send it back."""

    session_id: str
    area_id: str
    channel_no: str
    result: int
    comment: str
    operator_id: str


class GatherFeedback(msgspec.Struct, frozen=True):
    """0x82: what the back end says: Y let it go, N alarm, M wait for a person. Codes and texts are for the officer, hints for
    the driver's sign."""

    session_id: str
    area_id: str
    channel_no: str
    feedback_time: str
    check_result: str
    proc_error_code: str = ""
    proc_error_description: str = ""
    tech_error_code: str = ""
    tech_error_description: str = ""
    plate: str = ""
    container_no: str = ""
    eseal_id: str = ""
    form_id: str = ""
    pack_no: str = ""
    op_hint: str = ""
    led_hint: str = ""


class SealOperation(msgspec.Struct, frozen=True):
    """0x83 for electronic locks: `operate` U unlock, L lock; several locks are told in one, as the standard joins them."""

    session_id: str
    area_id: str
    channel_no: str
    eseal_ids: tuple[str, ...]
    operate: str
    key: str = ""


Inbound = GatherInfo | OperateFeedback | ManualCheck
Outbound = GatherFeedback | SealOperation

SESSION_LIMIT = 64
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{0,6})?")


def parse_form(code: int, xml: bytes) -> Inbound:
    """The form of a frame. Raises `FormError` for what is no form that a gate sends, and nothing else."""
    parser = _PARSERS.get(code)
    if parser is None:
        raise FormError("form_code_unknown", f"code 0x{code:02X} is none that a gate sends (0x81, 0x84, 0x85)")
    root = tree_of(xml)
    if root.name != FormCode(code).name:
        raise FormError("form_root_wrong", f"code 0x{code:02X} with the root {root.name[:60]}")
    session = root.text("SESSION_ID")
    if not 0 < len(session) <= SESSION_LIMIT:
        raise FormError("form_session_missing", f"SESSION_ID {session[:80]!r}")
    return parser(root)


def _gather_info(root: Node) -> GatherInfo:
    plate, plate_sure = _recognised(root, "VE_LICENSE_NO", ("VE_LICENSE_RECOGNITION", "DOMESTIC_LICENSE_NO"))
    container, container_sure = _recognised(root, "CONTA_ID", ("CONTA_RECOGNITION", "CONTA_ID"))
    return GatherInfo(
        session_id=root.text("SESSION_ID"), area_id=root.text("AREA_ID"), channel_no=root.text("CHNL_NO"),
        direction=root.text("I_E_FLAG"), mode=root.text("GETHER_MODE") or "A", plate=plate, container_no=container,
        seal_no=root.text("ESEAL_ID"), gross_g=_grams(root.text("GROSS_WT")), form_type=root.text("FORM_INFO", "FORM_TYPE"),
        form_id=root.text("FORM_INFO", "FORM_ID"), plate_sure=plate_sure, container_sure=container_sure,
        operator_id=root.text("OPERATOR_ID"), operate_time=root.text("OPERATE_TIME"),
    )  # fmt: skip


def _recognised(root: Node, name: str, path: tuple[str, str]) -> tuple[str, bool]:
    told, read = root.text(name), root.text(*path)
    confident = root.text(path[0], "CONFIDENCE_RATIO") != "N"
    agree = not told or not read or _bare(told) == _bare(read)
    return told or read, confident and agree


def _bare(text: str) -> str:
    return "".join(text.split()).upper()


def _grams(text: str) -> int:
    """Kilograms as decimal text; anything else is not told."""
    if not _DECIMAL.fullmatch(text):
        return -1
    return int(decimal.Decimal(text) * 1000)


def _operate_feedback(root: Node) -> OperateFeedback:
    names = {"ESEAL": "ESEAL_ID", "GPS": "GPS_ID", "GENERAL_DEVICE": "DEVIC_ID"}
    results = tuple(
        (child.text(names[child.name]) or child.name, child.text("RESULT")) for child in root.children if child.name in names
    )
    return OperateFeedback(root.text("SESSION_ID"), root.text("AREA_ID"), root.text("CHNL_NO"), results)


def _manual_check(root: Node) -> ManualCheck:
    result = root.text("CHECK_RESULT")
    if result not in ("1", "2", "3"):
        raise FormError("form_result_unknown", f"CHECK_RESULT {result!r} is not 1, 2 or 3")
    return ManualCheck(
        root.text("SESSION_ID"), root.text("AREA_ID"), root.text("CHNL_NO"), int(result), root.text("COMMENT"),
        root.text("OPERATOR_ID"),
    )  # fmt: skip


_PARSERS: dict[int, Callable[[Node], Inbound]] = {
    FormCode.GATHER_INFO: _gather_info,
    FormCode.OPERATE_FEEDBACK: _operate_feedback,
    FormCode.MANUAL_CHECK: _manual_check,
}


def write_form(form: Outbound) -> tuple[int, bytes]:
    """Code and XML of a form that goes to a gate."""
    if isinstance(form, GatherFeedback):
        return FormCode.GATHER_FEEDBACK, _xml("GATHER_FEEDBACK", _feedback_body(form))
    seal = _elements(("ESEAL_ID", "|".join(form.eseal_ids)), ("ESEAL_OPERATE", form.operate), ("ESEAL_KEY", form.key))
    body = _elements(("AREA_ID", form.area_id), ("CHNL_NO", form.channel_no), ("SESSION_ID", form.session_id))
    return FormCode.OPERATE_INFO, _xml("OPERATE_INFO", f"{body}<ESEAL>{seal}</ESEAL>")


def _feedback_body(form: GatherFeedback) -> str:
    vehicle = _elements(("VE_LICENSE_NO", form.plate))
    papers = _elements(("FORM_ID", form.form_id))
    return (
        _elements(
            ("AREA_ID", form.area_id), ("CHNL_NO", form.channel_no), ("SESSION_ID", form.session_id),
            ("FEEDBACK_TIME", form.feedback_time), ("CHECK_RESULT", form.check_result),
            ("PROC_ERROR_CODE", form.proc_error_code), ("PROC_ERROR_DESCRIPTION", form.proc_error_description),
            ("TECH_ERROR_CODE", form.tech_error_code), ("TECH_ERROR_DESCRIPTION", form.tech_error_description),
        )
        + f"<VE_INFO>{vehicle}</VE_INFO>"
        + _elements(("CONTA_ID", form.container_no), ("ESEAL_ID", form.eseal_id))
        + f"<FORM_INFO>{papers}</FORM_INFO>"
        + _elements(("PACK_NO", form.pack_no), ("OP_HINT", form.op_hint), ("LED_HINT", form.led_hint))
    )  # fmt: skip


def _elements(*pairs: tuple[str, str]) -> str:
    return "".join(f"<{name}>{escape(_clean(text))}</{name}>" for name, text in pairs)


def _clean(text: str) -> str:
    """XML 1.0 has no control characters, not even escaped."""
    return "".join(char for char in text if char >= " " and not "\ud800" <= char <= "\udfff" and char not in "\ufffe\uffff")


def _xml(root: str, body: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><{root}>{body}</{root}>'.encode()
