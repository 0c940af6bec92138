/**
 * Plots drawn as SVG: bars that are stacked, bars that lie, and shares with their interval.
 *
 * Promises: what is not known is hatched, never a zero and never joined to its neighbours; a plot has a title for those who do not see it
 * and the table beside it says the same in numbers. Nothing here asks for or keeps anything.
 */
import { h } from "../core/view.js";

const WIDE = 960;
const HIGH = 260;
const LEFT = 56;
const BELOW = 34;

/** A round number at or above this. @param {number} n */
export function nice(n) {
  if (n <= 4) return 4; // its half is a tick, too, and half a carton is none
  const ten = 10 ** Math.floor(Math.log10(n));
  return [1, 2, 4, 6, 10].map((one) => one * ten).find((one) => one >= n) ?? n;
}

/**
 * Upright bars. `values` null = a gap. @param {string} title
 * @param {{label: string, values: {kind: string, value: number}[]|null, part?: number}[]} rows part: which share of the bar's time is a gap
 * @param {{line?: number, marks?: Record<string, string>}} [more] line: a limit to compare with; marks: a letter of each kind, so that it
 * is not its colour alone that tells it
 */
export function bars(title, rows, more = {}) {
  const most = nice(Math.max(1, more.line ?? 0, ...rows.map((row) => (row.values ?? []).reduce((sum, one) => sum + one.value, 0))));
  const step = (WIDE - LEFT) / Math.max(rows.length, 1);
  const y = (/** @type {number} */ value) => (HIGH - BELOW) * (1 - value / most) + 8;
  const each = Math.max(1, Math.ceil(rows.length / 12));
  return svg(title, HIGH + 12, [
    [0, 0.5, 1].map((share) => [
      h("line", { class: "grid", x1: LEFT, x2: WIDE, y1: y(most * share), y2: y(most * share) }),
      h("text", { class: "tick", x: LEFT - 6, y: y(most * share) + 5, "text-anchor": "end" }, String(Math.round(most * share * 10) / 10))]),
    rows.map((row, at) => {
      const x = LEFT + at * step + step * 0.12;
      const width = Math.max(step * 0.76, 1);
      let from = 0;
      return h("g", null,
        row.values === null ? h("rect", { class: "gap", x, width, y: y(most), height: y(0) - y(most) })
          : row.values.map(({ kind, value }) => {
            const rect = h("rect", { class: `bar ${kind}`, x, width, y: y(from + value), height: Math.max(y(from) - y(from + value), 0) });
            const mark = more.marks?.[kind];
            const middle = y(from + value / 2);
            const roomy = width >= 20 && y(from) - y(from + value) >= 18;
            from += value;
            return mark && roomy ? [rect, h("text", { class: "on-bar", x: x + width / 2, y: middle + 6, "text-anchor": "middle" }, mark)] : rect;
          }),
        row.values !== null && row.part ? h("rect", { class: "gap", x, width, y: y(0) + 1, height: 6 }) : null,
        at % each === 0 ? h("text", { class: "tick", x: LEFT + at * step + step / 2, y: HIGH - 4, "text-anchor": "middle" }, row.label) : null);
    }),
    more.line ? h("line", { class: "limit", x1: LEFT, x2: WIDE, y1: y(more.line), y2: y(more.line) }) : null,
  ]);
}

/** Lying bars, the longest first, with the line of what they make of all so far. @param {string} title
 * @param {{label: string, value: number, text: string, cumulative?: number|null, kind?: string}[]} rows */
export function lying(title, rows) {
  const most = Math.max(1, ...rows.map((row) => row.value));
  const room = WIDE - 330 - 130;
  const sums = rows.some((row) => row.cumulative !== undefined && row.cumulative !== null);
  const scale = sums && [0, 0.5, 1].map((share) => h("text", { class: "tick", x: 330 + room * share, y: rows.length * 34 + 24, "text-anchor": "middle" }, `${share * 100} %`));
  return svg(title, rows.length * 34 + (sums ? 34 : 8), [scale, rows.map((row, at) => {
    const y = at * 34 + 4;
    return h("g", null,
      h("text", { class: "name", x: 320, y: y + 20, "text-anchor": "end" }, row.label),
      h("rect", { class: `bar ${row.kind ?? "stop"}`, x: 330, y, width: Math.max((room * row.value) / most, 1), height: 26 }),
      h("text", { class: "tick", x: 336 + (room * row.value) / most, y: y + 20 }, row.text),
      row.cumulative !== undefined && row.cumulative !== null ? h("circle", { class: "so-far", cx: 330 + room * row.cumulative, cy: y + 13, r: 6 }) : null);
  })]);
}

/** Shares with their interval of 95 %: a bar for the interval, a point for the share; few cases are pale. @param {string} title
 * @param {{label: string, share: {share: number|null, low: number|null, high: number|null, n: number, small: boolean}}[]} rows */
export function intervals(title, rows) {
  const room = WIDE - 330 - 100;
  const x = (/** @type {number} */ share) => 330 + room * share;
  return svg(title, rows.length * 34 + 30, [
    [0, 0.25, 0.5, 0.75, 1].map((share) => [
      h("line", { class: "grid", x1: x(share), x2: x(share), y1: 0, y2: rows.length * 34 }),
      h("text", { class: "tick", x: x(share), y: rows.length * 34 + 20, "text-anchor": "middle" }, `${share * 100} %`)]),
    rows.map(({ label, share }, at) => {
      const y = at * 34 + 17;
      return h("g", { class: share.small ? "small-n" : "" },
        h("text", { class: "name", x: 320, y: y + 6, "text-anchor": "end" }, label),
        share.low === null || share.high === null || share.share === null ? null : [
          h("line", { class: "interval", x1: x(share.low), x2: x(share.high), y1: y, y2: y }),
          h("circle", { class: "point", cx: x(share.share), cy: y, r: 6 })],
        h("text", { class: "tick", x: WIDE - 6, y: y + 6, "text-anchor": "end" }, `n = ${share.n}`));
    })]);
}

/** @param {string} title @param {number} high @param {any} children */
function svg(title, high, children) {
  const drawn = h("svg", { class: "plot", viewBox: `0 0 ${WIDE} ${high}`, role: "img", "aria-label": title });
  drawn.append(h("defs", null, hatch()), ...[children].flat(9).filter(Boolean));
  return drawn;
}

function hatch() {
  const pattern = h("pattern", { id: "gap-hatch", width: 8, height: 8, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
  pattern.append(h("line", { class: "hatch", x1: 0, y1: 0, x2: 0, y2: 8 }));
  return pattern;
}
