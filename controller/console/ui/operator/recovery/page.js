/**
 * `<recovery-page>`: what the line asks for now, and the recovery that is open. `open` (a property) is its kind, or empty for the
 * list; it goes by the address (`#recovery/jam`), so that Back works.
 */
import { quality } from "../../core/quality.js";
import { stream } from "../../core/stream.js";
import { h, View } from "../../core/view.js";
import { lasted, speak, t } from "../../core/words.js";
import recoveryWords from "../../words/recovery.js";
import "./engine.js";
import { KINDS, offered } from "./facts.js";
import { RECOVERIES } from "./recoveries.js";

speak(recoveryWords);

class RecoveryPage extends View {
  static wants = ["line", "alarms", "rework", "wizards", "counts", "devices"];
  #open = "";

  /** @param {string} kind */
  set open(kind) {
    this.#open = kind in RECOVERIES ? kind : "";
    if (this.isConnected) this.draw();
  }

  get open() {
    return this.#open;
  }

  /** @param {AbortSignal} signal */
  connected(signal) {
    this.addEventListener("recovered", () => {
      location.hash = "recovery";
    }, { signal });
    const tick = setInterval(() => this.redraw(), 5000);
    signal.addEventListener("abort", () => clearInterval(tick));
  }

  draw() {
    if (this.#open) {
      const there = this.querySelector("guided-recovery");
      if (!there || /** @type {any} */ (there).plan.kind !== this.#open) this.replaceChildren(h("guided-recovery", { ".plan": RECOVERIES[/** @type {import("./facts.js").Kind} */ (this.#open)] }));
      return;
    }
    const offers = offered();
    const held = this.value("wizards")?.list ?? [];
    const rest = KINDS.filter((kind) => !offers.some((one) => one.kind === kind));
    const go = (/** @type {string} */ kind) => () => {
      location.hash = `recovery/${kind}`;
    };
    const who = (/** @type {string} */ kind) => held.find((/** @type {any} */ one) => one.kind === kind);
    this.render(
      h("h2", null, t("recovery.title")),
      offers.length ? h("ol", { class: "offers worth", "data-quality": quality() }, offers.map((one) => h("li", { "data-key": one.kind },
        h("button", { type: "button", class: "primary offer", "data-kind": one.kind, onclick: go(one.kind) },
          h("strong", null, t(`recovery.${one.kind}`)),
          h("span", null, one.where),
          one.count > 0 && h("span", null, t("recovery.count", { n: one.count })),
          one.since_ms !== null && h("span", { class: "ago" }, t("recovery.for", { time: lasted(stream.lineMs() - one.since_ms) })),
          who(one.kind) && h("span", { class: "held" }, t("recovery.held", { name: who(one.kind).name, screen: who(one.kind).screen })))))) : h("p", { class: "nothing" }, t(stream.state ? "recovery.none" : "age.never")),
      h("h3", null, t("recovery.others")),
      h("ul", { class: "others" }, rest.map((kind) => h("li", { "data-key": kind }, h("button", { type: "button", "data-kind": kind, onclick: go(kind) }, t(`recovery.${kind}`))))),
    );
  }
}
customElements.define("recovery-page", RecoveryPage);
