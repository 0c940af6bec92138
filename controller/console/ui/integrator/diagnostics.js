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
      h("a", { class: "primary button", href: "/api/diagnostics", download: "xiyong-diagnostics.zip", "data-key": "download" }, t("integrator.bundle.download")),
      h("p", { class: "hint" }, t("integrator.bundle.command")));
  }
}
customElements.define("diagnostics-bundle", DiagnosticsBundle);
