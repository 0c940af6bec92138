"""The staffing model keeps to what queues are known to do, is the same on every machine, and is what the page says."""

import math
from pathlib import Path

import pytest
from msgspec.structs import replace

from controller.rehearsal.staffing_page import COLUMNS, OFFICERS, SHARES, SHIFTS, markdown, table
from simulators.people.staffing import Desk, belt_needed_mm, one_shift, staffing

DOCS = Path(__file__).resolve().parents[2] / "docs"
LONG = Desk(1, 0.1, exit_to_divert_mm=1_000_000.0)


def test_the_same_desk_and_seed_give_the_same_shift() -> None:
    assert one_shift(Desk(2, 0.1), 7) == one_shift(Desk(2, 0.1), 7)
    assert one_shift(Desk(2, 0.1), 7) != one_shift(Desk(2, 0.1), 8)


def test_with_officers_enough_the_share_timed_out_is_that_of_people_slower_than_the_belt() -> None:
    desk = Desk(50, 0.2)
    slower = 1 - 0.5 * (1 + math.erf(math.log(desk.window_s / desk.decide_median_s) / desk.decide_spread / math.sqrt(2)))
    found = staffing(desk, range(1, 6))
    assert abs(found.timed_out - slower) < 0.02
    assert found.waiting_mean == 0


def test_with_an_endless_belt_one_officer_has_the_queue_of_the_textbook() -> None:
    """Mean number waiting with arrivals in slots: p (E[S2] - E[S]) / 2 (1 - busy), service S counted in slots of 2 s."""
    slot_s, share = 2.0, LONG.look_share
    thinks_s = LONG.decide_median_s * math.exp(LONG.decide_spread**2 / 2)
    square = thinks_s**2 * math.exp(LONG.decide_spread**2) + 2 * LONG.dead_s * thinks_s + LONG.dead_s**2
    service, service_2 = (thinks_s + LONG.dead_s) / slot_s, square / slot_s**2
    waits = share * (service_2 - service) / (2 * (1 - share * service))
    found = staffing(LONG, range(1, 21))
    assert found.timed_out == 0
    assert found.waiting_mean == pytest.approx(share * waits, rel=0.06)
    assert found.busy == pytest.approx(thinks_s * share / slot_s, rel=0.03)


def test_more_officers_or_a_longer_belt_never_make_it_worse_and_nothing_is_lost() -> None:
    shares = [staffing(Desk(n, 0.2), range(1, 5)).timed_out for n in (1, 2, 3)]
    assert shares == sorted(shares, reverse=True)
    lengths = [staffing(replace(Desk(2, 0.1), exit_to_divert_mm=mm), range(1, 5)).timed_out for mm in (1500, 4000, 8000, 12_000)]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] == 1.0, "less belt than a person needs to see anything"


def test_the_length_needed_is_the_shortest_that_is_enough() -> None:
    desk, seeds = Desk(2, 0.1), range(1, 4)
    needed = belt_needed_mm(desk, 0.05, seeds)
    assert needed is not None
    assert staffing(replace(desk, exit_to_divert_mm=needed), seeds).timed_out <= 0.05
    assert staffing(replace(desk, exit_to_divert_mm=needed - 200), seeds).timed_out > 0.05
    assert belt_needed_mm(Desk(1, 1.0), 0.05, seeds) is None, "an officer who never gets through"


@pytest.mark.parametrize("share", SHARES)
def test_the_first_table_of_the_page_is_what_the_model_says(share: float) -> None:
    rows = [staffing(Desk(officers, share), range(1, 1 + SHIFTS)) for officers in OFFICERS]
    page = (DOCS / "staffing.md").read_text(encoding="utf-8")
    for line in list(markdown(COLUMNS, table(rows)))[2:]:
        assert line in page, "make staffing"


def test_the_chart_is_readable_on_light_and_dark_paper_and_stands_alone() -> None:
    chart = (DOCS / "staffing.svg").read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in chart
    assert chart.count("<polyline") == len(SHARES) * len(OFFICERS)
    assert "http" not in chart.replace("http://www.w3.org/2000/svg", "")
