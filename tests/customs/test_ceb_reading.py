"""CEB603 and CEB604: what the field sends is read, what cannot be used is refused by itself, nothing raises."""

import base64
import os
import re
from pathlib import Path
from types import ModuleType

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from controller.customs import ceb603, ceb604, parsed, writers, xml_input
from controller.domain.declarations import DeclaredItem, DeclaredList, Receipt
from tests.customs.customs_values import declared, lists, receipt, receipts

SAMPLES = Path(os.environ.get("XIYONG_CEB_SAMPLES", Path(__file__).parents[3] / "shared" / "data" / "ceb" / "samples-2018"))
SAMPLES = SAMPLES / "samples-2018" if (SAMPLES / "samples-2018").is_dir() else SAMPLES
needs_samples = pytest.mark.skipif(
    not (SAMPLES / "CEB603Message.xml").is_file(), reason="official samples are not here (XIYONG_CEB_SAMPLES)"
)


def message(*values: DeclaredList) -> bytes:
    return writers.ceb603(values, guid="G")


def codes(found: parsed.Parsed[DeclaredList] | parsed.Parsed[Receipt]) -> list[str]:
    return [refusal.code for refusal in found.refusals]


def warned(found: parsed.Parsed[DeclaredList] | parsed.Parsed[Receipt]) -> set[str]:
    return {warning.code for warning in found.warnings}


@needs_samples
def test_the_official_sample_lists_are_read() -> None:
    found = ceb603.parse((SAMPLES / "CEB603Message.xml").read_bytes())
    assert (len(found.values), found.refusals) == (10, ())
    first = found.values[0]
    assert (first.logistics_code, first.logistics_no) == ("1105910159", "L2018050700001")
    assert (first.pack_no, first.gross_weight_g, first.net_weight_g) == (9, 80_250, 70_250)
    assert (first.app_status, first.items[0].gcode, first.items[0].gname) == ("2", "8541401000", "小米盒子")
    assert [one.app_status for one in found.values].count("1") == 9
    assert warned(found) == {"flag_not_export"}


@needs_samples
def test_the_official_sample_receipts_are_read() -> None:
    found = ceb604.parse((SAMPLES / "CEB604Message.xml").read_bytes())
    assert (len(found.values), found.refusals) == (10, ())
    first = found.values[0]
    assert (first.return_status, first.return_time) == ("2", "20180507153001001")
    assert first.invt_no == "Invt20180507000001"


@needs_samples
def test_another_message_is_one_refusal_that_names_its_root() -> None:
    found = ceb603.parse((SAMPLES / "CEB507Message.xml").read_bytes())
    assert (found.values, codes(found)) == ((), ["no_message"])
    assert "CEB507Message" in found.refusals[0].cause


@given(st.lists(lists, min_size=1, max_size=3).map(tuple))
@settings(max_examples=50)
def test_lists_come_back_as_written(values: tuple[DeclaredList, ...]) -> None:
    found = ceb603.parse(writers.ceb603(values, guid="G"))
    assert (found.values, found.refusals) == (values, ())


@given(st.lists(receipts, min_size=1, max_size=3).map(tuple))
@settings(max_examples=50)
def test_receipts_come_back_as_written(values: tuple[Receipt, ...]) -> None:
    found = ceb604.parse(writers.ceb604(values, guid="G"))
    assert (found.values, found.refusals) == (values, ())


@pytest.mark.parametrize("codec", [ceb603, ceb604])
def test_a_message_with_nothing_in_it_is_refused(codec: ModuleType) -> None:
    found = codec.parse(f"<{codec.MESSAGE}/>".encode())
    assert (found.values, codes(found)) == ((), ["message_empty"])


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@example(b"<CEB603Message/>")
@example(b"<CEB604Message/>")
def test_any_bytes_are_an_answer(data: bytes) -> None:
    for found in (ceb603.parse(data), ceb604.parse(data)):
        assert found.values == ()
        assert found.refusals


@given(st.data())
@settings(max_examples=150)
def test_any_damage_to_a_message_is_an_answer(data: st.DataObject) -> None:
    whole = bytearray(message(declared(), declared()))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(whole)))
        whole[start : start + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=8))
    found = ceb603.parse(bytes(whole))
    assert found.refusals or len(found.values) <= 2


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("ceb:", "").replace("xmlns:ceb", "xmlns").replace("xmlns=", "xmlns="),
        lambda text: text.replace("ceb:", "n1:").replace(":ceb=", ":n1="),
        lambda text: "\ufeff" + text,
        lambda text: "\n\n" + text,
    ],
)
def test_prefixes_marks_and_leading_lines_do_not_matter(change: object) -> None:
    text = message(declared()).decode()
    found = ceb603.parse(change(text).encode())  # type: ignore[operator]
    assert (found.values, found.refusals) == ((declared(),), ())
    assert not warned(found) - {"invt_no_form", "namespace_wrong"}


@pytest.mark.parametrize("space", ["http://www.chinaport.gov.cn/CEB", "", None])
def test_a_wrong_namespace_or_an_undeclared_prefix_is_a_warning(space: str | None) -> None:
    right = f' xmlns:ceb="{xml_input.CEB_NAMESPACE}"'
    text = message(declared()).decode().replace(right, "" if space is None else f' xmlns:ceb="{space}"')
    found = ceb603.parse(text.encode())
    assert found.values == (declared(),)
    assert "namespace_wrong" in warned(found)


@pytest.mark.parametrize(
    ("declaration", "codec"), [("GB2312", "gb18030"), ("gbk", "gb18030"), ("UTF-16", "utf-16"), ("UTF-8", "gb18030")]
)
def test_encodings_of_the_field_are_read(declaration: str, codec: str) -> None:
    text = message(declared()).decode().replace("UTF-8", declaration)
    found = ceb603.parse(text.encode(codec))
    assert found.values == (declared(),)
    assert ("encoding_wrong" in warned(found)) == (declaration == "UTF-8")


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("before", ["", "\n" * 90], ids=["at once", "blank lines before it"])
def test_utf_16_without_its_mark_is_read_and_said(codec: str, before: str) -> None:
    text = before + message(declared()).decode().replace("UTF-8", "UTF-16")
    found = ceb603.parse(text.encode(codec))
    assert found.values == (declared(),)
    assert "encoding_wrong" in warned(found)


def test_the_order_of_elements_does_not_matter() -> None:
    lines = message(declared()).decode().splitlines()
    start, end = lines.index("<ceb:InventoryHead>") + 1, lines.index("</ceb:InventoryHead>")
    lines[start:end] = reversed(lines[start:end])
    assert ceb603.parse("\n".join(lines).encode()).values == (declared(),)


def test_of_a_repeated_element_the_first_is_kept_and_said() -> None:
    text = message(declared(pack_no=2)).decode()
    found = ceb603.parse(re.sub(r"(<ceb:packNo>)2(</ceb:packNo>)", r"\g<1>2\2\g<1>7\2", text).encode())
    assert found.values[0].pack_no == 2
    assert "element_repeated" in warned(found)


@pytest.mark.parametrize("name", ["logisticsNo", "logisticsCode", "packNo", "grossWeight", "guid", "gcode"])
def test_a_list_without_a_required_element_is_refused_and_the_others_are_kept(name: str) -> None:
    text = message(declared(logistics_no="L1"), declared(logistics_no="L2"), declared(logistics_no="L3")).decode()
    first, second = [match.span() for match in re.finditer(rf"<ceb:{name}>.*?</ceb:{name}>\n", text)][:2]
    found = ceb603.parse((text[: second[0]] + text[second[1] :]).encode())
    assert [one.logistics_no for one in found.values] == ["L1", "L3"]
    refusal = found.refusals[0]
    assert (refusal.code, refusal.node, refusal.subject.split()[-1]) == ("element_missing", 2, "A1")
    assert name in refusal.cause
    assert refusal.line > 1
    assert refusal.next_step
    assert first


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<ceb:packNo>1<", "<ceb:packNo>0<", "number_wrong"),
        ("<ceb:packNo>1<", "<ceb:packNo>1.5<", "number_wrong"),
        ("<ceb:packNo>1<", "<ceb:packNo>１<", "number_wrong"),
        ("<ceb:grossWeight>1.250<", "<ceb:grossWeight>-1<", "number_wrong"),
        ("<ceb:grossWeight>1.250<", "<ceb:grossWeight>1e3<", "number_wrong"),
        ("<ceb:grossWeight>1.250<", "<ceb:grossWeight>NaN<", "number_wrong"),
        ("<ceb:logisticsNo>A1<", f"<ceb:logisticsNo>{'9' * 81}<", "text_too_long"),
        ("<ceb:logisticsNo>A1<", "<ceb:logisticsNo>A\u200b1<", "text_unprintable"),
        ("<ceb:qty>2.5<", "<ceb:qty>many<", "number_wrong"),
    ],
)
def test_what_counts_and_identifies_is_never_guessed(old: str, new: str, code: str) -> None:
    text = message(declared()).decode()
    assert old in text
    found = ceb603.parse(text.replace(old, new).encode())
    assert (found.values, codes(found)) == ((), [code])


@pytest.mark.parametrize(("text", "weight_g"), [("0.0005", 1), ("0.0004", 0), ("80.25", 80_250), ("0.1", 100)])
def test_kilograms_become_whole_grams(text: str, weight_g: int) -> None:
    data = message(declared()).replace(b"grossWeight>1.250<", f"grossWeight>{text}<".encode())
    assert ceb603.parse(data).values[0].gross_weight_g == weight_g


def test_numbers_are_normalised_as_labels_are() -> None:
    data = message(declared()).replace(b"logisticsNo>A1<", b"logisticsNo> sf 100 <")
    assert ceb603.parse(data).values[0].logistics_no == "SF100"


def test_a_list_too_large_for_an_event_is_cut_and_says_so() -> None:
    items = tuple(DeclaredItem(n, "0910991000", "花" * 60, "6" * 50, "1", "035") for n in range(1, 101))
    found = ceb603.parse(message(declared(items=items)))
    (value,) = found.values
    assert value.items_cut == 100 - len(value.items) > 0
    assert value.items == items[: len(value.items)]
    assert 13 * 1024 < len(msgspec.json.encode(value)) <= 14 * 1024
    assert "items_cut" in warned(found)


def test_of_what_is_cut_a_mark_says_whether_it_is_the_same() -> None:
    """The last item is not kept, nor the end of a long name: a list with another one is another list."""
    items = tuple(DeclaredItem(n, "0910991000", "花" * 60, "6" * 50, "1", "035") for n in range(1, 101))
    others = (*items[:-1], msgspec.structs.replace(items[-1], gcode="8507600000"))
    (one,), (same,), (other,) = (ceb603.parse(message(declared(items=each, guid="G"))).values for each in (items, items, others))
    assert one == same
    assert (len(one.cut_mark), one.cut_mark == other.cut_mark) == (12, False)
    assert msgspec.structs.replace(other, cut_mark=one.cut_mark) == one
    long = message(declared(items=items[:1])).replace(("花" * 60).encode(), ("花" * 60 + "甲").encode())
    (named,), (otherwise,) = (ceb603.parse(data).values for data in (long, long.replace("甲".encode(), "乙".encode())))
    assert named.items == otherwise.items
    assert named.cut_mark != otherwise.cut_mark
    assert ceb603.parse(message(declared(items=items[:1]))).values[0].cut_mark == ""


def envelope(inner: bytes) -> bytes:
    data = base64.encodebytes(inner).decode()
    head = "<TransInfo><CopMsgId>1</CopMsgId></TransInfo>"
    return f'<DxpMsg xmlns="http://www.chinaport.gov.cn/dxp" ver="1.0">{head}<Data>{data}</Data></DxpMsg>'.encode()


def test_a_message_is_found_in_its_transport_envelope() -> None:
    assert ceb603.parse(envelope(message(declared()))).values == (declared(),)
    assert ceb603.parse(envelope(envelope(message(declared())))).values == (declared(),)


def test_envelopes_without_end_or_with_rubbish_are_refused() -> None:
    data = message(declared())
    for _ in range(5):
        data = envelope(data)
    assert codes(ceb603.parse(data)) == ["envelope_too_deep", "no_message"]
    rubbish = envelope(b"x").replace(b"eA==", b"!!!")
    assert codes(ceb603.parse(rubbish)) == ["envelope_unreadable", "no_message"]


def test_several_messages_in_one_file_are_all_read() -> None:
    one, two = message(declared(guid="G1")), message(declared(guid="G2"), declared(guid="G3"))
    after_another = ceb603.parse(one + two)
    assert [value.guid for value in after_another.values] == ["G1", "G2", "G3"]
    assert warned(after_another) >= {"several_documents"}
    bodies = [re.sub(rb"<\?xml.*?\?>", b"", part) for part in (one, two)]
    wrapped = ceb603.parse(b"<All>" + b"".join(bodies) + b"</All>")
    assert [value.guid for value in wrapped.values] == ["G1", "G2", "G3"]


def test_what_else_is_in_a_file_is_named_and_a_document_without_any_message_is_refused() -> None:
    lists_file, receipts_file = message(declared()), writers.ceb604([receipt()], guid="H")
    other = receipts_file.replace(b"CEB604", b"CEB605")
    for data in (lists_file + receipts_file + other, envelope(lists_file) + envelope(other) + envelope(receipts_file)):
        read, answers = ceb603.parse(data), ceb604.parse(data)
        assert (len(read.values), set(read.others), codes(read)) == (1, {"CEB604Message", "CEB605Message"}, [])
        assert (len(answers.values), set(answers.others), codes(answers)) == (1, {"CEB603Message", "CEB605Message"}, [])
    strange = ceb603.parse(lists_file + b"<CEB604>500</CEB604>")
    assert (len(strange.values), codes(strange), strange.refusals[0].cause) == (
        1, ["document_unknown"], "no message in the document CEB604"
    )  # fmt: skip
    inside = ceb603.parse(envelope(lists_file) + envelope(b"<Note/>"))
    assert (len(inside.values), codes(inside)) == (1, ["document_unknown"])
    assert codes(ceb603.parse(b"<Note/><Note/>")) == ["no_message"]


ATTACKS = {
    "dtd_forbidden": [
        b'<!DOCTYPE a [<!ENTITY x "y">]><CEB603Message>&x;</CEB603Message>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><CEB603Message>&x;</CEB603Message>',
        b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/x"> %x;]><CEB603Message/>',
        b"<!DOCTYPE CEB603Message><CEB603Message/>",
    ],
    "too_deep": [b"<a>" * 100 + b"</a>" * 100],
    "file_too_large": [b" " * (xml_input.MAX_BYTES + 1)],
    "too_many_attributes": [b"<CEB603Message " + b" ".join(b'xmlns:a%d="u"' % n for n in range(51)) + b"/>"],
    "not_xml": [b"", b"   ", b"<a>", b"a", b"<a/><b>", b"<CEB603Message>&nbsp;</CEB603Message>"],
    "encoding_unknown": [b"\xff\xff\xff", b"\xff\xfe\x00"],
}


@pytest.mark.parametrize(("code", "data"), [(code, data) for code, many in ATTACKS.items() for data in many])
def test_hostile_and_broken_files_are_one_refusal(code: str, data: bytes) -> None:
    found = ceb603.parse(data)
    assert (found.values, codes(found)) == ((), [code])


def test_a_file_of_too_many_elements_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_input, "MAX_ELEMENTS", 1000)
    assert codes(ceb603.parse(b"<a>" + b"<b/>" * 1001 + b"</a>")) == ["too_many_elements"]


def test_refusals_are_bounded_and_their_number_is_kept() -> None:
    found = ceb603.parse(b"<CEB603Message>" + b"<Inventory/>" * 1500 + b"</CEB603Message>")
    assert len(found.refusals) == parsed.MAX_REFUSALS + 1
    assert found.refusals[-1].cause == "500 more parts were refused"


def test_status_words_are_kept_as_text() -> None:
    values = tuple(receipt(status) for status in ("500", "800", "899", "-301010", "0800", "X9"))
    assert ceb604.parse(writers.ceb604(values, guid="G")).values == values


@pytest.mark.parametrize("name", ["guid", "agentCode", "ebcCode", "returnInfo", "invtNo", "preNo", "ebpCode"])
def test_a_receipt_is_kept_without_what_it_does_not_need(name: str) -> None:
    text = writers.ceb604((receipt("500"),), guid="G").decode()
    found = ceb604.parse(re.sub(rf"<ceb:{name}>.*?</ceb:{name}>", "", text).encode())
    assert [value.return_status for value in found.values] == ["500"]


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("<ceb:returnStatus>.*?</ceb:returnStatus>", "element_missing"),
        ("<ceb:(copNo|orderNo)>.*?</ceb:(copNo|orderNo)>", "element_missing"),
        ("(?<=<ceb:returnTime>)2026", "time_wrong"),
    ],
)
def test_a_receipt_that_names_no_list_status_or_time_is_refused(pattern: str, code: str) -> None:
    text = writers.ceb604((receipt(), receipt()), guid="G").decode()
    half = text.index("</ceb:InventoryReturn>")
    found = ceb604.parse((re.sub(pattern, "", text[:half]) + text[half:]).encode())
    assert (len(found.values), codes(found), found.refusals[0].node) == (1, [code], 1)


@pytest.mark.parametrize(
    "time", ["20269923090000000", "20260230090000000", "20261123240000000", "20261123096000000", "00000000000000000"]
)
def test_a_receipt_of_a_day_that_there_is_not_is_refused(time: str) -> None:
    text = re.sub("(?<=returnTime>)[0-9]{17}", time, writers.ceb604((receipt(),), guid="G").decode())
    found = ceb604.parse(text.encode())
    assert (found.values, codes(found)) == ((), ["time_wrong"])
    assert "no date and time" in found.refusals[0].cause


def test_information_for_people_is_shortened_and_made_printable() -> None:
    text = writers.ceb604((receipt(),), guid="G").decode().replace("放行", "放\u009b行" * 200)
    (value,) = ceb604.parse(text.encode()).values
    assert len(value.return_info) == 200
    assert value.return_info.isprintable()


def test_a_writer_refuses_what_xml_cannot_carry() -> None:
    with pytest.raises(ValueError, match="cannot carry"):
        message(declared(cop_no="A\x1bB"))
