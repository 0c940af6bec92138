/**
 * `<manual-code>` 人工录码: the number of a carton that no reader gave, entered by hand, and the carton put on the induct again.
 *
 * Promises: it releases nothing: the carton is scanned, weighed and imaged again. A wrong check digit is said at once and goes nowhere;
 * a number typed by hand is entered twice. A number is for the carton that was chosen when it was entered: when that one leaves the list
 * meanwhile, the number goes with it, and the page says so. Says whether a list has the number, before it is sent. The picture of the label is
 * customs' alone; whoever may not see it is told so.
 */
import { act } from "../core/acts.js";
import { proven } from "../core/prove.js";
import { quality } from "../core/quality.js";
import { ask, session } from "../core/session.js";
import { sound } from "../core/sound.js";
import { stream } from "../core/stream.js";
import { h, View } from "../core/view.js";
import { last4, lasted, said, speak, t } from "../core/words.js";
import recoveryWords from "../words/recovery.js";
import "./recovery/carton-code.js";
import { inWords, laneName, nameless, ofOldEpoch } from "./recovery/facts.js";

speak(recoveryWords);

const ROWS = 6;

class ManualCode extends View {
  static wants = ["rework", "wizards"];
  /** The recovery that it is part of. @type {any} */
  recovery = null;
  #track = "";
  /** `track`: the carton it was entered for, empty when none waited. @type {{code: string, check: string, known: boolean|null, track: string}|null} */
  #entered = null;
  /** @type {{stage: string, what: string, next: string}|null} */
  #answer = null;
  #busy = false;

  get #rows() {
    return this.hasAttribute("old-epoch") ? ofOldEpoch() : nameless().filter((one) => !one.asked);
  }

  get #acting() {
    const link = stream.link === "live" || stream.link === "resync";
    return this.recovery ? this.recovery.acting && !this.#busy : link && !this.#busy && session.account !== "" && !session.locked;
  }

  draw() {
    const rows = this.#rows;
    this.#choose(rows);
    const row = this.#rowFor(rows);
    const inside = this.hasAttribute("inside");
    this.render(
      !inside && h("h2", null, t("manual.title")),
      h("div", { class: "manual" },
        h("div", { class: "which worth", "data-quality": quality(), role: "radiogroup", "aria-label": t("manual.which") },
          rows.slice(0, ROWS).map((one) => h("button", {
            type: "button", "data-key": one.track, role: "radio", "aria-checked": String(one.track === this.#track), class: "waiting-row",
            onclick: () => {
              this.#track = one.track;
              this.#drop();
              this.#answer = null;
              this.redraw();
            },
          }, h("strong", null, one.last4 ? `…${one.last4}` : t("carton.track", { track: one.track.split(":").at(-1) ?? "" })),
          h("span", null, `${one.lane ? laneName(one.lane) : ""} ${inWords(one.codes.slice(0, 1))}`),
          h("span", { class: "ago" }, t("manual.ago", { time: lasted(stream.lineMs() - one.ended_ms) })))),
          rows.length > ROWS && h("p", { class: "hint" }, t("manual.more", { n: rows.length - ROWS })),
          !rows.length && h("p", { class: "hint" }, t("manual.none"))),
        h("div", { class: "entry" },
          !inside && h("p", { class: "hint" }, t(session.customs ? "manual.photo.customs" : "manual.photo.company")),
          this.#entered ? this.#ready(row) : h("carton-code", { keys: !inside, "data-key": "code", oncode: (/** @type {CustomEvent} */ event) => void this.#take(event.detail) }),
          this.#answer && h("div", { class: "answer", role: "status", "data-stage": this.#answer.stage }, h("strong", null, this.#answer.what), h("span", null, this.#answer.next)))));
  }

  /** The next in the list is chosen when the one before has left it; what was entered for that one is never meant for the next. @param {import("./recovery/facts.js").Waiting[]} rows */
  #choose(rows) {
    if (this.#busy || rows.some((one) => one.track === this.#track)) return;
    const code = this.#entered?.code;
    const begun = Boolean(code) || /** @type {any} */ (this.querySelector("carton-code"))?.begun;
    if (begun && !this.#track) return; // entered for none of them
    if (begun && !rows.some((one) => one.carton === code)) {
      this.#drop();
      this.#answer = { stage: "refused", what: t("manual.row_gone"), next: t("manual.row_gone.next") };
    }
    this.#track = rows[0]?.track ?? "";
  }

  #drop() {
    this.#entered = null;
    /** @type {any} */ (this.querySelector("carton-code"))?.clear();
  }

  /** The number says which one it is; one that has another number is never taken for it. @param {import("./recovery/facts.js").Waiting[]} rows */
  #rowFor(rows) {
    const entered = this.#entered;
    const chosen = rows.find((one) => one.track === (entered ? entered.track : this.#track));
    return entered ? (rows.find((one) => one.carton === entered.code) ?? (chosen?.carton ? undefined : chosen)) : chosen;
  }

  /** @param {any} row */
  #ready(row) {
    const one = /** @type {{code: string, check: string, known: boolean|null, track: string}} */ (this.#entered);
    return h("div", { class: "outcomes", "data-key": "ready" },
      h("p", { class: "chosen" }, h("strong", null, one.code), " ", t(`code.check.${one.check}`)),
      h("p", { class: "hint", role: "status" }, one.known === null ? t("manual.looking") : t(one.known ? "manual.known" : "manual.unknown")),
      h("div", { class: "row" },
        h("button", { type: "button", class: "primary", "data-key": "send", disabled: !this.#acting, onclick: () => void this.#send(row) }, t("manual.send")),
        h("button", { type: "button", "data-key": "again", onclick: () => {
          this.#entered = null;
          this.redraw();
        } }, t("manual.again"))));
  }

  /** @param {{code: string, check: string}} found */
  async #take(found) {
    const entered = { code: found.code, check: found.check, known: /** @type {boolean|null} */ (null), track: this.#track };
    this.#entered = entered;
    this.#answer = null;
    this.redraw();
    const { status } = await ask("GET", `/api/cartons/${encodeURIComponent(found.code)}`);
    entered.known = status === 200 ? true : status === 404 ? false : null;
    if (entered.known !== null) sound.scanned(entered.known ? "ok" : "unknown");
    this.redraw();
  }

  /** @param {any} row */
  async #send(row) {
    const one = this.#entered;
    if (!one || this.#busy) return;
    this.#busy = true;
    this.#answer = { stage: "pressed", what: t("act.pressed"), next: "" };
    this.draw();
    const values = { code: one.code, lane: row?.lane || "belt", ...(row ? { track: row.track } : {}) };
    const { status, body } = await proven(() => act("rerun", values));
    this.#busy = false;
    if (status === 200) {
      this.#answer = { stage: "done", what: t("manual.done", { code: last4(one.code) }), next: t("manual.done.next") };
      this.#entered = null;
      this.recovery?.note({ track: row?.track ?? "", code: one.code, outcome: "rerun" });
    } else this.#answer = { stage: "refused", ...said(body) };
    this.redraw();
  }
}
customElements.define("manual-code", ManualCode);
