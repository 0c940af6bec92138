/**
 * One carton's whole story 一箱档案: search by any code, everything that happened, proof of the journal, an export, paper.
 *
 * One rule: the address names what is shown (`#CODE` or `#CODE|CARTON`), so that Back works and a colleague sees the same.
 */
import "../core/wedge.js";
import "../core/line-header.js";
import "../core/stop-button.js";
import { followBuild } from "../core/new-build.js";
import { closeSheet, sheetIsOpen } from "../core/sheet.js";
import { homeOf } from "../core/pages.js";
import { ask, session } from "../core/session.js";
import { h, morph } from "../core/view.js";
import { reason, said, sentences, speak, t, words } from "../core/words.js";
import storyWords from "../words/story.js";
import { checkChain, exportCarton } from "./files.js";
import { storyTable } from "./rows.js";

speak(storyWords);

const header = h("line-header", { onalarms: () => location.assign("/operator#alarms") });
const main = h("main", { class: "story scrolls" });
document.body.prepend(header, main, h("footer", { class: "controls" }, h("stop-button")));

/** What is shown: the code asked for, the service's answer, what a button said. @type {{code: string, told: any, fault: any, busy: string, said: {fault?: string, text?: string}}} */
const now = { code: "", told: null, fault: null, busy: "", said: {} };
let asked = 0;

/** `#CODE` or `#CODE|CARTON`, each escaped. */
function wanted() {
  const [code = "", carton = ""] = location.hash.slice(1).split("|").map((part) => decodeURIComponent(part));
  return { code, carton };
}

const query = (/** @type {string} */ carton) => (carton ? `?carton=${encodeURIComponent(carton)}` : "");

async function look() {
  const { code, carton } = wanted();
  closeSheet();
  Object.assign(now, { code, told: null, fault: null, busy: code ? "searching" : "", said: {} });
  draw();
  if (!code) return;
  const mine = ++asked;
  const { status, body } = await ask("GET", `/api/story/${encodeURIComponent(code)}${query(carton)}`);
  if (mine !== asked) return;
  Object.assign(now, { busy: "", told: status === 200 ? body : null, fault: status === 200 ? null : body });
  draw();
}

function draw() {
  document.title = t("story.title");
  header.nav = [
    { key: "story", label: t("story.title"), current: true, go: () => { location.hash = ""; } },
    { key: "workplace", label: t("nav.workplace"), go: () => location.assign(session.role === "customs_auditor" ? "/lead" : homeOf(session.role)) },
  ];
  morph(main, form(), answer());
}

function form() {
  return h("form", { class: "search", "data-key": "search", onsubmit: submitted },
    h("label", { for: "code" }, t("story.code")),
    h("input", { id: "code", name: "code", "data-scan": true, autocomplete: "off", spellcheck: "false", maxlength: "64", "data-own": true, value: now.code }),
    h("button", { type: "submit", class: "primary", disabled: now.busy === "searching" }, t(now.busy === "searching" ? "story.searching" : "story.search")));
}

/** @param {SubmitEvent} event */
function submitted(event) {
  event.preventDefault();
  const code = /** @type {HTMLInputElement} */ (document.querySelector("#code")).value.trim();
  if (!code) return;
  if (wanted().code === code && !wanted().carton) void look();
  else location.hash = encodeURIComponent(code);
}

function answer() {
  if (now.fault) return fault();
  if (!now.told) return h("p", { class: "hint" }, now.busy ? "" : t("story.hint"));
  if (!now.told.found.length) return none(t("story.none", { code: now.code }), t("story.none.next"));
  return now.told.story ? whole() : choices();
}

function fault() {
  const { what, next } = said(now.fault);
  return none(what, next);
}

/** @param {string} what @param {string} next */
function none(what, next) {
  return h("div", { class: "none", role: "status" }, h("p", { class: "fault" }, what), h("p", { class: "hint" }, next));
}

function choices() {
  const found = now.told.found;
  return h("div", { class: "found" },
    h("p", null, t("story.which", { code: now.code, n: found.length })),
    h("ul", null, found.map((/** @type {any} */ one) => h("li", { "data-key": one.carton },
      h("button", { type: "button", onclick: () => { location.hash = `${encodeURIComponent(now.code)}|${encodeURIComponent(one.carton)}`; } },
        h("strong", null, one.carton), h("span", { class: "role" }, t(`story.kind.${one.kind}`)))))));
}

function whole() {
  const { story } = now.told;
  const path = `/api/story/${encodeURIComponent(now.code)}`;
  return h("article", { class: "carton-story" },
    h("div", { class: "head" },
      h("h1", null, story.carton),
      h("ul", { class: "subjects" }, story.subjects.slice(1).map((/** @type {string} */ one) => subject(one))),
      h("p", { class: "hint" }, t("story.upto", { seq: story.upto }), " · ", t(`story.export_${now.told.view}`))),
    story.cut && h("p", { class: "fault", role: "status" }, t("story.cut")),
    h("div", { class: "acts" },
      act("check", "checking", () => checkChain(session.csrf)),
      now.told.export && [
        h("label", { for: "export-why" }, t("story.why")), h("input", { id: "export-why", maxlength: 200, autocomplete: "off" }),
        act("export", "exporting", () => exportFor(`${path}/export${query(story.carton)}`))],
      h("button", { type: "button", class: "primary", onclick: () => print() }, t("story.print"))),
    !now.told.export && session.role !== "operator" && h("p", { class: "hint" }, t("story.no_export"), " ", sentences(reason("no_site_key").what, reason("no_site_key").next)),
    (now.said.text || now.said.fault) && h("p", { class: now.said.fault ? "fault said" : "said", role: "status" }, now.said.fault ?? now.said.text),
    storyTable(now.told, (sha256) => `${path}/files/${sha256}${query(story.carton)}`));
}

/** An export wants its reason, which stands in the journal. @param {string} path */
async function exportFor(path) {
  const why = /** @type {HTMLInputElement} */ (document.getElementById("export-why"));
  if (why.value.trim()) return exportCarton(path, why.value.trim());
  why.focus();
  return { fault: t("story.why_missing") };
}

/** @param {string} text */
function subject(text) {
  const [kind, ...rest] = text.split(":");
  return h("li", { "data-key": text }, h("span", { class: "role" }, t(`story.subject.${kind}`)), " ", rest.join(":"));
}

/** @param {string} name @param {string} busy @param {() => Promise<{fault?: string, text?: string}>} work */
function act(name, busy, work) {
  const press = async () => {
    Object.assign(now, { busy, said: {} });
    draw();
    const done = await work();
    Object.assign(now, { busy: "", said: done });
    draw();
  };
  return h("button", { type: "button", class: "primary", disabled: Boolean(now.busy), "data-key": name, onclick: () => void press() }, t(now.busy === busy ? `story.${busy}` : `story.${name}`));
}

addEventListener("hashchange", () => void look());
words.addEventListener("language", draw);
followBuild(() => !sheetIsOpen() && !now.busy);
await session.refresh();
const leave = () => !session.account && location.replace("/?to=story");
leave();
session.addEventListener("session", leave);
await look();
