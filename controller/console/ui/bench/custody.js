/**
 * `<custody-places>` 暂存库: what is kept where and for how long, moves by scan, and stock-takes.
 *
 * Promises: a scan at the bench is a move only while this page is open and `move` is chosen: first the label of the place, then the carton.
 * A stock-take moves nothing; its differences stand by place until the next one of that place.
 */
import { act } from "../core/acts.js";
import { quality, valueOf } from "../core/quality.js";
import { sheet, sheetIsOpen } from "../core/sheet.js";
import { sound } from "../core/sound.js";
import { stream } from "../core/stream.js";
import { h, View } from "../core/view.js";
import { lasted, said, sentences, t } from "../core/words.js";
import { Doing } from "./doing.js";
import { newestScan, scansAfter } from "./facts.js";

const OLD_MS = 24 * 3_600_000;

class CustodyPlaces extends View {
  static wants = ["bench", "bench_lists"];
  #doing = new Doing(() => this.redraw());
  #heard = newestScan();
  /** @type {"look"|"move"|"count"} */
  #mode = "look";
  #place = "";
  /** @type {string[]} */
  #counted = [];

  draw() {
    this.#listen();
    const lists = this.value("bench_lists");
    const kept = lists?.kept ?? [];
    this.render(this.#kept(kept), this.#work(kept, lists?.stock ?? []));
  }

  #listen() {
    const scans = scansAfter(this.#heard);
    this.#heard = Math.max(this.#heard, newestScan());
    if (this.#mode === "look" || sheetIsOpen()) return;
    for (const scan of scans) this.#take(scan);
  }

  /** @param {any} scan */
  #take(scan) {
    const text = scan.codes[0] ?? "";
    if (!scan.carton && (this.#mode === "move" || !this.#place)) {
      this.#place = text;
      sound.scanned("ok");
    } else if (!this.#place) {
      sound.scanned("unknown");
      this.#doing.say(t("bench.place.first"));
    } else if (this.#mode === "count") {
      const code = scan.carton || text;
      if (!this.#counted.includes(code)) this.#counted.push(code);
      sound.scanned("ok");
    } else void this.#move(scan.carton);
  }

  /** Each scan is an act of its own and waits for no other. @param {string} code */
  async #move(code) {
    const place = this.#place;
    const { status, body } = await act("custody", { code, place });
    sound.scanned(status === 200 ? "ok" : "mismatch");
    if (status === 200) this.#doing.say(t("bench.moved", { code, place }), "", "done");
    else this.#doing.say(sentences(code, said(body).what), said(body).next);
  }

  /** @param {any[]} kept */
  #kept(kept) {
    return h("section", { class: "pane kept", "data-key": "kept" },
      h("h2", null, t("bench.kept"), " ", valueOf(h("span", { class: "n" }), stream.state ? kept.length : "")),
      h("div", { class: "scrolls worth", "data-quality": quality(), tabindex: "0" },
        kept.length ? h("ol", { class: "rows" }, kept.map((row) => {
          const age = row.since_ms === null ? null : stream.lineMs() - row.since_ms;
          return h("li", { "data-key": row.carton, "data-old": age !== null && age > OLD_MS },
            h("strong", { class: "no" }, row.carton), h("span", { class: "why" }, row.place), h("span", { class: "ago" }, age === null ? "—" : lasted(age)),
            h("button", { type: "button", disabled: !this.#doing.may, onclick: () => void this.#out(row) }, t("bench.out")));
        })) : h("p", { class: "empty" }, t("bench.kept.none"))));
  }

  /** @param {any} row */
  #out(row) {
    let why = "";
    return sheet(t("bench.out.title", { code: row.carton }), (close) => h("div", { class: "column" }, h("p", { class: "hint" }, t("bench.out.means")),
      h("label", { for: "why-out" }, t("bench.reason")), h("input", { id: "why-out", maxlength: 200, autocomplete: "off", autofocus: true, oninput: (/** @type {Event} */ event) => { why = /** @type {HTMLInputElement} */ (event.target).value; } }),
      h("button", { type: "button", class: "primary", "data-key": "take-out", onclick: () => {
        if (!why.trim()) return;
        close();
        void this.#doing.ask(() => act("end-custody", { code: row.carton, shown: row.shown }, { reason: why.trim() }), t("bench.out.done", { code: row.carton }));
      } }, t("bench.out"))));
  }

  /** @param {any[]} kept @param {any[]} stock */
  #work(kept, stock) {
    const places = [...new Set(kept.map((row) => row.place))];
    return h("section", { class: "pane work", "data-key": "work" },
      h("div", { class: "choices", role: "radiogroup", "aria-label": t("bench.custody.mode") }, /** @type {const} */ (["look", "move", "count"]).map((mode) => h("button", {
        type: "button", role: "radio", "aria-checked": String(mode === this.#mode), "data-key": mode, onclick: () => this.#begin(mode),
      }, t(`bench.custody.${mode}`)))),
      this.#mode === "look" ? this.#differences(stock) : this.#scanning(places),
      this.#doing.draw());
  }

  /** @param {"look"|"move"|"count"} mode */
  #begin(mode) {
    this.#mode = mode;
    this.#place = "";
    this.#counted = [];
    this.#heard = newestScan();
    this.#doing.say("");
  }

  /** @param {string[]} places */
  #scanning(places) {
    const counting = this.#mode === "count";
    const says = !this.#place ? "bench.place.scan" : counting ? "bench.count.scan" : "bench.move.scan";
    return h("div", { class: "scanning", "data-key": this.#mode },
      h("div", { class: "big", "data-kind": "scan" }, h("strong", null, this.#place || "—"), h("span", null, t(says))),
      !this.#place && h("div", { class: "choices" }, places.map((place) => h("button", { type: "button", "data-key": `p-${place}`, onclick: () => {
        this.#place = place;
        this.redraw();
      } }, place))),
      counting && this.#place && [
        h("p", { class: "n" }, t("bench.count.n", { n: this.#counted.length })),
        h("ul", { class: "counted" }, this.#counted.slice(-8).map((code) => h("li", null, code))),
        h("button", { type: "button", class: "primary", "data-key": "done-counting", disabled: !this.#doing.may, onclick: () => void this.#finish() }, t("bench.count.done")),
      ]);
  }

  async #finish() {
    const [place, codes] = [this.#place, this.#counted.join(" ")];
    if (await this.#doing.ask(() => act("stock-take", { place, ...(codes ? { codes } : {}) }), t("bench.count.told", { place }))) {
      this.#mode = "look";
      this.redraw();
    }
  }

  /** @param {any[]} stock */
  #differences(stock) {
    const rows = (/** @type {string} */ key, /** @type {string[]} */ codes) => codes.length > 0 && h("div", null, h("dt", null, t(`bench.stock.${key}`)), h("dd", null, codes.join(", ")));
    return h("div", { class: "scrolls stock worth", "data-quality": quality(), tabindex: "0" },
      stock.length ? stock.map((one) => h("section", { "data-key": one.place, "data-differs": one.missing.length + one.elsewhere.length + one.unknown.length > 0 },
        h("h3", null, one.place, h("span", { class: "ago" }, t("bench.stock.by", { name: one.by, time: lasted(stream.lineMs() - one.at_ms), n: one.counted }))),
        one.missing.length + one.elsewhere.length + one.unknown.length === 0 ? h("p", { class: "hint" }, t("bench.stock.right"))
          : h("dl", { class: "pairs" }, rows("missing", one.missing), rows("elsewhere", one.elsewhere.map((/** @type {string[]} */ two) => `${two[0]} (${two[1]})`)), rows("unknown", one.unknown))))
        : h("p", { class: "empty" }, t("bench.stock.none")));
  }
}
customElements.define("custody-places", CustodyPlaces);
