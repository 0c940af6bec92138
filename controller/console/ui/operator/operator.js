/**
 * The operator's screens: which page is shown, and what is always there.
 *
 * Promises: stop and the controls stay on every page; a page is an element named in PAGES and goes by the fragment of the address, so
 * that Back works; F2 is the overview, F4 the alarms. It follows a new build of the pages as soon as nothing is in hand. Add a page: its module, a line in PAGES, its words.
 */
import "../core/wedge.js";
import "../core/line-header.js";
import "../core/stop-button.js";
import "../core/report.js";
import { followBuild } from "../core/new-build.js";
import { closeSheet, sheetIsOpen } from "../core/sheet.js";
import { session } from "../core/session.js";
import { h, morph } from "../core/view.js";
import { speak, t, words } from "../core/words.js";
import operatorWords from "../words/operator.js";
import recoveryWords from "../words/recovery.js";
import "./overview.js";
import "./alarms.js";
import { calibrate } from "./calibrate.js";
import "./controls.js";
import "./recovery/page.js";
import "./manual-code.js";
import "./devices.js";
import "./handover.js";
import "./stock-take.js";

speak(operatorWords);
speak(recoveryWords);

/** key of the address -> element. @type {Record<string, string>} */
const PAGES = {
  overview: "operator-overview", alarms: "operator-alarms", recovery: "recovery-page", manual: "manual-code", devices: "line-devices", handover: "shift-handover", stock: "stock-take",
};
const KEYS = /** @type {Record<string, string>} */ ({ F2: "overview", F4: "alarms" });

const header = h("line-header", { onalarms: () => go("alarms") });
const main = h("main", { class: "operator" });
document.body.prepend(header, main, h("footer", { class: "controls" }, h("stop-button"), h("line-controls")));

/** @param {string} key */
function go(key) {
  location.hash = key;
}

/** The page that the address names; behind a stroke stands what of it: `#recovery/jam`. */
const of = () => location.hash.slice(1).split("/")[0];

let shown = 0;

function show() {
  const current = of() in PAGES ? of() : "overview";
  closeSheet();
  document.title = t("operator.title");
  header.nav = Object.keys(PAGES).map((key) => ({ key, label: t(`nav.${key}`), current: key === current, go: () => go(key) }));
  morph(main, h(PAGES[current], { "data-key": current }));
  const page = /** @type {any} */ (main.firstElementChild);
  if (current === "recovery") page.open = location.hash.split("/")[1] ?? "";
  const mine = ++shown;
  if (of() === "calibrate") void calibrate().then(() => mine === shown && go("overview")); // words that come draw it anew
}
show();
addEventListener("hashchange", show);
addEventListener("recover", (event) => go(`recovery/${/** @type {CustomEvent} */ (event).detail.kind}`));
words.addEventListener("language", show);
addEventListener("keydown", (event) => {
  const page = KEYS[event.code];
  if (!page || event.defaultPrevented) return;
  event.preventDefault();
  go(page);
});
/** What a person has in hand: a recovery, a number that was entered, an act under way, anything typed. */
const IN_HAND = "guided-recovery, stock-take [data-key=finish], manual-code [data-key=ready], [data-stage=pressed], [data-stage=accepted], [stage=pressed], [stage=accepted]";
followBuild(() => !sheetIsOpen() && !document.querySelector(IN_HAND)
  && ![...document.querySelectorAll("input, textarea")].some((one) => /** @type {HTMLInputElement} */ (one).value)
  && ![...document.querySelectorAll("carton-code")].some((one) => /** @type {any} */ (one).begun));
await session.refresh();
const leave = () => !session.account && location.replace("/?to=operator");
leave();
session.addEventListener("session", leave);
