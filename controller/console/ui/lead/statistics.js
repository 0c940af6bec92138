/**
 * `<lead-statistics>` 统计: one question at a time over a window, as a plot and as a table that says the same.
 *
 * Promises: every picture states up to when it counts and where there are gaps; who judged is for customs alone; the answer of an earlier
 * question never stands under a later one.
 */
import { ask, session } from "../core/session.js";
import { take } from "../core/taking.js";
import { h, View } from "../core/view.js";
import { said, sentences, speak, t } from "../core/words.js";
import leadWords from "../words/lead.js";
import wallWords from "../words/wall.js";
import { SHOWN } from "./figures.js";
import { worth } from "./parts.js";

speak(wallWords);
speak(leadWords);

const BY = ["hour", "shift", "lane", "chapter", "shipper", "officer", "stop", "loss", "alarm"];
const HOURS = [4, 12, 24, 168];
const AGAIN_MS = 30_000;

class LeadStatistics extends View {
  #by = "hour";
  #hours = 12;
  /** @type {any} */
  #body = null;
  #fault = "";
  #asked = 0;

  /** @param {AbortSignal} signal */
  connected(signal) {
    const timer = setInterval(() => void this.#ask(), AGAIN_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
    void this.#ask();
  }

  /** @param {Partial<{by: string, hours: number}>} [wish] */
  async #ask(wish = {}) {
    if (wish.by || wish.hours) {
      this.#by = wish.by ?? this.#by;
      this.#hours = wish.hours ?? this.#hours;
      this.#body = null;
      this.draw();
    }
    const mine = ++this.#asked;
    const { status, body } = await ask("GET", `/api/statistics?${this.#query()}`);
    if (mine !== this.#asked || !this.isConnected) return;
    this.#body = status === 200 ? body : this.#body;
    this.#fault = status === 200 ? "" : sentences(said(body).what, said(body).next);
    this.redraw();
  }

  async #take() {
    const { what, next } = await take(`/api/statistics.csv?${this.#query()}`);
    this.#fault = what && sentences(what, next);
    this.redraw();
  }

  #query() {
    const from = new Date(Date.now() - this.#hours * 3_600_000).toISOString();
    return `by=${this.#by}&from=${encodeURIComponent(from)}`;
  }

  draw() {
    const by = BY.filter((one) => one !== "officer" || session.customs);
    this.render(
      h("div", { class: "row choose", role: "group", "aria-label": t("lead.by") }, by.map((one) => h("button", { type: "button", class: "tab", "data-key": `by-${one}`, "aria-pressed": String(one === this.#by), onclick: () => void this.#ask({ by: one }) }, t(`lead.by.${one}`)))),
      h("div", { class: "row choose", role: "group", "aria-label": t("lead.window") }, HOURS.map((one) => h("button", { type: "button", class: "tab", "data-key": `hours-${one}`, "aria-pressed": String(one === this.#hours), onclick: () => void this.#ask({ hours: one }) }, t(`lead.hours.${one}`))),
        this.#body && h("button", { type: "button", class: "tab", "data-key": "csv", onclick: () => void this.#take() }, t("lead.csv")),
        this.#body && worth(this.#body)),
      this.#fault && h("p", { class: "fault", role: "alert" }, this.#fault),
      this.#body ? h("div", { class: "figures", "data-key": this.#by }, this.#totals(), SHOWN[this.#by](this.#body.rows, session.customs)) : h("p", { class: "hint" }, t("lead.asking")));
  }

  #totals() {
    const totals = this.#body.totals;
    return [
      totals.emergency_released > 0 && h("p", { class: "emergency", "data-key": "emergency" }, t("lead.emergency_counted", { n: totals.emergency_released })),
      h("p", { class: "totals" }, t("lead.totals", totals))];
  }
}
customElements.define("lead-statistics", LeadStatistics);
