/**
 * `<lead-open>` 未结事项: what stands open on the line: holds, custody, alarms that are put aside or out of service, what is forced.
 *
 * Promises: live lists with their quality; custody is asked for and says when.
 */
import { quality, valueOf } from "../core/quality.js";
import { ask, session } from "../core/session.js";
import { stream } from "../core/stream.js";
import { h, View } from "../core/view.js";
import { kept, lasted, reason, speak, t } from "../core/words.js";
import leadWords from "../words/lead.js";

speak(leadWords);

const AGAIN_MS = 10_000;

class LeadOpen extends View {
  static wants = ["holds", "alarms", "rework"];
  /** @type {any[]|null} */
  #custody = null;

  /** @param {AbortSignal} signal */
  connected(signal) {
    const timer = setInterval(() => void this.#ask(), AGAIN_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
    session.addEventListener("session", () => void this.#ask(), { signal }); // a page may stand before it knows who sits there
    void this.#ask();
  }

  async #ask() {
    if (!session.account) return;
    const { status, body } = await ask("GET", "/api/custody-places");
    this.#custody = status === 200 ? body.list : null;
    this.redraw();
  }

  draw() {
    const alarms = /** @type {any[]} */ (this.value("alarms")?.list ?? []);
    const holds = /** @type {any[]} */ (this.value("holds")?.open ?? []);
    this.render(h("div", { class: "open-things" },
      this.#list("holds", holds.map((one) => [story(one.target), reason(one.code).what, one.by, one.code === "customs_check" ? "" : kept({ zh: one.zh?.cause, en: one.cause })]), stream.state !== null),
      this.#list("custody", (this.#custody ?? []).map((one) => [story(one.carton), one.place, one.ms === null ? "" : lasted(one.ms)]), this.#custody !== null),
      this.#list("shelved", alarms.filter((one) => one.state === "shelved").map((one) => [reason(one.code).what, kept(one.where), one.shelved_by, one.shelved_until_ms === null ? "" : lasted(one.shelved_until_ms - stream.lineMs())]), stream.state !== null),
      this.#list("out", alarms.filter((one) => one.state === "out_of_service").map((one) => [reason(one.code).what, kept(one.where), one.out_by, one.out_cause]), stream.state !== null),
      this.#list("forced", [], stream.state !== null)));
  }

  /** @param {string} name @param {any[][]} rows @param {boolean} known */
  #list(name, rows, known) {
    return h("section", { "data-key": name },
      h("h2", null, t(`lead.open.${name}`), " ", valueOf(h("span", { class: "n" }), known ? rows.length : "")),
      rows.length ? h("ul", { class: "rows worth", "data-quality": quality() }, rows.map((cells) => h("li", null, cells.filter(Boolean).flatMap((cell, at) => (at ? [" · ", cell] : [cell])))))
        : h("p", { class: "hint" }, known ? t(name === "forced" ? "lead.open.forced.none" : "lead.open.none") : "—"));
  }
}
customElements.define("lead-open", LeadOpen);

/** What holds or keeps a carton leads to its story. @param {string} target a carton's key or number, a load, a container, "line" */
function story(target) {
  const number = target.split("/").at(-1) ?? "";
  return /\d{4}/.test(number) ? h("a", { href: `/story#${encodeURIComponent(number)}` }, target) : target;
}
