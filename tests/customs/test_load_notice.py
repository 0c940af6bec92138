"""Load notices: CSV and JSON in, what contradicts itself is refused, nothing raises."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.customs import load_notice, writers
from controller.domain.declarations import LoadNotice, NoticedCarton
from tests.customs.customs_values import notice

HEADER = "load_id,plate,container_no,seals,appointment,logistics_code,logistics_no,carton_no,k,n\n"


def codes(data: str | bytes) -> list[str]:
    found = load_notice.parse(data.encode() if isinstance(data, str) else data)
    return [refusal.code for refusal in found.refusals]


def test_a_notice_comes_back_as_written() -> None:
    notices = (notice("LD001"), notice("LD002", 1))
    found = load_notice.parse(writers.load_notice(notices))
    assert (found.values, found.refusals, found.warnings) == (notices, (), ())


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_of_spreadsheets(codec: str) -> None:
    found = load_notice.parse(writers.load_notice([notice()]).decode().encode(codec))
    assert found.values == (notice(),)
    assert bool(found.warnings) == (codec == "gb18030")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_that_of_the_header(delimiter: str) -> None:
    text = "Load_ID,logistics_code,logistics_no\nL1,5001, sf 1\n".replace(",", delimiter)
    (value,) = load_notice.parse(text.encode()).values
    assert value.cartons == (NoticedCarton("SF1", "5001", "SF1", 1, 1),)


def test_json_in_its_three_forms() -> None:
    rows = [
        {"load_id": "L1", "plate": "渝a 1", "seals": ["x1", "x2"], "logistics_code": 5001, "logistics_no": "N1", "n": 2},
        {"load_id": "L1", "plate": "渝A1", "seals": "X1|X2", "logistics_code": "5001", "logistics_no": "n1",
         "carton_no": "C2", "k": "2", "n": 2},
    ]  # fmt: skip
    cartons = (NoticedCarton("N1", "5001", "N1", 1, 2), NoticedCarton("C2", "5001", "N1", 2, 2))
    value = LoadNotice("L1", "渝A1", "", ("X1", "X2"), "", cartons)
    load = {**rows[0], "cartons": rows}
    for form in (rows, load, [load], {"loads": [load]}):
        found = load_notice.parse(json.dumps(form).encode())
        assert (found.values, found.refusals) == ((value,), ())


def test_cartons_k_of_n() -> None:
    rows = "".join(f"L1,,,S1,,5001,N1,C{k},{k},3\n" for k in (1, 2, 3))
    found = load_notice.parse((HEADER + rows).encode())
    assert [(carton.k, carton.n) for carton in found.values[0].cartons] == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("L1,,,S1,,5001,N1,C1,3,2", "number_wrong"),
        ("L1,,,S1,,5001,N1,C1,0,2", "number_wrong"),
        ("L1,,,S1,,5001,N1,C1,x,2", "number_wrong"),
        ("L1,,,S1,,5001,,C1,1,1", "column_missing"),
        ("L1,,,S1,,,N1,C1,1,1", "column_missing"),
        (",,,S1,,5001,N1,C1,1,1", "column_missing"),
        ("L1,,,S1,,5001,N1,C1,1,1,extra", "row_too_long"),
        (f"L1,,,S1,,5001,{'9' * 81},C1,1,1", "text_wrong"),
        (f"L1,,,{'|'.join('S' + str(n) for n in range(21))},,5001,N1,C1,1,1", "seals_wrong"),
    ],
)
def test_a_wrong_row_is_refused_and_the_others_are_kept(row: str, code: str) -> None:
    data = HEADER + "L1,,,S1,,5001,N8,C8,1,1\n" + row + "\nL1,,,S1,,5001,N9,C9,1,1\n"
    found = load_notice.parse(data.encode())
    assert [(one.code, one.node, one.line) for one in found.refusals] == [(code, 2, 3)]
    assert [carton.carton_no for carton in found.values[0].cartons] == ["C8", "C9"]


def test_a_load_that_contradicts_itself_is_refused_whole() -> None:
    rows = "L1,A,,S1,,5001,N1,C1,1,1\nL1,A,,S2,,5001,N2,C2,1,1\nL2,A,,S2,,5001,N3,C3,1,1\n"
    found = load_notice.parse((HEADER + rows).encode())
    assert [value.load_id for value in found.values] == ["L2"]
    assert [(one.code, one.subject) for one in found.refusals] == [("load_conflict", "L1")]


@pytest.mark.parametrize(
    ("second", "code"),
    [
        ("L1,,,S1,,5001,N1,C1,2,2", "carton_no_repeated"),
        ("L1,,,S1,,5001,N1,C2,1,2", "count_conflict"),
        ("L1,,,S1,,5001,N1,C2,2,3", "count_conflict"),
    ],
)
def test_rows_that_contradict_each_other_are_refused(second: str, code: str) -> None:
    assert codes(HEADER + "L1,,,S1,,5001,N1,C1,1,2\n" + second) == [code]


def test_the_same_row_twice_is_a_warning() -> None:
    found = load_notice.parse((HEADER + "L1,,,S1,,5001,N1,C1,1,1\n" * 2).encode())
    assert (len(found.values[0].cartons), found.refusals) == (1, ())
    assert [warning.code for warning in found.warnings] == ["row_repeated"]


def test_a_container_number_with_a_wrong_check_digit_is_said() -> None:
    found = load_notice.parse((HEADER + "L1,,CSQU3054384,,,5001,N1,C1,1,1\n").encode())
    assert {warning.code for warning in found.warnings} == {"container_check", "seals_missing"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("", "notice_empty"),
        (HEADER, "notice_empty"),
        ("plate,seals\n", "column_missing"),
        ("load_id,logistics_code,logistics_no,logistics_no\n", "column_repeated"),
        ("{", "not_json"),
        ("[" * 100_000, "not_json"),
        ('{"load_id": "L1", "load_id": "L2"}', "not_json"),
        ("[1]", "not_rows"),
        ('{"load_id": "L1", "cartons": [1]}', "not_rows"),
        ('{"load_id": {}, "logistics_no": true}', "not_rows"),
        (b"\xff\xff\xff", "encoding_unknown"),
        ("a" * 200_000, "not_csv"),
    ],
)
def test_what_is_no_notice_is_one_refusal(data: str | bytes, code: str) -> None:
    assert codes(data) == [code]


@given(
    st.binary(max_size=300) | st.text(max_size=300).map(str.encode) | st.text(max_size=200).map(lambda t: (HEADER + t).encode())
)
def test_any_bytes_are_an_answer(data: bytes) -> None:
    found = load_notice.parse(data)
    assert found.values or found.refusals


def test_a_large_notice_is_cut_into_portions_that_fit_an_event() -> None:
    whole = notice(count=500)
    portions = load_notice.parts(whole)
    assert len(portions) > 1
    assert sum(portions, ()) == whole.cartons
    assert all(len(msgspec.json.encode(portion)) <= 14 * 1024 for portion in portions)
