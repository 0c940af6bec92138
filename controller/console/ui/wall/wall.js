/**
 * The wall board 看板: how the line and its people do, read from five metres.
 *
 * Promises: it has no controls and changes nothing; type grows with the screen (36 mm on a board 400 mm high); live values are marked as
 * everywhere when they are old, and figures of the last hour when their count is behind; what waits for officers and how long they
 * take is on customs' board alone, for it would tell the company that cartons are picked.
 */
import "../core/report.js";
import { belt } from "../core/belt-state.js";
import { followBuild } from "../core/new-build.js";
import { LINE, MODE } from "../core/place.js";
import { valueOf } from "../core/quality.js";
import { ask, session } from "../core/session.js";
import { stream } from "../core/stream.js";
import { h, View } from "../core/view.js";
import { lasted, speak, t } from "../core/words.js";
import wallWords from "../words/wall.js";
import { causeOf } from "./causes.js";

speak(wallWords);

const POLL_MS = 5000;
const BEHIND_MS = 60_000;

class WallBoard extends View {
  static wants = ["line", "belt", "counts", "alarms"];
  /** @type {any} */
  #board = null;
  #heardMs = 0;

  /** @param {AbortSignal} signal */
  connected(signal) {
    const timers = [setInterval(() => void this.#ask(), POLL_MS), setInterval(() => this.redraw(), 1000)];
    signal.addEventListener("abort", () => timers.forEach(clearInterval));
    session.addEventListener("session", () => void this.#ask(), { signal });
    void this.#ask();
  }

  async #ask() {
    if (!session.account || (session.locked && session.customs)) {
      this.#board = null;
      return;
    }
    const { status, body } = await ask("GET", "/api/board");
    if (status !== 200) return;
    this.#board = body;
    this.#heardMs = performance.now();
    this.redraw();
  }

  draw() {
    const counts = this.value("counts");
    const board = this.#board;
    const alarms = this.value("alarms");
    const totals = board?.totals;
    const target = board?.target_per_hour;
    this.render(
      this.#head(),
      h("dl", { class: "wall-cells" },
        this.#cell("per_hour", counts?.per_hour === undefined || counts?.per_hour === null ? null : target ? `${counts.per_hour}/${target}` : counts.per_hour,
          t(target ? "wall.target" : "wall.no_target", { n: target ?? "" })),
        session.customs
          ? this.#cell("waiting", counts?.waiting_pictures, t("wall.waiting.means"))
          : this.#cell("on_belt", this.value("belt")?.cartons.length, t("wall.on_belt.means")),
        session.customs ? this.#counted("decides", this.#decides(), board?.decisions ? t("wall.decides.means", { n: board.decisions.n }) : "")
          : this.#cell("loaded", counts?.loaded, t("wall.loaded.means")),
        ["release", "inspect", "anomaly"].map((kind) => this.#counted(kind, totals?.n ? `${Math.round((100 * totals[kind]) / totals.n)} %` : null, totals ? this.#share(kind, totals) : "")),
        this.#stops(),
        this.#cell("alarms", alarms?.rate_10_min, alarms?.flood ? h("strong", { class: "flood" }, t("wall.flood")) : t("wall.alarms.means")),
        this.#cell("holds", counts?.holds, counts?.emergency_released ? h("strong", { class: "flood" }, t("wall.emergency", { n: counts.emergency_released })) : t("wall.holds.means"))),
    );
  }

  /** Beside the releases of the last hour what left by hand and was entered in it: it is none of them. @param {string} kind @param {any} totals */
  #share(kind, totals) {
    const entered = kind === "release" && totals.emergency_released > 0;
    return entered ? [t("wall.cartons", { n: totals[kind] }), " ", h("strong", { class: "flood" }, t("wall.entered", { n: totals.emergency_released }))] : t("wall.share", { n: totals[kind] });
  }

  #head() {
    const gapMs = (this.#board?.gaps ?? []).reduce((/** @type {number} */ sum, /** @type {any} */ one) => sum + Date.parse(one.to) - Date.parse(one.from), 0);
    const now = new Date();
    const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
    return h("header", { class: "wall-head" },
      h("h1", null, LINE),
      MODE === "simulation" && h("strong", { class: "striped" }, t("mode.simulation")),
      valueOf(h("strong", { class: "state" }), stream.state ? t(`belt.${belt().word}`) : "", { quiet: true }),
      session.locked && session.customs && h("strong", { class: "flood" }, t("wall.locked")),
      h("span", { class: "note" }, this.#behind() ? t("wall.behind", { time: clock(this.#board.cut_off.utc) }) : gapMs > 1000 ? t("wall.gap", { time: lasted(gapMs) }) : ""),
      stream.link !== "live" && session.account ? h("strong", { class: "flood" }, stream.link === "lost" ? t("link.lost") : t("age", { s: Math.round(stream.ageMs() / 1000) })) : null,
      h("time", null, `${two(now.getHours())}:${two(now.getMinutes())}`));
  }

  /** Whether the figures of the last hour are of a while ago. */
  #behind() {
    if (!this.#board) return false;
    return performance.now() - this.#heardMs > 3 * POLL_MS || Date.parse(this.#board.to) - Date.parse(this.#board.cut_off.utc) > BEHIND_MS;
  }

  #decides() {
    const told = this.#board?.decisions;
    if (!told?.n) return null;
    const seconds = (/** @type {number} */ ms) => (ms < 9950 ? (ms / 1000).toFixed(1) : String(Math.round(ms / 1000)));
    return `${seconds(told.median_ms)}/${seconds(told.p95_ms)}`;
  }

  #stops() {
    const stops = this.#board?.stops;
    if (!stops) return this.#counted("stops", null, "");
    const ms = stops.reduce((/** @type {number} */ sum, /** @type {any} */ one) => sum + one.ms, 0);
    const times = stops.reduce((/** @type {number} */ sum, /** @type {any} */ one) => sum + one.times, 0);
    return this.#counted("stops", Math.round(ms / 60_000), stops.length && ms ? t("wall.stops.most", { times, cause: causeOf(stops[0].cause) }) : t("wall.stops.none"));
  }

  /** A live value. @param {string} name @param {unknown} value @param {any} caption */
  #cell(name, value, caption) {
    return this.#box(name, valueOf(h("dd"), value), value, caption);
  }

  /** A figure of the last hour. @param {string} name @param {unknown} value @param {any} caption */
  #counted(name, value, caption) {
    const dd = valueOf(h("dd"), value);
    if (value !== null && this.#behind()) {
      dd.setAttribute("data-quality", "stale");
      dd.setAttribute("data-age", `··· ${lasted(Date.now() - Date.parse(this.#board.cut_off.utc))}`);
    }
    return this.#box(name, dd, value, caption);
  }

  /** @param {string} name @param {HTMLElement} dd @param {unknown} value @param {any} caption */
  #box(name, dd, value, caption) {
    const digits = Math.max(3, String(value ?? "—").length);
    return h("div", { "data-key": `wall-${name}`, "--digits": digits }, h("dt", null, t(`wall.${name}`)), dd, h("dd", { class: "caption" }, caption));
  }
}
customElements.define("wall-board", WallBoard);

/** @param {string} utc */
function clock(utc) {
  return new Date(utc).toLocaleTimeString("zh-CN", { hour12: false });
}

document.body.prepend(h("main", { class: "wall" }, h("wall-board")));
document.title = t("wall.title");
followBuild(() => true);
await session.refresh();
const leave = () => !session.account && location.replace("/?to=wall");
leave();
session.addEventListener("session", leave);
