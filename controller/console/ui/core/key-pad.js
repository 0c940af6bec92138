/**
 * `<key-pad kind="digits|letters">`: keys on the page, because a kiosk has no keyboard of its own.
 *
 * Promises: a key types into the field that was touched last (`padFor(field)`), as if typed by hand (fires `input`); focus stays in the
 * field; the key that is done fires `done`. Letters are capitals, digits stand with them.
 */
import { h, View } from "./view.js";
import { t } from "./words.js";

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "back", "0", "done"];
const LETTERS = [..."1234567890", ..."QWERTYUIOP", ..."ASDFGHJKL-", ..."ZXCVBNM", "back", "done"];

class KeyPad extends View {
  static observedAttributes = ["kind"];
  /** @type {HTMLInputElement|null} */
  field = null;

  attributeChangedCallback() {
    if (this.isConnected) this.draw();
  }

  /** Type into this field from now on. @param {HTMLInputElement|null} field */
  padFor(field) {
    this.field = field;
  }

  /** @param {string} key */
  #type(key) {
    if (key === "done") {
      this.dispatchEvent(new CustomEvent("done", { bubbles: true }));
      return;
    }
    const field = this.field;
    if (!field) return;
    field.focus();
    field.value = key === "back" ? field.value.slice(0, -1) : field.maxLength < 0 || field.value.length < field.maxLength ? field.value + key : field.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  draw() {
    const letters = this.getAttribute("kind") === "letters";
    this.render(h("div", { class: letters ? "keys letters" : "keys digits", role: "group", "aria-label": t("pad") },
      ...(letters ? LETTERS : DIGITS).map((key) => h("button", {
        type: "button", class: key.length > 1 ? "key wide" : "key", "data-key": `key-${key}`, "data-does": key,
        onpointerdown: (/** @type {Event} */ event) => event.preventDefault(),
        onclick: () => this.#type(key),
      }, key === "back" ? t("pad.back") : key === "done" ? t("pad.done") : key))));
  }
}
customElements.define("key-pad", KeyPad);
