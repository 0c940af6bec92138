"""The day's papers are what senders send: well formed, complete, with right check digits; troubles are only on purpose."""

import csv
import io
import json
import random
from collections import Counter
from datetime import datetime
from xml.etree import ElementTree

import pytest

from simulators.customs_office.messages import guid, lists_message, receipts_message
from simulators.customs_office.office import BEIJING, Office
from simulators.scenarios.day_plan import FEWEST_CARTONS, demo_plan, steady_plan
from simulators.traffic import numbers
from simulators.traffic.day import DayMaker
from simulators.traffic.notices import notice_csv, notice_json
from simulators.traffic.parcels import Day, Load, Trouble

CEB = "{http://www.chinaport.gov.cn/ceb}"


def a_day(cartons: int = 156, seed: int = 5) -> Day:
    return DayMaker(random.Random(seed)).make(demo_plan(cartons))


def s10_is_right(text: str) -> bool:
    """UPU S10, written as a search for the digit instead of as the rule for making it."""
    total = sum(int(digit) * weight for digit, weight in zip(text[2:10], (8, 6, 4, 2, 3, 5, 9, 7), strict=True))
    right = next(d for d in range(1, 12) if (total + d) % 11 == 0)
    return int(text[10]) == {10: 0, 11: 5}.get(right, right)


def sf_is_right(text: str) -> bool:
    """The whole number from its fourth digit on: weights from the right, tens and units added, a multiple of ten."""
    payload, check = text[5:-1], int(text[-1])
    total = check
    for weight, digit in zip(range(1, 99, 2), reversed(payload), strict=False):
        total += sum(int(char) for char in str(int(digit) * weight)[-2:])
    return total % 10 == 0


def test_check_digits_of_the_published_examples() -> None:
    assert numbers.s10(47312482, "RR") == "RR473124829CN"
    assert numbers.s10(12345678)[10] == "5"
    assert numbers.s10(10000014)[10] == "0"
    assert numbers.s10(10000002)[10] == "5"
    assert numbers.sf(123456789012) == "SF1234567890122"


@pytest.mark.parametrize("seed", range(5))
def test_every_number_of_a_day_is_right_and_its_own(seed: int) -> None:
    day = a_day(seed=seed)
    listed = [number for load in day.loads for one in load.consignments for number in one.numbers]
    codes = set(listed) | {parcel.code for parcel in day.parcels}
    assert len(listed) == len(set(listed))
    for code in codes:
        assert sf_is_right(code) if code.startswith("SF") else s10_is_right(code), code
    assert any(code.startswith("SF") for code in codes)


def test_a_misprinted_number_has_a_wrong_check_digit() -> None:
    for serial in range(10_000_000, 10_000_300):
        assert not s10_is_right(numbers.misprinted(numbers.s10(serial)))
        assert not sf_is_right(numbers.misprinted(numbers.sf(144_000_000_000 + serial)))


def test_the_same_seed_is_the_same_day_and_another_is_not() -> None:
    assert a_day() == a_day()
    assert a_day() != a_day(seed=6)


@pytest.mark.parametrize("cartons", [FEWEST_CARTONS, 58, 60, 150, 157, 400])
def test_a_day_has_the_cartons_it_was_asked_for_in_eleven_loads_with_every_named_trouble(cartons: int) -> None:
    day = a_day(cartons)
    assert len(day.parcels) == cartons
    assert len(day.loads) == 11
    assert {parcel.trouble for parcel in day.parcels} == set(Trouble)
    assert sum(parcel.trouble is Trouble.NONE for parcel in day.parcels) == cartons - 33
    merged = next(place for place, parcel in enumerate(day.parcels) if parcel.trouble is Trouble.XRAY_MERGED)
    assert day.parcels[merged + 1].trouble is Trouble.NONE, "the carton that is in the same picture has no story of its own"
    assert all(250 <= parcel.length_mm <= 600 for parcel in day.parcels)
    assert [parcel.carton_no for parcel in day.parcels] == list(range(1, cartons + 1))


def test_too_few_cartons_for_the_scenes_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 57"):
        demo_plan(56)


def test_a_steady_day_is_ordinary() -> None:
    day = DayMaker(random.Random(1)).make(steady_plan(130))
    assert [len(load.parcels) for load in day.loads] == [60, 60, 10]
    assert all(parcel.ordinary and parcel.declared and parcel.n == 1 for parcel in day.parcels)


def test_lists_are_well_formed_and_say_what_is_on_the_truck() -> None:
    for load in a_day().loads:
        root = ElementTree.fromstring(lists_message(load.consignments, load.load_id))
        heads = [
            {field.tag.removeprefix(CEB): field.text or "" for field in head}
            for head in root.iterfind(f"{CEB}Inventory/{CEB}InventoryHead")
        ]
        assert root.tag == f"{CEB}CEB603Message"
        assert len(heads) == len(load.consignments)
        for head, one in zip(heads, load.consignments, strict=True):
            assert (head["logisticsCode"], head["logisticsNo"]) == (one.logistics_code, one.list_no)
            assert int(head["packNo"]) == len(one.numbers)
            assert len(head["guid"]) == 36
            assert len(head["invtNo"]) in range(18, 21)
            assert round(float(head["grossWeight"]) * 1000) == one.gross_g
        assert len(root.findall(f"{CEB}Inventory/{CEB}InventoryList")) == sum(len(c.items) for c in load.consignments)


def test_declared_weights_are_true_but_for_the_overweight_carton() -> None:
    day = a_day()
    weighed: Counter[str] = Counter()
    for parcel in day.parcels:
        if parcel.declared:
            weighed[parcel.list_key] += parcel.weight_g
    for load in day.loads:
        for one in load.consignments:
            troubles = {parcel.trouble for parcel in load.parcels if parcel.list_key == one.key}
            if Trouble.OVERWEIGHT in troubles:
                assert weighed[one.key] > one.gross_g * 1.2
            elif troubles & {Trouble.SIBLING_MISSING, Trouble.WEIGHT_MISTYPED}:
                assert weighed[one.key] < one.gross_g
            else:
                assert weighed[one.key] == one.gross_g


def test_receipts_name_each_list_once_with_a_time_of_17_digits() -> None:
    load = a_day().loads[1]
    root = ElementTree.fromstring(receipts_message([(one, one.status, "20261123080000000") for one in load.consignments], "x"))
    nodes = root.findall(f"{CEB}InventoryReturn")
    assert [node.findtext(f"{CEB}copNo") for node in nodes] == [one.cop_no for one in load.consignments]
    assert {node.findtext(f"{CEB}returnStatus") for node in nodes} == {"800", "500", "733"}
    assert all(len(node.findtext(f"{CEB}returnTime") or "") == 17 for node in nodes)


def test_a_guid_is_of_its_node_alone() -> None:
    assert guid("list", 12) != guid("list", 13)
    assert guid("list", 12) == guid("list", 12)


def test_both_forms_of_a_notice_name_the_same_cartons_also_one_that_never_comes() -> None:
    load = a_day().loads[1]
    rows = list(csv.DictReader(io.StringIO(notice_csv(load).decode("utf-8-sig"))))
    told = json.loads(notice_json(load))
    assert [(r["carton_no"], r["k"], r["n"]) for r in rows] == [
        (c["carton_no"], str(c["k"]), str(c["n"])) for c in told["cartons"]
    ]
    assert {r["plate"] for r in rows} == {load.plate} == {told["plate"]}
    assert len(rows) == sum(len(one.numbers) for one in load.consignments) == len(load.parcels) + 1


def test_papers_come_into_the_inbox_whole_and_in_order(tmp_path: object) -> None:
    from pathlib import Path

    inbox = Path(str(tmp_path)) / "inbox"
    office = Office(inbox, lambda: datetime(2026, 11, 23, 8, tzinfo=BEIJING))
    day = a_day()
    sent = [path for load in day.loads for path in office.send_papers(load)]
    assert [path.name for path in sent] == sorted(path.name for path in inbox.iterdir())
    assert len(sent) == 11 * 3 - 1  # one load has no notice
    assert _unannounced(day).load_id not in "".join(path.name for path in sent if "notice" in path.name)


def _unannounced(day: Day) -> Load:
    return next(load for load in day.loads if not load.noticed)
