/**
 * `sheet(title, (close) => [children], {kind})`: a dialog over the middle of the page.
 *
 * Promises: its buttons are dead for 400 ms after it opens and after every change of its content by `renew`, so that nothing opens
 * under a finger; header and stop stay where they are and work; what lies under it does not; Escape and the button 关闭 close it; focus
 * goes back to where it was. One sheet at a time: a second takes the place of the first (whose promise ends with undefined).
 */
import { h, morph } from "./view.js";
import { t } from "./words.js";

const DEAD_MS = 400;
/** How often each was deadened. @type {WeakMap<HTMLElement, number>} */
const turns = new WeakMap();
/** @type {((answer?: any) => void)|null} */
let closeOpen = null;

/** Close whatever sheet is open. */
export function closeSheet() {
  closeOpen?.();
}

/** Whether a sheet is open. */
export function sheetIsOpen() {
  return closeOpen !== null;
}

/**
 * @param {string} title
 * @param {(close: (answer?: any) => void, renew: () => void) => any} content called again by `renew`
 * @param {{kind?: string, closable?: boolean}} [more]
 * @returns {Promise<any>} what it was closed with
 */
export function sheet(title, content, more = {}) {
  closeOpen?.();
  const main = document.querySelector("main");
  const before = document.activeElement;
  const body = h("div", { class: "sheet-body" });
  const closable = more.closable !== false;
  const box = h("section", { class: `sheet ${more.kind ?? ""}`, role: "dialog", "aria-modal": "true", "aria-label": title, tabindex: "-1" });
  const cover = h("div", { class: "sheet-cover" }, box);
  return new Promise((resolve) => {
    /** @param {any} [answer] */
    const close = (answer) => {
      if (closeOpen !== close) return;
      closeOpen = null;
      cover.remove();
      if (main) main.inert = false;
      removeEventListener("keydown", onKey);
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      resolve(answer);
    };
    const onKey = (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && closable && !event.isComposing && close();
    const renew = () => {
      morph(body, content(close, renew));
      deaden(box);
    };
    closeOpen = close;
    box.append(h("header", null, h("h2", null, title), closable && h("button", { type: "button", class: "quiet", onclick: () => close() }, t("close"))), body);
    if (main) main.inert = true;
    document.body.append(cover);
    renew();
    addEventListener("keydown", onKey);
    const first = box.querySelector("[autofocus]");
    (first instanceof HTMLElement ? first : box).focus();
  });
}

/** @param {HTMLElement} box */
function deaden(box) {
  box.classList.add("dead");
  const turn = (turns.get(box) ?? 0) + 1;
  turns.set(box, turn);
  const swallow = (/** @type {Event} */ event) => {
    const inField = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
    if (!inField) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  };
  const names = ["pointerdown", "click", "keydown"];
  for (const name of names) box.addEventListener(name, swallow, { capture: true });
  setTimeout(() => {
    for (const name of names) box.removeEventListener(name, swallow, { capture: true });
    if (turns.get(box) === turn) box.classList.remove("dead"); // else a later change deadens it still
  }, DEAD_MS);
}
