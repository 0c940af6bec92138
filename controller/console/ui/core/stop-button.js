/**
 * `<stop-button>`: 停止. A normal stop, never called an emergency stop.
 *
 * Promises: it acts at the touch (a stop is cheap to take back, a late one is not), for anybody, signed in or not, whatever the link
 * says; it is never disabled and never asks. It shows three stages: pressed, accepted, carried out (the belt reports that it stands);
 * after 2 s without an answer it says that the stop is not confirmed and names the hardware. The key Pause does the same, everywhere.
 */
import { stop } from "./acts.js";
import { icon } from "./icons.js";
import { stream } from "./stream.js";
import { h, morph, View } from "./view.js";
import { t } from "./words.js";
import { belt } from "./belt-state.js";

const UNCONFIRMED_MS = 2000;
const SHOWN_MS = 6000;

class StopButton extends View {
  static wants = ["line", "belt"];
  /** @type {""|"pressed"|"accepted"|"done"|"unconfirmed"} */
  #stage = "";
  #press = 0;
  #button = /** @type {HTMLButtonElement} */ (h("button", { type: "button", class: "stop" }));

  /** @param {AbortSignal} signal */
  connected(signal) {
    this.append(this.#button);
    this.#button.addEventListener("pointerdown", (event) => event.button === 0 && this.press(), { signal });
    this.#button.addEventListener("keydown", (event) => event.code === "Space" && !event.repeat && this.press(), { signal });
    addEventListener("keydown", (event) => event.code === "Pause" && !event.repeat && this.press(), { signal, capture: true });
  }

  press() {
    const mine = ++this.#press;
    const asked = stop(); // it leaves before anything is drawn: whatever goes wrong with drawing, the stop is out
    this.#to("pressed");
    setTimeout(() => this.#press === mine && this.#stage === "pressed" && this.#to("unconfirmed"), UNCONFIRMED_MS);
    void asked.then(({ status }) => {
      if (this.#press !== mine) return;
      this.#to(status === 200 ? "accepted" : "unconfirmed");
      setTimeout(() => {
        if (this.#press === mine && this.#stage === "accepted") this.#to("unconfirmed");
      }, UNCONFIRMED_MS);
    });
  }

  /** @param {""|"pressed"|"accepted"|"done"|"unconfirmed"} stage */
  #to(stage) {
    this.#stage = stage;
    const mine = this.#press;
    if (stage === "done") setTimeout(() => this.#press === mine && this.#stage === "done" && this.#to(""), SHOWN_MS);
    this.draw();
  }

  draw() {
    if ((this.#stage === "accepted" || this.#stage === "unconfirmed") && stream.link === "live" && belt().stands) return this.#to("done");
    const note = this.#stage ? t(`stop.${this.#stage}`) : stream.link === "lost" ? t("stop.lost") : t("stop.note");
    this.#button.dataset.stage = this.#stage || (stream.link === "lost" ? "doubtful" : "");
    morph(this.#button, h("svg", { viewBox: "0 0 16 16", class: "glyph", "aria-hidden": "true" }, icon("stop")),
      h("span", { class: "words" }, h("span", { class: "label" }, t("stop")), h("span", { class: "note", role: "status" }, note)));
  }
}
customElements.define("stop-button", StopButton);
