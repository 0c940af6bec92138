/**
 * Parts that several recoveries share: the belt stands, cartons taken out, stand back and resume.
 */
import { h } from "../../core/view.js";
import { quality } from "../../core/quality.js";
import { session } from "../../core/session.js";
import { sound } from "../../core/sound.js";
import { reason, t } from "../../core/words.js";
import "../../core/hold-button.js";
import "./carton-code.js";
import { againstStart, inWords, laneOf, plc } from "./facts.js";

/** @typedef {import("./engine.js").Recovery} Recovery */
/** @typedef {import("./engine.js").Check} Check */
/** @typedef {import("./engine.js").Step} Step */
/** @typedef {import("./facts.js").Waiting} Waiting */

const HELD = 11;
const STOPPED = 2;
const ABORTED = 9;

/** A check of one of the PLC's own flags. @param {boolean} met @param {string} yes @param {string} no @returns {Check} */
export function flag(met, yes, no) {
  if (!plc().known) return { met: null, says: t("check.unknown") };
  return { met, says: t(met ? yes : no) };
}

/** Make safe: nobody reaches in while it moves. @type {Step} */
export const stands = {
  key: "stands", place: "belt", standing: true,
  check: () => flag(plc().stands, "check.stands", "check.moves"),
};

/** A thing only a person can see. @param {string} key @param {string} [place] @returns {Step} */
export function seenBy(key, place) {
  return {
    key, place, person: true,
    check: (w) => ({ met: w.confirmed.has(key), says: t(w.confirmed.has(key) ? "check.confirmed" : "check.confirm") }),
    body: (w) => h("button", { type: "button", class: "primary", disabled: !w.acting, onclick: () => w.confirm(key) }, t(`step.${key}.yes`)),
  };
}

/**
 * Which outcomes a carton may have: back to the induct only when nobody doubts which one it is and nothing but re-running is wanted.
 * @param {{code: string, check: string, row: Waiting|undefined}} one
 */
export function outcomesFor({ code, check, row }) {
  const sure = Boolean(code) && check !== "wrong" && (check === "ok" || (row !== undefined && row.carton === code));
  const rerun = sure && (row === undefined || row.way !== "customs");
  return { sure, rerun, inspect: true };
}

/**
 * Take them out, one by one, each scanned and given its way.
 * @param {string} key @param {() => Waiting[]} list cartons that should be there @param {string} reasonKey @param {string} [place] @returns {Step}
 */
export function takeOut(key, list, reasonKey, place = "belt") {
  const rows = (/** @type {Recovery} */ w) => list().filter((one) => !w.isHandled(one.track));
  /** One that nobody can name was one of these, nobody knows which: it counts, and marks none of them. */
  const count = (/** @type {Recovery} */ w) => Math.max(0, rows(w).length - w.handled.filter((one) => !one.track && !one.code).length);
  const left = (/** @type {Recovery} */ w) => (count(w) ? rows(w) : []);
  return {
    key, place,
    check: (w) => {
      const n = count(w);
      if (n) return { met: false, says: t("check.left", { n }) };
      const asked = w.handled.length > 0 || w.confirmed.has(key);
      return { met: asked && !w.chosen, says: t(asked ? "check.all_out" : "check.none_known", { n: w.handled.length }) };
    },
    body: (w) => [
      h("ul", { class: "cartons worth", "data-quality": quality() }, left(w).map((row) => h("li", { "data-key": row.track },
        h("strong", null, row.last4 ? `…${row.last4}` : t("carton.nameless")), h("span", null, inWords(row.codes.slice(0, 2))),
        row.carton && h("button", { type: "button", disabled: !w.acting, onclick: () => choose(w, { code: row.carton, check: "ok", row, gone: true }) }, t("carton.gone")),
      ))),
      w.chosen ? outcomes(w, reasonKey) : [
        h("carton-code", {
          "may-be-unreadable": true,
          oncode: (/** @type {CustomEvent} */ event) => {
            const found = matching(left(w), event.detail.code);
            sound.scanned(found && w.heeds ? "ok" : "unknown");
            if (w.heeds) choose(w, { ...event.detail, row: found });
          },
          onunreadable: () => w.heeds && choose(w, { code: "", check: "none", row: left(w).find((one) => !one.carton) ?? (count(w) === 1 && left(w).length === 1 ? left(w)[0] : undefined) }),
        }),
        !left(w).length && !w.handled.length && h("button", { type: "button", disabled: !w.acting, onclick: () => w.confirm(key) }, t("carton.none")),
      ],
    ],
  };
}

/** The lost carton with this number, else the only one that nobody knows the number of. @param {Waiting[]} left @param {string} code */
function matching(left, code) {
  const nameless = left.filter((one) => !one.carton);
  return left.find((one) => one.carton === code) ?? (nameless.length === 1 && left.length === 1 ? nameless[0] : undefined);
}

/** @param {Recovery} w @param {any} chosen */
function choose(w, chosen) {
  w.chosen = chosen;
  w.answer = null;
  w.redraw();
}

/** @param {Recovery} w @param {string} reasonKey */
function outcomes(w, reasonKey) {
  const { code, row, gone } = w.chosen;
  const may = outcomesFor(w.chosen);
  const lead = session.role === "shift_lead" || session.role === "officer" || session.role === "section_chief";
  const track = row?.track ?? "";
  const why = gone ? "" : !may.sure ? t("outcome.unsure") : !may.rerun ? t("outcome.customs") : "";
  return h("div", { class: "outcomes" },
    h("p", { class: "chosen" }, h("strong", null, code || t("carton.unreadable")), " ", why),
    h("div", { class: "row" },
      !gone && may.rerun && h("button", { type: "button", class: "primary", "data-key": "rerun", disabled: !w.acting, onclick: () => void rerun(w, code, track) }, t("outcome.rerun")),
      !gone && h("button", { type: "button", class: "primary", "data-key": "inspect", disabled: !w.acting, onclick: () => void toInspection(w, code, track, may.sure, reasonKey) }, t("outcome.inspect")),
      gone && h("button", { type: "button", class: "primary", "data-key": "missing", disabled: !w.acting || !lead, onclick: () => void missing(w, code, track, reasonKey) }, t("outcome.missing")),
      h("button", { type: "button", "data-key": "back", onclick: () => choose(w, null) }, t("outcome.back"))),
    gone && !lead && h("p", { class: "hint" }, t("outcome.missing.lead")));
}

/** @param {Recovery} w @param {string} code @param {string} track */
async function rerun(w, code, track) {
  if (await w.ask("rerun", { code, lane: "belt", ...(track ? { track } : {}) })) w.note({ track, code, outcome: "rerun" });
}

/** A carton whose number is not sure gets no row of its own: nothing may be said of a carton that it may not be. */
async function toInspection(/** @type {Recovery} */ w, /** @type {string} */ code, /** @type {string} */ track, /** @type {boolean} */ sure, /** @type {string} */ reasonKey) {
  if (!sure || (await w.ask("removed", { code, place: laneOf("inspect") }, { reason: t(reasonKey) }))) w.note({ track, code: sure ? code : "", outcome: "inspect" });
}

/** @param {Recovery} w @param {string} code @param {string} track @param {string} reasonKey */
async function missing(w, code, track, reasonKey) {
  if (await w.ask("missing", { code }, { reason: t(reasonKey) })) w.note({ track, code, outcome: "missing" });
}

/** Stand back, then hold: reset where the PLC wants it, and start. @type {Step} */
export const resume = {
  key: "resume", place: "belt",
  check: () => {
    const now = plc();
    if (!now.known) return { met: null, says: t("check.unknown") };
    return { met: now.running, says: now.running ? t("check.running") : now.is("horn") ? t("check.horn") : t("check.stands") };
  },
  body: (w) => {
    const now = plc();
    const unmet = againstStart();
    const asks = now.state === ABORTED ? "line-clear" : "line-reset";
    const starts = now.state === HELD ? "line-unhold" : "line-start";
    const resetDone = now.state !== STOPPED && now.state !== ABORTED;
    return [
      unmet.length > 0 && h("ul", { class: "unmet worth", "data-quality": quality() }, unmet.map((code) => h("li", { "data-key": code }, h("strong", null, reason(code).what), h("span", null, reason(code).next)))),
      h("div", { class: "resume-row" },
        h("hold-button", { label: t("resume.reset"), note: t(resetDone ? "resume.reset.done" : "resume.hold"), icon: "reset", disabled: !w.acting || resetDone, onheld: () => void w.ask(asks, {}, { shows: () => plc().state !== now.state }) }),
        h("hold-button", { label: t("resume.start"), note: t(unmet.length ? "resume.not_yet" : "resume.hold"), icon: "start", disabled: !w.acting || unmet.length > 0, onheld: () => void w.ask(starts, {}, { shows: () => plc().running }) })),
    ];
  },
};

