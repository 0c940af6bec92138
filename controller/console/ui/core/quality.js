/**
 * How good a value is, shown on the value itself: never a zero or a blank for what is not known.
 *
 * Promises: `valueOf(el, value)` writes the value into `el` and marks it: plain when live; hatched with its age when stale; greyed and
 * hatched with its age when lost; `—` when it was never received; `??` for a bad sensor; `仿` simulated; `强` forced. Every live value of a
 * page goes through it, so that no page shows an old value as a new one.
 */
import { stream } from "./stream.js";
import { lasted, t } from "./words.js";

/** @typedef {"live"|"stale"|"lost"|"never"|"bad"} Quality */

/** What any live value is worth now. @returns {Quality} */
export function quality() {
  if (!stream.state) return "never";
  if (stream.link === "live") return "live";
  return stream.link === "stale" ? "stale" : "lost";
}

/**
 * @template {Element} E
 * @param {E} el @param {unknown} value @param {{simulated?: boolean, forced?: boolean, bad?: boolean, quiet?: boolean}} [more] quiet: hatched only, where its age stands beside it already @returns {E}
 */
export function valueOf(el, value, more = {}) {
  const known = value !== undefined && value !== null && value !== "";
  const worth = !known ? "never" : more.bad ? "bad" : quality();
  el.classList.add("value");
  el.setAttribute("data-quality", worth);
  el.textContent = worth === "never" ? "—" : worth === "bad" ? "??" : String(value);
  if ((worth === "stale" || worth === "lost") && !more.quiet) el.setAttribute("data-age", `··· ${lasted(stream.ageMs())}`);
  else el.removeAttribute("data-age");
  if (more.simulated) el.setAttribute("data-mark", t("mark.simulated"));
  if (more.forced) el.setAttribute("data-forced", t("mark.forced"));
  return el;
}
