"""Statistics as a file for spreadsheets: what a cell says, and what it never does there."""

import csv
import io

from controller.records.statistics.csv_file import csv_of


def lines_of(rows: list[dict[str, object]]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_of(rows, "2026-11-26T08:00:00Z").decode("utf-8-sig"))))


def test_names_of_their_own_become_columns_lists_one_cell_and_unknown_stays_empty() -> None:
    row: dict[str, object] = {
        "from_ms": 1_795_680_000_000, "n": None, "opened": {"hits": 1, "share": 0.5, "small": True},
        "codes": [{"code": "no_read", "n": 2}, {"code": "weight_differs", "n": 1}],
    }  # fmt: skip
    assert lines_of([row, {"n": 3, "why": {"decision": 4}}]) == [
        {
            "from_utc": "2026-11-26T08:00:00Z", "n": "", "opened.hits": "1", "opened.share": "0.5", "opened.small": "yes",
            "codes": "no_read 2; weight_differs 1", "why.decision": "", "cut_off_utc": "2026-11-26T08:00:00Z",
        },
        {
            "from_utc": "", "n": "3", "opened.hits": "", "opened.share": "", "opened.small": "", "codes": "",
            "why.decision": "4", "cut_off_utc": "2026-11-26T08:00:00Z",
        },
    ]  # fmt: skip


def test_a_name_that_a_spreadsheet_would_reckon_is_text() -> None:
    names = ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", '重庆, "Xiyong"\nLtd']
    assert [line["shipper"] for line in lines_of([{"shipper": name, "n": -1} for name in names])] == [
        "'=HYPERLINK(1)", "'+1", "'-1", "'@SUM(1)", names[4],
    ]  # fmt: skip
    assert lines_of([{"n": -1}])[0]["n"] == "-1"


def test_no_rows_are_a_file_with_its_headings() -> None:
    assert csv_of([], "x") == b"\xef\xbb\xbfcut_off_utc\r\n"
