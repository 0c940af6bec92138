/**
 * Which physical key does what, and what an officer changed of it.
 *
 * One rule: one key, one act. Single-key shortcuts can be moved or switched off (WCAG 2.1.4); what is kept is kept for the account on
 * this screen, and a kept key that is no key of ours any more is forgotten.
 */
import { recall, remember } from "../core/place.js";
import { TOOLS } from "./tools.js";

/** Acts that decide: let go after 80 ms, dead after a decision. */
export const DECIDING = ["clear", "open", "anomaly", "hold", "undo"];
/** Looked at first when keys are shown. */
export const LOOKING = [
  "queue_next", "queue_previous", "other_line", "view_previous", "view_next", "compare", "blink", "wipe", "wipe_left", "wipe_right", "measure", "mark", "boxes", "standard",
  "zoom_in", "zoom_out", "fit", "narrower", "wider", "darker", "brighter", ...TOOLS.map((tool) => `tool_${tool}`),
];

/** @type {Record<string, string>} */
const STANDARD = {
  clear: "KeyF", open: "KeyK", anomaly: "KeyY", hold: "KeyP", undo: "Backspace",
  queue_next: "ArrowDown", queue_previous: "ArrowUp", other_line: "KeyG", view_previous: "KeyQ", view_next: "KeyE", compare: "KeyC", blink: "KeyB",
  wipe: "KeyW", wipe_left: "ArrowLeft", wipe_right: "ArrowRight",
  measure: "KeyM", mark: "KeyT", boxes: "KeyA", standard: "Digit0", zoom_in: "NumpadAdd", zoom_out: "Minus", fit: "Equal",
  narrower: "BracketLeft", wider: "BracketRight", darker: "Semicolon", brighter: "Quote",
  ...Object.fromEntries(TOOLS.map((tool, i) => [`tool_${tool}`, `Digit${i + 1}`])),
};

/** Keys that are no letter and are never given away: they end things, move the focus or press what has it. */
const NOT_OURS = new Set(["Enter", "NumpadEnter", "Space", "Tab", "Escape", "Slash", "Pause", "F1", "F2", "F4", "F5", "F11", "F12"]);

export class Bindings extends EventTarget {
  /** @param {string} account */
  constructor(account) {
    super();
    this._account = account;
    this._read();
  }

  /** @param {string} account */
  of(account) {
    if (account === this._account) return;
    this._account = account;
    this._read();
    this.dispatchEvent(new Event("change"));
  }

  /** What this key does, or nothing. @param {string} code */
  act(code) {
    if (!this.on) return "";
    return Object.keys(this.codes).find((name) => this.codes[name] === code) ?? "";
  }

  /** @param {string} name @param {string} code @returns {string} empty, or the act that has this key already, or "key" for one that is not given */
  move(name, code) {
    if (!(name in STANDARD) || NOT_OURS.has(code) || /^(Shift|Control|Alt|Meta|CapsLock)/.test(code) || !code) return "key";
    const other = Object.keys(this.codes).find((one) => one !== name && this.codes[one] === code);
    if (other) return other;
    this.codes[name] = code;
    this._write();
    return "";
  }

  /** @param {boolean} on */
  switch(on) {
    this.on = on;
    this._write();
  }

  /** @param {boolean} auto whether the analyser's boxes come by themselves after a while */
  showBoxes(auto) {
    this.boxesAuto = auto;
    this._write();
  }

  standard() {
    this.codes = { ...STANDARD };
    this.on = true;
    this._write();
  }

  _read() {
    this.codes = { ...STANDARD };
    this.on = true;
    this.boxesAuto = true;
    try {
      const kept = JSON.parse(recall(`officer-keys:${this._account}`) || "{}");
      for (const [name, code] of Object.entries(kept.codes ?? {})) if (name in STANDARD && typeof code === "string") this.codes[name] = code;
      this.on = kept.on !== false;
      this.boxesAuto = kept.boxesAuto !== false;
    } catch {
      // what can not be read is as if nothing had been kept
    }
  }

  _write() {
    const codes = Object.fromEntries(Object.entries(this.codes).filter(([name, code]) => STANDARD[name] !== code));
    remember(`officer-keys:${this._account}`, JSON.stringify({ codes, on: this.on, boxesAuto: this.boxesAuto }));
    this.dispatchEvent(new Event("change"));
  }
}

/** How a key is named on a page. @param {string} code */
export function keyName(code) {
  const signs = /** @type {Record<string, string>} */ ({
    Backspace: "⌫", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Minus: "-", Equal: "=", BracketLeft: "[", BracketRight: "]",
    Semicolon: ";", Quote: "'", NumpadAdd: "+", NumpadSubtract: "num -", Comma: ",", Period: ".", Backquote: "`", Backslash: "\\",
  });
  return signs[code] ?? code.replace(/^Key|^Digit/, "").replace(/^Numpad/, "num ");
}
