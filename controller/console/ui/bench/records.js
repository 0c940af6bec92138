/**
 * `<inspection-records>` 查验记录单: what two officers closed, and the paper of each: written, with the section chief, approved, filed.
 *
 * Promises: match or mismatch is set as it was found; the paper is given only when it is filed; who may do what is the service's to say.
 * Who signs, signs what this page showed: an opinion on a text that another has taken the place of is cleared and says so, and the act
 * carries the text (who hands it in) or the word for it (who judges it), so that the core refuses it where it changed at that moment.
 */
import { act } from "../core/acts.js";
import { quality, valueOf } from "../core/quality.js";
import { session } from "../core/session.js";
import { stream } from "../core/stream.js";
import { take } from "../core/taking.js";
import { h, View } from "../core/view.js";
import { lasted, t } from "../core/words.js";
import { Doing } from "./doing.js";
import { difference } from "./facts.js";
import { witnessSigns } from "./sign-off.js";

/** @typedef {{result: string, scope: string, wrapping: string, site: string, notes: string}} Form */

/** Nobody but a witness can stand on it any more. @param {any} one */
const wantsWitness = (one) => one.party !== "present" && !one.witness;

/** Whether it is the turn of whoever sits here. @param {any} one */
const waitsFor = (one) => (session.role === "section_chief" ? one.stage === "submitted" : ["none", "draft"].includes(one.stage) && one.officers.includes(session.account));

class InspectionRecords extends View {
  static wants = ["bench_lists"];
  #doing = new Doing(() => this.redraw());
  #chosen = "";
  /** What is typed and not sent. @type {Form|null} */
  #form = null;
  #opinion = "";
  /** Where else it is filed, as it is typed, and the word for what was shown as that began. @type {{where: string, why: string, shown: string}|null} */
  #elsewhere = null;
  /** The word for what was drawn last. */
  #drawn = "";

  draw() {
    const rows = this.value("bench_lists")?.records ?? [];
    const one = rows.find((/** @type {any} */ row) => row.recheck_id === this.#chosen) ?? rows.find(waitsFor) ?? rows[0];
    if (one && one.recheck_id !== this.#chosen) this.#choose(one.recheck_id);
    if (one?.stage === "submitted" && one.shown !== this.#drawn && this.#opinion) {
      this.#opinion = "";
      this.#doing.say(t("bench.record.moved_on"), t("bench.record.moved_on.next"));
    }
    if (this.#elsewhere && one?.shown !== this.#elsewhere.shown) {
      this.#elsewhere = null;
      if (!this.#doing.busy) this.#doing.say(t("bench.elsewhere.moved_on"), t("bench.elsewhere.moved_on.next"));
    }
    this.#drawn = one?.shown ?? "";
    this.render(this.#list(rows, one), one ? this.#record(one) : h("section", { class: "pane", "data-key": "none" }));
  }

  /** @param {string} key */
  #choose(key) {
    this.#chosen = key;
    this.#form = null;
    this.#opinion = "";
    this.#elsewhere = null;
    this.redraw();
  }

  /** @param {any[]} rows @param {any} one */
  #list(rows, one) {
    return h("section", { class: "pane", "data-key": "list" },
      h("h2", null, t("bench.records"), " ", valueOf(h("span", { class: "n" }), stream.state ? rows.length : "")),
      h("div", { class: "scrolls worth", "data-quality": quality(), tabindex: "0" },
        rows.length ? h("div", { class: "rows" }, rows.map((row) => h("button", { type: "button", class: "row-button", "data-key": row.recheck_id, "aria-pressed": String(row === one), onclick: () => this.#choose(row.recheck_id) },
          h("strong", { class: "no" }, row.carton), h("span", { class: "why" }, t(`bench.outcome.${row.outcome}`), " · ", t(row.matched ? "bench.record.match" : "bench.record.mismatch")),
          h("span", { class: "stage" }, t(`bench.stage.${row.stage}`)), h("span", { class: "ago" }, t("bench.ago", { time: lasted(stream.lineMs() - row.closed_ms) })))))
          : h("p", { class: "empty" }, t("bench.records.none"))));
  }

  /** @param {any} one */
  #record(one) {
    const open = ["none", "draft", "elsewhere"].includes(one.stage);
    const here = open && !this.#elsewhere;
    const mine = one.officers.includes(session.account);
    return h("section", { class: "pane record", "data-key": `r${one.recheck_id}` },
      h("header", null, h("h2", { class: "no" }, one.carton), h("span", { class: "of" }, t(`bench.stage.${one.stage}`)), one.code && h("span", { class: "code" }, one.code)),
      h("div", { class: "scrolls", tabindex: "0" },
        h("dl", { class: "pairs" },
          h("div", null, h("dt", null, t("bench.outcome")), h("dd", null, t(`bench.outcome.${one.outcome}`))),
          h("div", null, h("dt", null, t("bench.officers")), h("dd", null, one.officers.join(", "))),
          h("div", null, h("dt", null, t("bench.party")), h("dd", null, one.party ? t(`bench.party.choose.${one.party}`) : t("bench.party.none"))),
          h("div", null, h("dt", null, t("bench.witness")), h("dd", null, one.witness || t("bench.witness.none"))),
          one.differences.length > 0 && h("div", { class: "hit" }, h("dt", null, t("bench.differences")), h("dd", null, one.differences.map((/** @type {any} */ each) => h("p", null, difference(each)))))),
        one.elsewhere && h("p", { class: "hint", "data-key": "elsewhere-is" }, t("bench.elsewhere.is", { where: one.elsewhere, name: one.elsewhere_by })),
        one.returned && h("p", { class: "returned" }, t("bench.record.returned", { why: one.returned })),
        !open ? this.#read(one) : this.#elsewhere ? this.#away(this.#elsewhere) : mine ? this.#write(one) : h("p", { class: "hint", "data-key": "not-mine" }, t("bench.record.not_mine", { names: one.officers.join(", ") }))),
      here && this.#send(one, mine),
      open && this.#elsewhere && this.#sendAway(one, this.#elsewhere),
      one.stage === "submitted" && session.role === "section_chief" && this.#judge(one),
      one.stage === "filed" && this.#paper(one),
      one.stage === "approved" && h("p", { class: "hint" }, t("bench.record.being_made")),
      this.#doing.draw());
  }

  /** Who takes the paper says why: it stands in the journal. @param {any} one */
  #paper(one) {
    return h("div", { class: "row", "data-key": "paper-row" },
      h("label", { for: "paper-why" }, t("bench.record.why")), h("input", { id: "paper-why", maxlength: 200, autocomplete: "off" }),
      h("button", { type: "button", class: "primary", "data-key": "paper", onclick: async () => {
        const why = /** @type {HTMLInputElement} */ (this.querySelector("#paper-why"));
        if (!why.value.trim()) return why.focus();
        const { what, next } = await take(`/api/recheck/${encodeURIComponent(one.recheck_id)}/record.pdf`, { reason: why.value.trim() });
        this.#doing.say(what, next);
      } }, t("bench.record.paper")));
  }

  /** @param {any} one */
  #write(one) {
    const form = this.#form ??= { scope: "thorough", wrapping: "", notes: "", ...(one.form ?? {}), site: one.form?.place ?? "", result: one.matched ? "match" : "mismatch" };
    const field = (/** @type {"wrapping"|"site"|"notes"} */ name, /** @type {string} */ tag) => [h("label", { for: `record-${name}` }, t(`bench.record.${name}`)),
      h(tag, { id: `record-${name}`, maxlength: name === "notes" ? 600 : 80, autocomplete: "off", ".value": form[name], oninput: (/** @type {Event} */ event) => { form[name] = /** @type {HTMLInputElement} */ (event.target).value; } })];
    return h("div", { class: "form", "data-key": "form" },
      h("div", { class: "choices", role: "radiogroup", "aria-label": t("bench.record.scope") }, ["thorough", "sampling"].map((scope) => h("button", { type: "button", role: "radio", "aria-checked": String(form.scope === scope), "data-key": scope, onclick: () => {
        form.scope = scope;
        this.redraw();
      } }, t(`bench.record.${scope}`)))),
      h("p", { class: one.matched ? "hint" : "hint hit" }, t(one.matched ? "bench.record.match" : "bench.record.mismatch")),
      field("wrapping", "input"), field("site", "input"), field("notes", "textarea"),
      wantsWitness(one) && h("p", { class: "hint", "data-key": "wants-witness" }, t("bench.record.wants_witness")));
  }

  /** Where else it is filed, and why. @param {{where: string, why: string}} told */
  #away(told) {
    const field = (/** @type {"where"|"why"} */ name, /** @type {number} */ most) => [h("label", { for: `elsewhere-${name}` }, t(`bench.elsewhere.${name}`)),
      h("input", { id: `elsewhere-${name}`, maxlength: most, autocomplete: "off", ".value": told[name], oninput: (/** @type {Event} */ event) => { told[name] = /** @type {HTMLInputElement} */ (event.target).value; } })];
    return h("div", { class: "form", "data-key": "elsewhere-form" }, h("p", { class: "hint" }, t("bench.elsewhere.means")), field("where", 120), field("why", 300));
  }

  /** @param {any} one @param {{where: string, why: string, shown: string}} told */
  #sendAway(one, told) {
    const say = async () => {
      const empty = /** @type {("where"|"why")[]} */ (["where", "why"]).find((name) => !told[name].trim());
      if (empty) return document.getElementById(`elsewhere-${empty}`)?.focus();
      const done = await this.#doing.ask(() => act("record-elsewhere", { recheck_id: one.recheck_id, where: told.where.trim(), shown: told.shown }, { reason: told.why.trim() }), t("bench.elsewhere.done"));
      if (done) this.#turn(null);
    };
    return h("div", { class: "row", "data-key": "elsewhere-row" },
      h("button", { type: "button", "data-key": "elsewhere-back", onclick: () => this.#turn(null) }, t("bench.elsewhere.back")),
      h("button", { type: "button", class: "primary", "data-key": "elsewhere-say", disabled: !this.#doing.may, onclick: () => void say() }, t("bench.elsewhere.say")));
  }

  /** @param {{where: string, why: string, shown: string}|null} told */
  #turn(told) {
    this.#elsewhere = told;
    if (told) this.#doing.say("");
    this.draw();
    if (told) document.getElementById("elsewhere-where")?.focus();
  }

  /** @param {any} one @param {boolean} mine */
  #send(one, mine) {
    const away = ["officer", "section_chief"].includes(session.role)
      && h("button", { type: "button", "data-key": "elsewhere", disabled: !this.#doing.may, onclick: () => this.#turn({ where: one.elsewhere, why: "", shown: one.shown }) }, t("bench.elsewhere"));
    if (!mine) return h("div", { class: "row", "data-key": "send" }, away);
    const form = /** @type {Form} */ (this.#form);
    const values = () => ({ recheck_id: one.recheck_id, result: form.result, scope: form.scope, ...Object.fromEntries(["wrapping", "site", "notes"].map((name) => [name, form[/** @type {"notes"} */ (name)].trim()]).filter((two) => two[1])) });
    const save = (told = values()) => this.#doing.ask(() => act("record-draft", told), t("bench.record.saved"));
    const submit = async () => {
      const told = values();
      if (await save(told)) await this.#doing.ask(() => act("record-submit", told), t("bench.record.submitted"));
    };
    return h("div", { class: "row", "data-key": "send" }, away,
        h("button", { type: "button", "data-key": "save", disabled: !this.#doing.may, onclick: () => void save() }, t("bench.record.save")),
        wantsWitness(one) && h("button", { type: "button", "data-key": "witness", disabled: !this.#doing.may, onclick: () => void witnessSigns(one).then((done) => done && this.#doing.say(t("bench.record.witnessed"), "", "done")) }, t("bench.witness.sign")),
        h("button", { type: "button", class: "primary", "data-key": "submit", disabled: !this.#doing.may, onclick: () => void submit() }, t("bench.record.submit")));
  }

  /** @param {any} one */
  #read(one) {
    const pair = (/** @type {string} */ key, /** @type {string} */ value) => h("div", null, h("dt", null, t(`bench.record.${key}`)), h("dd", null, value || "—"));
    return h("dl", { class: "pairs", "data-key": "read" }, pair("scope", t(`bench.record.${one.form.scope}`)), pair("wrapping", one.form.wrapping), pair("site", one.form.place), pair("notes", one.form.notes),
      pair("drafted_by", one.drafted_by), one.approved_by && pair("approved_by", one.approved_by));
  }

  /** @param {any} one */
  #judge(one) {
    const send = (/** @type {string} */ name, /** @type {string} */ done) => {
      if (!this.#opinion.trim()) return document.getElementById("opinion")?.focus();
      return void this.#doing.ask(() => act(name, { recheck_id: one.recheck_id, shown: one.shown }, { reason: this.#opinion.trim() }), done);
    };
    return h("div", { class: "form judge", "data-key": `judge-${one.shown}` }, h("label", { for: "opinion" }, t("bench.record.opinion")),
      h("input", { id: "opinion", maxlength: 300, autocomplete: "off", ".value": this.#opinion, oninput: (/** @type {Event} */ event) => { this.#opinion = /** @type {HTMLInputElement} */ (event.target).value; } }),
      h("div", { class: "row" },
        h("button", { type: "button", class: "primary", "data-key": "approve", disabled: !this.#doing.may, onclick: () => send("record-approve", t("bench.record.approved")) }, t("bench.record.approve")),
        h("button", { type: "button", "data-key": "return", disabled: !this.#doing.may, onclick: () => send("record-return", t("bench.record.sent_back")) }, t("bench.record.return"))));
  }
}
customElements.define("inspection-records", InspectionRecords);
