/**
 * `<operator-alarms>` 报警: what stands now, with what it means, where, what to do, how long, what follows.
 *
 * Promises: acknowledging never takes an active alarm away, nor one that came again since it was drawn; shelving wants a reason and a time, and shows who shelved until when; what
 * the service suppresses (consequences of another alarm) is listed apart, never silently gone; so is what was taken out of service.
 */
import { act } from "../core/acts.js";
import { priorityMark } from "../core/icons.js";
import { ASIDE, standing } from "../core/line-header.js";
import { proven } from "../core/prove.js";
import { quality, valueOf } from "../core/quality.js";
import { session } from "../core/session.js";
import { sheet } from "../core/sheet.js";
import { stream } from "../core/stream.js";
import { h, View } from "../core/view.js";
import { kept, lasted, reason, said, sentences, t } from "../core/words.js";
import "../core/alarm-history.js";
import { recoveryFor } from "./recovery/facts.js";

const MINUTES = [10, 30, 60, 240];
/** Who may put an alarm aside; the service judges again. */
const SHELVES = new Set(["shift_lead", "officer", "section_chief"]);
const TICK_MS = 1000;

class OperatorAlarms extends View {
  static wants = ["alarms"];
  #fault = "";
  /** @type {"standing"|"apart"|"history"} */
  #tab = "standing";

  /** @param {AbortSignal} signal */
  connected(signal) {
    const timer = setInterval(() => this.redraw(), TICK_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
  }

  draw() {
    const alarms = this.value("alarms");
    const apart = /** @type {any[]} */ (alarms?.list ?? []).filter((one) => ASIDE.has(one.state));
    const rows = { standing: standing(), apart, history: [] }[this.#tab];
    const first = rows.find((one) => one.first_out);
    this.render(
      h("div", { class: "row tools" },
        this.#tabButton("standing", t("alarms.standing", { n: standing().length })), this.#tabButton("apart", t("alarms.apart", { n: apart.length })),
        this.#tabButton("history", t("history.title")),
        h("span", { class: "rate" }, t("alarms.rate"), " ", valueOf(h("b"), alarms?.rate_10_min), alarms?.flood && h("strong", { class: "flood" }, t("alarms.flood"))),
        this.#fault && h("p", { class: "fault", role: "alert" }, this.#fault)),
      this.#tab === "history" ? h("alarm-history", { "data-key": "history" }) : alarms && !rows.length ? h("p", { class: "empty" }, valueOf(h("span"), t(this.#tab === "standing" ? "alarms.none" : "alarms.none_apart"))) : null,
      alarms ? null : h("p", { class: "empty" }, valueOf(h("span"), "")),
      this.#tab !== "history" && h("ol", { class: "alarm-list worth", "data-quality": quality() }, rows.map((one) => this.#row(one, one === first))));
  }

  /** @param {"standing"|"apart"|"history"} tab @param {string} text */
  #tabButton(tab, text) {
    return h("button", { type: "button", class: "tab", "data-key": `tab-${tab}`, "aria-pressed": String(this.#tab === tab), onclick: () => this.#show(tab) }, text);
  }

  /** @param {"standing"|"apart"|"history"} tab */
  #show(tab) {
    this.#tab = tab;
    this.draw();
  }

  /** @param {any} one @param {boolean} first */
  #row(one, first) {
    const { what, next } = reason(one.code);
    const now = stream.lineMs();
    const may = session.account && stream.link === "live";
    const open = one.state === "unacked" || one.state === "returned";
    return h("li", { class: `alarm-row p${one.priority}`, "data-key": one.alarm, "data-state": one.state },
      priorityMark(one.priority),
      h("div", { class: "said" },
        h("p", { class: "what" }, what, first && h("span", { class: "first-out" }, t("alarms.first_out")), one.times > 1 && h("span", { class: "times" }, t("alarms.times", { n: one.times }))),
        h("p", { class: "where" }, [t(`alarm_state.${one.state}`), kept(one.where), one.suppressed_by && t("alarms.because", { what: reason(one.suppressed_by).what }), kept(one.detail)].filter(Boolean).join(" · ")),
        next && h("p", { class: "next" }, h("b", null, t("why.next")), " ", next),
        kept(one.follows) && h("p", { class: "follows" }, t("alarms.follows"), " ", kept(one.follows))),
      h("div", { class: "times" },
        valueOf(h("b"), lasted(now - one.since_ms), { quiet: true }),
        one.until_ms !== null && one.until_ms !== undefined && h("span", null, t("alarms.left", { time: lasted(one.until_ms - now) })),
        one.acked_by && h("span", null, t("alarms.acked_by", { name: one.acked_by })),
        one.state === "shelved" && h("span", null, t("alarms.shelved_by", { name: one.shelved_by || t("alarms.customs"), time: lasted((one.shelved_until_ms ?? now) - now) })),
        one.state === "shelved" && one.shelved_cause && h("span", null, one.shelved_cause),
        one.state === "out_of_service" && [h("span", null, t("alarms.out_by", { name: one.out_by || t("alarms.customs"), time: lasted(now - one.out_since_ms) })), h("span", null, one.out_cause)]),
      h("div", { class: "does" },
        recoveryFor(one.code) && one.active && one.state !== "shelved" && h("button", { type: "button", "data-key": "recover", onclick: () => this.dispatchEvent(new CustomEvent("recover", { bubbles: true, detail: { kind: recoveryFor(one.code) } })) }, t("nav.recovery")),
        one.state === "shelved" ? h("button", { type: "button", disabled: !may, onclick: () => void this.#ask("alarm-unshelve", { alarm: one.alarm }) }, t("alarms.unshelve"))
          : one.state === "out_of_service" ? h("button", { type: "button", disabled: !may, onclick: () => void this.#ask("alarm-in-service", { alarm: one.alarm }) }, t("alarms.in_service"))
          : one.state === "suppressed" ? null : [
            h("button", { type: "button", disabled: !may || !open, onclick: () => void this.#ask("alarm-acknowledge", { alarm: one.alarm, shown: one.shown }) }, t("alarms.acknowledge")),
            SHELVES.has(session.role) && one.shelvable && h("button", { type: "button", disabled: !may, onclick: () => void this.#shelve(one, what) }, t("alarms.shelve")),
            SHELVES.has(session.role) && one.shelvable && h("button", { type: "button", disabled: !may, onclick: () => void this.#takeOut(one, what) }, t("alarms.out"))]));
  }

  /** @param {string} name @param {Record<string, unknown>} values @param {string} [why] */
  async #ask(name, values, why) {
    const { status, body } = await proven(() => act(name, values, why ? { reason: why } : {}));
    const { what, next } = status === 200 ? { what: "", next: "" } : said(body);
    this.#fault = sentences(what, next);
    this.redraw();
  }

  /** @param {any} one @param {string} what */
  async #shelve(one, what) {
    const chosen = await sheet(t("alarms.shelve_title", { what }), (close) => {
      const reasons = ["known", "repair", "test"].map((key) => t(`alarms.why.${key}`));
      const state = { minutes: MINUTES[0], why: reasons[0] };
      return [h("p", { class: "hint" }, t("alarms.shelve_hint")),
        choice(t("alarms.shelve_for"), MINUTES.map((n) => t("alarms.minutes", { n })), (at) => { state.minutes = MINUTES[at]; }),
        choice(t("alarms.shelve_why"), reasons, (at) => { state.why = reasons[at]; }),
        h("div", { class: "row end" }, h("button", { type: "button", class: "primary", onclick: () => close(state) }, t("alarms.shelve")))];
    });
    if (chosen) await this.#ask("alarm-shelve", { alarm: one.alarm, minutes: chosen.minutes, shown: one.shown }, chosen.why);
  }

  /** Out of service has no end of its own: it says so before anybody asks for it. @param {any} one @param {string} what */
  async #takeOut(one, what) {
    const why = await sheet(t("alarms.out_title", { what }), (close) => {
      const reasons = ["repair", "removed", "test"].map((key) => t(`alarms.why.${key}`));
      const state = { why: reasons[0] };
      return [h("p", { class: "hint" }, t("alarms.out_hint")),
        choice(t("alarms.shelve_why"), reasons, (at) => { state.why = reasons[at]; }),
        h("div", { class: "row end" }, h("button", { type: "button", class: "primary", onclick: () => close(state.why) }, t("alarms.out")))];
    });
    if (why) await this.#ask("alarm-out-of-service", { alarm: one.alarm, shown: one.shown }, why);
  }
}
customElements.define("operator-alarms", OperatorAlarms);

/** One of a few, the first chosen. @param {string} legend @param {string[]} options @param {(at: number) => void} chosen */
function choice(legend, options, chosen) {
  const pick = (/** @type {Event} */ event) => {
    const button = /** @type {HTMLElement} */ (event.currentTarget);
    const all = [...(button.parentElement?.querySelectorAll("button") ?? [])];
    for (const one of all) one.setAttribute("aria-pressed", String(one === button));
    chosen(all.indexOf(/** @type {any} */ (button)));
  };
  return h("div", { class: "row", role: "group", "aria-label": legend }, h("span", { class: "legend" }, legend),
    options.map((text, at) => h("button", { type: "button", "aria-pressed": String(at === 0), onclick: pick }, text)));
}
