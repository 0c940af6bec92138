"""The oracle on lists that are changed behind a look: at an image, or into a box."""

from pathlib import Path
from typing import Any

import pytest

from tests.simulators.oracle_run import A, MadeRun, declared, good_run, receipt
from tests.simulators.test_oracle_images import finding, imaged, told, verdict
from tests.simulators.test_oracle_rechecks import CUP, ITEMS, opened

LAMP = [{"gnum": 1, "gcode": "2", "gname": "lamp", "bar_code": "6991102110014", "qty": "2", "unit": "007"}]


def changed(run: MadeRun, row: dict[str, Any], items: Any, **changes: Any) -> None:
    """The sender changes the list before this row, and customs releases that."""
    other = declared(A, app_type="2", app_time="20261123093000", items=items, **changes)
    run.before(row, {"type": "ManifestList", "batch": "again", "index": 0, "declared": other})
    run.before(row, {"type": "ManifestClosed", "batch": "again", "count": 1})
    run.before(row, receipt(A, "800", "20261123094000000"))


@pytest.mark.parametrize(
    ("changes", "breaks"),
    [
        ({"items": LAMP}, True),
        ({"items": ITEMS, "gross_weight_g": 2010}, True),
        ({"items": ITEMS, "order_no": "O-other"}, False),
    ],
)
def test_an_opening_answers_for_what_was_declared_then(changes: Any, breaks: bool, tmp_path: Path) -> None:
    run = opened(good_run())
    changed(run, run.decision_row("1:1"), **changes)
    found = [what for what in told(run, tmp_path) if "declares it otherwise" in what]
    assert bool(found) is breaks, told(run, tmp_path)


def test_an_opening_behind_the_change_answers(tmp_path: Path) -> None:
    run = opened(good_run())
    changed(run, run.of("RecheckConfirmed"), [ITEMS[0] | {"price": "9"}])
    assert run.expected["cartons"]["1"]["things"] == [CUP, CUP]
    assert told(run, tmp_path) == []


@pytest.mark.parametrize(("analysed_again", "breaks"), [(False, True), (True, False)])
def test_an_image_is_analysed_as_what_is_declared_now(analysed_again: bool, breaks: bool, tmp_path: Path) -> None:
    run = imaged(good_run())
    row = run.decision_row("1:1")
    changed(run, row, LAMP)
    if analysed_again:
        run.before(row, run.of("ImageAnalysed", track="1:1")["event"] | {"work_id": "again"})
    found = [what for what in told(run, tmp_path) if "nothing analysed the image as it is declared now" in what]
    assert bool(found) is breaks, told(run, tmp_path)


@pytest.mark.parametrize(("again", "breaks"), [(False, True), (True, False)])
def test_a_clear_answers_for_what_was_declared_then(again: bool, breaks: bool, tmp_path: Path) -> None:
    run = imaged(good_run())
    finding(run)
    verdict(run, "clear")
    row = run.decision_row("1:1")
    changed(run, row, LAMP)
    run.before(row, run.of("ImageAnalysed", track="1:1")["event"] | {"work_id": "again"})
    if again:
        verdict(run, "clear")
    found = [what for what in told(run, tmp_path) if "the analyser points at something and no officer" in what]
    assert bool(found) is breaks, told(run, tmp_path)
