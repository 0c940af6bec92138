/**
 * `<line-strip>`: the line to scale, as its configuration draws it, with every carton where it is.
 *
 * Promises: a carton stands where the service says it was, moved by the belt's speed since; it stands still when the belt does, and when
 * the link is not live (hatched then). One whose place nobody knows stands in the list 位置不明, never somewhere on the belt. One that may
 * not be the thing it is taken for is marked `?`. Devices are shown only where one is away. Nothing here can be pressed. It asks for
 * frames only while a carton moves.
 */
import { priorityMark } from "../core/icons.js";
import { standing } from "../core/line-header.js";
import { quality, valueOf } from "../core/quality.js";
import { stream } from "../core/stream.js";
import { h, View } from "../core/view.js";
import { knows, reason, t } from "../core/words.js";

/** @typedef {{track: string, carton: string, last4: string, front_mm: number|null, at_ms: number|null, length_mm: number|null, ordered: string, codes: string[], station: string, doubtful: boolean}} Carton */

/** Until the next frame is asked for: some 30 a second. */
const REST_MS = 20;
const SETTLE_MS = 160;
const GLIDED_MM = 1;
const JUMP_MM = 900;
const USUAL_MM = 400;
const AWAY_SHOWN = 4;
const LANE_ORDER = ["anomaly", "release", "inspect"];

class LineStrip extends View {
  static wants = ["plan", "belt", "counts", "devices", "alarms"];
  #frame = 0;
  #timer = 0;
  /** What a tile is off from where it should be, and since when: it glides there. @type {Map<string, {off: number, atMs: number}>} */
  #off = new Map();
  /** @type {Map<string, number>} */
  #shown = new Map();

  /** @param {AbortSignal} signal */
  connected(signal) {
    const seen = new ResizeObserver(() => this.#move());
    seen.observe(this);
    signal.addEventListener("abort", () => {
      seen.disconnect();
      this.#rest();
    });
  }

  #rest() {
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
  }

  draw() {
    const plan = this.value("plan");
    if (!plan) return this.render(h("p", { class: "waiting" }, valueOf(h("span"), "")));
    const cartons = /** @type {Carton[]} */ (this.value("belt")?.cartons ?? []);
    const placed = cartons.filter((one) => one.front_mm !== null);
    const nowhere = cartons.filter((one) => one.front_mm === null);
    this.#renew(placed);
    this.render(
      h("div", { class: "track", "data-quality": quality(), role: "group", "aria-label": t("strip.on_belt", { n: cartons.length }) },
        h("div", { class: "stations" }, plan.stations.map((/** @type {any} */ one) => this.#station(one, plan))),
        h("div", { class: "belt", "data-running": String(this.value("belt")?.running ?? "unknown") },
          plan.stations.filter((/** @type {any} */ one) => one.to_mm > one.from_mm).map((/** @type {any} */ one) => h("div", { class: "zone", "--at": one.from_mm / plan.length_mm, "--wide": (one.to_mm - one.from_mm) / plan.length_mm })),
          plan.stations.filter((/** @type {any} */ one) => one.to_mm === one.from_mm).map((/** @type {any} */ one) => h("div", { class: one.kind === "divert" ? "eye divert" : "eye", "--at": one.from_mm / plan.length_mm })),
          h("div", { class: "eye last-call", "--at": plan.deadline_mm / plan.length_mm }),
          placed.map((one) => this.#tile(one, plan))),
        h("div", { class: "below" },
          h("span", { class: "call-name", "--at": plan.deadline_mm / plan.length_mm }, t("strip.last_call")),
          h("span", { class: "speed" }, t("strip.speed"), " ", valueOf(h("b"), this.#speed(), { quiet: true })),
          h("span", { class: "nowhere" }, nowhere.length ? [t("strip.nowhere"), " ", nowhere.map((one) => h("b", { class: "tag" }, one.last4 || "????"))] : null))),
      h("ol", { class: "lanes" }, this.#lanes(plan)),
      this.#away(),
    );
    this.#move();
  }

  #speed() {
    const belt = this.value("belt");
    if (!belt || belt.running === null) return "";
    return belt.running ? `${(belt.speed_mm_s / 1000).toFixed(2)} m/s` : t("belt.stopped");
  }

  /** @param {any} one @param {any} plan */
  #station(one, plan) {
    const middle = (one.from_mm + one.to_mm) / 2 / plan.length_mm;
    const down = this.#down().some((device) => plan.devices.find((/** @type {any} */ known) => known.name === device.name)?.station === one.name);
    const alarm = standing().find((known) => known.where?.station === one.name);
    return h("span", { class: down ? "station down" : "station", "--at": middle, "data-edge": one.from_mm === 0 ? "first" : null },
      alarm && priorityMark(alarm.priority), t(`station.${one.kind}`));
  }

  /** @param {Carton} one @param {any} plan */
  #tile(one, plan) {
    const lane = plan.lanes.find((/** @type {any} */ known) => known.name === one.ordered)?.kind ?? "";
    const glyph = one.doubtful ? "?" : lane ? t(`lane.${lane}.glyph`) : t("lane.open.glyph");
    const why = one.codes.map((code) => reason(code).what).join(", ");
    return h("div", {
      class: `tile ${lane || "open"}${one.doubtful ? " doubtful" : ""}`, "data-key": one.track, "data-track": one.track,
      "--wide": (one.length_mm ?? USUAL_MM) / plan.length_mm, title: why || null,
    }, h("span", { class: "last4" }, one.last4 || "????"), h("span", { class: "glyph" }, glyph));
  }

  /** @param {any} plan */
  #lanes(plan) {
    const told = this.value("counts")?.lanes_full ?? null;
    const full = new Set(told ?? []);
    const known = told !== null && this.value("line")?.plc?.synced;
    return [...plan.lanes].sort((a, b) => LANE_ORDER.indexOf(a.kind) - LANE_ORDER.indexOf(b.kind)).map((lane) => h("li", { class: `lane ${lane.kind}`, "data-full": known ? String(full.has(lane.name)) : "unknown" },
      h("span", { class: "glyph" }, t(`lane.${lane.kind}.glyph`)),
      h("span", { class: "name" }, t(`lane.${lane.kind}`)),
      valueOf(h("span", { class: "fill" }), known ? t(full.has(lane.name) ? "lane.full" : "lane.free") : "", { quiet: true })));
  }

  #down() {
    return /** @type {any[]} */ ((this.value("devices")?.list ?? []).filter((/** @type {any} */ one) => one.up === false));
  }

  /** Devices that are away, by name: only these. */
  #away() {
    const down = this.#down();
    if (!down.length) return null;
    return h("p", { class: "away" }, h("b", null, t("device.away")), " ", down.slice(0, AWAY_SHOWN).map((one) => h("span", null,
      knows(`device.${one.kind}`) ? t(`device.${one.kind}`) : one.kind, one.name === one.kind ? "" : ` ${one.name}`)), down.length > AWAY_SHOWN && h("span", null, t("why.more", { n: down.length - AWAY_SHOWN })));
  }

  /** A place told anew is glided to. @param {Carton[]} placed */
  #renew(placed) {
    const now = performance.now();
    for (const one of placed) {
      const shown = this.#shown.get(one.track);
      const off = shown === undefined ? 0 : shown - this.#place(one);
      this.#off.set(one.track, { off: Math.abs(off) < JUMP_MM ? off : 0, atMs: now });
    }
    const there = new Set(placed.map((one) => one.track));
    for (const track of this.#shown.keys()) if (!there.has(track)) this.#shown.delete(track), this.#off.delete(track);
  }

  /** Where its front is now. @param {Carton} one */
  #place(one) {
    const belt = this.value("belt");
    const plan = this.value("plan");
    const gone = belt.running ? (belt.speed_mm_s * Math.max(0, stream.lineMs() - (one.at_ms ?? 0))) / 1000 : 0;
    return Math.min((one.front_mm ?? 0) + gone, plan.length_mm);
  }

  /** Every carton to its place, and again a frame later as long as one of them moves. */
  #move() {
    this.#rest();
    const plan = this.value("plan");
    const belt = this.querySelector(".belt");
    if (!plan || !(belt instanceof HTMLElement)) return;
    const now = performance.now();
    const cartons = new Map(/** @type {Carton[]} */ (this.value("belt")?.cartons ?? []).map((one) => [one.track, one]));
    const width = belt.clientWidth;
    let moves = false;
    for (const tile of belt.children) {
      if (!(tile instanceof HTMLElement) || !tile.dataset.track) continue;
      const carton = cartons.get(tile.dataset.track);
      if (!carton) continue;
      const off = this.#off.get(carton.track);
      const glide = off ? off.off * Math.exp(-(now - off.atMs) / SETTLE_MS) : 0;
      const place = this.#place(carton) + glide;
      moves ||= Math.abs(glide) > GLIDED_MM || (this.value("belt").running && stream.link === "live" && place < plan.length_mm);
      this.#shown.set(carton.track, place);
      tile.style.transform = `translateX(${((place / plan.length_mm) * width).toFixed(1)}px) translateX(-100%)`;
    }
    if (moves) this.#timer = setTimeout(() => (this.#frame = requestAnimationFrame(() => this.#move())), REST_MS);
  }
}
customElements.define("line-strip", LineStrip);
