/**
 * The open-box bench 开箱复核: which of its pages is shown, and what is always there.
 *
 * Promises: a page is an element named in PAGES and goes by the fragment of the address; the stop stays on every page; the scanner belongs
 * to the daemon, so that a scan counts whatever has the focus here. Add a page: its module, a line in PAGES, its words.
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
import { alarmsSheet } from "../officer/alarms-sheet.js";
import benchWords from "../words/bench.js";
import officerWords from "../words/officer.js";
import "./custody.js";
import "./hands.js";
import "./open-carton.js";
import "./records.js";

speak(officerWords);
speak(benchWords);

/** key of the address -> element. @type {Record<string, string>} */
const PAGES = { carton: "open-carton", custody: "custody-places", records: "inspection-records" };

const header = h("line-header", { onalarms: () => void alarmsSheet() });
const main = h("main", { class: "bench" });
document.body.prepend(header, main, h("footer", { class: "controls" }, h("stop-button"), h("bench-hands")));

function show() {
  const wanted = location.hash.slice(1);
  const current = wanted in PAGES ? wanted : "carton";
  document.title = t("bench.title");
  header.nav = [
    ...Object.keys(PAGES).map((key) => ({ key, label: t(`bench.nav.${key}`), current: key === current, go: () => { location.hash = key; } })),
    { key: "officer", label: t("officer.nav"), go: () => location.assign("/officer") },
  ];
  morph(main, h(PAGES[current], { "data-key": current }));
  document.documentElement.dataset.at = current;
  dispatchEvent(new Event("bench-page"));
}
show();
addEventListener("hashchange", () => {
  closeSheet();
  show();
});
words.addEventListener("language", show);
followBuild(() => !sheetIsOpen() && ![...document.querySelectorAll("input, textarea")].some((one) => /** @type {HTMLInputElement} */ (one).value));
await session.refresh();
const leave = () => {
  if (!session.account) location.replace("/?to=bench");
  else if (!session.customs) location.replace("/operator");
};
leave();
session.addEventListener("session", leave);
