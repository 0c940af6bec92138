/**
 * `<alarm-history>` 报警历史: what became of alarms, the newest first, with who did what; older ones a page at a time.
 *
 * Promises: it shows what the journal says, as the own organisation may read it, in the language of the moment; it renews itself when
 * asked, never under the eyes of whoever reads. A page that could not be read says so and leaves what is there.
 */
import { priorityMark } from "./icons.js";
import { ask } from "./session.js";
import { h, View } from "./view.js";
import { kept, reason, said, sentences, t } from "./words.js";

class AlarmHistory extends View {
  /** @type {any[]} */
  #rows = [];
  /** @type {number|null} */
  #before = null;
  #fault = "";
  #busy = false;

  /** @param {AbortSignal} signal */
  connected(signal) {
    void signal;
    void this.#read(0);
  }

  /** @param {number} before */
  async #read(before) {
    if (this.#busy) return;
    this.#busy = true;
    this.redraw();
    const { status, body } = await ask("GET", `/api/alarms/history?before=${before}`);
    this.#busy = false;
    this.#fault = status === 200 ? "" : sentences(said(body).what, said(body).next);
    if (status === 200) {
      this.#rows = before ? [...this.#rows, ...body.rows] : body.rows;
      this.#before = body.before;
    }
    this.redraw();
  }

  draw() {
    this.render(
      h("div", { class: "row" },
        h("button", { type: "button", "data-key": "newer", disabled: this.#busy, onclick: () => void this.#read(0) }, t("history.newer")),
        h("p", { class: this.#fault ? "fault" : "hint", role: "status" }, this.#fault || (this.#busy ? t("history.asking") : ""))),
      h("ol", { class: "history" }, this.#rows.map((one, at) => this.#row(one, at))),
      !this.#rows.length && !this.#busy && h("p", { class: "empty" }, t("history.empty")),
      this.#before !== null && h("button", { type: "button", "data-key": "older", disabled: this.#busy, onclick: () => void this.#read(this.#before ?? 0) }, t("history.older")));
  }

  /** @param {any} one @param {number} at */
  #row(one, at) {
    const when = new Date(one.utc);
    const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
    const day = `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())}`;
    const by = one.by === "customs" ? t("history.customs") : one.by;
    return h("li", { "data-key": `${one.seq}-${one.what}-${at}`, "data-what": one.what },
      h("time", { datetime: one.utc }, `${day} ${two(when.getHours())}:${two(when.getMinutes())}:${two(when.getSeconds())}`),
      one.priority ? priorityMark(one.priority) : h("span", { class: "no-mark" }),
      h("b", { class: "became" }, t(`history.${one.what}`)),
      h("span", { class: "what" }, one.code ? reason(one.code).what : t("history.line")),
      h("span", { class: "where" }, [kept(one.where ?? undefined), one.cause || kept(one.detail)].filter(Boolean).join(" · ")),
      h("span", { class: "by" }, by));
  }
}
customElements.define("alarm-history", AlarmHistory);
