/** `<live-values>` 实时值: what the PLC and each device said last, from whom and how long ago. */
import { h } from "../core/view.js";
import { knows, lasted, speak, t } from "../core/words.js";
import { table } from "../lead/parts.js";
import deskWords from "../words/desk.js";
import leadWords from "../words/lead.js";
import { Asking } from "./asking.js";

speak(deskWords);
speak(leadWords);

class LiveValues extends Asking {
  static eachMs = 2000;

  address() {
    return "/api/live-values";
  }

  draw() {
    this.render(...this.head(t("integrator.nav.values")),
      this.body && table(t("integrator.values", { seq: this.body.seq }), ["source", "name", "value", "age"].map((key) => ({ key, label: t(`integrator.column.${key}`) })),
        this.body.values.map((/** @type {any} */ one) => [one.source, nameOf(one.name), h("code", null, String(one.value) || "—"), one.age_ms === null ? t("integrator.standing") : lasted(one.age_ms)])));
  }
}
customElements.define("live-values", LiveValues);

/** @param {string} name */
function nameOf(name) {
  return knows(`device_event.${name}`) ? t(`device_event.${name}`) : knows(`integrator.value.${name}`) ? t(`integrator.value.${name}`) : name;
}
