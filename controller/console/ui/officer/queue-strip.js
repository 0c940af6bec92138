/**
 * `<queue-strip>`: this officer's last eight decisions and the queue of the whole site, each a small tile, the most urgent first.
 *
 * One rule: a tile of the queue only shows; nothing can be decided from it. One of another line leads there. A line that is not known
 * stands before everything that is.
 */
import { quality } from "../core/quality.js";
import { stream } from "../core/stream.js";
import { h, View } from "../core/view.js";
import { lasted, reason, t } from "../core/words.js";
import { countElsewhere, elsewhere, goTo, leftMs, unknownLines } from "./elsewhere.js";
import { placeOf } from "./place-on-belt.js";
import { other, pool } from "./pool.js";

const SHOWN_MOST = 12;

export class QueueStrip extends View {
  static wants = ["pictures", "belt", "lines"];
  /** @type {import("./work.js").Work|null} */
  work = null;

  /** @param {AbortSignal} signal */
  connected(signal) {
    const timer = setInterval(() => this._times(), 250);
    signal.addEventListener("abort", () => clearInterval(timer));
  }

  draw() {
    const { work } = this;
    if (!work) return;
    const queue = pool().filter((one) => !one.verdict);
    const others = elsewhere();
    const unknown = unknownLines();
    const tiles = [
      ...queue.map((one) => ({ left: placeOf(one).leftMs, draw: () => this._waiting(one) })),
      ...others.map(({ line, one }) => ({ left: leftMs(one), draw: () => this._elsewhere(line, one) })),
    ].sort((a, b) => a.left - b.left);
    const count = queue.length + countElsewhere();
    const hidden = count - Math.min(tiles.length, SHOWN_MOST);
    this.render(
      h("section", { class: "last", "aria-label": t("officer.last_eight") },
        h("h2", null, t("officer.last_eight")),
        h("ol", null, work.ledger.entries.length ? work.ledger.entries.map((one) => this._entry(one)) : h("li", { class: "none" }, t("officer.none_yet")))),
      h("section", { class: "queue", "aria-label": t("officer.queue") },
        h("h2", null, t("officer.queue"), h("span", { class: "n value", "data-quality": quality() }, stream.state ? `${unknown.length ? "≥ " : ""}${count}` : "—")),
        h("ol", null, unknown.map((line) => this._unknown(line)), tiles.slice(0, SHOWN_MOST).map((one) => one.draw()),
          !tiles.length && !unknown.length && h("li", { class: "none" }, t(stream.state ? "officer.queue_empty" : "officer.queue_unknown")),
          hidden > 0 && h("li", { class: "none" }, `+${hidden}`))),
    );
    this._times();
  }

  /** @param {import("./ledger.js").Entry} one */
  _entry(one) {
    const state = one.state === "undone" ? "undone" : one.verdict ? one.state : "too_late";
    const where = one.lane ? t(`officer.lane_${one.lane}`) : "";
    const elsewhere = one.verdict === "clear" && state === "done" && one.lane !== "release";
    return h("li", { class: "tile", "data-state": state, "data-late": one.late || elsewhere || null, "data-key": `last-${one.image}` },
      h("span", { class: "no" }, one.last4),
      h("span", { class: "what" }, one.verdict ? t(`officer.short_${one.verdict}`) : t("officer.short_none")),
      h("span", { class: "how" }, t(`officer.state_${state}`), where && ` ${where}`, one.late && one.verdict && ` · ${t("officer.late")}`));
  }

  /** @param {import("./pool.js").Waiting} one */
  _waiting(one) {
    const work = /** @type {import("./work.js").Work} */ (this.work);
    const by = other(one);
    const state = one.track === work.mine ? "mine" : by ? "other" : "";
    const what = one.must.length ? reason(one.must[0]).what : t("officer.no_must");
    return h("li", { "data-key": `wait-${one.track}` }, h("button", {
      type: "button", tabindex: "-1", class: "tile", "data-state": state, "aria-current": one.track === work.shown ? "true" : null,
      onclick: (/** @type {MouseEvent} */ event) => event.detail && work.look(one.track),
    },
      h("span", { class: "no" }, one.last4),
      h("span", { class: "what", title: what }, what),
      h("span", { class: "how", "data-own": true, "data-track": one.track }),
      by && h("span", { class: "by" }, t("officer.looks_at_it", { who: by })),
      (one.calls ?? 0) > 0 && h("span", { class: "calls" }, t("officer.called", { n: one.calls ?? 0 }))));
  }

  /** @param {import("./elsewhere.js").Line} line @param {import("./elsewhere.js").Entry} one */
  _elsewhere(line, one) {
    const what = one.must.length ? reason(one.must[0]).what : t("officer.no_must");
    return h("li", { "data-key": `else-${line.name}-${one.track}` }, h("button", {
      type: "button", tabindex: "-1", class: "tile", "data-state": one.claimed_by ? "other" : "elsewhere", title: t("officer.take_there", { line: line.name }),
      onclick: (/** @type {MouseEvent} */ event) => event.detail && goTo(line, one.track),
    },
      h("span", { class: "no" }, h("span", { class: "line" }, line.name), one.last4),
      h("span", { class: "what" }, what),
      h("span", { class: "how", "data-own": true, "data-line": line.name, "data-there": one.track }),
      one.claimed_by && h("span", { class: "by" }, t("officer.looks_at_it", { who: one.claimed_name || one.claimed_by })),
      one.calls > 0 && h("span", { class: "calls" }, t("officer.called", { n: one.calls }))));
  }

  /** A line whose pool nobody knows: since when, and how many waited before. @param {import("./elsewhere.js").Line} line */
  _unknown(line) {
    const fault = t(`officer.fault_${line.fault}`);
    return h("li", { "data-key": `unknown-${line.name}` }, h("button", {
      type: "button", tabindex: "-1", class: "tile", "data-state": "unknown", title: fault,
      onclick: (/** @type {MouseEvent} */ event) => event.detail && goTo(line),
    },
      h("span", { class: "no" }, h("span", { class: "line" }, line.name), t("officer.not_known")),
      h("span", { class: "how", "data-own": true, "data-since": line.since_ms }),
      h("span", { class: "what" }, fault),
      line.before !== null && h("span", { class: "by" }, t("officer.waited_before", { n: line.before ?? 0 }))));
  }

  _times() {
    for (const el of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-since].how"))) {
      const text = t("officer.not_known_since", { for: lasted(stream.lineMs() - Number(el.dataset.since)) });
      if (el.textContent !== text) el.textContent = text;
    }
    const others = elsewhere();
    for (const el of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-there].how"))) {
      const found = others.find(({ line, one }) => line.name === el.dataset.line && one.track === el.dataset.there);
      if (!found) continue;
      const sure = stream.link === "live" && found.one.running !== null;
      const text = !sure ? "···" : found.one.running === false ? t("officer.stands") : `${Math.max(leftMs(found.one) / 1000, 0).toFixed(0)} s`;
      if (el.textContent !== text) el.textContent = text;
    }
    for (const el of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-track].how"))) {
      const one = pool().find((item) => item.track === el.dataset.track);
      if (!one) continue;
      const place = placeOf(one);
      const text = !place.sure ? "···" : place.running === false ? t("officer.stands") : `${Math.max(place.leftMs / 1000, 0).toFixed(0)} s`;
      if (el.textContent !== text) el.textContent = text;
    }
  }
}

customElements.define("queue-strip", QueueStrip);
