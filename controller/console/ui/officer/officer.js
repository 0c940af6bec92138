/**
 * The officer's workstation 审图: puts the parts together.
 *
 * One rule: the picture is the page; everything else stands around it and none of it covers it.
 */
import "../core/wedge.js";
import "../core/line-header.js";
import "../core/stop-button.js";
import "../core/report.js";
import { wantedCarton } from "../core/place.js";
import { session } from "../core/session.js";
import { stream } from "../core/stream.js";
import { h } from "../core/view.js";
import { kept, last4, speak, t, words } from "../core/words.js";
import gateWords from "../words/gate.js";
import officerWords from "../words/officer.js";
import { alarmsSheet } from "./alarms-sheet.js";
import { Bindings, keyName } from "./bindings.js";
import "./case-view.js";
import "./deadline-bar.js";
import { countElsewhere, freeElsewhere, goTo, lines } from "./elsewhere.js";
import { keptReason } from "./decision-bar.js";
import { gateChip } from "./gate-sheet.js";
import { Keyboard } from "./keyboard.js";
import { DecisionKeys } from "./keys.js";
import { fetchPicture } from "./picture.js";
import "./queue-strip.js";
import { keysSheet } from "./settings-sheet.js";
import "./tool-strip.js";
import "./viewer.js";
import { Work } from "./work.js";

speak(officerWords);
speak(gateWords);

/** So long an officer looks before the analyser's boxes come by themselves. */
const BOXES_AFTER_MS = 1500;
const ZOOM_STEP = 1.25;
const WINDOW_STEP = 1.15;
const LEVEL_STEP = 0.03;
const CURTAIN_STEP = 0.05;

const viewer = /** @type {import("./viewer.js").XrayViewer} */ (h("x-ray-viewer", { tabindex: "0", role: "img" }));
const overPicture = h("p", { class: "over-picture", role: "status" });
const reasons = /** @type {import("./decision-bar.js").ReasonPanel} */ (h("reason-panel"));
const tools = /** @type {import("./tool-strip.js").ToolStrip} */ (h("tool-strip"));
const deadline = /** @type {import("./deadline-bar.js").DeadlineBar} */ (h("deadline-bar"));
const queue = /** @type {import("./queue-strip.js").QueueStrip} */ (h("queue-strip"));
const papers = /** @type {import("./case-view.js").CaseView} */ (h("case-view"));
const decisions = /** @type {import("./decision-bar.js").DecisionBar} */ (h("decision-bar"));
const header = h("line-header", { onalarms: () => void alarmsSheet() });
const parts = [reasons, tools, deadline, queue, papers, decisions];

const keys = new DecisionKeys();
const bindings = new Bindings(session.account);
const work = new Work(viewer, keys);
Object.assign(reasons, { work });
Object.assign(deadline, { work });
Object.assign(queue, { work });
Object.assign(papers, { work, compare });
Object.assign(decisions, { work, bindings });
Object.assign(tools, { viewer, bindings, does });
viewer.words = t;

let boxesTimer = 0;
let comparing = "";

document.body.prepend(
  header,
  h("main", { class: "officer" },
    h("div", { class: "desk" }, h("div", { class: "glass" }, viewer, overPicture), tools, deadline, queue),
    h("div", { class: "side" }, papers, reasons)),
  h("footer", { class: "controls" }, decisions, h("stop-button")));

new Keyboard({ keys, bindings, work, viewer, does, choose: (number) => work.asking && void work.decide(work.asking, keptReason(work.asking, number)), drawn: () => tools.redraw() });

work.addEventListener("work", drawAll);
work.addEventListener("glass", () => {
  endCompare();
  clearTimeout(boxesTimer);
  tools.boxesAsked = false;
});
viewer.addEventListener("pointed", (event) => tools.say(/** @type {CustomEvent} */ (event).detail));
viewer.addEventListener("drawn", () => {
  clearTimeout(boxesTimer);
  if (bindings.boxesAuto) boxesTimer = setTimeout(() => showBoxes(true), BOXES_AFTER_MS);
});
bindings.addEventListener("change", drawAll);
session.addEventListener("session", () => bindings.of(session.account));
words.addEventListener("language", named);
addEventListener("xiyong-light", ground);

/** What is no decision. @param {string} name */
function does(name) {
  const pane = viewer.layout()[0];
  const middle = pane ? [pane.box.x + pane.box.width / 2, pane.box.y + pane.box.height / 2] : [0, 0];
  const zoom = (/** @type {number} */ factor) => pane && viewer.sight.zoomAt(pane.box, pane.picture, factor, middle);
  const [from, to] = viewer.tools.window;
  const windowed = (/** @type {number} */ move, /** @type {number} */ wide) => {
    viewer.tools.setWindow((from + to) / 2 + move, (to - from) * wide);
    viewer.tools.note("window");
  };
  /** @type {Record<string, () => unknown>} */
  const acts = {
    help: () => void keysSheet(bindings), leave: () => leave(),
    other_line: () => takeElsewhere(), queue_next: () => work.preview(1), queue_previous: () => work.preview(-1),
    view_next: () => viewer.turnView(1), view_previous: () => viewer.turnView(-1),
    compare: () => (comparing ? endCompare() : compare(work.cases.get(work.shown)?.told?.earlier?.[0])), blink: () => viewer.toggleBlink(),
    wipe: () => viewer.toggleWipe(), wipe_left: () => viewer.wipeTo((viewer.curtain ?? 0) - CURTAIN_STEP), wipe_right: () => viewer.wipeTo((viewer.curtain ?? 0) + CURTAIN_STEP),
    measure: () => viewer.setMode("measure"), mark: () => viewer.setMode("mark"), boxes: () => showBoxes(!tools.boxesAsked),
    standard: () => { viewer.tools.standard(); viewer.sight.reset(); }, fit: () => viewer.sight.reset(),
    zoom_in: () => zoom(ZOOM_STEP), zoom_out: () => zoom(1 / ZOOM_STEP),
    narrower: () => windowed(0, 1 / WINDOW_STEP), wider: () => windowed(0, WINDOW_STEP),
    darker: () => windowed(LEVEL_STEP, 1), brighter: () => windowed(-LEVEL_STEP, 1),
  };
  acts[name]?.();
  viewer.redraw();
  drawAll();
}

/** Escape: out of measuring, comparing, a preview; one at a time. */
function leave() {
  if (viewer.mode !== "look") viewer.setMode(viewer.mode);
  else if (comparing) endCompare();
  else if (work.shown !== work.mine) work.look(work.mine);
}

/** An earlier carton of the same goods beside this one, in the same zoom, place and window. @param {any} [earlier] */
async function compare(earlier) {
  if (!earlier || earlier.track === comparing) return endCompare();
  comparing = earlier.track;
  drawAll();
  const now = work.shown;
  try {
    const pixelUm = earlier.pixel_um ?? work.cases.get(now)?.told?.pixel_um;
    const picture = await fetchPicture({ low: earlier.low, high: earlier.high, pixelUm });
    const word = t(earlier.verdict ? `officer.short_${earlier.verdict}` : "officer.short_not_judged");
    if (comparing === earlier.track && work.shown === now) viewer.compareWith(picture, t("officer.earlier_carton", { no: last4(earlier.carton ?? "") || "—", verdict: word }));
  } catch {
    endCompare();
  }
}

function endCompare() {
  comparing = "";
  viewer.compareWith(null);
  drawAll();
}

/** The analyser's boxes; a picture without any gets no sign at all. @param {boolean} on */
function showBoxes(on) {
  tools.boxesAsked = on;
  const found = work.cases.get(work.shown)?.told?.analysis?.findings ?? [];
  viewer.boxes = on ? found.filter((/** @type {any} */ one) => one.box).map((/** @type {any} */ one) => ({ box: one.box, text: kept(one).split(": ")[0] })) : [];
  viewer.redraw();
  tools.redraw();
}

function drawAll() {
  papers.comparing = comparing;
  tools.comparing = Boolean(comparing);
  tools.boxes = (work.cases.get(work.shown)?.told?.analysis?.findings ?? []).some((/** @type {any} */ one) => one.box);
  for (const one of parts) one.redraw();
  const against = work.against();
  const said = ["signed_out", "locked", "graphics_lost", "picture_failed", "loading", "preview", "nothing_waits", "link_lost"].find((name) => against.includes(name)) ?? "";
  const free = said === "nothing_waits" ? freeElsewhere() : undefined;
  overPicture.textContent = free ? t("officer.over_elsewhere", { n: countElsewhere(), line: free.line.name, key: keyName(bindings.codes.other_line) }) : said ? t(`officer.over_${said}`) : "";
  overPicture.dataset.kind = said;
  overPicture.hidden = !said;
}

function named() {
  document.title = t("officer.title");
  navigates();
  viewer.setAttribute("aria-label", t("officer.picture"));
  if (viewer.watermark) viewer.watermark.textContent = t("officer.watermark");
  viewer.redraw();
  drawAll();
}

/** Tabs to other pages, and the chip while a truck at the gate wants a person. */
function navigates() {
  header.nav = [
    { key: "officer", label: t("officer.nav"), current: true, go: () => undefined },
    ...gateChip(),
    { key: "bench", label: t("officer.nav_bench"), go: () => location.assign("/bench") },
    { key: "story", label: t("nav.story"), go: () => location.assign("/story") },
    ...otherLines(),
  ];
}

/** Each line has its own console and session: this leads there, in another window. */
function otherLines() {
  return lines().map(({ name, address }) => ({ key: `line-${name}`, label: t("officer.other_line", { name }), go: () => void window.open(`${address}/officer`, "_blank", "noopener") }));
}

/** Where nothing waits here: the most urgent carton of another line. Whoever has one here judges it first. */
function takeElsewhere() {
  const free = freeElsewhere();
  if (free && !work.mine) goTo(free.line, free.one.track);
}

/** The picture's surroundings have the light of the room. */
function ground() {
  const colour = getComputedStyle(document.documentElement).getPropertyValue("--glass").trim();
  const found = /^#(..)(..)(..)$/.exec(colour);
  if (found) viewer.ground = found.slice(1).map((one) => parseInt(one, 16) / 255);
  viewer.redraw();
}

stream.addEventListener("snapshot", named);
stream.addEventListener("values", (event) => /** @type {CustomEvent} */ (event).detail.names.includes("gates") && navigates());
addEventListener("pageshow", (event) => event.persisted && location.reload()); // it gave its carton back when it was left
named();
ground();
await session.refresh();
bindings.of(session.account);
const leavePage = () => {
  const carton = wantedCarton();
  if (!session.account) location.replace(`/?to=officer${carton ? `&carton=${encodeURIComponent(carton)}` : ""}`);
  else if (!session.customs) location.replace("/operator");
};
leavePage();
session.addEventListener("session", leavePage);
