/** `<newest-log>` 日志: the newest lines of this run, by level and text. */
import { h } from "../core/view.js";
import { speak, t } from "../core/words.js";
import { clock, table } from "../lead/parts.js";
import leadWords from "../words/lead.js";
import { Asking } from "./asking.js";

speak(leadWords);

const LEVELS = ["info", "warning", "error"];

class NewestLog extends Asking {
  static eachMs = 5000;
  #level = "info";
  #contains = "";

  address() {
    return `/api/log?level=${this.#level}&contains=${encodeURIComponent(this.#contains)}&most=200`;
  }

  draw() {
    this.render(...this.head(t("integrator.nav.log")),
      h("div", { class: "row choose" },
        LEVELS.map((level) => h("button", { type: "button", class: "tab", "data-key": `level-${level}`, "aria-pressed": String(level === this.#level), onclick: () => {
          this.#level = level;
          void this.ask();
          this.redraw();
        } }, t(`integrator.level.${level}`))),
        h("div", { class: "find" }, h("label", { for: "find" }, t("integrator.find")), h("input", { id: "find", maxlength: 60, autocomplete: "off", oninput: (/** @type {Event} */ event) => {
          this.#contains = /** @type {HTMLInputElement} */ (event.target).value.trim();
          void this.ask();
        } }))),
      this.body && !this.body.kept && h("p", { class: "hint" }, t("integrator.log.not_kept")),
      this.body && table(t("integrator.log.lines", { n: this.body.lines.length }), ["at", "level", "message", "row"].map((key) => ({ key, label: t(`integrator.column.${key}`) })),
        this.body.lines.map((/** @type {any} */ one) => [clock(one.utc), one.level, one.message, one.journal_seq ?? "—"])));
  }
}
customElements.define("newest-log", NewestLog);
