/**
 * Trucks at the gates: who stands there, what speaks against it, and the answers of an officer that count now.
 *
 * Promises: an answer is about the truck as it is shown, and carries the word for that, so that the core refuses it where a gate told of it
 * anew at the same moment. When another truck, another weight, pass or state, or nothing at all comes in its place while a reason is
 * chosen, the question is given up and says so; nothing is sent. What is not known, or old, can not be answered.
 */
import { act } from "../core/acts.js";
import { proven } from "../core/prove.js";
import { valueOf } from "../core/quality.js";
import { ask, session } from "../core/session.js";
import { sheet } from "../core/sheet.js";
import { stream } from "../core/stream.js";
import { h } from "../core/view.js";
import { kept, lasted, said, sentences, t, words } from "../core/words.js";
import gateWords from "../words/gate.js";

/** @typedef {{cause: string, next_step: string, zh: {cause: string, next_step: string}}} Told */
/** @typedef {{result: number, counts: boolean, refusal: Told|null}} Answer */
/** @typedef {{pass_id: string, plate: string, seal_no: string, gross_g: number|null, stands: boolean}} Pass */
/** @typedef {{session: string, since_ms: number, plate: string|null, plate_sure: boolean, container_no: string|null}} Behind */
/**
 * @typedef {object} Truck
 * @property {string} session @property {string} state @property {number} since_ms @property {boolean} wants_person @property {string|null} plate
 * @property {boolean} plate_sure @property {string|null} container_no @property {boolean} container_sure @property {boolean} container_known
 * @property {string|null} seal_no @property {string|null} form_id @property {number|null} gross_g @property {string|null} checked_by @property {Pass|null} pass
 * @property {string} shown the word for all that is shown of it @property {(Told & {code: string})[]} reasons @property {Answer[]} answers @property {Behind|null} behind a truck that waits for what becomes of this one
 */
/** @typedef {{gate: string, truck: Truck|null}} Gate */
/** @typedef {{kind: "done"|"refused", text: () => string}} Notice */
/** @typedef {{gate: string, session: string, shown: string, result: number, plate: string, why: number}} Asked */

const LOOK_AGAIN_MS = 1000;
const REASONS = [1, 2, 3];
const DECIDES = new Set(["officer", "section_chief"]);

/** The trucks that want a person now, as the stream says. @returns {{gate: string, state: string}[]} */
export function calling() {
  return (stream.state?.values.gates?.list ?? []).filter((/** @type {any} */ one) => one.wants_person);
}

/** The chip of the header: nothing while no truck wants a person, loud while nobody knows whether one has left. */
export function gateChip() {
  const all = calling();
  if (!all.length) return [];
  const loud = all.some((one) => one.state === "unsure");
  return [{ key: "gate", label: t(loud ? "gate.chip_loud" : "gate.chip", { n: all.length }), kind: /** @type {"loud"|"calls"} */ (loud ? "loud" : "calls"), go: () => void gateSheet() }];
}

/** @param {Notice|null} [before] what became of the last answer */
export function gateSheet(before = null) {
  const one = new GateSheet(before);
  const shown = sheet(t("gate.title"), (_close, renew) => one.content(renew));
  one.begin();
  return shown.finally(() => one.end());
}

class GateSheet {
  /** @param {Notice|null} notice */
  constructor(notice) {
    this.notice = notice;
    /** @type {Gate[]|null} */
    this.gates = null;
    this.fault = "";
    /** @type {Asked|null} */
    this.asked = null;
    this.busy = false;
    this.open = true;
    this.turn = this.looking = 0;
    this.again = () => {};
    this.ends = new AbortController();
  }

  begin() {
    const { signal } = this.ends;
    const look = () => void this.look();
    stream.addEventListener("values", (event) => /** @type {CustomEvent} */ (event).detail.names.includes("gates") && look(), { signal });
    stream.addEventListener("snapshot", look, { signal });
    stream.addEventListener("link", () => this.again(), { signal });
    words.addEventListener("language", () => (this.asked || this.busy ? this.again() : void gateSheet(this.notice)), { signal }); // its title, too
    const timer = setInterval(() => !this.looking && look(), LOOK_AGAIN_MS); // a slow answer is waited for, not asked for again
    signal.addEventListener("abort", () => clearInterval(timer));
    look();
  }

  end() {
    this.open = false;
    this.ends.abort();
  }

  /** Ask what stands there; drawn only where it differs, for each drawing deadens the buttons. */
  async look() {
    const mine = ++this.turn;
    this.looking += 1;
    const { status, body } = await ask("GET", "/api/gate");
    this.looking -= 1;
    if (mine !== this.turn || !this.open) return;
    const known = status === 200;
    const fault = known ? "" : sentences(said(body).what, said(body).next);
    const gates = known ? body.gates : this.gates;
    if (fault !== this.fault || JSON.stringify(gates) !== JSON.stringify(this.gates)) {
      this.fault = fault;
      this.gates = gates;
      this._stillAsked();
      this.again();
    }
    this._tick();
  }

  /** A question whose truck is no longer as it was shown is given up. */
  _stillAsked() {
    const { asked } = this;
    const truck = this.gates?.find((one) => one.gate === asked?.gate)?.truck;
    if (!asked || (truck?.shown === asked.shown && truck.answers.some((one) => one.result === asked.result && one.counts))) return;
    this.asked = null;
    this.notice = { kind: "refused", text: () => t("gate.moved_on") };
  }

  /** @param {() => void} renew */
  content(renew) {
    this.again = renew;
    const { notice, gates } = this;
    return [
      notice && h("p", { class: notice.kind === "done" ? "gate-done" : "fault", role: notice.kind === "done" ? "status" : "alert", "data-key": "notice" }, notice.text()),
      this.busy && h("p", { class: "hint", role: "status", "data-key": "busy" }, t("gate.sending")),
      this.fault && h("p", { class: "fault", role: "alert", "data-key": "fault" }, t("gate.not_known"), this.fault),
      !gates && !this.fault && h("p", { class: "hint", "data-key": "asking" }, t("gate.asking")),
      gates?.length === 0 && h("p", { class: "empty", "data-key": "none" }, t("gate.none")),
      gates?.map((one) => this._card(one)),
    ];
  }

  /** @param {Gate} gate */
  _card({ gate, truck }) {
    const calls = Boolean(truck?.wants_person);
    return h("section", { class: "gate-card", "data-key": `gate-${gate}`, "data-state": truck?.state ?? "empty", "data-calls": calls ? "true" : null },
      h("header", null,
        h("h3", null, t("gate.name", { name: gate })),
        truck ? [h("strong", { class: "state" }, t(`gate.state_${truck.state === "waiting" && !calls ? "waits_line" : truck.state}`)),
          truck.checked_by && h("span", { class: "by" }, t("gate.checked_by", { name: truck.checked_by })),
          h("span", { class: "since", "data-own": true, "data-since": truck.since_ms }, sinceText(truck.since_ms))]
          : h("span", { class: "since" }, t("gate.no_truck"))),
      truck && [facts(truck), reasons(truck), this._answers(gate, truck), truck.behind && behind(truck.behind)]);
  }

  /** @param {string} gate @param {Truck} truck */
  _answers(gate, truck) {
    if (!truck.answers.some((one) => one.counts)) return null;
    if (!DECIDES.has(session.role)) return h("p", { class: "hint", "data-key": "view-only" }, t("gate.view_only"));
    if (this.asked?.gate === gate) return this._question(this.asked);
    const off = this.busy || Boolean(this.asked) || Boolean(this.fault) || stream.link !== "live";
    return [
      h("div", { class: "row answers", role: "group", "data-key": "answers" }, truck.answers.filter((one) => one.counts).map(({ result }) => h("button", {
        type: "button", class: "primary", "data-key": `answer-${result}`, disabled: off, onclick: () => {
          this.asked = { gate, session: truck.session, shown: truck.shown, result, plate: truck.plate ?? t("gate.no_plate"), why: 0 };
          this.notice = null;
          this.again();
          /** @type {HTMLElement|null} */ (document.querySelector(".question button"))?.focus();
        },
      }, t(`gate.do_${result}`)))),
      h("ul", { class: "not-now", "data-key": "not-now" }, truck.answers.map(({ result, refusal }) => refusal && h("li", { "data-key": `not-${result}` },
        h("b", null, t("gate.not_now", { what: t(`gate.do_${result}`) })), " ", sentences(kept({ zh: refusal.zh.cause, en: refusal.cause }))))),
    ];
  }

  /** @param {Asked} asked */
  _question(asked) {
    const pick = (/** @type {number} */ why) => (/** @type {Event} */ event) => {
      asked.why = why;
      const button = /** @type {HTMLElement} */ (event.currentTarget);
      for (const other of button.parentElement?.children ?? []) other.setAttribute("aria-pressed", String(other === button));
    };
    const off = this.busy || Boolean(this.fault) || stream.link !== "live";
    return h("div", { class: "question", "data-key": `question-${asked.result}` },
      h("h4", null, t(`gate.ask_${asked.result}`, { plate: asked.plate })),
      h("div", { class: "row whys", role: "group", "aria-label": t(`gate.ask_${asked.result}`, { plate: asked.plate }) }, REASONS.map((why) => h("button", {
        type: "button", "data-key": `why-${why}`, "aria-pressed": String(asked.why === why), onclick: pick(why),
      }, t(`gate.why_${asked.result}_${why}`)))),
      h("label", { for: "gate-words" }, t("gate.words")),
      h("input", { id: "gate-words", maxlength: 200, autocomplete: "off", spellcheck: "false" }),
      h("div", { class: "row end" },
        h("button", { type: "button", "data-key": "give-up", onclick: () => { this.asked = this.notice = null; this.again(); } }, t("gate.give_up")),
        h("button", { type: "button", class: "primary", "data-key": "confirm", disabled: off, onclick: () => void this._give(asked) }, t("gate.confirm", { what: t(`gate.do_${asked.result}`) }))));
  }

  /** @param {Asked} asked */
  async _give(asked) {
    const field = /** @type {HTMLInputElement|null} */ (document.getElementById("gate-words"));
    const chosen = asked.why ? gateWords[`gate.why_${asked.result}_${asked.why}`].join(" / ") : "";
    const reason = [chosen, field?.value.trim()].filter(Boolean).join(": ");
    if (this.busy) return;
    if (!reason) {
      this.notice = { kind: "refused", text: () => t("gate.reason_wanted") };
      return this.again();
    }
    this.busy = true;
    this.asked = this.notice = null;
    this.again();
    const { status, body } = await proven(() => act("gate-check", { gate: asked.gate, session_id: asked.session, result: asked.result, shown: asked.shown }, { reason }));
    this.busy = false;
    this.notice = status === 200
      ? { kind: "done", text: () => t(`gate.done_${asked.result}`, { plate: asked.plate }) }
      : { kind: "refused", text: () => t("gate.refused") + sentences(said(body).what, said(body).next) };
    if (!this.open) return void gateSheet(this.notice); // the question for the secret took its place
    this.again();
    void this.look();
  }

  /** What grows older by itself. */
  _tick() {
    for (const el of document.querySelectorAll(".gate-card .since[data-since]")) {
      const text = sinceText(Number(/** @type {HTMLElement} */ (el).dataset.since));
      if (el.textContent !== text) el.textContent = text;
    }
  }
}

/** @param {number} sinceMs */
function sinceText(sinceMs) {
  return t("gate.since", { time: lasted(stream.lineMs() - sinceMs) });
}

/** What the gate read beside what the pass says. @param {Truck} truck */
function facts(truck) {
  const pass = truck.pass;
  const kg = (/** @type {number|null|undefined} */ g) => (g === null || g === undefined ? "" : t("gate.kg", { kg: Math.round(g / 1000).toLocaleString("en").replace(/,/g, " ") }));
  const heavy = truck.reasons.some((one) => one.code === "gate_weight_differs");
  const differs = (/** @type {string|null} */ read, /** @type {string|undefined} */ told) => Boolean(read && told && read !== told);
  /** @type {[string, any, any, boolean, string][]} name, read, pass, whether they differ, a doubt */
  const rows = [
    ["plate", truck.plate, pass?.plate, differs(truck.plate, pass?.plate), truck.plate && !truck.plate_sure ? t("gate.doubted") : ""],
    ["container", truck.container_no, "", false, truck.container_no && !truck.container_known ? t("gate.unknown_box") : truck.container_no && !truck.container_sure ? t("gate.doubted") : ""],
    ["seal", truck.seal_no, pass?.seal_no, differs(truck.seal_no, pass?.seal_no), ""],
    ["gross", kg(truck.gross_g), kg(pass?.gross_g), heavy, ""],
  ];
  if (truck.reasons.some((one) => one.code === "gate_form_differs")) rows.push(["form", truck.form_id, pass?.pass_id, true, ""]);
  return h("table", { class: "gate-facts", "data-key": "facts" },
    h("thead", null, h("tr", null, h("td"), h("th", { scope: "col" }, t("gate.read")), h("th", { scope: "col" }, pass ? t(pass.stands ? "gate.pass" : "gate.pass_void", { id: pass.pass_id }) : t("gate.pass_none")))),
    h("tbody", null, rows.map(([name, read, told, other, doubt]) => h("tr", { class: name, "data-differs": other ? "true" : null },
      h("th", { scope: "row" }, t(`gate.${name}`)),
      h("td", null, valueOf(h("b"), read, { quiet: true }), doubt && h("span", { class: "doubt" }, doubt)),
      h("td", null, name === "container" ? "" : pass && valueOf(h("span"), told, { quiet: true }), other && h("span", { class: "doubt" }, t("gate.differs")))))));
}

/** The truck that is told to wait because of the one of the card. @param {Behind} next */
function behind(next) {
  return h("p", { class: "behind", "data-key": "behind" },
    h("strong", null, t("gate.behind")), valueOf(h("b"), next.plate, { quiet: true }), next.plate && !next.plate_sure && h("span", { class: "doubt" }, t("gate.doubted")),
    next.container_no && valueOf(h("span"), next.container_no, { quiet: true }), h("span", null, t("gate.behind_waits")),
    h("span", { class: "since", "data-own": true, "data-since": next.since_ms }, sinceText(next.since_ms)));
}

/** Why it waits or may not leave, with the next step. @param {Truck} truck */
function reasons(truck) {
  if (["opened", "closed"].includes(truck.state) || !truck.reasons.length) return null;
  return h("ul", { class: "gate-reasons", "data-key": "reasons" }, truck.reasons.map((one) => h("li", { "data-key": one.code },
    h("strong", null, kept({ zh: one.zh.cause, en: one.cause })), h("span", null, t("gate.next"), " ", kept({ zh: one.zh.next_step, en: one.next_step })))));
}
