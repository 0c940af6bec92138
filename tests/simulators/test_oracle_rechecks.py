"""The oracle finds what is wrong with open-box rechecks: one person for two, a detained carton that leaves, a box that lies."""

from pathlib import Path
from typing import Any

import pytest

from tests.simulators.oracle_run import KEY, A, MadeRun, declared, good_run, receipt

CUP = "6991102110007"
ITEMS = [{"gnum": 1, "gcode": "1", "gname": "cup", "bar_code": CUP, "qty": "2", "unit": "007"}]
SEAL = "XYR0000001"


def opened(run: MadeRun, *, second: str = "wu", outcome: str = "released", things: int = 2, sealed: bool = True) -> MadeRun:
    """Carton 1 was opened before its way over the belt; `things` cups are truly in it."""
    run.of("ManifestList")["event"]["declared"] = declared(A, items=ITEMS)
    run.expected["cartons"]["1"] |= {"key": f"{KEY}{A}", "things": [CUP] * things}
    first = run.of("PlcSynced")
    for actor, event in (
        ("zhou", {"type": "RecheckOpened", "code": A, "bench": "bench"}),
        ("zhou", {"type": "NewSealSet", "code": A, "seal_no": SEAL}),
        ("zhou", {"type": "RecheckDecided", "code": A, "outcome": outcome, "by_hand": False}),
        (second, {"type": "RecheckConfirmed", "code": A, "outcome": outcome}),
    ):
        run.before(first, event, "officer")["actor"] = actor
    if sealed:
        read = run.of("CodesRead", role="induct")
        read["event"]["codes"] = [*read["event"]["codes"], {"text": SEAL}]
    return run


def told(run: MadeRun, home: Path) -> list[str]:
    return [f"{breach.invariant} {breach.what}" for breach in run.judged(home).breaches]


def test_a_good_recheck_is_no_breach(tmp_path: Path) -> None:
    assert told(opened(good_run()), tmp_path) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"second": "zhou"}, "I6 row"),
        ({"outcome": "detained"}, "officers said detained"),
        ({"things": 3}, "two officers release"),
        ({"things": 1}, "two officers release"),
        ({"sealed": False}, "was not read"),
    ],
)
def test_what_is_wrong_with_a_recheck_is_found(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    found = told(opened(good_run(), **changes), tmp_path)
    assert any(said in one for one in found), found


def test_an_open_recheck_speaks_against_a_release(tmp_path: Path) -> None:
    run = opened(good_run())
    run.rows.remove(run.of("RecheckConfirmed"))
    assert any("it is open" in one for one in told(run, tmp_path))


@pytest.mark.parametrize(("outcome", "count"), [("detained", 1), ("released", 0)])
def test_what_is_detained_is_counted(tmp_path: Path, outcome: str, count: int) -> None:
    assert opened(good_run(), outcome=outcome).judged(tmp_path).detained == count


@pytest.mark.parametrize(
    ("comes_before", "open_still"), [("RecheckOpened", False), ("NewSealSet", True), ("RecheckConfirmed", True)]
)
def test_an_order_to_inspect_has_its_result_by_what_was_opened_after_it(
    tmp_path: Path, comes_before: str, open_still: bool
) -> None:
    run = opened(good_run())
    run.before(run.of(comes_before), receipt(A, "500", "20261123091000000"))
    run.before(run.of("PlcSynced"), receipt(A, "800", "20261123092000000"))
    assert any("an inspection order is open" in one for one in told(run, tmp_path)) is open_still


@pytest.mark.parametrize(("app_types", "open_still"), [("13", False), ("1", True)])
@pytest.mark.parametrize("code", [A, f"{KEY}{A}"])
def test_a_number_means_what_is_no_deleted_list_alone(tmp_path: Path, app_types: str, code: str, open_still: bool) -> None:
    run = opened(good_run())
    for row in [row for row in run.rows if "code" in row["event"]]:
        row["event"]["code"] = code
    first = run.of("RecheckOpened")
    run.before(first, receipt(A, "500", "20261123091000000"))
    for app_type in app_types:
        other = declared(A, logistics_code="SF", cop_no="CX", app_type=app_type, app_time=f"2026112309200{app_type}")
        run.before(first, {"type": "ManifestList", "batch": app_type, "index": 0, "declared": other})
        run.before(first, {"type": "ManifestClosed", "batch": app_type, "count": 1})
    run.before(run.of("PlcSynced"), receipt(A, "800", "20261123093000000"))
    still = open_still and code == A  # by the full key a person says which of the two
    assert any("an inspection order is open" in one for one in told(run, tmp_path)) is still


WATCH = "6991021100005"


@pytest.mark.parametrize(
    ("scanned", "taken_back", "again", "barred"),
    [
        (WATCH, False, "zhou", True),
        (WATCH, False, "zheng", False),
        (WATCH, True, "zhou", False),
        ("XYT-1", False, "zhou", False),
        (WATCH[:-1] + "6", False, "zhou", False),  # no check digit: half a scan
    ],
)
def test_who_found_what_nobody_declared_and_ended_it_opens_the_carton_no_more(
    tmp_path: Path, scanned: str, taken_back: bool, again: str, barred: bool
) -> None:
    run = opened(good_run())
    first = run.of("RecheckOpened")
    events: list[dict[str, Any]] = [
        {"type": "RecheckOpened", "code": A, "bench": "another"},
        {"type": "CodesRead", "device": "bench", "role": "bench", "codes": [{"text": scanned}], "agreed": False, "at_ms": 0},
        *([{"type": "ScanUndone", "code": A}] if taken_back else []),
        {"type": "RecheckAbandoned", "code": A, "cause": "the scanner does not work"},
    ]
    for event in events:
        run.before(first, event, "officer")["actor"] = "zhou"
    for row in run.rows[run.rows.index(first) :]:
        if row.get("actor") == "zhou":
            row["actor"] = again
    found = [one for one in told(run, tmp_path) if f"{again} (officer) opens" in one]
    assert bool(found) is barred, found
