"""JGS/T 14 frames and forms: what is taken, what is refused with a reason, and that nothing else happens."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.gate.forms import (
    GatherFeedback,
    GatherInfo,
    ManualCheck,
    OperateFeedback,
    SealOperation,
    parse_form,
    write_form,
)
from drivers.gate.frames import FRAME_LIMIT_BYTES, BadFrame, Frame, FrameDecoder, encode_frame
from drivers.gate.xml_input import XML_LIMIT_BYTES, FormError
from simulators.gate.jgst14 import Cutter, form, frame

XML = b"<GATHER_INFO><SESSION_ID>S1</SESSION_ID></GATHER_INFO>"


def raw(code: int = 0x81, xml: bytes = XML, width: int = 4, pictures: bytes = b"") -> bytes:
    return frame(code, "8013000001", "01", "E", xml, code_width=width, pictures=pictures)


def codes(found: list[Frame | BadFrame]) -> list[str]:
    return [one.code if isinstance(one, BadFrame) else "ok" for one in found]


@pytest.mark.parametrize("width", [1, 4])
def test_a_frame_of_the_gate_is_read_whole_and_byte_by_byte(width: int) -> None:
    data = raw(width=width, pictures=b"jpeg" * 9)
    for pieces in ([data], [data[i : i + 1] for i in range(len(data))]):
        decoder = FrameDecoder(width)
        found = [one for piece in pieces for one in decoder.feed(piece)]
        (one,) = found
        assert isinstance(one, Frame)
        assert (one.code, one.area_id, one.channel_no, one.direction) == (0x81, "8013000001", "01", "E")
        assert (one.xml, one.raw, one.pictures) == (XML, data, 36)
        assert not decoder.waiting


def test_two_frames_in_one_piece_are_two() -> None:
    assert codes(FrameDecoder().feed(raw() + raw(0x85))) == ["ok", "ok"]


def test_the_wrong_width_of_the_code_is_told_as_such() -> None:
    (bad,) = FrameDecoder(4).feed(raw(width=1))[:1]
    assert isinstance(bad, BadFrame)
    assert bad.code == "frame_body_wrong"
    assert "code_bytes" in bad.cause


def test_digits_as_values_are_read_as_the_c_sharp_program_writes_them() -> None:
    data = bytearray(raw())
    data[12:22] = bytes((8, 0, 1, 3, 0, 0, 0, 0, 0, 1))
    (one,) = FrameDecoder().feed(bytes(data))
    assert isinstance(one, Frame)
    assert one.area_id == "8013000001"


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"hello world" + raw(), "frame_mark_wrong"), (b"\xe2\x5c" + raw(), "frame_mark_wrong"),
     (b"\xe2\x5c\x4b\x89\xff\xff\xff\xff" + raw(), "frame_length_wrong"), (raw()[:-2] + b"\0\0" + raw(), "frame_tail_wrong"),
     (raw()[:37] + b"\xff\xff\xff\xff" + raw()[41:] + raw(), "frame_length_wrong")],
)  # fmt: skip
def test_after_rubbish_the_next_frame_is_read(data: bytes, code: str) -> None:
    found = codes(FrameDecoder().feed(data))
    assert found[0] == code
    assert found[-1] == "ok"


def test_the_rest_that_does_not_come_is_given_up() -> None:
    decoder = FrameDecoder()
    assert not decoder.feed(raw()[:50])
    assert decoder.waiting
    assert decoder.give_up().code == "frame_cut"
    assert codes(decoder.feed(raw())) == ["ok"]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.one_of(st.binary(max_size=60), st.just(raw()), st.just(raw()[:30]), st.just(b"\xe2\x5c\x4b\x89")), max_size=12)
)
def test_whatever_comes_every_byte_is_in_a_frame_a_complaint_or_waits(pieces: list[bytes]) -> None:
    decoder = FrameDecoder()
    found = [one for piece in pieces for one in decoder.feed(piece)]
    whole = b"".join(pieces)
    assert len(decoder._buffer) <= min(len(whole), FRAME_LIMIT_BYTES)
    for one in found:
        if isinstance(one, Frame):
            assert one.raw in whole
    once = FrameDecoder().feed(whole)
    assert [o.raw for o in once if isinstance(o, Frame)] == [o.raw for o in found if isinstance(o, Frame)]


def test_what_we_write_the_gate_reads() -> None:
    answer = GatherFeedback(
        "S<1>&", "8013000001", "0000000001", "20261123080000", "N", proc_error_code="gate_seal_differs",
        proc_error_description="封号与核放单不符 <&>", plate="渝B12345", container_no="TGHU1234567", led_hint="\x07不放行",
    )  # fmt: skip
    code, xml = write_form(answer)
    for width in (1, 4):
        ((got, fields),) = Cutter(width).feed(encode_frame(code, "8013000001", "01", "E", xml, width))
        assert got == 0x82
        assert (fields["SESSION_ID"], fields["CHECK_RESULT"]) == ("S<1>&", "N")
        assert fields["PROC_ERROR_DESCRIPTION"] == "封号与核放单不符 <&>"
        assert fields["LED_HINT"] == "不放行"


def test_an_operation_of_seals_joins_their_numbers_as_the_standard_does() -> None:
    code, xml = write_form(SealOperation("S1", "8013000001", "01", ("E1", "E2"), "U", "k"))
    assert code == 0x83
    assert b"<ESEAL_ID>E1|E2</ESEAL_ID><ESEAL_OPERATE>U</ESEAL_OPERATE>" in xml


def gathered(**fields: object) -> GatherInfo:
    told: dict[str, Any] = {"SESSION_ID": " S1 ", "I_E_FLAG": "E", **fields}
    one = parse_form(0x81, form("GATHER_INFO", told))
    assert isinstance(one, GatherInfo)
    return one


def test_the_misspelt_name_of_the_standard_is_read() -> None:
    assert gathered(GETHER_MODE="M").mode == "M"
    assert gathered(GATHER_MODE="M").mode == "A"
    found = parse_form(0x84, form("OPERATE_FEEDBACK", {"SESSION_ID": "S1", "GENERAL_DEVICE": {"DEVIC_ID": "led", "RESULT": "1"}}))
    assert found == OperateFeedback("S1", "", "", (("led", "1"),))


def test_plate_and_container_come_with_the_confidence_of_who_read_them() -> None:
    read = {"DOMESTIC_LICENSE_NO": "渝B 12345", "CONFIDENCE_RATIO": "Y"}
    assert gathered(VE_LICENSE_NO="渝B12345", VE_LICENSE_RECOGNITION=read).plate_sure
    assert gathered(VE_LICENSE_RECOGNITION=read).plate == "渝B 12345"
    assert not gathered(VE_LICENSE_NO="渝B12346", VE_LICENSE_RECOGNITION=read).plate_sure
    assert not gathered(CONTA_ID="X", CONTA_RECOGNITION={"CONTA_ID": "X", "CONFIDENCE_RATIO": "N"}).container_sure


@pytest.mark.parametrize(
    ("told", "grams"), [("23456.7", 23_456_700), ("0", 0), ("", -1), ("-5", -1), ("1e9", -1), ("12,5", -1), ("x" * 99, -1)]
)
def test_a_weight_is_kilograms_or_not_told(told: str, grams: int) -> None:
    assert gathered(GROSS_WT=told).gross_g == grams


@pytest.mark.parametrize(
    ("code", "xml", "error"),
    [(0x82, XML, "form_code_unknown"), (0x85, XML, "form_root_wrong"), (0x81, b"<GATHER_INFO/>", "form_session_missing"),
     (0x81, b"<GATHER_INFO>", "form_not_xml"), (0x81, b"", "form_not_xml"), (0x81, b"\xff\xfe\x00", "form_not_text"),
     (0x81, b'<!DOCTYPE a [<!ENTITY b "c">]><GATHER_INFO/>', "form_dtd_forbidden"),
     (0x81, b"<GATHER_INFO>" * 20, "form_too_large"), (0x81, b"<a>" + b"<b/>" * 5000 + b"</a>", "form_too_large"),
     (0x81, b" " * (XML_LIMIT_BYTES + 1), "form_too_large"),
     (0x85, b"<MANUAL_CHECK><SESSION_ID>S</SESSION_ID><CHECK_RESULT>9</CHECK_RESULT></MANUAL_CHECK>", "form_result_unknown")],
)  # fmt: skip
def test_what_is_no_form_is_refused_with_a_reason(code: int, xml: bytes, error: str) -> None:
    with pytest.raises(FormError) as caught:
        parse_form(code, xml)
    assert caught.value.code == error


@settings(max_examples=200, deadline=None)
@given(st.sampled_from((0x81, 0x84, 0x85, 0x99)), st.binary(max_size=300))
def test_no_bytes_make_anything_but_a_form_or_a_refusal(code: int, data: bytes) -> None:
    try:
        found = parse_form(code, data)
    except FormError:
        return
    assert isinstance(found, GatherInfo | OperateFeedback | ManualCheck)


def test_gb18030_is_read_where_it_is_declared() -> None:
    head = '<?xml version="1.0" encoding="GB18030"?>'
    xml = head + "<GATHER_INFO><SESSION_ID>1</SESSION_ID><VE_LICENSE_NO>渝B1</VE_LICENSE_NO></GATHER_INFO>"
    found = parse_form(0x81, xml.encode("gb18030"))
    assert isinstance(found, GatherInfo)
    assert found.plate == "渝B1"
