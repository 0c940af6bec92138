/**
 * `<lead-emergency>` 应急放行补录: what happened while the system was out, entered by two of customs.
 *
 * Promises: it says before anybody enters it that it is for ever and no release; the second person sees everything that is signed.
 */
import { valueOf } from "../core/quality.js";
import { session } from "../core/session.js";
import { h, View } from "../core/view.js";
import { speak, t } from "../core/words.js";
import leadWords from "../words/lead.js";
import { clock } from "./parts.js";
import { TwoPeople } from "./two-people.js";

speak(leadWords);

const FIELDS = [["began", "datetime-local"], ["ended", "datetime-local"], ["count", "number"], ["codes", "text"], ["cause", "text"]];

class LeadEmergency extends View {
  static wants = ["counts"];
  #two = new TwoPeople("emergency-enter", () => this.redraw());
  #missing = "";

  /** @param {AbortSignal} signal */
  connected(signal) {
    this.#two.follow(signal);
  }

  draw() {
    const may = session.role === "officer" || session.role === "section_chief";
    const others = this.#two.others;
    this.render(
      h("h2", null, t("lead.emergency.title")),
      h("p", { class: "emergency" }, t("lead.emergency.means")),
      h("p", null, t("lead.emergency.so_far"), " ", valueOf(h("strong"), this.value("counts")?.emergency_released)),
      others.map((one) => h("div", { class: "waits", "data-key": one.proposal },
        this.#entry(one),
        h("button", { type: "button", class: "primary", "data-key": "sign", disabled: this.#two.busy, onclick: () => void this.#two.sign(one.proposal) }, t("lead.sign")))),
      !may ? h("p", { class: "hint" }, t("lead.reads_only")) : this.#two.own ? h("div", { class: "waits", "data-key": "own" }, this.#entry(this.#two.own), h("p", { class: "hint" }, t("lead.waits_for_second")))
        : h("div", { class: "enter", "data-key": "enter" },
        FIELDS.map(([name, type]) => h("div", { class: "field" }, h("label", { for: name }, t(`lead.emergency.${name}`)), h("input", { id: name, type, min: type === "number" ? 1 : null, maxlength: type === "text" ? 400 : null, autocomplete: "off" }))),
        h("p", { class: "fault", role: "alert" }, this.#missing),
        h("button", { type: "button", class: "primary", "data-key": "propose", disabled: this.#two.busy, onclick: () => void this.#propose() }, t("lead.emergency.go"))),
      this.#two.answer && h("p", { class: this.#two.failed ? "fault" : "done", role: "status" }, this.#two.answer));
  }

  /** What two people sign. @param {any} one */
  #entry(one) {
    return [
      h("p", null, t("lead.asked_by", { name: one.first, reason: one.reason })),
      h("p", null, t("lead.emergency.told", { from: clock(one.values.began), to: clock(one.values.ended), n: one.values.count })),
      one.values.codes && h("p", null, h("code", null, one.values.codes))];
  }

  async #propose() {
    const field = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (this.querySelector(`#${name}`));
    const [began, ended, count, codes, cause] = FIELDS.map(([name]) => field(name).value.trim());
    const missing = FIELDS.find(([name]) => name !== "codes" && !field(name).value.trim());
    this.#missing = missing ? t("lead.emergency.missing", { what: t(`lead.emergency.${missing[0]}`) }) : ended <= began ? t("lead.emergency.ends_before") : "";
    if (this.#missing) {
      this.redraw();
      return field(missing ? missing[0] : "ended").focus();
    }
    const values = { began: new Date(began).toISOString(), ended: new Date(ended).toISOString(), count: Number(count), ...(codes ? { codes } : {}) };
    await this.#two.ask(values, cause);
    if (!this.#two.failed) for (const [name] of FIELDS) if (this.querySelector(`#${name}`)) field(name).value = "";
  }
}
customElements.define("lead-emergency", LeadEmergency);
