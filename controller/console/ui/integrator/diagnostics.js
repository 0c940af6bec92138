/** `<diagnostics-bundle>` 诊断包: what is in it, and the download. */
import { h, View } from "../core/view.js";
import { speak, t } from "../core/words.js";
import integratorWords from "../words/integrator.js";

speak(integratorWords);

class DiagnosticsBundle extends View {
  draw() {
    this.render(
      h("h2", null, t("integrator.nav.diagnostics")),
      h("p", null, t("integrator.bundle.means")),
      h("ul", { class: "rows" }, ["config", "versions", "devices", "log", "journal"].map((one) => h("li", null, h("code", null, one), " ", t(`integrator.bundle.${one}`)))),
      h("p", { class: "hint" }, t("integrator.bundle.never")),
      h("div", { class: "sign" }, h("label", { for: "why" }, t("integrator.bundle.why")), h("input", { id: "why", maxlength: 200, autocomplete: "off" }),
        h("button", { type: "button", class: "primary", "data-key": "download", onclick: () => this.#take() }, t("integrator.bundle.download"))),
      h("p", { class: "hint" }, t("integrator.bundle.command")));
  }

  /** The browser fetches it as a file; who took it and why stands in the journal. */
  #take() {
    const why = /** @type {HTMLInputElement} */ (this.querySelector("#why"));
    if (!why.value.trim()) return why.focus();
    h("a", { href: `/api/diagnostics?reason=${encodeURIComponent(why.value.trim())}`, download: "xiyong-diagnostics.zip" }).click();
  }
}
customElements.define("diagnostics-bundle", DiagnosticsBundle);
