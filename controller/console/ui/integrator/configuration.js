/** `<loaded-configuration>` 配置: every setting in force and where it came from. What differs from its default can be looked at alone. */
import { h } from "../core/view.js";
import { speak, t } from "../core/words.js";
import { table } from "../lead/parts.js";
import leadWords from "../words/lead.js";
import { Asking } from "./asking.js";

speak(leadWords);

class LoadedConfiguration extends Asking {
  #all = false;
  #contains = "";

  address() {
    return "/api/config";
  }

  draw() {
    const rows = /** @type {any[]} */ (this.body?.settings ?? []).filter((one) => (this.#all || one.from !== "default") && one.key.includes(this.#contains));
    this.render(...this.head(t("integrator.nav.configuration")),
      this.body && h("p", null, t("integrator.hash"), " ", h("code", null, this.body.sha256)),
      h("div", { class: "row choose" },
        [false, true].map((all) => h("button", { type: "button", class: "tab", "data-key": `all-${all}`, "aria-pressed": String(all === this.#all), onclick: () => {
          this.#all = all;
          this.redraw();
        } }, t(all ? "integrator.all" : "integrator.given"))),
        h("div", { class: "find" }, h("label", { for: "find" }, t("integrator.find")), h("input", { id: "find", maxlength: 60, autocomplete: "off", oninput: (/** @type {Event} */ event) => {
          this.#contains = /** @type {HTMLInputElement} */ (event.target).value.trim();
          this.redraw();
        } }))),
      this.body && table(t("integrator.settings", { n: rows.length }), ["key", "value", "from"].map((key) => ({ key, label: t(`integrator.column.${key}`) })),
        rows.map((one) => [one.key, h("code", null, shown(one.value)), t(`integrator.from.${one.from.replace(" ", "_")}`)])));
  }
}
customElements.define("loaded-configuration", LoadedConfiguration);

/** @param {unknown} value */
function shown(value) {
  return typeof value === "string" ? value || "\"\"" : JSON.stringify(value);
}
