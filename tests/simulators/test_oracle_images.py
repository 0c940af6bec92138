"""The oracle finds what is wrong with a release after inline inspection: whose image, who had to look, what an officer wanted."""

from pathlib import Path
from typing import Any

import pytest

from tests.simulators.oracle_run import KEY, PROFILE, A, C, MadeRun, good_run

LOW, OTHER = "1a" * 32, "2b" * 32
LOW_3 = "3c" * 32


def imaged(run: MadeRun) -> MadeRun:
    """Every carton that is released has its own image, and the analyser points at nothing."""
    run.of("ConfigLoaded")["event"]["profile"] = PROFILE | {"image_required": True}
    for number, low in ((1, LOW), (3, LOW_3)):
        track, row = f"1:{number}", run.decision_row(f"1:{number}")
        run.fact(1100, "imaged", cartons=[number], low=low)
        run.before(row, {"type": "ImageTaken", "scan_id": track, "low": {"sha256": low}, "complete": True})
        run.before(row, {"type": "ImageAnalysed", "track": track, "image": low, "findings": []})
        row["outcome"]["decisions"][0]["facts"] = [{"name": "image", "value": f"1:{number}, files {low} {'f' * 64}"}]
    return run


def verdict(
    run: MadeRun, said: str, *, image: str = LOW, role: str = "officer", refused: bool = False, early: bool = False
) -> None:
    """An officer's word on track 1:1, right before its decision, or `early`: on an earlier way, before the belt ran."""
    refusals = [{"code": "image_unknown", "subject": "1:1"}] if refused else []
    row = run.of("PlcSynced") if early else run.decision_row("1:1")
    run.before(row, {"type": "VerdictGiven", "track": "1:1", "image": image, "verdict": said}, role, refusals=refusals)


def told(run: MadeRun, home: Path) -> list[str]:
    return [f"{breach.invariant} {breach.what}" for breach in run.judged(home).breaches]


def test_a_release_on_its_own_image_is_no_breach(tmp_path: Path) -> None:
    assert told(imaged(good_run()), tmp_path) == []


def finding(run: MadeRun) -> None:
    run.of("ImageAnalysed", track="1:1")["event"]["findings"] = [{"code": "mass_differs"}]


def of_another(run: MadeRun) -> None:
    next(f for f in run.plant if f["fact"] == "imaged")["cartons"] = [2]


def cut_off(run: MadeRun) -> None:
    run.of("ImageTaken", scan_id="1:1")["event"]["complete"] = False


def cleared_by_another_picture(run: MadeRun) -> None:
    finding(run)
    verdict(run, "clear", image=OTHER)


def cleared_by_the_company(run: MadeRun) -> None:
    finding(run)
    verdict(run, "clear", role="operator")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (finding, "no officer had said clear"),
        (of_another, "truly shows carton 2"),
        (cut_off, "is incomplete"),
        (cleared_by_another_picture, "no officer had said clear"),
        (cleared_by_the_company, "no officer had said clear"),
        (lambda run: verdict(run, "open"), "an officer said open"),
        (lambda run: verdict(run, "open", image=OTHER, early=True), "wanted it opened in row"),
    ],
)
def test_what_is_wrong_with_an_inspection_is_found(spoil: Any, said: str, tmp_path: Path) -> None:
    run = imaged(good_run())
    spoil(run)
    assert any(one.startswith("I2") and said in one for one in told(run, tmp_path))


@pytest.mark.parametrize("first_whole", [True, False])
def test_a_picture_that_came_twice_is_as_whole_as_it_came_first(first_whole: bool, tmp_path: Path) -> None:
    run = imaged(good_run())
    run.of("ImageTaken", scan_id="1:1")["event"]["complete"] = first_whole
    again = {"type": "ImageTaken", "scan_id": "1:2", "low": {"sha256": LOW}, "complete": not first_whole}
    run.before(run.decision_row("1:1"), again)
    assert any("is incomplete" in one for one in told(run, tmp_path)) != first_whole


def test_a_clear_verdict_on_the_very_image_answers_a_finding(tmp_path: Path) -> None:
    run = imaged(good_run())
    finding(run)
    verdict(run, "clear")
    assert told(run, tmp_path) == []


@pytest.mark.parametrize("named_before", [True, False])
def test_a_clear_on_what_had_no_name_then_answers_nothing(named_before: bool, tmp_path: Path) -> None:
    run = imaged(good_run())
    finding(run)
    verdict(run, "clear")
    row = run.of("ImageAnalysed", track="1:1") if named_before else run.decision_row("1:1")
    row["outcome"]["findings"] = [{"subject": f"carton:{KEY}{A}", "text": "scanned in as track 1:1, re-run of track 1:9"}]
    assert any("no officer had said clear" in one for one in told(run, tmp_path)) != named_before


def lift(number: str) -> dict[str, Any]:
    return {"type": "HoldLifted", "hold_id": "L1", "scope": "carton", "target": KEY + number, "code": "verdict_open"}


@pytest.mark.parametrize("answer", ["refused", "lifted", "another carton"])
def test_what_an_officer_wanted_opened_and_customs_let_go_is_no_breach(answer: str, tmp_path: Path) -> None:
    run = imaged(good_run())
    verdict(run, "open", image=OTHER, refused=answer == "refused", early=True)
    row = run.of("VerdictGiven")
    if answer == "another carton":
        row["event"]["track"] = "1:2"
    elif answer == "lifted":
        text = "hold L1 verdict_open by zhang: it shows a block"
        row["outcome"]["findings"] = [{"subject": f"carton:{KEY}{A}", "text": text}]
        run.before(run.of("PlcSynced"), lift(A), "officer")
    assert told(run, tmp_path) == []


def test_a_hold_of_another_carton_that_was_lifted_answers_nothing(tmp_path: Path) -> None:
    run = imaged(good_run())
    verdict(run, "open", image=OTHER, early=True)
    text = "hold L1 verdict_open by zhang: it shows a block"
    run.of("VerdictGiven")["outcome"]["findings"] = [{"subject": f"carton:{KEY}{C}", "text": text}]
    run.before(run.of("PlcSynced"), lift(C), "officer")
    assert any("wanted it opened" in one for one in told(run, tmp_path))


@pytest.mark.parametrize(
    ("back_ms", "length_mm", "way_ms", "twice_ms", "told_of"),
    [
        (9500, 470, 0, 0, False),
        (0, 470, 0, 0, True),
        (8900, 470, 0, 0, True),
        (9500, 490, 0, 0, True),
        (9500, 470, 9200, 0, True),
        (9500, 470, 0, 8500, True),
    ],
    ids=[
        "and back",
        "never back",
        "back before the tunnel",
        "of another length",
        "on another way meanwhile",
        "there and back before it",
    ],
)
def test_two_cartons_of_one_length_exchanged_for_the_tunnel_alone(
    back_ms: int, length_mm: int, way_ms: int, twice_ms: int, told_of: bool, tmp_path: Path
) -> None:
    run = imaged(good_run())
    run.fact(2000, "placed", carton_no=4, at_mm=-500, weight_g=2010, length_mm=length_mm, labels=["RR100000048CN"])
    run.fact(8000, "exchanged", carton_no=1, other_no=4, at_mm=1000, other_at_mm=0)
    if twice_ms:
        run.fact(twice_ms, "exchanged", carton_no=1, other_no=4, at_mm=1000, other_at_mm=0)
    if back_ms:
        run.fact(back_ms, "exchanged", carton_no=4, other_no=1, at_mm=2000, other_at_mm=1000)
    if way_ms:
        run.fact(way_ms, "removed", carton_no=4)
    picture = next(f for f in run.plant if f["fact"] == "imaged")
    picture |= {"line_ms": 9000, "cartons": [4]}
    run.plant.sort(key=lambda fact: fact["line_ms"])
    assert any("truly shows carton 4" in what for what in told(run, tmp_path)) is told_of
