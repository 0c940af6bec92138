/**
 * `<hold-button label="启动" note="…" icon="start" disabled>`: fires `held` once, after it was held for 0.8 s.
 *
 * Promises: a touch, a slip of the finger, a click, a scanner's Enter or a key that repeats never fires it; letting go, leaving it or
 * losing the window takes it back; while it is held a ring fills. Pressed shows within the frame of the touch.
 */
import { h, morph } from "./view.js";
import { icon } from "./icons.js";

export const HOLD_MS = 800;
const ROUND = 2 * Math.PI * 15;

class HoldButton extends HTMLElement {
  static observedAttributes = ["label", "note", "icon", "disabled", "stage"];
  #timer = 0;
  #button = /** @type {HTMLButtonElement} */ (h("button", { type: "button", class: "hold" }));

  connectedCallback() {
    if (!this.#button.isConnected) {
      this.append(this.#button);
      const button = this.#button;
      button.addEventListener("pointerdown", (event) => event.button === 0 && this.#begin());
      for (const name of ["pointerup", "pointerleave", "pointercancel", "blur"]) button.addEventListener(name, () => this.#end());
      button.addEventListener("contextmenu", (event) => event.preventDefault());
      button.addEventListener("keydown", (event) => event.code === "Space" && !event.repeat && (event.preventDefault(), this.#begin()));
      button.addEventListener("keyup", (event) => event.code === "Space" && (event.preventDefault(), this.#end()));
    }
    this.#draw();
  }

  disconnectedCallback() {
    this.#end();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#draw();
  }

  #draw() {
    const off = this.hasAttribute("disabled");
    if (off) this.#end();
    this.#button.disabled = off;
    this.#button.dataset.stage = this.getAttribute("stage") ?? "";
    morph(
      this.#button,
      h("svg", { viewBox: "0 0 34 34", class: "ring", "aria-hidden": "true" },
        h("circle", { cx: 17, cy: 17, r: 15, class: "ring-way" }),
        h("circle", { cx: 17, cy: 17, r: 15, class: "ring-done", "stroke-dasharray": ROUND }),
        h("g", { transform: "translate(9 9)" }, icon(this.getAttribute("icon") ?? ""))),
      h("span", { class: "words" },
        h("span", { class: "label" }, this.getAttribute("label")),
        h("span", { class: "note" }, this.getAttribute("note"))),
    );
  }

  #begin() {
    if (this.#button.disabled || this.#timer) return;
    this.#button.classList.add("holding");
    this.#timer = setTimeout(() => {
      this.#end();
      if (!this.#button.disabled) this.dispatchEvent(new CustomEvent("held", { bubbles: true }));
    }, HOLD_MS);
  }

  #end() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#button.classList.remove("holding");
  }
}
customElements.define("hold-button", HoldButton);
