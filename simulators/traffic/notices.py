"""Writes load notices: what arrives under one seal, as CSV or as JSON, as two different companies would.

The one rule: columns and names are those of the site's own form (docs/customs.md); the text is made here.
"""

import json
from collections.abc import Iterator

from simulators.traffic.parcels import Load

COLUMNS = ("load_id", "plate", "container_no", "seals", "appointment", "logistics_code", "logistics_no", "carton_no", "k", "n")


def notice_rows(load: Load) -> Iterator[dict[str, str]]:
    """One row a carton that is announced, also one that will be missing."""
    for consignment in load.consignments:
        total = len(consignment.numbers)
        for k, number in enumerate(consignment.numbers, start=1):
            yield {
                "logistics_code": consignment.logistics_code,
                "logistics_no": consignment.list_no,
                "carton_no": number,
                "k": str(k),
                "n": str(total),
            }


def notice_csv(load: Load) -> bytes:
    head = (load.load_id, load.plate, load.container_no, "|".join(load.seals), load.appointment)
    lines = [",".join(COLUMNS)]
    lines += [",".join((*head, *(row[name] for name in COLUMNS[5:]))) for row in notice_rows(load)]
    # Spreadsheet programs put a byte order mark in front and end lines with CR LF.
    return "\ufeff".encode() + "\r\n".join([*lines, ""]).encode()


def notice_json(load: Load) -> bytes:
    cartons = [{**row, "k": int(row["k"]), "n": int(row["n"])} for row in notice_rows(load)]
    values = {
        "load_id": load.load_id, "plate": load.plate, "container_no": load.container_no, "seals": list(load.seals),
        "appointment": load.appointment, "cartons": cartons,
    }  # fmt: skip
    return json.dumps(values, ensure_ascii=False, indent=1).encode()
