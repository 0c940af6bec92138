/**
 * `<why-stopped>`: one sentence that says why the line stands or may not release, and one that says what to do now.
 *
 * Promises: the most serious cause comes first (link, emergency stop, safety reset, local start, PLC, everything else in the order of the
 * service), the others below it; after an emergency stop it names the button at the machine and offers no start. `causes()` is the list
 * that the controls use, too. Where a guided recovery leads on from here, it is one touch away.
 */
import { belt } from "../core/belt-state.js";
import { quality } from "../core/quality.js";
import { stream } from "../core/stream.js";
import { h, View } from "../core/view.js";
import { language, lasted, reason, sentences, t } from "../core/words.js";
import { offered, recoveryFor } from "./recovery/facts.js";

/** @typedef {{code: string, what: string, next: string}} Cause */

const SHOWN = 2;
/** What must be done at the machine itself. */
export const AT_THE_MACHINE = new Set(["emergency_stop", "guards_open", "safety_reset_needed", "local_start_needed", "local_mode"]);

/** Everything that stands against a running, releasing line; most serious first. @returns {Cause[]} */
export function causes() {
  const line = stream.state?.values.line;
  if (!line) return [];
  const { word, local, localStart, safetyReset, guardsOpen } = belt();
  const own = [
    word === "estop" && "emergency_stop", guardsOpen && "guards_open", safetyReset && "safety_reset_needed", localStart && word !== "running" && "local_start_needed",
    word === "jam" && "jam", local && "local_mode",
  ].filter(Boolean).map((code) => ({ code: String(code), ...reason(String(code)) }));
  const told = line.blockers.map((/** @type {any} */ one) => ({
    code: one.code,
    what: language() === "en" ? one.cause : one.zh.cause,
    next: language() === "en" ? one.next_step : one.zh.next_step,
  }));
  if (line.infeed?.paused) told.push({ code: "infeed_paused", what: t("why.infeed.what"), next: t("why.infeed.next") });
  const seen = new Set();
  return [...own, ...told].filter((one) => !seen.has(one.code) && seen.add(one.code));
}

class WhyStopped extends View {
  static wants = ["line", "belt", "devices", "alarms", "rework", "counts"];
  /** What an outage brought, said in the language of the moment. @type {(() => string)[]} */
  #missed = [];

  /** @param {AbortSignal} signal */
  connected(signal) {
    stream.addEventListener("snapshot", (event) => this.#back(/** @type {CustomEvent} */ (event).detail.missed), { signal });
  }

  /** After an outage: what is different now. @param {import("../core/stream.js").State|null} missed */
  #back(missed) {
    const now = stream.state;
    if (!missed || !now) return;
    const before = missed.values;
    const after = now.values;
    /** @type {(() => string)[]} */
    const found = [];
    if (missed.boot_id !== now.boot_id) found.push(() => t("missed.restarted"));
    if (before.belt?.running !== after.belt?.running) found.push(() => t(after.belt?.running ? "missed.runs" : "missed.stands"));
    for (const lane of ["release", "inspect", "anomaly"]) {
      const more = (after.counts?.lanes[lane] ?? 0) - (before.counts?.lanes[lane] ?? 0);
      if (more > 0) found.push(() => t("missed.lane", { lane: t(`lane.${lane}`), n: more }));
    }
    const ms = now.line_ms - missed.line_ms;
    this.#missed = [() => t("missed", { time: lasted(ms) }), ...(found.length ? found : [() => t("missed.nothing")])];
    this.redraw();
  }

  draw() {
    const found = causes();
    const { word } = belt();
    const worth = quality();
    const [first, ...others] = found;
    const runs = word === "running" || word === "purge" || word === "starting";
    const kind = !stream.state ? "none" : first ? (runs ? "warns" : "stands") : runs || word === "idle" ? "calm" : "ready";
    const head = kind === "none" ? "why.waiting" : kind === "calm" ? "why.runs" : kind === "ready" ? "why.ready" : runs ? "why.warns" : "why.stands";
    this.render(h("section", { class: `why ${kind}`, "data-quality": worth, role: "status" },
      h("p", { class: "head" }, t(head), others.length ? h("span", { class: "others" }, t("why.others"), " ", others.slice(0, SHOWN).map((one) => one.what).join(" · "),
        others.length > SHOWN && ` · ${t("why.more", { n: others.length - SHOWN })}`) : null),
      kind === "none" ? null : h("p", { class: "what" }, first ? first.what : t(kind === "calm" ? (word === "idle" ? "why.idle.what" : "why.runs.what") : "why.ready.what")),
      kind === "none" || kind === "calm" ? null : h("p", { class: "next" }, h("b", null, t("why.next")), " ", first ? this.#next(first) : t("why.ready.next")),
      kind === "none" ? null : this.#recover(first),
      this.#missed.length ? h("div", { class: "missed" }, h("ul", null, this.#missed.map((one) => h("li", null, one()))),
        h("button", { type: "button", onclick: () => { this.#missed = []; this.redraw(); } }, t("missed.seen"))) : null));
  }

  /** The recovery of the first cause, else the most urgent that the line asks for. @param {Cause|undefined} first */
  #recover(first) {
    const kind = (first && recoveryFor(first.code)) || offered()[0]?.kind;
    if (!kind) return null;
    return h("button", { type: "button", class: "primary recover", "data-key": "recover", onclick: () => this.dispatchEvent(new CustomEvent("recover", { bubbles: true, detail: { kind } })) },
      h("span", null, t("nav.recovery")), h("strong", null, t(`recovery.${kind}`)));
  }

  /** @param {Cause} cause */
  #next(cause) {
    return cause.code === "emergency_stop" ? sentences(cause.next, t("why.estop.then")) : cause.next;
  }
}
customElements.define("why-stopped", WhyStopped);
