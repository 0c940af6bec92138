"""`docs/staffing.md` and its chart: what the staffing model says about a line, for those who build one.

One rule: every number on the page comes from the model in `simulators/people/staffing.py`, by `make staffing`; a test makes the
page again and compares.
"""

import math
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from controller.rehearsal.line_chart import Chart, Line, Panel, svg
from simulators.people.staffing import LONGEST_MM, Desk, Staffing, belt_needed_mm, staffing

DOCS = Path(__file__).resolve().parents[2] / "docs"
OFFICERS = (1, 2, 3)
SHARES = (0.05, 0.10, 0.20)
LONG_MM = 10_000.0
AIMS = (0.05, 0.01)
CURVE_MM = tuple(range(3000, 20_001, 1000))
SHIFTS, SHIFTS_SEARCHED = 10, 6


class Study(msgspec.Struct, frozen=True):
    """`needed_mm`: for each row the way from X-ray exit to diverter for each of AIMS; None = more than 60 m."""

    shipped: tuple[Staffing, ...]
    longer: tuple[Staffing, ...]
    bunched: tuple[Staffing, ...]
    needed_mm: tuple[tuple[int | None, ...], ...]
    curves: tuple[Panel, ...]


def study(base: Desk, seed: int = 1, shifts: int = SHIFTS) -> Study:
    """All tables for 1, 2 and 3 officers and 5, 10 and 20 % to look at; the rest as in `base`."""
    rows = [msgspec.structs.replace(base, officers=n, look_share=share) for share in SHARES for n in OFFICERS]
    seeds, few = range(seed, seed + shifts), range(seed, seed + SHIFTS_SEARCHED)
    return Study(
        tuple(staffing(desk, seeds) for desk in rows),
        tuple(staffing(msgspec.structs.replace(desk, exit_to_divert_mm=LONG_MM), seeds) for desk in rows),
        tuple(staffing(msgspec.structs.replace(desk, exit_to_divert_mm=LONG_MM, bunched=True), seeds) for desk in rows),
        tuple(tuple(belt_needed_mm(desk, most, few) for most in AIMS) for desk in rows),
        tuple(_curves(rows, share, few) for share in SHARES),
    )


def _curves(rows: Iterable[Desk], share: float, seeds: range) -> Panel:
    lines = []
    for desk in rows:
        if desk.look_share == share:
            found = (staffing(msgspec.structs.replace(desk, exit_to_divert_mm=mm), seeds).timed_out for mm in CURVE_MM)
            points = tuple((mm / 1000, late) for mm, late in zip(CURVE_MM, found, strict=True))
            lines.append(Line(f"{desk.officers} officer{'s' if desk.officers > 1 else ''}", points))
    return Panel(f"{share:.0%} to look at", tuple(lines))


def chart(found: Study) -> str:
    desk = found.shipped[0].desk
    return svg(
        Chart(
            "Images that nobody decided before the last call",
            "X-ray exit to diverter, m",
            found.curves,
            3.0,
            20.0,
            (4.0, 8.0, 12.0, 16.0, 20.0),
            0.001,
            ((1.0, "100 %"), (0.1, "10 %"), (0.01, "1 %"), (0.001, "0.1 %")),
            (0.01, "one in a hundred"),
            (desk.exit_to_divert_mm / 1000, "as shipped"),
        )
    )


# --- tables --------------------------------------------------------------------------------------------------------------

COLUMNS = (
    "To look at", "Officers", "Images/h", "Timed out", "Waiting, mean", "Waiting, p95", "Officer busy", "Re-runs/h",
    "To open-box/h", "Pairs needed", "Left at the bench after the shift, one pair",
)  # fmt: skip


def pair_opens_an_hour(desk: Desk) -> float:
    """Cartons that two officers open in an hour: the mean of a lognormal is above its median."""
    return 3600 / (desk.open_median_s * math.exp(desk.open_spread**2 / 2))


def table(rows: Iterable[Staffing]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        yield (
            f"{row.desk.look_share:.0%}", f"{row.desk.officers}", f"{row.looks_an_hour:.0f}",
            f"{row.timed_out:.1%} ±{row.timed_out_pm * 100:.1f}", f"{row.waiting_mean:.2f}", f"{row.waiting_p95:.1f}",
            f"{row.busy:.0%}", f"{row.reruns_an_hour:.0f}", f"{row.opened_an_hour:.0f}",
            f"{row.opened_an_hour / pair_opens_an_hour(row.desk):.1f}", f"{row.bench_backlog:.0f}",
        )  # fmt: skip


def needed_table(found: Study) -> Iterator[tuple[str, ...]]:
    for row, needed in zip(found.shipped, found.needed_mm, strict=True):
        yield (f"{row.desk.look_share:.0%}", f"{row.desk.officers}", *(_metres(mm) for mm in needed))


NEEDED_COLUMNS = ("To look at", "Officers", *(f"At most {aim:.0%} timed out" for aim in AIMS))


def markdown(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(columns) + " |"
    yield "|---" * len(columns) + "|"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def aligned(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """The same for a terminal."""
    table_rows = [columns, *rows]
    widths = [max(len(row[place]) for row in table_rows) for place in range(len(columns))]
    for row in table_rows:
        yield "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))


# --- the page --------------------------------------------------------------------------------------------------------------


def page(found: Study) -> str:
    """The whole page, in Markdown."""
    desk, long_desk = found.shipped[0].desk, found.longer[0].desk
    parts = [
        "# Staffing: how many officers, and how long a belt",
        f"Made by `make staffing` (`xiyong staffing --write`) from the model in `simulators/people/staffing.py`; do not edit."
        f" {SHIFTS} shifts of {desk.shift_h:g} h a row (the search for a length and the chart: {SHIFTS_SEARCHED}), seeds from 1:"
        " the same numbers on every machine. It is a model of queues with assumed people, not a measurement: no officer and no"
        " line has been timed. `xiyong staffing --help` takes a site's own numbers.",
        "## What it means for whoever lays out a line",
        *_meaning(found),
        "![Share of images timed out, by length of belt](staffing.svg)",
        f"## As shipped: {_metres(desk.exit_to_divert_mm)} from X-ray exit to diverter, {desk.window_s:.1f} s to decide",
        _block(markdown(COLUMNS, table(found.shipped))),
        "## Length needed, X-ray exit to diverter",
        _block(markdown(NEEDED_COLUMNS, needed_table(found))),
        f"## {_metres(LONG_MM)}, {long_desk.window_s:.1f} s to decide",
        _block(markdown(COLUMNS, table(found.longer))),
        f"## {_metres(LONG_MM)}, bunched: every other quarter of an hour twice the share, none between",
        _block(markdown(COLUMNS, table(found.bunched))),
        "## The model and what it assumes",
        _block(_assumptions(desk)),
    ]
    return "\n\n".join(parts) + "\n"


def _block(lines: Iterable[str]) -> str:
    return "\n".join(lines)


def _metres(mm: float | None) -> str:
    return f"more than {LONGEST_MM / 1000:.0f} m" if mm is None else f"{mm / 1000:.1f} m"


def _meaning(found: Study) -> Iterator[str]:
    desk = found.shipped[0].desk
    place = {(row.desk.look_share, row.desk.officers): number for number, row in enumerate(found.shipped)}
    late = [row.timed_out for row in found.shipped]
    two_at_10 = place[(0.10, 2)]
    opened, pair = found.longer[two_at_10].opened_an_hour, pair_opens_an_hour(desk)
    yield (
        f"**The belt decides more than the number of officers.** The shipped geometry leaves {desk.window_s:.1f} s between the"
        f" drawn image and the last call, and a person needs {desk.decide_median_s:g} s in the middle of cases: of the images"
        f" that must be looked at, {min(late):.0%} to {max(late):.0%} time out with one to three officers. None of these"
        " cartons is released: undecided is the inspect lane. But they are run again and load belt, officers and bench"
        " once more. With"
        f" {_metres(found.needed_mm[two_at_10][1])} from X-ray exit to diverter instead of {_metres(desk.exit_to_divert_mm)},"
        " two officers at 10 % to look at stay under one image in a hundred; one officer at 20 % needs"
        f" {_metres(found.needed_mm[place[(0.20, 1)]][1])}. A second officer shortens the belt most where much is to be looked"
        " at, because then two looks fall together; a third changes little at this rate. The other ways to the same time are a"
        " slower belt, fewer to look at, or a belt that waits for the officer, which costs throughput and is not in this model."
    )
    yield (
        f"**The open-box bench is the narrow place.** A pair opens {pair:.1f} cartons an hour with the assumed"
        f" {desk.open_median_s / 60:g} minutes in the middle of cases. Even with {_metres(LONG_MM)} and two officers at 10 %,"
        f" {opened:.0f} an hour are to be opened, work for {opened / pair:.1f} pairs. Plan pairs and shelf room from the column"
        " *pairs needed*, with the site's own share that is opened and its own time for one."
    )


def _assumptions(desk: Desk) -> Iterator[str]:
    yield (
        f"- {desk.cartons_an_hour:,.0f} cartons an hour, evenly spaced, belt {desk.belt_mm_s:g} mm/s; who must be looked at is"
        " drawn for each carton by itself."
    )
    yield (
        "- Time to decide: the way from X-ray exit to diverter, less the carton's length (the image is whole when the rear is"
        f" out, the belt counts fronts; {desk.carton_mm:g} mm assumed), less the diverter's notice ({desk.deadline_mm:g} mm) and"
        f" the decision margin ({desk.margin_s:g} s), both as shipped, less {desk.image_s:g} s to join, analyse, store and draw"
        " the image (assumed)."
    )
    yield (
        f"- An officer decides in {desk.decide_median_s:g} s in the middle of cases, lognormal with sigma {desk.decide_spread:g}"
        f" (the aim for the screens is 3 to 8 s; the spread is assumed); keys are dead for {desk.dead_s:g} s after each. Oldest"
        " image first; one whose carton has passed its last call leaves the screen, decided or not."
    )
    yield (
        f"- Timed out: inspect lane, run again after {desk.rerun_s:g} s (assumed), looked at again; after {desk.most_reruns}"
        " re-runs it is opened. Re-runs take no room from new cartons here; on a belt they do."
    )
    yield (
        f"- {desk.opened_share:.0%} of the images decided in time are sent to open-box (assumed). That takes a pair"
        f" {desk.open_median_s / 60:g} minutes in the middle of cases, lognormal with sigma {desk.open_spread:g} (assumed). The"
        " bench has a pair of its own: the officers of the tables sit at images only."
    )
    yield "- A seat is always taken: relief is by others. Projected test images are not in it; they take an officer's time, too."
    yield "- ± is half the 95 % interval of the mean over the shifts. Waiting counts images that nobody looks at yet."


def write(found: Study) -> None:
    (DOCS / "staffing.md").write_text(page(found), encoding="utf-8")
    (DOCS / "staffing.svg").write_text(chart(found), encoding="utf-8")


# --- the command -----------------------------------------------------------------------------------------------------------


def run(base: Desk, seed: int, shifts: int, as_json: bool, to_docs: bool) -> int:
    """Print the tables, or one JSON object, or write the page."""
    found = study(base, seed, shifts)
    if to_docs:
        write(found)
        return 0
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return 0
    desk = found.shipped[0].desk
    lines = [
        f"{_metres(desk.exit_to_divert_mm)} from X-ray exit to diverter, {desk.window_s:.1f} s to decide;"
        f" {shifts} shifts of {desk.shift_h:g} h:",
        *aligned(COLUMNS, table(found.shipped)),
        "",
        "length needed, X-ray exit to diverter:",
        *aligned(NEEDED_COLUMNS, needed_table(found)),
        "",
        f"with {LONG_MM / 1000:g} m, {found.longer[0].desk.window_s:.1f} s to decide:",
        *aligned(COLUMNS, table(found.longer)),
    ]  # fmt: skip
    sys.stdout.write("\n".join(lines) + "\n")
    return 0
