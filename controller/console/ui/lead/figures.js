/**
 * How the answer to each question of the statistics is shown: its plot and its table.
 *
 * Promises: a value that is not known is a dash in the table and hatched in the plot; what the company is not told has no column there.
 */
import { h } from "../core/view.js";
import { lasted, reason, t } from "../core/words.js";
import { causeOf } from "../wall/causes.js";
import { clock, percent, seconds, table, told } from "./parts.js";
import { bars, intervals, lying } from "./plot.js";

const KINDS = ["release", "inspect", "anomaly", "other"];

/** @param {string} key @param {boolean} [number] */
const column = (key, number = true) => ({ key, label: t(`lead.column.${key}`), number });
const stacked = (/** @type {any} */ row) => (row.n === null ? null : KINDS.map((kind) => ({ kind, value: row[kind] })));
const marks = () => Object.fromEntries(KINDS.slice(0, 3).map((kind) => [kind, t(`lead.mark.${kind}`)]));
const legend = () => h("ul", { class: "legend" }, [...KINDS.slice(0, 3), "gap"].map((kind) => h("li", null, h("span", { class: `swatch ${kind}` }, marks()[kind]), t(`lead.kind.${kind}`))));
/** A plot under its title, with what its axes count. @param {string} title @param {any} drawn @param {any} [below] */
const figure = (title, drawn, below) => h("figure", null, h("figcaption", null, title), drawn, below);
/** A lane by what it is for; by its name too, where it has one of its own. @param {any} row */
const laneOf = (row) => (row.lane === row.kind ? t(`lead.kind.${row.kind}`) : `${t(`lead.kind.${row.kind}`)} · ${row.lane}`);
const lanes = (/** @type {any} */ row) => [row.n, row.release, row.inspect, row.anomaly, row.reruns];
const LANES = ["n", "release", "inspect", "anomaly", "reruns"];
/** Cartons by hour or shift, with what left by an emergency release that was entered then. */
const COUNTED = [...LANES, "emergency_released"];
const counted = (/** @type {any} */ row) => [...lanes(row), row.emergency_released > 0 ? h("strong", { class: "entered" }, row.emergency_released) : row.emergency_released];

/** @param {any[]} rows */
function hour(rows) {
  return [
    figure(t("lead.plot.hour"), bars(t("lead.plot.hour"), rows.map((row) => ({ label: clock(row.from_ms).slice(6), values: stacked(row), part: row.gap_ms })), { marks: marks() }), legend()),
    table(t("lead.plot.hour"), [column("from", false), ...COUNTED.map((key) => column(key)), column("gap")],
      rows.map((row) => [clock(row.from_ms), ...counted(row), row.gap_ms > 1000 ? lasted(row.gap_ms) : "0"]))];
}

/** @param {any[]} rows */
function shift(rows) {
  return [
    figure(t("lead.plot.shift"), bars(t("lead.plot.shift"), rows.map((row) => ({ label: row.lead || t("lead.no_lead"), values: stacked(row), part: row.gap_ms })), { marks: marks() }), legend()),
    table(t("lead.plot.shift"), [column("lead", false), column("from", false), column("to", false), ...COUNTED.map((key) => column(key)), column("gap")],
      rows.map((row) => [row.lead || t("lead.no_lead"), clock(row.from_ms), clock(row.to_ms), ...counted(row), row.gap_ms > 1000 ? lasted(row.gap_ms) : "0"]))];
}

/** @param {any[]} rows */
function lane(rows) {
  return [
    figure(t("lead.plot.lane"), lying(t("lead.plot.lane"), rows.map((row) => ({ label: laneOf(row), value: row.n, text: String(row.n), kind: row.kind })))),
    table(t("lead.plot.lane"), [column("lane", false), column("n"), column("why", false), column("codes", false)],
      rows.map((row) => [laneOf(row), row.n, Object.entries(row.why).map(([why, n]) => `${t(`lead.why.${why}`)} ${n}`).join(", "),
        row.codes.map((/** @type {any} */ one) => `${reason(one.code).what} ${one.n}`).join(", ") || "—"]))];
}

/** @param {"chapter"|"shipper"} name */
const goods = (name) => (/** @type {any[]} */ rows, /** @type {boolean} */ customs) => [
  customs ? figure(t(`lead.plot.${name}`), intervals(t(`lead.plot.${name}`), rows.slice(0, 12).map((row) => ({ label: row[name] || "—", share: row.not_released }))), h("p", { class: "hint" }, t("lead.interval.means")))
    : figure(t("lead.plot.goods"), lying(t("lead.plot.goods"), rows.slice(0, 12).map((row) => ({ label: row[name] || "—", value: row.n, text: String(row.n), kind: "release" })))),
  table(t(customs ? `lead.plot.${name}` : "lead.plot.goods"), customs ? [column(name, false), ...LANES.map((key) => column(key)), column("asked"), column("not_released")] : [column(name, false), column("n")],
    rows.map((row) => (customs ? [row[name] || "—", ...lanes(row), row.asked, told(row.not_released)] : [row[name] || "—", row.n])))];

/** @param {any[]} rows */
function officer(rows) {
  if (!rows.length) return h("p", { class: "hint" }, t("lead.nobody_judged"));
  return [
    figure(t("lead.plot.officer"), intervals(t("lead.plot.officer"), rows.map((row) => ({ label: row.officer, share: row.sent }))), h("p", { class: "hint" }, t("lead.officer.means"))),
    table(t("lead.plot.officer"), [column("officer", false), column("pictures"), column("sent"), column("hit"), column("false_hold"), column("missed"), column("median"), column("p95")],
      rows.map((row) => [row.officer, row.n, told(row.sent), told(row.hit), told(row.false_hold), row.missed, seconds(row.median_ms), seconds(row.p95_ms)]))];
}

/** @param {any[]} rows */
function stop(rows) {
  if (!rows.length) return h("p", { class: "hint" }, t("wall.stops.none"));
  return [
    figure(t("lead.plot.stop"), lying(t("lead.plot.stop"), rows.map((row) => ({ label: causeOf(row.cause), value: row.ms, text: lasted(row.ms), cumulative: row.cumulative })))),
    table(t("lead.plot.stop"), [column("cause", false), column("times"), column("ms"), column("longest"), column("cumulative")],
      rows.map((row) => [causeOf(row.cause), row.times, lasted(row.ms), lasted(row.longest_ms), percent(row.cumulative)]))];
}

/** @param {any[]} rows */
function loss(rows) {
  return [
    figure(t("lead.plot.loss"), lying(t("lead.plot.loss"), rows.map((row) => ({ label: t(`lead.spell.${row.kind}`), value: row.ms, text: percent(row.share), kind: row.kind })))),
    table(t("lead.plot.loss"), [column("spell", false), column("ms"), column("share"), column("causes", false)],
      rows.map((row) => [t(`lead.spell.${row.kind}`), lasted(row.ms), percent(row.share), row.causes.map((/** @type {any} */ one) => `${causeOf(one.cause)} ${lasted(one.ms)} (${one.times} ×)`).join(", ") || "—"]))];
}

/** @param {any[]} rows */
function alarm([one]) {
  return [
    figure(t("lead.plot.alarm"), bars(t("lead.plot.alarm"), one.bins.map((/** @type {any} */ bin) => ({ label: clock(bin.from_ms).slice(6), values: bin.n === null ? null : [{ kind: bin.n > 10 ? "stop" : "release", value: bin.n }] })), { line: 10 })),
    h("p", { class: "totals" }, t("lead.alarm.told", { n: one.n, mean: one.mean_10_min ?? "—", most: one.most_10_min ?? "—", floods: one.floods, seen: one.seen.n, not_yet: one.seen.not_yet, median: seconds(one.seen.median_ms), p95: seconds(one.seen.p95_ms) })),
    h("div", { class: "side-by-side" },
      table(t("lead.alarm.top"), [column("alarm", false), column("times")], one.top.map((/** @type {any} */ row) => [reason(row.code).what, row.n])),
      table(t("lead.alarm.standing"), [column("alarm", false), column("ms")], one.standing.map((/** @type {any} */ row) => [reason(row.code).what, `${lasted(row.ms)}${row.stale ? ` ${t("lead.alarm.stale")}` : ""}`])),
      table(t("lead.alarm.chattering"), [column("alarm", false), column("times"), column("bursts")], one.chattering.map((/** @type {any} */ row) => [reason(row.code).what, row.n, row.bursts])))];
}

/** @type {Record<string, (rows: any[], customs: boolean) => any>} */
export const SHOWN = { hour, shift, lane, chapter: goods("chapter"), shipper: goods("shipper"), officer, stop, loss, alarm };
