/**
 * `<shift-handover>` 交接班: what the next shift must know, and both people's names under it.
 *
 * Promises: it is signed by two people, each with the own session; who hands over proposes, who takes over signs, at this screen or
 * another; until then nothing has changed hands. Counts, open holds, shelved alarms and forced things are those of the line now.
 */
import { act, sign, waiting } from "../core/acts.js";
import { proven } from "../core/prove.js";
import { quality, valueOf } from "../core/quality.js";
import { session } from "../core/session.js";
import { sound } from "../core/sound.js";
import { stream } from "../core/stream.js";
import { h, View } from "../core/view.js";
import { kept, lasted, reason, said, speak, t } from "../core/words.js";
import recoveryWords from "../words/recovery.js";
import deskWords from "../words/desk.js";
import { offered } from "./recovery/facts.js";

speak(recoveryWords);
speak(deskWords);

const LOOK_MS = 3000;
const NOTES_MOST = 400;
const PHRASES = ["quiet", "repair", "waits", "cleaned"];
const ROWS = 6;

class ShiftHandover extends View {
  static wants = ["counts", "holds", "alarms", "shift", "rework", "line"];
  #notes = "";
  #answer = /** @type {{stage: string, what: string, next: string}|null} */ (null);
  /** @type {any[]} */
  #waits = [];
  #busy = false;

  /** @param {AbortSignal} signal */
  connected(signal) {
    const look = () => void this.#look();
    const timer = setInterval(look, LOOK_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
    look();
  }

  async #look() {
    if (!session.account || session.locked || stream.link === "lost") return;
    const { status, body } = await waiting();
    if (status !== 200 || !this.isConnected) return;
    this.#waits = (body.waiting ?? []).filter((/** @type {any} */ one) => one.act === "shift-handover");
    this.redraw();
  }

  get #acting() {
    return !this.#busy && session.account !== "" && !session.locked && (stream.link === "live" || stream.link === "resync");
  }

  draw() {
    const shift = this.value("shift");
    this.render(
      h("header", { class: "handover-head" }, h("h2", null, t("handover.title")),
        valueOf(h("span"), shift?.since_ms === undefined || shift?.since_ms === null ? "" : t("handover.since", { time: lasted(stream.lineMs() - shift.since_ms), lead: shift.lead || "—" }))),
      h("div", { class: "handover" }, this.#counts(), this.#open(), this.#sign(shift)),
    );
  }

  #counts() {
    const counts = this.value("counts");
    const rows = [["inducted", counts?.inducted], ["release", counts?.lanes?.release], ["inspect", counts?.lanes?.inspect], ["anomaly", counts?.lanes?.anomaly], ["loaded", counts?.loaded], ["departed", counts?.departed]];
    return h("section", { class: "handover-counts" }, h("h3", null, t("handover.counts")),
      h("dl", null, rows.map(([name, value]) => [h("dt", null, t(`handover.count.${name}`)), valueOf(h("dd"), value)])));
  }

  #open() {
    const holds = this.value("holds")?.open ?? [];
    const alarms = this.value("alarms")?.list ?? [];
    const shelved = alarms.filter((/** @type {any} */ one) => one.state === "shelved");
    return h("section", { class: "handover-open" },
      this.#list("holds", holds.map((/** @type {any} */ one) => `${one.target} · ${reason(one.code).what} · ${one.by}`)),
      this.#list("out", alarms.filter((/** @type {any} */ one) => one.state === "out_of_service").map((/** @type {any} */ one) => `${reason(one.code).what} · ${kept(one.where)} · ${one.out_by || t("alarms.customs")} · ${one.out_cause}`)),
      this.#list("shelved", shelved.map((/** @type {any} */ one) => `${reason(one.code).what} · ${one.shelved_by} · ${one.shelved_until_ms === null ? "" : lasted(one.shelved_until_ms - stream.lineMs())}`)),
      this.#list("forced", []),
      this.#list("recoveries", offered().map((one) => `${t(`recovery.${one.kind}`)} ${one.where}`)));
  }

  /** @param {string} name @param {string[]} rows */
  #list(name, rows) {
    return [
      h("h3", null, t(`handover.${name}`), " ", valueOf(h("span", { class: "n" }), stream.state ? rows.length : "")),
      rows.length ? h("ul", { class: "rows worth", "data-quality": quality() }, rows.slice(0, ROWS).map((row) => h("li", null, row)), rows.length > ROWS && h("li", { class: "hint" }, t("manual.more", { n: rows.length - ROWS }))) : h("p", { class: "hint" }, t(`handover.${name}.none`)),
    ];
  }

  /** @param {any} shift */
  #sign(shift) {
    const others = this.#waits.filter((one) => one.first !== session.account);
    const own = this.#waits.find((one) => one.first === session.account);
    return h("section", { class: "handover-sign" },
      shift?.notes && h("div", { class: "before" }, h("h3", null, t("handover.before", { name: shift.taken_from || "—" })), h("p", null, shift.notes)),
      others.map((one) => h("div", { class: "to-sign", "data-key": one.proposal },
        h("p", null, h("strong", null, t("handover.from", { name: one.first }))), h("p", null, one.values?.notes ?? ""),
        h("button", { type: "button", class: "primary", "data-key": "sign", disabled: !this.#acting, onclick: () => void this.#take(one.proposal) }, t("handover.take")))),
      own ? h("div", { class: "waits", "data-key": "own" }, h("p", null, h("strong", null, t("handover.waits"))), h("p", { class: "hint" }, t("handover.waits.next")),
        h("button", { type: "button", class: "primary", "data-key": "other", onclick: () => void this.#other() }, t("handover.other"))) : !others.length && this.#give(),
      this.#answer && h("div", { class: "answer", role: "status", "data-stage": this.#answer.stage }, h("strong", null, this.#answer.what), h("span", null, this.#answer.next)));
  }

  #give() {
    return h("div", { class: "give", "data-key": "give" },
      h("label", { for: "notes" }, t("handover.notes")),
      h("textarea", { id: "notes", rows: 3, maxlength: NOTES_MOST, oninput: (/** @type {Event} */ event) => {
        this.#notes = /** @type {HTMLTextAreaElement} */ (event.target).value;
      } }),
      h("div", { class: "row phrases" }, PHRASES.map((key) => h("button", { type: "button", "data-key": key, onclick: () => this.#add(t(`handover.phrase.${key}`)) }, t(`handover.phrase.${key}`)))),
      h("button", { type: "button", class: "primary", "data-key": "hand-over", disabled: !this.#acting, onclick: () => void this.#propose() }, t("handover.give")));
  }

  /** @param {string} phrase */
  #add(phrase) {
    const field = /** @type {HTMLTextAreaElement|null} */ (this.querySelector("#notes"));
    this.#notes = (this.#notes ? `${this.#notes}; ${phrase}` : phrase).slice(0, NOTES_MOST);
    if (field) field.value = this.#notes;
  }

  async #propose() {
    await this.#ask(() => act("shift-handover", { notes: this.#notes.trim() || t("handover.phrase.quiet") }), "handover.proposed");
  }

  /** @param {string} proposal */
  async #take(proposal) {
    await this.#ask(() => sign(proposal), "handover.taken");
    if (this.#answer?.stage === "done") sound.test();
  }

  /** @param {() => Promise<import("../core/session.js").Answer>} asking @param {string} done */
  async #ask(asking, done) {
    if (this.#busy) return;
    this.#busy = true;
    this.#answer = { stage: "pressed", what: t("act.pressed"), next: "" };
    this.draw();
    const { status, body } = await proven(asking);
    this.#busy = false;
    this.#answer = status === 200 || status === 202 ? { stage: "done", what: t(done), next: "" } : { stage: "refused", ...said(body) };
    await this.#look();
    this.redraw();
  }

  /** The next person signs in at this screen. */
  async #other() {
    await session.signOut();
    location.assign("/?to=operator");
  }
}
customElements.define("shift-handover", ShiftHandover);
