/**
 * `<line-counts>`: throughput, what waits, the three lanes: in digits that are read from three metres.
 *
 * Promises: a number that was never told is `—`; the number of pictures that wait is customs' own and has no place on a company's screen
 * (what is on the belt stands there instead).
 */
import { session } from "../core/session.js";
import { h, View } from "../core/view.js";
import { valueOf } from "../core/quality.js";
import { t } from "../core/words.js";

class LineCounts extends View {
  static wants = ["counts", "belt"];

  draw() {
    const counts = this.value("counts");
    const lanes = counts?.lanes;
    const waits = session.customs ? ["waiting", counts?.waiting_pictures] : ["on_belt", this.value("belt")?.cartons.length];
    const cells = [["per_hour", counts?.per_hour], waits, ["release", lanes?.release], ["inspect", lanes?.inspect], ["anomaly", lanes?.anomaly]];
    const digits = Math.max(3, ...cells.map(([, n]) => String(n ?? "").length));
    this.render(h("dl", { class: "counts", "data-digits": digits, "--digits": digits }, cells.map(([name, n]) => h("div", { "data-key": `count-${name}` },
      h("dt", null, t(`count.${name}`)), valueOf(h("dd"), n)))));
  }
}
customElements.define("line-counts", LineCounts);
