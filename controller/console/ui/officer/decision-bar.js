/**
 * `<decision-bar>`: what may be decided now, with which key; and why nothing may.
 *
 * One rule: no button here has or takes the focus, none is a default, and a click that no pointer made does nothing: Enter, Space and
 * whatever a scanner types can not press them.
 */
import { act } from "../core/acts.js";
import { stream } from "../core/stream.js";
import { h, View } from "../core/view.js";
import { said, t } from "../core/words.js";
import { belt } from "../core/belt-state.js";
import { keyName } from "./bindings.js";
import { findings, reasonsOf } from "./findings.js";
import { HELD_LEAST_MS } from "./keys.js";
import { other, waiting } from "./pool.js";
import officerWords from "../words/officer.js";
import "../core/hold-button.js";

const VERDICTS = ["clear", "open", "anomaly"];
/** New buttons do nothing under a finger that was already there. */
const NEW_DEAD_MS = 400;

export class DecisionBar extends View {
  static wants = ["pictures", "line", "belt"];
  /** @type {import("./work.js").Work|null} */
  work = null;
  /** @type {import("./bindings.js").Bindings|null} */
  bindings = null;
  /** @type {{name: string, at: number}|null} */
  _pressed = null;

  draw() {
    const { work } = this;
    if (!work) return;
    this.render(
      h("div", { class: "standing", "data-kind": this._kind(), role: "status" }, this._standing()),
      h("div", { class: "acts", role: "group", "aria-label": t("officer.decisions") },
        VERDICTS.map((name) => this._button(name, work.against(name).length > 0, () => void work.decide(name))),
        belt().word === "held"
          ? h("hold-button", { label: t("officer.unhold"), icon: "resume", "data-key": "unhold", onheld: () => this._unhold() })
          : this._button("hold", stream.link === "lost" || !work.decides, () => void work.holdLine()),
        this._button("undo", !work.ledger.newest() || Boolean(work.busy), () => void work.undo())),
    );
  }

  /** @param {string} name @param {boolean} off @param {() => void} go */
  _button(name, off, go) {
    const waits = this.work?.asking === name;
    return h("button", {
      type: "button", tabindex: "-1", class: `act ${name}`, "data-key": `act-${name}`, "aria-disabled": off ? "true" : null,
      "aria-keyshortcuts": this.bindings?.on ? keyName(this.bindings.codes[name]) : null, "aria-pressed": waits ? "true" : null,
      onpointerdown: (/** @type {PointerEvent} */ event) => this._down(event, name),
      onpointerup: (/** @type {PointerEvent} */ event) => this._up(event, name) && !off && go(),
      onpointerleave: () => { this._pressed = null; },
    }, this.bindings?.on && h("kbd", null, keyName(this.bindings.codes[name])), h("span", null, t(`officer.act_${name}`)));
  }

  /** @param {PointerEvent} event @param {string} name */
  _down(event, name) {
    event.preventDefault(); // the focus stays where it is
    this._pressed = event.button === 0 ? { name, at: performance.now() } : null;
  }

  /** @param {PointerEvent} event @param {string} name */
  _up(event, name) {
    const pressed = this._pressed;
    this._pressed = null;
    const held = pressed && pressed.name === name && event.button === 0 && performance.now() - pressed.at >= HELD_LEAST_MS;
    return Boolean(held) && !this.work?.keys.dead;
  }

  _kind() {
    const work = /** @type {import("./work.js").Work} */ (this.work);
    const against = work.against();
    if (against.includes("signed_out") || against.includes("locked")) return "not-yet";
    if (against.includes("link_lost") || against.includes("graphics_lost") || against.includes("picture_failed")) return "refused";
    return against.length ? "not-yet" : "";
  }

  /** What may be done now or why not, and below it what became of the last act, else what to do. */
  _standing() {
    const work = /** @type {import("./work.js").Work} */ (this.work);
    const [what, next] = this._sentence(work);
    const notice = work.notice;
    return [h("strong", null, what), notice ? h("span", { class: "notice", "data-kind": notice.kind, role: notice.kind === "told" ? "status" : "alert" }, this._noticed(notice)) : h("span", null, next)];
  }

  /** @param {import("./work.js").Work} work @returns {[string, string]} */
  _sentence(work) {
    if (work.busy) return [t("officer.against_busy"), t("officer.against_busy_next")];
    const first = work.against()[0] ?? (work.against("clear")[0] || "");
    if (first) return [t(`officer.against_${first}`, this._who()), t(`officer.against_${first}_next`, this._who())];
    if (work.asking) return [t(`officer.ask_${work.asking}`), t("officer.ask_next")];
    const found = findings(work.cases.get(work.mine)?.told);
    const next = found.length ? t("officer.release_wants_reason", { what: found.map((name) => t(`officer.finding_${name}`)).join(t("officer.and")) }) : t("officer.may_decide_next");
    return [t("officer.may_decide"), next];
  }

  /** @param {import("./work.js").Notice} notice */
  _noticed(notice) {
    if (!notice.body) return t(notice.key, notice.params);
    const { what, next } = said(notice.body);
    return `${t(notice.key)}${what}. ${next}`;
  }

  _who() {
    const item = waiting(this.work?.mine ?? "") ?? waiting(this.work?.shown ?? "");
    return { who: item ? other(item) : "" };
  }

  async _unhold() {
    const answer = await act("line-unhold");
    if (answer.status !== 200) this.work?.tell({ kind: "refused", key: "officer.refused", body: answer.body });
  }
}

/** `<reason-panel>`: nine reasons by number, over the papers, while a verdict waits for one. */
export class ReasonPanel extends View {
  /** @type {import("./work.js").Work|null} */
  work = null;
  _asked = "";
  _since = 0;

  draw() {
    const asking = this.work?.asking ?? "";
    if (asking !== this._asked) {
      this._asked = asking;
      this._since = performance.now();
    }
    this.hidden = !asking;
    if (!asking) return this.render();
    this.render(
      h("h2", null, t(`officer.ask_${asking}`)),
      h("ol", null, reasonsOf(asking).map((key, i) => h("li", null, h("button", {
        type: "button", tabindex: "-1", onpointerdown: (/** @type {Event} */ event) => event.preventDefault(), onpointerup: () => this._choose(i + 1),
      }, h("kbd", null, i + 1), h("span", null, t(key)))))),
      h("p", { class: "hint" }, t("officer.ask_keys")),
    );
  }

  /** @param {number} number */
  _choose(number) {
    if (performance.now() - this._since >= NEW_DEAD_MS && !this.work?.keys.dead) this.choose(number);
  }

  /** @param {number} number */
  choose(number) {
    const { work } = this;
    if (work?.asking) void work.decide(work.asking, keptReason(work.asking, number));
  }
}

/** A reason as it is kept with the verdict: in both languages, whoever reads it later. @param {string} verdict @param {number} number */
export function keptReason(verdict, number) {
  return officerWords[reasonsOf(verdict)[number - 1]].join(" / ");
}

customElements.define("decision-bar", DecisionBar);
customElements.define("reason-panel", ReasonPanel);
