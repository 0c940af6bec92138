/**
 * `<operator-overview>` 总览: why it stands, the line to scale, the counts. Home is one tap from anywhere.
 */
import { h, View } from "../core/view.js";
import "./why-stopped.js";
import "./strip.js";
import "./counts.js";

class OperatorOverview extends View {
  draw() {
    this.render(h("why-stopped"), h("line-strip"), h("line-counts"));
  }
}
customElements.define("operator-overview", OperatorOverview);
