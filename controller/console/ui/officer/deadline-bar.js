/**
 * `<deadline-bar>`: the time that is left, drawn as what it is: the carton's way to its last call.
 *
 * One rule: it never looks surer than the data: with an old picture the carton stands where it was last known, hatched up to where it may be.
 * It asks for frames only while something waits and time is running out.
 */
import { stream } from "../core/stream.js";
import { h, View } from "../core/view.js";
import { lasted, t } from "../core/words.js";
import { placeOf, stretch } from "./place-on-belt.js";
import { pool, waiting } from "./pool.js";

const SOON_MS = 3000;
/** Until the next frame is asked for: some 20 a second. */
const REST_MS = 40;

export class DeadlineBar extends View {
  static wants = ["pictures", "plan", "belt"];
  /** @type {{mine: string, shown: string}|null} */
  work = null;

  #timer = 0;
  #frame = 0;

  /** @param {AbortSignal} signal */
  connected(signal) {
    signal.addEventListener("abort", () => this.#rest());
  }

  #rest() {
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
  }

  draw() {
    const plan = this.value("plan");
    const mine = this.work?.mine ?? "";
    const item = waiting(mine);
    const lastCall = item?.last_call_mm ?? plan?.deadline_mm;
    const reach = stretch(plan);
    const at = (/** @type {number} */ mm) => `${(100 * (mm - reach.from)) / (reach.to - reach.from)}%`;
    this.render(
      h("div", { class: "left-time", "data-own": true }, h("strong"), h("span")),
      h("div", { class: "belt-way", role: "img", "aria-label": t("officer.deadline") },
        plan && h("span", { class: "tunnel", "--x": at(reach.from), "--w": at(reach.xrayTo) }, t("officer.at_xray")),
        plan && h("span", { class: "beyond", "--x": at(lastCall) }),
        plan && h("span", { class: "sign last-call", "--x": at(lastCall) }, t("officer.last_call")),
        plan && h("span", { class: "sign divert", "--x": at(plan.divert_mm) }, t("officer.divert")),
        pool().filter((one) => !one.verdict || one.track === mine).map((one) => [
          h("span", { class: "reach", "data-key": `reach-${one.track}`, "data-track": one.track }),
          h("span", { class: one.track === mine ? "carton mine" : "carton", "data-key": `belt-${one.track}`, "data-track": one.track }, one.last4),
        ])),
    );
    this._move();
  }

  _move() {
    const reach = stretch(this.value("plan"));
    const span = reach.to - reach.from;
    for (const el of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll(".belt-way [data-track]"))) {
      const one = waiting(el.dataset.track ?? "");
      if (!one) continue;
      const place = placeOf(one);
      const front = Math.min(Math.max(place.mm, reach.from), reach.to);
      el.style.setProperty("--x", `${(100 * (front - reach.from)) / span}%`);
      el.style.setProperty("--w", `${(100 * place.lengthMm) / span}%`);
      el.style.setProperty("--reach", `${(100 * (Math.min(place.reachMm, reach.to) - front)) / span}%`);
      el.dataset.sure = String(place.sure);
    }
    this._time();
    this.#rest();
    if (this.#ages()) this.#timer = setTimeout(() => (this.#frame = requestAnimationFrame(() => this._move())), REST_MS);
  }

  /** Whether what it shows grows older by itself: a picture waits, and the belt moves, may move, or may have moved since. */
  #ages() {
    return this.isConnected && pool().length > 0 && (stream.link !== "live" || this.value("belt")?.running !== false);
  }

  _time() {
    const box = /** @type {HTMLElement|null} */ (this.querySelector(".left-time"));
    if (!box) return;
    const one = waiting(this.work?.mine ?? "");
    const place = one ? placeOf(one) : null;
    const [big, small] = one && place ? timeWords(place) : ["—", this.work?.mine ? "" : t("officer.nothing_waits")];
    const soon = place && place.running !== false && place.leftMs < SOON_MS;
    box.dataset.state = !place ? "none" : stream.link !== "live" ? "old" : place.leftMs <= 0 ? "over" : soon ? "soon" : "";
    write(box.querySelector("strong"), big);
    write(box.querySelector("span"), small);
  }
}

/** @param {ReturnType<typeof placeOf>} place */
function timeWords(place) {
  if (stream.link !== "live") return [`··· ${lasted(stream.ageMs())}`, t("officer.time_unknown")];
  const metres = t("officer.metres_left", { m: (Math.max(place.leftMm, 0) / 1000).toFixed(1) });
  if (place.running === false) return [t("officer.belt_stands"), metres];
  if (!Number.isFinite(place.leftMs)) return ["—", metres];
  if (place.leftMs <= 0) return [t("officer.time_over"), t("officer.time_over_means")];
  return [`${(place.leftMs / 1000).toFixed(1)} s`, metres];
}

/** @param {Element|null} el @param {string} text */
function write(el, text) {
  if (el && el.textContent !== text) el.textContent = text;
}

customElements.define("deadline-bar", DeadlineBar);
