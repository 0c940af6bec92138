/**
 * `<stock-take>` 暂存盘点: which places there are, what should stand in one, a count by scanning labels, and what differed.
 *
 * Promises: a count moves nothing and says only what stands where: numbers and places, never why customs keeps a carton. What was scanned
 * stays until it is handed in or given up; a count is one act, whole or not at all.
 */
import { act } from "../core/acts.js";
import { ask, session } from "../core/session.js";
import { sound } from "../core/sound.js";
import { stream } from "../core/stream.js";
import { h, View } from "../core/view.js";
import { lasted, said, sentences, speak, t } from "../core/words.js";
import stockWords from "../words/stock-take.js";

speak(stockWords);

const LOOK_MS = 10_000;
const MOST = 300;

class StockTake extends View {
  /** @type {any} */
  #told = null;
  #fault = "";
  #place = "";
  #counting = false;
  /** @type {string[]} */
  #scanned = [];
  #busy = false;
  #answer = "";
  #failed = false;

  /** @param {AbortSignal} signal */
  connected(signal) {
    const timer = setInterval(() => void this.#look(), LOOK_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
    session.addEventListener("session", () => void this.#look(), { signal });
    void this.#look();
  }

  async #look() {
    if (!session.account) return;
    const place = this.#place;
    const { status, body } = await ask("GET", `/api/custody-places${place ? `?place=${encodeURIComponent(place)}` : ""}`);
    if (place !== this.#place) return;
    if (status === 200) this.#told = body;
    this.#fault = status === 200 ? "" : sentences(said(body).what, said(body).next);
    this.redraw();
  }

  get #acting() {
    return !this.#busy && session.account !== "" && !session.locked && (stream.link === "live" || stream.link === "resync");
  }

  draw() {
    this.render(
      h("h2", null, t("stock.title")),
      this.#fault && h("p", { class: "fault", role: "alert" }, this.#fault),
      h("div", { class: "manual" }, this.#places(), h("div", { class: "entry" }, this.#place ? (this.#counting ? this.#count() : this.#look_at()) : h("p", { class: "hint" }, t("stock.choose")),
        this.#answer && h("p", { class: this.#failed ? "fault" : "done", role: "status", "data-key": "answer" }, this.#answer))));
  }

  #places() {
    const places = /** @type {any[]} */ (this.#told?.places ?? []);
    return h("div", { class: "which scrolls", tabindex: "0", role: "group", "aria-label": t("stock.places") },
      places.map((one) => h("button", { type: "button", class: "waiting-row", role: "radio", "aria-checked": String(one.place === this.#place), "data-key": `p-${one.place}`, disabled: this.#counting, onclick: () => this.#choose(one.place) },
        h("strong", null, one.place), h("span", null, t("stock.kept", { n: one.n })),
        h("span", { class: "ago" }, one.taken ? t(one.taken.differs ? "stock.differed" : "stock.right", { time: lasted(one.taken.ms) }) : t("stock.never")))),
      this.#told && !places.length && h("p", { class: "hint" }, t("stock.none")));
  }

  /** @param {string} place */
  #choose(place) {
    this.#place = place;
    this.#answer = "";
    this.redraw();
    void this.#look();
  }

  get #taken() {
    return this.#told?.places?.find((/** @type {any} */ one) => one.place === this.#place)?.taken;
  }

  get #expected() {
    return /** @type {string[]} */ ((this.#told?.list ?? []).filter((/** @type {any} */ one) => one.place === this.#place).map((/** @type {any} */ one) => one.carton));
  }

  #look_at() {
    const taken = this.#taken;
    const rows = (/** @type {string} */ key, /** @type {string[]} */ codes) => codes.length > 0 && h("div", null, h("dt", null, t(`stock.${key}`)), h("dd", null, codes.join(", ")));
    return [
      h("div", { class: "row" }, h("button", { type: "button", class: "primary", "data-key": "begin", disabled: !this.#acting, onclick: () => {
        this.#counting = true;
        this.#scanned = [];
        this.#answer = "";
        this.redraw();
      } }, t("stock.begin"))),
      taken && h("section", { "data-key": "taken" }, h("p", { class: "hint" }, t("stock.last", { time: lasted(taken.ms), name: taken.by || t("stock.customs"), n: taken.counted })),
        taken.differs ? h("dl", { class: "pairs" }, rows("missing", taken.missing), rows("elsewhere", taken.elsewhere.map((/** @type {string[]} */ two) => `${two[0]} (${two[1]})`)), rows("unknown", taken.unknown)) : h("p", null, t("stock.as_it_should"))),
      h("h3", null, t("stock.expected", { n: this.#expected.length })),
      h("ul", { class: "rows scrolls", tabindex: "0" }, this.#expected.map((code) => h("li", null, code)))];
  }

  #count() {
    const expected = this.#expected;
    const unexpected = this.#scanned.filter((code) => !expected.includes(code));
    const found = this.#scanned.length - unexpected.length;
    return [
      h("form", { class: "row", onsubmit: (/** @type {Event} */ event) => this.#scan(event) },
        h("label", { for: "label" }, t("stock.scan")), h("input", { id: "label", "data-scan": true, autocomplete: "off", maxlength: 40, autofocus: true })),
      h("p", { class: "n", "data-key": "n" }, t("stock.counted", { found, expected: expected.length, more: unexpected.length })),
      h("ul", { class: "rows scrolls", tabindex: "0" }, expected.map((code) => h("li", { "data-found": String(this.#scanned.includes(code)) }, this.#scanned.includes(code) ? `✓ ${code}` : code)),
        unexpected.map((code) => h("li", { class: "fault" }, `! ${code}`))),
      h("div", { class: "row" },
        h("button", { type: "button", class: "primary", "data-key": "finish", disabled: !this.#acting, onclick: () => void this.#finish() }, t("stock.finish")),
        h("button", { type: "button", "data-key": "give-up", disabled: this.#busy, onclick: () => {
          this.#counting = false;
          this.redraw();
        } }, t("stock.give_up")))];
  }

  /** @param {Event} event */
  #scan(event) {
    event.preventDefault();
    const field = /** @type {HTMLInputElement} */ (this.querySelector("#label"));
    const code = field.value.trim().toUpperCase();
    field.value = "";
    field.focus();
    if (!code || this.#scanned.includes(code) || this.#scanned.length >= MOST) return;
    this.#scanned = [...this.#scanned, code];
    sound.scanned(this.#expected.includes(code) ? "ok" : "unknown");
    this.redraw();
  }

  async #finish() {
    this.#busy = true;
    this.redraw();
    const codes = this.#scanned.join(" ");
    const { status, body } = await act("stock-take", { place: this.#place, ...(codes ? { codes } : {}) });
    this.#busy = false;
    this.#failed = status !== 200;
    this.#answer = this.#failed ? sentences(said(body).what, said(body).next) : t("stock.done", { place: this.#place });
    if (!this.#failed) this.#counting = false;
    this.redraw();
    void this.#look();
  }
}
customElements.define("stock-take", StockTake);
