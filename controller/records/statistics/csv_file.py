"""An answer of the statistics as a CSV file that spreadsheets open.

One rule: it says what the answer says, in the same order; nothing in a cell is a formula to a spreadsheet.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

# A spreadsheet takes UTF-8 for what it is only behind this mark.
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MOMENTS = ("from_ms", "to_ms", "utc_ms", "since_ms")


def csv_of(rows: Sequence[Mapping[str, object]], cut_off_utc: str) -> bytes:
    """UTF-8 with mark, RFC 4180: headings, a line for each row, and behind each the time up to which it counts.

    What has names of its own becomes a column each (`share.low`); a list becomes one cell; unknown is an empty cell;
    moments (`from_ms`) become ISO 8601 in UTC (`from_utc`). Names that a spreadsheet would reckon get an apostrophe.
    """
    flat = [{**_flat(row), "cut_off_utc": cut_off_utc} for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row if name != "cut_off_utc"))
    text = io.StringIO()
    writer = csv.DictWriter(text, [*names, "cut_off_utc"], restval="")
    writer.writeheader()
    writer.writerows(flat)
    return (MARK + text.getvalue()).encode("utf-8")


def _flat(row: Mapping[str, object], before: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{before}{name}.")
        elif name in MOMENTS and isinstance(value, int):
            found[f"{before}{name.removesuffix('_ms')}_utc"] = _utc(value)
        else:
            found[before + name] = _cell(value)
    return found


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, (list, tuple)):
        return _harmless("; ".join(_piece(one) for one in value))
    return _harmless(str(value))


def _piece(value: object) -> str:
    return " ".join(str(one) for one in value.values()) if isinstance(value, Mapping) else str(value)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _utc(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
