/**
 * `<lead-rules>` 变更: the targeting rules that wait beside those in force, a dry run of them over a recorded window, and two signatures.
 *
 * Promises: customs alone; nobody signs without the difference on the screen; one of the two is a section chief (the service says so when
 * not); the dry run says which cartons, with both reasons, and up to when it counts.
 */
import { ask, session } from "../core/session.js";
import { h, View } from "../core/view.js";
import { said, sentences, speak, t } from "../core/words.js";
import leadWords from "../words/lead.js";
import { table, worth } from "./parts.js";
import { TwoPeople } from "./two-people.js";

speak(leadWords);

const HOURS = [12, 24, 168];

class LeadRules extends View {
  static wants = ["rules"];
  #two = new TwoPeople("rules-propose", () => this.redraw());
  /** @type {any[]|null} */
  #fields = null;
  /** @type {any} */
  #run = null;
  #hours = 24;
  #fault = "";
  #sha = "";

  /** @param {AbortSignal} signal */
  connected(signal) {
    this.#two.follow(signal);
  }

  async #ask() {
    const { status, body } = await ask("GET", "/api/rules/difference");
    this.#fields = status === 200 ? body.fields : null;
    this.redraw();
  }

  async #dryRun() {
    this.#run = null;
    const from = new Date(Date.now() - this.#hours * 3_600_000).toISOString();
    const { status, body } = await ask("GET", `/api/rules/dry-run?from=${encodeURIComponent(from)}`);
    this.#fault = status === 200 ? "" : sentences(said(body).what, said(body).next);
    this.#run = status === 200 ? body : null;
    this.redraw();
  }

  draw() {
    const rules = this.value("rules");
    const waiting = rules?.waiting;
    if (waiting && waiting.sha256 !== this.#sha) {
      this.#sha = waiting.sha256;
      this.#run = null;
      void this.#ask();
    }
    this.render(
      h("h2", null, t("lead.rules.title")),
      rules && h("p", null, rules.in_force ? t("lead.rules.in_force", { version: rules.in_force.version, n: rules.in_force.rules }) : t("lead.rules.none")),
      !waiting ? h("p", { class: "hint" }, t("lead.rules.nothing")) : h("div", { class: "waits", "data-key": waiting.sha256 },
        h("p", null, h("strong", null, t("lead.rules.waiting", { version: waiting.version, source: waiting.source })), " ", h("code", null, waiting.sha256.slice(0, 12))),
        this.#fields && table(t("lead.rules.difference"), ["what", "field", "before", "after"].map((key) => ({ key, label: t(`lead.column.${key}`) })),
          this.#fields.map((one) => [one.what || t("lead.rules.whole"), t(`lead.field.${one.field}`), h("span", { class: "before" }, value(one.before)), h("span", { class: "after" }, value(one.after))])),
        this.#dry(), this.#sign(waiting)),
      this.#two.answer && h("p", { class: this.#two.failed ? "fault" : "done", role: "status" }, this.#two.answer));
  }

  #dry() {
    const run = this.#run;
    return h("section", { class: "dry-run" }, h("h3", null, t("lead.dry.title")),
      h("div", { class: "row" }, HOURS.map((one) => h("button", { type: "button", class: "tab", "aria-pressed": String(one === this.#hours), onclick: () => {
        this.#hours = one;
        void this.#dryRun();
      } }, t(`lead.hours.${one}`))), h("button", { type: "button", "data-key": "dry-run", onclick: () => void this.#dryRun() }, t("lead.dry.go"))),
      this.#fault && h("p", { class: "fault", role: "alert" }, this.#fault),
      run && [
        worth(run), h("p", { class: "totals" }, t("lead.dry.told", { cartons: run.cartons, more: run.n_more, fewer: run.n_fewer, other: run.other })),
        run.undrawn > 0 && h("p", { class: "hint" }, t("lead.dry.undrawn", { n: run.undrawn })),
        run.n_more + run.n_fewer > 0 && table(t("lead.dry.cartons"), ["carton", "before", "after"].map((key) => ({ key, label: t(`lead.column.${key}`) })),
          [...run.more, ...run.fewer].map((/** @type {any} */ one) => [one.carton || one.track, one.before.join(", ") || t("lead.dry.not"), one.after.join(", ") || t("lead.dry.not")]))]);
  }

  /** @param {any} waiting */
  #sign(waiting) {
    const may = session.role === "officer" || session.role === "section_chief";
    const others = this.#two.others.filter((one) => one.values?.sha256 === waiting.sha256);
    if (!may) return h("p", { class: "hint" }, t("lead.reads_only"));
    return h("div", { class: "sign" },
      others.map((one) => h("div", { class: "row", "data-key": one.proposal },
        h("p", null, t("lead.asked_by", { name: one.first, reason: one.reason })),
        h("button", { type: "button", class: "primary", "data-key": "sign", disabled: this.#two.busy || !this.#fields, onclick: () => void this.#two.sign(one.proposal) }, t("lead.sign")))),
      this.#two.own ? h("p", { class: "hint" }, t("lead.waits_for_second")) : !others.length && [
        h("label", { for: "why" }, t("lead.reason")), h("input", { id: "why", maxlength: 200, autocomplete: "off" }),
        h("button", { type: "button", class: "primary", "data-key": "propose", disabled: this.#two.busy || !this.#fields, onclick: () => void this.#propose(waiting.sha256) }, t("lead.rules.propose"))]);
  }

  /** @param {string} sha256 */
  async #propose(sha256) {
    const field = /** @type {HTMLInputElement|null} */ (this.querySelector("#why"));
    if (!field?.value.trim()) return field?.focus();
    await this.#two.ask({ sha256 }, field.value.trim());
    if (!this.#two.failed) field.value = "";
  }
}
customElements.define("lead-rules", LeadRules);

/** A weight of -1 is no bound. @param {unknown} one */
function value(one) {
  return one === null || one === undefined || one === -1 ? "—" : Array.isArray(one) ? one.join(", ") || "—" : String(one);
}
