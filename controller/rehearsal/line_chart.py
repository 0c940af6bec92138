"""A chart of lines as SVG: a few panels beside each other, one vertical scale in powers of ten.

One rule: it can be read on light and dark paper and without colour: lines differ by their dashes, which the legend shows.
"""

import math
from collections.abc import Iterable
from html import escape

import msgspec

PANEL_W, PANEL_H, LEFT, TOP, GAP, BELOW = 250, 250, 62, 64, 34, 84
STYLE = """
text { font: 12px system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif; fill: #16191c }
.title { font-size: 14px; font-weight: 600 } .small { font-size: 11px; fill: #4a5056 }
.grid { stroke: #c9ced3; stroke-width: 1 } .frame { stroke: #6a7178; fill: none }
.mark { stroke: #6a7178; stroke-dasharray: 2 3 } .aim { stroke: #b3001b; stroke-width: 1.2; stroke-dasharray: 6 3 }
.aimtext { font-size: 11px; fill: #b3001b } .back { fill: #ffffff }
.line { fill: none; stroke-width: 2.2; stroke-linejoin: round }
.l0 { stroke: #a84300 } .l1 { stroke: #0b57a4; stroke-dasharray: 9 4 } .l2 { stroke: #16191c; stroke-dasharray: 2 4 }
@media (prefers-color-scheme: dark) {
text { fill: #e8eaec } .small { fill: #b4bac0 } .grid { stroke: #3b4147 } .frame, .mark { stroke: #8b929a }
.aim { stroke: #ff5a5f } .aimtext { fill: #ff7a7e } .back { fill: #1e2226 }
.l0 { stroke: #ff9a3d } .l1 { stroke: #6cb4ff } .l2 { stroke: #e8eaec }
}
"""


class Line(msgspec.Struct, frozen=True):
    name: str
    points: tuple[tuple[float, float], ...]


class Panel(msgspec.Struct, frozen=True):
    title: str
    lines: tuple[Line, ...]


class Chart(msgspec.Struct, frozen=True):
    """`aim` is a level that is wanted, `mark` a place on the x axis, each with its words; y runs over powers of ten."""

    title: str
    x_name: str
    panels: tuple[Panel, ...]
    x_from: float
    x_to: float
    x_ticks: tuple[float, ...]
    y_from: float
    y_ticks: tuple[tuple[float, str], ...]
    aim: tuple[float, str]
    mark: tuple[float, str]


def svg(chart: Chart) -> str:
    """The whole file. A line ends where it first reaches the lower edge, `y_from`."""
    count = len(chart.panels)
    width, height = LEFT + count * PANEL_W + (count - 1) * GAP + 16, TOP + PANEL_H + BELOW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">',
        f"<title>{escape(chart.title)}</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="back" width="{width}" height="{height}"/>',
        f'<text class="title" x="{LEFT}" y="24">{escape(chart.title)}</text>',
    ]
    for number, panel in enumerate(chart.panels):
        parts += _panel(chart, panel, LEFT + number * (PANEL_W + GAP), first=number == 0)
    parts += _legend(chart, height)
    return "\n".join([*parts, "</svg>", ""])


def _panel(chart: Chart, panel: Panel, left: float, first: bool) -> Iterable[str]:
    bottom = TOP + PANEL_H
    yield f'<text x="{left}" y="{TOP - 12}">{escape(panel.title)}</text>'
    for level, name in chart.y_ticks:
        y = _y(chart, level)
        yield f'<line class="grid" x1="{left}" x2="{left + PANEL_W}" y1="{y:.1f}" y2="{y:.1f}"/>'
        if first:
            yield f'<text class="small" x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{escape(name)}</text>'
    for at in chart.x_ticks:
        x = _x(chart, left, at)
        yield f'<line class="frame" x1="{x:.1f}" x2="{x:.1f}" y1="{bottom}" y2="{bottom + 5}"/>'
        yield f'<text class="small" x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{at:g}</text>'
    yield f'<text class="small" x="{left + PANEL_W / 2}" y="{bottom + 36}" text-anchor="middle">{escape(chart.x_name)}</text>'
    x, y = _x(chart, left, chart.mark[0]), _y(chart, chart.aim[0])
    yield f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}"/>'
    yield f'<line class="aim" x1="{left}" x2="{left + PANEL_W}" y1="{y:.1f}" y2="{y:.1f}"/>'
    if first:
        yield f'<text class="small" x="{x + 4:.1f}" y="{bottom - 8}">{escape(chart.mark[1])}</text>'
        aim_x = left + PANEL_W - 6
        yield f'<text class="aimtext" x="{aim_x}" y="{y - 6:.1f}" text-anchor="end">{escape(chart.aim[1])}</text>'
    for number, line in enumerate(panel.lines):
        points = " ".join(f"{_x(chart, left, px):.1f},{_y(chart, py):.1f}" for px, py in _above(chart, line))
        yield f'<polyline class="line l{number}" points="{points}"/>'
    yield f'<rect class="frame" x="{left}" y="{TOP}" width="{PANEL_W}" height="{PANEL_H}"/>'


def _above(chart: Chart, line: Line) -> Iterable[tuple[float, float]]:
    for point in line.points:
        yield point
        if point[1] <= chart.y_from:
            return


def _legend(chart: Chart, height: float) -> Iterable[str]:
    x, y = float(LEFT), height - 20
    for number, line in enumerate(chart.panels[0].lines):
        yield f'<line class="line l{number}" x1="{x}" x2="{x + 44}" y1="{y - 4}" y2="{y - 4}"/>'
        yield f'<text x="{x + 52}" y="{y}">{escape(line.name)}</text>'
        x += 150


def _x(chart: Chart, left: float, at: float) -> float:
    return left + PANEL_W * (at - chart.x_from) / (chart.x_to - chart.x_from)


def _y(chart: Chart, level: float) -> float:
    decades = -math.log10(chart.y_from)
    return TOP + PANEL_H * -math.log10(max(level, chart.y_from)) / decades
