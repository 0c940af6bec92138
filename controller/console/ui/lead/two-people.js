/**
 * An act of two people on a page: asking for it, and what waits to be signed by this person.
 *
 * Promises: nobody is offered the own proposal to sign; an answer says what came of it.
 */
import { act, sign, waiting } from "../core/acts.js";
import { proven } from "../core/prove.js";
import { session } from "../core/session.js";
import { stream } from "../core/stream.js";
import { said, sentences, t } from "../core/words.js";

const LOOK_MS = 3000;

export class TwoPeople {
  /** @param {string} name of the act @param {() => void} changed */
  constructor(name, changed) {
    this.name = name;
    this.changed = changed;
    /** @type {any[]} */
    this.waits = [];
    this.answer = "";
    this.failed = false;
    this.busy = false;
  }

  /** Look for what waits while the page stands. @param {AbortSignal} signal */
  follow(signal) {
    const timer = setInterval(() => void this.look(), LOOK_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
    for (const [from, told] of /** @type {const} */ ([[session, "session"], [stream, "snapshot"]])) {
      from.addEventListener(told, () => void this.look(), { signal }); // nothing is asked before the page knows who sits there and how the line is
    }
    void this.look();
  }

  async look() {
    if (!session.account || session.locked) return;
    const { status, body } = await waiting();
    if (status === 200) this.waits = (body.waiting ?? []).filter((/** @type {any} */ one) => one.act === this.name);
    this.changed();
  }

  get others() {
    return this.waits.filter((one) => one.first !== session.account);
  }

  get own() {
    return this.waits.find((one) => one.first === session.account);
  }

  /** @param {Record<string, unknown>} values @param {string} reason */
  ask(values, reason) {
    return this.#do(() => act(this.name, values, { reason }), "lead.proposed");
  }

  /** @param {string} proposal */
  sign(proposal) {
    return this.#do(() => sign(proposal), "lead.signed");
  }

  /** @param {() => Promise<import("../core/session.js").Answer>} asking @param {string} done */
  async #do(asking, done) {
    if (this.busy) return;
    this.busy = true;
    this.changed();
    const { status, body } = await proven(asking);
    this.busy = false;
    this.failed = status !== 200 && status !== 202;
    this.answer = this.failed ? sentences(said(body).what, said(body).next) : t(done);
    await this.look();
  }
}
