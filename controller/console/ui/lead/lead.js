/**
 * The page of a section chief 科长 and of a shift lead 班长: statistics, what stands open, and for customs changed rules and settings,
 * second looks and emergency releases that are entered afterwards.
 *
 * Promises: a page is an element named in PAGES and goes by the fragment of the address, so that Back works; the company has no page of
 * customs' own. Nothing here moves the line but the stop, which is always there.
 */
import "../core/wedge.js";
import "../core/line-header.js";
import "../core/stop-button.js";
import "../core/report.js";
import "./statistics.js";
import "./open-things.js";
import "./rules.js";
import "./samples.js";
import "./emergency.js";
import "../integrator/changes.js";
import { followBuild } from "../core/new-build.js";
import { closeSheet, sheetIsOpen } from "../core/sheet.js";
import { session } from "../core/session.js";
import { h, morph } from "../core/view.js";
import { t, words } from "../core/words.js";

/** key of the address -> element. @type {Record<string, string>} */
const PAGES = { statistics: "lead-statistics", open: "lead-open", rules: "lead-rules", settings: "settings-changes", samples: "lead-samples", emergency: "lead-emergency" };
const OF_CUSTOMS = new Set(["rules", "settings", "samples", "emergency"]);

const header = h("line-header", { onalarms: () => location.assign("/operator#alarms") });
const main = h("main", { class: "lead scrolls", tabindex: "0" });
document.body.prepend(header, main, h("footer", { class: "controls" }, h("stop-button")));

const pages = () => Object.keys(PAGES).filter((key) => session.customs || !OF_CUSTOMS.has(key));

function show() {
  const wanted = location.hash.slice(1);
  const current = pages().includes(wanted) ? wanted : "statistics";
  closeSheet();
  document.title = t("lead.title");
  header.nav = pages().map((key) => ({ key, label: t(`lead.nav.${key}`), current: key === current, go: () => (location.hash = key) }));
  morph(main, h(PAGES[current], { "data-key": current }));
}
addEventListener("hashchange", show);
words.addEventListener("language", show);
followBuild(() => !sheetIsOpen() && ![...document.querySelectorAll("input, textarea")].some((one) => /** @type {HTMLInputElement} */ (one).value));
await session.refresh();
const leave = () => {
  if (session.account) show();
  else location.replace("/?to=lead");
};
leave();
session.addEventListener("session", leave);
