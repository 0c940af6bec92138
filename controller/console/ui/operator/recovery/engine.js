/**
 * Guided recovery: steps as data, drawn one at a time, each with a verb, a place on the strip and a live check.
 *
 * Promises: a step is over when the line itself says so (or, where no sensor can, when the person in front of it does); what the line
 * takes back is open again, and while what is shown is old no check of the line is met. Only outcomes that are valid now are offered. Nothing is restored: when tracking begins anew, what was
 * noted of cartons is forgotten. One person has a recovery in hand; whoever comes second sees who, and may take over; both are told.
 * The result is named, with how long it took.
 */
import { act } from "../../core/acts.js";
import { screenName } from "../../core/place.js";
import { proven } from "../../core/prove.js";
import { quality, valueOf } from "../../core/quality.js";
import { ask, session } from "../../core/session.js";
import { stream } from "../../core/stream.js";
import { h, View } from "../../core/view.js";
import { kept, lasted, said, t } from "../../core/words.js";
import { alarmsOf, plc } from "./facts.js";
import { placeOnStrip } from "./strip.js";

/** @typedef {{met: boolean|null, says: string}} Check `met` null: nobody can tell now */
/** @typedef {{track: string, code: string, outcome: string}} Handled */
/**
 * @typedef {object} Step
 * @property {string} key words `step.KEY` (a verb) and `step.KEY.how`
 * @property {string|((w: Recovery) => string)} [place] where on the strip
 * @property {(w: Recovery) => Check} check
 * @property {(w: Recovery) => any} [body] what to do it with
 * @property {boolean} [person] a person in front of it says so, no sensor: it is as good without a link
 * @property {boolean} [standing] counts as done once everything else is and the belt runs again
 */
/** @typedef {import("./facts.js").Kind} Kind */
/** @typedef {{kind: Kind, codes: string[], applies: () => boolean, steps: Step[]}} Recovers */

/** These begin with a tracking generation that is over: that is no news to them. */
const OF_THE_EPOCH = new Set(["e_stop", "guards"]);
const RENEW_MS = 10_000;
const SHOWN_BY_LINE_MS = 6000;

export class Recovery extends View {
  static wants = ["line", "belt", "alarms", "rework", "wizards", "holds", "counts", "devices", "plan", "start"];
  /** @type {Recovers} */
  plan = /** @type {any} */ (null);
  /** @type {Handled[]} */
  handled = [];
  /** What a person in front of it said is done. @type {Set<string>} */
  confirmed = new Set();
  /** A carton that waits for its outcome. @type {any} */
  chosen = null;
  /** @type {{stage: string, what: string, next: string, unmet?: any[]}|null} */
  answer = null;
  busy = false;
  /** @type {any} who else has it */
  other = null;
  /** @type {any} from whom it was taken */
  from = null;
  mine = false;
  #began = 0;
  #lastMs = 0;
  #epoch = 0;
  #reset = false;
  #result = 0;
  #timer = 0;

  /** @param {AbortSignal} signal */
  connected(signal) {
    this.#began = stream.lineMs();
    this.#epoch = plc().epoch;
    this.#timer = setInterval(() => this.mine && !this.#result && void this.#take(false), RENEW_MS);
    signal.addEventListener("abort", () => clearInterval(this.#timer));
    const tick = setInterval(() => this.#tick(), 1000);
    signal.addEventListener("abort", () => clearInterval(tick));
    stream.addEventListener("values", (event) => /** @type {CustomEvent} */ (event).detail.names.includes("wizards") && this.#seen(), { signal });
    const begin = () => session.account && !this.mine && !this.other && !this.#result && void this.#take(false, true);
    session.addEventListener("session", begin, { signal });
    begin();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    if (this.mine) void this.#leave();
  }

  // --- whose it is ---

  /** @param {boolean} over @param {boolean} [first] */
  async #take(over, first = false) {
    const body = { screen: screenName(), over, ...(first || over ? {} : { handled: this.handled }) };
    const { status, body: said } = await ask("POST", `/api/wizards/${this.plan.kind}`, body, session.csrf);
    if (!this.isConnected) return;
    if (status === 200) {
      this.mine = true;
      this.other = null;
      this.from = said.wizard.taken_from;
      if (first || over) this.handled = said.wizard.handled;
      this.#began = said.wizard.began_ms;
    } else if (status === 409) {
      this.mine = false;
      this.other = said.wizard;
    } else if (first) this.mine = status === 403 ? false : this.mine;
    this.redraw();
  }

  async #leave() {
    this.mine = false;
    await ask("DELETE", `/api/wizards/${this.plan.kind}?screen=${encodeURIComponent(screenName())}`, undefined, session.csrf);
  }

  /** The stream says who has it now. */
  #seen() {
    const held = (this.value("wizards")?.list ?? []).find((/** @type {any} */ one) => one.kind === this.plan.kind);
    const own = held && held.screen === screenName() && (held.account === session.account || (held.account === "customs" && session.customs));
    if (held && !own && !this.#result) {
      this.mine = false;
      this.other = held;
    } else if (own) {
      this.other = null;
      this.from = held.taken_from;
    } else if (!held && this.other) {
      this.other = null;
      void this.#take(false, true);
    }
  }

  // --- what steps use ---

  /** Whether the person here may act at all. */
  get acting() {
    return this.mine && !this.other && !this.busy && (stream.link === "live" || stream.link === "resync") && session.account !== "" && !session.locked;
  }

  /**
   * Whether a scan counts here: also before the service has said whose this recovery is, and between two answers of it, because a scan is
   * made once. What it leads to waits for `acting`.
   */
  get heeds() {
    return !this.other && session.account !== "" && !session.locked;
  }

  /** @param {string} key */
  confirm(key) {
    this.confirmed.add(key);
    this.redraw();
  }

  /** What became of a carton. @param {Handled} one */
  note(one) {
    this.handled = [...this.handled.filter((other) => !one.track || other.track !== one.track), one].slice(-40);
    this.chosen = null;
    void this.#take(false);
    this.redraw();
  }

  /** @param {string} track */
  isHandled(track) {
    return this.handled.some((one) => one.track === track);
  }

  /**
   * Ask for an act and say what came of it: pressed, accepted, and done only when the line shows it.
   * @param {string} name @param {Record<string, unknown>} [values] @param {{reason?: string, shows?: () => boolean}} [more] @returns {Promise<boolean>}
   */
  async ask(name, values = {}, more = {}) {
    if (this.busy) return false;
    this.busy = true;
    this.answer = { stage: "pressed", what: t("act.pressed"), next: "" };
    this.draw();
    const { status, body } = await proven(() => act(name, values, more.reason ? { reason: more.reason } : {}));
    this.busy = false;
    if (status === 200) this.answer = { stage: "accepted", what: t(more.shows ? "act.accepted" : "act.done"), next: "" };
    else this.answer = { stage: "refused", ...said(body), unmet: body.unmet };
    const told = this.answer;
    if (status === 200 && more.shows) this.#until(more.shows, told);
    this.redraw();
    return status === 200;
  }

  /** @param {() => boolean} shows @param {any} told */
  #until(shows, told) {
    const since = performance.now();
    const look = () => {
      if (this.answer !== told) return;
      const there = shows();
      if (!there && performance.now() - since < SHOWN_BY_LINE_MS) return void setTimeout(look, 200);
      this.answer = there ? { stage: "done", what: t("act.shown"), next: "" } : { stage: "refused", what: t("act.not_shown"), next: t("act.not_shown.next") };
      this.redraw();
    };
    look();
  }

  // --- steps ---

  /** @returns {{step: Step, check: Check, done: boolean}[]} */
  #judged() {
    const old = quality() === "live" ? null : { met: null, says: t("check.stale") };
    const found = this.plan.steps.map((step) => ({ step, check: (!step.person && old) || step.check(this) }));
    const resumed = plc().running && found.every(({ step, check }) => step.standing === true || check.met === true);
    return found.map(({ step, check }) => ({ step, check, done: check.met === true || (step.standing === true && resumed) }));
  }

  #epochChanged() {
    const epoch = plc().epoch;
    if (!plc().known || epoch === this.#epoch) return;
    if (this.#epoch && !OF_THE_EPOCH.has(this.plan.kind)) {
      this.#reset = true;
      this.handled = [];
      this.confirmed.clear();
      this.chosen = null;
      if (this.mine) void this.#take(false);
    }
    this.#epoch = epoch;
  }

  draw() {
    if (!this.plan || !stream.state) return this.render(h("p", { class: "hint" }, t("age.never")));
    this.#epochChanged();
    const judged = this.#judged();
    const at = judged.findIndex((one) => !one.done);
    if (at < 0 && !this.#result && this.#touched()) this.#finish();
    const now = at < 0 || (this.#result && quality() !== "live") ? null : judged[at];
    const alarm = alarmsOf(...this.plan.codes)[0];
    this.render(
      h("header", { class: "recovery-head" },
        h("h2", null, t(`recovery.${this.plan.kind}`)),
        h("span", { class: "where" }, kept(alarm?.where)),
        h("span", { class: "since", "data-own": true }),
        h("button", { type: "button", class: "quiet", onclick: () => this.#close() }, this.#result ? t("close") : t("recovery.later"))),
      this.#banners(),
      h("div", { class: "recovery-body" },
        h("ol", { class: "steps" }, judged.map(({ step, check, done }, index) => h("li", {
          "data-key": step.key, "data-met": done && (at < 0 || index < at) ? "yes" : check.met === null ? "unknown" : "no", "aria-current": index === at ? "step" : null,
        }, h("span", { class: "n", "aria-hidden": "true" }, done && (at < 0 || index < at) ? "✓" : index + 1), h("span", { class: "verb" }, t(`step.${step.key}`)), worth(h("span", { class: "says" }), step, check, true)))),
        h("section", { class: "step", "data-key": now ? now.step.key : "result", "aria-live": "polite" }, now ? this.#step(now.step, now.check) : this.#ended())),
    );
    this.#tick();
  }

  #tick() {
    const el = this.querySelector(".since");
    if (el) el.textContent = t("recovery.for", { time: lasted((this.#result || stream.lineMs()) - this.#began) });
  }

  /** Whether there was anything to do here. */
  #touched() {
    return this.plan.applies() || this.handled.length > 0 || this.confirmed.size > 0 || this.#lastMs > 0;
  }

  /** @param {Step} step @param {Check} check */
  #step(step, check) {
    if (quality() === "live") this.#lastMs = performance.now();
    const place = typeof step.place === "function" ? step.place(this) : (step.place ?? "");
    return [
      h("h3", null, t(`step.${step.key}`)),
      place && h("div", { class: "picture" }, placeOnStrip(place)),
      h("p", { class: "how" }, t(`step.${step.key}.how`)),
      h("p", { class: "check", "data-met": check.met === null ? "unknown" : check.met ? "yes" : "no", role: "status" }, h("span", { class: "dot", "aria-hidden": "true" }), worth(h("span"), step, check, false)),
      step.body && h("div", { class: "doing", "data-key": `doing-${step.key}` }, step.body(this)),
      this.#said(),
    ];
  }

  #said() {
    const one = this.answer;
    if (!one) return null;
    return h("div", { class: "answer", "data-stage": one.stage, role: "status" }, h("strong", null, one.what), h("span", null, one.next),
      one.unmet && h("ul", null, one.unmet.map((/** @type {any} */ condition) => h("li", null, said(condition).what, " → ", said(condition).next))));
  }

  #banners() {
    return [
      this.other && h("div", { class: "banner", role: "alert", "data-key": "other" },
        h("span", null, t("recovery.other", { name: this.other.name, screen: this.other.screen, time: lasted(stream.lineMs() - this.other.began_ms) })),
        h("button", { type: "button", class: "primary", onclick: () => void this.#take(true) }, t("recovery.take_over"))),
      this.from && !this.other && h("div", { class: "banner mild", role: "status", "data-key": "from" }, t("recovery.taken_from", { name: this.from.name, screen: this.from.screen })),
      this.#reset && h("div", { class: "banner", role: "alert", "data-key": "reset" }, t("recovery.epoch")),
      this.plan.kind !== "e_stop" && plc().known && !plc().is("eStopHealthy") && h("div", { class: "banner", role: "alert", "data-key": "estop" }, t("recovery.e_stop_first")),
    ];
  }

  #finish() {
    this.#result = stream.lineMs() || 1;
    if (this.mine) void this.#leave();
  }

  #ended() {
    if (!this.#result) return [h("h3", null, t("recovery.nothing")), h("p", { class: "how" }, t(`recovery.${this.plan.kind}.none`))];
    const count = (/** @type {string} */ outcome) => this.handled.filter((one) => one.outcome === outcome).length;
    const kinds = ["rerun", "inspect", "missing"].filter((one) => count(one));
    const happened = this.#happened;
    return [
      h("h3", { class: "result" }, t("recovery.done", { what: t(`recovery.${this.plan.kind}`), time: lasted(this.#result - this.#began) })),
      h("ul", { class: "result-list" }, kinds.map((one) => h("li", null, t(`outcome.${one}.done`, { n: count(one) })))),
      h("p", { class: "how" }, t(`recovery.${this.plan.kind}.after`)),
      h("div", { class: "row" },
        h("button", { type: "button", class: "primary", onclick: () => this.#close() }, t("close")),
        happened.length > 0 && h("button", { type: "button", class: "primary", "data-key": "acknowledge", disabled: this.busy, onclick: () => void this.#acknowledge(happened) }, t("recovery.acknowledge", { n: happened.length }))),
      this.#said(),
    ];
  }

  /** What happened once stays on the list until somebody says that it is seen. */
  get #happened() {
    return alarmsOf(...this.plan.codes).filter((one) => one.state === "unacked" || one.state === "returned");
  }

  /** Those of the button's number, as they stood there. @param {any[]} happened */
  async #acknowledge(happened) {
    for (const one of happened) if (!(await this.ask("alarm-acknowledge", { alarm: one.alarm, shown: one.shown }))) return;
  }

  #close() {
    this.dispatchEvent(new CustomEvent("recovered", { bubbles: true }));
  }
}
customElements.define("guided-recovery", Recovery);

/** What a check says, marked when it is old; what a person has seen does not grow old with the link. @param {HTMLElement} el @param {Step} step @param {Check} check @param {boolean} quiet */
function worth(el, step, check, quiet) {
  if (!step.person) return valueOf(el, check.says, { quiet });
  el.textContent = check.says;
  return el;
}
