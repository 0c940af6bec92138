/**
 * The integrator's pages 集成商: devices and health, live values with source and age, the configuration with where each value came from, the
 * log, and the diagnostics bundle.
 *
 * Promises: it reads, and proposes settings for a later start; nothing here switches or forces anything. No secret and nothing of customs' own is shown, whoever looks.
 */
import "../core/wedge.js";
import "../core/line-header.js";
import "../core/stop-button.js";
import "../core/report.js";
import "../operator/devices.js";
import "./values.js";
import "./configuration.js";
import "./changes.js";
import "./log.js";
import "./diagnostics.js";
import { followBuild } from "../core/new-build.js";
import { closeSheet, sheetIsOpen } from "../core/sheet.js";
import { session } from "../core/session.js";
import { h, morph } from "../core/view.js";
import { t, words } from "../core/words.js";

/** key of the address -> element. @type {Record<string, string>} */
const PAGES = { devices: "line-devices", values: "live-values", configuration: "loaded-configuration", changes: "settings-changes", log: "newest-log", diagnostics: "diagnostics-bundle" };

const header = h("line-header", { onalarms: () => location.assign("/operator#alarms") });
const main = h("main", { class: "integrator scrolls", tabindex: "0" });
document.body.prepend(header, main, h("footer", { class: "controls" }, h("stop-button")));

function show() {
  const wanted = location.hash.slice(1);
  const current = wanted in PAGES ? wanted : "devices";
  closeSheet();
  document.title = t("integrator.title");
  header.nav = Object.keys(PAGES).map((key) => ({ key, label: t(`integrator.nav.${key}`), current: key === current, go: () => (location.hash = key) }));
  morph(main, h(PAGES[current], { "data-key": current }));
}
addEventListener("hashchange", show);
addEventListener("recover", () => location.assign("/operator#recovery"));
words.addEventListener("language", show);
followBuild(() => !sheetIsOpen() && ![...document.querySelectorAll("input")].some((one) => one.value));
await session.refresh();
const leave = () => {
  if (session.account) show();
  else location.replace("/?to=integrator");
};
leave();
session.addEventListener("session", leave);
