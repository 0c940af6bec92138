/**
 * `<line-controls>`: start, reset, resume, silence; beside them stands `<stop-button>`.
 *
 * Promises: what may start something is held for 0.8 s; nothing is shown as done before the stream says so: pressed, accepted, carried
 * out; a refusal lists every unmet condition with its next step; while an emergency stop or a local button is wanted there is no start,
 * but the name of the button at the machine. What can not be asked for now says why in its place.
 */
import { act } from "../core/acts.js";
import { belt } from "../core/belt-state.js";
import { icon } from "../core/icons.js";
import { proven, prove } from "../core/prove.js";
import { session } from "../core/session.js";
import { sheet } from "../core/sheet.js";
import { stream } from "../core/stream.js";
import { h, View } from "../core/view.js";
import { reason, said, t } from "../core/words.js";
import { AT_THE_MACHINE, causes } from "./why-stopped.js";
import "../core/hold-button.js";

/** @typedef {"pressed"|"accepted"|"done"|"unseen"|"refused"} Stage */
/** @typedef {{name: string, act: string, icon: string, done: (() => boolean)|null}} Control */

const SEEN_WITHIN_MS = 5000;
const SHOWN_MS = 4000;
const MAY = new Set(["operator", "shift_lead", "officer", "section_chief"]);

const runs = () => ["running", "purge"].includes(belt().word);
/** @type {Record<string, Control>} */
const CONTROLS = {
  start: { name: "start", act: "line-start", icon: "start", done: runs },
  unhold: { name: "unhold", act: "line-unhold", icon: "resume", done: runs },
  resume: { name: "resume", act: "line-resume", icon: "resume", done: () => !causes().some((one) => FAIL_SAFE.has(one.code)) && belt().word !== "fail_safe" },
  reset: { name: "reset", act: "line-reset", icon: "reset", done: () => !["aborted", "jam"].includes(belt().word) },
  mute: { name: "mute", act: "line-mute", icon: "mute", done: null },
};
const FAIL_SAFE = new Set(["plc_fail_safe", "session_conflict"]);

class LineControls extends View {
  static wants = ["line", "belt", "start"];
  /** @type {Map<string, {stage: Stage, note: string, press: number}>} */
  #stages = new Map();
  #presses = 0;

  draw() {
    for (const [name, { stage, press }] of this.#stages) if (stage === "accepted" && CONTROLS[name]?.done?.()) this.#to(name, press, "done");
    const { word } = belt();
    const resume = word === "fail_safe" || causes().some((one) => FAIL_SAFE.has(one.code));
    this.render(
      this.#tap(CONTROLS.mute),
      this.#hold(CONTROLS.reset),
      resume ? this.#hold(CONTROLS.resume) : null,
      this.#go(word === "held" ? CONTROLS.unhold : CONTROLS.start),
    );
  }

  /** Start, or what must be done at the machine before anybody may start. @param {Control} control */
  #go(control) {
    const local = stream.link === "live" && causes().find((one) => AT_THE_MACHINE.has(one.code));
    if (!local) return this.#hold(control);
    return h("div", { class: "at-machine", "data-key": "go", role: "status" }, h("span", { class: "label" }, t("control.at_machine")), h("span", { class: "note" }, local.next));
  }

  /** @param {Control} control */
  #hold(control) {
    const off = this.#off(control);
    const { stage, note } = this.#stages.get(control.name) ?? { stage: "", note: "" };
    return h("hold-button", {
      "data-key": control.name, label: t(`control.${control.name}`), icon: control.icon, disabled: Boolean(off), stage,
      note: note || off || this.#unmet(control) || t("control.hold"), onheld: () => void this.#press(control),
    });
  }

  /** @param {Control} control */
  #tap(control) {
    const off = this.#off(control);
    const { stage, note } = this.#stages.get(control.name) ?? { stage: "", note: "" };
    return h("button", { type: "button", class: "tap", "data-key": control.name, "data-stage": stage, disabled: Boolean(off), onclick: () => void this.#press(control) },
      h("svg", { viewBox: "0 0 16 16", class: "glyph", "aria-hidden": "true" }, icon(control.icon)),
      h("span", { class: "words" }, h("span", { class: "label" }, t(`control.${control.name}`)), h("span", { class: "note" }, note || off || t("control.tap"))));
  }

  /** Why it can not be asked for now; empty = it can. @param {Control} control */
  #off(control) {
    if (!session.account) return t("off.nobody");
    if (!MAY.has(session.role)) return t("off.role");
    if (stream.link === "lost") return t("off.lost");
    if (stream.link !== "live") return t("off.waits");
    if (belt().word === "unknown") return reason("plc_not_ready").what;
    if (control.name === "start" && runs()) return t("off.runs");
    return "";
  }

  /** How much stands against a start, before anybody presses. @param {Control} control */
  #unmet(control) {
    const n = control.name === "start" ? (this.value("start")?.unmet.length ?? 0) : 0;
    return n ? t("control.unmet", { n }) : "";
  }

  /** @param {Control} control */
  async #press(control) {
    const press = ++this.#presses;
    this.#to(control.name, press, "pressed");
    if (session.locked && !(await prove())) return this.#to(control.name, press, "refused", t("off.locked"));
    const { status, body } = await proven(() => act(control.act));
    if (status !== 200) {
      const { what, next } = said(body);
      this.#to(control.name, press, "refused", what);
      return void unmet(t(`control.${control.name}`), body.unmet ?? [], { what, next });
    }
    this.#to(control.name, press, control.done ? "accepted" : "done");
    if (control.done) setTimeout(() => this.#stages.get(control.name)?.stage === "accepted" && this.#to(control.name, press, "unseen"), SEEN_WITHIN_MS);
  }

  /** @param {string} name @param {number} press @param {Stage} stage @param {string} [note] */
  #to(name, press, stage, note) {
    if ((this.#stages.get(name)?.press ?? 0) > press) return;
    this.#stages.set(name, { stage, note: note ?? t(`stage.${stage}`), press });
    if (stage !== "pressed" && stage !== "accepted") {
      setTimeout(() => {
        if (this.#stages.get(name)?.press !== press) return;
        this.#stages.delete(name);
        this.redraw();
      }, SHOWN_MS);
    }
    this.redraw();
  }
}
customElements.define("line-controls", LineControls);

/** Everything that stands against an act, each with its next step. @param {string} title @param {any[]} conditions @param {{what: string, next: string}} first */
async function unmet(title, conditions, first) {
  const rows = conditions.length ? conditions.map((one) => said(one)) : [first];
  await sheet(t("unmet.title", { act: title }), () => h("ol", { class: "unmet" }, rows.map(({ what, next }) => h("li", null, h("b", null, what), h("span", null, next)))));
}
