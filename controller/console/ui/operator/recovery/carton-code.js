/**
 * `<carton-code>`: the number of a carton, by scanner or by the keys on the page.
 *
 * Promises: the check digit is tested while it is typed and said in words; a scan (keys that follow each other faster than a hand, ended by Enter) counts at
 * once; a number typed by hand counts only when it was entered twice the same. Fires `code` with {code, check, how: "scan"|"typed"}
 * and `unreadable` when a person says that it can not be read. What a scanner types reaches nothing but the field.
 */
import { sound } from "../../core/sound.js";
import { h, View } from "../../core/view.js";
import { t } from "../../core/words.js";
import "../../core/key-pad.js";
import { classify, normalise } from "./identifiers.js";

const SCAN_GAP_MS = 55;
const LEAST = 8;

class CartonCode extends View {
  #first = "";
  #fault = "";
  #keys = false;
  #gaps = /** @type {number[]} */ ([]);
  #lastMs = 0;

  /** @param {AbortSignal} signal */
  connected(signal) {
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.addEventListener("done", (event) => {
      event.stopPropagation();
      this.#entered(false);
    }, { signal });
    if (this.hasAttribute("keys")) this.#keys = true;
    requestAnimationFrame(() => this.#listen());
  }

  /** A scan goes into the field without a touch, unless something else has the focus. */
  #listen() {
    const at = document.activeElement;
    if (!at || at === document.body || at instanceof HTMLButtonElement) this.field?.focus({ preventScroll: true });
  }

  get field() {
    return /** @type {HTMLInputElement|null} */ (this.querySelector("input"));
  }

  /** Whether somebody is entering a number. */
  get begun() {
    return Boolean(this.#first || this.field?.value);
  }

  /** Begin anew. */
  clear() {
    this.#first = "";
    this.#fault = "";
    if (this.field) this.field.value = "";
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.target !== this.field || event.isComposing) return;
    if (!this.field?.value) this.#gaps = [];
    this.#gaps.push(event.timeStamp - this.#lastMs);
    this.#lastMs = event.timeStamp;
    if (event.code !== "Enter" && event.code !== "NumpadEnter" && event.key !== "Enter") return;
    event.preventDefault();
    const gaps = this.#gaps.slice(1);
    this.#gaps = [];
    this.#entered(gaps.length >= LEAST && gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length < SCAN_GAP_MS);
  }

  /** @param {boolean} scanned */
  #entered(scanned) {
    const { text: code, check } = classify(this.field?.value ?? "");
    if (code.length < 4) this.#fault = t("code.too_short");
    else if (check === "wrong") this.#fault = t("code.check.wrong");
    else if (scanned || (this.#first && this.#first === code)) return this.#take(code, check, scanned ? "scan" : "typed");
    else if (this.#first) this.#fault = t("code.differs");
    else {
      this.#first = code;
      this.#fault = "";
      if (this.field) this.field.value = "";
      return this.draw();
    }
    if (this.#fault) sound.scanned("mismatch");
    if (this.#fault && this.#first) this.#first = "";
    this.draw();
  }

  /** @param {string} code @param {string} check @param {"scan"|"typed"} how */
  #take(code, check, how) {
    this.clear();
    this.dispatchEvent(new CustomEvent("code", { bubbles: true, detail: { code, check, how } }));
  }

  draw() {
    const typed = normalise(this.field?.value ?? "");
    const found = typed ? classify(typed) : null;
    this.render(
      h("div", { class: "code-row" },
        h("label", { for: "carton-code" }, this.#first ? t("code.again") : t("code.scan")),
        h("input", {
          id: "carton-code", "data-scan": true, autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: 34, inputmode: "none",
          "aria-describedby": "carton-code-says",
          oninput: () => {
            this.#fault = "";
            this.draw();
          },
        }),
        h("button", { type: "button", class: "keys-toggle", "aria-pressed": String(this.#keys), onclick: () => {
          this.#keys = !this.#keys;
          this.draw();
        } }, t("code.keys")),
        this.hasAttribute("may-be-unreadable") && h("button", { type: "button", onclick: () => this.dispatchEvent(new CustomEvent("unreadable", { bubbles: true })) }, t("code.unreadable"))),
      h("p", { class: `code-says ${this.#fault || found?.check === "wrong" ? "fault" : ""}`, id: "carton-code-says", role: "status" },
        this.#fault || (found ? `${t(`code.kind.${found.kind}`)} · ${t(`code.check.${found.check}`)}` : this.#first ? t("code.second") : t("code.hint"))),
      this.#keys && h("key-pad", { kind: "letters", onpointerdown: (/** @type {Event} */ event) => /** @type {any} */ (event.currentTarget).padFor(this.field) }),
    );
    this.querySelector("input")?.setAttribute("aria-invalid", String(Boolean(this.#fault)));
  }
}
customElements.define("carton-code", CartonCode);
