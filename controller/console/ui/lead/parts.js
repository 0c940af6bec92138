/**
 * Parts of the leaders' pages: tables, times, shares in words, a question that is asked again by itself.
 *
 * Promises: a table has a caption and headed columns; a share is never without the number of its cases.
 */
import { h } from "../core/view.js";
import { language, lasted, t } from "../core/words.js";

/** @typedef {{key: string, label: string, number?: boolean}} Column */

/** @param {string} caption @param {Column[]} columns @param {any[][]} rows cells in the order of the columns */
export function table(caption, columns, rows) {
  return h("div", { class: "table-pane scrolls", tabindex: "0", role: "group", "aria-label": caption }, h("table", null,
    h("caption", null, caption),
    h("thead", null, h("tr", null, columns.map((one) => h("th", { scope: "col", class: one.number ? "number" : "" }, one.label)))),
    h("tbody", null, rows.length === 0 && h("tr", null, h("td", { colspan: columns.length, class: "hint" }, t("lead.open.none"))), rows.map((cells) => h("tr", null, cells.map((cell, at) => h(at ? "td" : "th", { scope: at ? null : "row", class: columns[at].number ? "number" : "" }, cell ?? "—")))))));
}

/** @param {string|number|null|undefined} at */
export function clock(at) {
  if (at === null || at === undefined || at === "") return "—";
  const date = new Date(at);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return `${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** @param {number|null|undefined} share */
export function percent(share) {
  return share === null || share === undefined ? "—" : `${Math.round(share * 1000) / 10} %`;
}

/** A share with cases and interval. @param {any} share */
export function told(share) {
  if (!share || !share.n) return t("lead.no_cases");
  return `${percent(share.share)} (${share.hits}/${share.n}; ${percent(share.low)}–${percent(share.high)})${share.small ? ` ${t("lead.few")}` : ""}`;
}

/** @param {number|null|undefined} ms */
export function seconds(ms) {
  return ms === null || ms === undefined ? "—" : ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : lasted(ms);
}

/** What is so and up to when. @param {any} body an answer with cut_off and gaps */
export function worth(body) {
  const gapMs = (body.gaps ?? []).reduce((/** @type {number} */ sum, /** @type {any} */ one) => sum + Date.parse(one.to) - Date.parse(one.from), 0);
  const range = t("lead.range", { from: clock(body.from), to: clock(body.to) });
  const upto = t("lead.cut_off", { time: clock(body.cut_off.utc), seq: body.cut_off.seq });
  return h("p", { class: "hint", "data-key": "worth" }, [range, upto, gapMs > 1000 ? t("lead.gaps", { time: lasted(gapMs), n: body.gaps.length }) : ""].filter(Boolean).join(language() === "en" ? "; " : ", "));
}
