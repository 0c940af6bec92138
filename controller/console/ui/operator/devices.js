/**
 * `<line-devices>` 设备: every device, and the faceplate of one: how it is, why it is down and what to do, its last ten events, hours;
 * and everything that stands against a start.
 *
 * Promises: a device that has said nothing is neither up nor down; what only the service knows (settings, events) is asked for when a
 * faceplate opens and is shown with its time; nothing here switches anything.
 */
import { quality, valueOf } from "../core/quality.js";
import { ask } from "../core/session.js";
import { stream } from "../core/stream.js";
import { h, View } from "../core/view.js";
import { knows, lasted, reason, speak, t } from "../core/words.js";
import recoveryWords from "../words/recovery.js";
import deskWords from "../words/desk.js";
import { againstStart, recoveryFor } from "./recovery/facts.js";

speak(recoveryWords);
speak(deskWords);

const KINDS = new Set(["plc", "scanner", "camera", "scale", "xray", "gate", "stack_light"]);

class LineDevices extends View {
  static wants = ["devices", "plan", "start"];
  #name = "";
  /** @type {any} */
  #plate = null;
  #asked = 0;

  /** @param {AbortSignal} signal */
  connected(signal) {
    const timer = setInterval(() => this.redraw(), 5000);
    signal.addEventListener("abort", () => clearInterval(timer));
  }

  /** @param {string} name */
  async #open(name) {
    const mine = ++this.#asked;
    this.#name = name;
    this.#plate = null;
    this.redraw();
    const { status, body } = await ask("GET", `/api/devices/${encodeURIComponent(name)}`);
    if (mine !== this.#asked) return;
    this.#plate = status === 200 ? body : { missing: true };
    this.redraw();
  }

  draw() {
    const told = /** @type {any[]} */ (this.value("devices")?.list ?? []);
    const list = [...told.filter((row) => row.up === false), ...told.filter((row) => row.up !== false)];
    const tasks = this.value("devices")?.tasks_down ?? [];
    if (!this.#name && list.length) void this.#open((list.find((/** @type {any} */ one) => one.up === false) ?? list[0]).name);
    const one = list.find((/** @type {any} */ other) => other.name === this.#name);
    this.render(
      h("section", { class: "device-list scrolls" },
        h("h2", null, t("devices.title")),
        h("ul", { class: "rows" }, list.map((/** @type {any} */ row) => h("li", { "data-key": row.name },
          h("button", { type: "button", class: "device", "data-state": stateOf(row), "aria-pressed": String(row.name === this.#name), onclick: () => void this.#open(row.name) },
            h("strong", null, row.name), h("span", null, kindOf(row.kind)), valueOf(h("span", { class: "state" }), t(`device_state.${stateOf(row)}`), { quiet: true }))))),
        tasks.length > 0 && h("p", { class: "fault" }, t("devices.tasks", { names: tasks.join(", ") }))),
      h("section", { class: "faceplate scrolls", tabindex: "0", "data-key": this.#name }, one ? this.#face(one) : h("p", { class: "hint" }, t("devices.choose"))),
      h("section", { class: "start-list" }, this.#start()),
    );
  }

  /** @param {any} one */
  #face(one) {
    const place = this.value("plan")?.devices?.find((/** @type {any} */ other) => other.name === one.name);
    const why = one.code ? reason(one.code) : null;
    const since = one.since_ms === null || one.since_ms === undefined ? "" : lasted(stream.lineMs() - one.since_ms);
    return [
      h("h2", null, one.name),
      h("p", { class: "state-line" }, valueOf(h("strong", { class: "state", "data-state": stateOf(one) }), t(`device_state.${stateOf(one)}`)), " ", since && t("devices.since", { time: since })),
      one.up === false && h("div", { class: "why-down" },
        h("p", null, h("b", null, t("devices.why")), " ", why && why.what !== one.code ? why.what : t("devices.down.what", { code: one.code || "—" })),
        h("p", null, h("b", null, t("devices.next")), " ", why?.next || t("devices.down.next"))),
      h("dl", { class: "facts-list" },
        h("dt", null, t("devices.kind")), h("dd", null, kindOf(one.kind), place?.role ? ` · ${place.role}` : ""),
        place?.station && [h("dt", null, t("devices.place")), h("dd", null, t(`place.${place.station}`))],
        this.#hours(one)),
      this.#last(),
    ];
  }

  /** @param {any} one */
  #hours(one) {
    return [h("dt", null, t("devices.hours")), valueOf(h("dd"), one.up && one.since_ms !== null ? lasted(stream.lineMs() - one.since_ms) : "")];
  }

  #last() {
    const plate = this.#plate;
    if (!plate) return h("p", { class: "hint" }, t("devices.asking"));
    if (plate.missing) return h("p", { class: "hint" }, t("devices.no_answer"));
    const rows = /** @type {any[]} */ (plate.last ?? []).slice(0, 10);
    const settings = Object.entries(plate.settings ?? {}).filter(([, value]) => value !== null && value !== "").slice(0, 8);
    return [
      h("h3", null, t("devices.last")),
      rows.length ? h("ol", { class: "last" }, rows.map((row) => h("li", null, h("time", null, clock(row)), " ", eventOf(row)))) : h("p", { class: "hint" }, t("devices.last.none")),
      settings.length > 0 && [h("h3", null, t("devices.settings")), h("dl", { class: "facts-list" }, settings.map(([name, value]) => [h("dt", null, name), h("dd", null, String(value))]))],
    ];
  }

  #start() {
    const unmet = againstStart();
    return [
      h("h3", null, t("start.title")),
      this.value("start") === undefined ? valueOf(h("p"), "") : unmet.length ? h("ul", { class: "unmet worth", "data-quality": quality() }, unmet.map((code) => h("li", { "data-key": code },
        h("strong", null, reason(code).what), h("span", null, reason(code).next),
        recoveryFor(code) && h("button", { type: "button", onclick: () => this.dispatchEvent(new CustomEvent("recover", { bubbles: true, detail: { kind: recoveryFor(code) } })) }, t("start.go"))))) : valueOf(h("p", { class: "none" }), t("start.none")),
    ];
  }
}
customElements.define("line-devices", LineDevices);

/** @param {any} one */
function stateOf(one) {
  return one.up === null || one.up === undefined ? "unknown" : one.up ? "up" : "down";
}

/** @param {string} kind */
function kindOf(kind) {
  return t(KINDS.has(kind) ? `device_kind.${kind}` : "device_kind.service");
}

/** @param {any} row */
function clock(row) {
  const at = row.utc ? new Date(row.utc) : null;
  return at && !Number.isNaN(at.getTime()) ? at.toLocaleTimeString("zh-CN", { hour12: false }) : "";
}

/** @param {any} row */
function eventOf(row) {
  return [knows(`device_event.${row.event}`) ? t(`device_event.${row.event}`) : row.event, row.text].filter(Boolean).join(" · ");
}
