/**
 * `<settings-changes>` 配置变更: what runs unsigned, what waits for signatures, what is agreed to for the next start, and a new proposal.
 *
 * Promises: nobody signs without the difference on the screen; who must sign stands at every changed setting; the dry run says what it
 * does not know; no secret is shown. Nothing here changes the running line: settings are taken at a start of the program.
 */
import { act } from "../core/acts.js";
import { proven } from "../core/prove.js";
import { ask, session } from "../core/session.js";
import { h } from "../core/view.js";
import { said, sentences, speak, t } from "../core/words.js";
import { table, worth } from "../lead/parts.js";
import { TwoPeople } from "../lead/two-people.js";
import leadWords from "../words/lead.js";
import changeWords from "../words/settings-changes.js";
import { Asking } from "./asking.js";

speak(leadWords);
speak(changeWords);

const CHECK_MS = 15_000;
const RUN_MS = 120_000;
const COMPANY = new Set(["integrator", "shift_lead"]);
const SIGNS = new Set(["officer", "section_chief"]);

class SettingsChanges extends Asking {
  static eachMs = 4000;
  #two = new TwoPeople("config-sign", () => this.redraw());
  /** @type {any} */
  #checked = null;
  #text = "";
  #file = "";
  /** @type {[string, string][]} */
  #values = [];
  /** @type {any} */
  #run = null;
  #busy = false;
  #failed = false;
  #answer = "";

  /** @param {AbortSignal} signal */
  connected(signal) {
    super.connected(signal);
    if (SIGNS.has(session.role)) this.#two.follow(signal);
  }

  address() {
    return "/api/config/changes";
  }

  draw() {
    const now = this.body;
    this.render(...this.head(t("changes.title")),
      h("p", { class: "hint" }, t("changes.means")),
      now && h("p", null, t("changes.in_force"), " ", h("code", null, now.sha256.slice(0, 16)), " ", h("strong", { "data-key": "signed" }, t(now.unsigned ? "changes.is_unsigned" : now.signed ? "changes.is_signed" : "changes.never_signed"))),
      now?.unsigned && this.#unsigned(now.unsigned),
      now?.waiting && this.#waiting(now.waiting),
      now?.approved && h("div", { class: "waits", "data-key": "approved" }, h("p", null, h("strong", null, t("changes.approved"))), rows(now.approved.changes), h("p", null, t("changes.take"), " ", h("code", null, `xiyong config-take --config ${now.file}`)),
        (SIGNS.has(session.role) || (COMPANY.has(session.role) && !now.approved.customs)) && this.#one("config-reject", "withdraw", "changes.reject", now.approved.sha256)),
      (this.#answer || this.#two.answer) && h("p", { class: this.#failed || this.#two.failed ? "fault" : "done", role: "status", "data-key": "answer" }, this.#answer || this.#two.answer),
      COMPANY.has(session.role) || SIGNS.has(session.role) ? this.#propose(Boolean(now?.waiting)) : h("p", { class: "hint" }, t("lead.reads_only")));
  }

  /** @param {any} one */
  #unsigned(one) {
    return h("div", { class: "waits", "data-key": "unsigned" },
      h("p", { class: "emergency", role: "alert" }, t("changes.unsigned")),
      h("p", { class: "hint" }, t("changes.hashes", { runs: one.sha256.slice(0, 16), signed: one.signed_sha256.slice(0, 16) })),
      one.changes ? rows(one.changes) : h("p", { class: "fault" }, t("changes.no_difference")),
      this.#sign(one.sha256, true));
  }

  /** @param {any} one */
  #waiting(one) {
    return h("div", { class: "waits", "data-key": "waiting" },
      h("p", null, h("strong", null, t(one.customs ? "changes.waits_customs" : "changes.waits_company")), " ", h("code", null, one.sha256.slice(0, 16))),
      h("p", null, t("lead.asked_by", { name: one.by, reason: one.reason })),
      rows(one.changes),
      session.customs && this.#dry(),
      one.customs ? this.#sign(one.sha256, false) : COMPANY.has(session.role) && this.#one("config-accept", "accept", "changes.accept", one.sha256),
      (session.account === one.by || SIGNS.has(session.role)) && this.#one("config-reject", "reject", "changes.reject", one.sha256));
  }

  /** Two of customs. @param {string} sha256 @param {boolean} runs */
  #sign(sha256, runs) {
    if (!SIGNS.has(session.role)) return h("p", { class: "hint" }, t("changes.customs_signs"));
    const others = this.#two.others.filter((one) => one.values?.sha256 === sha256);
    const own = this.#two.own?.values?.sha256 === sha256;
    const key = runs ? "runs" : "waits";
    return h("div", { class: "sign", "data-key": `sign-${key}` },
      others.map((one) => h("div", { class: "row", "data-key": one.proposal }, h("p", null, t("lead.asked_by", { name: one.first, reason: one.reason })),
        h("button", { type: "button", class: "primary", "data-key": "sign", disabled: this.#two.busy, onclick: () => void this.#two.sign(one.proposal).then(() => this.ask()) }, t("lead.sign")))),
      own ? h("p", { class: "hint" }, t("lead.waits_for_second")) : !others.length && [
        h("label", { for: `why-${key}` }, t("lead.reason")), h("input", { id: `why-${key}`, maxlength: 200, autocomplete: "off" }),
        h("button", { type: "button", class: "primary", "data-key": `ask-${key}`, disabled: this.#two.busy, onclick: () => {
          const why = this.#reason(`why-${key}`);
          if (why) void this.#two.ask({ sha256 }, why);
        } }, t("changes.ask"))]);
  }

  /** An act of one person with a reason. @param {string} name @param {string} key @param {string} label @param {string} sha256 */
  #one(name, key, label, sha256) {
    return h("div", { class: "sign", "data-key": `do-${key}` },
      h("label", { for: `why-${key}` }, t("lead.reason")), h("input", { id: `why-${key}`, maxlength: 200, autocomplete: "off" }),
      h("button", { type: "button", class: key === "accept" ? "primary" : "", "data-key": key, disabled: this.#busy, onclick: () => {
        const why = this.#reason(`why-${key}`);
        if (why) void this.#act(name, sha256, why);
      } }, t(label)));
  }

  /** What is typed there; the field is shown where nothing is. @param {string} id */
  #reason(id) {
    const field = /** @type {HTMLInputElement|null} */ (this.querySelector(`#${id}`));
    if (!field?.value.trim()) field?.focus();
    return field?.value.trim() ?? "";
  }

  #dry() {
    const run = this.#run;
    return h("section", { class: "dry-run", "data-key": "dry" }, h("h3", null, t("changes.dry.title")),
      h("button", { type: "button", "data-key": "dry-run", disabled: this.#busy, onclick: () => void this.#dryRun() }, t("lead.dry.go")),
      run && [
        run.never.length > 0 && h("p", null, t("changes.dry.never", { keys: run.never.join(", ") })),
        run.not_predicted.length > 0 && h("p", { class: "emergency", "data-key": "not-predicted" }, t("changes.dry.not_predicted", { keys: run.not_predicted.join(", ") })),
        run.run.length > 0 && [worth(run), h("p", { class: "totals" }, t("changes.dry.told", { keys: run.run.join(", "), cartons: run.cartons, differ: run.n_differ })),
          run.unsure > 0 && h("p", { class: "hint" }, t("changes.dry.unsure", { n: run.unsure })),
          run.n_differ > 0 && table(t("lead.dry.cartons"), ["carton", "before", "after", "why"].map((key) => ({ key, label: t(`changes.column.${key}`) })),
            run.differ.map((/** @type {any} */ one) => [one.carton || one.track, t(`changes.lane.${one.before}`), t(`changes.lane.${one.after}`), one.codes.join(", ") || "—"]))]]);
  }

  async #dryRun() {
    this.#busy = true;
    this.#run = null;
    this.redraw();
    const from = new Date(Date.now() - 24 * 3_600_000).toISOString();
    const { status, body } = await ask("GET", `/api/config/dry-run?from=${encodeURIComponent(from)}`, undefined, "", RUN_MS);
    this.#busy = false;
    this.#told(status, body, "");
    this.#run = status === 200 ? body : null;
    this.redraw();
  }

  /** @param {boolean} one waits already */
  #propose(one) {
    const checked = this.#checked;
    return h("section", { class: "enter", "data-key": "propose" }, h("h3", null, t("changes.new")),
      one && h("p", { class: "hint" }, t("changes.one_waits")),
      h("p", { class: "hint" }, t("changes.how")),
      h("div", { class: "row" }, h("input", { id: "file", class: "unseen", type: "file", accept: ".toml,text/plain", onchange: (/** @type {Event} */ event) => void this.#read(event) }), h("label", { for: "file", class: "pick" }, t("changes.file"))),
      this.#file && h("p", { class: "hint" }, t("changes.read", { name: this.#file })),
      this.#values.map(([key, value], at) => h("div", { class: "row", "data-key": `value-${key}` }, h("code", null, `${key} = ${value}`), h("button", { type: "button", onclick: () => {
        this.#values.splice(at, 1);
        this.#checked = null;
        this.redraw();
      } }, t("changes.drop")))),
      h("div", { class: "row" },
        h("div", { class: "find" }, h("label", { for: "key" }, t("changes.key")), h("input", { id: "key", maxlength: 80, autocomplete: "off", spellcheck: "false" })),
        h("div", { class: "find" }, h("label", { for: "value" }, t("changes.value")), h("input", { id: "value", maxlength: 300, autocomplete: "off", spellcheck: "false" })),
        h("button", { type: "button", "data-key": "add", onclick: () => this.#add() }, t("changes.add"))),
      h("button", { type: "button", "data-key": "check", disabled: this.#busy || (!this.#text && !this.#values.length), onclick: () => void this.#check() }, t("changes.check")),
      checked && !checked.usable && h("div", { class: "fault", role: "alert", "data-key": "problems" }, h("p", null, t("changes.wrong")), h("ul", { class: "rows" }, checked.problems.map((/** @type {any} */ each) => h("li", null, h("code", null, each.where), ` ${each.cause} (${each.next_step})`)))),
      checked?.usable && (checked.changes.length ? [rows(checked.changes), h("p", { "data-key": "who" }, h("strong", null, t(checked.customs ? "changes.customs_needed" : "changes.company_alone"))), this.#one("config-propose", "propose", "changes.propose", checked.sha256)] : h("p", { class: "hint" }, t("changes.nothing"))));
  }

  #add() {
    const [key, value] = ["key", "value"].map((id) => /** @type {HTMLInputElement} */ (this.querySelector(`#${id}`)));
    if (!key.value.trim()) return key.focus();
    this.#values = [...this.#values.filter(([one]) => one !== key.value.trim()), [key.value.trim(), value.value.trim()]];
    this.#checked = null;
    key.value = value.value = "";
    this.redraw();
  }

  /** @param {Event} event */
  async #read(event) {
    const file = /** @type {HTMLInputElement} */ (event.target).files?.[0];
    this.#text = file ? await file.text() : "";
    this.#file = file?.name ?? "";
    this.#checked = null;
    this.redraw();
  }

  async #check() {
    this.#busy = true;
    this.#answer = "";
    this.redraw();
    const { status, body } = await ask("POST", "/api/config/check", { text: this.#text, values: Object.fromEntries(this.#values) }, session.csrf, CHECK_MS);
    this.#busy = false;
    this.#told(status, body, "");
    this.#checked = status === 200 ? body : null;
    this.redraw();
  }

  /** @param {string} name @param {string} sha256 @param {string} reason */
  async #act(name, sha256, reason) {
    this.#busy = true;
    this.redraw();
    const { status, body } = await proven(() => act(name, { sha256 }, { reason }));
    this.#busy = false;
    this.#told(status, body, t(`changes.done.${name}`));
    if (status === 200) {
      for (const field of this.querySelectorAll("input")) field.value = "";
      if (name === "config-propose") {
        this.#checked = null;
        this.#values = [];
        this.#text = this.#file = "";
      }
    }
    void this.ask();
  }

  /** @param {number} status @param {any} body @param {string} done */
  #told(status, body, done) {
    this.#failed = status !== 200;
    this.#answer = this.#failed ? sentences(said(body).what, said(body).next) : done;
  }
}
customElements.define("settings-changes", SettingsChanges);

/** The difference, setting by setting. @param {any[]} changes */
function rows(changes) {
  const columns = ["key", "before", "after", "from", "signs", "touches", "applies"].map((key) => ({ key, label: t(`changes.column.${key}`) }));
  return table(t("changes.difference", { n: changes.length }), columns, changes.map((one) => [
    h("code", null, one.key), h("span", { class: "before" }, one.before || "—"), h("span", { class: "after" }, one.after || "—"),
    [one.from_before, one.from_after].map(origin).join(" → "), h("span", { class: one.signs === "customs" ? "after" : "" }, t(`changes.signs.${one.signs}`)), t(`changes.touches.${one.touches}`),
    one.applies ? t(one.applies.endsWith("empty belt") ? "changes.applies.empty_belt" : "changes.applies.restart") : "—"]));
}

/** @param {string} from */
function origin(from) {
  return from ? t(`changes.from.${from.replace(" ", "_")}`) : "—";
}
