/**
 * One act at a time of one part of the page, and what became of it, in words.
 *
 * Promises: `ask` says pressed at once, then done or why not; what was refused stays until the next act. A refusal sounds as a mismatch.
 */
import { proven } from "../core/prove.js";
import { session } from "../core/session.js";
import { sound } from "../core/sound.js";
import { stream } from "../core/stream.js";
import { h } from "../core/view.js";
import { said, t } from "../core/words.js";

export class Doing {
  busy = false;
  /** @type {{stage: string, what: string, next: string}|null} */
  #answer = null;
  /** @type {() => void} */
  #redraw;

  /** @param {() => void} redraw */
  constructor(redraw) {
    this.#redraw = redraw;
  }

  get may() {
    const link = stream.link === "live" || stream.link === "resync";
    return link && !this.busy && session.account !== "" && !session.locked;
  }

  /** @param {() => Promise<import("../core/session.js").Answer>} asking @param {string} done in words @returns {Promise<boolean>} */
  async ask(asking, done) {
    if (this.busy) return false;
    this.busy = true;
    this.#answer = { stage: "pressed", what: t("bench.pressed"), next: "" };
    this.#redraw();
    const { status, body } = await proven(asking);
    this.busy = false;
    const right = status === 200 || status === 202;
    this.#answer = right ? { stage: "done", what: done, next: "" } : { stage: "refused", ...said(body) };
    if (!right) sound.scanned("mismatch");
    this.#redraw();
    return right;
  }

  /** @param {string} what @param {string} [next] @param {"refused"|"done"} [stage] */
  say(what, next = "", stage = "refused") {
    this.#answer = what ? { stage, what, next } : null;
    this.#redraw();
  }

  draw() {
    const one = this.#answer;
    return one && h("div", { class: "answer", role: "status", "data-stage": one.stage, "data-key": "answer" }, h("strong", null, one.what), h("span", null, one.next));
  }
}
