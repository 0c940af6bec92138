/**
 * `#calibrate`: how large a millimetre is on this screen, by comparing a bar with a bank card.
 *
 * Promises: the page keeps its size while the bar is set, so that nothing moves under a finger; done keeps the size in this browser
 * (`core/early.js` reads it before the first paint) and, for a named kiosk, at the daemon, and the page takes it at once; closing the sheet changes nothing.
 */
import { sheet } from "../core/sheet.js";
import { keepSize } from "../core/size.js";
import { h } from "../core/view.js";
import { t } from "../core/words.js";

const CARD_MM = 85.6;
/** What early.js takes for a size that can be. */
const LEAST = 2.1;
const MOST = 19.9;
const STEPS_PX = [-20, -1, 1, 20];

/** @returns {Promise<void>} */
export async function calibrate() {
  const root = document.documentElement;
  let px = CARD_MM * (Number.parseFloat(root.style.getPropertyValue("--mm")) || 96 / 25.4);
  const bar = h("div", { class: "card-bar", "--wide": `${px}px`, "data-own": true });
  const by = (/** @type {number} */ step) => {
    px = Math.min(MOST * CARD_MM, Math.max(LEAST * CARD_MM, px + step));
    bar.style.setProperty("--wide", `${px}px`);
  };
  const done = await sheet(t("calibrate.title"), (close) => [
    h("p", null, t("calibrate.how")), bar,
    h("div", { class: "row" },
      STEPS_PX.map((step) => h("button", { type: "button", "data-key": `step${step}`, onclick: () => by(step) }, step < 0 ? `− ${-step}` : `+ ${step}`)),
      h("button", { type: "button", class: "primary", "data-key": "calibrated", onclick: () => close(true) }, t("calibrate.done"))),
  ]);
  if (!done) return;
  await keepSize(px / CARD_MM);
}
