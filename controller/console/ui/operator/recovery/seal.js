/**
 * Something is wrong with the seals of a load: what was found decides who may say what.
 *
 * Promises: nothing here accepts a seal that is another's to accept: what is broken, absent or not the announced one is answered by
 * another officer alone, unread ones also by the shift lead, never by the person who began the check (the core holds that too).
 */
import { quality } from "../../core/quality.js";
import { session } from "../../core/session.js";
import { h } from "../../core/view.js";
import { reason, t } from "../../core/words.js";
import { loads } from "./facts.js";

/** @typedef {import("./engine.js").Recovery} Recovery */

const UNSETTLED = ["seal_not_checked", "seal_unread"];

/** The load this is about: the one in hand, else the first with a finding. */
function load() {
  const all = loads();
  return all.find((one) => one.current) ?? all.find((one) => one.checking) ?? all[0];
}

/** @param {Recovery} w @param {string} key @param {boolean} primary @param {() => void} does @param {boolean} [off] */
const button = (w, key, primary, does, off = false) => h("button", { type: "button", class: primary ? "primary" : "", "data-key": key, disabled: !w.acting || off, onclick: does }, t(key));

/** @param {Recovery} w @param {any} one */
function choices(w, one) {
  const codes = /** @type {string[]} */ (one.codes);
  const only = (/** @type {string[]} */ wanted) => codes.every((code) => wanted.includes(code));
  const officer = session.role === "officer" || session.role === "section_chief";
  const lead = officer || session.role === "shift_lead";
  const say = (/** @type {string} */ name, /** @type {Record<string, unknown>} */ values, reasonKey = "") => () => void w.ask(name, { load_id: one.load, ...values }, reasonKey ? { reason: t(reasonKey) } : {});
  return h("div", { class: "outcomes" },
    h("div", { class: "row" },
      only(UNSETTLED) && !one.checking && button(w, "seal.check", true, say("seal-check", {})),
      !codes.includes("seal_not_checked") && (officer || (lead && only(["seal_unread"]))) && [
        button(w, "seal.accept", false, say("second-look", { result: "accept", shown: one.shown }, "reason.seal_accept")),
        button(w, "seal.confirm", true, say("second-look", { result: "confirm", shown: one.shown }, "reason.seal_confirm")),
      ],
      (one.checking || codes.includes("seal_not_checked") || codes.includes("seal_unread")) && [
        button(w, "seal.broken", false, say("seal-report", { condition: "broken" }, "reason.seal_seen"), !one.checking),
        button(w, "seal.absent", false, say("seal-report", { condition: "absent" }, "reason.seal_seen"), !one.checking),
      ]),
    !only(UNSETTLED) && !officer && h("p", { class: "hint" }, t("seal.officer")),
    one.checking && h("p", { class: "hint" }, t("seal.scan", { scanned: one.scanned.join(" ") || "—", announced: one.announced.join(" ") || "—" })));
}

/** @type {import("./engine.js").Recovers} */
export const seal = {
  kind: "seal", codes: ["seal_not_checked", "seal_unread", "seal_differs", "seal_broken", "seal_absent"],
  applies: () => loads().length > 0,
  steps: [
    {
      key: "keep_shut", place: "dock", person: true,
      check: (w) => {
        if (!load() && !w.confirmed.has("keep_shut") && quality() !== "live") return { met: null, says: t("check.stale") };
        return { met: w.confirmed.has("keep_shut") || !load(), says: load() ? `${load().load} ${load().plate}` : t("check.seal.ok") };
      },
      body: (w) => button(w, "step.keep_shut.yes", true, () => w.confirm("keep_shut")),
    },
    {
      key: "seal_settled", place: "dock",
      check: () => {
        const one = load();
        return { met: !one, says: one ? one.codes.map((/** @type {string} */ code) => reason(code).what).join(" · ") : t("check.seal.ok") };
      },
      body: (w) => {
        const one = load();
        return one && [
          h("ul", { class: "unmet worth", "data-quality": quality() }, one.codes.map((/** @type {string} */ code) => h("li", { "data-key": code }, h("strong", null, reason(code).what), h("span", null, reason(code).next)))),
          choices(w, one),
        ];
      },
    },
  ],
};
