/**
 * A page that asks the service again and again while it stands.
 *
 * Promises: an answer that is late never takes the place of a newer one; one that fails says why and keeps the last, marked with its time.
 */
import { ask } from "../core/session.js";
import { h, View } from "../core/view.js";
import { said, sentences, speak, t } from "../core/words.js";
import integratorWords from "../words/integrator.js";

speak(integratorWords);

export class Asking extends View {
  /** How often; 0 = once. */
  static eachMs = 0;
  /** @type {any} */
  body = null;
  fault = "";
  heardMs = 0;
  #asked = 0;

  /** @param {AbortSignal} signal */
  connected(signal) {
    const each = /** @type {typeof Asking} */ (this.constructor).eachMs;
    if (each) {
      const timer = setInterval(() => void this.ask(), each);
      signal.addEventListener("abort", () => clearInterval(timer));
    }
    void this.ask();
  }

  /** The question, as an address. @returns {string} */
  address() {
    return "";
  }

  async ask() {
    const mine = ++this.#asked;
    const { status, body } = await ask("GET", this.address());
    if (mine !== this.#asked || !this.isConnected) return;
    if (status === 200) {
      this.body = body;
      this.heardMs = Date.now();
    }
    this.fault = status === 200 ? "" : sentences(said(body).what, said(body).next);
    this.redraw();
  }

  /** Title, fault, and when it was asked. @param {string} title */
  head(title) {
    return [
      h("h2", null, title),
      this.fault && h("p", { class: "fault", role: "alert" }, this.fault),
      this.body && h("p", { class: "hint", "data-key": "asked" }, t("integrator.asked", { time: new Date(this.heardMs).toLocaleTimeString("zh-CN", { hour12: false }) }))];
  }
}
