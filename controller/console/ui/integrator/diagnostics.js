/** `<diagnostics-bundle>` 诊断包: what is in it, and the download. */
import { take } from "../core/taking.js";
import { h, View } from "../core/view.js";
import { sentences, speak, t } from "../core/words.js";
import integratorWords from "../words/integrator.js";

speak(integratorWords);

class DiagnosticsBundle extends View {
  #busy = false;
  #fault = "";

  draw() {
    this.render(
      h("h2", null, t("integrator.nav.diagnostics")),
      h("p", null, t("integrator.bundle.means")),
      h("ul", { class: "rows" }, ["config", "versions", "devices", "log", "journal"].map((one) => h("li", null, h("code", null, one), " ", t(`integrator.bundle.${one}`)))),
      h("p", { class: "hint" }, t("integrator.bundle.never")),
      h("div", { class: "sign" }, h("label", { for: "why" }, t("integrator.bundle.why")), h("input", { id: "why", maxlength: 200, autocomplete: "off" }),
        h("button", { type: "button", class: "primary", disabled: this.#busy, "data-key": "download", onclick: () => void this.#take() }, t("integrator.bundle.download"))),
      this.#fault && h("p", { class: "fault", role: "alert" }, this.#fault),
      h("p", { class: "hint" }, t("integrator.bundle.command")));
  }

  /** It takes a while: the whole journal is read. Who took it and why stands in the journal. */
  async #take() {
    const why = /** @type {HTMLInputElement} */ (this.querySelector("#why"));
    if (!why.value.trim()) return why.focus();
    this.#told(true, "");
    const { what, next } = await take("/api/diagnostics", { reason: why.value.trim() });
    this.#told(false, what && sentences(what, next));
  }

  /** @param {boolean} busy @param {string} fault */
  #told(busy, fault) {
    this.#busy = busy;
    this.#fault = fault;
    this.redraw();
  }
}
customElements.define("diagnostics-bundle", DiagnosticsBundle);
