/**
 * The size of a millimetre on a named kiosk, kept by the daemon: its browser forgets it with every restart.
 *
 * Promises: what this browser keeps itself comes first (`early.js` reads that before the first paint); a screen that nobody named, a
 * daemon that knows nothing and one that does not answer change nothing.
 */
import { recall, remember, screenName } from "./place.js";
import { ask, session } from "./session.js";

const named = screenName() !== (document.documentElement.dataset.page ?? "page");
const where = `/api/screens/${encodeURIComponent(screenName())}/size`;

/** Let a millimetre have so many pixels on this screen. @param {number} perMm */
export function takeSize(perMm) {
  remember("px-per-mm", perMm.toFixed(4));
  document.documentElement.style.setProperty("--mm", `${perMm.toFixed(4)}px`);
}

/** @param {number} perMm */
export async function keepSize(perMm) {
  takeSize(perMm);
  if (named) await ask("POST", where, { px_per_mm: Number(perMm.toFixed(4)) }, session.csrf);
}

if (named && !recall("px-per-mm")) {
  const { status, body } = await ask("GET", where);
  if (status === 200 && typeof body.px_per_mm === "number" && !recall("px-per-mm")) takeSize(body.px_per_mm);
}
