/**
 * `<bench-hands>`: what a hand does to the carton that lies open: the outcome, a count, the seal by its number, party and witness, a call for
 * a second officer, giving it up.
 *
 * Promises: nothing here is needed while everything matches; every act is for the carton that lay open when its sheet was opened, and for
 * no other. What the line refuses is told in words on the sheet.
 */
import { act } from "../core/acts.js";
import { proven } from "../core/prove.js";
import { session } from "../core/session.js";
import { closeSheet, sheet } from "../core/sheet.js";
import { stream } from "../core/stream.js";
import { h, View } from "../core/view.js";
import { said, sentences, t } from "../core/words.js";
import "../core/key-pad.js";
import { opened } from "./facts.js";
import { secondSigns, signOff, witnessSigns } from "./sign-off.js";

const REASONS = { released: ["match"], detained: ["short_over", "wrong_goods", "forbidden"], returned: ["not_allowed", "party_asks"], transferred: ["smuggling", "other_office"] };
const OUTCOMES = /** @type {const} */ ([["released", "belt"], ["released", "hand"], ["detained", "belt"], ["returned", "belt"], ["transferred", "belt"]]);

class BenchHands extends View {
  static wants = ["bench"];

  /** @param {AbortSignal} signal */
  connected(signal) {
    addEventListener("bench-page", () => this.redraw(), { signal });
  }

  draw() {
    const one = document.documentElement.dataset.at === "carton" ? opened() : undefined;
    const may = Boolean(one) && session.role !== "customs_auditor" && (stream.link === "live" || stream.link === "resync") && session.account !== "" && !session.locked;
    const button = (/** @type {string} */ key, /** @type {(one: any) => unknown} */ does, off = false) =>
      h("button", { type: "button", "data-key": key, disabled: !may || off, onclick: () => one && void does(one) }, t(`bench.hand.${key}`));
    this.render(one ? [
      button("count", countSheet), button("seal", sealSheet), button("people", peopleSheet), button("second", callSheet), button("abandon", abandonSheet),
      one.decided && one.opened_by !== session.account ? button("confirm", (it) => secondSigns(it, { outcome: it.decided, way: it.by_hand ? "hand" : "belt", place: it.place })) : button("decide", outcomeSheet),
    ] : document.documentElement.dataset.at === "carton" && stream.state && h("p", { class: "hint" }, t("bench.hand.none")));
  }
}
customElements.define("bench-hands", BenchHands);

/**
 * A sheet that asks for something and sends it; it closes when that was done, else says why not.
 * @param {string} title @param {(send: (asking: () => Promise<import("../core/session.js").Answer>) => void, renew: () => void) => any} content
 */
function asking(title, content) {
  let fault = "";
  return sheet(title, (close, renew) => [
    content((ask) => void proven(ask).then(({ status, body }) => {
      if (status === 200 || status === 202) return close(true);
      fault = sentences(said(body).what, said(body).next);
      renew();
    }), renew),
    h("p", { class: "fault", role: "alert" }, fault),
  ]);
}

/** @param {any} one */
function countSheet(one) {
  const lines = one.lines.filter((/** @type {any} */ line) => !line.product);
  let gnum = lines[0]?.gnum ?? 0;
  let count = "";
  return asking(t("bench.hand.count"), (send, renew) => h("div", { class: "two" },
    h("div", { class: "choices column", role: "radiogroup", "aria-label": t("bench.col.goods") }, [...lines, { gnum: 0, name: t("bench.count.undeclared") }].map((line) => h("button", {
      type: "button", role: "radio", "aria-checked": String(line.gnum === gnum), "data-key": `g${line.gnum}`, onclick: () => { gnum = line.gnum; renew(); },
    }, line.gnum ? `${line.gnum} · ${line.name} (${line.declared})` : line.name))),
    h("div", { class: "column" },
      h("label", { for: "pieces" }, t("bench.count.pieces")),
      h("input", { id: "pieces", inputmode: "numeric", maxlength: 6, autocomplete: "off", oninput: (/** @type {Event} */ event) => { count = /** @type {HTMLInputElement} */ (event.target).value; } }),
      h("key-pad", { kind: "digits", onpointerdown: padFor("pieces"), ondone: () => /^\d+$/.test(count) && send(() => act("recheck-count", { code: one.carton, gnum, count: Number(count) })) }))));
}

/** @param {any} one */
function sealSheet(one) {
  let number = "";
  return asking(t("bench.hand.seal"), (send) => h("div", { class: "column" },
    h("p", { class: "hint" }, t("bench.seal.means")),
    h("input", { id: "seal-no", "aria-label": t("bench.seal"), maxlength: 40, autocomplete: "off", autofocus: true, "data-scan": true, oninput: (/** @type {Event} */ event) => { number = /** @type {HTMLInputElement} */ (event.target).value; } }),
    h("key-pad", { kind: "letters", onpointerdown: padFor("seal-no"), ondone: () => number.trim() && send(() => act("recheck-seal", { code: one.carton, seal_no: number.trim() })) })));
}

/** @param {any} one */
function peopleSheet(one) {
  let party = one.party || "present";
  let name = one.party_name;
  return asking(t("bench.hand.people"), (send, renew) => h("div", { class: "column" },
    h("h3", null, t("bench.party")),
    h("div", { class: "choices", role: "radiogroup", "aria-label": t("bench.party") }, ["present", "refused", "absent"].map((kind) => h("button", {
      type: "button", role: "radio", "aria-checked": String(kind === party), "data-key": kind, onclick: () => { party = kind; renew(); },
    }, t(`bench.party.choose.${kind}`)))),
    party !== "absent" && [h("label", { for: "party-name" }, t("bench.party.name")), h("input", { id: "party-name", maxlength: 60, autocomplete: "off", value: name, oninput: (/** @type {Event} */ event) => { name = /** @type {HTMLInputElement} */ (event.target).value; } })],
    h("div", { class: "row apart" },
      h("button", { type: "button", class: "primary", "data-key": "save-party", onclick: () => send(() => act("recheck-party", { code: one.carton, party, ...(party === "absent" ? {} : { name: name.trim() || "—" }) })) }, t("bench.party.save")),
      h("button", { type: "button", class: "primary", "data-key": "witness", onclick: () => void witnessSigns(one) }, t("bench.witness.sign")))));
}

/** @param {any} one */
function callSheet(one) {
  return asking(t("bench.hand.second"), (send) => h("div", { class: "column" }, h("p", null, t("bench.second.means")),
    h("button", { type: "button", class: "primary", "data-key": "call", onclick: () => send(() => act("recheck-second", { code: one.carton })) }, t("bench.second.call"))));
}

/** @param {any} one */
function abandonSheet(one) {
  let why = "";
  return asking(t("bench.hand.abandon"), (send) => h("div", { class: "column" }, h("p", null, t("bench.abandon.means")),
    h("label", { for: "why-abandon" }, t("bench.reason")),
    h("input", { id: "why-abandon", maxlength: 200, autocomplete: "off", autofocus: true, oninput: (/** @type {Event} */ event) => { why = /** @type {HTMLInputElement} */ (event.target).value; } }),
    h("button", { type: "button", class: "primary", "data-key": "give-up", onclick: () => why.trim() && send(() => act("recheck-abandon", { code: one.carton }, { reason: why.trim() })) }, t("bench.abandon.do"))));
}

/** Outcome, reason and, for what is kept, the place; then the signatures. @param {any} one */
function outcomeSheet(one) {
  const differs = one.differences.length > 0;
  let [outcome, way] = /** @type {[string, string]} */ (differs ? ["detained", "belt"] : ["released", "belt"]);
  let reason = "";
  let place = "";
  return sheet(t("bench.hand.decide"), (_close, renew) => {
    const against = one.against_release;
    const go = () => {
      const word = { outcome, way, reason: reason.trim(), place: outcome === "detained" ? place.trim() : "" };
      if (!word.reason) return document.getElementById("why-outcome")?.focus();
      closeSheet();
      return void signOff(one, word);
    };
    return h("div", { class: "column" },
      h("div", { class: "choices", role: "radiogroup", "aria-label": t("bench.outcome") }, OUTCOMES.map(([kind, by]) => h("button", {
        type: "button", role: "radio", "aria-checked": String(kind === outcome && by === way), "data-key": `${kind}-${by}`, disabled: kind === "released" && Boolean(against),
        onclick: () => { [outcome, way] = [kind, by]; reason = ""; renew(); },
      }, t(kind === "released" ? `bench.way.${by}` : `bench.outcome.${kind}`)))),
      against && h("p", { class: "hint hit" }, sentences(said(against).what, said(against).next)),
      outcome === "detained" && [h("label", { for: "cage" }, t("bench.place")), h("input", { id: "cage", maxlength: 40, autocomplete: "off", "data-scan": true, value: place, oninput: (/** @type {Event} */ event) => { place = /** @type {HTMLInputElement} */ (event.target).value; } })],
      h("label", { for: "why-outcome" }, t("bench.reason")),
      h("div", { class: "choices" }, REASONS[/** @type {keyof typeof REASONS} */ (outcome)].map((key) => h("button", { type: "button", "data-key": `why-${key}`, onclick: () => {
        reason = t(`bench.reason.${key}_kept`);
        /** @type {HTMLInputElement} */ (document.getElementById("why-outcome")).value = reason;
      } }, t(`bench.reason.${key}`)))),
      h("input", { id: "why-outcome", maxlength: 300, autocomplete: "off", oninput: (/** @type {Event} */ event) => { reason = /** @type {HTMLInputElement} */ (event.target).value; } }),
      h("button", { type: "button", class: "primary", "data-key": "sign", onclick: go }, t("bench.sign.go")));
  });
}

/** @param {string} id */
function padFor(id) {
  return (/** @type {Event} */ event) => /** @type {any} */ (event.currentTarget).padFor(document.getElementById(id));
}
