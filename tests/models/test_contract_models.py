"""The PLC contract, searched exhaustively: as written it keeps its promises; each planted mistake breaks the one named."""

import re

import pytest

from tests.models.report import BEGIN, END, HERE, PAGE, Model, Outcome, Variant, check_all, missing, outcome, right, runs, table

pytestmark = pytest.mark.models

RUNS = list(runs())
needs_spin = pytest.mark.skipif(bool(missing()), reason=f"not installed: {' '.join(missing())} (apt-get install spin gcc)")


@pytest.fixture(scope="module")
def outcomes() -> dict[tuple[str, str], Outcome]:
    return check_all()


@needs_spin
@pytest.mark.parametrize(("model", "variant"), RUNS, ids=[f"{m.file}-{'-'.join(v.flags)}" for m, v in RUNS])
def test_the_search_shows_what_the_catalogue_says(
    model: Model, variant: Variant, outcomes: dict[tuple[str, str], Outcome]
) -> None:
    came = outcomes[model.file, variant.name]
    print(f"{came.result}: {came.states:,} states, trail of {came.trail_steps} steps, {came.broken}")  # noqa: T201
    assert right(variant, came), came


def test_every_mistake_that_a_model_knows_is_planted() -> None:
    for file in {model.file for model, _ in RUNS}:
        text = (HERE / file).read_text("utf-8")
        known = set(re.findall(r"^#(?:ifdef|elif defined\(|ifndef) ?([A-Z_0-9]+)", text, re.M))
        bounds = set(re.findall(r"^#ifndef ([A-Z_0-9]+)\n#define \1 ", text, re.M))
        used = {flag.partition("=")[0] for model, variant in RUNS if model.file == file for flag in variant.flags}
        assert known - bounds <= used, file
        assert used <= known, file


def test_each_model_has_a_right_variant_a_reached_outcome_and_mistakes() -> None:
    for file in {model.file for model, _ in RUNS}:
        results = [variant.result for model, variant in RUNS if model.file == file]
        assert {"holds", "reached", "breaks"} == set(results), file


@pytest.mark.parametrize(
    "said",
    [
        "error: max search depth too small\nState-vector 9 byte, depth reached 9, errors: 0\n 9 states, stored",
        "Warning: Search not completed\nState-vector 9 byte, depth reached 9, errors: 0\n 9 states, stored",
        "pan: out of memory",
        "",
    ],
)
def test_an_incomplete_search_shows_nothing(said: str) -> None:
    assert outcome(said, 0, "holds").result == "not shown"


def test_a_mistake_found_for_another_reason_does_not_count() -> None:
    came = outcome("pan:1: assertion violated hold_wins (at depth 3)\nerrors: 1\n 3 states, stored", 3, "breaks")
    assert right(Variant("x", [], "breaks", "hold_wins"), came)
    assert not right(Variant("x", [], "breaks", "own_decision"), came)


def test_the_page_lists_every_variant() -> None:
    """State counts may differ with another Spin; names, promises and results may not."""
    shown = PAGE.read_text("utf-8").split(BEGIN)[1].split(END)[0]
    wanted = table({(m.file, v.name): Outcome(v.result, 0) for m, v in RUNS})
    assert _columns(shown) == _columns(wanted), "python tests/models/report.py --write"


def _columns(rows: str) -> list[list[str]]:
    return [[cell.strip() for cell in row.split("|")[1:5]] for row in rows.splitlines() if row.startswith("| ")]
