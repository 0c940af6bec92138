/**
 * The rows of a story: what happened when, by whose clock, who it was, and the files it rests on.
 *
 * One rule: a row shows what the service sent for this view; the page adds no meaning of its own.
 */
import "../officer/thumb.js";
import { h } from "../core/view.js";
import { kept, knows, reason, t } from "../core/words.js";
import { fileName, openFile } from "./files.js";

const COLUMNS = ["row", "when", "line_time", "clock", "who", "what", "files"];

/** @typedef {(sha256: string) => string} PathOf */
/** @typedef {{zh: string, en: string}} Both */

/** @param {any} told the service's answer @param {PathOf} pathOf where a file of it is @returns {any} */
export function storyTable(told, pathOf) {
  return h("table", { class: "story" },
    h("thead", null, h("tr", null, COLUMNS.map((one) => h("th", { scope: "col", class: `c-${one}` }, t(`story.${one}`))))),
    h("tbody", null, told.story.rows.map((/** @type {any} */ row) => line(row, told.names, pathOf))));
}

/** @param {any} row @param {Record<string, string>} names @param {PathOf} pathOf */
function line(row, names, pathOf) {
  return h("tr", { "data-key": `row-${row.seq}`, "data-organisation": row.organisation || "line" },
    h("td", { class: "c-row", title: row.hash || null }, row.seq),
    h("td", { class: "c-when" }, wall(row.utc), row.doubtful && h("span", { class: "doubt" }, t("story.doubtful"))),
    h("td", { class: "c-line_time" }, lineTime(row.line_ms)),
    h("td", { class: "c-clock" }, t(`story.clock.${row.clock}`), row.late && h("span", { class: "doubt" }, t("story.late"))),
    h("td", { class: "c-who" }, who(row, names)),
    h("td", { class: "c-what" },
      h("strong", null, knows(`event.${row.kind}`) ? t(`event.${row.kind}`) : t("event.other", { kind: row.kind })),
      row.texts.map((/** @type {Both} */ text) => h("p", null, short(kept(text)))),
      row.decisions.map(decision),
      row.alarms.map((/** @type {[string, Both]} */ [code, detail]) => h("p", { class: "alarmed" }, t("story.alarm", { what: whole(reason(code).what, kept(detail)) }))),
      row.refusals.map((/** @type {[string, Both]} */ [code, cause]) => h("p", { class: "refused" }, t("story.refused", { what: whole(reason(code).what, kept(cause)) })))),
    h("td", { class: "c-files" }, row.files.map((/** @type {any} */ file) => fileButton(file, pathOf))));
}

/** @param {any} row @param {Record<string, string>} names */
function who(row, names) {
  const name = row.organisation ? names[row.actor] ?? (row.actor === "customs" ? t("story.customs") : row.actor) : deviceName(row.device) || row.actor || t("story.line");
  const role = row.role && row.organisation ? t(`role.${row.role}`) : "";
  return [h("span", null, name), role && h("span", { class: "role" }, role), row.organisation && row.device && h("span", { class: "role" }, deviceName(row.device))];
}

/** A device by its own name; the PLC's zones have none. @param {string} device */
function deviceName(device) {
  return device.replace(/^plc zone (\d+)$/, (_, zone) => t("story.zone", { n: zone }));
}

/** @param {any} one */
function decision(one) {
  const lane = knows(`story.lane.${one.lane}`) ? t(`story.lane.${one.lane}`) : one.lane;
  const why = one.codes.length ? one.codes.map((/** @type {string} */ code) => reason(code).what).join(", ") : t("story.nothing_against");
  return h("details", null,
    h("summary", null, t("story.lane", { lane }), " · ", why, " · ", t("story.facts", { n: one.facts.length })),
    h("ul", { class: "facts-list" }, one.facts.map((/** @type {[number, Both]} */ [at, text]) => h("li", null, at >= 0 && h("span", { class: "at" }, lineTime(at)), kept(text)))));
}

/** @param {any} file @param {PathOf} pathOf */
function fileButton(file, pathOf) {
  return h("button", { type: "button", class: "file", title: file.sha256, "aria-label": t("story.open", { name: fileName(file) }), onclick: () => void openFile(file, pathOf(file.sha256)) },
    file.kind === "x-ray" && h("x-thumb", { hash: file.sha256 }), h("span", null, fileName(file)));
}

/** What a code means with what was seen of it; said once where the one begins with the other. @param {string} what @param {string} detail */
function whole(what, detail) {
  return !detail ? what : detail.startsWith(what) ? detail : `${what}: ${detail}`;
}

/** Hashes of 64 digits stand whole under the pointer of their file: here their beginning is enough. @param {string} text */
function short(text) {
  return text.replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, "$1…");
}

/** @param {number} ms */
export function lineTime(ms) {
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const s = Math.floor(ms / 1000);
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}.${String(ms % 1000).padStart(3, "0")}`;
}

/** @param {string} utc */
function wall(utc) {
  const at = new Date(utc);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  if (Number.isNaN(at.getTime())) return utc;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
