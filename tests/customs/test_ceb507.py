"""CEB507 out, CEB508 in: bytes that the official schema takes, and answers that are refused part by part."""

import os
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring

from controller.customs import ceb507, ceb508
from controller.customs.ceb507 import ArrivalRefusedError, Site
from controller.domain.arrivals import Arrival, ArrivedList
from simulators.customs_office.front_desk import read_arrival
from simulators.customs_office.messages import arrival_answers

SITE = Site("5001980099", "西永综合保税区监管中心", "CQXY01", "4", "DXPENTXY00000099")
UTC = "2026-11-23T16:30:01.5Z"
ROWS = (ArrivedList("RR100000017CN"), ArrivedList("RR100000025CN", "BAG<1>&2"))
ARRIVAL = Arrival("XY000010000000001", "L1", "渝A12345", "50010001", "8013", "", ROWS, 3, 2)
DATA = Path(os.environ.get("XIYONG_CEB_SCHEMAS", Path(__file__).parents[3] / "shared" / "data" / "ceb"))
SCHEMAS = sorted(DATA.glob("xsd-*/*出口业务节点报文*.xsd"))


def test_an_arrival_reads_back_as_it_was_told_and_the_same_again_is_the_same() -> None:
    data = ceb507.encode(ARRIVAL, SITE, "1-7-0", UTC)
    told = read_arrival("1-7-0", data)
    assert (told.cop_no, told.msg_seq, told.msg_count, told.carrier) == ("XY000010000000001", 2, 3, "50010001")
    assert told.numbers == ("RR100000017CN", "RR100000025CN")
    assert data == ceb507.encode(ARRIVAL, SITE, "1-7-0", UTC)
    assert data != ceb507.encode(ARRIVAL, SITE, "1-7-1", UTC)
    texts = {node.tag.rpartition("}")[2]: node.text for node in fromstring(data).iter()}
    assert texts["appTime"] == "20261124003001"  # Beijing time
    assert texts["domesticTrafNo"] == "渝A12345"
    assert texts["totalPackageNo"] == "BAG<1>&2"


@pytest.mark.skipif(not SCHEMAS, reason="the official schemas are not here (XIYONG_CEB_SCHEMAS)")
@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda path: path.parent.name)
def test_the_official_schema_takes_it(schema: Path) -> None:
    etree = pytest.importorskip("lxml.etree")
    validator = etree.XMLSchema(etree.parse(str(schema)))
    rows = tuple(ArrivedList(f"RR{n:09d}CN", "B1" if n % 2 else "") for n in range(250))
    for arrival in (ARRIVAL, Arrival("XY1", "L", "", "50010001", "8013", "B" * 37, rows)):
        document = etree.fromstring(ceb507.encode(arrival, SITE, "1-7-0", UTC))
        assert validator.validate(document), validator.error_log
    # The validator can say no.
    wrong = ceb507.encode(ARRIVAL, SITE, "1-7-0", UTC).replace(b"<ceb:ieFlag>E</ceb:ieFlag>", b"")
    assert not validator.validate(etree.fromstring(wrong))


@pytest.mark.parametrize(
    ("changes", "site", "field"),
    [
        ({"customs_code": ""}, SITE, "customsCode"),
        ({"logistics_code": "X" * 19}, SITE, "logisticsCode"),
        ({"lists": (ArrivedList("R" * 33),)}, SITE, "logisticsNo"),
        ({"lists": ()}, SITE, "ArrivalList"),
        ({"plate": "渝\x01"}, SITE, "domesticTrafNo"),
        ({"msg_seq": 4}, SITE, "msgSeqNo"),
        ({}, Site("", "name", "", "4", "DXP1"), "operatorCode"),
    ],
)
def test_what_the_schema_would_not_take_is_refused_by_field(changes: dict[str, object], site: Site, field: str) -> None:
    values = {name: getattr(ARRIVAL, name) for name in ARRIVAL.__struct_fields__} | changes
    with pytest.raises(ArrivalRefusedError) as refused:
        ceb507.encode(Arrival(**values), site, "1-7-0", UTC)
    assert refused.value.field == field
    assert refused.value.next_step


def test_answers_are_read_and_bad_ones_refused_one_by_one() -> None:
    rows = [
        ("C1", 1, "399", "20261123090000000"),
        ("C1", 2, "100", "2026-11-23"),
        ("", 1, "399", "20261123090000000"),
        ("C1", 3, "399", "20269923090000000"),
    ]
    parsed = ceb508.parse(arrival_answers(rows, "test"))
    assert [(a.cop_no, a.msg_seq, a.return_status) for a in parsed.values] == [("C1", 1, "399")]
    assert [(r.code, r.node) for r in parsed.refusals] == [("time_wrong", 2), ("element_missing", 3), ("time_wrong", 4)]
    assert all(r.next_step and r.line for r in parsed.refusals)


BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><CEB508Message>&c;</CEB508Message>'


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<CEB508Message>", "not_xml"),
        (b"\x00\x01<\xff\xfe", "encoding_unknown"),
        (BOMB, "dtd_forbidden"),
        (b"<CEB508Message/>", "message_empty"),
        (b"<CEB508Message>" + b"<a>" * 30 + b"</a>" * 30 + b"</CEB508Message>", "too_deep"),
        (b"<CEB508Message>" + b" " * (21 * 1024 * 1024), "file_too_large"),
        (arrival_answers([("C1", 1, "399", "20261123090000000")], "x").replace(b"CEB508", b"CEB510"), "no_message"),
    ],
)
def test_what_is_no_answer_is_refused_with_what_to_do(data: bytes, code: str) -> None:
    parsed = ceb508.parse(data)
    assert not parsed.values
    assert parsed.refusals[0].code == code
    assert parsed.refusals[0].next_step
    assert parsed.refusals[0].where
